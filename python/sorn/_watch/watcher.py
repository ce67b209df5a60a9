"""The watcher's side of a run: the files in the folder ``FILE.watch`` beside its result."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import threading
from pathlib import Path
from typing import Any, BinaryIO

from .._errors import IoError

MOST_BYTES = 1 << 20
"""Of a frame. The runs write a tenth of it."""


class Watcher:
    """Shows one run, and writes what is asked of it.

    Raises
    ------
    IoError
        If the folder cannot be made or used, or if another watcher has it.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.folder = Path(f"{file}.watch")
        self._lock = threading.Lock()
        self._asked = 0
        self._seen: tuple[int, int] | None = None
        self._frame: dict[str, Any] | None = None
        self.version = 0
        self._heart = self._begin()

    def _begin(self) -> BinaryIO:
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            if self.folder.is_symlink() or not self.folder.is_dir():
                raise IoError(f"'{self.folder}' is no folder", "the watcher of a run needs one of this name", "move it")
            self.folder.chmod(0o700)
            # Not removed before it is locked: the lock is on this file.
            heart = open(self._path("heartbeat"), "ab", opener=_no_link)  # noqa: SIM115 - open as long as it watches
        except OSError as error:
            raise IoError(f"cannot watch '{self.file}'", error.strerror or str(error), "check the folder") from None
        try:
            fcntl.flock(heart, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            heart.close()
            raise IoError(
                f"'{self.file}' is being watched", "a run has one watcher at a time", "open the page of that one"
            ) from None
        for name in ("acts", "frame", "frame.next"):  # of a watcher that was killed
            self._path(name).unlink(missing_ok=True)
        self._path("acts").touch(mode=0o600)
        return heart

    def _path(self, name: str) -> Path:
        return self.folder / name

    def beat(self) -> None:
        """Leave a sign of life."""
        os.utime(self._heart.fileno())

    def ask(self, act: dict[str, Any]) -> int:
        """Ask the run for something, and return the number of the act."""
        with self._lock:
            number = self._asked + 1
            line = json.dumps({"n": number, **act}).encode() + b"\n"
            with open(self._path("acts"), "ab", opener=_no_link) as acts:
                acts.write(line)
            self._asked = number
            return number

    def frame(self) -> dict[str, Any] | None:
        """The last frame of the run; None: there is none yet."""
        with self._lock:
            try:
                with open(self._path("frame"), "rb", opener=_no_link) as file:
                    found = os.fstat(file.fileno())
                    if (found.st_ino, found.st_mtime_ns) == self._seen:
                        return self._frame
                    content = file.read(MOST_BYTES)
                frame = json.loads(content)
            except (OSError, ValueError):
                return self._frame
            if isinstance(frame, dict) and frame.get("format") == 1:
                self._seen = (found.st_ino, found.st_mtime_ns)
                self._frame = frame
                self.version += 1
            return self._frame

    def end(self) -> None:
        """Remove the folder: a run that is paused goes on."""
        for name in ("heartbeat", "acts", "frame", "frame.next"):
            self._path(name).unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # it may hold a foreign file
            self.folder.rmdir()
        self._heart.close()


def _no_link(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)

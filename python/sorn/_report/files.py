"""Writing files and folders so that they appear complete or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from .. import _core
from .._arguments import io_error
from .._errors import IoError


def write_file(path: str, content: bytes, overwrite: bool = False) -> None:
    """Write a temporary file and move it into place. A device or a pipe receives the bytes directly.

    Raises
    ------
    IoError
        If the file cannot be written, if it exists and must not be replaced, or if another process is writing it. An
        existing file then stays as it was.
    """
    _core.write_file(path, content, overwrite)


def require_writable(path: str, overwrite: bool) -> None:
    """Raise the errors of :func:`write_file` early, before anything is computed."""
    _core.require_writable(path, overwrite)


@contextmanager
def new_folder(path: str) -> Iterator[str]:
    """A temporary folder to fill. It is moved into place when the block has ended without an error.

    Raises
    ------
    IoError
        If a file or a non-empty folder is in the place, if another process is writing it, or if a file cannot be
        written.
    """
    place = os.path.realpath(path)
    try:
        if os.path.lexists(place) and not (os.path.isdir(place) and not os.listdir(place)):
            raise IoError(f"cannot write '{path}'", "it exists already", "name a new folder, or remove this one")
        claim = _core.Claim(place + ".folder")  # a folder itself cannot be locked
        temporary = claim.path + ".folder"
        if os.path.isdir(temporary) and not os.path.islink(temporary):
            shutil.rmtree(temporary)  # a killed process left it: this process holds the lock
        os.mkdir(temporary)
        try:
            yield temporary
            os.rename(temporary, place)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
        del claim
    except IoError:
        raise
    except OSError as error:
        raise io_error("write", path, error) from error


def make_folder(path: str) -> None:
    """Make a folder and its parents, unless it exists.

    Raises
    ------
    IoError
        If the folder cannot be made.
    """
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise io_error("make the folder", path, error) from error

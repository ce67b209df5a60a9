"""The instructions of a pickle, read from its file one by one.

A file may be larger than the memory, or claim to hold something that large. So a length is checked before anything is
read, long contents of arrays stay in the file until they are needed, and everything else has a limit.
"""

from __future__ import annotations

import io
import os
import pickletools
import stat
from collections.abc import Iterator
from types import TracebackType
from typing import IO, Any, BinaryIO, cast

from .._arguments import io_error
from .._errors import FormatError

_CODES = {code.code: code for code in pickletools.opcodes}
_WIDTHS = {"BINBYTES": 4, "BINBYTES8": 8, "BYTEARRAY8": 8}  # bytes of the length that precedes possibly long bytes
_STAYS_IN_FILE = 1 << 16  # bytes; a longer content stays in the file
_LONGEST_TEXT = 1 << 27  # bytes
_LONGEST_STREAM = 1 << 28  # bytes
_MOST_INSTRUCTIONS = 5_000_000
_MOST_OF_A_REASON = 120  # characters


class Content:
    """Bytes in the file of a pickle."""

    def __init__(self, file: BinaryIO, begin: int, size: int) -> None:
        self._file = file
        self._begin = begin
        self._size = size

    def __len__(self) -> int:
        return self._size

    def read(self) -> bytes:
        """The bytes; the file must be open."""
        self._file.seek(self._begin)
        return self._file.read(self._size)


class PickleFile:
    """An open pickle.

    Parameters
    ----------
    path : str
        The file, or a pipe or a device. Of these at most 256 MiB are read.

    Raises
    ------
    IoError
        If the file cannot be read.
    FormatError
        If a pipe has more, or if its first bytes cannot begin a pickle.
    """

    def __init__(self, path: str) -> None:
        try:
            self._file: BinaryIO = open(path, "rb")  # noqa: SIM115 - closed by close()
            try:
                status = os.fstat(self._file.fileno())
                if stat.S_ISREG(status.st_mode):
                    self.size = status.st_size
                else:
                    self._take_stream(path)
            except BaseException:
                self.close()
                raise
        except OSError as error:
            if isinstance(error, FormatError):
                raise
            raise io_error("read", path, error) from error

    def _take_stream(self, path: str) -> None:
        begin = self._file.read(1)
        if begin and begin.decode("latin1") not in _CODES:
            raise FormatError(f"'{path}'", "not a pickle, or a truncated one")
        content = bytearray(begin)
        while piece := self._file.read(1 << 20):
            content += piece
            if len(content) > _LONGEST_STREAM:
                raise FormatError(
                    f"'{path}' of more than {_LONGEST_STREAM:,} bytes", "is too long for a pipe", "save it in a file"
                )
        self._file.close()
        self._file = io.BytesIO(content)
        self.size = len(content)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> PickleFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def instructions(self) -> Iterator[tuple[str, Any, int]]:
        """Yield (name, argument, position) of each instruction up to the last. Long bytes become a :class:`Content`.

        Raises
        ------
        FormatError
            If the file is not a pickle, is truncated, or is too large.
        """
        self._file.seek(0)
        for _ in range(_MOST_INSTRUCTIONS):
            position = self._file.tell()
            byte = self._file.read(1)
            code = _CODES.get(byte.decode("latin1")) if byte else None
            if code is None:
                raise _damaged(f"at byte {position} {'stands no instruction' if byte else 'it ends'}")
            try:
                argument = self._argument(code)
            except ValueError as error:  # the message of pickletools is meant for people
                raise _damaged(str(error)) from None
            place = self._file.tell()
            yield code.name, argument, position
            self._file.seek(place)  # a content may have been read meanwhile
            if code.name == "STOP":
                return
        raise FormatError("the pickle", f"has more than {_MOST_INSTRUCTIONS:,} instructions", "pickle the state alone")

    def _argument(self, code: pickletools.OpcodeInfo) -> Any:
        if code.arg is None:
            return None
        width = _WIDTHS.get(code.name)
        if width is None:
            return code.arg.reader(cast("IO[bytes]", self))  # it calls only read() and readline()
        length = int.from_bytes(self.read(width), "little")
        begin = self._file.tell()
        if length < _STAYS_IN_FILE:
            return self.read(length)
        self._require(length)
        self._file.seek(length, os.SEEK_CUR)
        return Content(self._file, begin, length)

    # The methods of a file that pickletools calls.

    def read(self, count: int) -> bytes:
        """Read `count` bytes, if there are as many."""
        self._require(count)
        if count > _LONGEST_TEXT:
            raise _too_long()
        return self._file.read(count)

    def readline(self) -> bytes:
        """Read up to the end of a line."""
        line = self._file.readline(_LONGEST_TEXT + 1)
        if len(line) > _LONGEST_TEXT:
            raise _too_long()
        return line

    def _require(self, count: int) -> None:
        left = self.size - self._file.tell()
        if not 0 <= count <= left:
            raise ValueError(f"expected {count:,} bytes where {max(left, 0):,} are left")


def _damaged(reason: str) -> FormatError:
    return FormatError("not a pickle, or a truncated one", reason[:_MOST_OF_A_REASON])


def _too_long() -> FormatError:
    return FormatError(
        f"the pickle has a text or a number of more than {_LONGEST_TEXT:,} bytes",
        "arrays of that size are written as bytes",
        "pickle it with protocol 3 or a later one",
    )

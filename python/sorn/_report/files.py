"""Writing files that appear whole or not at all."""

from __future__ import annotations

import os
import stat

from .._arguments import io_error


def write_file(path: str, content: bytes) -> None:
    """Write a file beside its place and move it there; a device or a pipe just gets the bytes.

    Raises
    ------
    IoError
        If it cannot be written; what was there before is as it was.
    """
    try:
        if os.path.exists(path) and not stat.S_ISREG(os.stat(path).st_mode):
            with open(path, "wb") as device:
                device.write(content)
            return
        place = os.path.realpath(path)
        temporary = f"{place}.{os.getpid()}.tmp"
        try:
            with open(temporary, "wb") as file:
                file.write(content)
            os.replace(temporary, place)
        except BaseException:
            if os.path.exists(temporary):
                os.remove(temporary)
            raise
    except OSError as error:
        raise io_error("write", path, error) from error


def make_folder(path: str) -> None:
    """Make a folder and those above it, unless it is there.

    Raises
    ------
    IoError
        If it cannot be made.
    """
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise io_error("make the folder", path, error) from error

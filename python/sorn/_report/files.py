"""Writing files and folders that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from .. import _core
from .._arguments import io_error
from .._errors import IoError


def write_file(path: str, content: bytes, overwrite: bool = False) -> None:
    """Write a file beside its place and move it there; a device or a pipe just gets the bytes.

    Raises
    ------
    IoError
        If it cannot be written, is there already and not to be replaced, or another process writes it. What was there
        before is as it was.
    """
    _core.write_file(path, content, overwrite)


def require_writable(path: str, overwrite: bool) -> None:
    """Refuse what :func:`write_file` would refuse now, before anything is computed."""
    _core.require_writable(path, overwrite)


@contextmanager
def new_folder(path: str) -> Iterator[str]:
    """A folder to fill beside its place, moved there once the block has ended without an error.

    Raises
    ------
    IoError
        If the place is taken by a file or a folder with something in it, another process writes it, or a file cannot be
        written.
    """
    place = os.path.realpath(path)
    try:
        if os.path.lexists(place) and not (os.path.isdir(place) and not os.listdir(place)):
            raise IoError(f"cannot write '{path}'", "it exists already", "name a new folder, or remove this one")
        claim = _core.Claim(place + ".folder")  # a folder itself cannot be claimed
        temporary = claim.path + ".folder"
        if os.path.isdir(temporary) and not os.path.islink(temporary):
            shutil.rmtree(temporary)  # of a process that was killed: we hold the claim
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

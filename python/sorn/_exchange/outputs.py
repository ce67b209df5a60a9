"""Folders that appear whole or not at all. Files do so by :func:`sorn._report.files.write_file`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from .._arguments import io_error
from .._errors import IoError


@contextmanager
def new_folder(path: str) -> Iterator[str]:
    """A folder to fill beside its place, moved there once the block has ended without an error.

    Raises
    ------
    IoError
        If the place is taken by a file or a folder with something in it, or a file cannot be written.
    """
    place = os.path.realpath(path)
    temporary = f"{place}.{os.getpid()}.tmp"
    try:
        if os.path.lexists(place) and not (os.path.isdir(place) and not os.listdir(place)):
            raise IoError(f"cannot write '{path}'", "it exists already", "name a new folder, or remove this one")
        os.mkdir(temporary)
        try:
            yield temporary
            os.rename(temporary, place)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
    except IoError:
        raise
    except OSError as error:
        raise io_error("write", path, error) from error

"""``python -m sorn``: the command ``sorn``, with this Python for the parts that run in Python."""

from __future__ import annotations

import importlib.metadata
import os
import sys
import sysconfig
from pathlib import Path
from typing import NoReturn

from ._command import ExitCode
from ._errors import IoError


def _places() -> list[Path]:
    """Where the command may be: where pip wrote it, in the folder of scripts, beside Python."""
    places = []
    try:
        for file in importlib.metadata.files("sorn") or ():
            if file.name == "sorn" and file.parent.name in ("bin", "Scripts"):
                places.append(Path(str(file.locate())))
    except importlib.metadata.PackageNotFoundError:
        pass
    return [*places, Path(sysconfig.get_path("scripts"), "sorn"), Path(sys.executable).with_name("sorn")]


def command() -> str:
    """The command that was installed with this package.

    Raises
    ------
    IoError
        If it was not installed.
    """
    places = _places()
    for place in places:
        if os.access(place, os.X_OK) and place.is_file():
            return str(place.resolve())
    raise IoError("cannot find the command sorn", f"looked for {places[0]}", "pip install . installs it")


def main() -> NoReturn:
    """Become the command, with the same arguments."""
    try:
        program = command()
    except IoError as error:
        print(f"sorn: error: {error}", file=sys.stderr)
        sys.exit(ExitCode.FILE_TROUBLE)
    sys.stdout.flush()
    os.execve(program, ["sorn", *sys.argv[1:]], {**os.environ, "SORN_PYTHON": sys.executable})


if __name__ == "__main__":
    main()

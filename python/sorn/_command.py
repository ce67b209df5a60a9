"""``plot``, ``report``, ``reproduce``, ``convert`` and ``watch``: the parts of the command that run in Python.

The command calls ``python -m sorn._command`` for them, and for ``doctor``.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from enum import IntEnum
from typing import NoReturn

from . import _core
from ._errors import FormatError, IoError, ParameterError, SornError


class ExitCode(IntEnum):
    """The exit codes of the command."""

    DONE = 0
    USAGE = 2
    BAD_INPUT = 3
    FILE_TROUBLE = 4
    INTERNAL_BUG = 70
    INTERRUPTED = 128 + signal.SIGINT


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        sys.exit(_failed(ExitCode.USAGE, f"{message}\nTry '{self.prog} --help'."))


def _parser() -> argparse.ArgumentParser:
    # The help of the options is in the command itself.
    parser = _Parser(
        prog="python -m sorn._command",
        description="Draws and converts for the command: 'sorn plot --help' and its like tell the options.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(
        dest="command", metavar="plot|report|reproduce|convert|watch|packages", required=True
    )
    plot, report, reproduce, convert = (
        commands.add_parser(name, allow_abbrev=False) for name in ("plot", "report", "reproduce", "convert")
    )
    commands.add_parser("packages", allow_abbrev=False)
    plot.add_argument("--out", required=True)
    plot.add_argument("--format", default="png")
    plot.add_argument("--dpi", default="150")
    plot.add_argument("--only", default="")
    report.add_argument("-o", "--out", required=True)
    convert.add_argument("--to", default="")
    convert.add_argument("--step-ms", default="")
    convert.add_argument("--seed", default="")
    for command in (plot, report):
        command.add_argument("--recording")
        command.add_argument("--terminal", action="store_true")
    for command in (plot, report, convert):
        command.add_argument("--force", action="store_true")
        command.add_argument("--quiet", action="store_true")
        command.add_argument("file", metavar="FILE")
    convert.add_argument("out", metavar="OUT")
    watch = commands.add_parser("watch", allow_abbrev=False)
    watch.add_argument("--port", type=int, default=0)
    watch.add_argument("--quiet", action="store_true")
    watch.add_argument("files", metavar="FILE", nargs="+")
    reproduce.add_argument("names", metavar="NAME", nargs="*")
    reproduce.add_argument("--out", default="reproduced")
    reproduce.add_argument("--set", action="append", default=[])
    reproduce.add_argument("--from", dest="folder")
    for number in ("--networks", "--seed", "--threads"):
        reproduce.add_argument(number, type=int)
    for flag in ("--list", "--describe", "--quick", "--as-code", "--help-others", "--terminal", "--quiet"):
        reproduce.add_argument(flag, action="store_true")
    return parser


def _run(options: argparse.Namespace) -> None:
    def say(line: str) -> None:
        if not options.quiet:
            print(_core.printable(line), flush=True)

    def show(line: str) -> None:
        """Rewrite the last line of a terminal; an empty line removes it."""
        if options.terminal:
            print(f"\r\x1b[K{_core.printable(line)}", end="", file=sys.stderr, flush=True)

    if options.command == "packages":
        from ._packages import document

        print(json.dumps(document()))
        return
    if options.command == "convert":
        from ._exchange.convert import convert

        convert(options.file, options.out, options.to, options.step_ms, options.seed, say, options.force)
        return
    if options.command == "reproduce":
        from ._experiments.command import reproduce

        reproduce(options, say)
        return
    if options.command == "watch":
        from ._watch.server import watch

        watch(options.files, options.port, say)
        return
    if options.command == "report":
        from ._report.page import write_report

        write_report(options.file, options.out, say, _recordings(options.recording), options.force, show)
        return
    from ._report.plot import write_figures

    figures, recordings = _names(options.only), _recordings(options.recording)
    dots = _dots(options.dpi)
    write_figures(options.file, options.out, options.format, dots, figures, say, recordings, options.force, show)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _recordings(text: str | None) -> list[str]:
    """The recordings to show. Empty: all."""
    if text is None:
        return []
    names = _names(text)
    if not names:
        raise ParameterError("--recording names nothing", "must be one or more recordings of the file", "leave it out")
    return names


def _dots(text: str) -> int:
    """Dots per inch, within limits that give readable figures and fit into memory."""
    if not (text.isascii() and text.isdecimal() and len(text) < 5 and 10 <= int(text) <= 1200):
        raise ParameterError(f"--dpi {text}", "must be a whole number from 10 to 1200")
    return int(text)


def _failed(code: ExitCode, message: str) -> ExitCode:
    print(f"sorn: error: {_core.printable(message)}", file=sys.stderr)
    return code


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code."""
    try:
        _run(_parser().parse_args(arguments))
    except (IoError, FormatError, ImportError) as error:  # ImportError: a package of an extra is missing
        message = str(error)
        ours = "overwrite=True to replace it"
        if message.endswith(ours):
            message = message.removesuffix(ours) + "--force to replace it"
        return _failed(ExitCode.FILE_TROUBLE, message)
    except SornError as error:
        return _failed(ExitCode.BAD_INPUT, str(error))
    except MemoryError:
        return _failed(ExitCode.BAD_INPUT, "this machine has too little memory for that; try a shorter recording")
    except BrokenPipeError:
        return _failed(ExitCode.FILE_TROUBLE, "cannot write to the standard output")
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except Exception:
        traceback.print_exc()
        return _failed(
            ExitCode.INTERNAL_BUG,
            f"a bug of sorn {_core.version}. Please report it with the command line and the above.",
        )
    return ExitCode.DONE


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    os.environ["MPLBACKEND"] = "agg"  # no window, whatever backend the user has set
    # Exit normally, so that partly written files are removed as after Ctrl-C.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    sys.exit(main())

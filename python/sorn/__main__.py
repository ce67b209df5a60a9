"""``python -m sorn plot``, ``report`` and ``convert``: what the ``sorn`` command leaves to Python."""

from __future__ import annotations

import argparse
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
    """As the command's own."""

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
    parser = _Parser(
        prog="python -m sorn", description="Draws and converts what a result file holds.", allow_abbrev=False
    )
    commands = parser.add_subparsers(dest="command", metavar="plot|report|convert", required=True)
    plot = commands.add_parser("plot", help="draw the figures that a result file allows", allow_abbrev=False)
    plot.add_argument("--out", metavar="DIR", required=True, help="folder for the figures")
    plot.add_argument("--format", default="png", metavar="png|pdf|svg", help="what to write (png)")
    plot.add_argument("--dpi", default="150", metavar="N", help="dots per inch, 10 to 1200 (150)")
    plot.add_argument("--only", default="", metavar="NAME,..", help="these figures and no others")
    report = commands.add_parser("report", help="tell a run's story in one page", allow_abbrev=False)
    report.add_argument("-o", "--out", metavar="FILE.html", required=True, help="the page to write")
    convert = commands.add_parser("convert", help="write results as other tools read them", allow_abbrev=False)
    convert.add_argument("--to", default="", metavar="KIND", help="sonata, scipy, graphml or sorn")
    convert.add_argument("--step-ms", default="", metavar="X", help="milliseconds that one step stands for (1)")
    convert.add_argument("--seed", default="", metavar="N", help="seed of a pickled state")
    for command in (plot, report, convert):
        command.add_argument("--force", action="store_true", help="replace files that are there already")
        command.add_argument("--quiet", action="store_true", help="errors only")
        command.add_argument("file", metavar="FILE", help="a result file")
    convert.add_argument("out", metavar="OUT", help="the file or folder to write")
    return parser


def _run(options: argparse.Namespace) -> None:
    def say(line: str) -> None:
        if not options.quiet:
            print(line, flush=True)

    if options.command == "convert":
        from ._exchange.convert import convert

        convert(options.file, options.out, options.to, options.step_ms, options.seed, say, options.force)
        return
    if options.command == "report":
        from ._report.page import write_report

        write_report(options.file, options.out, say, options.force)
        return
    from ._report.plot import write_figures

    names = [name.strip() for name in options.only.split(",") if name.strip()]
    write_figures(options.file, options.out, options.format, _dots(options.dpi), names, say, options.force)


def _dots(text: str) -> int:
    """Dots per inch: enough to be read, and not more than memory holds."""
    if not (text.isascii() and text.isdecimal() and len(text) < 5 and 10 <= int(text) <= 1200):
        raise ParameterError(f"--dpi {text}", "must be a whole number from 10 to 1200")
    return int(text)


def _failed(code: ExitCode, message: str) -> ExitCode:
    print(f"sorn: error: {message}", file=sys.stderr)
    return code


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line; returns its exit code."""
    try:
        _run(_parser().parse_args(arguments))
    except (IoError, FormatError, ImportError) as error:  # ImportError: a package that an extra brings
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
    os.environ["MPLBACKEND"] = "agg"  # no window, whatever the user's is
    # As after Ctrl-C, what is half written goes away.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    sys.exit(main())

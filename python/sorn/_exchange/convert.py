"""``sorn convert``: write a result file or a pickled state in a format for another tool."""

from __future__ import annotations

import os
from collections.abc import Callable

from .._arguments import did_you_mean, seed_value
from .._errors import ParameterError, UnknownNameError
from .._network import Network
from .._report.files import require_writable
from .formats import Conversion, Format, formats
from .pickles import load_pickle
from .spikes import step_length

_PICKLE_ENDINGS = (".pkl", ".pickle", ".p")
_PICKLE_START = b"\x80"  # the first byte of all protocols from 2 on


def convert(
    path: str,
    out: str,
    to: str,
    step_ms: str,
    seed: str,
    say: Callable[[str], object],
    overwrite: bool = False,
) -> None:
    """Write the content of a result file or a pickled state in another format.

    `to` is the name of a format, or empty for the one that the ending of `out` names. `step_ms` (1.0 if empty) is for a
    format with times, `seed` (a new one if empty) for a pickle. `say` receives a line that says what was written. With
    `overwrite` an existing file is replaced; a folder must be new.

    Raises
    ------
    ParameterError
        If an option has an invalid value, or does not fit the other options.
    IoError, FormatError
        If a file cannot be read or written.
    """
    if os.path.isdir(path):
        raise ParameterError(
            f"'{path}' is a folder",
            "must be a result file (.h5) or a pickled state (.pkl)",
            "give the name of one; what was converted already is not read back",
        )
    kind = _format(out, to)
    pickled = _is_pickle(path)
    if os.path.exists(out) and os.path.exists(path) and os.path.samefile(path, out):
        raise ParameterError(f"OUT {out}", "must be another file than the one that is converted")
    if kind.endings:
        require_writable(out, overwrite)
    if step_ms and not kind.has_times:
        timed = ", ".join(row.name for row in formats().values() if row.has_times)
        raise ParameterError(f"--step-ms {step_ms}", f"only --to {timed} has times")
    if seed and not pickled:
        raise ParameterError(f"--seed {seed}", "only a pickled state has none; a result file keeps its own")
    if not (kind.of_results or pickled):
        others = [row.name for row in formats().values() if row.of_results]
        raise ParameterError(
            f"{path} is a result file already", f"--to {', '.join(others[:-1])} or {others[-1]} says what to make of it"
        )

    step = step_length(_number("--step-ms", step_ms), "--step-ms") if step_ms else 1.0
    if pickled:
        network = Network(state=load_pickle(path, seed=_whole("--seed", seed) if seed else None))
    else:
        network = Network.load(path)
    say(kind.write(Conversion(path, pickled, network, out, step, overwrite)))


def _format(out: str, to: str) -> Format:
    known = formats()
    if not to:
        ending = os.path.splitext(out)[1].lower()
        to = next((row.name for row in known.values() if ending in row.endings), "")
        if not to:
            raise ParameterError(
                f"OUT {out}", "its ending does not say what to write", f"add --to with one of {', '.join(known)}"
            )
    if to not in known:
        raise UnknownNameError(f"--to {to}", f"must be one of {', '.join(known)}", did_you_mean(to, known))
    return known[to]


def _is_pickle(path: str) -> bool:
    """Whether a file is a pickle: by its name, or by its first byte, which the oldest protocols do not have."""
    if path.lower().endswith(_PICKLE_ENDINGS):
        return True
    try:
        if not os.path.isfile(path):
            return False
        with open(path, "rb") as file:
            return file.read(1) == _PICKLE_START
    except OSError:  # the reader will report it
        return False


def _number(option: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ParameterError(f"{option} {text}", "must be a number") from None


def _whole(option: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 20):
        raise ParameterError(f"{option} {text}", "must be a whole number from 0 to 18446744073709551615 (2^64 - 1)")
    return seed_value(int(text))

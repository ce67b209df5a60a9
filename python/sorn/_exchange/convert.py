"""``sorn convert``: a result file, or a pickled state, in the form that another tool reads."""

from __future__ import annotations

import os
from collections.abc import Callable

from .._arguments import did_you_mean, seed_value
from .._errors import ParameterError, UnknownNameError
from .._network import Network
from .._report.files import require_writable, write_file
from .._result_file import ResultFile
from .graph import graphml, write_scipy
from .pickles import load_pickle
from .sonata import write_sonata
from .spikes import step_length

_KINDS = ("sonata", "scipy", "graphml", "sorn")
_KIND_OF_ENDING = {".graphml": "graphml", ".h5": "sorn", ".hdf5": "sorn"}
_PICKLE_ENDINGS = (".pkl", ".pickle", ".p")
_PICKLE_START = b"\x80"  # of all protocols from 2 on


def convert(
    path: str,
    out: str,
    to: str,
    step_ms: str,
    seed: str,
    say: Callable[[str], object],
    overwrite: bool = False,
) -> None:
    """Write what a file holds in another form.

    Parameters
    ----------
    path : str
        A result file or a pickled state dictionary.
    out : str
        The folder (sonata, scipy) or the file (graphml, sorn) to write.
    to : {'sonata', 'scipy', 'graphml', 'sorn', ''}
        What to write; empty: what the ending of `out` says.
    step_ms, seed : str
        For sonata the milliseconds of a step, for a pickle the seed to go on with; empty: 1.0, and a new one.
    say : function
        Gets a line that says what was written.
    overwrite : bool, default False
        Replace a file that is there already. A folder must be new.

    Raises
    ------
    ParameterError
        If an option has a value that it cannot have, or does not go with the others.
    IoError, FormatError
        If a file cannot be read or written.
    """
    if os.path.isdir(path):
        raise ParameterError(
            f"'{path}' is a folder",
            "must be a result file (.h5) or a pickled state (.pkl)",
            "give the name of one; what was converted already is not read back",
        )
    kind = _kind(out, to)
    pickled = _is_pickle(path)
    if os.path.exists(out) and os.path.exists(path) and os.path.samefile(path, out):
        raise ParameterError(f"OUT {out}", "must be another file than the one that is converted")
    if kind in ("graphml", "sorn"):
        require_writable(out, overwrite)
    if step_ms and kind != "sonata":
        raise ParameterError(f"--step-ms {step_ms}", "only --to sonata has times")
    if seed and not pickled:
        raise ParameterError(f"--seed {seed}", "only a pickled state has none; a result file keeps its own")
    if kind == "sorn" and not pickled:
        raise ParameterError(
            f"{path} is a result file already", "--to sonata, scipy or graphml says what to make of it"
        )

    step = step_length(_number("--step-ms", step_ms), "--step-ms") if step_ms else 1.0
    if pickled:
        network = Network(state=load_pickle(path, seed=_whole("--seed", seed) if seed else None))
    else:
        network = Network.load(path)
    if kind == "sonata":
        recordings = None if pickled else ResultFile(path)
        spikes = recordings is not None and ("E" in recordings or "I" in recordings)
        write_sonata(out, network, recordings if spikes else None, step_ms=step)
        say(f"{out}: the network and its spikes" if spikes else f"{out}: the network; no spikes were recorded")
    elif kind == "scipy":
        write_scipy(network, out)
        say(f"{out}: Wee, Wei, Wie for scipy.sparse.load_npz, Te, Ti, X, Y for numpy.load")
    elif kind == "graphml":
        write_file(out, graphml(network), overwrite)
        say(f"{out}: the network as a graph")
    else:
        network.save(out, overwrite=overwrite)
        say(f"{out}: {network!r}".replace("<", "").replace(">", ""))


def _kind(out: str, to: str) -> str:
    if not to:
        to = _KIND_OF_ENDING.get(os.path.splitext(out)[1].lower(), "")
        if not to:
            raise ParameterError(
                f"OUT {out}", "its ending does not say what to write", f"add --to with one of {', '.join(_KINDS)}"
            )
    if to not in _KINDS:
        raise UnknownNameError(f"--to {to}", f"must be one of {', '.join(_KINDS)}", did_you_mean(to, _KINDS))
    return to


def _is_pickle(path: str) -> bool:
    """By its name or, of a file, by its first byte: the oldest protocols begin like any text."""
    if path.lower().endswith(_PICKLE_ENDINGS):
        return True
    try:
        if not os.path.isfile(path):
            return False
        with open(path, "rb") as file:
            return file.read(1) == _PICKLE_START
    except OSError:  # the reader will say why
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

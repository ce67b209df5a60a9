"""Texts for docstrings: lists from the engine's tables, and the entries of arguments that several calls share."""

from __future__ import annotations

import re
from collections.abc import Callable
from textwrap import indent
from typing import TypeVar

from . import _core

T = TypeVar("T", bound=Callable[..., object])

_QUANTITIES = [row["name"] for row in _core.quantities()]
_CALLBACKS = [row["callback"] for row in _core.quantities()]
_RULES = ", ".join(f"'{row['name']}'" for row in _core.rules())


def _hyperparameters() -> str:
    """An entry for each hyperparameter."""
    entries, usual = [], _core.Parameters()
    for row in _core.parameter_table():
        kind = type(usual.value(row["name"])).__name__
        default = f"default {row['default']!r}" if row["default"] is not None else f"{row['unset']} unless given"
        unit = f" ({row['unit']})" if row["unit"] else ""
        meaning = f"{row['meaning'][:1].upper()}{row['meaning'][1:]}; {row['range']}{unit}."
        entries.append(f"{row['name']} : {kind}, {default}\n    {meaning}")
    return "\n".join(entries)


_TEXTS = {
    "quantities": ", ".join(_QUANTITIES),
    "callbacks": ", ".join(_CALLBACKS),
    "short_names": ", ".join(name for name in _QUANTITIES if name not in _CALLBACKS),
    "hyperparameters": _hyperparameters(),
    "inputs": """\
inputs : array_like, shape (nu, T), or a source, optional
    External drive: a row for each input unit, a column for each step. Row f is added to the drive of excitatory unit f.
    Or a source of :mod:`sorn.sources`, such as ``sources.Counting(n=4)``, which needs the number of steps. None:
    spontaneous activity.""",
    "phase": """\
phase : {'plasticity', 'training'}, default 'plasticity'
    In 'training' weights and thresholds stay as they are.""",
    "noise": """\
noise : bool, float or array_like, default True
    Noise on the drive of every unit, of the variant's `noise_kind`. True: with the network's `noise_sigma` (0.04 in the
    default variant). A float: with this standard deviation or width (0.0 to 1000.0). False: no noise. An array
    (ne + ni, T): these values. A whole number other than 0 is refused, because it is most likely the number of steps in
    the wrong place.""",
    "new_synapses": """\
new_synapses : array_like, shape (k, 3), optional
    The choices of structural plasticity, to replay: rows of step (from 0, in ascending order), pre and post. In each of
    these steps Wee[pre][post] becomes `sp_weight`, and no other synapses are made.""",
    "rewards": """\
rewards : array_like or function, optional
    The signal ``"reward"``, which modulates learning: an array (T,), in which None stands for a step without reward; or
    a function of the network's answer (the number of the winning output unit; with ``output="threshold"`` the activity
    of the output units), which is called after the units have fired and returns a number or None.""",
    "signals": """\
signals : mapping from str to array_like or function, optional
    Numbers for rules that read them, and for ``record=["signals"]``: by name an array (T,), or a function that is
    called once before each step with its number, counted from when the network was built, and returns a finite number.
    An exception of a function ends the run. Names are lower-case: ``{"reward": values}``.""",
    "rules": """\
rules : iterable of OwnRule, optional
    Rules of your own that :func:`sorn.rule` or :func:`sorn.load_rule` has made; `order` names them where they act.
    Unless given, those of the network that a :class:`StateDict` is a snapshot of.""",
    "freeze": f"""\
freeze : iterable of {{{_RULES}}}, optional
    Plasticity rules to leave out.""",
    "progress": """\
progress : bool or function, default False
    True shows a progress bar. A function is called as ``progress(done, total)`` a few times a second.""",
    "threads": f"""\
threads : int, optional
    Threads that work together on each step, 1 to {_core.most_threads}. The results have the same bits for any number.
    None: one thread for each 50,000 plastic synapses (Wee and Wei), but at least one, and at most as many as OpenMP
    uses: one for each processor, unless ``OMP_NUM_THREADS`` is set.""",
    "seed": """\
seed : int, optional
    Seed of all random numbers, 0 to 2^64 - 1. The same seed gives the same bits everywhere. If it is not given, a
    StateDict keeps its seed, and a new network draws one from numpy's global generator, so that ``np.random.seed(k)``
    makes a script repeatable; ``state_dict.seed`` tells which. A plain dictionary has no seed, no step number and no
    hyperparameters, so each call with it begins its random numbers anew: hand back the StateDict itself, or
    ``StateDict(values, seed=…, step=…, parameters=…)``.""",
    "aliases": """\
max_workers : int, optional
    Another name for `threads`.
parameters : Parameters, optional
    Hyperparameters to start from instead of the defaults.
**hyperparameters
    Any hyperparameter of :class:`Parameters`. If one is left out, the call takes it from the ``state_dict`` or else
    uses the default; but ``ne`` and ``ni`` follow the matrices, and ``nu`` follows the inputs
    or the pool_size of a source.""",
    "file": """\
out : str or path, optional
    A file that receives the recordings during the run. Memory then does not grow with the length of the run.
checkpoint_every : int, optional
    With `out`: steps from one checkpoint to the next. After any interruption :func:`sorn.resume` continues from the
    last checkpoint, with the same bits. Ctrl-C writes a checkpoint, completes the file, and then raises
    KeyboardInterrupt.
keep_checkpoints : int or "every", optional
    With `out`: keep the states of so many steps in the file, evenly spaced, or that of every checkpoint. From them
    :meth:`ResultFile.at` and :meth:`ResultFile.recompute` find any other step, to the bit.
replay_log : str or path, optional
    With `out`: repeat what was done to another run while it was watched. A result file, a checkpoint, or a text file
    with a log. With the same settings the run ends with the same bits.
overwrite : bool, default False
    With `out`: replace an existing file, once the new one is complete.""",
    "call_errors": """\
UnknownKeywordError, UnknownNameError
    For an argument, phase, plasticity rule, callback … that does not exist; the message names the nearest one.
ParameterError
    For a value outside its range.
ShapeError
    For an array whose shape contradicts the network, the other arrays or the arguments.
StateError
    For inputs or a state that hold NaN, infinities, negative weights, self-connections …""",
    "reading_errors": """\
IoError
    If the file cannot be read.
FormatError
    If the file is truncated, damaged or not a result file.""",
}


def filled(documented: T) -> T:
    """Put texts into a docstring: ``%(phase)s`` becomes the text of that name, indented as its line is."""
    if documented.__doc__:  # Python has none with -OO
        documented.__doc__ = re.sub(
            r"(^[ ]*|)%\((\w+)\)s",
            lambda found: indent(_TEXTS[found[2]], found[1]),
            documented.__doc__,
            flags=re.MULTILINE,
        )
    return documented

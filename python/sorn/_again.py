"""What drove a run and its files do not hold, given again to resume the run or to repeat steps of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy.typing as npt

from . import _core
from ._arguments import FloatArray, Signals, input_array, real_array, signal_values
from ._errors import ParameterError, ShapeError
from ._rule import OwnRule, given_rules
from .sources import ClosedLoop, Custom, Source, source_of

if TYPE_CHECKING:
    from ._call import Inputs, RewardArgument
    from ._call import Signals as SignalsArgument


class Again(NamedTuple):
    """Checked arguments."""

    inputs: FloatArray | None
    source: Custom | ClosedLoop | None
    noise: FloatArray | None
    signals: Signals | None
    rules: tuple[OwnRule, ...]


def given_again(
    inputs: Inputs,
    noise: npt.ArrayLike | None,
    signals: SignalsArgument,
    rewards: RewardArgument,
    rules: Iterable[OwnRule],
    *,
    holder: str,
) -> Again:
    """Validate the arguments. `holder` is what holds any other source: the checkpoint, or the file."""
    source = source_of(inputs)
    if isinstance(source, Source):
        raise ParameterError(f"inputs = {source!r}", "must not be given", f"{holder} holds the source")
    if source is not None and source.iterates:
        raise ParameterError("inputs is an iterator", "must be a function of the step to resume or repeat a run")
    drive = None if source is not None else input_array(inputs)
    replayed: FloatArray | None = None
    if noise is not None:
        replayed = real_array("noise", noise)
        if replayed.ndim != 2:
            raise ShapeError(f"noise has shape {replayed.shape}", "must have two dimensions: (ne + ni, time steps)")
    return Again(drive, source, replayed, signal_values(signals, None, rewards), given_rules(rules))


def core_drive(again: Again, threads: int) -> _core.Drive:
    """The arguments as the engine takes them."""
    source = None if again.source is None else again.source._core
    return _core.Drive(again.inputs, source, again.noise, again.signals, again.rules, threads)

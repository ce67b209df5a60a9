"""A result file in the form that the figures and the page need."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .. import _core
from .._arguments import FloatArray, did_you_mean, file_path
from .._errors import UnknownNameError
from .._network import Network
from .._provenance import Provenance
from .._recording import Recordings
from .._spike_train import SpikeTrain
from ..statistics import IntArray, Statistics

# Recordings of the same kind, one of which replaces a recording that the file does not have.
_INSTEAD = {"E": ("E", "I", "R"), "C": ("C", "C_ei", "C_ie"), "TE": ("TE", "TI")}

# The neurons to which a recording belongs.
POPULATIONS = {
    "E": "excitatory neuron",
    "I": "inhibitory neuron",
    "R": "excitatory neuron without the input",
    "TE": "excitatory neuron",
    "TI": "inhibitory neuron",
}


def population(quantity: str, count: int = 2) -> str:
    """The neurons of a recording in words, in singular or plural."""
    name, _, rest = POPULATIONS[quantity].partition("neuron")
    return f"{name}neuron{'' if count == 1 else 's'}{rest}"


class Need(NamedTuple):
    """A recording that a figure needs, or another one of its kind."""

    quantity: str
    every_step: bool = False


class ResultFile:
    """A result file in memory, and values that several figures compute from it.

    Parameters
    ----------
    path : str or path
        The file.
    only : sequence of str
        Recordings to show. Empty: all.

    Raises
    ------
    IoError, FormatError
        If the file cannot be read or is not a result file.
    UnknownNameError
        If one of `only` is not in the file.
    """

    def __init__(self, path: str | os.PathLike[str], only: Sequence[str] = ()) -> None:
        self.name = _core.printable(os.path.basename(file_path(path)))
        self.network = Network.load(path)
        self.recordings, self.version = Recordings._loaded(path)
        self.chosen = bool(only)
        for name in only:
            if name not in self.recordings:
                raise _not_held(name, list(self.recordings), self.name)
        for name in [name for name in self.recordings if only and name not in only]:
            del self.recordings[name]

    @property
    def provenance(self) -> Provenance:
        """The origin of the file."""
        assert self.network.provenance is not None  # it was loaded
        return self.network.provenance

    def name_of(self, quantity: str) -> str:
        """The recording that is shown as `quantity`. If the file has no row of `quantity`, another one of its kind."""
        kind = _INSTEAD.get(quantity, (quantity,))
        return next((name for name in kind if self.holds(name)), quantity)

    def rows_of(self, quantity: str) -> npt.NDArray[Any]:
        """The values of the recording that is shown as `quantity`."""
        return self.recordings[self.name_of(quantity)]

    def steps_of(self, quantity: str) -> IntArray:
        """The step number of each of these rows."""
        return self.recordings.steps(self.name_of(quantity))

    @property
    def run(self) -> dict[str, Any]:
        """The description of the run: phase, freeze, noise, inputs, first_step and steps."""
        return self.recordings._run

    def stride(self, quantity: str) -> int:
        """Steps from one recorded row to the next."""
        return self.recordings.stride(quantity)

    def holds(self, name: str) -> bool:
        """Whether the file has rows of exactly this recording."""
        return len(self.recordings.get(name, ())) > 0

    def has(self, quantity: str, every_step: bool = False) -> bool:
        """Whether the file has rows of this quantity or one of its kind; with `every_step`, a row for every step."""
        return not self.lacks(Need(quantity, every_step))

    def lacks(self, need: Need) -> str:
        """The reason why the file does not meet `need`; empty if it does."""
        quantity, every_step = self.name_of(need.quantity), need.every_step
        if quantity not in self.recordings:
            return f"{quantity} was not recorded"
        if len(self.recordings[quantity]) == 0:
            return f"{quantity} has no row: the run was shorter than the stride of {self.stride(quantity):,} steps"
        if every_step and self.stride(quantity) > 1:
            return f"{quantity} has a row for every {self.stride(quantity):,} steps only"
        return ""

    @cached_property
    def weights(self) -> Any:
        """Wee at the end, sparse [pre][post]."""
        return self.network.Wee

    @cached_property
    def spikes(self) -> SpikeTrain:
        """E, or the recording that replaces it, packed once for all measures."""
        return SpikeTrain(self.rows_of("E"))

    @cached_property
    def measured(self) -> dict[str, Any]:
        """All measures of ``sorn stats``; None for a measure that is not defined."""
        train = self.spikes._train if self.has("E") else None
        counts = np.ascontiguousarray(self.recordings["C"], dtype=np.int64) if self.holds("C") else None
        return _core.measured(train, self.network._network, counts, 100, 2, None)

    @cached_property
    def activity(self) -> IntArray:
        """The number of neurons that fire in each recorded step."""
        return Statistics.firing_rate_network(self.spikes)

    @cached_property
    def rates(self) -> FloatArray:
        """The share of the recorded steps in which each neuron fires, (neurons,)."""
        rates: FloatArray = self.rows_of("E").sum(axis=0, dtype=np.int64) / len(self.spikes)
        return rates

    @cached_property
    def correlations(self) -> FloatArray:
        """Pearson correlations of the neurons, (neurons, neurons)."""
        return Statistics.avg_corr_coeff(self.spikes, undefined=np.nan)[0]

    @cached_property
    def thresholds(self) -> npt.NDArray[np.float64]:
        """T_E at the end, (ne,)."""
        return np.asarray(self.network.state["Te"], dtype=np.float64).ravel()


def _not_held(name: str, held: list[str], file: str) -> UnknownNameError:
    if not held:
        return UnknownNameError(f"--recording {name}", f"{file} holds no recordings", "leave it out")
    rule = f"must be one of those that {file} holds: {', '.join(held)}"
    return UnknownNameError(f"--recording {name}", rule, did_you_mean(name, held))

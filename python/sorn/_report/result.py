"""A result file in the form that the figures and the page need."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .. import _core
from .._arguments import FloatArray, did_you_mean, file_path
from .._errors import UnknownNameError
from .._network import Network
from .._plotting._checks import Clock, counts_over_time, ends_of
from .._provenance import Provenance
from .._result_file import ResultFile as StoredFile
from .._result_file import StoredArray
from .._sparse import Columns
from .._spike_train import packed
from .._state import weight_columns

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


Show = Callable[[str], object]


def hide(_: str) -> None:
    """Show nothing."""


class Need(NamedTuple):
    """A recording that a figure needs, or another one of its kind."""

    quantity: str
    every_step: bool = False


class ResultFile:
    """A result file, and values that several figures compute from it. Recordings stay in the file.

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
        self._file = file = StoredFile(path)
        self.recordings: dict[str, StoredArray] = dict(file)
        self.version = file.version
        self.run: dict[str, Any] = file.run
        """The description of the run: phase, freeze, noise, inputs, first_step and steps."""
        self.chosen = bool(only)
        self.show: Show = hide
        """Receives what is being done."""
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

    def rows_of(self, quantity: str) -> StoredArray:
        """The recording that is shown as `quantity`."""
        return self.recordings[self.name_of(quantity)]

    def steps_of(self, quantity: str) -> Clock:
        """The step number of each of these rows."""
        return self.steps(self.name_of(quantity))

    def steps(self, name: str) -> Clock:
        """The step number of each row of exactly this recording."""
        return Clock.of(self._file, name, len(self.recordings[name]))

    @property
    def statistics(self) -> dict[str, npt.NDArray[np.float64]]:
        """The columns of recorded statistics, by their names."""
        return self._file.stats

    def stride(self, quantity: str) -> int:
        """Steps from one recorded row to the next."""
        return self._file.stride(quantity)

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
    def weights(self) -> Columns:
        """Wee at the end."""
        return weight_columns(self.network._network, "Wee")

    @cached_property
    def spikes(self) -> _core.SpikeSource:
        """E, or the recording that replaces it, as the engine reads it."""
        return packed("E", self.rows_of("E"))

    @cached_property
    def connections(self) -> tuple[float, float, float, int]:
        """The first, the last and the smallest number of C, and the first row of the smallest."""
        return ends_of(counts_over_time("C", self.recordings["C"]))

    @cached_property
    def measured(self) -> dict[str, Any]:
        """All measures of ``sorn stats``; None for a measure that is not defined."""
        train = self.spikes if self.has("E") else None
        counts = (int(self.connections[0]), int(self.connections[2])) if self.holds("C") else None
        return _core.measured(train, self.network._network, counts, 100, 2, None)

    @cached_property
    def rates(self) -> FloatArray:
        """The share of the recorded steps in which each neuron fires, (neurons,)."""
        rates: FloatArray = self.spikes.spike_counts() / self.spikes.steps
        return rates

    @cached_property
    def correlations(self) -> FloatArray:
        """Pearson correlations of the neurons, (neurons, neurons)."""
        return self.spikes.correlation()[0]

    @cached_property
    def thresholds(self) -> npt.NDArray[np.float64]:
        """T_E at the end, (ne,)."""
        return np.asarray(self.network.state["Te"], dtype=np.float64).ravel()


def _not_held(name: str, held: list[str], file: str) -> UnknownNameError:
    if not held:
        return UnknownNameError(f"--recording {name}", f"{file} holds no recordings", "leave it out")
    rule = f"must be one of those that {file} holds: {', '.join(held)}"
    return UnknownNameError(f"--recording {name}", rule, did_you_mean(name, held))

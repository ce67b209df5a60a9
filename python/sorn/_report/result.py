"""A result file as the figures and the page read it."""

from __future__ import annotations

import os
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .._arguments import FloatArray, file_path
from .._network import Network
from .._recording import Recordings
from .._spike_train import SpikeTrain
from ..statistics import IntArray, Statistics


class Need(NamedTuple):
    """A recording that something cannot do without."""

    quantity: str
    every_step: bool = False


class ResultFile:
    """A result file in memory, and what more than one figure computes from it.

    Parameters
    ----------
    path : str or path
        The file.

    Raises
    ------
    IoError, FormatError
        If it cannot be read or is no result file.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.name = os.path.basename(file_path(path))
        self.network = Network.load(path)
        self.recordings, self.version = Recordings._loaded(path)

    @property
    def run(self) -> dict[str, Any]:
        """Phase, freeze, noise, inputs, first_step and steps of the run that was recorded."""
        return self.recordings._run

    def stride(self, quantity: str) -> int:
        """Steps from one recorded row to the next."""
        return self.recordings.stride(quantity)

    def has(self, quantity: str, every_step: bool = False) -> bool:
        """Whether there are rows of this quantity, and one for every step if that is needed."""
        return not self.lacks(Need(quantity, every_step))

    def lacks(self, need: Need) -> str:
        """What stands against `need`, in words; empty if nothing does."""
        quantity, every_step = need
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
        """E, packed once for all measures."""
        return SpikeTrain(self.recordings["E"])

    @cached_property
    def activity(self) -> IntArray:
        """Excitatory neurons that fire in each recorded step."""
        return Statistics.firing_rate_network(self.spikes)

    @cached_property
    def rates(self) -> FloatArray:
        """Share of the recorded steps in which each excitatory neuron fires, (ne,)."""
        rates: FloatArray = self.recordings["E"].sum(axis=0, dtype=np.int64) / len(self.spikes)
        return rates

    @cached_property
    def correlations(self) -> FloatArray:
        """Pearson correlations of the excitatory neurons, (ne, ne)."""
        return Statistics.avg_corr_coeff(self.spikes, undefined=np.nan)[0]

    @cached_property
    def thresholds(self) -> npt.NDArray[np.float64]:
        """T_E at the end, (ne,)."""
        return np.asarray(self.network.state["Te"], dtype=np.float64).ravel()

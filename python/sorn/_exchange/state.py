"""The synapses and thresholds of a network, as the formats need them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .. import _core
from .._errors import ParameterError
from .._network import Network
from .._state import StateDict


class Projection(NamedTuple):
    """A weight matrix and the populations that it connects."""

    matrix: str
    source: str
    target: str
    sign: int
    """The sign with which its weights act. They are stored positive."""

    @property
    def name(self) -> str:
        return f"{self.source}_to_{self.target}"


PROJECTIONS = (
    Projection("Wee", "excitatory", "excitatory", 1),
    Projection("Wei", "inhibitory", "excitatory", -1),
    Projection("Wie", "excitatory", "inhibitory", 1),
)
THRESHOLDS = {"excitatory": "Te", "inhibitory": "Ti"}


class Synapses(NamedTuple):
    """All synapses of a projection, ordered by target and then by source."""

    source: npt.NDArray[np.int64]
    target: npt.NDArray[np.int64]
    weight: npt.NDArray[np.float64]


def engine_network(network: Any) -> _core.Network:
    """The engine's network of a :class:`Network` or a :class:`StateDict`."""
    if isinstance(network, Network):
        return network._network
    if isinstance(network, StateDict):
        return network._current_network()
    raise ParameterError(
        f"network is of type {type(network).__name__}",
        "must be a Network or a StateDict",
        "StateDict(values) makes one of a dictionary",
    )


def synapses(network: _core.Network, matrix: str) -> Synapses:
    """The synapses of one weight matrix."""
    start, source, weight, _ = network.columns(matrix)
    counts = np.diff(start)
    target = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    return Synapses(source.astype(np.int64), target, np.asarray(weight))


def thresholds(network: _core.Network, population: str) -> npt.NDArray[np.float64]:
    """The thresholds of a population, (units,)."""
    return np.asarray(network.value(THRESHOLDS[population]), dtype=np.float64).ravel()

"""Exact twins: networks that differ by a small change and are given the same random numbers, and how they part.

Every random number of a network follows from its seed, the step and the unit, and does not depend on what was drawn
before. So a network and its changed copy see the same noise for ever, and all that differs comes from the change.

>>> import sorn
>>> from sorn import twins
>>> network = sorn.Network(ne=100, lambda_ee=10, seed=1)
>>> _ = network.run(time_steps=500)
>>> found = twins.divergence(network, twins.spike(), pairs=40, steps=100, skip=10)
>>> found.activity.shape, int(found.activity[:, 0].max())
((40, 101), 1)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from . import _core, _notebook
from ._arguments import FloatArray, IntArray, items_of, quoted, real_number, seed_value, thread_count, whole_number
from ._call import settings_of
from ._change import Change, ChangeArgument, changes_of, freeze, lesion, set, spike, synapse, threshold  # noqa: A004
from ._errors import ParameterError, UnknownNameError
from ._measures.runs import DerridaMap
from ._network import Network
from ._progress import Report, reporting
from ._recording import NOTHING

if TYPE_CHECKING:
    from ._call import Inputs
    from ._names import Phase, Rule

__all__ = [
    "Change",
    "Divergence",
    "Growth",
    "divergence",
    "freeze",
    "lesion",
    "set",
    "spike",
    "synapse",
    "threshold",
]

_MOST_STEPS = 2**63 - 1
_DISTANCES = tuple(name for name, _, _ in _core.state_distances())


class Growth(NamedTuple):
    """The growth of a small difference: a line through the logarithm of the mean distance."""

    exponent: float
    """Its slope in 1/step, above 0 if differences grow, below 0 if they shrink."""
    intercept: float
    """The logarithm of the line's distance in step 0."""
    first: int
    """The first step that was fitted."""
    last: int
    """The last one."""


@dataclass(frozen=True, eq=False, repr=False)
class Divergence:
    """How pairs of twins parted. Steps are counted from the start of each pair."""

    change: tuple[Change, ...]
    """What differs in the second network of each pair."""
    neurons: int
    """The number of excitatory units."""
    steps: int
    """Steps of each pair."""
    stride: int
    """Steps from one row of `activity` to the next."""
    state_stride: int
    """Steps from one row of `states` to the next."""
    seed: int
    """The seed of the places of the change."""
    activity: npt.NDArray[np.int32]
    """The number of excitatory units whose activity differs after 0, stride, 2·stride … steps, shape (pairs, rows)."""
    states: dict[str, FloatArray]
    """Distances of the states by name, each of shape (pairs, state rows). ``weights`` is the sum of the absolute
    differences of the weights of W_EE, ``synapses`` the number of synapses of W_EE that one of the networks has and the
    other not, ``thresholds`` the sum of the absolute differences of T_E."""
    mean: FloatArray
    """The mean of `activity` over the pairs in every step, shape (steps + 1,), whatever the stride."""
    derrida: DerridaMap
    """The Derrida map over all steps of all pairs, from the share of units that differ to the mean share a step later,
    with the slope of the line through the origin."""
    networks: IntArray
    """For each pair, which of the networks was its reference."""
    starts: IntArray
    """For each pair, the step number of the network at its start."""
    places: IntArray
    """Where the first change of each pair was made, shape (pairs, 2). A row is a unit and -1, the units `pre` and
    `post` of a synapse, or -1 twice."""
    parted: IntArray
    """For each pair, the first step in which the activity differs, -1 if it never does. It is 0 if the change itself is
    one of activity."""
    met: IntArray
    """For each pair that parted, the step from which on its activity is equal until the end, -1 if it still differs."""
    merged: IntArray
    """For each pair, the first row of `states`, as a step, in which the networks are equal as a whole, so that they
    never part again, or -1."""
    largest: IntArray
    """For each pair, the largest number of units that differed."""

    def __len__(self) -> int:
        return len(self.activity)

    @property
    def times(self) -> IntArray:
        """The step of each row of `activity`."""
        return np.arange(0, self.steps + 1, self.stride)

    @property
    def state_times(self) -> IntArray:
        """The step of each row of `states`."""
        return np.arange(0, self.steps + 1, self.state_stride)

    @property
    def share_parted(self) -> float:
        """The share of the pairs whose activity differs in some step."""
        return float(np.mean(self.parted >= 0))

    @property
    def share_met(self) -> float:
        """The share of those pairs whose activity is equal again at the end; NaN if none parted."""
        apart = self.parted >= 0
        return float(np.mean(self.met[apart] >= 0)) if apart.any() else float("nan")

    @property
    def exponent(self) -> float:
        """The exponent of :meth:`growth` over ten steps; NaN if it is not defined."""
        found = self.growth()
        return float("nan") if found is None else found.exponent

    def growth(self, window: int = 10) -> Growth | None:
        """The slope of the logarithm of the mean distance in the first steps.

        Parameters
        ----------
        window : int, default 10
            Steps from the first one in which the mean distance is above 0. The line ends before it becomes 0.

        Returns
        -------
        Growth or None
            As long as the distance is small, the slope estimates the largest Lyapunov exponent. None if fewer than
            three steps remain.

        References
        ----------
        Derrida & Pomeau 1986, doi 10.1209/0295-5075/1/2/001; Bertschinger & Natschläger 2004,
        doi 10.1162/089976604323057443.
        """
        steps = whole_number("window", window, 2, _MOST_STEPS, "a whole number of steps from 2 on")
        found = _core.twin_growth(self.mean, steps)
        return None if found is None else Growth(*found)

    def quantile(self, share: float, distance: str = "activity") -> FloatArray:
        """The distance below which a share of the pairs lie, in each row.

        Parameters
        ----------
        share : float
            From 0 to 1; 0.5: the median.
        distance : {'activity', 'weights', 'synapses', 'thresholds'}
            Which distance.

        Returns
        -------
        ndarray of float64, shape (rows,) or (state rows,)
        """
        wanted = real_number("share", share)
        if not isinstance(distance, str) or distance not in ("activity", *self.states):
            rule = f"must be one of {', '.join(('activity', *_DISTANCES))}"
            raise UnknownNameError(f"distance = {quoted(distance)}", rule)
        if distance == "activity":
            return _core.twin_quantile(self.activity, wanted)
        return _core.twin_quantile(self.states[distance], wanted)

    def __repr__(self) -> str:
        met = "" if np.isnan(self.share_met) else f", {self.share_met:.0%} of them met again"
        slope = self.derrida.slope
        return (
            f"<Divergence of {len(self):,} pairs over {self.steps:,} steps: {self.share_parted:.0%} parted{met}; "
            f"exponent {self.exponent:.3g} per step, Derrida slope {'undefined' if slope is None else f'{slope:.3g}'}>"
        )

    def _repr_html_(self) -> str:
        """The HTML that a notebook shows."""
        rows = [
            ("change", ", ".join(map(repr, self.change))),
            ("pairs", f"{len(self):,}, of {self.steps:,} steps"),
            ("parted", f"{self.share_parted:.1%}"),
            ("met again", f"{self.share_met:.1%}"),
            ("exponent", f"{self.exponent:.3g} per step"),
            ("Derrida slope", "undefined" if self.derrida.slope is None else f"{self.derrida.slope:.3g}"),
            ("mean distance at the end", f"{self.mean[-1]:.3g} of {self.neurons} units"),
        ]
        return _notebook.page("Divergence", rows)


def divergence(
    network: Network | Iterable[Network],
    change: ChangeArgument,
    pairs: int = 1000,
    steps: int = 1000,
    *,
    skip: int = 100,
    seed: int = 0,
    stride: int = 1,
    state_stride: int | None = None,
    inputs: Inputs = None,
    phase: Phase = "plasticity",
    noise: bool | float | npt.ArrayLike = True,
    freeze: Iterable[Rule] | Rule | None = None,
    threads: int | None = None,
    progress: bool | Report = False,
) -> Divergence:
    """Run many pairs of twins on all cores, and compare them step by step.

    The first pair starts from the present state of the network, and each further one where the network stands `skip`
    steps later. The network itself stays as it is. Pair k equals the runs of the network from there and of its
    ``twin(change, seed=seed, pair=k)``, bit for bit, on any number of threads. The reference of pairs that overlap runs
    once for all of them.

    Parameters
    ----------
    network : Network, or iterable of Network
        The references. Of several networks each is that of as many consecutive pairs. They must have the same ``ne``.
    change : Change, or iterable of Change
        What differs: :func:`spike`, :func:`synapse`, :func:`threshold`, :func:`freeze`, :func:`set` or :func:`lesion`.
        Several are made one after the other. An empty list: the twins are equal.
    pairs : int, default 1000
        Number of pairs, 1 to 10000000.
    steps : int, default 1000
        Steps of each pair.
    skip : int, default 100
        Steps from one start to the next. 0: all pairs of a network start from its present state, and differ only in
        places that are drawn.
    seed : int, default 0
        Of places that the change leaves open.
    stride : int, default 1
        Steps from one row of `activity` to the next. The mean and the Derrida map have all steps.
    state_stride : int, optional
        The same for distances of weights and thresholds. None: a tenth of `steps`.
    inputs : array_like, shape (nu, T), or a source, optional
        External drive of both networks of each pair. An array must have a column for each step from the first start to
        the last end: (pairs - 1)·skip + steps for a single network.
    phase, noise, freeze
        As for :meth:`sorn.Network.run`, of both networks.
    threads : int, optional
        None: one for each processor that this process may use.
    progress : bool or function, default False
        As for :meth:`sorn.Network.run`.

    Returns
    -------
    Divergence

    Raises
    ------
    ParameterError
        For a change that a network cannot have, such as that of a unit or synapse that does not exist.
    ShapeError, StateError, UnknownNameError
        As for :meth:`sorn.Network.run` and :meth:`sorn.Network.twin`.
    """
    networks = _networks(network)
    changes = changes_of(change)
    count = whole_number("pairs", pairs, 1, _core.most_pairs, f"a whole number from 1 to {_core.most_pairs}")
    length = _steps("steps", steps, 1)
    between = _steps("skip", skip, 0)
    every = max(1, length // 10) if state_stride is None else _steps("state_stride", state_stride, 1)
    rows = _steps("stride", stride, 1)
    longest = -(-count // len(networks))
    all_steps = (longest - 1) * between + length
    settings = settings_of(
        inputs=inputs,
        time_steps=all_steps,
        phase=phase,
        freeze=freeze,
        noise=noise,
        threads=None,  # each network runs on one
        record=NOTHING,
    )
    chosen = seed_value(seed)
    workers = thread_count(threads, "leave it out to use all processors")
    with reporting(progress, count * length + len(networks) * all_steps) as report:
        activity, states, mean, derrida, columns = _core.divergence(
            [one._network for one in networks],
            [one._core for one in changes],
            settings,
            pairs=count,
            steps=length,
            skip=between,
            seed=chosen,
            stride=rows,
            state_stride=every,
            threads=workers,
            progress=report,
        )
    return Divergence(
        changes,
        networks[0]._network.ne,
        length,
        rows,
        every,
        chosen,
        activity,
        states,
        mean,
        DerridaMap(*derrida),
        *columns,
    )


def _networks(network: Any) -> tuple[Network, ...]:
    found = (network,) if isinstance(network, Network) else items_of(network)
    if not found or not all(isinstance(one, Network) for one in found):
        raise ParameterError(f"network is of type {type(network).__name__}", "must be a sorn.Network, or several")
    return found  # type: ignore[return-value]


def _steps(name: str, value: object, least: int) -> int:
    return whole_number(name, value, least, _MOST_STEPS, f"a whole number of steps from {least} on")

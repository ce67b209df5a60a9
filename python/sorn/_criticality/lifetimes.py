"""Survival, if some ends were not seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .. import _core
from .._arguments import FloatArray, number_array
from .._errors import ShapeError, StateError


@dataclass(frozen=True, eq=False)
class Lifetimes:
    """The synapses of W_EE that a run made, in the order of their birth, and how long they lived.

    A synapse is born in the step in which structural plasticity makes it, and lives until a step removes it. Those that
    are there at the beginning of the run are left out, because their births were not seen. A pair of units that loses
    its synapse and gets another one counts twice, unless both happens in the same step. If weights may rest at 0
    (``keep_zero``), no synapse is removed.
    """

    birth: npt.NDArray[np.int64]
    """The step of its birth, counted from 0 when the network was built."""
    steps: npt.NDArray[np.int64]
    """Its lifetime: the number of steps after which it was there, from 1 on."""
    ended: npt.NDArray[np.bool_]
    """Whether its end was seen; otherwise it was there at the end of the run and lived at least so long."""
    pre: npt.NDArray[np.int64]
    """The presynaptic unit."""
    post: npt.NDArray[np.int64]
    """The postsynaptic unit."""

    def __len__(self) -> int:
        return len(self.birth)

    def __repr__(self) -> str:
        return f"<the lives of {len(self):,} synapses, of which {np.count_nonzero(self.ended):,} ended>"

    @classmethod
    def _of(cls, lives: _core.SynapseLives) -> Lifetimes:
        return cls(lives.birth, lives.steps, lives.ended.astype(bool), lives.pre, lives.post)


@dataclass(frozen=True)
class Survival:
    """The share of lifetimes that last beyond a time."""

    times: FloatArray
    """The times at which lifetimes ended, ascending."""
    survival: FloatArray
    """The share that lasts longer."""
    errors: FloatArray
    """Standard errors (Greenwood 1926)."""
    at_risk: npt.NDArray[np.uint64]
    """The number of lifetimes that lasted at least until this time."""
    ended: npt.NDArray[np.uint64]
    """The number of those that ended at it."""
    censored: int
    """The number of lifetimes of which the end was not seen."""
    median: float
    """The first time at which at most half survive; NaN if more than half outlast all that was seen."""


def survival_curve(lifetimes: npt.ArrayLike, ended: npt.ArrayLike | None = None) -> Survival:
    """The survival curve of Kaplan & Meier (1958, doi 10.1080/01621459.1958.10501452).

    Parameters
    ----------
    lifetimes : array_like
        Numbers from 0 on, such as the lifetimes of synapses or the intervals between spikes.
    ended : array_like of bool, optional
        Whether the end of each was seen. A lifetime that was still under way at the end of the run lasted at least so
        long. None: all were seen.

    Returns
    -------
    Survival

    Raises
    ------
    StateError
        For no lifetimes, one that is below 0 or not finite, or an entry of `ended` other than 0 and 1.
    ShapeError
        If there are not equally many of both.
    """
    times, seen = checked_lifetimes(lifetimes, ended)
    ends, survival, errors, at_risk, ended_then, censored, median = _core.survival_curve(times, seen)
    return Survival(ends, survival, errors, at_risk, ended_then, censored, np.nan if median is None else median)


def checked_lifetimes(
    lifetimes: npt.ArrayLike, ended: npt.ArrayLike | None
) -> tuple[FloatArray, npt.NDArray[np.uint8] | None]:
    """Lifetimes, and whether they ended, as the engine needs them."""
    times = np.ascontiguousarray(number_array("lifetimes", lifetimes).ravel(), dtype=np.float64)
    if ended is None:
        return times, None
    flags = number_array("ended", ended).ravel()
    if len(flags) != len(times):
        raise ShapeError(f"{len(times)} lifetimes and {len(flags)} entries of ended", "must be equally many")
    if not np.isin(flags, (0, 1)).all():
        raise StateError("ended", "must hold only 0 and 1")
    return times, np.ascontiguousarray(flags, dtype=np.uint8)

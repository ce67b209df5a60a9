"""Survival, if some ends were not seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .. import _core
from .._arguments import FloatArray, number_array, real_number, truth
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
    """Its lifetime, the number of steps after which it was there, from 1 on."""
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


@dataclass(frozen=True, eq=False)
class LogDensity:
    """The density of values in logarithmic bins, and the line through it."""

    exponent: float
    """α of a density ∝ x^-α, which is minus the slope of ln(density) over ln(x)."""
    r_squared: float
    """The share of the variance of ln(density) that the line explains, 0 to 1."""
    samples: int
    """The number of values within the limits."""
    places: FloatArray
    """The geometric mean of the limits of each bin that holds a value."""
    density: FloatArray
    """The density of the values within the limits in these bins."""
    intercept: float
    """ln(density) of the line at x = 1."""


def density_exponent(
    values: npt.ArrayLike,
    shortest: float,
    longest: float,
    bins_per_decade: float = 10,
    *,
    discrete: bool | None = None,
) -> LogDensity:
    """Fit a line to the logarithm of the density in logarithmic bins, by least squares.

    This is for comparison with publications that do so. The exponent depends on the bins, and bins that hold few values
    count as much as others. Maximum likelihood is the better estimator: :func:`fit`, and :func:`fit_lifetimes` for
    lifetimes, which also counts those of which the end was not seen.

    Parameters
    ----------
    values : array_like
        Finite numbers, such as the lifetimes of synapses that ended.
    shortest, longest : float
        The limits of the bins, above 0. Values beyond them are left out.
    bins_per_decade : float, default 10
        Bins from x to 10x. The number of all bins is rounded. Those without a value are left out.
    discrete : bool, optional
        Whether values are whole numbers by nature. Then a bin is as wide as the number of whole numbers in it. None:
        whether all values are whole.

    Returns
    -------
    LogDensity

    Raises
    ------
    ParameterError
        For limits in the wrong order or not above 0, or unless there are 1 to 10,000 bins.
    StateError
        If a value is not finite, or not whole in discrete values; if fewer than three bins hold a value.
    """
    array = np.ascontiguousarray(number_array("values", values).ravel(), dtype=np.float64).copy()
    limits = real_number("shortest", shortest), real_number("longest", longest)
    found = _core.density_exponent(
        array,
        *limits,
        real_number("bins_per_decade", bins_per_decade),
        None if discrete is None else truth("discrete", discrete),
    )
    return LogDensity(*found)

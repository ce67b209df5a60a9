"""How activity carries on: the branching parameter, autocorrelation times, susceptibility."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from .. import _core
from .._arguments import FloatArray, number_array, quoted, seed_value, truth, whole_number
from .._errors import ShapeError, UnknownNameError
from .._measures._checks import IntArray, SpikeTrainLike
from .._result_file import ResultFile
from .._spike_train import packed
from .avalanches import activity_of, refuse_without_file

DecayKind = Literal["exponential", "exponential_offset", "complex"]
TrialMeans = Literal["common", "separate"]
_MOST = 2**62


@dataclass(frozen=True)
class Decay:
    """A curve that was fitted to the slopes r_k over the lags k."""

    kind: str
    """``exponential``, A·exp(-k/tau); ``exponential_offset``, the same + O; ``complex``, A·exp(-k/tau) +
    B·exp(-(k/tau_osc)^gamma)·cos(2π·nu·k) + C·exp(-(k/tau_gs)²) + O."""
    parameters: dict[str, float]
    """Its parameters by name; times in bins."""
    residual: float
    """The sum of the squares of the differences."""

    def __call__(self, lag: npt.ArrayLike) -> FloatArray:
        """The curve at lags, in bins."""
        k = np.asarray(lag, dtype=np.float64)
        p = self.parameters
        curve = p["A"] * np.exp(-k / p["tau"]) + p.get("O", 0.0)
        if self.kind == "complex":
            oscillation = np.exp(-((k / p["tau_osc"]) ** p["gamma"])) * np.cos(2.0 * np.pi * p["nu"] * k)
            curve = curve + p["B"] * oscillation + p["C"] * np.exp(-((k / p["tau_gs"]) ** 2))
        return np.asarray(curve, dtype=np.float64)


@dataclass(frozen=True)
class Branching:
    """The branching parameter m of an activity, by multistep regression."""

    m: float
    """exp(-1/tau), the mean number of spikes in the next bin that one spike causes. NaN if no decay with an amplitude
    above 0 fits the slopes."""
    m_interval: tuple[float, float]
    """The limits that hold 95% of m when trials or blocks are drawn anew; NaN if there are none."""
    tau: float
    """The autocorrelation time in bins. It is negative if the activity grows, m > 1."""
    tau_interval: tuple[float, float]
    """The limits that hold 95% of it."""
    one_step: float
    """The slope of lag 1, the branching ratio of :meth:`sorn.Statistics.branching_ratio`. If only a part of the units
    is seen, it is too small. NaN if lag 1 is not among the lags."""
    decay: Decay | None
    """The curve that was fitted."""
    lags: IntArray
    """k, in bins."""
    slopes: FloatArray
    """The slope r_k of the activity k bins later over the activity, for each lag."""
    resampled: FloatArray
    """The slopes when trials or blocks are drawn anew, shape (repetitions, lags)."""
    trials: int
    """The number of trials, or of blocks, that were drawn from."""


def branching_parameter(
    activity: SpikeTrainLike | ResultFile,
    last_lag: int | None = None,
    *,
    first_lag: int = 1,
    decay: DecayKind = "exponential",
    trials: bool = False,
    means: TrialMeans = "common",
    blocks: int = 20,
    repetitions: int = 200,
    seed: int = 0,
    skip: int = 0,
    recording: str | None = None,
) -> Branching:
    """Estimate the branching parameter from the decay of the correlation over many lags.

    The slope r_k of A(t + k) over A(t) decays as exp(-k/τ), also if only a part of the units is seen: this scales all
    of them. The slope of one lag, in contrast, becomes too small.

    Parameters
    ----------
    activity : array_like, shape (time,), (time, neurons) or (trials, time), SpikeTrain or ResultFile
        The activity A of the network, or its spikes.
    last_lag : int, optional
        The largest lag, at most half of a trial. None: a tenth of it. It should be a few times τ.
    first_lag : int, default 1
        The smallest lag.
    decay : {'exponential', 'exponential_offset', 'complex'}
        The curve that is fitted to the slopes. An offset stands for slow changes of the rate; 'complex' also for an
        oscillation and for short correlations.
    trials : bool, default False
        Whether the rows of an array are the activities of trials.
    means : {'common', 'separate'}
        Whether the activity is compared with the mean of all trials, or of each. That of each is biased for trials that
        are not much longer than τ.
    blocks : int, default 20
        A single trial is divided into so many blocks, for the interval. Below 2: there is none.
    repetitions : int, default 200
        Samples of trials, or of blocks, with replacement.
    seed : int, default 0
        Of the samples.
    skip, recording
        As for :func:`avalanches`.

    Returns
    -------
    Branching

    Raises
    ------
    StateError
        For an activity that is not finite or does not change.
    ParameterError, ShapeError
        For lags beyond half of a trial, or fewer lags than parameters.

    References
    ----------
    Wilting & Priesemann 2018, doi 10.1038/s41467-018-04725-4; Spitzner et al. 2021,
    doi 10.1371/journal.pone.0249447.
    """
    if truth("trials", trials):
        refuse_without_file(skip, recording)
        rows = np.ascontiguousarray(number_array("activity", activity), dtype=np.float64)
        if rows.ndim != 2:
            raise ShapeError(f"activity has shape {rows.shape}", "must be (trials, time)")
    else:
        rows = activity_of(activity, skip, recording)[None, :]
    if not isinstance(means, str) or means not in ("common", "separate"):
        raise UnknownNameError(f"means = {quoted(means)}", "must be 'common' or 'separate'")
    found = _core.branching_parameter(
        rows,
        _number("first_lag", first_lag, 1),
        0 if last_lag is None else _number("last_lag", last_lag, 1),
        means == "separate",
        _number("blocks", blocks, 0),
        _number("repetitions", repetitions, 0),
        seed_value(seed),
        decay if isinstance(decay, str) else quoted(decay),
    )
    lags, slopes, parts, resampled, curve, m, tau, one_step = found
    fitted = None if curve is None else Decay(*curve)
    time = np.nan if fitted is None else fitted.parameters["tau"]
    undefined = (np.nan, np.nan)
    return Branching(
        float(np.exp(-1.0 / time)),
        undefined if m is None else m,
        time,
        undefined if tau is None else tau,
        np.nan if one_step is None else one_step,
        fitted,
        lags,
        slopes,
        resampled,
        parts,
    )


def autocorrelation(
    activity: SpikeTrainLike | ResultFile, last_lag: int, *, skip: int = 0, recording: str | None = None
) -> FloatArray:
    """The autocorrelation of the activity for lags from 0 to `last_lag`, shape (last_lag + 1,).

    ρ(k) is the sum of the products of A(t) and A(t + k), both less the mean, divided by that of A(t) with itself. It
    includes fewer products for longer lags.
    """
    return _core.activity_autocorrelation(activity_of(activity, skip, recording), _number("last_lag", last_lag, 0))


def autocorrelation_time(
    activity: SpikeTrainLike | ResultFile, *, skip: int = 0, recording: str | None = None
) -> float:
    """The integrated autocorrelation time of the activity in steps: 1/2 + Σ ρ(k).

    The sum ends at the smallest lag that is at least five times as long (Sokal 1997,
    doi 10.1007/978-1-4899-0319-8_6). n steps are worth n/2τ independent ones. NaN if no lag up to half of the activity
    is long enough.
    """
    found = _core.autocorrelation_time(activity_of(activity, skip, recording))
    return np.nan if found is None else found


@dataclass(frozen=True)
class Susceptibility:
    """Fluctuations of the activity of a population of N units."""

    chi: float
    """N·Var(A/N), where A is the number of spikes in a step. At a transition it grows with N."""
    independent: float
    """The same of independent units, the mean of p(1 - p) over their rates p."""
    synchrony: float
    """√(chi/(N·independent)), which is 1 if all units fire together, and about 1/√N if they are independent (Golomb &
    Rinzel 1993, doi 10.1103/PhysRevE.48.4810). ``1 - synchrony`` is the distance to synchrony. NaN if no unit ever
    changes."""


def susceptibility(spikes: SpikeTrainLike) -> Susceptibility:
    """The fluctuations of the activity, and how far they are from those of independent and of synchronous units.

    Parameters
    ----------
    spikes : array_like, shape (time, neurons), or SpikeTrain
    """
    return Susceptibility(*_core.susceptibility(packed("spikes", spikes)))


def _number(name: str, value: object, least: int) -> int:
    return whole_number(name, value, least, _MOST, f"a whole number from {least} on")

"""Neuronal avalanches, their distributions and scaling, and the branching parameter.

The activity may come from anywhere, as an array, a :class:`sorn.SpikeTrain` or a result file:

>>> import sorn
>>> from sorn import criticality
>>> run = sorn.Network(ne=100, lambda_ee=10, seed=1).run(time_steps=20_000, record=["E"])
>>> found = criticality.avalanches(run["E"])
>>> law = criticality.fit_tail(found.durations)
>>> print(criticality.assess(found.durations, law, repetitions=100).verdict)  # doctest: +SKIP
a power law is rejected (p = 0.00); lognormal preferred
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

from . import _core
from ._arguments import FloatArray, names, number_array, real_number, seed_value, thread_count, truth, whole_number
from ._criticality.avalanches import (
    Avalanches,
    Crackling,
    FiniteSizeScaling,
    ShapeCollapse,
    SizeScaling,
    Source,
    avalanches,
    binned_activity,
    crackling_relation,
    finite_size_scaling,
    pool,
    shape_collapse,
    size_scaling,
)
from ._criticality.branching import (
    Branching,
    Decay,
    Susceptibility,
    autocorrelation,
    autocorrelation_time,
    branching_parameter,
    susceptibility,
)
from ._criticality.fits import Fit, checked_fit, engine_fit, fit_of
from ._criticality.lifetimes import (
    Lifetimes,
    LogDensity,
    Survival,
    checked_lifetimes,
    density_exponent,
    survival_curve,
)
from ._errors import ShapeError, StateError

if TYPE_CHECKING:
    from ._names import Distribution

__all__ = [
    "DISTRIBUTIONS",
    "Assessment",
    "Avalanches",
    "Branching",
    "Comparison",
    "Crackling",
    "Decay",
    "FiniteSizeScaling",
    "Fit",
    "Goodness",
    "Lifetimes",
    "LogDensity",
    "Resampled",
    "ShapeCollapse",
    "SizeScaling",
    "Source",
    "Survival",
    "Susceptibility",
    "assess",
    "autocorrelation",
    "autocorrelation_time",
    "avalanches",
    "binned_activity",
    "branching_parameter",
    "compare",
    "crackling_relation",
    "density_exponent",
    "finite_size_scaling",
    "fit",
    "fit_lifetimes",
    "fit_tail",
    "goodness_of_fit",
    "pool",
    "resampled",
    "shape_collapse",
    "size_scaling",
    "survival_curve",
    "susceptibility",
]

DISTRIBUTIONS: tuple[Distribution, ...] = cast("tuple[Distribution, ...]", tuple(_core.distributions()))
"""The distributions of x from xmin to xmax, up to a factor; of whole numbers the same expressions are probabilities.

===========================  =================================  =================
name                         density                            parameters
===========================  =================================  =================
``power_law``                x^-alpha                           ``alpha``
``truncated_power_law``      x^-alpha exp(-lambda x)            ``alpha, lambda``
``lognormal``                exp(-(ln x - mu)²/(2 sigma²))/x    ``mu, sigma``
``exponential``              exp(-lambda x)                     ``lambda``
``stretched_exponential``    x^(beta-1) exp(-lambda x^beta)     ``lambda, beta``
===========================  =================================  =================
"""

_SIGNIFICANCE = 0.1  # of p, as Clauset, Shalizi & Newman 2009 (doi 10.1137/070710111) choose it; verdicts have it too


@dataclass(frozen=True)
class Goodness:
    """The result of a parametric bootstrap: a power law's distance beside those of samples that it has made itself."""

    p: float
    """The share of synthetic samples that are at least as far from their own fit as the values are from theirs. Below
    0.1 a power law is ruled out; a larger p does not prove one."""
    repetitions: int
    """The number of synthetic samples."""
    distances: FloatArray
    """The distance of each from its own fit."""
    alphas: FloatArray
    """The exponent of each."""


@dataclass(frozen=True)
class Resampled:
    """How much the parameters of a fit vary if the data are drawn anew."""

    errors: dict[str, float]
    """Their standard deviations, by name."""
    intervals: dict[str, tuple[float, float]]
    """For each the limits that hold 95% of its values."""
    repetitions: int
    """The number of samples that could be fitted."""


@dataclass(frozen=True)
class Comparison:
    """The comparison of two fits to the same values by the ratio of their likelihoods (Vuong 1989)."""

    ratio: float
    """Logarithm of the ratio, above 0 if the first fits better."""
    normalized: float
    """The ratio divided by its standard deviation, sigma·√n; NaN if the ratio is the same for each value."""
    p: float
    """The probability of so large a ratio if both fit equally well."""
    nested: bool
    """Whether one is a special case of the other, so that p is that of χ² with one degree of freedom."""


@dataclass(frozen=True)
class Assessment:
    """A power law, the evidence against it, and what that means in words."""

    law: Fit
    """The power law."""
    goodness: Goodness | None
    """How far it is from the values; None without a bootstrap."""
    alternatives: dict[str, Fit]
    """Other distributions, fitted to the same values, by name."""
    comparisons: dict[str, Comparison]
    """The comparison of the law with each."""
    preferred: str | None
    """The alternative that fits better, with p below 0.1, the likeliest of several, or None."""
    verdict: str
    """The result in words, such as ``a power law is rejected (p = 0.00); lognormal preferred``."""

    @property
    def holds(self) -> bool:
        """Whether no alternative is preferred, and p of the bootstrap, if there was one, is at least 0.1."""
        return self.preferred is None and (self.goodness is None or self.goodness.p >= _SIGNIFICANCE)


def fit(
    values: npt.ArrayLike,
    distribution: Distribution = "power_law",
    *,
    xmin: float | None = None,
    xmax: float | None = None,
    discrete: bool | None = None,
) -> Fit:
    """Fit a distribution to the values from `xmin` to `xmax` by maximum likelihood.

    Parameters
    ----------
    values : array_like
        Numbers above 0, such as the sizes or durations of avalanches.
    distribution : str, default 'power_law'
        One of :data:`DISTRIBUTIONS`.
    xmin, xmax : float, optional
        The distribution has these limits, and values beyond them are left out. None: the smallest value, and no upper
        limit.
    discrete : bool, optional
        Whether the values are whole numbers by nature. None: whether all of them are whole.

    Returns
    -------
    Fit

    Raises
    ------
    StateError
        For a value that is not finite and above 0, or not whole in a discrete sample; if fewer than two different
        values remain.
    ParameterError
        For limits that are no numbers above 0, in the wrong order, or not whole for discrete values.
    UnknownNameError
        For an unknown distribution.
    """
    sample = _sample(values, discrete)
    start = None if xmin is None else real_number("xmin", xmin)
    return fit_of(_core.fit(sample, _name(distribution), start, _limit("xmax", xmax)))


def fit_tail(
    values: npt.ArrayLike,
    *,
    xmax: float | None = None,
    largest_xmin: float | None = None,
    least_samples: int = 2,
    least_ratio: float | None = None,
    discrete: bool | None = None,
) -> Fit:
    """Fit a power law from the xmin for which it is closest to the values (Clauset, Shalizi & Newman 2009).

    Every value but the largest is tried as xmin, and the one with the smallest ``ks_distance`` is taken. For 80,000
    values this takes some milliseconds. A finite network has a steep end of its distribution, which is often closer to
    some power law than what lies before it; `largest_xmin` keeps the search out of it.

    Parameters
    ----------
    values, xmax, discrete
        As for :func:`fit`.
    largest_xmin : float, optional
        Values above it are not tried as xmin.
    least_samples : int, default 2
        At least so many values must remain.
    least_ratio : float, optional
        Also seek xmax: besides `xmax`, up to 40 of the values below it, each at least so many times xmin. A window that
        holds few values is close to some power law by chance, so that `least_samples` should be large.

    Returns
    -------
    Fit
    """
    sample = _sample(values, discrete)
    return fit_of(_core.fit_tail(sample, _search(xmax, largest_xmin, least_samples, least_ratio)))


def fit_lifetimes(
    lifetimes: npt.ArrayLike,
    ended: npt.ArrayLike | None = None,
    distribution: Distribution = "exponential",
    *,
    xmin: float | None = None,
) -> Fit:
    """Fit a distribution to lifetimes of which some ends were not seen.

    Those count with the probability of lasting longer, so that the fit is not biased towards short lifetimes.

    Parameters
    ----------
    lifetimes, ended
        As for :func:`survival_curve`.
    distribution : {'power_law', 'exponential', 'stretched_exponential'}
        Of real numbers from xmin on, without an upper limit.
    xmin : float, optional
        Shorter lifetimes are left out. None: the shortest one above 0.

    Returns
    -------
    Fit
        Its ``ks_distance`` is that from the survival curve, and ``samples`` counts all lifetimes from xmin on.

    Raises
    ------
    StateError
        If fewer than two ends from xmin on were seen.
    ParameterError
        For another distribution.
    """
    times, seen = checked_lifetimes(lifetimes, ended)
    positive = times[times > 0]
    shortest = float(positive.min()) if len(positive) else 1.0
    start = shortest if xmin is None else real_number("xmin", xmin)
    return fit_of(_core.fit_lifetimes(times, seen, _name(distribution), start))


def goodness_of_fit(
    values: npt.ArrayLike,
    law: Fit,
    *,
    repetitions: int = 1000,
    seed: int = 0,
    threads: int | None = None,
    search: bool = True,
    largest_xmin: float | None = None,
    least_samples: int = 2,
    least_ratio: float | None = None,
) -> Goodness:
    """How often a sample of the fitted power law itself is as far from its own fit as the values are.

    Parameters
    ----------
    values : array_like
        The values that the law was fitted to.
    law : Fit
        A power law.
    repetitions : int, default 1000
        The number of synthetic samples. Each has as many values; those beyond the limits of the law are drawn from the
        values there.
    seed : int, default 0
        The same seed gives the same samples, on any number of threads.
    threads : int, optional
        None: one for each processor.
    search : bool, default True
        Whether xmin is sought anew in each sample, as :func:`fit_tail` does. Give False for a law whose xmin was given.
    largest_xmin, least_samples, least_ratio
        Those of :func:`fit_tail`.

    Returns
    -------
    Goodness
    """
    found = _assess(values, law, (), repetitions, seed, threads, search, largest_xmin, least_samples, least_ratio)
    assert found.goodness is not None
    return found.goodness


def resampled(
    values: npt.ArrayLike,
    fit: Fit,
    networks: npt.ArrayLike | None = None,
    *,
    repetitions: int = 1000,
    seed: int = 0,
    threads: int | None = None,
) -> Resampled:
    """Standard errors and intervals of the parameters of a fit, from samples of the values with replacement.

    Values that were pooled over networks are not independent: the networks differ. With `networks` whole networks are
    drawn, which gives larger, right errors; without it single values are, as if they were independent. Give both.

    Parameters
    ----------
    values : array_like
        The values that were fitted.
    fit : Fit
        Of any distribution. Its limits are kept.
    networks : array_like of int, optional
        The network of each value, as :attr:`Avalanches.networks` has it; of at least two networks.
    repetitions : int, default 1000
        The number of samples.
    seed : int, default 0
        The same seed gives the same samples, on any number of threads.
    threads : int, optional
        None: one for each processor.

    Returns
    -------
    Resampled

    Raises
    ------
    StateError
        If there is only one network, or if fewer than two samples could be fitted.
    ShapeError
        If there is not a network for each value.
    """
    numbers = np.ascontiguousarray(number_array("values", values).ravel(), dtype=np.float64)
    count, errors, intervals = _core.resampled(
        numbers,
        engine_fit(checked_fit("fit", fit)),
        None if networks is None else _network_numbers(networks, len(numbers)),
        whole_number("repetitions", repetitions, 2, 10**7, "a whole number from 2 on"),
        seed_value(seed),
        0 if threads is None else thread_count(threads),
    )
    return Resampled(errors, intervals, count)


def compare(values: npt.ArrayLike, first: Fit, second: Fit) -> Comparison:
    """Compare two fits to the same values by their likelihoods.

    Raises
    ------
    ParameterError
        If the fits have different limits, or were not made from these values.
    """
    one, other = checked_fit("first", first), checked_fit("second", second)
    return Comparison(*_core.compare_fits(_sample(values, one.discrete), engine_fit(one), engine_fit(other)))


def assess(
    values: npt.ArrayLike,
    law: Fit,
    *,
    alternatives: Iterable[Distribution] = DISTRIBUTIONS[1:],
    repetitions: int = 0,
    seed: int = 0,
    threads: int | None = None,
    search: bool = True,
    largest_xmin: float | None = None,
    least_samples: int = 2,
    least_ratio: float | None = None,
) -> Assessment:
    """Say whether a power law holds: compare it with other distributions, and with samples of itself.

    Parameters
    ----------
    values, law
        The values, and a power law that was fitted to them.
    alternatives : iterable of str, default all other distributions
        What to compare with. Without any, `repetitions` must be at least 1.
    repetitions : int, default 0
        The number of synthetic samples of :func:`goodness_of_fit`; 0: none.
    seed, threads, search, largest_xmin, least_samples, least_ratio
        As for :func:`goodness_of_fit`.

    Returns
    -------
    Assessment
        Its ``verdict`` says in words what was found.
    """
    rivals = names("alternatives", alternatives, f"some of {', '.join(DISTRIBUTIONS)}")
    return _assess(values, law, rivals, repetitions, seed, threads, search, largest_xmin, least_samples, least_ratio)


def _assess(
    values: npt.ArrayLike,
    law: Fit,
    rivals: tuple[str, ...],
    repetitions: int,
    seed: int,
    threads: int | None,
    search: bool,
    largest_xmin: float | None,
    least_samples: int,
    least_ratio: float | None,
) -> Assessment:
    least = 0 if rivals else 1
    number = whole_number("repetitions", repetitions, least, 10**7, f"a whole number of at least {least}")
    law = checked_fit("law", law)
    # A search for xmax began at no limit; the law's own was its result.
    xmax = law.xmax if least_ratio is None else None
    wanted = _search(xmax, largest_xmin, least_samples, least_ratio) if truth("search", search) else None
    verdict, preferred, goodness, fits, comparisons = _core.assess_fit(
        _sample(values, law.discrete),
        engine_fit(law),
        list(rivals),
        number,
        seed_value(seed),
        thread_count(threads, "leave it out for one for each processor"),
        wanted,
    )
    return Assessment(
        law,
        None if goodness is None else Goodness(*goodness),
        {other.distribution: fit_of(other) for other in fits},
        {other.distribution: Comparison(*numbers) for other, numbers in zip(fits, comparisons, strict=True)},
        None if preferred is None else fits[preferred].distribution,
        verdict,
    )


def _sample(values: npt.ArrayLike, discrete: bool | None) -> _core.Sample:
    array = number_array("values", values).ravel()
    chosen = None if discrete is None else truth("discrete", discrete)
    if array.dtype.kind in "iu" and array.dtype.itemsize <= 4 and array.min(initial=1) > 0 and array.size:
        # Counted, without a copy of all as real numbers
        different, counts = np.unique(array, return_counts=True)
        return _core.Sample(different.astype(np.float64), counts, chosen is not False)
    return _core.Sample(np.ascontiguousarray(array, dtype=np.float64), chosen)


def _network_numbers(networks: npt.ArrayLike, count: int) -> npt.NDArray[np.uint32]:
    given = number_array("networks", networks).ravel()
    if len(given) != count:
        raise ShapeError(f"{count} values and {len(given)} networks", "must be equally many")
    _, places = np.unique(given, return_inverse=True)
    if given.dtype.kind == "f" and not np.isfinite(given).all():
        raise StateError("networks", "must be numbers of networks")
    return np.ascontiguousarray(places.ravel(), dtype=np.uint32)


def _name(distribution: object) -> str:
    return names("distribution", [distribution], f"one of {', '.join(DISTRIBUTIONS)}")[0]


def _limit(name: str, value: float | None) -> float:
    return np.inf if value is None else real_number(name, value, finite=False)


def _search(
    xmax: float | None, largest_xmin: float | None, least_samples: int, least_ratio: float | None
) -> _core.Search:
    least = whole_number("least_samples", least_samples, 2, 2**63 - 1, "a whole number of at least 2")
    ratio = None if least_ratio is None else real_number("least_ratio", least_ratio)
    return _core.Search(_limit("xmax", xmax), _limit("largest_xmin", largest_xmin), least, ratio)

"""Power laws: their fit, and the comparison with other distributions."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .. import _core
from .._arguments import FloatArray, did_you_mean, import_extra, names, number_array, quoted, real_number, truth
from .._errors import StateError, UnknownNameError
from ._checks import needs

if TYPE_CHECKING:
    import powerlaw

ALTERNATIVES = ("exponential", "lognormal", "truncated_power_law")
_RANGE = {"alpha": [1.001, 20.0]}  # of the exponent; many data have one above 3, the package's limit
_MOST_STARTS = 30
_LEVEL = 0.1  # significance level of a likelihood ratio, from Clauset, Shalizi & Newman 2009
_KS_LEVEL = 0.05


class Comparison(NamedTuple):
    """The comparison of a power law with another distribution that was fitted to the same values."""

    distribution: str
    ratio: float
    """Normalised logarithm R of the likelihood ratio; below 0 if the other distribution fits better."""
    p: float
    """The probability of so large a ratio if both fit equally well."""

    @property
    def rejects(self) -> bool:
        """Whether the other distribution fits better, with p below 0.1."""
        return self.ratio < 0.0 and self.p < _LEVEL


class PowerLaw(NamedTuple):
    """A power law fitted to the values from `xmin` to `xmax`, and the evidence against it."""

    alpha: float
    """The exponent."""
    alpha_error: float
    """Its standard error."""
    xmin: float
    """The smallest value that was fitted."""
    xmax: float
    """The largest value that was fitted."""
    samples: int
    """The number of values that were fitted."""
    ks_distance: float
    """Largest distance between the cumulative distributions of the values and of the law, 0 (perfect) to 1."""
    ks_p: float
    """The probability of so large a distance under the law (Kolmogorov's limit)."""
    comparisons: tuple[Comparison, ...]
    """The comparisons with other distributions."""

    @property
    def better(self) -> Comparison | None:
        """The comparison with the strongest evidence for another distribution; None if there is none."""
        rejecting = [comparison for comparison in self.comparisons if comparison.rejects]
        return min(rejecting, key=lambda comparison: comparison.ratio) if rejecting else None

    @property
    def holds(self) -> bool:
        """Whether no other distribution fits better and the distance from the values can be explained by chance."""
        return self.better is None and self.ks_p >= _KS_LEVEL


def power_law_fit(values: npt.ArrayLike, discrete: bool | None = None, **options: Any) -> powerlaw.Fit:
    """Fit a power law by maximum likelihood, with the package `powerlaw` (``pip install 'sorn[plot]'``).

    Parameters
    ----------
    values : array_like
        Positive numbers, such as the sizes or the durations of avalanches. At least two must differ.
    discrete : bool, optional
        Whether the values are whole numbers by nature. None: True if all are whole.
    **options
        Options of ``powerlaw.Fit``, such as ``xmin=``.

    Returns
    -------
    powerlaw.Fit
        ``fit.power_law.alpha`` is the exponent. A fit is not evidence for a power law: :meth:`power_law_comparison`
        says whether the law holds.
    """
    numbers = _positive(values)
    powerlaw = import_extra("powerlaw", "plot")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the package warns of its own names
        return powerlaw.Fit(numbers, discrete=_whole(numbers, discrete), **{"verbose": False, **options})


def power_law_comparison(
    values: npt.ArrayLike,
    discrete: bool | None = None,
    xmin: float | None = None,
    alternatives: Iterable[str] = ALTERNATIVES,
) -> PowerLaw:
    """Fit a power law and compare it with other distributions by the likelihood-ratio tests of the package `powerlaw`.

    Parameters
    ----------
    values, discrete
        As for :meth:`sorn.Statistics.power_law_fit`.
    xmin : float, optional
        The smallest value that is fitted. If it is not given, the function tries up to 30 values up to the median and
        takes the one for which the law is closest. A search above the median would end in the steep tail that every
        finite network has.
    alternatives : iterable of {'exponential', 'lognormal', 'truncated_power_law'}
        The distributions to compare with. 'truncated_power_law' takes seconds for thousands of values.

    Returns
    -------
    PowerLaw
        Exponent, range and distance; ``comparisons`` with R and p for each distribution; and whether the law ``holds``.

    Raises
    ------
    UnknownNameError
        For an unknown distribution.
    StateError
        If the values are not positive, or if those from `xmin` on are all equal.

    References
    ----------
    Clauset, Shalizi & Newman 2009, doi 10.1137/070710111; Alstott, Bullmore & Plenz 2014,
    doi 10.1371/journal.pone.0085777.
    """
    rule = f"one of {', '.join(ALTERNATIVES)}"
    rivals = names("alternatives", alternatives, rule)
    for name in rivals:
        if name not in ALTERNATIVES:
            raise UnknownNameError(f"alternatives: {quoted(name)}", f"must be {rule}", did_you_mean(name, ALTERNATIVES))
    numbers = _positive(values)
    whole = _whole(numbers, discrete)
    start = None if xmin is None else real_number("xmin", xmin)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # the package warns of its deprecations and of steps of its optimiser
        fit = _closest(numbers, whole) if start is None else _fit_from(numbers, whole, start)
        law = fit.power_law  # this fits the law
        found = []
        for name in rivals:
            ratio, p = fit.distribution_compare("power_law", name, normalized_ratio=True)
            if np.isfinite(ratio) and np.isfinite(p):
                found.append(Comparison(name, float(ratio), float(p)))
    fitted = numbers[numbers >= law.xmin]
    error = (float(law.alpha) - 1.0) / np.sqrt(len(fitted))
    distance = float(law.D)
    chance = float(import_extra("scipy.special", "plot").kolmogorov(np.sqrt(len(fitted)) * distance))
    return PowerLaw(
        float(law.alpha),
        float(error),
        float(law.xmin),
        float(fitted.max()),
        len(fitted),
        distance,
        chance,
        tuple(found),
    )


def _positive(values: npt.ArrayLike) -> FloatArray:
    """The values as an array, if a power law can be fitted to them."""
    numbers = number_array("values", values).ravel()
    if not np.all(np.isfinite(numbers) & (numbers > 0)):
        raise StateError("values", "must be finite and positive to be fitted by a power law")
    if len(np.unique(numbers)) < _core.least_data()["power_law_fit"][0]:
        raise StateError(f"values: {len(numbers)} of them, none differs", f"a power law {needs('power_law_fit')}")
    return np.asarray(numbers, dtype=np.float64)


def _whole(numbers: FloatArray, discrete: bool | None) -> bool:
    return bool(np.all(numbers == np.floor(numbers))) if discrete is None else truth("discrete", discrete)


def _fit_from(numbers: FloatArray, whole: bool, xmin: float) -> Any:
    if len(np.unique(numbers[numbers >= xmin])) < _core.least_data()["power_law_fit"][0]:
        raise StateError(f"values from xmin = {xmin:g} on", f"a power law {needs('power_law_fit')}")
    return power_law_fit(numbers, whole, xmin=xmin, parameter_ranges=_RANGE)


def _closest(numbers: FloatArray, whole: bool) -> Any:
    """The fit from the value, up to the median, for which the law is closest to the values."""
    starts = np.unique(numbers[numbers <= np.median(numbers)])
    some = np.unique(np.geomspace(1, len(starts), _MOST_STARTS).round().astype(int)) - 1
    fits = [_fit_from(numbers, whole, float(xmin)) for xmin in starts[some] if xmin < numbers.max()]
    return min(fits, key=lambda fit: float(fit.power_law.D))

"""Power laws: their fit, and whether they hold beside other distributions."""

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
_RANGE = {"alpha": [1.001, 20.0]}  # of the exponent: the package's own ends at 3, below what many data have
_MOST_STARTS = 30
_LEVEL = 0.1  # of a likelihood ratio, as Clauset, Shalizi & Newman 2009 advise
_KS_LEVEL = 0.05


class Comparison(NamedTuple):
    """A power law beside another distribution that was fitted to the same values."""

    distribution: str
    ratio: float
    """Normalised logarithm R of the likelihood ratio, below 0 where the other distribution fits better."""
    p: float
    """How probable so large a ratio is if both fit equally well."""

    @property
    def rejects(self) -> bool:
        """Whether the other distribution fits better, with p below 0.1."""
        return self.ratio < 0.0 and self.p < _LEVEL


class PowerLaw(NamedTuple):
    """A power law fitted to the values from `xmin` to `xmax`, and what speaks against it."""

    alpha: float
    """The exponent."""
    alpha_error: float
    """Its standard error."""
    xmin: float
    """The smallest value that was fitted."""
    xmax: float
    """The largest."""
    samples: int
    """How many values were fitted."""
    ks_distance: float
    """Largest distance between the cumulative distributions of the values and of the law, 0 (perfect) to 1."""
    ks_p: float
    """How probable so large a distance is under the law (Kolmogorov's limit)."""
    comparisons: tuple[Comparison, ...]
    """With other distributions."""

    @property
    def better(self) -> Comparison | None:
        """The comparison that speaks most clearly for another distribution; None if none does."""
        rejecting = [comparison for comparison in self.comparisons if comparison.rejects]
        return min(rejecting, key=lambda comparison: comparison.ratio) if rejecting else None

    @property
    def holds(self) -> bool:
        """Whether no other distribution fits better, and the distance from the values is no larger than chance."""
        return self.better is None and self.ks_p >= _KS_LEVEL


def power_law_fit(values: npt.ArrayLike, discrete: bool | None = None, **options: Any) -> powerlaw.Fit:
    """Fit a power law by maximum likelihood, with the package `powerlaw` (``pip install 'sorn[plot]'``).

    Parameters
    ----------
    values : array_like
        Positive numbers, such as the sizes or the durations of avalanches; two different ones at least.
    discrete : bool, optional
        Whether they are whole numbers by nature; whether they are all whole unless given.
    **options
        Handed on to ``powerlaw.Fit``, ``xmin=`` among them.

    Returns
    -------
    powerlaw.Fit
        ``fit.power_law.alpha`` is the exponent. A fit is no evidence: :meth:`power_law_comparison` says whether the law
        holds.
    """
    numbers = _positive(values)
    powerlaw = import_extra("powerlaw", "plot")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # powerlaw's, of its own names
        return powerlaw.Fit(numbers, discrete=_whole(numbers, discrete), **{"verbose": False, **options})


def power_law_comparison(
    values: npt.ArrayLike,
    discrete: bool | None = None,
    xmin: float | None = None,
    alternatives: Iterable[str] = ALTERNATIVES,
) -> PowerLaw:
    """Fit a power law and weigh it against other distributions, with likelihood-ratio tests of the package `powerlaw`.

    Parameters
    ----------
    values, discrete
        As for :meth:`sorn.Statistics.power_law_fit`.
    xmin : float, optional
        The value from which on the law is fitted. Unless given, that of up to 30 values not above the median for which
        the law is closest: a search without that bound ends in the steep tail that every finite network has.
    alternatives : iterable of {'exponential', 'lognormal', 'truncated_power_law'}
        The distributions to compare with. The last one takes seconds for thousands of values.

    Returns
    -------
    PowerLaw
        Exponent, range and distance; ``comparisons`` with R and p of each, and whether the law ``holds``.

    Raises
    ------
    UnknownNameError
        For another distribution.
    StateError
        If the values are not positive, or fewer than two of them from `xmin` on differ.

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
        warnings.simplefilter("ignore")  # the package speaks of its own deprecations and of its optimiser's steps
        fit = _closest(numbers, whole) if start is None else _fit_from(numbers, whole, start)
        law = fit.power_law  # fitted now
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
    """Numbers that a power law can be fitted to."""
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
    """The fit from the value on, among those not above the median, from which the law is closest to the values."""
    starts = np.unique(numbers[numbers <= np.median(numbers)])
    some = np.unique(np.geomspace(1, len(starts), _MOST_STARTS).round().astype(int)) - 1
    fits = [_fit_from(numbers, whole, float(xmin)) for xmin in starts[some] if xmin < numbers.max()]
    return min(fits, key=lambda fit: float(fit.power_law.D))

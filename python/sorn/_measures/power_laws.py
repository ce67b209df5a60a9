"""Power laws, and other distributions of heavy tails: the usual questions, answered by :mod:`sorn.criticality`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from .. import criticality
from .._arguments import number_array

if TYPE_CHECKING:
    from .._names import Distribution


def power_law_fit(
    values: npt.ArrayLike, discrete: bool | None = None, *, xmin: float | None = None, xmax: float | None = None
) -> criticality.Fit:
    """Fit a power law by maximum likelihood.

    Parameters
    ----------
    values : array_like
        Numbers above 0, such as the sizes or the durations of avalanches. At least two must differ.
    discrete : bool, optional
        Whether the values are whole numbers by nature. None: whether all of them are whole.
    xmin : float, optional
        The smallest value that is fitted. None: the one for which the law is closest to the values, as
        :func:`sorn.criticality.fit_tail` finds it.
    xmax : float, optional
        The largest value of the law. None: it has no upper limit.

    Returns
    -------
    sorn.criticality.Fit
        ``fit.alpha`` is the exponent, ``fit.errors["alpha"]`` its standard error. A fit is not evidence for a power
        law: :meth:`sorn.Statistics.power_law_comparison` says whether the law holds.

    Raises
    ------
    StateError
        For a value that is not finite and above 0, or not whole in a discrete sample; if fewer than two different
        values remain.
    ParameterError
        For limits that are no numbers above 0, in the wrong order, or not whole for discrete values.
    """
    if xmin is None:
        return criticality.fit_tail(values, xmax=xmax, discrete=discrete)
    return criticality.fit(values, xmin=xmin, xmax=xmax, discrete=discrete)


def power_law_comparison(
    values: npt.ArrayLike,
    discrete: bool | None = None,
    xmin: float | None = None,
    alternatives: Iterable[Distribution] = criticality.DISTRIBUTIONS[1:],
    *,
    xmax: float | None = None,
    repetitions: int = 100,
    seed: int = 0,
    threads: int | None = None,
) -> criticality.Assessment:
    """Fit a power law, and compare it with other distributions and with samples of itself.

    Parameters
    ----------
    values, discrete, xmax
        As for :meth:`sorn.Statistics.power_law_fit`.
    xmin : float, optional
        The smallest value that is fitted. None: the one up to the median for which the law is closest to the values. A
        search above the median would end in the steep tail that every finite network has.
    alternatives : iterable of str, default all other distributions
        The ones of :data:`sorn.criticality.DISTRIBUTIONS` to compare with.
    repetitions : int, default 100
        The number of samples of the law; xmin is sought in each as in the values. 0: none.
    seed : int, default 0
        The same seed gives the same samples, on any number of threads.
    threads : int, optional
        None: one for each processor.

    Returns
    -------
    sorn.criticality.Assessment
        ``verdict`` says in words whether the law ``holds``; ``law`` has the exponent and the range, and ``comparisons``
        the ratio of the likelihoods and its p for each alternative.

    Raises
    ------
    UnknownNameError
        For an unknown distribution.
    StateError, ParameterError
        As for :meth:`sorn.Statistics.power_law_fit`.

    References
    ----------
    Clauset, Shalizi & Newman 2009, doi 10.1137/070710111; Vuong 1989, doi 10.2307/1912557.
    """
    numbers = number_array("values", values)
    search = xmin is None
    # The median of no values is not defined; the fit says what is wrong with them.
    median = float(np.median(numbers)) if search and numbers.size else None
    if search:
        law = criticality.fit_tail(numbers, xmax=xmax, largest_xmin=median, discrete=discrete)
    else:
        law = criticality.fit(numbers, xmin=xmin, xmax=xmax, discrete=discrete)
    return criticality.assess(
        numbers,
        law,
        alternatives=alternatives,
        repetitions=repetitions,
        seed=seed,
        threads=threads,
        search=search,
        largest_xmin=median,
    )


def distribution_compare(
    values: npt.ArrayLike,
    first: Distribution,
    second: Distribution,
    discrete: bool | None = None,
    *,
    xmin: float | None = None,
    xmax: float | None = None,
) -> criticality.Comparison:
    """Fit two distributions to the same values, and compare them by their likelihoods.

    Parameters
    ----------
    values, discrete
        As for :meth:`sorn.Statistics.power_law_fit`.
    first, second : str
        Two of :data:`sorn.criticality.DISTRIBUTIONS`.
    xmin, xmax : float, optional
        Both distributions have these limits, and values beyond them are left out. None: the smallest value, and no
        upper limit.

    Returns
    -------
    sorn.criticality.Comparison
        ``ratio`` is above 0 if the first fits better; ``p`` is the probability of so large a ratio if both fit equally
        well.

    Raises
    ------
    UnknownNameError
        For an unknown distribution.
    StateError, ParameterError
        As for :meth:`sorn.Statistics.power_law_fit`.
    """
    one, other = (criticality.fit(values, name, xmin=xmin, xmax=xmax, discrete=discrete) for name in (first, second))
    return criticality.compare(values, one, other)

"""Fitted distributions."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from .. import _core
from .._arguments import FloatArray, number_array
from .._errors import ParameterError


@dataclass(frozen=True)
class Fit:
    """A distribution that was fitted to the values from `xmin` to `xmax`."""

    distribution: str
    """Its name, one of :data:`sorn.criticality.DISTRIBUTIONS`."""
    parameters: dict[str, float]
    """Its parameters by name."""
    errors: dict[str, float]
    """Their standard errors by the observed Fisher information, NaN if they are not defined."""
    xmin: float
    """The smallest value of the distribution."""
    xmax: float
    """The largest value of the distribution, inf if there is none."""
    samples: int
    """The number of values that were fitted."""
    discrete: bool
    """Whether the values are whole numbers by nature."""
    log_likelihood: float
    """The logarithm of the likelihood of all of them."""
    ks_distance: float
    """The largest difference between P(X < x) of the distribution and of the values, over the values, from 0 to 1."""

    @property
    def alpha(self) -> float:
        """The exponent of a power law."""
        if "alpha" not in self.parameters:
            raise ParameterError(f"alpha of the distribution '{self.distribution}'", "only power laws have one")
        return self.parameters["alpha"]

    def survival(self, x: npt.ArrayLike) -> FloatArray:
        """P(X >= x) of the distribution, in the shape of x: 1 up to `xmin`, and 0 above `xmax`."""
        return self._over("survival", x)

    def density(self, x: npt.ArrayLike) -> FloatArray:
        """The density at x in [xmin, xmax], or the probability of x if the distribution is discrete."""
        return self._over("density", x)

    def _over(self, function: str, x: npt.ArrayLike) -> FloatArray:
        places = np.asarray(number_array("x", x), dtype=np.float64)
        values: FloatArray = getattr(engine_fit(self), function)(np.ascontiguousarray(places.ravel()))
        return values.reshape(places.shape)


_FIELDS = tuple(field.name for field in fields(Fit))


def fit_of(found: _core.Fit) -> Fit:
    """A fit of the engine as one of the package."""
    return Fit(*(getattr(found, name) for name in _FIELDS))


def engine_fit(fit: Fit) -> _core.Fit:
    """A fit of the package as one of the engine."""
    return _core.Fit(*(getattr(fit, name) for name in _FIELDS))


def checked_fit(name: str, fit: object) -> Fit:
    """A caller's fit. `name` is that of the argument."""
    if not isinstance(fit, Fit):
        raise ParameterError(f"{name} is of type {type(fit).__name__}", "must be a sorn.criticality.Fit")
    return fit

"""What the features of a step are for a network: channels, each of which drives a pool of excitatory units."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.preprocessing import OneHotEncoder
from sklearn.utils.validation import check_is_fitted, validate_data

from .._arguments import FloatArray, quoted, real_number, whole_number
from .._encoding import PopulationCode
from .._errors import ParameterError, StateError, UnknownNameError


def _numbers(encoder: Any, X: Any, *, reset: bool) -> FloatArray:
    """`X` as finite numbers, after the usual checks of scikit-learn."""
    try:
        values: FloatArray = validate_data(encoder, X, dtype=np.float64, reset=reset)
    except ValueError:
        word = next((one for one in np.asarray(X).flat if isinstance(one, str) and _number_of(one) is None), None)
        if word is None:
            raise
        raise StateError(
            f"X has the value {quoted(str(word))}",
            f"{type(encoder).__name__} takes numbers",
            "encoder='symbols' takes letters and words",
        ) from None
    return values


def _number_of(text: str) -> float | None:
    """The number that a text shows; None if it shows none."""
    try:
        return float(text)
    except ValueError:
        return None


class SymbolEncoder(TransformerMixin, BaseEstimator, auto_wrap_output_keys=None):  # type: ignore[call-arg]
    """A channel for each different value of each feature, which is 1 while the feature has this value.

    Parameters
    ----------
    unknown : {'error', 'silent'}, default 'error'
        What a value does that was not there in `fit`: it is refused, or drives nothing.

    Notes
    -----
    After `fit`, ``categories_`` is a list of the values of each feature, sorted.
    """

    def __init__(self, unknown: str = "error") -> None:
        self.unknown = unknown

    def fit(self, X: Any, y: Any = None) -> SymbolEncoder:
        """Learn the values. X has the shape (time, features), of numbers or strings."""
        if self.unknown not in ("error", "silent"):
            raise UnknownNameError(f"unknown = {quoted(self.unknown)}", "must be error or silent")
        values = validate_data(self, X, dtype=None)
        handle = "error" if self.unknown == "error" else "ignore"
        self._one_hot = OneHotEncoder(handle_unknown=handle, sparse_output=False).fit(values)
        self.categories_ = self._one_hot.categories_
        return self

    def transform(self, X: Any) -> FloatArray:
        """The channels of each step, 0 or 1, shape (time, channels)."""
        check_is_fitted(self)
        values = validate_data(self, X, dtype=None, reset=False)
        try:
            channels: FloatArray = self._one_hot.transform(values)
        except ValueError as error:
            raise StateError(
                str(error),
                "each value must have been there in fit",
                "SymbolEncoder(unknown='silent') lets others drive nothing",
            ) from None
        return channels


class _RangedEncoder(TransformerMixin, BaseEstimator, auto_wrap_output_keys=None):  # type: ignore[call-arg]
    """An encoder of numbers, which learns their range."""

    def fit(self, X: Any, y: Any = None) -> Any:
        """Learn the range of each feature. X has the shape (time, features), of finite numbers."""
        self._check()
        self._learn(_numbers(self, X, reset=True))
        return self

    def _check(self) -> None:
        """Refuse parameters out of their range."""
        raise NotImplementedError

    def _learn(self, values: FloatArray) -> None:
        raise NotImplementedError

    def _values(self, X: Any) -> FloatArray:
        check_is_fitted(self)
        return _numbers(self, X, reset=False)


class ThermometerEncoder(_RangedEncoder):
    """Several channels for each feature, with rising thresholds: a channel is 1 while the feature is at or above its.

    Parameters
    ----------
    levels : int, default 8
        Channels for each feature, from 1 on.
    strategy : {'uniform', 'quantile'}, default 'uniform'
        Whether the thresholds lie at equal distances within the range that the feature had in `fit`, or so that each
        interval between them held equally many of its values.

    Notes
    -----
    After `fit`, ``thresholds_`` has the shape (features, levels).
    """

    def __init__(self, levels: int = 8, strategy: str = "uniform") -> None:
        self.levels = levels
        self.strategy = strategy

    def _check(self) -> None:
        whole_number("levels", self.levels, 1, 10**6, "a whole number from 1 on")
        if self.strategy not in ("uniform", "quantile"):
            raise UnknownNameError(f"strategy = {quoted(self.strategy)}", "must be uniform or quantile")

    def _learn(self, values: FloatArray) -> None:
        places = (np.arange(self.levels) + 0.5) / self.levels
        if self.strategy == "uniform":
            low, high = values.min(axis=0), values.max(axis=0)
            self.thresholds_ = low[:, np.newaxis] * (1 - places) + high[:, np.newaxis] * places
        else:
            self.thresholds_ = np.quantile(values, places, axis=0).T

    def transform(self, X: Any) -> FloatArray:
        """The channels of each step, 0 or 1, shape (time, features * levels)."""
        values = self._values(X)
        reached: FloatArray = (values[:, :, np.newaxis] >= self.thresholds_).astype(np.float64)
        return reached.reshape(len(values), -1)


class GainEncoder(_RangedEncoder):
    """Several channels for each feature, whose drive rises or falls with it, around different preferred values.

    It is :class:`sorn.gymnasium.PopulationCode` over the range that each feature has in `fit`.

    Parameters
    ----------
    units_per_value : int, default 10
        Channels for each feature, from 1 on.
    gain : float, default 4.0
        How steep the drive is: its change while the feature goes through half of its range.
    offset : float, default 0.5
        The drive at the preferred value. It belongs within the range of the thresholds.

    Notes
    -----
    After `fit`, ``low_`` and ``high_`` are the range of each feature.
    """

    def __init__(self, units_per_value: int = 10, gain: float = 4.0, offset: float = 0.5) -> None:
        self.units_per_value = units_per_value
        self.gain = gain
        self.offset = offset

    def _check(self) -> None:
        whole_number("units_per_value", self.units_per_value, 1, 10**6, "a whole number from 1 on")
        real_number("gain", self.gain)
        real_number("offset", self.offset)

    def _learn(self, values: FloatArray) -> None:
        self.low_, self.high_ = values.min(axis=0), values.max(axis=0)

    def transform(self, X: Any) -> FloatArray:
        """The drive of each channel in each step, shape (time, features * units_per_value)."""
        values = self._values(X)
        code = PopulationCode(
            self.low_, self.high_, units_per_value=self.units_per_value, gain=self.gain, offset=self.offset
        )
        return code(values)


class SpikeEncoder(TransformerMixin, BaseEstimator, auto_wrap_output_keys=None):  # type: ignore[call-arg]
    """Features that are spikes, 0 or 1: each is a channel as it is."""

    def fit(self, X: Any, y: Any = None) -> SpikeEncoder:
        """Learn the number of features. X has the shape (time, features), of 0 and 1."""
        _require_spikes(_numbers(self, X, reset=True))
        return self

    def transform(self, X: Any) -> FloatArray:
        """The spikes, shape (time, features)."""
        check_is_fitted(self, "n_features_in_")
        return _require_spikes(_numbers(self, X, reset=False))


def _require_spikes(values: npt.NDArray[Any]) -> FloatArray:
    wrong = (values != 0) & (values != 1)
    if wrong.any():
        raise StateError(f"X has the value {values[wrong][0]}", "spikes are 0 or 1", "another encoder takes numbers")
    return values


def refuse_nested(estimator: Any, given: dict[str, Any], objects: dict[str, str]) -> None:
    """Refuse parameters, such as encoder__levels, of an argument that is no object with parameters.

    `objects` says, by argument, what to give instead.
    """
    for whole in given:
        name, _, inner = whole.partition("__")
        if inner and name in objects:
            value = given.get(name, getattr(estimator, name))
            if not hasattr(value, "set_params"):
                raise ParameterError(
                    f"{whole} is given, but {name} = {quoted(value)}", "has no parameters", objects[name]
                )


ENCODERS = {
    "gains": GainEncoder,
    "thermometer": ThermometerEncoder,
    "symbols": SymbolEncoder,
    "spikes": SpikeEncoder,
}


def encoder_named(encoder: Any) -> Any:
    """The encoder that the argument `encoder` names or is."""
    if isinstance(encoder, str):
        if encoder not in ENCODERS:
            raise UnknownNameError(f"encoder = {quoted(encoder)}", f"must be {', '.join(ENCODERS)}, or a transformer")
        return ENCODERS[encoder]()
    if not hasattr(encoder, "transform"):
        raise ParameterError(
            f"encoder is of type {type(encoder).__name__}", f"must be {', '.join(ENCODERS)}, or a transformer"
        )
    return encoder

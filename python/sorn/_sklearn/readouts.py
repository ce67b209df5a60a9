"""A reservoir and a readout, as a classifier and as a regressor of series."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone, is_classifier, is_regressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, r2_score
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d

from .._arguments import FloatArray, quoted, whole_number
from .._errors import ParameterError, StateError, UnknownNameError
from .encoders import refuse_nested
from .reservoir import SORNReservoir
from .series import Series


def _readout_has(method: str) -> Any:
    def check(self: Any) -> bool:
        getattr(self.readout_ if hasattr(self, "readout_") else self._readout(), method)
        return True

    return available_if(check)


class _SequenceEstimator(BaseEstimator):
    """What the classifier and the regressor share."""

    def __init__(
        self,
        reservoir: Any = None,
        readout: Any = None,
        *,
        washout: int = 0,
        pooling: str = "mean",
        random_state: Any = None,
    ) -> None:
        self.reservoir = reservoir
        self.readout = readout
        self.washout = washout
        self.pooling = pooling
        self.random_state = random_state

    def set_params(self, **params: Any) -> Any:
        """Set parameters, as every estimator of scikit-learn does."""
        objects = {"reservoir": "give reservoir=SORNReservoir()", "readout": "give the readout as an object"}
        refuse_nested(self, params, objects)
        return super().set_params(**params)

    def _readout(self) -> Any:
        raise NotImplementedError

    def _clone_of_readout(self, is_kind: Callable[[Any], bool], what: str, such_as: str) -> Any:
        if isinstance(self.readout, type) or not hasattr(self.readout, "get_params") or not is_kind(self.readout):
            found = self.readout.__name__ if isinstance(self.readout, type) else type(self.readout).__name__
            raise ParameterError(f"readout is of type {found}", f"must be a {what}", f"such as {such_as}")
        return clone(self.readout)

    def _checked_targets(self, targets: npt.NDArray[Any]) -> npt.NDArray[Any]:
        raise NotImplementedError

    def _fit(self, X: Any, y: Any) -> None:
        whole_number("washout", self.washout, 0, 2**62, "a whole number from 0 on")
        if self.pooling not in ("mean", "last"):
            raise UnknownNameError(f"pooling = {quoted(self.pooling)}", "must be mean or last")
        series = Series.of(X)
        reservoir = SORNReservoir() if self.reservoir is None else clone(self.reservoir)
        if reservoir.get_params(deep=False).get("random_state", "none such") is None:
            reservoir.set_params(random_state=self.random_state)
        self.reservoir_ = reservoir.fit(X)
        states = self._states(X, series)
        lengths = [len(one) for one in states]
        if min(lengths) <= self.washout:
            raise ParameterError(
                f"washout = {self.washout}", f"must be less than the steps of each series; one has {min(lengths)}"
            )
        targets, self._for_series = series.targets(y, lengths)
        if self._for_series:
            features, wanted = self._pooled(states), self._checked_targets(np.stack(targets))
        else:
            rows = _after(self.washout, lengths)
            features = np.concatenate(states)[rows]
            wanted = self._checked_targets(np.concatenate(targets))[rows]
        readout = self._readout()
        self.readout_ = readout.fit(features, wanted)
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(self.reservoir_, name):
                setattr(self, name, getattr(self.reservoir_, name))

    def _states(self, X: Any, series: Series) -> list[FloatArray]:
        states = self.reservoir_.transform(X)
        if series.form == "one":
            parts = [states]
        elif series.rows is not None:
            values = np.asarray(states)
            parts = [values[places] for places in series.rows]
        else:
            parts = list(states)
        return [np.asarray(one) for one in parts]

    def _pooled(self, states: list[FloatArray]) -> FloatArray:
        if self.pooling == "last":
            return np.stack([one[-1] for one in states])
        return np.stack([one[self.washout :].mean(axis=0) for one in states])

    def _asked(self, X: Any, method: str) -> Any:
        """What the readout answers, in the form of the series."""
        check_is_fitted(self, "readout_")
        series = Series.of(X)
        states = self._states(X, series)
        ask = getattr(self.readout_, method)
        if self._for_series:
            if not series.several:
                raise StateError(
                    "X is one series", "this estimator was fitted with a target for each of several", "[X]"
                )
            return ask(self._pooled(states))
        return series.together([ask(one) for one in states])

    def predict(self, X: Any) -> Any:
        """The answer of the readout in each step; or for each series, if `fit` had a target for each.

        Parameters
        ----------
        X : array_like, shape (time, features); or several series
            As for :meth:`fit`.

        Returns
        -------
        ndarray, shape (time,) or (time, targets)
            For several series in the form of the series, as :meth:`SORNReservoir.transform` does.
        """
        return self._asked(X, "predict")

    def _scored(self, metric: Callable[..., Any], X: Any, y: Any, sample_weight: Any) -> float:
        """The metric of the targets and answers that count: those after the washout."""
        answers = self.predict(X)
        if self._for_series:
            return float(metric(np.asarray(y), np.asarray(answers), sample_weight=sample_weight))
        series = Series.of(X)
        parts = series.targets(answers, _lengths(series))[0] if series.several else [np.asarray(answers)]
        lengths = [len(one) for one in parts]
        targets = series.targets(y, lengths)[0]
        rows = _after(self.washout, lengths)
        if not rows.any():
            raise ParameterError(
                f"washout = {self.washout}", f"must be less than the steps of a series; the longest has {max(lengths)}"
            )
        weights = sample_weight
        if weights is not None:
            weights = np.concatenate(series.targets(weights, lengths, "sample_weight")[0])[rows]
        return float(metric(np.concatenate(targets)[rows], np.concatenate(parts)[rows], sample_weight=weights))


def _lengths(series: Series) -> list[int]:
    return [len(part) for part in series.parts]


def _after(washout: int, lengths: list[int]) -> npt.NDArray[np.bool_]:
    """Which steps of series one after the other come after the washout of theirs."""
    return np.concatenate([np.arange(length) >= washout for length in lengths])


class SORNClassifier(ClassifierMixin, _SequenceEstimator):
    """A self-organizing reservoir, and a classifier that reads its states.

    Parameters
    ----------
    reservoir : SORNReservoir or transformer, optional
        The network. None: ``SORNReservoir()``.
    readout : classifier, optional
        Reads the states. None: ``LogisticRegression(max_iter=1000)``.
    washout : int, default 0
        Steps at the beginning of each series that are neither trained on nor scored.
    pooling : {'mean', 'last'}, default 'mean'
        With a label for each series: whether the readout sees the mean state after the washout, or the last state.
    random_state : int, RandomState or None, default None
        Seed of a reservoir that has none of its own.

    Notes
    -----
    After `fit`, ``reservoir_`` and ``readout_`` are both, fitted, and ``classes_`` the labels.
    """

    def _readout(self) -> Any:
        if self.readout is None:
            return LogisticRegression(max_iter=1000)
        return self._clone_of_readout(is_classifier, "classifier", "LogisticRegression()")

    def _checked_targets(self, targets: npt.NDArray[Any]) -> npt.NDArray[Any]:
        labels = column_or_1d(targets, warn=True)
        check_classification_targets(labels)
        return np.asarray(labels)

    def fit(self, X: Any, y: Any) -> SORNClassifier:
        """Let the reservoir organise itself, and train the readout on its states.

        Parameters
        ----------
        X : array_like, shape (time, features); or several series
            As for :meth:`SORNReservoir.fit`.
        y : array_like, shape (time,); or as many series; or one label for each series
            Labels.
        """
        self._fit(X, y)
        self.classes_ = self.readout_.classes_
        return self

    @_readout_has("predict_proba")
    def predict_proba(self, X: Any) -> Any:
        """The probability of each class of ``classes_``, in the form of :meth:`predict`."""
        return self._asked(X, "predict_proba")

    @_readout_has("decision_function")
    def decision_function(self, X: Any) -> Any:
        """The score of each class, in the form of :meth:`predict`."""
        return self._asked(X, "decision_function")

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """The share of right answers after the washout."""
        return self._scored(accuracy_score, X, y, sample_weight)


class SORNRegressor(RegressorMixin, _SequenceEstimator):
    """A self-organizing reservoir, and a regressor that reads its states.

    Parameters
    ----------
    reservoir : SORNReservoir or transformer, optional
        The network. None: ``SORNReservoir()``.
    readout : regressor, optional
        Reads the states. None: ``Ridge()``.
    washout : int, default 0
        Steps at the beginning of each series that are neither trained on nor scored.
    pooling : {'mean', 'last'}, default 'mean'
        With a value for each series: whether the readout sees the mean state after the washout, or the last state.
    random_state : int, RandomState or None, default None
        Seed of a reservoir that has none of its own.

    Notes
    -----
    After `fit`, ``reservoir_`` and ``readout_`` are both, fitted.
    """

    def _readout(self) -> Any:
        if self.readout is None:
            return Ridge()
        return self._clone_of_readout(is_regressor, "regressor", "Ridge()")

    def _checked_targets(self, targets: npt.NDArray[Any]) -> npt.NDArray[Any]:
        try:
            values = np.asarray(targets, dtype=np.float64)
        except ValueError:
            first = str(np.asarray(targets).flat[0])
            raise StateError(
                f"y has values such as {quoted(first)}", "must be finite numbers", "SORNClassifier takes labels"
            ) from None
        if not np.isfinite(values).all():
            raise StateError("y has NaN or infinity", "must be finite numbers")
        return values

    def fit(self, X: Any, y: Any) -> SORNRegressor:
        """Let the reservoir organise itself, and train the readout on its states.

        Parameters
        ----------
        X : array_like, shape (time, features); or several series
            As for :meth:`SORNReservoir.fit`.
        y : array_like, shape (time,) or (time, targets); or as many series; or one value for each series
            Finite numbers.
        """
        self._fit(X, y)
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """The coefficient of determination after the washout."""
        return self._scored(r2_score, X, y, sample_weight)

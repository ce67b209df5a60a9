"""Linear readouts: what can be read from the activity of a network, such as the symbol that comes next.

States are activities (time, units), as an array or a :class:`sorn.SpikeTrain`; targets are labels (time,), of which -1
leaves a step out.

>>> import sorn
>>> from sorn import readout, sources
>>> network = sorn.Network(ne=100, nu=5, lambda_ee=10, seed=1)
>>> run = network.run(sources.Counting(n=4, pool_size=5), time_steps=2000, record=["E", "symbol"])
>>> states, following = run["E"][:-1], run["symbol"][1:]
>>> trained = readout.ridge(states[:1000], following[:1000])
>>> readout.accuracy(following[1000:], trained.predict(states[1000:])) > 0.5
True
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from . import _core
from ._arguments import FloatArray, import_extra, number_array, real_number, truth, whole_number
from ._errors import ParameterError, ShapeError, StateError
from ._spike_train import SpikeTrain, packed

__all__ = ["Readout", "Training", "accuracy", "least_squares", "logistic", "ridge"]

IntArray: TypeAlias = "npt.NDArray[np.int64]"
States: TypeAlias = "_core.SpikeTrain | FloatArray"


@dataclass(frozen=True, eq=False, repr=False)
class Readout:
    """A linear readout. The score of a class in the state x is ``weights @ x + bias``."""

    weights: FloatArray
    """Weights, shape (classes, units)."""
    bias: FloatArray | None
    """One number for each class, or None."""
    classes: IntArray
    """The labels of the classes, ascending."""

    def __post_init__(self) -> None:
        weights = _finite("weights", self.weights, 2)
        bias = None if self.bias is None else _finite("bias", self.bias, 1)
        classes = _whole_numbers("classes", self.classes)
        if weights.size == 0:
            raise ShapeError(f"weights has shape {weights.shape}", "must have a class and a unit")
        for name, values in (("classes", classes), ("bias", bias)):
            if values is not None and len(values) != len(weights):
                raise ShapeError(f"{name} has {len(values)} entries", f"must have {len(weights)}, one for each class")
        if (np.diff(classes) <= 0).any():
            raise StateError(f"classes = {classes}", "must ascend")
        for name, values in (("weights", weights), ("bias", bias), ("classes", classes)):
            if values is not None:
                values = values.copy()
                values.flags.writeable = False
            object.__setattr__(self, name, values)

    def scores(self, states: npt.ArrayLike | SpikeTrain) -> FloatArray:
        """The score of each class in each state.

        Parameters
        ----------
        states : array_like or SpikeTrain, shape (time, units)
            Finite numbers.

        Returns
        -------
        ndarray, shape (time, classes)

        Raises
        ------
        ShapeError
            If there are not as many units as the readout has weights.
        StateError
            For a state that is not a finite number.
        """
        return self._engine().scores(_states("states", states))

    def predict(self, states: npt.ArrayLike | SpikeTrain) -> IntArray:
        """The label with the largest score in each state, of equal scores the first. Arguments as :meth:`scores`.

        Returns
        -------
        ndarray of int64, shape (time,)
        """
        return self._engine().labels(_states("states", states))

    def _engine(self) -> _core.Readout:
        return _core.Readout(self.weights, self.bias, self.classes)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Readout):
            return NotImplemented
        return (
            np.array_equal(self.weights, other.weights)
            and np.array_equal(self.classes, other.classes)
            and (self.bias is None) == (other.bias is None)
            and (self.bias is None or np.array_equal(self.bias, other.bias))  # type: ignore[arg-type]
        )

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return Readout, (self.weights, self.bias, self.classes)

    def __repr__(self) -> str:
        classes, units = self.weights.shape
        return f"<Readout of {classes} classes from {units} units{'' if self.bias is None else ', with bias'}>"


class Training:
    """Sums over states and targets, from which readouts follow: a long run can be given in pieces.

    For states of 0 and 1 with labels the sums are whole numbers, so that the readouts have the same bits however the
    steps are divided.

    Parameters
    ----------
    bias : bool, default False
        Whether the readouts have one.

    Examples
    --------
    >>> training = Training()
    >>> training.add([[1, 0], [0, 1]], [0, 1])
    >>> training.add([[1, 0]], [0])
    >>> training.least_squares().predict([[0, 1], [1, 0]])
    array([1, 0])
    """

    def __init__(self, *, bias: bool = False) -> None:
        self._training = _core.ReadoutTraining(truth("bias", bias))

    def add(self, states: npt.ArrayLike | SpikeTrain, targets: npt.ArrayLike) -> None:
        """Add steps.

        Parameters
        ----------
        states : array_like or SpikeTrain, shape (time, units)
            Finite numbers. Those of 0 and 1 are packed and counted, which is fast and exact.
        targets : array_like, shape (time,) or (time, outputs)
            A whole number for each step, -1 for a step that is left out: the classes are the numbers that occur, and a
            target is 1 for its own class and 0 for the others. Or real numbers, a row for each step: the classes are
            the numbers of the columns.

        Raises
        ------
        ShapeError
            If there is not one target for each step, or the number of units or outputs differs from those before.
        StateError
            For a number that is not finite, or a label that is not whole or below -1.
        ParameterError
            If labels are mixed with real targets.
        """
        self._training.add(_states("states", states), _targets(targets))

    def least_squares(self) -> Readout:
        """The readout with the least squared error so far, see :func:`least_squares`."""
        return Readout(*self._training.least_squares())

    def ridge(self, mu: float) -> Readout:
        """The readout with penalised weights so far, see :func:`ridge`."""
        return Readout(*self._training.ridge(real_number("mu", mu)))

    def __repr__(self) -> str:
        return f"<Training with {self._training.steps} steps of {self._training.units} units>"


def least_squares(states: npt.ArrayLike | SpikeTrain, targets: npt.ArrayLike, *, bias: bool = False) -> Readout:
    """Train a readout by the pseudo-inverse of the states.

    Of several readouts with the least squared error it is the one with the smallest weights, as if units are silent or
    fire together. It is computed from the products of states, whose condition is the square of that of the states:
    spikes lose nothing that matters, but real states of condition 10^k lose 2k of 16 digits.

    Parameters
    ----------
    states, targets
        As for :meth:`Training.add`.
    bias : bool, default False
        Whether the readout has a bias: the weight of one more unit that always fires.

    Returns
    -------
    Readout

    Raises
    ------
    ShapeError, StateError
        As :meth:`Training.add`; StateError if no step has a target.
    """
    training = Training(bias=bias)
    training.add(states, targets)
    return training.least_squares()


def ridge(
    states: npt.ArrayLike | SpikeTrain, targets: npt.ArrayLike, mu: float = 1.0, *, bias: bool = False
) -> Readout:
    """Train a readout with the least sum of squared errors and `mu` times squared weights.

    Parameters
    ----------
    states, targets
        As for :meth:`Training.add`.
    mu : float, default 1.0
        Above 0.
    bias : bool, default False
        Whether the readout has a bias, which is not penalised.

    Returns
    -------
    Readout

    Raises
    ------
    ParameterError
        Unless `mu` is finite and above 0.
    ShapeError, StateError
        As :meth:`Training.add`; StateError if no step has a target.
    """
    training = Training(bias=bias)
    training.add(states, targets)
    return training.ridge(mu)


def logistic(
    states: npt.ArrayLike | SpikeTrain, targets: npt.ArrayLike, *, C: float = 1.0, max_iter: int = 1000
) -> Readout:
    """Train a readout by logistic regression, with a bias. It needs scikit-learn: ``pip install 'sorn[experiments]'``.

    Of two classes each has half of the weights of scikit-learn, with opposite signs, so that the softmax of the scores
    is the probability of the classes for any number of them. Equal states with equal labels are given to scikit-learn
    once, with their number as a weight: it looks for the same weights, in less time.

    Parameters
    ----------
    states : array_like or SpikeTrain, shape (time, units)
        Finite numbers.
    targets : array_like, shape (time,)
        Labels; -1: the step is left out.
    C : float, default 1.0
        Above 0. The smaller it is, the more are weights penalised.
    max_iter : int, default 1000
        The largest number of iterations.

    Returns
    -------
    Readout

    Raises
    ------
    ImportError
        Without scikit-learn.
    ParameterError
        Unless C is above 0 and max_iter a whole number from 1 on.
    ShapeError
        If there is not one target for each step.
    StateError
        For wrong numbers, or if there are fewer than two classes.
    """
    strength = real_number("C", C)
    if strength <= 0:
        raise ParameterError(f"C = {strength:g}", "must be above 0")
    iterations = whole_number("max_iter", max_iter, 1, 2**31 - 1, "a whole number in [1, 2147483647]")
    x = _finite("states", np.asarray(states) if isinstance(states, SpikeTrain) else states, 2)
    if x.shape[1] == 0:
        raise ShapeError("states have no units", "must have at least one")
    labels = _whole_numbers("targets", targets)
    if len(labels) != len(x):
        raise ShapeError(f"{len(labels)} targets for {len(x)} states", "must be one for each step")
    if labels.min(initial=-1) < -1:
        raise StateError(f"targets holds {labels.min()}", "must be labels from 0 on, or -1 for a step that is left out")
    kept = labels != -1
    if len(np.unique(labels[kept])) < 2:
        raise StateError("targets has fewer than two classes", "logistic regression needs at least two")
    model = import_extra("sklearn.linear_model", "experiments").LogisticRegression(C=strength, max_iter=iterations)
    model.fit(*_counted(x[kept], labels[kept]))
    weights, bias = model.coef_, model.intercept_
    if len(model.classes_) == 2:
        weights, bias = np.vstack([-weights, weights]) / 2, np.concatenate([-bias, bias]) / 2
    return Readout(weights, bias, model.classes_)


def accuracy(true: npt.ArrayLike, predicted: npt.ArrayLike, *, only: npt.ArrayLike | None = None) -> float:
    """The share of steps in which a prediction is right.

    Parameters
    ----------
    true : array_like, shape (time,)
        Labels; steps of -1 are left out.
    predicted : array_like, shape (time,)
        Labels, as :meth:`Readout.predict` gives them.
    only : array_like of bool, shape (time,), optional
        Steps for which it is False are left out, too.

    Returns
    -------
    float

    Raises
    ------
    ShapeError
        If the numbers of steps differ.
    StateError
        For a label that is not whole; if no step remains.
    """
    labels = _whole_numbers("true", true)
    chosen: npt.NDArray[np.uint8] | None = None
    if only is not None:
        mask = number_array("only", only)
        if mask.dtype.kind != "b":
            raise StateError(f"only holds values of type {mask.dtype}", "must be True or False for each step")
        if mask.shape != labels.shape:
            raise ShapeError(f"only has shape {mask.shape}", f"must be {labels.shape}, one for each step")
        chosen = np.ascontiguousarray(mask, np.uint8)
    return _core.readout_accuracy(labels, _whole_numbers("predicted", predicted), chosen)


def _counted(states: FloatArray, labels: IntArray) -> tuple[FloatArray, IntArray, FloatArray | None]:
    """The distinct pairs of a state and a label, and how often each occurs; all pairs and None if most are distinct."""
    rows = np.column_stack([states, labels])
    whole = rows.view(np.dtype((np.void, rows.strides[0]))).ravel()
    _, first, counts = np.unique(whole, return_index=True, return_counts=True)
    if len(first) > len(states) / 2:
        return states, labels, None
    return states[first], labels[first], counts.astype(np.float64)


def _states(name: str, states: Any) -> States:
    """Spikes packed, other numbers as they are; shape (time, units)."""
    if isinstance(states, SpikeTrain):
        return states._train
    array = number_array(name, states)
    if array.ndim != 2:
        raise ShapeError(f"{name} has shape {array.shape}", "must be (time, units)")
    if array.size > 0:
        try:
            return packed(name, array)
        except StateError:
            pass  # not spikes
    return _finite(name, array, 2)


def _targets(targets: Any) -> FloatArray | IntArray:
    array = number_array("targets", targets)
    if array.ndim == 2:
        return _finite("targets", array, 2)
    if array.ndim != 1:
        raise ShapeError(f"targets has shape {array.shape}", "must be (time,), or (time, outputs)")
    return _whole_numbers("targets", array)


def _finite(name: str, values: Any, dimensions: int) -> FloatArray:
    array = number_array(name, values)
    if array.ndim != dimensions:
        raise ShapeError(f"{name} has shape {array.shape}", f"must have {dimensions} dimensions")
    with np.errstate(over="ignore"):
        array = np.require(np.asarray(array), np.float64, ["C", "A"])
    if not np.isfinite(array).all():
        raise StateError(f"{name} holds {array[~np.isfinite(array)][0]}", "must be finite numbers")
    return array


def _whole_numbers(name: str, values: Any) -> IntArray:
    array = number_array(name, values)
    if array.ndim != 1:
        raise ShapeError(f"{name} has shape {array.shape}", "must be (time,)")
    if array.dtype.kind not in "iu" and array.size > 0:
        wrong = ~(np.abs(array.astype(np.float64)) < 2**53)
        wrong |= array != np.floor(array) if array.dtype.kind == "f" else False
        if array.dtype.kind == "b" or wrong.any():
            shown = array[wrong][0] if array.dtype.kind == "f" else f"values of type {array.dtype}"
            raise StateError(f"{name} holds {shown}", "must be whole numbers")
    elif array.dtype.kind == "u" and array.size > 0 and array.max() >= 2**63:
        raise StateError(f"{name} holds {array.max()}", "must be below 2^63")
    return np.require(np.asarray(array), np.int64, ["C", "A"])

"""A task, and how a reservoir is evaluated in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from .. import readout
from .._arguments import FloatArray, IntArray, items_of, quoted, real_number, whole_numbers
from .._errors import ParameterError, ShapeError, StateError, UnknownNameError
from ._checks import finite, function_of
from .labels import one_hot
from .states import Reservoir, squared_correlations

Measure: TypeAlias = Literal["accuracy", "capacity", "nrmse"]

PENALTIES = (1e-8, 1e-6, 1e-4, 1e-2, 1.0, 100.0)
"""The penalties of squared weights that :func:`evaluate` tries."""


@dataclass(frozen=True, eq=False, repr=False)
class Task:
    """Inputs, a target for each step, and how answers are scored. The functions of this module make them.

    Raises
    ------
    ShapeError
        If the arrays have not one row for each step, or the parts lie outside them.
    UnknownNameError
        For an unknown measure.
    StateError
        For a number that is not finite, or a label that is no whole number from -1 on.
    """

    name: str
    """The name of the task, with its parameters."""
    inputs: FloatArray
    """What a reservoir is shown, shape (time, features)."""
    targets: FloatArray | IntArray
    """Labels, shape (time,), -1 for a step that is left out; or real numbers, shape (time, outputs)."""
    train: slice
    """The steps that a readout is trained on. Those before them let the reservoir forget how it began."""
    test: slice
    """The steps that are scored."""
    measure: Measure
    """How answers are scored, by the share of right labels ('accuracy'), the root of the mean squared error over the
    variance of the targets ('nrmse'), or the sum over outputs of the squared correlation with the target ('capacity').
    """
    floor: float
    """The score of an answer that takes no memory."""
    floor_is: str
    """What that answer is."""
    seed: int = 0
    """The seed of the data."""
    symbols: IntArray | None = None
    """The number of the symbol that is shown in each step, -1 for none, shape (time,); None if the inputs are real."""
    alphabet: tuple[str, ...] = ()
    """The symbols."""
    scored: npt.NDArray[np.bool_] | None = None
    """The steps that count, shape (time,), or None if all do. The readout is trained on the others, too."""

    def __post_init__(self) -> None:
        inputs = finite("inputs", self.inputs, 2)
        targets: FloatArray | IntArray = (
            whole_numbers("targets", self.targets) if np.ndim(self.targets) == 1 else finite("targets", self.targets, 2)
        )
        if self.measure not in ("accuracy", "capacity", "nrmse"):
            raise UnknownNameError(f"measure = {quoted(self.measure)}", "must be 'accuracy', 'capacity' or 'nrmse'")
        if (self.measure == "accuracy") != (targets.ndim == 1):
            raise ShapeError(f"targets has shape {targets.shape}", "must be (time,) for accuracy, else (time, outputs)")
        if targets.ndim == 1 and targets.min(initial=0) < -1:
            raise StateError(f"targets holds {targets.min()}", "must be labels from 0 on, or -1")
        for name, values in (("targets", targets), ("symbols", self.symbols), ("scored", self.scored)):
            if values is not None and len(values) != len(inputs):
                raise ShapeError(f"{name} has {len(values)} entries", f"must have {len(inputs)}, one for each step")
        for name, part in (("train", self.train), ("test", self.test)):
            if not isinstance(part, slice) or len(range(*part.indices(len(inputs)))) == 0 or part.step not in (None, 1):
                raise ShapeError(f"{name} = {quoted(part)}", f"must be a slice of the {len(inputs)} steps")
        object.__setattr__(self, "inputs", inputs)
        object.__setattr__(self, "targets", targets)

    @property
    def higher_is_better(self) -> bool:
        """Whether a higher score is better. It is not for errors."""
        return self.measure != "nrmse"

    @property
    def one_hot(self) -> FloatArray:
        """The symbols in one-hot code, shape (time, symbols); a row of zeros where there is none.

        Raises
        ------
        ParameterError
            If the inputs are real numbers.
        """
        if self.symbols is None:
            raise ParameterError(f"{self.name} has no symbols", "its inputs are real numbers")
        return one_hot(self.symbols, len(self.alphabet))

    def score(self, predictions: npt.ArrayLike) -> float:
        """The score of answers to the test part.

        Parameters
        ----------
        predictions : array_like
            Labels, shape (steps of the test,); or real numbers, shape (steps of the test, outputs).

        Returns
        -------
        float
            By the :attr:`measure` of the task.

        Raises
        ------
        ShapeError
            If there is not one answer for each step of the test.
        StateError
            For an answer that is no label, or not a finite number.
        """
        return self._score(self.test, predictions)

    def _score(self, part: slice, predictions: npt.ArrayLike) -> float:
        targets = self.targets[part]
        if self.measure == "accuracy":
            given = whole_numbers("predictions", predictions)
            if given.shape != targets.shape:
                raise ShapeError(f"predictions has shape {given.shape}", f"must be {targets.shape}")
            return readout.accuracy(targets, given, only=None if self.scored is None else self.scored[part])
        values = finite("predictions", predictions, 2)
        if values.shape != targets.shape:
            raise ShapeError(f"predictions has shape {values.shape}", f"must be {targets.shape}")
        if self.measure == "capacity":
            return float(squared_correlations(targets, values).sum())
        return float(np.sqrt(np.mean((values - targets) ** 2) / np.var(targets, axis=0).mean()))

    def __repr__(self) -> str:
        steps, features = self.inputs.shape
        return f"<Task {self.name}: {steps} steps of {features} features, {self.measure}, floor {self.floor:.3g}>"


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation:
    """What :func:`evaluate` found."""

    score: float
    """The score of the test part."""
    mu: float
    """The penalty of squared weights that was used."""
    predictions: FloatArray | IntArray
    """The answers to the test part."""
    readout: readout.Readout
    """The trained readout."""

    def __repr__(self) -> str:
        return f"<Evaluation: score {self.score:.4g} with mu {self.mu:g}>"


def evaluate(
    task: Task, reservoir: npt.ArrayLike | Reservoir, *, mu: float | Iterable[float] = PENALTIES
) -> Evaluation:
    """Train a linear readout with a bias on the training part of a task, and score it on the test part.

    Parameters
    ----------
    task : Task
        The task.
    reservoir : array_like (time, units), or a reservoir
        The states in all steps of the task; or a function that is given ``task.inputs`` and returns them; or a node of
        ReservoirPy, which runs; a fitted transformer of scikit-learn, which transforms; or a :class:`sorn.Network` with
        an input unit for each feature, of which a copy runs from silence, frozen and without noise.
    mu : float or iterable of float, default 1e-8, 1e-6, 1e-4, 0.01, 1, 100
        Above 0. The penalty of squared weights of the ridge regression. Of several ones, each is tried on the last
        fifth of the training part, after training on the rest; the best one is used to train on all of it.

    Returns
    -------
    Evaluation
        With the score.

    Raises
    ------
    ParameterError
        If the first argument is no task, or for a penalty that is not above 0.
    ShapeError
        If there is not one state for each step.
    StateError
        For a state that is not a finite number.

    Examples
    --------
    >>> from sorn import tasks
    >>> task = tasks.memory_capacity(max_delay=5, seed=1)
    >>> delays = np.column_stack([np.roll(task.inputs[:, 0], k) for k in range(1, 4)])
    >>> round(tasks.evaluate(task, delays, mu=1e-8).score, 1)
    3.0
    """
    if not isinstance(task, Task):
        raise ParameterError(f"task is of type {type(task).__name__}", "must be a Task")
    penalties = _penalties(mu)
    states = _states(task, reservoir)
    chosen = penalties[0]
    if len(penalties) > 1:
        begin, end, _ = task.train.indices(len(states))
        middle = end - max((end - begin) // 5, 1)
        tried = slice(middle, end)
        sums = _sums(task, states, slice(begin, middle))
        scores = [task._score(tried, _answers(task, sums.ridge(one), states[tried])) for one in penalties]
        chosen = penalties[int(np.argmax(scores) if task.higher_is_better else np.argmin(scores))]
    trained = _sums(task, states, task.train).ridge(chosen)
    predictions = _answers(task, trained, states[task.test])
    return Evaluation(task.score(predictions), chosen, predictions, trained)


def _penalties(mu: Any) -> tuple[float, ...]:
    many = None if isinstance(mu, (str, bytes)) else items_of(mu)
    penalties = tuple(real_number("mu", one) for one in ((mu,) if many is None else many))
    if not penalties or min(penalties) <= 0:
        raise ParameterError(f"mu = {quoted(mu)}", "must be above 0: one penalty, or several to try")
    return penalties


def _states(task: Task, reservoir: Any) -> FloatArray:
    function = function_of(reservoir)
    name = "reservoir" if function is None else "what the reservoir returns"
    states = finite(name, reservoir if function is None else function(task.inputs), 2)
    if len(states) != len(task.inputs):
        raise ShapeError(
            f"{name} has shape {states.shape}", f"must be ({len(task.inputs)}, units), a state for each step"
        )
    if states.shape[1] == 0:
        raise ShapeError(f"{name} has shape {states.shape}", "must have at least one unit")
    return states


def _sums(task: Task, states: FloatArray, part: slice) -> readout.Training:
    training = readout.Training(bias=True)
    training.add(states[part], task.targets[part])
    return training


def _answers(task: Task, trained: readout.Readout, states: FloatArray) -> FloatArray | IntArray:
    return trained.predict(states) if task.measure == "accuracy" else trained.scores(states)

"""Tasks for reservoirs of any kind, and measures of what their states hold. :doc:`/tasks` describes them.

A task has inputs (time, features), and a target for each step. :func:`evaluate` trains a linear readout on the states
that a reservoir answers with, and scores it on steps that the readout has not seen.

>>> import numpy as np
>>> from sorn import tasks
>>> task = tasks.delayed_parity(n=2, delay=1, seed=1)
>>> def reservoir(inputs):  # the last three bits, and the products of pairs of them
...     last = np.column_stack([np.roll(inputs[:, 0], k) for k in range(3)])
...     return np.column_stack([last, last[:, [0, 0, 1]] * last[:, [1, 2, 2]]])
>>> tasks.evaluate(task, reservoir).score, round(task.floor, 1)
(1.0, 0.5)
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from . import readout, sources
from ._arguments import (
    FloatArray,
    IntArray,
    items_of,
    number_array,
    quoted,
    real_array,
    real_number,
    seed_value,
    whole_number,
    whole_numbers,
)
from ._errors import ParameterError, ShapeError, StateError, UnknownNameError

__all__ = [
    "Evaluation",
    "Task",
    "counting",
    "delayed_parity",
    "delayed_xor",
    "evaluate",
    "generalization_rank",
    "grammar",
    "information_processing_capacity",
    "kernel_rank",
    "memory_capacity",
    "narma",
    "next_symbol",
    "random_sequence",
    "rank",
    "separation",
    "squared_correlations",
    "text_prediction",
]

Measure: TypeAlias = Literal["accuracy", "capacity", "nrmse"]
Reservoir: TypeAlias = "Callable[[FloatArray], npt.ArrayLike]"

PENALTIES = (1e-8, 1e-6, 1e-4, 1e-2, 1.0, 100.0)
"""The penalties of squared weights that :func:`evaluate` tries."""

_MOST_STEPS = 10**9
_DRAWS = 100
"""How often the input of a NARMA series that diverges is drawn anew."""


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
        inputs = _finite("inputs", self.inputs, 2)
        targets: FloatArray | IntArray = (
            whole_numbers("targets", self.targets)
            if np.ndim(self.targets) == 1
            else _finite("targets", self.targets, 2)
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
        return _one_hot(self.symbols, len(self.alphabet))

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
        values = _finite("predictions", predictions, 2)
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


# --- evaluating ------------------------------------------------------------------------------------------------------


def evaluate(
    task: Task, reservoir: npt.ArrayLike | Reservoir, *, mu: float | Iterable[float] = PENALTIES
) -> Evaluation:
    """Train a linear readout with a bias on the training part of a task, and score it on the test part.

    Parameters
    ----------
    task : Task
        The task.
    reservoir : array_like (time, units) or callable
        The states in all steps of the task; or a function that is given ``task.inputs`` and returns them, such as
        ``run`` of a node of ReservoirPy.
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
    >>> task = memory_capacity(max_delay=5, seed=1)
    >>> delays = np.column_stack([np.roll(task.inputs[:, 0], k) for k in range(1, 4)])
    >>> round(evaluate(task, delays, mu=1e-8).score, 1)
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
    name = "what the reservoir returns" if callable(reservoir) else "reservoir"
    states = _finite(name, reservoir(task.inputs) if callable(reservoir) else reservoir, 2)
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


# --- tasks with real inputs ------------------------------------------------------------------------------------------


def memory_capacity(
    max_delay: int = 50,
    *,
    washout: int = 200,
    train_steps: int = 4000,
    test_steps: int = 2000,
    seed: int | None = None,
) -> Task:
    """Recall the inputs of the last steps: the memory capacity of Jaeger (2001).

    The inputs are uniform in [-0.5, 0.5]; the targets of step t are the inputs of the steps t - 1, t - 2, ... t -
    `max_delay`. The score is the sum of their squared correlations with the answers. A reservoir of N units and
    independent inputs has at most the capacity N.

    H. Jaeger, Short term memory in echo state networks, GMD Report 152 (2001).

    Parameters
    ----------
    max_delay : int, default 50
        The longest delay, from 1 on. It must exceed what the reservoir remembers.
    washout : int, default 200
        Steps before the training part, in which the reservoir forgets how it began. A plastic one may organise itself
        in them.
    train_steps, test_steps : int, default 4000, 2000
        Steps of the two parts.
    seed : int, optional
        Seed of the inputs. If it is not given, it is drawn from numpy's global generator.

    Returns
    -------
    Task
        Its floor is what answers that know nothing reach on average in a test of this length.

    Raises
    ------
    ParameterError
        For a value outside its range.
    """
    longest = _count("max_delay", max_delay)
    parts = _parts(washout, train_steps, test_steps)
    drawn = seed_value(seed)
    u = np.random.default_rng(drawn).uniform(-0.5, 0.5, parts.steps)
    targets = np.column_stack([_delayed(u, delay) for delay in range(1, longest + 1)])
    return Task(
        name=f"memory capacity, delays to {longest}",
        inputs=u[:, np.newaxis],
        targets=targets,
        train=parts.train,
        test=parts.test,
        measure="capacity",
        floor=longest / max(parts.test.stop - parts.test.start - 1, 1),
        floor_is="answers that are independent of the inputs",
        seed=drawn,
    )


def narma(
    order: int = 10,
    *,
    washout: int = 200,
    train_steps: int = 4000,
    test_steps: int = 2000,
    seed: int | None = None,
) -> Task:
    """Follow a nonlinear autoregressive moving average (NARMA) of some order (Atiya & Parlos 2000).

    The inputs u are uniform in [0, 0.5]. With n = `order`,

        y(t + 1) = 0.3 y(t) + 0.05 y(t) [y(t) + y(t - 1) + ... + y(t - n + 1)] + 1.5 u(t - n + 1) u(t) + 0.1.

    The target of step t is y(t + 1). What lies before the first step is 0. The score is the normalised root mean
    squared error; lower is better.

    A. F. Atiya and A. G. Parlos, New results on recurrent network training: unifying the algorithms and accelerating
    convergence, IEEE Transactions on Neural Networks 11:697 (2000).

    Parameters
    ----------
    order : int, default 10
        The order n, from 1 on. From 11 on the series often diverges, and from 13 on always.
    washout, train_steps, test_steps, seed
        As for :func:`memory_capacity`. Inputs with which the series diverges are drawn anew.

    Returns
    -------
    Task
        Its floor is the mean of the targets, 1.

    Raises
    ------
    ParameterError
        For a value outside its range, or if the series diverges with all of 100 inputs.
    """
    n = _count("order", order)
    parts = _parts(washout, train_steps, test_steps)
    drawn = seed_value(seed)
    generator = np.random.default_rng(drawn)
    for _ in range(_DRAWS):
        u = generator.uniform(0, 0.5, parts.steps)
        y = _narma(u.tolist(), n)
        if y is not None:
            break
    else:
        raise ParameterError(f"order = {n}", f"the series diverges with each of {_DRAWS} inputs", "10 is usual")
    return Task(
        name=f"NARMA-{n}",
        inputs=u[:, np.newaxis],
        targets=np.array(y)[:, np.newaxis],
        train=parts.train,
        test=parts.test,
        measure="nrmse",
        floor=1.0,
        floor_is="the mean of the targets",
        seed=drawn,
    )


def _narma(u: list[float], n: int) -> list[float] | None:
    """The outputs y(1), y(2), ...; None if they diverge."""
    y = [0.0]
    for t, now in enumerate(u):
        before = u[t - n + 1] if t >= n - 1 else 0.0
        following = 0.3 * y[t] + 0.05 * y[t] * sum(y[max(t - n + 1, 0) :]) + 1.5 * before * now + 0.1
        if following > 100:
            return None
        y.append(following)
    return y[1:]


# --- tasks with symbols ----------------------------------------------------------------------------------------------


def delayed_parity(
    n: int = 3,
    delay: int = 0,
    *,
    washout: int = 200,
    train_steps: int = 4000,
    test_steps: int = 2000,
    seed: int | None = None,
) -> Task:
    """Say whether the number of ones among some bits is odd.

    The inputs are random bits, as -1 and 1. The label of step t is 1 if an odd number of the bits of the steps t -
    `delay`, t - `delay` - 1, ... t - `delay` - n + 1 are 1. For n > 1 no linear readout of the bits themselves solves
    it.

    N. Bertschinger and T. Natschläger, Real-time computation at the edge of chaos in recurrent neural networks, Neural
    Computation 16:1413 (2004).

    Parameters
    ----------
    n : int, default 3
        The number of bits, from 1 on.
    delay : int, default 0
        Steps since the last of them, from 0 on.
    washout, train_steps, test_steps, seed
        As for :func:`memory_capacity`.

    Returns
    -------
    Task
        ``symbols`` and ``one_hot`` have the bits. The floor is the label that is more frequent in the training part.

    Raises
    ------
    ParameterError
        For a value outside its range.
    """
    bits, lag = _count("n", n), _count("delay", delay, low=0)
    return _parity(
        f"delayed parity of {bits} bits, delay {lag}", bits, lag, _parts(washout, train_steps, test_steps), seed
    )


def delayed_xor(
    delay: int = 1,
    *,
    washout: int = 200,
    train_steps: int = 4000,
    test_steps: int = 2000,
    seed: int | None = None,
) -> Task:
    """Say whether two neighbouring bits differ: :func:`delayed_parity` of two bits.

    Parameters
    ----------
    delay : int, default 1
        Steps since the later of the two, from 0 on.
    washout, train_steps, test_steps, seed
        As for :func:`memory_capacity`.

    Returns
    -------
    Task

    Raises
    ------
    ParameterError
        For a value outside its range.
    """
    lag = _count("delay", delay, low=0)
    return _parity(f"delayed XOR, delay {lag}", 2, lag, _parts(washout, train_steps, test_steps), seed)


def _parity(name: str, n: int, delay: int, parts: _Parts, seed: Any) -> Task:
    drawn = seed_value(seed)
    bits = sources.RandomSymbols(2).symbols(parts.steps, seed=drawn)
    total = sum((_delayed(bits, delay + k) for k in range(n)), start=np.zeros(parts.steps, np.int64))
    labels: IntArray = total % 2
    labels[: delay + n - 1] = -1
    return Task(
        name=name,
        inputs=np.where(bits[:, np.newaxis] == 1, 1.0, -1.0),
        targets=labels,
        train=parts.train,
        test=parts.test,
        measure="accuracy",
        floor=_table_score(np.zeros_like(bits), labels, parts.train, parts.test, None),
        floor_is="the most frequent label",
        seed=drawn,
        symbols=bits,
        alphabet=("0", "1"),
    )


def next_symbol(
    source: sources.Source,
    *,
    washout: int = 200,
    train_steps: int = 4000,
    test_steps: int = 2000,
    seed: int | None = None,
) -> Task:
    """Name the next symbol of a source.

    The inputs are the symbols in one-hot code. Steps before a pause are left out.

    Parameters
    ----------
    source : Source
        One of :mod:`sorn.sources`.
    washout, train_steps, test_steps, seed
        As for :func:`memory_capacity`. A source with a seed of its own keeps it.

    Returns
    -------
    Task
        Its floor is the symbol that followed the present one most often in the training part.

    Raises
    ------
    ParameterError
        If it is no source, for a source that ends too early, and for a value outside its range.
    """
    given = _source(source)
    parts, drawn = _parts(washout, train_steps, test_steps), seed_value(seed)
    symbols = given.symbols(parts.steps + 1, seed=drawn)
    name = f"the next symbol of {given.to_dict()['source']}"
    return _following(name, given, symbols[:-1], symbols[1:], parts, drawn)


def counting(
    n: int = 8,
    target: Literal["letter", "last_letter", "position"] = "letter",
    *,
    washout: int = 200,
    train_steps: int = 4000,
    test_steps: int = 2000,
    seed: int | None = None,
) -> Task:
    """Know how many equal letters have come: the counting task of Lazar, Pipa & Triesch (2009).

    The words A Bⁿ C and D Eⁿ F come in random order, see :class:`sorn.sources.Counting`.

    A. Lazar, G. Pipa and J. Triesch, SORN: a self-organizing recurrent neural network, Frontiers in Computational
    Neuroscience 3:23 (2009).

    Parameters
    ----------
    n : int, default 8
        How often the middle letter comes.
    target : {'letter', 'last_letter', 'position'}, default 'letter'
        'letter': the next letter; the first letter of a word, which is drawn, is not scored. 'last_letter': the same,
        but only C and F are scored, for which alone the network must count. 'position': the place of the next letter in
        its word, from 0 to n + 1.
    washout, train_steps, test_steps, seed
        As for :func:`memory_capacity`.

    Returns
    -------
    Task
        Its floor is the answer that followed the present letter most often in the training part. For 'letter' that is
        about n/(n + 1), so that a high score may mean nothing.

    Raises
    ------
    ParameterError, UnknownNameError
        For a value outside its range.
    """
    if not isinstance(target, str) or target not in ("letter", "last_letter", "position"):
        raise UnknownNameError(f"target = {quoted(target)}", "must be 'letter', 'last_letter' or 'position'")
    times = _count("n", n)
    source = sources.Counting(times)
    parts, drawn = _parts(washout, train_steps, test_steps), seed_value(seed)
    symbols = source.symbols(parts.steps + 1, seed=drawn)
    letters = np.array(source.alphabet)[symbols]
    name = f"counting to {times}, {target.replace('_', ' ')}"
    if target == "position":
        time = np.arange(len(symbols))
        begun = np.maximum.accumulate(np.where(np.isin(letters, ["A", "D"]), time, 0))
        return _following(name, source, symbols[:-1], (time - begun)[1:], parts, drawn)
    counted = "CF" if target == "last_letter" else "BCEF"
    scored = np.isin(letters[1:], list(counted))
    return _following(name, source, symbols[:-1], symbols[1:], parts, drawn, scored)


def random_sequence(
    length: int = 50,
    symbols: int = 10,
    *,
    washout: int = 200,
    train_steps: int = 4000,
    test_steps: int = 2000,
    seed: int | None = None,
) -> Task:
    """Know the place in a random sequence that is repeated, see :class:`sorn.sources.RandomSequence`.

    The label is the place of the next symbol, from 0 to `length` - 1. Each symbol comes at several places, so that the
    present one does not say where the sequence is.

    Parameters
    ----------
    length : int, default 50
        Length of the sequence, at least the number of symbols.
    symbols : int, default 10
        Their number, from 1 to 256.
    washout, train_steps, test_steps, seed
        As for :func:`memory_capacity`.

    Returns
    -------
    Task
        Its floor is the place that followed the present symbol most often in the training part.

    Raises
    ------
    ParameterError
        For a value outside its range.
    """
    period = _count("length", length)
    source = sources.RandomSequence(period, _count("symbols", symbols))
    parts, drawn = _parts(washout, train_steps, test_steps), seed_value(seed)
    shown = source.symbols(parts.steps, seed=drawn)
    places = (np.arange(parts.steps) + 1) % period
    return _following(f"place in a random sequence of {period}", source, shown, places, parts, drawn)


def grammar(
    name: Literal["FDT", "eFDT"] = "FDT",
    *,
    washout: int = 200,
    train_steps: int = 20_000,
    test_steps: int = 5000,
    seed: int | None = None,
) -> Task:
    """Name the next letter of the sentences of a grammar, see :class:`sorn.sources.Grammar`.

    Parameters
    ----------
    name : {'FDT', 'eFDT'}, default 'FDT'
        The grammar. For one of your own use :func:`next_symbol`.
    washout, train_steps, test_steps, seed
        As for :func:`memory_capacity`, with more steps.

    Returns
    -------
    Task
        Its floor is the letter that followed the present one most often in the training part.

    Raises
    ------
    ParameterError
        For a value outside its range.
    """
    if not isinstance(name, str):
        raise ParameterError(f"name is of type {type(name).__name__}", "must be 'FDT' or 'eFDT'")
    source = sources.Grammar(name)
    return next_symbol(source, washout=washout, train_steps=train_steps, test_steps=test_steps, seed=seed)


def text_prediction(text: str, *, train_share: float = 0.8, washout: int = 200) -> Task:
    """Name the next character of a text of your own.

    Parameters
    ----------
    text : str
        The text. It is read once, character by character; "_" shows nothing.
    train_share : float, default 0.8
        In (0, 1). The share of the text that the readout is trained on; the rest tests.
    washout : int, default 200
        Characters at the beginning that train nothing.

    Returns
    -------
    Task
        Its floor is the character that followed the present one most often in the training part.

    Raises
    ------
    ParameterError
        If the text is too short, or for a value outside its range.
    """
    share = real_number("train_share", train_share)
    if not 0 < share < 1:
        raise ParameterError(f"train_share = {share:g}", "must be above 0 and below 1")
    if not isinstance(text, str):
        raise ParameterError(f"text is of type {type(text).__name__}", "must be a str")
    begin = _count("washout", washout, low=0)
    source = sources.Text(text, repeat=False)
    steps = len(text) - 1
    middle = round(share * steps)
    if not begin < middle < steps:
        raise ParameterError(
            f"text has {len(text)} characters", f"too few to train and to test after {begin} characters of washout"
        )
    symbols = source.symbols(len(text))
    parts = _Parts(steps, slice(begin, middle), slice(middle, steps))
    return _following(f"next of {len(text)} characters", source, symbols[:-1], symbols[1:], parts, 0)


def _following(
    name: str,
    source: sources.Source,
    symbols: IntArray,
    labels: IntArray,
    parts: _Parts,
    seed: int,
    scored: npt.NDArray[np.bool_] | None = None,
) -> Task:
    """The task of naming what follows each symbol."""
    return Task(
        name=name,
        inputs=_one_hot(symbols, len(source.alphabet)),
        targets=labels,
        train=parts.train,
        test=parts.test,
        measure="accuracy",
        floor=_table_score(symbols, labels, parts.train, parts.test, scored),
        floor_is="what followed the present symbol most often",
        seed=seed,
        symbols=symbols,
        alphabet=source.alphabet,
        scored=scored,
    )


def _table_score(
    symbols: IntArray, labels: IntArray, train: slice, test: slice, scored: npt.NDArray[np.bool_] | None
) -> float:
    """The accuracy in the test part of a table of the most frequent label after each symbol; 0 without any label."""
    known = labels[train] >= 0
    if not known.any() or not (labels[test] >= 0).any():
        return 0.0
    counts = np.zeros((symbols.max() + 2, labels.max() + 1))  # the last row is that of no symbol, -1
    np.add.at(counts, (symbols[train][known], labels[train][known]), 1)
    counts += counts.sum(axis=0) / (counts.sum() + 1)  # of equal counts, and for a new symbol: the more frequent label
    only = None if scored is None else scored[test]
    if only is not None and not (only & (labels[test] >= 0)).any():
        return 0.0
    return readout.accuracy(labels[test], counts.argmax(axis=1)[symbols[test]], only=only)


# --- measures --------------------------------------------------------------------------------------------------------


def squared_correlations(targets: npt.ArrayLike, predictions: npt.ArrayLike) -> FloatArray:
    """The squared correlation of each output with its target: the capacities that :func:`memory_capacity` adds up.

    Parameters
    ----------
    targets, predictions : array_like, shape (time, outputs)
        Finite numbers.

    Returns
    -------
    ndarray, shape (outputs,)
        In [0, 1]. 0 where the target or the answer does not change.

    Raises
    ------
    ShapeError
        If the shapes differ.
    StateError
        For a number that is not finite.
    """
    true, given = _finite("targets", targets, 2), _finite("predictions", predictions, 2)
    if true.shape != given.shape:
        raise ShapeError(f"predictions has shape {given.shape}", f"must be {true.shape}, as targets")
    if len(true) == 0:
        raise ShapeError(f"targets has shape {true.shape}", "must have at least one step")
    x, y = _scaled(true), _scaled(given)
    spread = (x * x).sum(axis=0) * (y * y).sum(axis=0)
    found: FloatArray = (x * y).sum(axis=0) ** 2 / np.where(spread > 0, spread, 1.0)
    return np.minimum(found, 1.0)


def information_processing_capacity(
    inputs: npt.ArrayLike,
    states: npt.ArrayLike,
    *,
    max_degree: int = 3,
    max_delay: int = 10,
    low: float = -1.0,
    high: float = 1.0,
) -> FloatArray:
    """How many independent functions of the last inputs a linear readout of the states can compute, by their degree.

    The functions are all products of normalised Legendre polynomials of the inputs of the steps t, t - 1, ... t -
    `max_delay`. The capacity of a function is the share of its variance that the readout explains in the steps given.
    It is counted as 0 unless it is above what states that know nothing reach: r + 4√(2r) + 8 over the number of steps,
    for r independent units.

    J. Dambre, D. Verstraeten, B. Schrauwen and S. Massar, Information processing capacity of dynamical systems,
    Scientific Reports 2:514 (2012).

    Parameters
    ----------
    inputs : array_like, shape (time,) or (time, 1)
        Independent values, uniform between `low` and `high`.
    states : array_like, shape (time, units)
        The states. Leave out the first ones, which depend on the beginning, and as many inputs. There should be far
        more of them than units.
    max_degree : int, default 3
        The highest degree, from 1 on.
    max_delay : int, default 10
        The longest delay, from 0 on.
    low, high : float, default -1, 1
        The range of the inputs.

    Returns
    -------
    ndarray, shape (max_degree,)
        The sum of the capacities of degree 1, which is the linear memory, of degree 2 and so on. All together are at
        most the number of units, apart from chance.

    Raises
    ------
    ShapeError
        If the numbers of steps differ, or there are not more than `max_delay` + 1.
    StateError
        For a number that is not finite, or an input outside the range.
    ParameterError
        For a value outside its range, or if there are more than a million functions.

    Examples
    --------
    >>> u = np.random.default_rng(1).uniform(-1, 1, 5000)
    >>> states = np.column_stack([u, np.roll(u, 1), u * np.roll(u, 2)])
    >>> information_processing_capacity(u, states).round(1)
    array([2., 1., 0.])
    """
    u = np.ravel(_finite("inputs", inputs, 2 if np.ndim(number_array("inputs", inputs)) == 2 else 1))
    x = _finite("states", states, 2)
    degree, longest = _count("max_degree", max_degree), _count("max_delay", max_delay, low=0)
    if len(u) != len(x):
        raise ShapeError(f"inputs has {len(u)} values", f"must have {len(x)}, one for each state")
    steps = len(u) - longest
    if steps < 2:
        raise ShapeError(f"states has shape {x.shape}", f"must have more than {longest + 1} steps, for max_delay")
    if degree > 100 or math.comb(longest + 1 + degree, degree) > 10**6:
        raise ParameterError(f"max_degree = {degree}", f"there are too many functions with max_delay = {longest}")
    lowest, highest = _range(low, high)
    if u.min() < lowest or u.max() > highest:
        raise StateError(f"inputs holds {u[(u < lowest) | (u > highest)][0]}", f"must be in [{lowest:g}, {highest:g}]")

    scaled = 2 * (u - lowest) / (highest - lowest) - 1
    polynomials = np.polynomial.legendre.legvander(scaled, degree) * np.sqrt(2 * np.arange(degree + 1) + 1)
    delayed = [polynomials[longest - delay : len(u) - delay] for delay in range(longest + 1)]
    left, singular, _ = np.linalg.svd(_scaled(x[longest:]), full_matrices=False)
    basis = left[:, singular > singular.max(initial=0) * max(x.shape) * np.finfo(float).eps]
    units = basis.shape[1]
    least = (units + 4 * math.sqrt(2 * units) + 8) / steps
    totals = np.zeros(degree)
    for d in range(1, degree + 1):
        for delays in itertools.combinations_with_replacement(range(longest + 1), d):
            z = np.ones(steps)
            for delay, power in Counter(delays).items():
                z = z * delayed[delay][:, power]
            z -= z.mean()
            norm = z @ z
            capacity = float(np.sum((z @ basis) ** 2) / norm) if norm > 0 else 0.0
            totals[d - 1] += capacity if capacity > least else 0.0
    return totals


def _scaled(values: FloatArray) -> FloatArray:
    """The values with mean 0 and a largest one of 1, in each column; 0 where nothing changes."""
    largest = np.maximum(np.abs(values).max(axis=0, initial=0), np.finfo(float).tiny)
    centred = values / largest
    centred -= centred.mean(axis=0)
    spread = np.abs(centred).max(axis=0, initial=0)
    spread[spread < 8 * np.finfo(float).eps] = np.inf
    scaled: FloatArray = centred / spread
    return scaled


def rank(states: npt.ArrayLike, tolerance: float | None = None) -> int:
    """The number of linearly independent rows of a matrix of states.

    Parameters
    ----------
    states : array_like, shape (streams, units)
        A state for each stream of inputs. Finite numbers.
    tolerance : float, optional
        Singular values up to it count as 0. If it is not given: the rounding error of the largest one, as in
        :func:`numpy.linalg.matrix_rank`.

    Returns
    -------
    int

    Raises
    ------
    ShapeError
        If it is no matrix.
    StateError
        For a state that is not a finite number.
    ParameterError
        For a negative tolerance.
    """
    matrix = _finite("states", states, 2)
    least = None if tolerance is None else real_number("tolerance", tolerance, 0)
    if matrix.size == 0:
        return 0
    largest = np.abs(matrix).max()
    if largest == 0:
        return 0
    return int(np.linalg.matrix_rank(matrix / largest, tol=None if least is None else least / largest))


def kernel_rank(
    reservoir: Reservoir,
    *,
    streams: int = 100,
    steps: int = 50,
    features: int = 1,
    low: float = -1.0,
    high: float = 1.0,
    tolerance: float | None = None,
    seed: int | None = None,
) -> int:
    """The rank of the states after different streams of inputs: how many of them a linear readout can tell apart.

    R. Legenstein and W. Maass, Edge of chaos and prediction of computational performance for neural circuit models,
    Neural Networks 20:323 (2007).

    Parameters
    ----------
    reservoir : callable
        A function of inputs (time, features) that returns the states (time, units). It must begin in the same state
        each time.
    streams : int, default 100
        The number of streams, at least that of the units to see the whole rank.
    steps : int, default 50
        Their length.
    features : int, default 1
        Their features. All values are independent.
    low, high : float, default -1, 1
        They are uniform between these.
    tolerance : float, optional
        As for :func:`rank`.
    seed : int, optional
        Seed of the streams. If it is not given, it is drawn from numpy's global generator.

    Returns
    -------
    int
        At most the number of streams, and of units.

    Raises
    ------
    ParameterError
        For a value outside its range, or if the reservoir is no function.
    ShapeError, StateError
        For wrong states.

    Examples
    --------
    >>> def last_three(inputs):
    ...     return np.array([np.convolve(inputs[:, 0], [0] * k + [1])[: len(inputs)] for k in range(3)]).T
    >>> kernel_rank(last_three, seed=1), generalization_rank(last_three, common=2, seed=1)
    (3, 2)
    >>> generalization_rank(last_three, common=3, seed=1)  # what came before is forgotten
    1
    """
    return _stream_rank(reservoir, 0, streams, steps, features, low, high, tolerance, seed)


def generalization_rank(
    reservoir: Reservoir,
    *,
    common: int = 10,
    streams: int = 100,
    steps: int = 50,
    features: int = 1,
    low: float = -1.0,
    high: float = 1.0,
    tolerance: float | None = None,
    seed: int | None = None,
) -> int:
    """The rank of the states after streams that end alike: how much a reservoir heeds what should not matter.

    The lower it is beside :func:`kernel_rank`, the better the reservoir generalises. The idea is that of Legenstein &
    Maass (2007), the streams that agree in the last steps are those of

    L. Büsing, B. Schrauwen and R. Legenstein, Connectivity, dynamics, and memory in reservoir computing with binary and
    analog neurons, Neural Computation 22:1272 (2010).

    Parameters
    ----------
    reservoir : callable
        As for :func:`kernel_rank`.
    common : int, default 10
        The last steps, in which all streams are equal; at most `steps`.
    streams, steps, features, low, high, tolerance, seed
        As for :func:`kernel_rank`.

    Returns
    -------
    int
        1 if nothing remains of the steps before.

    Raises
    ------
    ParameterError, ShapeError, StateError
        As :func:`kernel_rank`.
    """
    alike = _count("common", common, low=0)
    return _stream_rank(reservoir, alike, streams, steps, features, low, high, tolerance, seed)


def _stream_rank(
    reservoir: Any,
    common: int,
    streams: Any,
    steps: Any,
    features: Any,
    low: Any,
    high: Any,
    tolerance: Any,
    seed: Any,
) -> int:
    if not callable(reservoir):
        raise ParameterError(f"reservoir is of type {type(reservoir).__name__}", "must be a function of the inputs")
    shape = _count("streams", streams), _count("steps", steps), _count("features", features)
    if np.prod([float(size) for size in shape]) > _MOST_STEPS:
        raise ParameterError(
            f"streams = {shape[0]}", f"so many of {shape[1]} steps and {shape[2]} features are too many"
        )
    if common > shape[1]:
        raise ParameterError(f"common = {common}", f"must be at most {shape[1]}, the number of steps")
    lowest, highest = _range(low, high)
    inputs = np.random.default_rng(seed_value(seed)).uniform(lowest, highest, shape)
    inputs[:, shape[1] - common :] = inputs[0, shape[1] - common :]
    last = []
    for one in inputs:
        states = _finite("what the reservoir returns", reservoir(one), 2)
        if len(states) != len(one):
            raise ShapeError(f"what the reservoir returns has shape {states.shape}", f"must be ({len(one)}, units)")
        last.append(states[-1])
    return rank(last, tolerance)


def separation(first: npt.ArrayLike, second: npt.ArrayLike) -> FloatArray:
    """The distance of the states of a reservoir with two inputs: the separation of Maass, Natschläger & Markram (2002).

    W. Maass, T. Natschläger and H. Markram, Real-time computing without stable states: a new framework for neural
    computation based on perturbations, Neural Computation 14:2531 (2002).

    Parameters
    ----------
    first, second : array_like, shape (time, units)
        The states with the one input and with the other, from the same beginning. Finite numbers.

    Returns
    -------
    ndarray, shape (time,)
        The Euclidean distance in each step. Average it over pairs of inputs that are equally far apart.

    Raises
    ------
    ShapeError
        If the shapes differ.
    StateError
        For a state that is not a finite number.

    Examples
    --------
    >>> separation([[0, 0], [1, 1]], [[0, 0], [4, 5]])
    array([0., 5.])
    """
    one, other = _finite("first", first, 2), _finite("second", second, 2)
    if one.shape != other.shape:
        raise ShapeError(f"second has shape {other.shape}", f"must be {one.shape}, as first")
    with np.errstate(over="ignore"):
        return np.asarray(np.linalg.norm(one - other, axis=1))


# --- what they share -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Parts:
    steps: int
    train: slice
    test: slice


def _parts(washout: Any, train_steps: Any, test_steps: Any) -> _Parts:
    begin = _count("washout", washout, low=0)
    middle = begin + _count("train_steps", train_steps)
    end = middle + _count("test_steps", test_steps)
    return _Parts(end, slice(begin, middle), slice(middle, end))


def _count(name: str, value: Any, *, low: int = 1) -> int:
    return whole_number(name, value, low, _MOST_STEPS, f"a whole number from {low} to {_MOST_STEPS:,}")


def _range(low: Any, high: Any) -> tuple[float, float]:
    lowest, highest = real_number("low", low), real_number("high", high)
    if not lowest < highest or not math.isfinite(highest - lowest):
        raise ParameterError(f"high = {highest:g}", f"must be above {lowest:g}, and the difference finite")
    return lowest, highest


def _source(source: Any) -> sources.Source:
    if not isinstance(source, sources.Source):
        raise ParameterError(f"source is of type {type(source).__name__}", "must be a source of sorn.sources")
    return source


def _delayed(values: Any, delay: int) -> Any:
    """The values of `delay` steps before; 0 before the first one."""
    kept = max(len(values) - delay, 0)
    return np.concatenate([np.zeros(len(values) - kept, values.dtype), values[:kept]])


def _one_hot(symbols: IntArray, count: int) -> FloatArray:
    return np.vstack([np.eye(count), np.zeros(count)])[symbols]  # -1 is the last row


def _finite(name: str, values: Any, dimensions: int) -> FloatArray:
    array = number_array(name, values)
    if array.ndim != dimensions:
        raise ShapeError(f"{name} has shape {array.shape}", f"must have {dimensions} dimensions")
    array = real_array(name, array)
    if not np.isfinite(array).all():
        raise StateError(f"{name} holds {array[~np.isfinite(array)][0]}", "must be finite numbers")
    return array

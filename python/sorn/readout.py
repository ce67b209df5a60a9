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

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from . import _core
from ._arguments import (
    FloatArray,
    IntArray,
    file_path,
    import_extra,
    number_array,
    quoted,
    real_number,
    truth,
    whole_number,
    whole_numbers,
)
from ._errors import ParameterError, ShapeError, StateError
from ._network import Network
from ._result_file import ResultFile
from ._spike_train import SpikeTrain, packed_array
from .sources import ClosedLoop, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ._names import Phase, Rule
    from ._progress import Report

__all__ = ["Readout", "RecursiveLeastSquares", "Training", "accuracy", "least_squares", "logistic", "ridge"]

_MOST = 2**63 - 1
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
        classes = whole_numbers("classes", self.classes)
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

    def generate(
        self,
        network: Network,
        time_steps: float,
        source: Source,
        *,
        start: str | int | None = None,
        symbols: Mapping[int, str | int | None] | Sequence[str | int | None] | None = None,
        phase: Phase = "training",
        noise: bool | float | npt.ArrayLike = True,
        freeze: Iterable[Rule] | Rule | None = None,
        threads: int | None = None,
        progress: bool | Report = False,
    ) -> IntArray:
        """Let the network go on by itself: the symbol that the readout names is its input in the next step.

        ``network.run(sources.ClosedLoop(...), ...)`` does the same and takes all arguments of a run, such as `record`.

        Parameters
        ----------
        network : Network
            It does these steps. A second call goes on where the first one ended; ``network.copy()`` keeps it.
        time_steps : int
            The number of symbols.
        source : Source
            The source of the training, whose pools the symbols drive.
        start, symbols
            As for :class:`sorn.sources.ClosedLoop`: the first symbol, and what each label shows if labels are not
            symbols.
        phase : {'training', 'plasticity'}, default 'training'
            As for :meth:`sorn.Network.run`, but the rules rest unless it is said.
        noise, freeze, threads, progress
            As for :meth:`sorn.Network.run`.

        Returns
        -------
        ndarray of int64, shape (time_steps,)
            The symbols that the network was shown, -1 for none. ``source.spelled()`` makes them a text.

        Raises
        ------
        ParameterError, ShapeError
            As :class:`sorn.sources.ClosedLoop`, and as :meth:`sorn.Network.run`.
        """
        if not isinstance(network, Network):
            raise ParameterError(f"network is of type {type(network).__name__}", "must be a Network")
        run = network.run(
            ClosedLoop(self, source, start=start, symbols=symbols),
            time_steps,
            phase=phase,
            noise=noise,
            freeze=freeze,
            record=["symbol"],
            threads=threads,
            progress=progress,
        )
        return run["symbol"]

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

    def add_file(
        self,
        file: str | os.PathLike[str] | ResultFile,
        state: str = "E",
        target: str = "symbol",
        *,
        lag: int = 0,
        begin: int = 0,
        end: int | None = None,
    ) -> None:
        """Add the steps of a result file, which is read in parts: the memory does not grow with its length.

        The state of step t - `lag` names the target of step t, for all steps of which the file has both. With
        ``lag=1`` and the state E a readout learns what comes next. Spikes with symbols give the same readout, bit for
        bit, as if all steps were added at once.

        Parameters
        ----------
        file : str, path or ResultFile
            A file that a run with ``out=`` has written.
        state : str, default 'E'
            The recording of the states: E, R, I, or another one with a number for each unit.
        target : str, default 'symbol'
            The recording of the targets. ``'symbol'`` and ``'actions'`` are labels, others real numbers.
        lag : int, default 0
            Steps from the state to its target.
        begin, end : int, optional
            The targets are those of the steps from `begin` to before `end`, as ``file.steps()`` counts them.

        Raises
        ------
        ParameterError
            If the file does not have the recordings, if their strides differ or `lag` is no multiple of them, or if no
            step is left. Then, and after any other error, the sums are as before.
        IoError, FormatError
            If the file cannot be read.
        ShapeError, StateError
            As :meth:`add`.
        """
        rule = "a whole number of steps from 0 on"
        delay = whole_number("lag", lag, 0, _MOST, rule)
        first = whole_number("begin", begin, 0, _MOST, rule)
        last = _MOST if end is None else whole_number("end", end, 0, _MOST, rule)
        for name, value in (("state", state), ("target", target)):
            if not isinstance(value, str):
                raise ParameterError(f"{name} = {quoted(value)}", "must be the name of a recording, such as 'E'")
        opened = file if isinstance(file, ResultFile) else ResultFile(file_path(file, "file"))
        self._training.add_file(opened._reader(), state, target, delay, first, last)

    def least_squares(self) -> Readout:
        """The readout with the least squared error so far, see :func:`least_squares`."""
        return Readout(*self._training.least_squares())

    def ridge(self, mu: float) -> Readout:
        """The readout with penalised weights so far, see :func:`ridge`."""
        return Readout(*self._training.ridge(real_number("mu", mu)))

    def __repr__(self) -> str:
        return f"<Training with {self._training.steps} steps of {self._training.units} units>"


class RecursiveLeastSquares:
    """A readout that learns after each step, as in a closed loop, whose states follow from what it has said before.

    After each step the weights are those of a ridge regression to all steps so far: ``readout.ridge(states, targets,
    delta)``, if nothing is forgotten. A step takes about as long as a step of the network.

    Parameters
    ----------
    units : int
        The number of units of a state.
    outputs : int
        The number of classes, or of outputs.
    forgetting : float, default 1.0
        In (0, 1]. A step counts as much as `forgetting` to the power of the number of steps since then, so that a
        readout can follow a network that changes. Below 1, what hardly ever fires is forgotten in the end.
    delta : float, default 1.0
        Above 0. The penalty of squared weights; the matrix P begins as I/delta.
    bias : bool, default False
        Whether the readout has a bias: the weight of one more unit that always fires. Unlike that of :func:`ridge`, it
        is penalised as all weights are.

    Raises
    ------
    ParameterError
        For a value outside its range.

    Examples
    --------
    >>> online = RecursiveLeastSquares(units=2, outputs=2)
    >>> for state, label in [([1, 0], 0), ([0, 1], 1), ([1, 0], 0)]:
    ...     online.add(state, label)
    >>> online.predict([0, 1]), online.readout == ridge([[1, 0], [0, 1], [1, 0]], [0, 1, 0], 1.0)
    (1, True)
    """

    def __init__(
        self, units: int, outputs: int, *, forgetting: float = 1.0, delta: float = 1.0, bias: bool = False
    ) -> None:
        rule = "a whole number from 1 to 65536"
        self._learner = _core.RecursiveLeastSquares(
            whole_number("units", units, 1, 65536, rule),
            whole_number("outputs", outputs, 1, 65536, rule),
            real_number("forgetting", forgetting),
            real_number("delta", delta),
            truth("bias", bias),
        )
        self._units = int(units)

    def add(self, state: npt.ArrayLike, target: npt.ArrayLike) -> None:
        """Learn from a step, or from several steps in their order.

        Parameters
        ----------
        state : array_like, shape (units,) or (time, units)
            Finite numbers.
        target : int or array_like
            For one state a class, a whole number in [0, outputs - 1] or -1 to leave the step out; or real numbers,
            shape (outputs,). For several states an array of these, shape (time,) or (time, outputs).

        Raises
        ------
        ShapeError
            If the sizes are wrong.
        StateError
            For a number that is not finite, or a wrong class; or if P grows beyond all bounds, as it does with
            ``forgetting`` below 1 if units hardly ever fire.
        """
        states, one = self._rows(state)
        targets = number_array("target", target)
        if one:
            targets = targets[None]
        if targets.ndim == 2:
            self._learner.add(states, _finite("target", targets, 2))
        elif targets.ndim == 1:
            self._learner.add(states, whole_numbers("target", targets))
        else:
            shape = "a number or (outputs,)" if one else "(time,) or (time, outputs)"
            raise ShapeError(f"target has shape {np.shape(targets)[one:]}", f"must be {shape}")

    def scores(self, states: npt.ArrayLike) -> FloatArray:
        """The score of each class, as :meth:`Readout.scores`; of one state (units,) an array (outputs,)."""
        rows, one = self._rows(states)
        found = self._learner.readout.scores(rows)
        return found[0] if one else found

    def predict(self, states: npt.ArrayLike) -> Any:
        """The class with the largest score, as :meth:`Readout.predict`; of one state (units,) a number."""
        rows, one = self._rows(states)
        found = self._learner.readout.labels(rows)
        return int(found[0]) if one else found

    @property
    def readout(self) -> Readout:
        """The readout so far. Its classes are 0, 1, ... outputs - 1."""
        return Readout(*self._learner.values())

    @property
    def steps(self) -> int:
        """The number of steps that it has learned from."""
        return self._learner.steps

    def _rows(self, states: Any) -> tuple[FloatArray, bool]:
        """States as rows, and whether only one was given."""
        array = number_array("state", states)
        one = array.ndim == 1
        rows = _finite("state", array[None] if one else array, 2)
        if rows.shape[1] != self._units:
            raise ShapeError(f"state has shape {array.shape}", f"must have {self._units} units")
        return rows, one

    def __repr__(self) -> str:
        outputs, units = self.readout.weights.shape
        return f"<RecursiveLeastSquares of {outputs} outputs from {units} units after {self.steps} steps>"


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
    labels = whole_numbers("targets", targets)
    if len(labels) != len(x):
        raise ShapeError(f"{len(labels)} targets for {len(x)} states", "must be one for each step")
    if labels.min(initial=-1) < -1:
        raise StateError(f"targets holds {labels.min()}", "must be labels from 0 on, or -1 for a step that is left out")
    kept = labels != -1
    if len(np.unique(labels[kept])) < 2:
        raise StateError("targets has fewer than two classes", "logistic regression needs at least two")
    model = import_extra("sklearn.linear_model", "experiments").LogisticRegression(C=strength, max_iter=iterations)
    x, kept_labels, counts = _counted(x[kept], labels[kept])
    if np.count_nonzero(x) < x.size / 4:
        # Sums over the few active units; the products of dense matrices would also use threads of their own.
        x = import_extra("scipy.sparse", "experiments").csr_matrix(x)
    model.fit(x, kept_labels, counts)
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
    labels = whole_numbers("true", true)
    chosen: npt.NDArray[np.uint8] | None = None
    if only is not None:
        mask = number_array("only", only)
        if mask.dtype.kind != "b":
            raise StateError(f"only holds values of type {mask.dtype}", "must be True or False for each step")
        if mask.shape != labels.shape:
            raise ShapeError(f"only has shape {mask.shape}", f"must be {labels.shape}, one for each step")
        chosen = np.ascontiguousarray(mask, np.uint8)
    return _core.readout_accuracy(labels, whole_numbers("predicted", predicted), chosen)


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
            return packed_array(name, array)
        except StateError:
            pass  # not spikes
    return _finite(name, array, 2)


def _targets(targets: Any) -> FloatArray | IntArray:
    array = number_array("targets", targets)
    if array.ndim == 2:
        return _finite("targets", array, 2)
    if array.ndim != 1:
        raise ShapeError(f"targets has shape {array.shape}", "must be (time,), or (time, outputs)")
    return whole_numbers("targets", array)


def _finite(name: str, values: Any, dimensions: int) -> FloatArray:
    array = number_array(name, values)
    if array.ndim != dimensions:
        raise ShapeError(f"{name} has shape {array.shape}", f"must have {dimensions} dimensions")
    with np.errstate(over="ignore"):
        array = np.require(np.asarray(array), np.float64, ["C", "A"])
    if not np.isfinite(array).all():
        raise StateError(f"{name} holds {array[~np.isfinite(array)][0]}", "must be finite numbers")
    return array

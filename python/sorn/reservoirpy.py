"""A self-organizing network as a node of ReservoirPy 0.4. It needs ReservoirPy: ``pip install 'sorn[reservoirpy]'``.

>>> from reservoirpy.datasets import mackey_glass
>>> from reservoirpy.nodes import Ridge
>>> from sorn.reservoirpy import SORN
>>> x = mackey_glass(2000)
>>> reservoir = SORN(200, input_connectivity=1.0, bias=-0.5, seed=1)
>>> reservoir.fit(x[:1000])  # it organises itself
SORN(units=200, input_connectivity=1.0)
>>> model = reservoir >> Ridge(ridge=1e-2)
>>> predicted = model.fit(x[:1500], x[1:1501], warmup=100).run(x[1500:-1])
>>> predicted.shape
(499, 1)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from ._arguments import (
    FloatArray,
    all_finite,
    check_keywords,
    import_extra,
    is_switch,
    quoted,
    real_array,
    real_number,
    seed_value,
    thread_count,
    whole_number,
)
from ._call import settings_of
from ._errors import ParameterError, ShapeError, StateError, UnknownKeywordError, UnknownNameError
from ._network import Network
from ._parameters import Hyperparameters, Parameters
from ._recording import plan
from ._running import engine_run

if TYPE_CHECKING:
    from typing import Self, Unpack

import_extra("reservoirpy", "reservoirpy")
_node = import_extra("reservoirpy.node", "reservoirpy")
_mat_gen = import_extra("reservoirpy.mat_gen", "reservoirpy")
_validation = import_extra("reservoirpy.utils.data_validation", "reservoirpy")
_random = import_extra("reservoirpy.utils.random", "reservoirpy")
_sparse = import_extra("scipy.sparse", "reservoirpy")  # ReservoirPy itself needs it

__all__ = ["SORN"]

_SPIKES = plan(["E"], real=False)
_SHOWN = (("input_scaling", 1.0), ("input_connectivity", 0.1), ("pools", None), ("plasticity", "off"), ("noise", False))
_OF_RESERVOIR = ("W", "activation", "lr", "rc_connectivity", "sr")
_BLOCK = 2000
"""Steps that the engine does in one call. The spikes of a few hundred units then stay in a cache."""
_TARGET_RATE = 0.1
"""h_ip where nothing else says it. The default of a network follows `nu`, and here nu is the number of driven units."""


class SORN(_node.Node):  # type: ignore[misc, name-defined]
    """A self-organizing recurrent network in place of a ``Reservoir``.

    The output of a step is the activity of the excitatory units, 0 or 1. A series is handed to the engine in one call;
    running it has the same bits as stepping through it. All plasticity rules act in :meth:`fit`, and rest in ``run``
    unless `plasticity` is "on".

    Weights and thresholds are part of the state that ``step`` and ``run`` return, besides the activity. ``reset()``
    makes all units silent, and undoes what the rules have changed since the last :meth:`fit`: so a model that is reset
    gives the same again. The series of a list start from the same state, as with every node of ReservoirPy.

    Parameters
    ----------
    units : int
        The number of excitatory units, ``ne``.
    Win : array_like (units, features) or callable, default reservoirpy.mat_gen.bernoulli
        Weights of the inputs: the drive of the units is ``Win @ x + bias``. As for ``Reservoir``, a callable is given
        the shape and `input_scaling`, ``connectivity`` and ``seed``. The rows of its matrix are sorted, so that the
        driven units are the first ones.
    input_scaling : float or array_like (features,), default 1.0
        Factor of the inputs. It is ignored if `Win` is an array.
    input_connectivity : float, default 0.1
        In (0, 1]. The share of weights that a callable `Win` draws.
    bias : float or array_like (units,), default 0.0
        Constant drive. Thresholds of a new network lie between 0 and 1.
    pools : int, optional
        Instead of `Win`: each feature drives so many units of its own, with the weight `input_scaling`; the first
        feature drives the first ones. ``pools=10`` suits symbols in one-hot code, ``pools=1`` spikes.
    plasticity : {'off', 'on'}, default 'off'
        Whether the rules act in ``step`` and ``run``, too.
    noise : bool or float, default False
        Noise of the units, as for :meth:`sorn.Network.run`: True, or a standard deviation. It is that of the step's
        number, so that a reset repeats it.
    threads : int, optional
        Threads of the engine. If it is not given, the size of the network decides.
    input_dim : int, optional
        The number of features. If it is not given, the first data decide.
    seed : int or numpy.random.Generator, optional
        Seed of the input weights and of the network. A whole number is also that of a :class:`sorn.Network`. If it is
        not given, ReservoirPy's generator draws one, which ``reservoirpy.set_seed`` seeds.
    name : str, optional
        Name of the node.
    **hyperparameters
        Hyperparameters of :class:`sorn.Parameters`, such as ``variant="lazar2009"``, ``eta_stdp=0.001`` or
        ``lambda_ee=10``. ``ne`` and ``nu`` follow from the arguments above. If neither the call nor the variant says
        `h_ip`, it is 0.1.

    Raises
    ------
    ParameterError, UnknownKeywordError
        For a value outside its range, or a keyword that is no hyperparameter.
    ShapeError
        If `Win` or `bias` has not a row for each unit.
    StateError
        For a weight that is not a finite number; in a run also for such an input.

    Notes
    -----
    It is no ``TrainableNode``: those of a ReservoirPy model all need a name and targets. ``model.fit`` trains the
    readout from what this node runs. To organise the network first, fit the node itself.

    Once the node is initialized, its attribute ``Win`` is the matrix in use, a ``scipy.sparse.csr_array``.
    """

    state: dict[str, Any]

    def __init__(
        self,
        units: int,
        *,
        Win: npt.ArrayLike | Callable[..., Any] = _mat_gen.bernoulli,
        input_scaling: float | npt.ArrayLike = 1.0,
        input_connectivity: float = 0.1,
        bias: float | npt.ArrayLike = 0.0,
        pools: int | None = None,
        plasticity: Literal["off", "on"] = "off",
        noise: bool | float = False,
        threads: int | None = None,
        input_dim: int | None = None,
        seed: int | np.random.Generator | None = None,
        name: str | None = None,
        **hyperparameters: Unpack[Hyperparameters],
    ) -> None:
        for name in _OF_RESERVOIR:
            if name in hyperparameters:
                raise UnknownKeywordError(
                    f"SORN() has no argument {name!r}, as Reservoir has",
                    "its weights are normalised, and its units have thresholds",
                    "see lambda_ee and te_max of sorn.Parameters",
                )
        check_keywords(SORN, hyperparameters)
        for own in ("ne", "nu"):
            if own in hyperparameters:
                raise ParameterError(f"{own} = {quoted(hyperparameters[own])}", "follows from units and the inputs")
        if not isinstance(plasticity, str) or plasticity not in ("off", "on"):
            raise UnknownNameError(f"plasticity = {quoted(plasticity)}", "must be 'off' or 'on'")
        parameters = Parameters.from_dict({**hyperparameters, "ne": units, "nu": 1})
        if parameters.to_dict()["h_ip"] is None:
            parameters = parameters.replace(h_ip=_TARGET_RATE)
        self.units = int(parameters.ne)
        self.output_dim = self.units
        self.hyperparameters = hyperparameters
        self.plasticity = plasticity
        self.input_scaling = _per_feature(input_scaling)
        self.input_connectivity = real_number("input_connectivity", input_connectivity)
        if not 0 < self.input_connectivity <= 1:
            raise ParameterError(f"input_connectivity = {self.input_connectivity:g}", "must be above 0, and at most 1")
        rule = f"a whole number from 1 to {self.units}, the number of units"
        self.pools = None if pools is None else whole_number("pools", pools, 1, self.units, rule)
        if self.pools is not None and Win is not _mat_gen.bernoulli:
            raise ParameterError("Win and pools are both given", "both say which units the inputs drive", "give one")
        self.bias = _bias(bias, self.units)
        self.Win = Win if callable(Win) else _matrix(Win, self.units)
        self.noise = bool(noise) if is_switch(noise) else real_number("noise", noise, 0)
        thread_count(threads)
        self.threads = threads
        self.name = name
        self.seed = seed
        self.rng = _random.rand_generator(None if seed is None else _seed(seed))
        self._parameters = parameters
        if input_dim is not None:
            self.input_dim = whole_number("input_dim", input_dim, 0, 2**31 - 1, "a number of features")
        if not callable(self.Win):
            columns = self.Win.shape[1]
            if input_dim is not None and columns != self.input_dim:
                raise ShapeError(
                    f"Win has shape {self.Win.shape}", f"needs {self.input_dim} columns, as input_dim says"
                )
            self.input_dim = columns

    # --- what ReservoirPy calls --------------------------------------------------------------------------------------

    def initialize(self, x: Any, y: Any = None) -> None:
        """Draw the input weights and the network. ReservoirPy calls it once, with the first data.

        Parameters
        ----------
        x : array or list of arrays
            Data; only the number of features counts.
        y : None
            It is not used.

        Raises
        ------
        ParameterError
            If `pools` need more units than there are.
        ShapeError
            If `input_scaling` has not a value for each feature, or `x` has no series.
        """
        self._set_input_dim(x)
        if self.input_dim is None:
            raise ShapeError("x has no series", "the first data must say the number of features", "or input_dim does")
        features = self.input_dim
        scaling = self.input_scaling
        if isinstance(scaling, np.ndarray) and len(scaling) != features:
            raise ShapeError(f"input_scaling has {len(scaling)} values", f"must have {features}, one for each feature")
        win_rng, network_rng = self.rng.spawn(2)
        if self.pools is not None:
            weights = np.repeat(np.eye(features), self.pools, axis=0) * scaling
            if len(weights) > self.units:
                raise ParameterError(
                    f"pools = {self.pools}", f"{features} features then drive {len(weights)} of {self.units} units"
                )
            self.Win = _matrix(np.vstack([weights, np.zeros((self.units - len(weights), features))]), self.units)
        elif callable(self.Win) and features == 0:
            self.Win = _matrix(np.zeros((self.units, 0)), self.units)
        elif callable(self.Win):
            drawn = _matrix(
                self.Win(
                    self.units,
                    features,
                    input_scaling=scaling,
                    connectivity=self.input_connectivity,
                    dtype=np.float64,
                    seed=win_rng,
                ),
                self.units,
            )
            self.Win = drawn[np.argsort(np.diff(drawn.indptr) == 0, kind="stable")]
        # The engine's input units are its first ones. The fewer they are, the less it has to add.
        driven = np.flatnonzero((np.diff(self.Win.indptr) > 0) | (self.bias != 0))
        self._nu = int(driven[-1]) + 1 if len(driven) else 0
        self._drive_weights = self.Win[: self._nu]
        self._offset = self.bias[: self._nu, np.newaxis] if self.bias.any() else None
        self._parameters = self._parameters.replace(nu=max(self._nu, 1))
        is_seed = self.seed is not None and not isinstance(self.seed, np.random.Generator)
        seed = _seed(self.seed) if is_seed else int(network_rng.integers(2**63))
        self._begin_with(Network(self._parameters, seed=seed))
        self.state = self._silence()
        self.initialized = True

    def _step(self, state: dict[str, Any], x: Any) -> dict[str, Any]:
        return self._run(state, x.reshape(1, -1))[0]

    def _run(self, state: dict[str, Any], x: Any) -> tuple[dict[str, Any], FloatArray]:
        return self._engine(state, x, self.plasticity == "on")

    def reset(self) -> dict[str, Any]:
        """Make all units silent, and undo what the rules have changed since the last :meth:`fit`.

        Returns
        -------
        dict
            The state before; empty if the node is not initialized.
        """
        if not self.initialized:
            return {}
        previous = self.state
        self.state = self._silence()
        return previous

    # --- organising --------------------------------------------------------------------------------------------------

    def fit(self, x: Any, y: None = None, warmup: int = 0) -> Self:
        """Let the network organise itself: all its rules act while it is shown the data.

        It goes on from where the node stands. A second call goes on organising. Several series are shown one after the
        other. :meth:`reset` then leads back to the network as it is at the end, with silent units.

        Parameters
        ----------
        x : array (time, features), array (series, time, features) or list of arrays (time, features)
            Data. Finite numbers.
        y : None
            There are no targets.
        warmup : int, default 0
            The first steps of each series, in which the rules rest.

        Returns
        -------
        SORN
            This node.

        Raises
        ------
        ParameterError
            For targets, or a warm-up that is no number of steps, or as long as a series.
        StateError
            For an input that is not a finite number.
        ValueError
            From ReservoirPy, for data of the wrong shape.
        """
        if y is not None:
            raise ParameterError(
                "y is given", "the network organises itself without targets", "node >> Ridge() learns targets"
            )
        frozen = whole_number("warmup", warmup, 0, 2**63 - 1, "a whole number of steps from 0 on")
        _validation.check_node_input(x, expected_dim=self.input_dim)
        if not self.initialized:
            self.initialize(x)
        state = self.state
        several = x if isinstance(x, Sequence) or x.ndim == 3 else [x]
        shortest = min((len(series) for series in several), default=0)
        if 0 < shortest <= frozen:
            raise ParameterError(
                f"warmup = {frozen}", f"must be less than the steps of each series; the shortest has {shortest}"
            )
        for series in several:
            state, _ = self._engine(state, series[:frozen], False)
            state, _ = self._engine(state, series[frozen:], True)
        self._begin_with(state["network"])
        self.state = state
        return self

    @property
    def network(self) -> Network:
        """A copy of the network as it is now. StateError before the node is initialized."""
        if not self.initialized:
            raise StateError("the node has no network yet", "its first data make one", "initialize(x) does so, too")
        network: Network = self.state["network"]
        return network.copy()

    def _silence(self) -> dict[str, Any]:
        return {"out": np.zeros(self.units), "network": self._beginning}

    def _begin_with(self, network: Network) -> None:
        self._beginning = network.copy()
        self._beginning.reset_activity()

    def _drive(self, x: FloatArray) -> FloatArray | None:
        """The drive of the first units, (units, time). Its bits do not depend on the number of steps.

        That is why it is no product of dense matrices, whose sums BLAS orders by their shapes.
        """
        if self._nu == 0:
            return None
        drive: FloatArray = self._drive_weights @ x.T
        if self._offset is not None:
            drive += self._offset
        return drive

    def _engine(self, state: dict[str, Any], x: Any, plastic: bool) -> tuple[dict[str, Any], FloatArray]:
        """Run a copy of the network of a state. A state is never changed, so that several runs may begin with it."""
        values = real_array("x", x)
        steps = len(values)
        if steps == 0:
            return state, np.empty((0, self.units))
        if not all_finite(values):
            step, feature = np.argwhere(~np.isfinite(values))[0]
            raise StateError(f"x[{step}, {feature}] = {values[step, feature]}", "must be finite numbers")
        network = state["network"]
        if steps <= _BLOCK:
            network, spikes = self._block(network, values, plastic)
            out = spikes.astype(np.float64)  # readouts would overflow int8
        else:
            out = np.empty((steps, self.units))
            for first in range(0, steps, _BLOCK):
                part = slice(first, first + _BLOCK)
                network, out[part] = self._block(network, values[part], plastic)
        return {"out": out[-1], "network": network}, out

    def _block(self, network: Network, values: FloatArray, plastic: bool) -> tuple[Network, Any]:
        """Run a copy of the network for a few steps: what it is then, and its spikes."""
        settings = settings_of(
            inputs=self._drive(values),
            time_steps=len(values),
            phase="plasticity" if plastic else "training",
            freeze=None,
            noise=self.noise,
            threads=self.threads,
            record=_SPIKES.core,
        )
        begin = network._network
        end, (spikes,) = engine_run(begin, begin.parameters, None, settings, False)
        return Network._of(end), spikes

    def __str__(self) -> str:
        shown = [f"units={self.units}"]
        for name, usual in _SHOWN:
            value = getattr(self, name)
            shown += [] if isinstance(value, type(usual)) and value == usual else [f"{name}={value!r}"]
        return f"SORN({', '.join(shown + [f'{name}={value!r}' for name, value in self.hyperparameters.items()])})"


def _seed(seed: Any) -> Any:
    return seed if isinstance(seed, np.random.Generator) else seed_value(seed)


def _per_feature(scaling: Any) -> float | FloatArray:
    array = real_array("input_scaling", scaling)
    if array.ndim > 1:
        raise ShapeError(f"input_scaling has shape {array.shape}", "must be a number, or have a value for each feature")
    if not np.isfinite(array).all():
        raise StateError("input_scaling holds a value that is not finite", "must be finite numbers")
    return float(array) if array.ndim == 0 else array.copy()


def _bias(bias: Any, units: int) -> FloatArray:
    array = real_array("bias", bias)
    if array.shape not in ((), (1,), (units,), (units, 1)):
        raise ShapeError(f"bias has shape {array.shape}", f"must be a number, or ({units},)")
    if not np.isfinite(array).all():
        raise StateError("bias holds a value that is not finite", "must be finite numbers")
    return np.broadcast_to(array.reshape(-1), (units,)).copy()


def _matrix(weights: Any, units: int) -> Any:
    """Input weights as a sparse matrix without stored zeros."""
    array = real_array("Win", weights)
    if array.ndim != 2 or len(array) != units:
        raise ShapeError(f"Win has shape {array.shape}", f"must be ({units}, features): a row for each unit")
    if not np.isfinite(array).all():
        raise StateError("Win holds a value that is not finite", "must be finite numbers")
    return _sparse.csr_array(array)

"""Simulator and Trainer: the calls of the usage document and those of the pure-Python package."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeAlias, overload

import numpy as np
import numpy.typing as npt

from ._arguments import FloatArray, check_keywords, either
from ._call import settings_of
from ._errors import ParameterError
from ._progress import Report
from ._recording import Plan, RecordArgument, plan
from ._running import engine_run, output_file, run_into_file, starting_point
from ._state import StateDict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from typing_extensions import Unpack

    from ._call import RunOptions
    from ._names import Phase, Quantity, Rule
    from ._parameters import Hyperparameters, Parameters
    from ._result_file import ResultFile

    class CommonOptions(RunOptions, Hyperparameters, total=False):
        """What the calls take by name only, besides the second names of the state and of the steps."""

        seed: int | None
        max_workers: int | None
        parameters: Parameters | None

    class SornOptions(CommonOptions, total=False):
        state: Mapping[str, Any] | None
        timesteps: float | None

    class NamedOptions(CommonOptions, total=False):
        matrices: Mapping[str, Any] | None
        time_steps: float | None


Activities: TypeAlias = tuple[StateDict, FloatArray, FloatArray, FloatArray, npt.NDArray[np.int64]]
Dictionaries: TypeAlias = tuple[StateDict, dict[str, npt.NDArray[Any]]]

_ACTIVITIES = ("E", "I", "R", "C")
_ALL_ACTIVITIES = plan(_ACTIVITIES, real=True)

_OPTIONS = ("noise", "freeze", "callbacks", "seed", "record", "progress", "threads", "parameters", "max_workers")
_SORN_ARGUMENTS = ("inputs", "phase", "matrices", "time_steps", *_OPTIONS, "state", "timesteps")
_RUN_ARGUMENTS = (
    *("inputs", "phase", "state", "timesteps", *_OPTIONS, "matrices", "time_steps"),
    *("out", "checkpoint_every", "overwrite"),
)


def _activity_plan(call: str, record: RecordArgument) -> Plan:
    """Which of E, I, R and C a call keeps."""
    if record is None:
        return _ALL_ACTIVITIES
    wanted = plan(record, real=True)
    for key, (quantity, *_) in zip(wanted.keys, wanted.core.requests, strict=True):
        if quantity not in _ACTIVITIES:
            raise ParameterError(
                f"record names '{key}'",
                f"{call}() returns E, I, R and C only, and record chooses among them",
                "run() returns any recording by name",
            )
    return wanted


class SornCall(Protocol):
    """simulate_sorn() and train_sorn(), as type checkers see them. The two differ in the default of `phase`."""

    @overload
    def __call__(
        self,
        inputs: npt.ArrayLike | None = None,
        phase: Phase = ...,
        matrices: Mapping[str, Any] | None = None,
        time_steps: float | None = None,
        noise: bool | float | npt.ArrayLike = True,
        freeze: Iterable[Rule] | Rule | None = None,
        callbacks: None = None,
        **options: Unpack[SornOptions],
    ) -> Activities: ...

    @overload
    def __call__(
        self,
        inputs: npt.ArrayLike | None = None,
        phase: Phase = ...,
        matrices: Mapping[str, Any] | None = None,
        time_steps: float | None = None,
        noise: bool | float | npt.ArrayLike = True,
        freeze: Iterable[Rule] | Rule | None = None,
        *,
        callbacks: Iterable[Quantity] | Quantity,
        **options: Unpack[SornOptions],
    ) -> Dictionaries: ...

    @overload
    def __call__(
        self,
        inputs: npt.ArrayLike | None,
        phase: Phase,
        matrices: Mapping[str, Any] | None,
        time_steps: float | None,
        noise: bool | float | npt.ArrayLike,
        freeze: Iterable[Rule] | Rule | None,
        callbacks: Iterable[Quantity] | Quantity,
        **options: Unpack[SornOptions],
    ) -> Dictionaries: ...


class RunCall(Protocol):
    """Simulator.run() and Trainer.run(), as type checkers see them. The two differ in the default of `phase`."""

    @overload
    def __call__(
        self,
        inputs: npt.ArrayLike | None = None,
        phase: Phase = ...,
        state: Mapping[str, Any] | None = None,
        timesteps: float | None = None,
        noise: bool | float | npt.ArrayLike = True,
        freeze: Iterable[Rule] | Rule | None = None,
        callbacks: Iterable[Quantity] | Quantity | None = None,
        *,
        out: None = None,
        checkpoint_every: None = None,
        overwrite: bool = False,
        **options: Unpack[NamedOptions],
    ) -> Dictionaries: ...

    @overload
    def __call__(
        self,
        inputs: npt.ArrayLike | None = None,
        phase: Phase = ...,
        state: Mapping[str, Any] | None = None,
        timesteps: float | None = None,
        noise: bool | float | npt.ArrayLike = True,
        freeze: Iterable[Rule] | Rule | None = None,
        callbacks: Iterable[Quantity] | Quantity | None = None,
        *,
        out: str | os.PathLike[str],
        checkpoint_every: float | None = None,
        overwrite: bool = False,
        **options: Unpack[NamedOptions],
    ) -> tuple[StateDict, ResultFile]: ...


def _static(function: Callable[..., Any], owner: str, name: str, doc: str | None) -> Any:
    """A function as the static method `owner.name`, by this name in help, messages and tracebacks."""
    function.__code__ = function.__code__.replace(co_name=name)
    function.__name__ = name
    function.__qualname__ = f"{owner}.{name}"
    function.__doc__ = doc
    return staticmethod(function)


def _sorn_call(owner: str, name: str, default: Phase, doc: str | None = None) -> Any:
    """simulate_sorn(), or the call that differs from it in its name and the default of `phase`."""

    def call(
        inputs: npt.ArrayLike | None = None,
        phase: Phase = default,
        matrices: Mapping[str, Any] | None = None,
        time_steps: float | None = None,
        noise: bool | float | npt.ArrayLike = True,
        freeze: Iterable[Rule] | Rule | None = None,
        callbacks: Iterable[Quantity] | Quantity | None = None,
        *,
        state: Mapping[str, Any] | None = None,
        timesteps: float | None = None,
        seed: int | None = None,
        record: RecordArgument = None,
        progress: bool | Report = False,
        threads: int | None = None,
        max_workers: int | None = None,
        parameters: Parameters | None = None,
        **hyperparameters: Unpack[Hyperparameters],
    ) -> Activities | Dictionaries:
        """Run a new network, or go on from a state, and return the activity of every step.

        Parameters
        ----------
        inputs : array_like, shape (nu, T), optional
            External drive: a row for each input unit, a column for each step. Row f is added to the drive of excitatory
            unit f. None: spontaneous activity.
        phase : {'plasticity', 'training'}, default 'plasticity'
            In 'training' weights and thresholds stay as they are.
        matrices : mapping, optional
            State to go on from: the ``state_dict`` of an earlier call, or any mapping with the same entries (see
            :class:`StateDict`). It is left as it is. None: a new network. `state` is another name for it.
        time_steps : int, optional
            Steps to run, from 1 on; every column of `inputs` unless given. `timesteps` is another name for it.
        noise : bool, float or array_like, default True
            Gaussian noise on the drive of every unit: True for the variant's standard deviation (0.04), a float for
            another one (0.0 to 1000.0), False for none, or an array (ne + ni, T) of values to use. A whole number
            other than 0 is refused: it would be the number of steps in the wrong place.
        freeze : iterable of {'stdp', 'ip', 'sp', 'istdp', 'ss'}, optional
            Plasticity rules to leave out.
        callbacks : iterable of str, optional
            Names of quantities to return in a dictionary, as :meth:`run` does.
        seed : int, optional
            Seed of all random numbers, 0 to 2^64 - 1. Unless given, a state keeps its own and a new network draws one
            from numpy's global generator, so that ``np.random.seed(k)`` makes a script repeatable; ``state_dict.seed``
            tells. The same seed gives the same bits everywhere. A plain dictionary has no seed, step number and
            hyperparameters: each call begins its random numbers anew, so hand back the StateDict itself, or
            ``StateDict(values, seed=…, step=…, parameters=…)``.
        record : iterable of str, or mapping from str to int, optional
            Which of E, I, R and C to keep, the others being None: ``["E"]`` keeps E, ``["E/10"]`` or ``{"E": 10}``
            the steps of it whose number is a multiple of 10, ``[]`` nothing.
        progress : bool or function, default False
            True shows a progress bar; a function is called as ``progress(done, total)`` a few times a second.
        threads : int, optional
            Threads that work together on each step, 1 to 4096; the bits of the results do not depend on it. None: one
            for each 50,000 plastic synapses (Wee and Wei), but at least one, and no more than OpenMP takes: the
            processors, unless ``OMP_NUM_THREADS`` is set.
        max_workers : int, optional
            Another name for `threads`.
        parameters : Parameters, optional
            Hyperparameters to start from instead of the defaults.
        **hyperparameters
            Any hyperparameter of :class:`Parameters`. One that is left out is that of the ``state_dict``, else the
            default; but ``ne`` and ``ni`` follow the matrices, and ``nu`` follows the inputs.

        Returns
        -------
        state_dict : StateDict
            The network after the run; hand it back to go on.
        E, I, R : ndarray of float64, shapes (T, ne), (T, ni), (T, ne)
            Excitatory and inhibitory activity of each step, and the recurrent activation: what the excitatory units
            would have done without the inputs of the step.
        C : ndarray of int64, shape (T,)
            Number of excitatory synapses on entry to each step.

        With `callbacks`, two values as :meth:`run` returns them.

        Raises
        ------
        UnknownKeywordError, UnknownNameError
            For an argument, phase, plasticity rule, callback … that does not exist; the message names the nearest one.
        ParameterError
            For a value outside its range.
        ShapeError
            For an array whose shape contradicts the network, the other arrays or the arguments.
        StateError
            For inputs or a state that hold NaN, infinities, negative weights, self-connections …
        """
        check_keywords(name, _SORN_ARGUMENTS, hyperparameters)
        by_name = callbacks is not None
        wanted = plan(record, callbacks=callbacks, real=True) if by_name else _activity_plan(name, record)
        settings = settings_of(
            inputs=inputs,
            time_steps=either("time_steps", time_steps, "timesteps", timesteps),
            phase=phase,
            freeze=freeze,
            noise=noise,
            threads=either("threads", threads, "max_workers", max_workers),
            record=wanted.core,
        )
        given = either("matrices", matrices, "state", state)
        start = starting_point(given, seed, parameters, dict(hyperparameters), settings, show=True)
        network, arrays = engine_run(*start, settings, progress)
        state_dict = StateDict._of(network)
        if by_name:
            return state_dict, dict(zip(wanted.keys, arrays, strict=True))
        values: list[Any] = arrays
        if wanted is not _ALL_ACTIVITIES:
            kept = {quantity: array for (quantity, *_), array in zip(wanted.core.requests, arrays, strict=True)}
            values = [kept.get(quantity) for quantity in _ACTIVITIES]  # None for what was not kept
        E, I, R, C = values
        return state_dict, E, I, R, C

    return _static(call, owner, name, doc or call.__doc__)


def _run_call(owner: str, default: Phase, doc: str | None = None) -> Any:
    """Simulator.run(), or the call that differs from it in the default of `phase`."""

    def call(
        inputs: npt.ArrayLike | None = None,
        phase: Phase = default,
        state: Mapping[str, Any] | None = None,
        timesteps: float | None = None,
        noise: bool | float | npt.ArrayLike = True,
        freeze: Iterable[Rule] | Rule | None = None,
        callbacks: Iterable[Quantity] | Quantity | None = None,
        *,
        matrices: Mapping[str, Any] | None = None,
        time_steps: float | None = None,
        seed: int | None = None,
        record: RecordArgument = None,
        progress: bool | Report = False,
        threads: int | None = None,
        max_workers: int | None = None,
        parameters: Parameters | None = None,
        out: str | os.PathLike[str] | None = None,
        checkpoint_every: float | None = None,
        overwrite: bool = False,
        **hyperparameters: Unpack[Hyperparameters],
    ) -> Dictionaries | tuple[StateDict, ResultFile]:
        """Run a new network, or go on from a state, and return what was asked for by name.

        Parameters
        ----------
        inputs : array_like, shape (nu, T), optional
            External drive: a row for each input unit, a column for each step. Row f is added to the drive of excitatory
            unit f. None: spontaneous activity.
        phase : {'plasticity', 'training'}, default 'plasticity'
            In 'training' weights and thresholds stay as they are.
        state : mapping, optional
            State to go on from: the ``state_dict`` of an earlier call, or any mapping with the same entries (see
            :class:`StateDict`). It is left as it is. None: a new network. `matrices` is another name for it.
        timesteps : int, optional
            Steps to run, from 1 on; every column of `inputs` unless given. `time_steps` is another name for it.
        noise : bool, float or array_like, default True
            Gaussian noise on the drive of every unit: True for the variant's standard deviation (0.04), a float for
            another one (0.0 to 1000.0), False for none, or an array (ne + ni, T) of values to use. A whole number
            other than 0 is refused: it would be the number of steps in the wrong place.
        freeze : iterable of {'stdp', 'ip', 'sp', 'istdp', 'ss'}, optional
            Plasticity rules to leave out.
        callbacks : iterable of str, optional
            What to record: ExcitatoryActivation, InhibitoryActivation, RecurrentActivation, WEE, WEI, WIE, TE, TI,
            EEConnectionCounts, EIConnectionCounts, IEConnectionCounts, or the short names E, I, R, C, C_ei, C_ie.
        seed : int, optional
            Seed of all random numbers, 0 to 2^64 - 1. Unless given, a state keeps its own and a new network draws one
            from numpy's global generator, so that ``np.random.seed(k)`` makes a script repeatable; ``state_dict.seed``
            tells. The same seed gives the same bits everywhere. A plain dictionary has no seed, step number and
            hyperparameters: each call begins its random numbers anew, so hand back the StateDict itself, or
            ``StateDict(values, seed=…, step=…, parameters=…)``.
        record : iterable of str, or mapping from str to int, optional
            Recordings besides `callbacks`, with a stride if wanted: ``["E", "WEE/1000"]`` or ``{"WEE": 1000}`` keeps
            WEE of the steps whose number is a multiple of 1000. A window of step numbers, too: ``["E@0:5000"]`` or
            ``{"TE": slice(0, 5000, 10)}``.
        progress : bool or function, default False
            True shows a progress bar; a function is called as ``progress(done, total)`` a few times a second.
        threads : int, optional
            Threads that work together on each step, 1 to 4096; the bits of the results do not depend on it. None: one
            for each 50,000 plastic synapses (Wee and Wei), but at least one, and no more than OpenMP takes: the
            processors, unless ``OMP_NUM_THREADS`` is set.
        max_workers : int, optional
            Another name for `threads`.
        parameters : Parameters, optional
            Hyperparameters to start from instead of the defaults.
        out : str or path, optional
            A file to stream the recordings into: memory then does not grow with the length of the run.
        checkpoint_every : int, optional
            With `out`: steps from one checkpoint to the next. :func:`sorn.resume` goes on from the last one after any
            interruption, in the same bits. Ctrl-C writes one, completes the file, and then raises KeyboardInterrupt.
        overwrite : bool, default False
            With `out`: replace a file that is there already, once the new one is complete.
        **hyperparameters
            Any hyperparameter of :class:`Parameters`. One that is left out is that of the ``state_dict``, else the
            default; but ``ne`` and ``ni`` follow the matrices, and ``nu`` follows the inputs.

        Returns
        -------
        state_dict : StateDict
            The network after the run; hand it back to go on.
        sim_dict : dict of ndarray
            With `out` the open :class:`ResultFile` instead. Without:
            The recordings by the names that were asked for, time along the first axis: activity (T, units) and
            thresholds (T, units) as float64, weights (T, pre, post) as float64, counts (T,) as int64. Activity and
            counts are as the step saw them, thresholds and weights as it left them.

        Raises
        ------
        UnknownKeywordError, UnknownNameError
            For an argument, phase, plasticity rule, callback … that does not exist; the message names the nearest one.
        ParameterError
            For a value outside its range.
        ShapeError
            For an array whose shape contradicts the network, the other arrays or the arguments.
        StateError
            For inputs or a state that hold NaN, infinities, negative weights, self-connections …
        """
        check_keywords("run", _RUN_ARGUMENTS, hyperparameters)
        file = output_file(out, checkpoint_every, overwrite)
        wanted = plan(record, callbacks=callbacks, real=True)
        settings = settings_of(
            inputs=inputs,
            time_steps=either("timesteps", timesteps, "time_steps", time_steps),
            phase=phase,
            freeze=freeze,
            noise=noise,
            threads=either("threads", threads, "max_workers", max_workers),
            record=wanted.core,
        )
        given = either("state", state, "matrices", matrices)
        start = starting_point(given, seed, parameters, dict(hyperparameters), settings, show=True)
        if file is not None:
            network, result = run_into_file(*start, settings, file, progress)
            return StateDict._of(network), result
        network, arrays = engine_run(*start, settings, progress)
        return StateDict._of(network), dict(zip(wanted.keys, arrays, strict=True))

    return _static(call, owner, "run", doc or call.__doc__)


class Simulator:
    """Runs a network while it organises itself."""

    simulate_sorn: ClassVar[SornCall] = _sorn_call("Simulator", "simulate_sorn", "plasticity")
    run: ClassVar[RunCall] = _run_call("Simulator", "plasticity")


class Trainer:
    """Runs a network that has organised itself, frozen unless the phase says otherwise."""

    train_sorn: ClassVar[SornCall] = _sorn_call(
        "Trainer",
        "train_sorn",
        "training",
        """Run a network as it is: :meth:`Simulator.simulate_sorn` with ``phase='training'`` as the default.

        Arguments, results and errors are those of :meth:`Simulator.simulate_sorn`.
        """,
    )
    run: ClassVar[RunCall] = _run_call(
        "Trainer",
        "training",
        """Run a network as it is: :meth:`Simulator.run` with ``phase='training'`` as the default.

        Arguments, results and errors are those of :meth:`Simulator.run`.
        """,
    )

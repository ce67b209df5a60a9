"""Simulator and Trainer: the calls of the usage document and those of the pure-Python package."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TypeAlias, overload

import numpy as np
import numpy.typing as npt

from ._arguments import FloatArray, check_keywords, either
from ._errors import ParameterError
from ._progress import Report
from ._recording import Plan, RecordArgument, plan
from ._running import OutputFile, output_file, simulate
from ._state import StateDict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from typing_extensions import Unpack

    from ._names import Phase, Quantity, Rule
    from ._parameters import Hyperparameters, Parameters
    from ._result_file import ResultFile

    class CommonOptions(Hyperparameters, total=False):
        """What all calls take by name only, besides the second names of the state and of the steps."""

        seed: int | None
        record: RecordArgument
        progress: bool | Report
        threads: int | None
        max_workers: int | None
        parameters: Parameters | None

    class SornOptions(CommonOptions, total=False):
        state: Mapping[str, Any] | None
        timesteps: float | None

    class RunOptions(CommonOptions, total=False):
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


def _sorn_call(call: str, callbacks: Any, record: Any, hyperparameters: Any, *arguments: Any) -> Any:
    """simulate_sorn() and train_sorn(): (state_dict, E, I, R, C), with None for what was not kept."""
    check_keywords(call, _SORN_ARGUMENTS, hyperparameters)
    by_name = callbacks is not None
    wanted = plan(record, callbacks=callbacks, real=True) if by_name else _activity_plan(call, record)
    state, arrays = simulate(wanted.core, dict(hyperparameters), *arguments)
    if by_name:
        return state, dict(zip(wanted.keys, arrays, strict=True))
    if wanted is _ALL_ACTIVITIES:
        return state, *arrays
    kept = {quantity: array for (quantity, *_), array in zip(wanted.core.requests, arrays, strict=True)}
    return state, *map(kept.get, _ACTIVITIES)


def _run_call(callbacks: Any, record: Any, file: OutputFile | None, hyperparameters: Any, *arguments: Any) -> Any:
    """run(): (state_dict, sim_dict), or (state_dict, ResultFile) with a file."""
    check_keywords("run", _RUN_ARGUMENTS, hyperparameters)
    wanted = plan(record, callbacks=callbacks, real=True)
    state, arrays = simulate(wanted.core, dict(hyperparameters), *arguments, file=file)
    return state, arrays if file is not None else dict(zip(wanted.keys, arrays, strict=True))


class Simulator:
    """Runs a network while it organises itself."""

    @overload
    @staticmethod
    def simulate_sorn(
        inputs: npt.ArrayLike | None = None,
        phase: Phase = "plasticity",
        matrices: Mapping[str, Any] | None = None,
        time_steps: float | None = None,
        noise: bool | float | npt.ArrayLike = True,
        freeze: Iterable[Rule] | Rule | None = None,
        callbacks: None = None,
        **options: Unpack[SornOptions],
    ) -> Activities: ...

    @overload
    @staticmethod
    def simulate_sorn(
        inputs: npt.ArrayLike | None = None,
        phase: Phase = "plasticity",
        matrices: Mapping[str, Any] | None = None,
        time_steps: float | None = None,
        noise: bool | float | npt.ArrayLike = True,
        freeze: Iterable[Rule] | Rule | None = None,
        *,
        callbacks: Iterable[Quantity] | Quantity,
        **options: Unpack[SornOptions],
    ) -> Dictionaries: ...

    @overload
    @staticmethod
    def simulate_sorn(
        inputs: npt.ArrayLike | None,
        phase: Phase,
        matrices: Mapping[str, Any] | None,
        time_steps: float | None,
        noise: bool | float | npt.ArrayLike,
        freeze: Iterable[Rule] | Rule | None,
        callbacks: Iterable[Quantity] | Quantity,
        **options: Unpack[SornOptions],
    ) -> Dictionaries: ...

    @staticmethod
    def simulate_sorn(
        inputs: npt.ArrayLike | None = None,
        phase: Phase = "plasticity",
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
        return _sorn_call(  # type: ignore[no-any-return]
            "simulate_sorn",
            callbacks,
            record,
            hyperparameters,
            inputs,
            phase,
            either("matrices", matrices, "state", state),
            either("time_steps", time_steps, "timesteps", timesteps),
            noise,
            freeze,
            seed,
            parameters,
            progress,
            either("threads", threads, "max_workers", max_workers),
        )

    @overload
    @staticmethod
    def run(
        inputs: npt.ArrayLike | None = None,
        phase: Phase = "plasticity",
        state: Mapping[str, Any] | None = None,
        timesteps: float | None = None,
        noise: bool | float | npt.ArrayLike = True,
        freeze: Iterable[Rule] | Rule | None = None,
        callbacks: Iterable[Quantity] | Quantity | None = None,
        *,
        out: None = None,
        checkpoint_every: None = None,
        overwrite: bool = False,
        **options: Unpack[RunOptions],
    ) -> Dictionaries: ...

    @overload
    @staticmethod
    def run(
        inputs: npt.ArrayLike | None = None,
        phase: Phase = "plasticity",
        state: Mapping[str, Any] | None = None,
        timesteps: float | None = None,
        noise: bool | float | npt.ArrayLike = True,
        freeze: Iterable[Rule] | Rule | None = None,
        callbacks: Iterable[Quantity] | Quantity | None = None,
        *,
        out: str | os.PathLike[str],
        checkpoint_every: float | None = None,
        overwrite: bool = False,
        **options: Unpack[RunOptions],
    ) -> tuple[StateDict, ResultFile]: ...

    @staticmethod
    def run(
        inputs: npt.ArrayLike | None = None,
        phase: Phase = "plasticity",
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
        return _run_call(  # type: ignore[no-any-return]
            callbacks,
            record,
            output_file(out, checkpoint_every, overwrite),
            hyperparameters,
            inputs,
            phase,
            either("state", state, "matrices", matrices),
            either("timesteps", timesteps, "time_steps", time_steps),
            noise,
            freeze,
            seed,
            parameters,
            progress,
            either("threads", threads, "max_workers", max_workers),
        )


class Trainer:
    """Runs a network that has organised itself, frozen unless the phase says otherwise."""

    @overload
    @staticmethod
    def train_sorn(
        inputs: npt.ArrayLike | None = None,
        phase: Phase = "training",
        matrices: Mapping[str, Any] | None = None,
        time_steps: float | None = None,
        noise: bool | float | npt.ArrayLike = True,
        freeze: Iterable[Rule] | Rule | None = None,
        callbacks: None = None,
        **options: Unpack[SornOptions],
    ) -> Activities: ...

    @overload
    @staticmethod
    def train_sorn(
        inputs: npt.ArrayLike | None = None,
        phase: Phase = "training",
        matrices: Mapping[str, Any] | None = None,
        time_steps: float | None = None,
        noise: bool | float | npt.ArrayLike = True,
        freeze: Iterable[Rule] | Rule | None = None,
        *,
        callbacks: Iterable[Quantity] | Quantity,
        **options: Unpack[SornOptions],
    ) -> Dictionaries: ...

    @overload
    @staticmethod
    def train_sorn(
        inputs: npt.ArrayLike | None,
        phase: Phase,
        matrices: Mapping[str, Any] | None,
        time_steps: float | None,
        noise: bool | float | npt.ArrayLike,
        freeze: Iterable[Rule] | Rule | None,
        callbacks: Iterable[Quantity] | Quantity,
        **options: Unpack[SornOptions],
    ) -> Dictionaries: ...

    @staticmethod
    def train_sorn(
        inputs: npt.ArrayLike | None = None,
        phase: Phase = "training",
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
        """Run a network as it is: :meth:`Simulator.simulate_sorn` with ``phase='training'`` as the default.

        Arguments, results and errors are those of :meth:`Simulator.simulate_sorn`.
        """
        return _sorn_call(  # type: ignore[no-any-return]
            "train_sorn",
            callbacks,
            record,
            hyperparameters,
            inputs,
            phase,
            either("matrices", matrices, "state", state),
            either("time_steps", time_steps, "timesteps", timesteps),
            noise,
            freeze,
            seed,
            parameters,
            progress,
            either("threads", threads, "max_workers", max_workers),
        )

    @overload
    @staticmethod
    def run(
        inputs: npt.ArrayLike | None = None,
        phase: Phase = "training",
        state: Mapping[str, Any] | None = None,
        timesteps: float | None = None,
        noise: bool | float | npt.ArrayLike = True,
        freeze: Iterable[Rule] | Rule | None = None,
        callbacks: Iterable[Quantity] | Quantity | None = None,
        *,
        out: None = None,
        checkpoint_every: None = None,
        overwrite: bool = False,
        **options: Unpack[RunOptions],
    ) -> Dictionaries: ...

    @overload
    @staticmethod
    def run(
        inputs: npt.ArrayLike | None = None,
        phase: Phase = "training",
        state: Mapping[str, Any] | None = None,
        timesteps: float | None = None,
        noise: bool | float | npt.ArrayLike = True,
        freeze: Iterable[Rule] | Rule | None = None,
        callbacks: Iterable[Quantity] | Quantity | None = None,
        *,
        out: str | os.PathLike[str],
        checkpoint_every: float | None = None,
        overwrite: bool = False,
        **options: Unpack[RunOptions],
    ) -> tuple[StateDict, ResultFile]: ...

    @staticmethod
    def run(
        inputs: npt.ArrayLike | None = None,
        phase: Phase = "training",
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
        """Run a network as it is: :meth:`Simulator.run` with ``phase='training'`` as the default.

        Arguments, results and errors are those of :meth:`Simulator.run`.
        """
        return _run_call(  # type: ignore[no-any-return]
            callbacks,
            record,
            output_file(out, checkpoint_every, overwrite),
            hyperparameters,
            inputs,
            phase,
            either("state", state, "matrices", matrices),
            either("timesteps", timesteps, "time_steps", time_steps),
            noise,
            freeze,
            seed,
            parameters,
            progress,
            either("threads", threads, "max_workers", max_workers),
        )

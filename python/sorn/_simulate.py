"""Simulator and Trainer, with the calls of the pure-Python package."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, TypeAlias, overload

import numpy as np
import numpy.typing as npt

from . import _core
from ._arguments import FloatArray, check_keywords, either
from ._call import settings_of
from ._docstrings import filled
from ._errors import ParameterError
from ._progress import Report
from ._recording import Plan, RecordArgument, plan
from ._rule import given_rules
from ._running import engine_run, output_file, run_into_file, starting_point
from ._state import LAZY, UNREAD, StateDict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Unpack

    from ._call import Inputs, RewardArgument, RunOptions, Signals
    from ._names import Phase, Quantity, Rule
    from ._parameters import Hyperparameters, Parameters
    from ._result_file import ResultFile
    from ._rule import OwnRule

    class CommonOptions(RunOptions, Hyperparameters, total=False):
        """The keyword-only arguments of the calls, without the second names of the state and of the steps."""

        seed: int | None
        max_workers: int | None
        parameters: Parameters | None
        new_synapses: npt.ArrayLike | None
        rules: Iterable[OwnRule] | None

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


def _activity_plan(call: str, record: RecordArgument) -> Plan:
    """The plan that keeps E, I, R and C, or those of them that `record` names."""
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
    """The types of simulate_sorn() and train_sorn(). The two differ in the default of `phase`."""

    @overload
    def __call__(
        self,
        inputs: Inputs = None,
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
        inputs: Inputs = None,
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
    """The types of Simulator.run() and Trainer.run(). The two differ in the default of `phase`."""

    @overload
    def __call__(
        self,
        inputs: Inputs = None,
        phase: Phase = ...,
        state: Mapping[str, Any] | None = None,
        timesteps: float | None = None,
        noise: bool | float | npt.ArrayLike = True,
        freeze: Iterable[Rule] | Rule | None = None,
        callbacks: Iterable[Quantity] | Quantity | None = None,
        *,
        out: None = None,
        checkpoint_every: None = None,
        keep_checkpoints: None = None,
        replay_log: None = None,
        overwrite: bool = False,
        **options: Unpack[NamedOptions],
    ) -> Dictionaries: ...

    @overload
    def __call__(
        self,
        inputs: Inputs = None,
        phase: Phase = ...,
        state: Mapping[str, Any] | None = None,
        timesteps: float | None = None,
        noise: bool | float | npt.ArrayLike = True,
        freeze: Iterable[Rule] | Rule | None = None,
        callbacks: Iterable[Quantity] | Quantity | None = None,
        *,
        out: str | os.PathLike[str],
        checkpoint_every: float | None = None,
        keep_checkpoints: float | Literal["every"] | None = None,
        replay_log: str | os.PathLike[str] | None = None,
        overwrite: bool = False,
        **options: Unpack[NamedOptions],
    ) -> tuple[StateDict, ResultFile]: ...


def _named(function: Callable[..., Any], owner: str, name: str, doc: str | None) -> Any:
    """A function that help, messages and tracebacks call `owner.name`."""
    function.__code__ = function.__code__.replace(co_name=name)
    function.__name__ = name
    function.__qualname__ = f"{owner}.{name}"
    function.__doc__ = doc or function.__doc__
    return function


def _sorn_call(owner: str, name: str, default: Phase, doc: str | None = None) -> Any:
    """Make simulate_sorn() or train_sorn(), which differ in their name and the default of `phase`."""

    def call(
        inputs: Inputs = None,
        phase: Phase = default,
        matrices: Mapping[str, Any] | None = None,
        time_steps: float | None = None,
        noise: bool | float | npt.ArrayLike = True,
        freeze: Iterable[Rule] | Rule | None = None,
        callbacks: Iterable[Quantity] | Quantity | None = None,
        *,
        seed: int | None = None,
        record: RecordArgument = None,
        progress: bool | Report = False,
        threads: int | None = None,
        parameters: Parameters | None = None,
        max_workers: int | None = None,
        state: Mapping[str, Any] | None = None,
        timesteps: float | None = None,
        new_synapses: npt.ArrayLike | None = None,
        signals: Signals = None,
        rules: Iterable[OwnRule] | None = None,
        rewards: RewardArgument = None,
        **hyperparameters: Unpack[Hyperparameters],
    ) -> Activities | Dictionaries:
        """Run a new network, or continue from a state, and return the activity of every step.

        Parameters
        ----------
        %(inputs)s
        %(phase)s
        matrices : mapping, optional
            State to continue from: the ``state_dict`` of an earlier call, or any mapping with the same entries (see
            :class:`StateDict`). The call does not change it. None: a new network. `state` is another name for it.
        time_steps : int, optional
            Steps to run, from 1 on; every column of `inputs` unless given. `timesteps` is another name for it.
        %(noise)s
        %(freeze)s
        callbacks : iterable of str, optional
            Names of quantities to return in a dictionary, as :meth:`run` does.
        %(seed)s
        record : iterable of str, or mapping from str to int, optional
            Which of E, I, R and C to keep; the others are None. ``["E"]`` keeps E, ``["E/10"]`` or ``{"E": 10}`` keeps
            E at the steps whose number is a multiple of 10, and ``[]`` keeps nothing.
        %(progress)s
        %(threads)s
        %(aliases)s
        %(new_synapses)s
        %(signals)s
        %(rules)s
        %(rewards)s

        Returns
        -------
        state_dict : StateDict
            The network after the run. Pass it to the next call to continue.
        E, I, R : ndarray of float64, shapes (T, ne), (T, ni), (T, ne)
            Excitatory and inhibitory activity of each step, and the recurrent activation: the activity that the
            excitatory units would have had without the inputs of the step.
        C : ndarray of int64, shape (T,)
            Number of excitatory synapses on entry to each step.

        With `callbacks` the call returns two values, as :meth:`run` does.

        Raises
        ------
        %(call_errors)s
        """
        check_keywords(call, hyperparameters)
        own_rules = None if rules is None else given_rules(rules)
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
            new_synapses=new_synapses,
            signals=signals,
            rewards=rewards,
        )
        given = either("matrices", matrices, "state", state)
        start = starting_point(given, seed, parameters, dict(hyperparameters), settings, rules=own_rules, show=True)
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

    # One step with the state handed on, as an agent calls it again and again, does not enter the function.
    return _core.agent_call(_named(filled(call), owner, name, doc), StateDict, UNREAD, LAZY, default)


def _run_call(owner: str, default: Phase, doc: str | None = None) -> Any:
    """Make Simulator.run() or Trainer.run(), which differ in the default of `phase`."""

    def call(
        inputs: Inputs = None,
        phase: Phase = default,
        state: Mapping[str, Any] | None = None,
        timesteps: float | None = None,
        noise: bool | float | npt.ArrayLike = True,
        freeze: Iterable[Rule] | Rule | None = None,
        callbacks: Iterable[Quantity] | Quantity | None = None,
        *,
        seed: int | None = None,
        record: RecordArgument = None,
        progress: bool | Report = False,
        threads: int | None = None,
        parameters: Parameters | None = None,
        max_workers: int | None = None,
        matrices: Mapping[str, Any] | None = None,
        time_steps: float | None = None,
        out: str | os.PathLike[str] | None = None,
        checkpoint_every: float | None = None,
        keep_checkpoints: float | Literal["every"] | None = None,
        replay_log: str | os.PathLike[str] | None = None,
        overwrite: bool = False,
        new_synapses: npt.ArrayLike | None = None,
        signals: Signals = None,
        rules: Iterable[OwnRule] | None = None,
        rewards: RewardArgument = None,
        **hyperparameters: Unpack[Hyperparameters],
    ) -> Dictionaries | tuple[StateDict, ResultFile]:
        """Run a new network, or continue from a state, and return the recordings that were asked for by name.

        Parameters
        ----------
        %(inputs)s
        %(phase)s
        state : mapping, optional
            State to continue from: the ``state_dict`` of an earlier call, or any mapping with the same entries (see
            :class:`StateDict`). The call does not change it. None: a new network. `matrices` is another name for it.
        timesteps : int, optional
            Steps to run, from 1 on; every column of `inputs` unless given. `time_steps` is another name for it.
        %(noise)s
        %(freeze)s
        callbacks : iterable of str, optional
            What to record: %(callbacks)s, or the short names %(short_names)s.
        %(seed)s
        record : iterable of str, or mapping from str to int, optional
            Recordings in addition to `callbacks`, with a stride if wanted: ``["E", "WEE/1000"]`` or ``{"WEE": 1000}``
            keeps WEE at the steps whose number is a multiple of 1000. A window of step numbers can be given, too:
            ``["E@0:5000"]`` or ``{"TE": slice(0, 5000, 10)}``.
        %(progress)s
        %(threads)s
        %(aliases)s
        %(file)s
        %(new_synapses)s
        %(signals)s
        %(rules)s
        %(rewards)s

        Returns
        -------
        state_dict : StateDict
            The network after the run. Pass it to the next call to continue.
        sim_dict : dict of ndarray
            With `out`: the open :class:`ResultFile` instead. Without: the recordings by the names that were asked for,
            with time along the first axis: activity (T, units) and thresholds (T, units) as float64, weights (T, pre,
            post) and signals (T, signals) as float64, counts (T,) as int64. Counts are taken before the step changes
            anything, thresholds and weights after the step.

        Raises
        ------
        %(call_errors)s
        """
        check_keywords(call, hyperparameters)
        own_rules = None if rules is None else given_rules(rules)
        file = output_file(out, checkpoint_every, overwrite, keep_checkpoints, replay_log)
        wanted = plan(record, callbacks=callbacks, real=True)
        settings = settings_of(
            inputs=inputs,
            time_steps=either("timesteps", timesteps, "time_steps", time_steps),
            phase=phase,
            freeze=freeze,
            noise=noise,
            threads=either("threads", threads, "max_workers", max_workers),
            record=wanted.core,
            new_synapses=new_synapses,
            signals=signals,
            rewards=rewards,
        )
        given = either("state", state, "matrices", matrices)
        start = starting_point(given, seed, parameters, dict(hyperparameters), settings, rules=own_rules, show=True)
        if file is not None:
            network, result = run_into_file(*start, settings, file, progress)
            return StateDict._of(network), result
        network, arrays = engine_run(*start, settings, progress)
        return StateDict._of(network), dict(zip(wanted.keys, arrays, strict=True))

    return staticmethod(_named(filled(call), owner, "run", doc))


class Simulator:
    """Run a network that organises itself: the default phase is 'plasticity'."""

    simulate_sorn: ClassVar[SornCall] = _sorn_call("Simulator", "simulate_sorn", "plasticity")
    run: ClassVar[RunCall] = _run_call("Simulator", "plasticity")


class Trainer:
    """Run a network with fixed weights and thresholds: the default phase is 'training'."""

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

"""A network as an object."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, cast, overload

import numpy as np
import numpy.typing as npt

from . import _core, _notebook
from ._arguments import (
    ONE_STEP,
    Steps,
    Threads,
    check_keywords,
    file_path,
    frozen_rules,
    no_further_keywords,
    noise_argument,
    phase_name,
    quoted,
    real_array,
    seed_value,
    signals_of_step,
    truth,
    whole_number,
)
from ._call import run_description, settings_of
from ._change import ChangeArgument, changes_of
from ._criticality.lifetimes import Lifetimes
from ._docstrings import filled
from ._encoding import Observations, encoding_of, pools_of, reward_value
from ._errors import ParallelError, ParameterError, ShapeError, StateError
from ._parameters import Hyperparameters, Parameters, core_parameters
from ._progress import Report
from ._provenance import Provenance
from ._recording import NOTHING, RecordArgument, Recordings, plan
from ._result_file import ResultFile
from ._rule import OwnRule, given_rules
from ._running import TRY_TRANSPOSED, engine_run, output_file, run_into_file, starting_point
from ._state import StateDict, compact, sparse_weights

if TYPE_CHECKING:
    from typing import Unpack

    from ._call import Inputs, NetworkOptions, RewardArgument, Signals
    from ._names import Phase, Rule

_ENGINE_DECIDES = Threads(0)
_NO_DRIVE = np.zeros(0)
_NO_RUN = _core.RunSettings(
    steps=Steps(0), phase="plasticity", freeze=(), noise=False, inputs=None, threads=_ENGINE_DECIDES, record=NOTHING
)


class Network:
    """A self-organizing recurrent network that keeps its state between calls.

    Different networks may run in different threads. While a network runs, other threads and its own progress function
    may read it; they see it as it was before the run. While it does a single step, they wait for its end. A call that
    would change it meanwhile raises a :class:`ParallelError`.

    Parameters
    ----------
    parameters : Parameters, optional
        Hyperparameters; the defaults if none are given.
    seed : int, optional
        Seed of all random numbers, 0 to 2^64 - 1. If none is given, one is drawn from numpy's global generator.
    state : mapping, optional
        State to start from, see :class:`StateDict`; it is not changed. If none is given, a new network is built.
    rules : iterable of OwnRule, optional
        Rules of your own that :func:`sorn.rule` or :func:`sorn.load_rule` has made; `order` names them where they act.
        Unless given, those of the network that a :class:`StateDict` is a snapshot of.
    actions : int, optional
        Another name of the hyperparameter ``no``, the number of output units: ``env.action_space.n``.
    observations : gymnasium.Space, Encoding or int, optional
        What :meth:`act` is given, see :func:`sorn.gymnasium.encode`; an int is a number of symbols. Each symbol drives
        a pool of excitatory units. If none is given, :meth:`act` takes the drive of the units itself.
    pool_size : int, default 10
        Units of a pool, which the seed draws. No unit is in two pools if the network has so many units; otherwise pools
        may share some.
    **hyperparameters
        Hyperparameters by name; they replace those of `parameters`.

    Raises
    ------
    UnknownKeywordError, ParameterError, ShapeError, StateError
        As for :meth:`Simulator.simulate_sorn`.

    Examples
    --------
    >>> network = Network(ne=100, nu=5, lambda_ee=10, seed=1)
    >>> spikes = network.run(time_steps=1000, record=["E"])["E"]
    >>> spikes.shape
    (1000, 100)
    """

    __slots__ = ("_changing", "_learning", "_network", "_observations", "_provenance")
    _network: _core.Network  # only step() and assigning parameters change it in place; both hold _changing
    _changing: threading.Lock
    _provenance: Provenance | None
    _observations: Observations | None
    _learning: bool

    def __init__(
        self,
        parameters: Parameters | None = None,
        *,
        seed: int | None = None,
        state: Mapping[str, Any] | None = None,
        rules: Iterable[OwnRule] | None = None,
        actions: int | None = None,
        observations: Any = None,
        pool_size: int = 10,
        **hyperparameters: Unpack[Hyperparameters],
    ) -> None:
        check_keywords(Network, hyperparameters)
        if actions is not None:
            if "no" in hyperparameters:
                raise ParameterError(f"actions = {quoted(actions)}", "and no are two names of one number", "give one")
            hyperparameters["no"] = whole_number("actions", actions, 1, 65536, "a whole number from 1 on")
        encoding = None if observations is None else encoding_of(observations)
        own_rules = None if rules is None else given_rules(rules)
        network, wanted, new_seed = starting_point(state, seed, parameters, dict(hyperparameters), rules=own_rules)
        if isinstance(state, StateDict):  # the snapshot keeps the engine's network
            network = network.copy()
            network.set_parameters(wanted)
        if new_seed is not None:
            network.reseed(new_seed)
        if "order" in hyperparameters and network.missing_rules:
            missing = network.missing_rules[0]
            raise ParameterError(
                f"order names the rule '{missing}', which the network was not given",
                "must name rules of the table, and those in `rules`",
                f"rules=[{missing}] gives it",
            )
        self._network = network
        self._changing = threading.Lock()
        self._provenance = None
        self._learning = True
        self._observations = None
        if encoding is not None:
            pools = pools_of(encoding, pool_size, network.ne, network.seed)
            self._observations = Observations(encoding, pools, network.ne)

    @classmethod
    def _of(cls, network: _core.Network, provenance: Provenance | None = None, like: Network | None = None) -> Network:
        self = cls.__new__(cls)
        self._network = network
        self._changing = threading.Lock()
        self._provenance = provenance
        self._learning = True if like is None else like._learning
        self._observations = None if like is None else like._observations
        return self

    def _begin(self, change: str) -> None:
        """Hold `_changing` for one change. A second change at the same time is an error, from whatever thread."""
        if not self._changing.acquire(blocking=False):
            raise ParallelError(
                f"{change} while this network is being run or changed",
                "one call at a time changes a network, whether from another thread or from a progress function",
                "copy() makes another network, which stands where this one stood before",
            )

    # --- running ---------------------------------------------------------------------------------------------------

    def step(
        self,
        u: npt.ArrayLike | None = None,
        *,
        phase: Phase = "plasticity",
        noise: bool | float | npt.ArrayLike = True,
        freeze: Iterable[Rule] | Rule | None = None,
        **signals: float,
    ) -> npt.NDArray[np.int8]:
        """Do one step.

        Parameters
        ----------
        u : array_like, shape (nu,), optional
            External drive of the first nu excitatory units; None: no input.
        phase, noise, freeze
            As for :meth:`run`. An array of noise values may also have the shape (ne + ni,).
        **signals : float
            The values of signals in this step, by name, for rules that read them: ``step(u, reward=0.5)``. A keyword
            that is nearly one of the arguments above is refused.

        Returns
        -------
        ndarray of int8, shape (ne,)
            The new excitatory activity, 0 or 1. Convert it with ``astype(float)`` before a calculation whose result may
            be negative.
        """
        if freeze is None and not signals:  # as an agent calls it again and again
            self._begin("step()")
            try:
                spikes = _core.short_step(self._network, u, phase, noise)
            finally:
                self._changing.release()
            if spikes is not None:
                return spikes
        values = signals_of_step(Network.step, signals)
        drive = None if u is None else _column("u", u)
        if drive is not None and len(drive) != self._network.nu:
            raise ShapeError(f"u has {len(drive)} values", f"this network has nu = {self._network.nu} input units")
        settings = _core.RunSettings(
            steps=ONE_STEP,
            noise=noise_argument(noise, ONE_STEP, one_step=True),
            phase=phase_name(phase),
            freeze=frozen_rules(freeze),
            inputs=drive,
            threads=_ENGINE_DECIDES,
            record=NOTHING,
            signals=values,
        )
        self._begin("step()")
        try:
            return self._network.step(settings)
        finally:
            self._changing.release()

    # --- acting and learning ---------------------------------------------------------------------------------------

    def act(self, observation: Any = None) -> Any:
        """Do the first half of a step: the units fire, and the output units answer.

        While :attr:`learning` is True, :meth:`learn` must follow and does the second half. Otherwise this call does the
        whole step, without plasticity.

        Parameters
        ----------
        observation : object, optional
            An observation of the space that the network was given as `observations`; otherwise the drive of the first
            excitatory units, array_like of at most ne numbers. None: no input.

        Returns
        -------
        int or ndarray of int8, shape (no,)
            The number of the winning output unit; with ``output="threshold"`` the activity of the output units.

        Raises
        ------
        StateError
            If the network has no output layer, if an earlier :meth:`act` waits for its :meth:`learn`, or for an
            observation that is not of the space.
        """
        if observation is None:
            drive = _NO_DRIVE
        elif self._observations is not None:
            drive = self._observations.drive(observation)
        else:
            drive = _column("observation", observation)[:, 0]
        self._begin("act()")
        try:
            answer = self._network.act(drive)
            if not self._learning:
                self._network.learn(None, "training")
            return answer
        finally:
            self._changing.release()

    def learn(self, reward: float | None = None) -> None:
        """Do the second half of a step: the rules act, with the reward for the answer.

        Parameters
        ----------
        reward : float, optional
            The reward of this step. None: there is none, so that nothing is learned from it. Rewards of 0 are learned
            from.

        Raises
        ------
        StateError
            If there was no :meth:`act`, and for NaN and infinity. The network is then as it was before.
        """
        value = reward_value(reward)
        if not self._learning and not self._network.acts:
            return
        self._begin("learn()")
        try:
            self._network.learn(value, "plasticity")
        finally:
            self._changing.release()

    @property
    def learning(self) -> bool:
        """Whether :meth:`act` begins a step of learning. If it is set to False, :meth:`act` does whole steps without
        plasticity, and :meth:`learn` does nothing.
        """
        return self._learning

    @learning.setter
    def learning(self, learning: bool) -> None:
        wanted = truth("learning", learning)
        if self._network.acts:
            raise StateError(f"learning = {wanted}", "an act() waits for its learn()", "call learn(reward) first")
        self._learning = wanted

    @contextlib.contextmanager
    def frozen(self) -> Iterator[Network]:
        """A context in which :attr:`learning` is False: ``with network.frozen(): network.act(observation)``."""
        before = self._learning
        self.learning = False
        try:
            yield self
        finally:
            self._learning = before

    def reset_activity(self) -> None:
        """Make all units silent, as at the beginning of an episode. Weights and thresholds stay."""
        self._begin("reset_activity()")
        try:
            self._network.reset_activity()
        finally:
            self._changing.release()

    def shuffle_activity(self) -> None:
        """Permute the activity of the excitatory units, and that of the inhibitory units. Weights and thresholds stay.

        A unit's current and previous activity move together. The permutation follows from the seed and the number of
        the step, so that copies of a network are shuffled alike, and a second call in the same step repeats it.
        """
        self._begin("shuffle_activity()")
        try:
            self._network.shuffle_activity()
        finally:
            self._changing.release()

    @overload
    def run(
        self,
        inputs: Inputs = None,
        time_steps: float | None = None,
        *,
        out: None = None,
        checkpoint_every: None = None,
        keep_checkpoints: None = None,
        replay_log: None = None,
        overwrite: bool = False,
        **options: Unpack[NetworkOptions],
    ) -> Recordings: ...

    @overload
    def run(
        self,
        inputs: Inputs = None,
        time_steps: float | None = None,
        *,
        out: str | os.PathLike[str],
        checkpoint_every: float | None = None,
        keep_checkpoints: float | Literal["every"] | None = None,
        replay_log: str | os.PathLike[str] | None = None,
        overwrite: bool = False,
        **options: Unpack[NetworkOptions],
    ) -> ResultFile: ...

    @filled
    def run(
        self,
        inputs: Inputs = None,
        time_steps: float | None = None,
        *,
        phase: Phase = "plasticity",
        noise: bool | float | npt.ArrayLike = True,
        freeze: Iterable[Rule] | Rule | None = None,
        record: RecordArgument = (),
        lifetimes: bool = False,
        progress: bool | Report = False,
        threads: int | None = None,
        out: str | os.PathLike[str] | None = None,
        checkpoint_every: float | None = None,
        keep_checkpoints: float | Literal["every"] | None = None,
        replay_log: str | os.PathLike[str] | None = None,
        overwrite: bool = False,
        new_synapses: npt.ArrayLike | None = None,
        signals: Signals = None,
        rewards: RewardArgument = None,
        **unknown: object,
    ) -> Recordings | ResultFile:
        """Do many steps. If the run fails or is interrupted, the network stays as it was before.

        Parameters
        ----------
        %(inputs)s
            The array is copied, and so is an array of noise, so that no other thread changes it during the run. A map
            of a file that was opened for reading only, such as ``numpy.load(..., mmap_mode="r")``, is not copied.
        time_steps : int, optional
            Steps to run, from 1 on; every column of `inputs` unless given.
        %(phase)s
        %(noise)s
        %(freeze)s
        record : iterable of str, or mapping from str to int, optional
            What to keep: %(quantities)s, with a stride if wanted. ``["E", "WEE/1000"]`` or ``{"WEE": 1000}`` keeps the
            steps whose number is a multiple of 1000. A window of step numbers can be given, too: ``["E@0:5000"]`` or
            ``{"TE": slice(0, 5000, 10)}``.
        lifetimes : bool, default False
            Whether to keep the birth and the lifetime of each synapse of W_EE that the run makes, as ``lifetimes`` of
            the recordings (:class:`sorn.criticality.Lifetimes`). Not with `out`.
        %(progress)s
            The bar also appears in a notebook; a log, which is no terminal, gets a line each minute.
        %(threads)s
        %(file)s
        %(new_synapses)s
        %(signals)s
        %(rewards)s

        Returns
        -------
        Recordings
            A dictionary of arrays by the names in `record`, with time along the first axis. Spikes are int8, counts are
            int64, all others are float64.
        ResultFile
            With `out`: the open file. Its arrays are read one slice at a time.

        Raises
        ------
        IoError
            With `out`: if the file cannot be written, if it exists and `overwrite` is False, or if it belongs to a run
            that was interrupted or is still running.
        """
        no_further_keywords(Network.run, unknown)
        file = output_file(out, checkpoint_every, overwrite, keep_checkpoints, replay_log)
        wanted = plan(record, real=False)
        lives = _core.SynapseLives() if truth("lifetimes", lifetimes) else None
        if lives is not None and file is not None:
            raise ParameterError(
                "lifetimes=True with out=", "must be kept in memory", "record=['synapses'] keeps them in a file"
            )
        settings = settings_of(
            inputs=inputs,
            time_steps=time_steps,
            phase=phase,
            freeze=freeze,
            noise=noise,
            threads=threads,
            record=wanted.core,
            new_synapses=new_synapses,
            signals=signals,
            rewards=rewards,
        )
        parameters, drive = self._network.parameters, settings.inputs
        if drive is not None and len(drive) != parameters.nu:
            raise ShapeError(
                f"inputs has shape {drive.shape}",
                f"this network has nu = {parameters.nu} input units and needs as many rows",
                TRY_TRANSPOSED
                if drive.shape[1] == parameters.nu
                else f"Network(nu={drive.shape[0]}) makes one for these inputs",
            )
        self._begin("run()")
        try:
            start = self._network
            if file is not None:
                self._network, result = run_into_file(start, start.parameters, None, settings, file, progress)
                return result
            rules = cast("tuple[OwnRule, ...]", start.rules)
            description = run_description(settings, start.parameters, start.step_count, rules)
            self._network, arrays = engine_run(start, start.parameters, None, settings, progress, lives)
            lived = None if lives is None else Lifetimes._of(lives)
            return Recordings(wanted, arrays, description, self.seed, lived)
        finally:
            self._changing.release()

    # --- state -----------------------------------------------------------------------------------------------------

    @property
    def state(self) -> StateDict:
        """A snapshot of the state, a dictionary of arrays that later steps do not change."""
        return StateDict._of(self._network.copy())

    @property
    def parameters(self) -> Parameters:
        """The hyperparameters. New ones may be assigned between runs; ``ne`` and ``ni`` must stay the same."""
        return Parameters._of(self._network.parameters)

    @parameters.setter
    def parameters(self, parameters: Parameters) -> None:
        wanted = core_parameters(parameters)
        self._begin("parameters =")
        try:
            self._network.set_parameters(wanted)
        finally:
            self._changing.release()

    @property
    def rules(self) -> tuple[OwnRule, ...]:
        """The rules of your own. Others may be assigned between runs. Files have their names, values and memory."""
        return cast("tuple[OwnRule, ...]", self._network.rules)

    @rules.setter
    def rules(self, rules: Iterable[OwnRule]) -> None:
        wanted = given_rules(rules)
        self._begin("rules =")
        try:
            self._network.set_rules(wanted)
        finally:
            self._changing.release()

    @property
    def seed(self) -> int:
        """The seed of all random numbers of this network."""
        return self._network.seed

    @property
    def step_count(self) -> int:
        """Steps done since the network was built."""
        return self._network.step_count

    @property
    def provenance(self) -> Provenance | None:
        """The origin of the file from which :meth:`load` read this network; None for every other network."""
        return self._provenance

    @property
    def connection_counts(self) -> tuple[int, int, int]:
        """The number of synapses in Wee, Wei and Wie."""
        return self._network.connection_counts

    @property
    def Wee(self) -> Any:
        """Excitatory → excitatory weights as ``scipy.sparse.csc_array`` (ne, ne), [pre][post]."""
        return sparse_weights(self._network, "Wee")

    @property
    def Wei(self) -> Any:
        """Inhibitory → excitatory weights as ``scipy.sparse.csc_array`` (ni, ne), [pre][post]."""
        return sparse_weights(self._network, "Wei")

    @property
    def Wie(self) -> Any:
        """Excitatory → inhibitory weights as ``scipy.sparse.csc_array`` (ne, ni), [pre][post]."""
        return sparse_weights(self._network, "Wie")

    def copy(self) -> Network:
        """An independent copy. It is cheap, because copies share their weights until one of them changes."""
        return Network._of(self._network.copy(), like=self)

    def twin(self, change: ChangeArgument, *, seed: int = 0, pair: int = 0) -> Network:
        """A copy that differs by a small change, and from here on is given the same random numbers.

        Parameters
        ----------
        change : Change, or iterable of Change
            What differs: a value that a function of :mod:`sorn.twins` has made, such as ``twins.spike(5)``.
        seed, pair : int, default 0
            They draw what the change leaves open. :func:`sorn.twins.divergence` makes this twin for its pair of this
            number.

        Returns
        -------
        Network

        Raises
        ------
        ParameterError
            For a unit that does not exist, a synapse that exists or does not exist as the change needs it, a
            self-connection, a rule that does not act, or a hyperparameter outside its range.
        ShapeError, StateError
            If ``ne``, ``ni`` or ``no`` would change; for a weight or a threshold outside its range.

        Examples
        --------
        >>> from sorn import twins
        >>> network = Network(ne=100, lambda_ee=10, seed=1)
        >>> twin = network.twin(twins.spike(5))
        >>> spikes, others = (one.run(time_steps=50, record=["E"])["E"] for one in (network, twin))
        >>> bool((spikes != others).any())
        True
        """
        changes = [one._core for one in changes_of(change)]
        number = whole_number("pair", pair, 0, 2**63 - 1, "a whole number from 0 on")
        return Network._of(_core.twin(self._network, changes, seed_value(seed), number), like=self)

    def __copy__(self) -> Network:
        return self.copy()

    def __deepcopy__(self, memo: dict[int, Any]) -> Network:
        return self.copy()

    def __reduce__(self) -> tuple[Any, ...]:
        rules = self.rules
        if self._observations is not None or not self._learning:
            return _from_state, (compact(self.state), rules, self._observations, self._learning)
        return _from_state, (compact(self.state), rules) if rules else (compact(self.state),)

    def __eq__(self, other: object) -> bool:
        """Whether both would continue in the same way: equal state, seed, step number and hyperparameters."""
        if not isinstance(other, Network):
            return NotImplemented
        a, b = self._network, other._network
        return a.same_values(b) and (a.seed, a.step_count, a.parameters) == (b.seed, b.step_count, b.parameters)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        network = self._network
        ee, ei, ie = network.connection_counts
        return (
            f"<Network ne={network.ne}, ni={network.ni}, synapses Wee {ee}, Wei {ei}, Wie {ie}; "
            f"step {network.step_count}, seed {network.seed}>"
        )

    def _repr_html_(self) -> str:
        """The HTML that a notebook shows."""
        return _notebook.network("Network", self._network.copy())

    # --- files -----------------------------------------------------------------------------------------------------

    def save(
        self, path: str | os.PathLike[str], recordings: Recordings | None = None, *, overwrite: bool = False
    ) -> None:
        """Write the network, and the recordings of a run if given, into an HDF5 file.

        Parameters
        ----------
        path : str or path
            The file to write.
        recordings : Recordings, optional
            The recordings that :meth:`run` returned without `out`.
        overwrite : bool, default False
            Replace an existing file, once the new one is complete.

        Raises
        ------
        IoError
            If the file cannot be written, or if it exists and `overwrite` is False.
        StateError
            If the recordings are not of this network, or hold something that this network cannot have done.
        """
        replaces = truth("overwrite", overwrite)
        network = self._network.copy()  # another thread may run this network meanwhile
        if recordings is None:
            rows: list[tuple[str, int, npt.NDArray[Any], tuple[str, ...]]] = []
            run = run_description(_NO_RUN, network.parameters, network.step_count)
        elif isinstance(recordings, Recordings):
            rows, run = recordings._for_file(network.seed, network.step_count), recordings._run
        elif isinstance(recordings, ResultFile):
            raise ParameterError(
                f"recordings lie in '{recordings.path}' already, and the network with them",
                "only recordings in memory can be saved",
                "copy that file",
            )
        else:
            raise ParameterError(
                f"recordings is of type {type(recordings).__name__}", "must be what Network.run() returned"
            )
        _core.save(file_path(path), network, rows, run, replaces)

    @classmethod
    @filled
    def load(cls, path: str | os.PathLike[str]) -> Network:
        """The network that a result file holds, whether Python, the command or C++ wrote it.

        Raises
        ------
        %(reading_errors)s
        """
        network, provenance = _core.load(file_path(path))
        return cls._of(network, Provenance(**provenance))


def _from_state(
    state: StateDict,
    rules: tuple[OwnRule, ...] = (),
    observations: Observations | None = None,
    learning: bool = True,
) -> Network:
    network = Network(state=state, rules=rules)
    network._observations, network._learning = observations, learning
    return network


def _column(name: str, values: Any) -> npt.NDArray[np.float64]:
    array = real_array(name, values)
    if array.ndim == 1 or (array.ndim == 2 and array.shape[1] == 1):
        return array.reshape(-1, 1)
    raise ShapeError(f"{name} has shape {array.shape}", "must be one-dimensional: a value for each unit")

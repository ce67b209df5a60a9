"""Wrappers of gymnasium that turn observations into spikes of networks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import numpy.typing as npt
from gymnasium import Env, Wrapper
from gymnasium.spaces import Box, MultiBinary, Space
from gymnasium.utils import RecordConstructorArgs
from gymnasium.vector import AutoresetMode, VectorEnv, VectorWrapper
from gymnasium.vector.utils import iterate

from ._arguments import FloatArray, did_you_mean, phase_name, quoted, real_array, thread_count, truth, whole_number
from ._batch import NetworkBatch
from ._encoding import Encoding, PopulationCode, encode
from ._errors import ParameterError, ShapeError, UnknownNameError
from ._names import Phase as PhaseName
from ._network import Network
from ._parameters import Hyperparameters

if TYPE_CHECKING:
    from typing import Unpack

    from ._names import Phase

_VARIANT = "sorn_v2_tasks"  # deterministic, with a target rate that does not depend on the number of input units

Code = Callable[[Any], npt.ArrayLike]


class _Sight:
    """The drive of the first units of a network for the observations of a space."""

    def __init__(self, space: Space[Any], encoding: Any, pool_size: int) -> None:
        self.code: Code | None = None
        self.symbols: Encoding | None = None
        self.pool_size = whole_number("pool_size", pool_size, 1, 10**6, "a whole number from 1 on")
        if encoding is None:
            encoding = self._usual(space)
        if isinstance(encoding, Encoding):
            self.symbols = encoding
            self.size = encoding.symbols * self.pool_size
        elif isinstance(encoding, PopulationCode):
            self.code, self.size = encoding, encoding.size
            if isinstance(space, Box):
                encoding(np.zeros(space.shape).ravel())  # refuses another number of values
        elif callable(encoding) and not isinstance(encoding, type):
            self.code = encoding
            self.size = real_array("the drive of the encoding", encoding(space.sample())).size
        else:
            raise ParameterError(
                f"encoding is {'the class' if isinstance(encoding, type) else 'of type'} "
                f"{(encoding if isinstance(encoding, type) else type(encoding)).__name__}",
                "must be an Encoding, a PopulationCode, or a function of an observation",
            )

    @staticmethod
    def _usual(space: Space[Any]) -> Encoding | PopulationCode:
        if not isinstance(space, Box):
            return encode(space)
        if not space.is_bounded():
            raise ParameterError(
                f"observations = {quoted(space)}",
                "the range of each number must be finite",
                "encoding=PopulationCode(low, high) gives it one",
            )
        return PopulationCode(space.low, space.high)

    def one(self, observation: Any) -> FloatArray:
        """The drive of an observation, shape (size,)."""
        if self.symbols is None:
            assert self.code is not None
            if isinstance(self.code, PopulationCode):
                return self.code(observation.ravel() if isinstance(observation, np.ndarray) else observation)
            drive = real_array("the drive of the encoding", self.code(observation)).ravel()
            if drive.size != self.size:
                raise ShapeError(f"the encoding made {drive.size} values", f"must make {self.size}, as at first")
            return drive
        drive = np.zeros((self.symbols.symbols, self.pool_size))
        drive[list(self.symbols(observation))] = 1.0
        return drive.ravel()

    def many(self, observations: Any, single: Space[Any], space: Space[Any]) -> FloatArray:
        """The drive of each of the observations of a vector environment, shape (n, size)."""
        if isinstance(self.code, PopulationCode) and isinstance(single, Box):
            values = np.asarray(observations, np.float64)
            return np.asarray(self.code(values.reshape(len(values), -1)), np.float64)
        return np.stack([self.one(one) for one in iterate(space, observations)])


class _Phased:
    """What both wrappers know about the phase of their networks."""

    _phase: Phase

    @property
    def phase(self) -> Phase:
        """The phase of the steps, 'plasticity' or 'training', which says whether rules act."""
        return self._phase

    @phase.setter
    def phase(self, phase: Phase) -> None:
        self._phase = _known(phase)


class ReservoirObservation(_Phased, Wrapper, RecordConstructorArgs):
    """An environment whose observations are the spikes of a network that sees the observations of another one.

    Each observation drives the network for one step. At the beginning of an episode all units are silent.

    Parameters
    ----------
    env : gymnasium.Env
        The environment.
    network : Network, optional
        The network, with as many input units (``nu``) as the encoding has values. It is used as it is, not copied.
        None: a new one of the `hyperparameters`.
    encoding : Encoding, PopulationCode or function, optional
        What an observation is for the network: symbols that drive pools (:func:`sorn.gymnasium.encode`), numbers that
        drive units with preferred values, or a function that returns the drive. None: a
        :class:`~sorn.gymnasium.PopulationCode` of a bounded ``Box``, and symbols of other spaces.
    pool_size : int, default 10
        Units that each symbol drives.
    phase : {'training', 'plasticity'}, default 'training'
        Whether rules act. It can be changed at any time: ``env.phase = "plasticity"``.
    noise : bool or float, default False
        As for :meth:`sorn.Network.step`.
    reward : bool, default False
        Whether the network is given the rewards of the environment as its signal ``"reward"``.
    **hyperparameters
        Hyperparameters of a new network, and ``seed``. Its variant is 'sorn_v2_tasks' unless it is named.

    Raises
    ------
    ParameterError
        For a space whose range is not finite and not given, and for a network of another ``nu``.

    Examples
    --------
    >>> import gymnasium
    >>> from sorn.gymnasium import PopulationCode, ReservoirObservation
    >>> code = PopulationCode([-1.5, -1.5, -0.12, -1.5], [1.5, 1.5, 0.12, 1.5])
    >>> env = ReservoirObservation(gymnasium.make("CartPole-v1"), encoding=code, ne=128, seed=1)
    >>> spikes, info = env.reset(seed=1)
    >>> spikes.shape, env.observation_space
    ((128,), MultiBinary(128))
    """

    network: Network
    """The network."""

    def __init__(
        self,
        env: Env[Any, Any],
        network: Network | None = None,
        *,
        encoding: Encoding | PopulationCode | Code | None = None,
        pool_size: int = 10,
        phase: Phase = "training",
        noise: bool | float = False,
        reward: bool = False,
        seed: int | None = None,
        **hyperparameters: Unpack[Hyperparameters],
    ) -> None:
        # gymnasium makes an environment again by these. The network is copied, or two environments would share it.
        RecordConstructorArgs.__init__(
            self,
            network=network,
            encoding=encoding,
            pool_size=pool_size,
            phase=phase,
            noise=noise,
            reward=reward,
            seed=seed,
            **hyperparameters,
        )
        Wrapper.__init__(self, env)
        self._sight = _Sight(env.observation_space, encoding, pool_size)
        if network is None:
            given = {"variant": _VARIANT, "nu": self._sight.size, **hyperparameters}
            network = Network(seed=seed, **given)  # type: ignore[arg-type]
        else:
            _require_network(network, Network, hyperparameters, seed)
            _require_inputs(network.parameters.nu, self._sight.size)
        self.network = network
        self.phase = phase
        self.noise = noise
        self._reward = truth("reward", reward)
        self.observation_space = MultiBinary(network.parameters.ne)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Reset the environment, make the network silent, and show it the first observation."""
        observation, info = self.env.reset(seed=seed, options=options)
        self.network.reset_activity()
        return self._spikes(observation, None), info

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Act, and show the network what is observed then."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        return self._spikes(observation, float(reward)), reward, terminated, truncated, info

    def _spikes(self, observation: Any, reward: float | None) -> npt.NDArray[np.int8]:
        drive = self._sight.one(observation)
        if self._reward and reward is not None:
            return self.network.step(drive, phase=self._phase, noise=self.noise, reward=reward)
        return self.network.step(drive, phase=self._phase, noise=self.noise)


class VectorReservoirObservation(_Phased, VectorWrapper):
    """The same for a vector environment: each environment has a network of its own, and all step in one call.

    Networks of environments that begin a new episode become silent when the first observation of it comes, as each
    autoreset mode has it: with the next step, in the same step (then ``infos["final_obs"]`` has the spikes for the last
    observation), or with ``reset(options={"reset_mask": ...})``.

    Parameters
    ----------
    envs : gymnasium.vector.VectorEnv
        The environments.
    networks : NetworkBatch or Network, optional
        A network for each environment. It is used as it is, not copied. Of a Network, each environment has a copy:
        these stay alike while their rules rest, so that one readout serves all. None: new ones of the
        `hyperparameters`, each with a seed of its own.
    encoding, pool_size, phase, noise, reward
        As for :class:`ReservoirObservation`, for each.
    threads : int, optional
        Threads of a step; None: as many as are worth it. 1 is best where other processes use the other cores.
    **hyperparameters
        Hyperparameters of new networks, and ``seed``.

    Raises
    ------
    ParameterError
        As for :class:`ReservoirObservation`, and if there are not as many networks as environments.
    """

    networks: NetworkBatch
    """The networks."""

    def __init__(
        self,
        envs: VectorEnv[Any, Any, Any],
        networks: NetworkBatch | Network | None = None,
        *,
        encoding: Encoding | PopulationCode | Code | None = None,
        pool_size: int = 10,
        phase: Phase = "training",
        noise: bool | float = False,
        reward: bool = False,
        threads: int | None = None,
        seed: int | None = None,
        **hyperparameters: Unpack[Hyperparameters],
    ) -> None:
        super().__init__(envs)
        self._sight = _Sight(envs.single_observation_space, encoding, pool_size)
        n = envs.num_envs
        if isinstance(networks, Network):
            networks = NetworkBatch.of([networks] * n)
        if networks is None:
            given = {"variant": _VARIANT, "nu": self._sight.size, **hyperparameters}
            networks = NetworkBatch(n, seed=seed, **given)  # type: ignore[arg-type]
        else:
            _require_network(networks, NetworkBatch, hyperparameters, seed)
            _require_inputs(networks.parameters.nu, self._sight.size)
            if len(networks) != n:
                raise ParameterError(
                    f"a batch of {len(networks)} networks", f"must have one for each of {n} environments"
                )
        self.networks = networks
        self.phase = phase
        self.noise = noise
        self._reward = truth("reward", reward)
        self.threads = None if threads is None else int(thread_count(threads))
        self._mode = envs.metadata.get("autoreset_mode", AutoresetMode.NEXT_STEP)
        self._over = np.zeros(n, bool)  # whose next observation is the first of an episode
        ne = networks.parameters.ne
        self.single_observation_space = MultiBinary(ne)
        self.observation_space = MultiBinary((n, ne))

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Reset the environments, or those of ``options["reset_mask"]``, and show the networks what is observed."""
        mask = None if options is None else options.get("reset_mask")
        observations, infos = self.env.reset(seed=seed, options=options)  # type: ignore[arg-type]
        begins = np.ones(self.num_envs, bool) if mask is None else np.asarray(mask, bool)
        self._over &= ~begins
        self.networks.reset(begins)
        return self._spikes(observations, None, begins), infos

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Act, and show each network what is observed then."""
        observations, rewards, terminations, truncations, infos = self.env.step(actions)
        given = np.array(rewards, np.float64)
        over = np.asarray(terminations) | np.asarray(truncations)
        if self._mode == AutoresetMode.NEXT_STEP and self._over.any():
            self.networks.reset(self._over)
            given[self._over] = np.nan  # no action led to this observation
        if self._mode == AutoresetMode.SAME_STEP and over.any():
            self._show_final(infos, given, over)
            self._spikes(observations, given, ~over)
            self.networks.reset(over)
            spikes = self._spikes(observations, None, over)
        else:
            spikes = self._spikes(observations, given, None)
        self._over = over
        return spikes, rewards, terminations, truncations, infos

    def _show_final(self, infos: dict[str, Any], rewards: FloatArray, over: npt.NDArray[np.bool_]) -> None:
        """Show the networks the last observations of their episodes, and put their spikes in the place of these."""
        last = infos["final_obs"]
        drive = np.zeros((self.num_envs, self._sight.size))
        for k in np.flatnonzero(over):
            drive[k] = self._sight.one(last[k])
        spikes = self._step(drive, rewards, over)
        shown = np.empty(self.num_envs, object)
        for k in np.flatnonzero(over):
            shown[k] = spikes[k]
        infos["final_obs"] = shown

    def _spikes(
        self, observations: Any, rewards: FloatArray | None, mask: npt.NDArray[np.bool_] | None
    ) -> npt.NDArray[np.int8]:
        spaces = self.env.single_observation_space, self.env.observation_space
        return self._step(self._sight.many(observations, *spaces), rewards, mask)

    def _step(
        self, drive: FloatArray, rewards: FloatArray | None, mask: npt.NDArray[np.bool_] | None
    ) -> npt.NDArray[np.int8]:
        reward = rewards if self._reward else None
        return self.networks.step(
            drive, phase=self._phase, noise=self.noise, reward=reward, mask=mask, threads=self.threads
        )


def _known(phase: object) -> Phase:
    name = phase_name(phase)
    if name not in get_args(PhaseName):
        raise UnknownNameError(f"there is no phase {quoted(name)}", did_you_mean(name, get_args(PhaseName)))
    return name


def _require_network(network: Any, kind: type, hyperparameters: Any, seed: Any) -> None:
    if not isinstance(network, kind):
        raise ParameterError(f"{quoted(network)}", f"must be a {kind.__name__}")
    if hyperparameters or seed is not None:
        named = next(iter(hyperparameters), "seed")
        raise ParameterError(f"{named} beside a network", "describes a new network, and one is given")


def _require_inputs(nu: int, size: int) -> None:
    if nu != size:
        raise ParameterError(
            f"the network has nu = {nu} input units", f"the encoding has {size} values", f"Network(nu={size}, ...)"
        )

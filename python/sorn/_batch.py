"""Many networks that step together."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from . import _core
from ._arguments import (
    ONE_STEP,
    FloatArray,
    check_keywords,
    file_path,
    float_of,
    frozen_rules,
    items_of,
    noise_argument,
    number_array,
    phase_name,
    quoted,
    real_array,
    seed_value,
    thread_count,
    truth,
    whole_number,
)
from ._docstrings import filled
from ._errors import IoError, ParallelError, ParameterError, ShapeError
from ._network import Network
from ._parameters import Hyperparameters, Parameters, core_parameters
from ._rule import OwnRule, given_rules
from ._variant import core_values

if TYPE_CHECKING:
    from typing import Unpack

    from ._names import Phase, Rule


class NetworkBatch:
    """Independent networks that do each step together, in one call, on several cores if there is work enough.

    Network k does what it would do alone, bit for bit, on any number of threads. The call releases the interpreter.
    Other threads may read the batch meanwhile: they wait for the end of the step. A call that would change it raises a
    :class:`ParallelError`. Each network has a seed of its own: those of :func:`sorn.ensemble` with the same seed.

    Parameters
    ----------
    n : int
        Number of networks, 1 to 1000000.
    parameters : Parameters, optional
        Hyperparameters of all networks; the defaults if none are given.
    seed : int, optional
        The seed from which those of the networks follow, 0 to 2^64 - 1. If none is given, one is drawn from numpy's
        global generator.
    rules : iterable of OwnRule, optional
        Rules of your own, as for :class:`Network`, the same for all networks.
    **hyperparameters
        Hyperparameters by name; they replace those of `parameters`.

    Raises
    ------
    UnknownKeywordError, ParameterError
        As for :class:`Network`.

    Examples
    --------
    >>> import numpy as np
    >>> batch = NetworkBatch(64, ne=50, nu=4, lambda_ee=10, seed=1)
    >>> drive = np.random.default_rng(1).random((64, 4))
    >>> batch.step(drive).shape
    (64, 50)
    >>> alone = Network(ne=50, nu=4, lambda_ee=10, seed=batch.seeds[7])
    >>> bool((batch.step(drive)[7] == [alone.step(drive[7]) for _ in range(2)][1]).all())
    True
    """

    __slots__ = ("_batch", "_changing", "_last")
    _batch: _core.NetworkBatch
    _changing: threading.Lock
    _last: tuple[Any, Any, Any, Any, _core.BatchSettings] | None

    def __init__(
        self,
        n: int,
        parameters: Parameters | None = None,
        *,
        seed: int | None = None,
        rules: Iterable[OwnRule] | None = None,
        **hyperparameters: Unpack[Hyperparameters],
    ) -> None:
        check_keywords(NetworkBatch, hyperparameters)
        count = whole_number("n", n, 1, _core.most_replicas, f"a whole number from 1 to {_core.most_replicas}")
        own_rules = None if rules is None else given_rules(rules)
        base = _core.Parameters() if parameters is None else core_parameters(parameters)
        wanted = base.replaced(core_values(dict(hyperparameters))) if hyperparameters else base
        chosen = seed_value(seed)
        self._begin_with(_core.NetworkBatch.built(wanted, [_core.replica_seed(chosen, k) for k in range(count)]))
        if own_rules is not None:
            self._batch.set_rules(own_rules)

    def _begin_with(self, batch: _core.NetworkBatch) -> None:
        self._batch = batch
        self._changing = threading.Lock()
        self._last = None

    @classmethod
    def of(cls, networks: Iterable[Network]) -> NetworkBatch:
        """A batch of copies of networks, each with its state and its seed.

        Parameters
        ----------
        networks : iterable of Network
            One or more, all of one size. ``[network] * 64`` gives 64 copies of one, which stay equal as long as their
            inputs are.

        Raises
        ------
        ParameterError, ShapeError
            For something that is no network, and for networks of different sizes.
        """
        given = items_of(networks)
        if given is None or not all(isinstance(one, Network) for one in given):
            raise ParameterError("networks", "must be an iterable of Network", "NetworkBatch(n, ...) makes new ones")
        self = cls.__new__(cls)
        self._begin_with(_core.NetworkBatch.of([cast("Network", one)._network for one in given]))
        return self

    def _begin(self, change: str) -> None:
        """Hold `_changing` for one change. A second change at the same time is an error."""
        if not self._changing.acquire(blocking=False):
            raise ParallelError(
                f"{change} while these networks are being run or changed", "one call at a time changes a batch"
            )

    # --- running ---------------------------------------------------------------------------------------------------

    def step(
        self,
        U: npt.ArrayLike | None = None,
        *,
        phase: Phase | Sequence[Phase] = "plasticity",
        noise: bool | float = True,
        freeze: Rule | Iterable[Rule] | Sequence[Rule | Iterable[Rule] | None] | None = None,
        reward: float | npt.ArrayLike | None = None,
        mask: npt.ArrayLike | None = None,
        threads: int | None = None,
    ) -> npt.NDArray[np.int8]:
        """Do one step of each network. If an argument is wrong, no network has done one.

        Parameters
        ----------
        U : array_like, shape (n, nu), optional
            The drive of each network, as `u` of :meth:`Network.step`; None: no input.
        phase : {'plasticity', 'training'}, or a sequence of n of them
            For all networks, or for each.
        noise : bool or float, default True
            As for :meth:`Network.run`, for all networks.
        freeze : str or iterable of str, or a sequence of n of these or None, optional
            Rules that rest, in all networks; a sequence that has None or lists of names among its entries has one for
            each network.
        reward : float or array_like, shape (n,), optional
            The signal ``"reward"`` of all networks, or of each; NaN: there is none.
        mask : array_like of bool, shape (n,), optional
            Which networks do a step; the others stay as they are. None: all.
        threads : int, optional
            Threads; None: as many as are worth it.

        Returns
        -------
        ndarray of int8, shape (n, ne)
            The excitatory activity after the step, 0 or 1.

        Raises
        ------
        ShapeError, StateError, ParameterError, RuleError
        """
        settings = self._settings(phase, noise, freeze, threads)
        drive = None if U is None else self._rows("U", U, self._batch.nu)
        rewards = None if reward is None else self._rewards(reward)
        which = None if mask is None else self._mask(mask)
        self._begin("step()")
        try:
            return self._batch.step(drive, settings, rewards, which)
        finally:
            self._changing.release()

    def act(self, U: npt.ArrayLike | None = None, *, threads: int | None = None) -> npt.NDArray[Any]:
        """Do the first half of a step of each network, as :meth:`Network.act`; :meth:`learn` must follow.

        Parameters
        ----------
        U : array_like, shape (n, features), optional
            The drive of the first excitatory units of each network, at most ne; None: no input.
        threads : int, optional
            As for :meth:`step`.

        Returns
        -------
        ndarray of int64, shape (n,), or of int8, shape (n, no)
            The number of the winning output unit of each network; with ``output="threshold"`` their activity.

        Raises
        ------
        ShapeError, StateError
            As for :meth:`Network.act`; no network has done anything then.
        """
        drive = None if U is None else self._rows("U", U, None)
        workers = thread_count(threads)
        self._begin("act()")
        try:
            return self._batch.act(drive, workers)
        finally:
            self._changing.release()

    def learn(
        self,
        reward: float | npt.ArrayLike | None = None,
        *,
        phase: Phase | Sequence[Phase] = "plasticity",
        threads: int | None = None,
    ) -> None:
        """Do the second half of a step of each network, as :meth:`Network.learn`.

        Parameters
        ----------
        reward : float or array_like, shape (n,), optional
            The reward of all networks, or of each; NaN or None: there is none.
        phase : {'plasticity', 'training'}, or a sequence of n of them
            In the training phase no rule acts.
        threads : int, optional
            As for :meth:`step`.

        Raises
        ------
        ShapeError, StateError
            If there was no :meth:`act`, and for infinity; no network has learned anything then.
        """
        settings = self._settings(phase, True, None, threads)
        rewards = np.full(1, np.nan) if reward is None else self._rewards(reward)
        self._begin("learn()")
        try:
            self._batch.learn(rewards, settings)
        finally:
            self._changing.release()

    def reset(self, mask: npt.ArrayLike | None = None) -> None:
        """Make all units of some networks silent, as at the beginning of an episode. Weights and thresholds stay.

        Parameters
        ----------
        mask : array_like of bool, shape (n,), optional
            Which networks; None: all.

        Raises
        ------
        ShapeError, StateError
            For a mask that is none, and if a :meth:`learn` of a network is due.
        """
        which = None if mask is None else self._mask(mask)
        self._begin("reset()")
        try:
            self._batch.reset_activity(which)
        finally:
            self._changing.release()

    def _settings(self, phase: Any, noise: Any, freeze: Any, threads: Any) -> _core.BatchSettings:
        """The settings of a step; those of the step before if the arguments are the same objects."""
        last = self._last
        if last is not None and last[0] is phase and last[1] is noise and last[2] is freeze and last[3] is threads:
            return last[4]
        n = len(self)
        phases = (
            [phase_name(phase)] if isinstance(phase, str) else [phase_name(one) for one in _each("phase", phase, n)]
        )
        sigma = noise_argument(noise, ONE_STEP)
        if isinstance(sigma, np.ndarray):
            raise ParameterError(f"noise has shape {sigma.shape}", "must be True, False or a number: the same for all")
        settings = _core.BatchSettings(
            phase=phases, freeze=_freezes(freeze, n), noise=sigma, threads=thread_count(threads)
        )
        if isinstance(phase, (str, tuple)) and (freeze is None or isinstance(freeze, (str, tuple))):
            self._last = (phase, noise, freeze, threads, settings)  # lists may change
        return settings

    def _rows(self, name: str, values: Any, features: int | None) -> FloatArray:
        array = real_array(name, values)
        n = len(self)
        if array.ndim != 2 or len(array) != n or features not in (None, array.shape[1]):
            raise ShapeError(
                f"{name} has shape {array.shape}",
                f"must be ({n}, {'features' if features is None else features}), a row for each network",
            )
        return np.ascontiguousarray(array)

    def _rewards(self, reward: Any) -> FloatArray:
        one = float_of(reward)
        if one is not None:
            return np.full(1, one)
        array = real_array("reward", reward)
        if array.shape != (len(self),):
            raise ShapeError(f"reward has shape {array.shape}", f"must be ({len(self)},), one for each network")
        return np.ascontiguousarray(array)

    def _mask(self, mask: Any) -> npt.NDArray[np.uint8]:
        values = number_array("mask", mask)
        if values.dtype != np.bool_:
            raise ParameterError(f"mask is of type {values.dtype}", "must be True or False for each network")
        if values.shape != (len(self),):
            raise ShapeError(f"mask has shape {values.shape}", f"must be ({len(self)},), one for each network")
        return np.ascontiguousarray(values, np.uint8)

    # --- the networks ----------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._batch)

    def __getitem__(self, k: int) -> Network:
        """A copy of network k, from 0 on; negative numbers count from the end."""
        return Network._of(self._batch.network(self._index(k)))

    def __setitem__(self, k: int, network: Network) -> None:
        """Put a copy of a network of the same size in the place of network k."""
        if not isinstance(network, Network):
            raise ParameterError(f"a {type(network).__name__}", "must be a Network")
        place = self._index(k)
        self._begin("batch[k] =")
        try:
            self._batch.replace(place, network._network)
        finally:
            self._changing.release()

    def __iter__(self) -> Iterator[Network]:
        return (self[k] for k in range(len(self)))

    def _index(self, k: Any) -> int:
        n = len(self)
        place = whole_number("k", k, -n, 2**62, f"a whole number in [{-n}, {n - 1}]")
        if place >= n:  # an IndexError ends a loop over the networks
            raise IndexError(f"network {place} of {n}")
        return place + n if place < 0 else place

    @property
    def E(self) -> npt.NDArray[np.int8]:
        """The activity of the excitatory units, shape (n, ne), 0 or 1."""
        return self._batch.activity()

    @property
    def parameters(self) -> Parameters:
        """The hyperparameters of the first network."""
        return Parameters._of(self._batch.parameters)

    @property
    def seeds(self) -> list[int]:
        """The seed of each network."""
        return self._batch.seeds

    @property
    def step_counts(self) -> list[int]:
        """Steps that each network has done since it was built."""
        return self._batch.step_counts

    def copy(self) -> NetworkBatch:
        """Independent copies of all networks."""
        self_copy = NetworkBatch.__new__(NetworkBatch)
        self_copy._begin_with(self._batch.copy())
        return self_copy

    def __copy__(self) -> NetworkBatch:
        return self.copy()

    def __deepcopy__(self, memo: dict[int, Any]) -> NetworkBatch:
        return self.copy()

    def __reduce__(self) -> tuple[Any, ...]:
        return NetworkBatch.of, (list(self),)

    def __eq__(self, other: object) -> bool:
        """Whether all networks would continue in the same way."""
        if not isinstance(other, NetworkBatch):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        batch = self._batch
        return f"<NetworkBatch of {len(self)} networks, ne={batch.ne}, nu={batch.nu}, no={batch.no}>"

    # --- files -----------------------------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write each network into an HDF5 file of its own.

        Parameters
        ----------
        path : str or path
            The name from which those of the files are made: ``agents.h5`` of 12 networks gives ``agents-00.h5`` to
            ``agents-11.h5``.
        overwrite : bool, default False
            Replace existing files, each once the new one is complete.

        Raises
        ------
        IoError
            If a file cannot be written, or if one exists and `overwrite` is False.
        """
        out, replaces = file_path(path), truth("overwrite", overwrite)
        names = [_core.replica_file(out, k, len(self)) for k in range(len(self))]
        if not replaces:
            for name in names:
                if os.path.exists(name):
                    raise IoError(f"'{name}' exists", "overwrite=True replaces it")
        for name, network in zip(names, self.copy(), strict=True):
            network.save(name, overwrite=replaces)

    @classmethod
    @filled
    def load(cls, path: str | os.PathLike[str]) -> NetworkBatch:
        """The networks that :meth:`save` wrote with the same path, or those of an ensemble's files.

        Raises
        ------
        %(reading_errors)s
        """
        out = Path(file_path(path))
        pattern = re.compile(re.escape(out.stem) + r"-(\d+)" + re.escape(out.suffix))
        found = {int(match[1]) for one in out.parent.glob("*") if (match := pattern.fullmatch(one.name))}
        names = [_core.replica_file(str(out), k, len(found)) for k in range(len(found))]
        if not found or not all(os.path.exists(name) for name in names):
            raise IoError(
                f"'{out}'", f"{len(found)} files with its name and a number", "all of one batch must be there"
            )
        return cls.of(Network.load(name) for name in names)


def _each(name: str, values: Any, n: int) -> list[Any]:
    entries = items_of(values)
    if entries is None or len(entries) != n:
        raise ShapeError(f"{name} = {quoted(values)}", f"must be one for all networks, or {n}, one for each")
    return list(entries)


def _freezes(freeze: Any, n: int) -> list[tuple[str, ...]]:
    """The rules that rest: one entry for all networks, or one for each."""
    if freeze is None or isinstance(freeze, str):
        return [frozen_rules(freeze)]
    entries = items_of(freeze)
    if entries is None or all(isinstance(one, str) for one in entries):
        return [frozen_rules(freeze)]
    return [frozen_rules(one) for one in _each("freeze", freeze, n)]

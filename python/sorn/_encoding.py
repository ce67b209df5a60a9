"""Observations of an environment as drive of a network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ._arguments import all_finite, float_of, quoted, real_array, real_number, whole_number
from ._errors import ParameterError, ShapeError, StateError
from .sources import RandomSymbols


class Encoding:
    """Turns observations into the symbols that they show: ``encoding(observation)``.

    Attributes
    ----------
    symbols : int
        The number of symbols; each drives a pool of excitatory units while it is shown.
    """

    symbols: int

    def __call__(self, observation: Any) -> Sequence[int]:
        """The symbols of an observation. StateError for one that is not of the space."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<Encoding of {self.symbols} symbols>"


class _Numbers(Encoding):
    """A symbol for each value of each of some whole numbers, which begin at `start`."""

    def __init__(self, start: npt.NDArray[Any], count: npt.NDArray[Any]) -> None:
        self.start, self.count = start, count
        self.first = np.concatenate([[0], np.cumsum(count)])
        self.symbols = int(self.first[-1])

    def __call__(self, observation: Any) -> list[int]:
        numbers = _values(observation, len(self.count)) - self.start
        if (numbers < 0).any() or (numbers >= self.count).any() or (numbers != np.floor(numbers)).any():
            ranges = ", ".join(f"{low} to {low + n - 1}" for low, n in zip(self.start, self.count, strict=True))
            raise StateError(f"observation = {quoted(observation)}", f"must be a whole number: {ranges}")
        return [int(n) for n in self.first[:-1] + numbers]


class _Bits(Encoding):
    """A symbol for each bit."""

    def __init__(self, size: int) -> None:
        self.symbols = size

    def __call__(self, observation: Any) -> list[int]:
        bits = _values(observation, self.symbols)
        if ((bits != 0) & (bits != 1)).any():
            raise StateError(f"observation = {quoted(observation)}", f"must be {self.symbols} bits, 0 or 1")
        return [int(k) for k in np.flatnonzero(bits)]


class _Ranges(Encoding):
    """A symbol for each part of the range of each number."""

    def __init__(self, low: npt.NDArray[np.float64], width: npt.NDArray[np.float64], bins: int) -> None:
        self.low, self.width, self.bins = low, width, bins
        self.symbols = bins * len(low)

    def __call__(self, observation: Any) -> list[int]:
        values = (_values(observation, len(self.low)) - self.low) / self.width * self.bins
        parts = np.floor(values).clip(0, self.bins - 1) + self.bins * np.arange(len(self.low))
        return [int(k) for k in parts]


class _Joined(Encoding):
    """The symbols of several parts, which the observation has by name or position."""

    def __init__(self, members: dict[Any, Encoding]) -> None:
        self.members = members
        self.symbols = sum(member.symbols for member in members.values())

    def __call__(self, observation: Any) -> list[int]:
        shown: list[int] = []
        first = 0
        for name, member in self.members.items():
            try:
                part = observation[name]
            except (TypeError, LookupError):
                raise StateError(f"observation = {quoted(observation)}", "must have a part for each space") from None
            shown += [first + symbol for symbol in member(part)]
            first += member.symbols
        return shown


class PopulationCode:
    """Numbers as the drive of several units for each, which prefer different values: ``code(numbers)``.

    A number v is brought to the range from -1 to 1. Unit k has the drive ``offset ± gain * (v - preferred[k])``, with +
    for the first unit, - for the next, and so on; the preferred values lie evenly from -1 to 1.

    Parameters
    ----------
    low, high : array_like, shape (numbers,)
        The range of each number. Values beyond it go on as within it.
    units_per_value : int, default 10
        Units for each number, from 1 on.
    gain : float, default 4.0
        How steep the drive is: its change while a number goes through half of its range.
    offset : float, default 0.5
        The drive at the preferred value. It belongs within the range of the thresholds.

    Attributes
    ----------
    size : int
        The number of units.

    Raises
    ------
    ParameterError, ShapeError
        For a range that is not finite; and in a call for another number of values.
    StateError
        For a range or values that are no finite numbers.
    """

    def __init__(
        self,
        low: npt.ArrayLike,
        high: npt.ArrayLike,
        *,
        units_per_value: int = 10,
        gain: float = 4.0,
        offset: float = 0.5,
    ) -> None:
        count = whole_number("units_per_value", units_per_value, 1, 10**6, "a whole number from 1 on")
        self._gain, self._offset = real_number("gain", gain), real_number("offset", offset)
        self._low, self._high = real_array("low", low).ravel(), real_array("high", high).ravel()
        if self._low.shape != self._high.shape:
            raise ShapeError(f"low has {self._low.size} values and high {self._high.size}", "must have as many")
        if not (np.isfinite(self._low).all() and np.isfinite(self._high).all() and (self._low <= self._high).all()):
            raise ParameterError(f"low = {quoted(low)} and high = {quoted(high)}", "must be finite, low below high")
        self._span = np.where(self._high > self._low, self._high - self._low, 1.0)
        self._preferred = np.linspace(-1.0, 1.0, count) if count > 1 else np.zeros(1)
        self._gains = np.where(np.arange(count) % 2 == 0, self._gain, -self._gain)
        self.size = count * self._low.size

    def __call__(self, numbers: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """The drive of each unit, shape (..., size), of numbers (..., numbers)."""
        real = isinstance(numbers, np.ndarray) and numbers.dtype.kind in "biuf"
        values = np.asarray(numbers, np.float64) if real else real_array("numbers", numbers)
        if values.shape[-1:] != self._low.shape:
            if values.ndim or self._low.size != 1:
                raise ShapeError(
                    f"numbers has the shape {values.shape}", f"must be (..., {self._low.size}), as low and high have it"
                )
            values = values.reshape(1)
        if not all_finite(values):
            raise StateError(f"numbers = {quoted(numbers)}", "must be finite numbers")
        scaled = 2 * (values - self._low) / self._span - 1
        drive = np.subtract(scaled[..., np.newaxis], self._preferred)
        drive *= self._gains
        drive += self._offset
        return drive.reshape(*values.shape[:-1], self.size)

    def __repr__(self) -> str:
        return f"<PopulationCode of {self._low.size} numbers by {self.size} units>"


def encode(
    space: Any, *, bins: int = 8, low: npt.ArrayLike | None = None, high: npt.ArrayLike | None = None
) -> Encoding:
    """Encode the observations of a space of gymnasium, or of the numbers below `space`.

    A ``Discrete`` observation shows one symbol, ``MultiDiscrete`` one for each of its numbers, ``MultiBinary`` one for
    each 1. A ``Box`` shows one symbol for each of its numbers: which of `bins` equal parts of its range it lies in.
    ``Tuple`` and ``Dict`` show the symbols of all of their parts.

    Parameters
    ----------
    space : gymnasium.Space or int
        What observations are: a space, or their number.
    bins : int, default 8
        Parts of the range of each number of a ``Box``.
    low, high : array_like, optional
        The range of the numbers of a ``Box``, in which values beyond it count as its ends. Needed where that of the
        space is infinite.

    Raises
    ------
    ParameterError
        For a space that is none of these, or whose range is infinite and not given.
    """
    parts = whole_number("bins", bins, 2, 1000, "a whole number in [2, 1000]")
    kind = type(space).__name__
    if isinstance(space, (int, np.integer)) and not isinstance(space, bool):
        return _Numbers(np.zeros(1, int), np.array([whole_number("observations", space, 1, 10**6, "a count")]))
    if kind == "Discrete":
        return _Numbers(np.array([space.start]), np.array([space.n]))
    if kind == "MultiDiscrete":
        return _Numbers(np.ravel(getattr(space, "start", np.zeros_like(space.nvec))), np.ravel(space.nvec))
    if kind == "MultiBinary":
        return _Bits(int(np.prod(space.shape)))
    if kind == "Box":
        return _box(space, parts, low, high)
    if kind in ("Tuple", "Dict"):
        members = dict(enumerate(space.spaces)) if kind == "Tuple" else dict(space.spaces)
        return _Joined({name: encode(member, bins=parts) for name, member in members.items()})
    raise ParameterError(
        f"observations = {quoted(space)}",
        "must be a number of symbols, an Encoding, or a Discrete, MultiDiscrete, MultiBinary, Box, Tuple or Dict space",
    )


def encoding_of(observations: object) -> Encoding:
    """The encoding that a caller's ``observations`` names."""
    return observations if isinstance(observations, Encoding) else encode(observations)


def pools_of(encoding: Encoding, pool_size: object, ne: int, seed: int) -> npt.NDArray[np.int64]:
    """The units of each symbol, shape (symbols, pool_size): random ones, none in two pools if the network has so many.

    They are those of the source ``RandomSymbols(symbols, pools="random_disjoint", pool_size=pool_size)``.
    """
    size = whole_number("pool_size", pool_size, 1, ne, f"a whole number in [1, {ne}]")
    fits = encoding.symbols * size <= ne
    source = RandomSymbols(encoding.symbols, pools="random_disjoint" if fits else "overlapping", pool_size=size)
    return source.pools_of(ne, seed=seed)


def _values(observation: Any, size: int) -> npt.NDArray[np.float64]:
    try:
        values = np.asarray(observation, float).ravel()
    except (TypeError, ValueError):
        values = np.array([np.nan])
    if values.size != size or not np.isfinite(values).all():
        what = "a number" if size == 1 else f"{size} finite numbers"
        raise StateError(f"observation = {quoted(observation)}", f"must be {what}")
    return values


def _of_shape(name: str, value: Any, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    values = real_array(name, value)
    try:
        return np.broadcast_to(values, shape).ravel().astype(np.float64)
    except ValueError:
        raise ShapeError(f"{name} has the shape {values.shape}", f"must be a number, or {shape} as the space") from None


def _box(space: Any, bins: int, low: Any, high: Any) -> Encoding:
    lowest = _of_shape("low", space.low if low is None else low, space.shape)
    highest = _of_shape("high", space.high if high is None else high, space.shape)
    with np.errstate(over="ignore"):
        width = highest - lowest
    if not np.isfinite(width).all() or (width <= 0).any():
        raise ParameterError(
            f"observations = {quoted(space)}",
            "the range of each number must be finite and not empty",
            "encode(space, low=..., high=...) gives it one",
        )
    return _Ranges(lowest, width, bins)


class Observations:
    """The pools of units that the symbols of an encoding drive."""

    __slots__ = ("_ne", "encoding", "pools")

    def __init__(self, encoding: Encoding, pools: npt.NDArray[np.int64], ne: int) -> None:
        self.encoding, self.pools, self._ne = encoding, pools, ne

    def drive(self, observation: Any) -> npt.NDArray[np.float64]:
        """The drive of an observation: 1 for the units of each symbol that it shows."""
        values = np.zeros(self._ne)
        for symbol in self.encoding(observation):
            values[self.pools[symbol]] = 1.0
        return values


def reward_value(reward: object) -> float | None:
    """Validate the type of ``reward``: a number, or None for no reward."""
    if reward is None:
        return None
    value = float_of(reward)
    if value is None:
        raise StateError(f"reward = {quoted(reward)}", "must be a number, or None for a step without reward")
    return value

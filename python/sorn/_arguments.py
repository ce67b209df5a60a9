"""Convert the arguments of callers into the types of the engine, or say exactly what is wrong with them."""

from __future__ import annotations

import functools
import importlib
import inspect
import math
import operator
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from numbers import Integral, Real
from types import ModuleType
from typing import TYPE_CHECKING, Any, NewType, NoReturn, TypeAlias, TypeVar, cast

import numpy as np
import numpy.typing as npt

from . import _core
from ._caller import warn_caller
from ._errors import IoError, ParameterError, ShapeError, StateError, UnknownKeywordError, UnknownNameError
from ._seeds import drawn_seed
from ._sparse import is_sparse, sparse_columns

if TYPE_CHECKING:
    from ._names import Phase

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Signals: TypeAlias = "dict[str, FloatArray | Callable[[int], float] | _core.Rewards]"
Steps = NewType("Steps", int)
"""A number of steps to run. It has its own type so that a type checker finds two swapped arguments."""
Threads = NewType("Threads", int)
"""A number of threads. 0: the engine decides."""
ONE_STEP = Steps(1)

T = TypeVar("T")

_FLOAT64 = np.dtype(np.float64)
_MOST_STEPS = 2**63 - 1
_MOST_SEED = 2**64 - 1

HYPERPARAMETERS = tuple(_core.Parameters().as_dict())
_HYPERPARAMETER_SET = frozenset(HYPERPARAMETERS)
_RESERVED = frozenset(_core.reserved_signal_names())


def check_keywords(call: Callable[..., object], given: Mapping[str, object]) -> None:
    """Refuse a keyword argument that is neither one of the call's own nor a hyperparameter."""
    if _HYPERPARAMETER_SET.issuperset(given):
        return
    unknown = next(name for name in given if name not in _HYPERPARAMETER_SET)
    own = _own_arguments(call)
    _refuse(call, unknown, [*own, *HYPERPARAMETERS], [*own, "the hyperparameters of sorn.Parameters"])


def no_further_keywords(call: Callable[..., object], given: Mapping[str, object]) -> None:
    """Refuse every keyword argument besides the call's own."""
    for unknown in given:
        own = _own_arguments(call)
        _refuse(call, unknown, own, own)


def _own_arguments(call: Callable[..., object]) -> list[str]:
    parameters = inspect.signature(call).parameters.values()
    return [
        one.name for one in parameters if one.name != "self" and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
    ]


def _refuse(call: Callable[..., object], unknown: str, candidates: Sequence[str], takes: Sequence[str]) -> NoReturn:
    raise UnknownKeywordError(
        f"{call.__name__}() has no argument '{unknown}'",
        f"it takes {', '.join(takes)}",
        did_you_mean(unknown, candidates),
    )


def did_you_mean(unknown: object, candidates: Iterable[str]) -> str:
    """The suggestion for an error about an unknown name. It is empty if no candidate is near."""
    if not isinstance(unknown, str):
        return ""
    return _core.did_you_mean(unknown.encode(errors="replace").decode(), list(candidates))


def file_path(path: Any, name: str = "path") -> str:
    """A path as the engine needs it."""
    try:
        text = os.fsdecode(path)
    except Exception:  # a value of a type of its own may raise anything
        raise ParameterError(f"{name} is of type {type(path).__name__}", "must be a str or a path") from None
    if "\0" in text:
        raise ParameterError(f"{name} = {quoted(text)}", "must not hold a null character")
    try:
        os.fsencode(text)
    except UnicodeEncodeError:  # half of a surrogate pair, which stands for no byte
        raise ParameterError(f"{name} = {quoted(text)}", "must be a name that a file can have") from None
    return text


def io_error(action: str, path: str, error: OSError) -> IoError:
    """The error of the operating system as an IoError with the engine's words and suggestion."""
    if error.errno is None:
        return IoError(f"cannot {action} '{path}'", error.strerror or str(error))
    try:
        _core.throw_system_error(action, path, error.errno)
    except IoError as refusal:
        return refusal


def either(first: str, value: T | None, second: str, other: T | None) -> T | None:
    """The value of an argument that has two names, whichever was used."""
    if other is None:
        return value
    if value is None:
        return other
    raise ParameterError(
        f"{first} and {second} are both given", "they are two names of one argument", "give only one of them"
    )


def is_switch(value: object) -> bool:
    """Whether a value is True or False, which Python and numpy would otherwise accept as 1 or 0."""
    return isinstance(value, (bool, np.bool_))


def whole_number(name: str, value: object, low: int, high: int, rule: str, suggestion: str = "") -> int:
    """Accept integers and real numbers without a fraction, such as 1e6, from `low` to `high`."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]  # a number as numpy.load() gives it
    number = _whole(value)
    if number is None or not low <= number <= high:
        raise ParameterError(f"{name} = {quoted(value)}", f"must be {rule}", suggestion)
    return number


def _whole(value: object) -> int | None:
    """A value as a whole number; None if it is not one. Objects of other types may raise anything here."""
    try:
        if is_switch(value):
            return None
        if isinstance(value, Integral):
            return operator.index(value)
        if isinstance(value, Real):
            number = int(value)  # type: ignore[call-overload]
            return number if number == value else None
    except Exception:
        return None
    return None


def real_number(name: str, value: Any, low: float = -np.inf, *, finite: bool = True) -> float:
    """Accept a number from `low` on. NaN and infinities are accepted only if it need not be finite; text is not."""
    number = float_of(value)
    if number is None:
        raise ParameterError(f"{name} = {quoted(value)}", "must be a number")
    if finite and (not np.isfinite(number) or number < low):
        rule = "a finite number" if low == -np.inf else f"a finite number from {low:g} on"
        raise ParameterError(f"{name} = {quoted(value)}", f"must be {rule}")
    return number


def float_of(value: Any) -> float | None:
    """A real number as a float, infinite if it is too large; None for text, times, arrays and everything else."""
    if isinstance(value, (str, bytes, bytearray, np.ndarray, np.datetime64, np.timedelta64)):
        if not isinstance(value, np.ndarray) or value.ndim != 0 or value.dtype.kind not in "biuf":
            return None
        value = value[()]  # a number as numpy.load() gives it
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    except Exception:  # a value of a type of its own may raise anything
        return None


def truth(name: str, value: object) -> bool:
    """Validate a switch."""
    if is_switch(value):
        return bool(value)
    raise ParameterError(f"{name} = {quoted(value)}", "must be True or False")


def quoted(value: object) -> str:
    """A caller's value for a message, cut if it is long."""
    try:
        text = repr(value)
    except Exception:  # an int of thousands of digits, or a __repr__ that fails
        text = f"a value of type {type(value).__name__}"
    return text if len(text) <= 80 else f"{text[:79]}…"


def step_count(value: object) -> Steps:
    """Validate ``time_steps``."""
    rule = "a whole number from 1 on, below 2^63"
    is_count = isinstance(value, Integral) and not is_switch(value)
    # A switch, a fraction or an array in place of the steps is probably the noise, the next argument in a call.
    suggestion = (
        "leave it out to use every column of inputs"
        if is_count
        else "the steps come before the noise: give both by name, time_steps=1000, noise=True"
    )
    return Steps(whole_number("time_steps", value, 1, _MOST_STEPS, rule, suggestion))


def thread_count(threads: object, suggestion: str = "leave it out to let the size of the network decide") -> Threads:
    """Validate ``threads``. ``None`` becomes 0: the engine decides."""
    if threads is None:
        return Threads(0)
    most = _core.most_threads
    return Threads(whole_number("threads", threads, 1, most, f"a whole number from 1 to {most}", suggestion))


def seed_value(seed: object) -> int:
    """Validate ``seed``. For ``None`` one is drawn from numpy's global generator."""
    if seed is None:
        return drawn_seed()
    rule = "a whole number from 0 to 18446744073709551615 (2^64 - 1)"
    return whole_number("seed", seed, 0, _MOST_SEED, rule, "leave it out for a new one in every call")


def items_of(value: object) -> tuple[object, ...] | None:
    """The items of an iterable; None if it is not iterable, or if its iterator raises an error."""
    try:
        return tuple(value)  # type: ignore[arg-type]
    except Exception:
        return None


def names(argument: str, value: object, rule: str) -> tuple[str, ...]:
    """A single name, or an iterable of names, as a tuple."""
    if isinstance(value, str):
        return (value,)
    items = items_of(value)
    if items is None:
        raise UnknownNameError(f"{argument} = {quoted(value)}", f"must be {rule}")
    for item in items:
        if not isinstance(item, str):
            raise UnknownNameError(f"{argument} holds {quoted(item)}", f"must be {rule}")
    return cast("tuple[str, ...]", items)


def frozen_rules(freeze: Iterable[str] | str | None) -> tuple[str, ...]:
    """Validate the type of ``freeze``. The engine checks the names."""
    if freeze is None:
        return ()
    rules = ", ".join(row["name"] for row in _core.rules())
    return names("freeze", freeze, f"names of plasticity rules: {rules}")


def phase_name(phase: object) -> Phase:
    """Validate the type of ``phase``. The engine checks the name."""
    if isinstance(phase, str):
        return cast("Phase", phase)
    raise UnknownNameError(f"phase = {quoted(phase)}", "must be 'plasticity' or 'training'")


def real_array(name: str, value: Any) -> FloatArray:
    """A float64 array of real numbers. An array that is one already is returned without a copy."""
    if type(value) is np.ndarray and value.dtype is _FLOAT64 and value.flags.aligned:  # as in each step of an agent
        return value
    with np.errstate(over="ignore"):  # a long double beyond float64 becomes infinite
        return np.require(number_array(name, value), np.float64, "A")


def all_finite(values: FloatArray) -> bool:
    """Whether all values are finite, in a few tenths of a microsecond for the values of a step."""
    # A value that is not finite makes the sum of squares so. Large ones do, too; then each is looked at.
    return math.isfinite(np.vdot(values, values)) or bool(np.isfinite(values).all())


def number_array(name: str, value: Any) -> npt.NDArray[Any]:
    """An array of truth values, integers or real numbers. An array that is one already is returned without a copy."""
    if value is None:
        raise StateError(f"{name} is None", "must be an array of real numbers")
    if is_sparse(value):
        return sparse_columns(name, value).dense()
    if isinstance(value, np.ma.MaskedArray) and np.any(value.mask):
        raise StateError(f"{name} has masked values", "must be finite numbers", f"{name}.filled(0) replaces them")
    try:
        array = np.asarray(value)
    except MemoryError:
        raise
    except ValueError:
        raise ShapeError(f"{name} has rows of different lengths", "must be a rectangular array of numbers") from None
    except Exception as error:  # a value of a type of its own may raise anything
        raise StateError(
            f"{name} is of type {type(value).__name__}",
            "must be an array of real numbers",
            f"making one of it raises {type(error).__name__}",
        ) from error
    if array.dtype.kind == "O":
        try:
            array = array.astype(np.float64)
        except MemoryError:
            raise
        except Exception:
            raise StateError(f"{name} is of type {type(value).__name__}", "must be an array of real numbers") from None
    if array.dtype.kind not in "biuf":
        raise StateError(f"{name} holds values of type {array.dtype}", "must be an array of real numbers")
    return array


_MEANT_BY_INPUTS = {
    0: "a number of steps is given by name: time_steps=1000",
    1: "inputs.reshape(-1, 1) makes one step of it",
}


def whole_numbers(name: str, values: Any) -> IntArray:
    """A vector of whole numbers, of any numeric type."""
    array = number_array(name, values)
    if array.ndim != 1:
        raise ShapeError(f"{name} has shape {array.shape}", "must be (time,)")
    if array.dtype.kind not in "iu" and array.size > 0:
        wrong = ~(np.abs(array.astype(np.float64)) < 2**53)
        wrong |= array != np.floor(array) if array.dtype.kind == "f" else False
        if array.dtype.kind == "b" or wrong.any():
            shown = array[wrong][0] if array.dtype.kind == "f" else f"values of type {array.dtype}"
            raise StateError(f"{name} holds {shown}", "must be whole numbers")
    elif array.dtype.kind == "u" and array.size > 0 and array.max() >= 2**63:
        raise StateError(f"{name} holds {array.max()}", "must be below 2^63")
    return np.require(np.asarray(array), np.int64, ["C", "A"])


def input_array(inputs: Any) -> FloatArray | None:
    """Validate ``inputs``: None, or (features, time steps)."""
    if inputs is None:
        return None
    if type(inputs) is not np.ndarray or inputs.dtype is not _FLOAT64 or not inputs.flags.aligned:
        inputs = real_array("inputs", inputs)
    array: FloatArray = inputs
    if array.ndim != 2:
        raise ShapeError(
            f"inputs has shape {array.shape}",
            "must have two dimensions: (features, time steps)",
            _MEANT_BY_INPUTS.get(array.ndim, ""),
        )
    if array.size == 0:
        raise ShapeError(
            f"inputs has shape {array.shape}",
            "must have at least one feature and one step",
            "give inputs=None for spontaneous activity",
        )
    return array


def steps_to_run(inputs: FloatArray | None, time_steps: object) -> Steps:
    """The number of steps of a call: ``time_steps``, or else one for each column of ``inputs``."""
    if inputs is None:
        if time_steps is None:
            raise ParameterError(
                "time_steps is missing", "without inputs a run needs its number of steps", "try time_steps=1000"
            )
        return step_count(time_steps)
    columns = Steps(inputs.shape[1])
    if time_steps is None:
        return columns
    steps = Steps(time_steps) if type(time_steps) is int and 0 < time_steps <= columns else step_count(time_steps)
    if steps > columns:
        transposed = inputs.shape[0] == steps
        raise ShapeError(
            f"inputs has shape {inputs.shape}",
            f"time_steps = {steps} needs {steps} columns, one for each step",
            "inputs are (features, time steps): yours look transposed, try inputs.T" if transposed else "",
        )
    if steps < columns:
        warn_caller(f"time_steps = {steps} leaves the last {columns - steps} of {columns} columns of inputs unused")
    return steps


def noise_argument(noise: Any, steps: Steps, *, one_step: bool = False) -> bool | float | FloatArray:
    """Validate ``noise``: True, False, a standard deviation, or values to replay, (ne + ni, time steps).

    With `one_step` the values may have one dimension.
    """
    if noise is True or noise is False:
        return noise
    if isinstance(noise, np.ndarray) and noise.ndim == 0:
        noise = noise[()]  # a number as numpy.load() gives it
    if is_switch(noise):
        return bool(noise)
    rule = "must be True, False, a standard deviation, or an array (ne + ni, time steps) to replay"
    sigma = float_of(noise) if isinstance(noise, (Real, Decimal)) else None
    if isinstance(noise, Integral) and sigma != 0:
        # 0 means the same as False in every case. Any other whole number is probably the number of steps in the wrong
        # place, or a switch written as 1; used as a standard deviation it would silently drown the network in noise.
        raise ParameterError(
            f"noise = {quoted(noise)}",
            rule,
            "a number of steps is given as time_steps, a standard deviation with a decimal point: noise=1.0",
        )
    if sigma is not None:
        return sigma
    if noise is None or isinstance(noise, (str, bytes)):
        raise ParameterError(f"noise = {quoted(noise)}", rule)
    array = real_array("noise", noise)
    if array.ndim == 1 and one_step:
        array = array.reshape(-1, 1)
    if array.ndim != 2:
        raise ShapeError(f"noise has shape {array.shape}", "must have two dimensions: (ne + ni, time steps)")
    if array.shape[1] > steps:
        warn_caller(
            f"{steps} steps leave the last {array.shape[1] - steps} of {array.shape[1]} columns of noise unused"
        )
    return array


def signal_values(
    signals: Mapping[str, npt.ArrayLike | Callable[[int], float]] | None, steps: int | None, rewards: object = None
) -> Signals | None:
    """Validate the types of ``signals`` and ``rewards``: None, or arrays and functions. The engine checks the values.

    `steps` are those of the run, if they are known here.
    """
    if signals is None and rewards is None:
        return None
    if rewards is not None:
        if isinstance(signals, Mapping) and REWARD in signals:
            raise ParameterError(f"rewards and signals['{REWARD}'] are both given", "they are one signal", "give one")
        own = _core.Rewards(rewards) if callable(rewards) else _reward_array(rewards, steps)
        return {**(signal_values(signals, steps) or {}), REWARD: own}
    rule = "a mapping from names to arrays or functions, such as {'reward': values}"
    if not isinstance(signals, Mapping):
        raise ParameterError(f"signals is of type {type(signals).__name__}", f"must be {rule}")
    values: Signals = {}
    for name in names("signals", signals, rule):
        value = signals[name]
        values[name] = value if callable(value) else _signal_array(name, value, steps)
    return values


REWARD = "reward"
"""The signal that modulates learning."""


def _reward_array(rewards: Any, steps: int | None) -> Any:
    """An array of rewards, in which None and masked values stand for steps without one."""
    if isinstance(rewards, np.ma.MaskedArray):
        missing = np.ma.getmaskarray(rewards)
        given: Any = rewards.filled(0)
    else:
        is_object = isinstance(rewards, np.ndarray) and rewards.dtype.kind == "O" and rewards.ndim > 0
        entries = rewards if is_object or isinstance(rewards, (list, tuple)) else ()
        missing = np.array([entry is None for entry in entries], bool)
        given = [0.0 if entry is None else entry for entry in entries] if missing.any() else rewards
    array = _signal_array(REWARD, given, steps)
    if not missing.any():
        return array
    for k in np.flatnonzero(~np.isfinite(array)):
        raise StateError(f"signal '{REWARD}' = {array[k]} in step {k} of the run", "must be a finite number, or None")
    return _core.Rewards(np.where(missing, np.nan, array))


def _signal_array(name: str, value: Any, steps: int | None) -> FloatArray:
    array = real_array(f"signal '{name}'", value)
    if array.ndim != 1:
        raise ShapeError(f"signal '{name}' has shape {array.shape}", "must have one dimension: a value for each step")
    if steps is not None and len(array) > steps:
        warn_caller(f"{steps} steps leave the last {len(array) - steps} of {len(array)} values of '{name}' unused")
    return array


def signals_of_step(call: Callable[..., object], given: Mapping[str, object]) -> Signals | None:
    """The signals of one step: the keyword arguments of a call besides its own."""
    if not given:
        return None
    values: Signals = {}
    for name, value in given.items():
        if is_switch(value) or _is_no_signal(call, name):
            own = _own_arguments(call)
            _refuse(call, name, own, [*own, "signals by name, which are numbers"])
        values[name] = np.array([real_number(name, value, finite=False)])
    return values


@functools.lru_cache
def _is_no_signal(call: Callable[..., object], name: str) -> bool:
    """Whether a keyword names a hyperparameter or a setting of a run, or is a slip in the name of an argument."""
    return (
        name in _HYPERPARAMETER_SET or name in _RESERVED or bool(get_close_matches(name, _own_arguments(call), 1, 0.8))
    )


def new_synapse_rows(new_synapses: Any) -> npt.NDArray[np.int64] | None:
    """Validate ``new_synapses``: None, or rows of step, pre and post. The engine checks the numbers."""
    if new_synapses is None:
        return None
    rows = np.asarray(real_array("new_synapses", new_synapses))
    if rows.size == 0:
        return np.zeros((0, 3), np.int64)
    if rows.ndim != 2 or rows.shape[1] != 3:
        raise ShapeError(f"new_synapses has shape {rows.shape}", "must have a row (step, pre, post) for each synapse")
    whole = np.isfinite(rows) & (rows == np.floor(rows)) & (np.abs(rows) < 2**53)
    if not whole.all():
        wrong = rows[~whole][0]
        raise StateError(f"new_synapses holds {wrong}", "must be whole numbers: step, pre and post of each synapse")
    return np.ascontiguousarray(rows, np.int64)


def import_extra(module: str, extra: str) -> ModuleType:
    """Import an optional package, or say which extra installs it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(f"this needs the package {module}: pip install 'sorn[{extra}]'") from error

"""Turns what callers pass into what the engine takes, or says precisely what is wrong with it."""

from __future__ import annotations

import importlib
import operator
import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral, Real
from types import ModuleType
from typing import Any, NoReturn, cast

import numpy as np
import numpy.typing as npt

from . import _core
from ._errors import IoError, ParameterError, ShapeError, StateError, UnknownKeywordError, UnknownNameError

FloatArray = npt.NDArray[np.float64]

_FLOAT64 = np.dtype(np.float64)
_MOST_STEPS = 2**63 - 1
_MOST_SEED = 2**64 - 1

HYPERPARAMETERS = tuple(_core.Parameters().as_dict())
_HYPERPARAMETER_SET = frozenset(HYPERPARAMETERS)


def check_keywords(call: str, own: tuple[str, ...], given: Mapping[str, object]) -> None:
    """Refuse a keyword argument that is neither one of the call's `own` nor a hyperparameter."""
    if _HYPERPARAMETER_SET.issuperset(given):
        return
    unknown = next(name for name in given if name not in _HYPERPARAMETER_SET)
    _refuse(call, unknown, [*own, *HYPERPARAMETERS], [*own, "the hyperparameters of sorn.Parameters"])


def no_further_keywords(call: str, own: tuple[str, ...], given: Mapping[str, object]) -> None:
    """Refuse every keyword argument besides the call's `own`."""
    for unknown in given:
        _refuse(call, unknown, own, own)


def _refuse(call: str, unknown: str, candidates: Sequence[str], takes: Sequence[str]) -> NoReturn:
    nearest = _core.nearest_name(unknown, list(candidates))
    raise UnknownKeywordError(
        f"{call}() has no argument '{unknown}'", f"it takes {', '.join(takes)}", f"did you mean '{nearest}'?"
    )


def file_path(path: Any, name: str = "path") -> str:
    """A path as the engine takes it."""
    try:
        text = os.fsdecode(path)
    except TypeError:
        raise ParameterError(f"{name} is of type {type(path).__name__}", "must be a str or a path") from None
    if "\0" in text:
        raise ParameterError(f"{name} = {quoted(text)}", "must not hold a null character")
    try:
        os.fsencode(text)
    except UnicodeEncodeError:  # half of a surrogate pair that stands for no byte
        raise ParameterError(f"{name} = {quoted(text)}", "must be a name that a file can have") from None
    return text


def io_error(action: str, path: str, error: OSError) -> IoError:
    """What the operating system refused, as the engine says it: its words, and what to do about them."""
    if error.errno is None:
        return IoError(f"cannot {action} '{path}'", error.strerror or str(error))
    try:
        _core.throw_system_error(action, path, error.errno)
    except IoError as refusal:
        return refusal


def either(first: str, value: Any, second: str, other: Any) -> Any:
    """The one of two arguments of the same meaning that was given."""
    if other is None:
        return value
    if value is None:
        return other
    raise ParameterError(
        f"{first} and {second} are both given", "they are two names of one argument", "give only one of them"
    )


def whole_number(name: str, value: object, low: int, high: int, rule: str, suggestion: str = "") -> int:
    """Accept ints, numpy integers and real numbers without a fraction, such as 1e6, within [low, high]."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]  # a number as numpy.load() gives it
    number: int | None = None
    if isinstance(value, (bool, np.bool_)):
        pass
    elif isinstance(value, Integral):
        number = operator.index(value)
    elif isinstance(value, Real) and float(value).is_integer():
        number = int(float(value))
    if number is None or not low <= number <= high:
        raise ParameterError(f"{name} = {quoted(value)}", f"must be {rule}", suggestion)
    return number


def real_number(name: str, value: Any, low: float = -np.inf, *, finite: bool = True) -> float:
    """Accept a number from `low` on, NaN and infinities only if it need not be finite; text is no number."""
    if isinstance(value, (str, bytes)):
        raise ParameterError(f"{name} = {quoted(value)}", "must be a number")
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ParameterError(f"{name} = {quoted(value)}", "must be a number") from None
    if finite and (not np.isfinite(number) or number < low):
        rule = "a finite number" if low == -np.inf else f"a finite number from {low:g} on"
        raise ParameterError(f"{name} = {quoted(value)}", f"must be {rule}")
    return number


def quoted(value: object) -> str:
    """A caller's value for a message, cut where it would fill the screen."""
    try:
        text = repr(value)
    except ValueError:  # an int of thousands of digits
        text = f"a value of type {type(value).__name__}"
    return text if len(text) <= 80 else f"{text[:79]}…"


def step_count(value: object) -> int:
    """Validate ``time_steps``."""
    return whole_number(
        "time_steps",
        value,
        1,
        _MOST_STEPS,
        "a whole number from 1 on, below 2^63",
        "leave it out to use every column of inputs",
    )


def thread_count(threads: object, suggestion: str = "leave it out to let the size of the network decide") -> int:
    """Validate ``threads``; 0 stands for ``None``: the engine decides."""
    if threads is None:
        return 0
    most = _core.most_threads
    return whole_number("threads", threads, 1, most, f"a whole number from 1 to {most}", suggestion)


def seed_value(seed: object) -> int:
    """Validate ``seed``; ``None`` draws one from the operating system."""
    if seed is None:
        return int.from_bytes(os.urandom(8), "little")
    rule = "a whole number from 0 to 18446744073709551615 (2^64 - 1)"
    return whole_number("seed", seed, 0, _MOST_SEED, rule, "leave it out for a new one in every call")


def names(argument: str, value: object, rule: str) -> tuple[str, ...]:
    """A single name, or an iterable of names, as a tuple."""
    if isinstance(value, str):
        return (value,)
    try:
        items: tuple[object, ...] = tuple(value)  # type: ignore[arg-type]
    except TypeError:
        raise UnknownNameError(f"{argument} = {quoted(value)}", f"must be {rule}") from None
    for item in items:
        if not isinstance(item, str):
            raise UnknownNameError(f"{argument} holds {quoted(item)}", f"must be {rule}")
    return cast("tuple[str, ...]", items)


def frozen_rules(freeze: Iterable[str] | str | None) -> tuple[str, ...]:
    """Validate the type of ``freeze``; the engine knows the names."""
    if freeze is None:
        return ()
    return names("freeze", freeze, "names of plasticity rules: stdp, ip, sp, istdp, ss")


def phase_name(phase: object) -> str:
    """Validate the type of ``phase``; the engine knows the names."""
    if isinstance(phase, str):
        return phase
    raise UnknownNameError(f"phase = {quoted(phase)}", "must be 'plasticity' or 'training'")


def real_array(name: str, value: Any) -> FloatArray:
    """A float64 array of real numbers, the caller's own where it is one already."""
    return np.require(number_array(name, value), np.float64, "A")


def number_array(name: str, value: Any) -> npt.NDArray[Any]:
    """An array of truth values, integers or real numbers, the caller's own where it is one already."""
    if value is None:
        raise StateError(f"{name} is None", "must be an array of real numbers")
    if hasattr(value, "toarray"):  # scipy.sparse
        value = value.toarray()
    if isinstance(value, np.ma.MaskedArray) and np.any(value.mask):
        raise StateError(f"{name} has masked values", "must be finite numbers", f"{name}.filled(0) replaces them")
    try:
        array = np.asarray(value)
    except ValueError:
        raise ShapeError(f"{name} has rows of different lengths", "must be a rectangular array of numbers") from None
    if array.dtype.kind == "O":
        try:
            array = array.astype(np.float64)
        except (TypeError, ValueError, OverflowError):
            raise StateError(f"{name} is of type {type(value).__name__}", "must be an array of real numbers") from None
    if array.dtype.kind not in "biuf":
        raise StateError(f"{name} holds values of type {array.dtype}", "must be an array of real numbers")
    return array


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
            "inputs.reshape(-1, 1) makes one step of it" if array.ndim == 1 else "",
        )
    if array.size == 0:
        raise ShapeError(
            f"inputs has shape {array.shape}",
            "must have at least one feature and one step",
            "give inputs=None for spontaneous activity",
        )
    return array


def steps_to_run(inputs: FloatArray | None, time_steps: object, stacklevel: int) -> int:
    """The number of steps of a call: ``time_steps``, or else one for each column of ``inputs``."""
    if inputs is None:
        if time_steps is None:
            raise ParameterError(
                "time_steps is missing", "without inputs a run needs its number of steps", "try time_steps=1000"
            )
        return step_count(time_steps)
    columns: int = inputs.shape[1]
    if time_steps is None:
        return columns
    steps = time_steps if type(time_steps) is int and 0 < time_steps <= columns else step_count(time_steps)
    if steps > columns:
        transposed = inputs.shape[0] == steps
        raise ShapeError(
            f"inputs has shape {inputs.shape}",
            f"time_steps = {steps} needs {steps} columns, one for each step",
            "inputs are (features, time steps): yours look transposed, try inputs.T" if transposed else "",
        )
    if steps < columns:
        warnings.warn(
            f"time_steps = {steps} leaves the last {columns - steps} of {columns} columns of inputs unused",
            stacklevel=stacklevel + 1,
        )
    return steps


def noise_argument(noise: Any, steps: int, stacklevel: int) -> bool | float | FloatArray:
    """Validate ``noise``: True, False, a standard deviation, or values to replay, (ne + ni, time steps)."""
    if isinstance(noise, (bool, np.bool_)):
        return bool(noise)
    if isinstance(noise, Real):
        return float(noise)
    if noise is None or isinstance(noise, str):
        raise ParameterError(
            f"noise = {quoted(noise)}",
            "must be True, False, a standard deviation, or an array (ne + ni, time steps) to replay",
        )
    array = real_array("noise", noise)
    if array.ndim != 2:
        raise ShapeError(f"noise has shape {array.shape}", "must have two dimensions: (ne + ni, time steps)")
    if array.shape[1] > steps:
        warnings.warn(
            f"{steps} steps leave the last {array.shape[1] - steps} of {array.shape[1]} columns of noise unused",
            stacklevel=stacklevel + 1,
        )
    return array


def import_extra(module: str, extra: str) -> ModuleType:
    """Import an optional package, or say which extra brings it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(f"this needs the package {module}: pip install 'sorn[{extra}]'") from error

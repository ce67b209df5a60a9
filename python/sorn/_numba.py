"""Rules that Numba compiles: their function is called by the engine, without the interpreter.

The engine passes the address of a ``sorn_part`` (<sorn/rule.h>). Its members become a value of Numba, whose attributes
and methods are those of :class:`RuleView`: they are loaded once in a call, and their use in loops costs no more than
in C.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.errors import NumbaError, TypingError
from numba.core.imputils import impl_ret_borrowed
from numba.extending import (
    intrinsic,
    lower_setattr,
    make_attribute_wrapper,
    models,
    overload_attribute,
    overload_method,
    register_jitable,
    register_model,
)
from numba.np.arrayobj import make_array, populate_array

from . import _core
from ._errors import ParameterError, RuleError, ShapeError, StateError

_int64, _float64 = types.int64, types.float64


class ViewError(Exception):
    """A wrong use of a view: the number of the mistake and those that it is about. explained() finds the words."""


class Code(NamedTuple):
    """A compiled function, which must be kept as long as its address is used."""

    compiled: Any
    address: int


class _Synapses(types.Type):
    def __init__(self, matrix: str) -> None:
        self.matrix = matrix
        super().__init__(name=f"PartSynapses of {matrix}")


class _Part(types.Type):
    def __init__(self) -> None:
        super().__init__(name="RuleView")


_WEE, _WEI, _PART = _Synapses("WEE"), _Synapses("WEI"), _Part()
_MATRIX_NUMBER = {"WEE": 0, "WEI": 1}


# --- the members of the structs -------------------------------------------------------------------------------------


def _members(layout: dict[str, int]) -> list[tuple[str, Any]]:
    """Numbers and addresses alike have 64 bits."""
    return [(name, _float64 if name == "high" else _int64) for name in layout]


_LAYOUT = _core.rule_layout()
_SYNAPSES_LAYOUT, _PART_LAYOUT = _LAYOUT["synapses"], _LAYOUT["part"]
_FUNCTIONS = _core.rule_functions()
_SYNAPSES_MEMBERS = _members(_SYNAPSES_LAYOUT)
_PART_MEMBERS = _members({name: at for name, at in _PART_LAYOUT.items() if name not in ("wee", "wei")})


@register_model(_Synapses)
class _SynapsesModel(models.StructModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _SYNAPSES_MEMBERS)


@register_model(_Part)
class _PartModel(models.StructModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, [("address", _int64), *_PART_MEMBERS, ("wee", _WEE), ("wei", _WEI)])


for _name, _ in _SYNAPSES_MEMBERS:
    make_attribute_wrapper(_Synapses, _name, f"_{_name}")
make_attribute_wrapper(_Synapses, "n_pre", "n_pre")
for _name, _ in [("address", _int64), *_PART_MEMBERS]:
    make_attribute_wrapper(_Part, _name, f"_{_name}")
for _name in ("step", "wee", "wei"):
    make_attribute_wrapper(_Part, _name, _name)


def _loaded(builder: Any, address: Any, offset: int, kind: Any) -> Any:
    bits = ir.DoubleType() if kind is _float64 else ir.IntType(64)
    place = builder.inttoptr(builder.add(address, ir.Constant(ir.IntType(64), offset)), bits.as_pointer())
    return builder.load(place)


def _struct_at(context: Any, builder: Any, kind: Any, address: Any) -> Any:
    """The struct of C at an address, as a value."""
    members, layout = (_PART_MEMBERS, _PART_LAYOUT) if kind is _PART else (_SYNAPSES_MEMBERS, _SYNAPSES_LAYOUT)
    value = cgutils.create_struct_proxy(kind)(context, builder)
    for name, member in members:
        setattr(value, name, _loaded(builder, address, layout[name], member))
    if kind is _PART:
        value.address = address
        for name, matrix in (("wee", _WEE), ("wei", _WEI)):
            start = builder.add(address, ir.Constant(ir.IntType(64), _PART_LAYOUT[name]))
            setattr(value, name, _struct_at(context, builder, matrix, start))
    return value._getvalue()


# --- memory and functions of the engine -----------------------------------------------------------------------------


def _array_of(dtype: Any) -> Any:
    kind = types.Array(dtype, 1, "C", readonly=True)

    @intrinsic
    def array(_context: Any, address: Any, count: Any) -> Any:
        """A read-only array at an address."""

        def code(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
            item = context.get_data_type(dtype)
            value = make_array(kind)(context, builder)
            size = ir.Constant(ir.IntType(64), context.get_abi_sizeof(item))
            data = builder.inttoptr(args[0], item.as_pointer())
            populate_array(value, data=data, shape=[args[1]], strides=[size], itemsize=size, meminfo=None)
            return value._getvalue()

        return kind(_int64, _int64), code

    return array


@intrinsic
def _table_at(_context: Any, address: Any, rows: Any, columns: Any) -> Any:
    """An array of numbers at an address, which may be written."""
    kind = types.Array(_float64, 2, "C")

    def code(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        item = context.get_data_type(_float64)
        value = make_array(kind)(context, builder)
        size = ir.Constant(ir.IntType(64), 8)
        populate_array(
            value,
            data=builder.inttoptr(args[0], item.as_pointer()),
            shape=[args[1], args[2]],
            strides=[builder.mul(args[2], size), size],
            itemsize=size,
            meminfo=None,
        )
        return value._getvalue()

    return kind(_int64, _int64, _int64), code


def _load_of(bits: Any, result: Any) -> Any:
    @intrinsic
    def load(_context: Any, address: Any, index: Any) -> Any:
        def code(_: Any, builder: Any, _signature: Any, args: Any) -> Any:
            place = builder.gep(builder.inttoptr(args[0], bits.as_pointer()), [args[1]])
            value = builder.load(place)
            return value if result is _float64 else builder.zext(value, ir.IntType(64))

        return result(_int64, _int64), code

    return load


def _store_of(bits: Any, kind: Any) -> Any:
    @intrinsic
    def store(_context: Any, address: Any, index: Any, value: Any) -> Any:
        def code(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
            place = builder.gep(builder.inttoptr(args[0], bits.as_pointer()), [args[1]])
            builder.store(args[2], place)
            return context.get_dummy_value()

        return types.none(_int64, _int64, kind), code

    return store


def _function_of(result: Any, *given: Any) -> Any:
    """Calls a function of C at an address, with a tuple of these types."""

    @intrinsic
    def call(_context: Any, function: Any, arguments: Any) -> Any:
        def code(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
            bits = ir.VoidType() if result is types.none else context.get_value_type(result)
            form = ir.FunctionType(bits, [context.get_value_type(one) for one in given])
            values = cgutils.unpack_tuple(builder, args[1], len(given))
            value = builder.call(builder.inttoptr(args[0], form.as_pointer()), values)
            return context.get_dummy_value() if result is types.none else value

        return result(_int64, types.Tuple(given)), code

    return call


_bytes_at, _units_at, _words_at, _numbers_at = (
    _array_of(kind) for kind in (types.int8, types.uint32, types.uint64, _float64)
)
_load_u32 = _load_of(ir.IntType(32), _int64)
_load_f64 = _load_of(ir.DoubleType(), _float64)
_store_u8 = _store_of(ir.IntType(8), types.uint8)
_store_f64 = _store_of(ir.DoubleType(), _float64)
_call_set = _function_of(types.none, _int64, types.uint32, types.uint32, _float64)
_call_make = _function_of(types.none, _int64, _int64, _int64, _float64)
_call_set_te = _function_of(types.none, _int64, _int64, _float64)
_call_uniform = _function_of(_float64, _int64, types.uint32, types.uint32)


@intrinsic
def _locked(_context: Any, array: Any) -> Any:
    """The same array, read-only."""
    kind = array.copy(readonly=True)

    def code(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return impl_ret_borrowed(context, builder, kind, args[0])

    return kind(array), code


@intrinsic(prefer_literal=True)
def _signal_at(_context: Any, part: Any, name: Any) -> Any:
    """The address of the value of a signal; 0: there is none."""
    if not isinstance(name, types.StringLiteral):
        raise TypingError("the name of a signal must be written as a text in a compiled rule")
    text = name.literal_value

    def code(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        address = ir.Constant(ir.IntType(64), _FUNCTIONS["signal"])
        form = ir.FunctionType(ir.IntType(64), [ir.IntType(64), ir.IntType(8).as_pointer()])
        function = builder.inttoptr(address, form.as_pointer())
        return builder.call(function, [args[0], context.insert_const_string(builder.module, text)])

    return _int64(_int64, name), code


# --- the synapses of a part -----------------------------------------------------------------------------------------


def _is_number(kind: Any) -> bool:
    return isinstance(kind, (types.Number, types.Boolean))


def _is_whole(kind: Any) -> bool:
    return isinstance(kind, (types.Integer, types.Boolean))


def _is_array(kind: Any, dtype: Callable[[Any], bool]) -> bool:
    return isinstance(kind, types.Array) and kind.ndim == 1 and dtype(kind.dtype)


def _are_units(kind: Any) -> bool:
    return isinstance(kind, types.RangeType) or _is_array(kind, _is_whole)


@register_jitable
def _whole(number):
    return _int64(number)


@register_jitable
def _each(values, k):
    return _float64(values[k])


@register_jitable
def _same(value, k):
    return _float64(value)


@register_jitable
def _no_count(values):
    return -1


@register_jitable
def _count(values):
    return len(values)


def _numbers(kind: Any) -> tuple[Any, Any] | None:
    """Functions that read a number for each of several synapses or units, and that count them; -1: one for all."""
    if _is_number(kind):
        return _same, _no_count
    return (_each, _count) if _is_array(kind, _is_number) else None


def _column_of(matrix: str) -> Any:
    number = _MATRIX_NUMBER[matrix]

    @register_jitable
    def column(w, post):
        """The place of a unit in the part."""
        unit = _int64(post)
        place = unit - w._first_post
        if place < 0 or place >= w._n_post:
            raise ViewError(0, number, unit, w._first_post, w._first_post + w._n_post - 1)
        return place

    return column


def _entry_of(matrix: str) -> Any:
    number = _MATRIX_NUMBER[matrix]

    @register_jitable
    def entry(w, post, column, k, sets):
        """The place of synapse `k` of a unit."""
        synapse = _int64(k)
        length = _load_u32(w._length, column)
        if synapse < 0 or synapse >= length:
            raise ViewError(1, number, synapse, _int64(post), length, sets)
        return _load_u32(w._start, column) + synapse

    return entry


_COLUMN = {matrix: _column_of(matrix) for matrix in _MATRIX_NUMBER}
_ENTRY = {matrix: _entry_of(matrix) for matrix in _MATRIX_NUMBER}


@register_jitable
def _put(w, entry, column, weight):
    if weight > 0.0 and weight <= w._high:
        _store_f64(w._weight_, entry, weight)
        _store_u8(w._settled_, column, 0)
    else:
        _call_set(w._set_, (w._owner_, entry, column, weight))


@register_jitable
def _change(w, entry, column, weight):
    """Columns that do not change need no further work."""
    if w._high < 0.0 or _load_f64(w._weight, entry) != weight:
        _put(w, entry, column, weight)


@overload_method(_Synapses, "pre_of")
def _pre_of(w, post):
    if not _is_whole(post):
        return None
    column_of = _COLUMN[w.matrix]

    def code(w, post):
        column = column_of(w, post)
        return _units_at(w._pre + 4 * _load_u32(w._start, column), _load_u32(w._length, column))

    return code


@overload_method(_Synapses, "weights_of")
def _weights_of(w, post):
    if not _is_whole(post):
        return None
    column_of = _COLUMN[w.matrix]

    def code(w, post):
        column = column_of(w, post)
        return _locked(_numbers_at(w._weight + 8 * _load_u32(w._start, column), _load_u32(w._length, column)).copy())

    return code


@overload_method(_Synapses, "weight")
def _weight(w, post, k):
    if not (_is_whole(post) and _is_whole(k)):
        return None
    column_of, entry_of = _COLUMN[w.matrix], _ENTRY[w.matrix]

    def code(w, post, k):
        return _load_f64(w._weight, entry_of(w, post, column_of(w, post), k, False))

    return code


@overload_method(_Synapses, "set")
def _set(w, post, k, weight):
    if not (_is_whole(post) and _numbers(weight)):
        return None
    column_of, entry_of = _COLUMN[w.matrix], _ENTRY[w.matrix]
    if _is_whole(k) and _is_number(weight):

        def one(w, post, k, weight):
            column = column_of(w, post)
            _change(w, entry_of(w, post, column, k, True), column, _float64(weight))

        return one
    if not _are_units(k):
        return None
    value_of, count_of = _numbers(weight)

    def several(w, post, k, weight):
        column = column_of(w, post)
        given = count_of(weight)
        if given >= 0 and given != len(k):
            raise ViewError(2, 1, given, len(k))
        for i, synapse in enumerate(k):
            _change(w, entry_of(w, post, column, synapse, True), column, value_of(weight, i))

    return several


@overload_method(_Synapses, "set_weights")
def _set_weights(w, post, weights):
    numbers = _numbers(weights)
    if not _is_whole(post) or numbers is None:
        return None
    column_of = _COLUMN[w.matrix]
    value_of, count_of = numbers

    def code(w, post, weights):
        column = column_of(w, post)
        count = _load_u32(w._length, column)
        given = count_of(weights)
        if given >= 0 and given != count:
            raise ViewError(2, 2, given, count)
        first = _load_u32(w._start, column)
        for k in range(count):
            _change(w, first + k, column, value_of(weights, k))

    return code


@overload_method(_Synapses, "make")
def _make(w, pre, post, weight):
    if not (_is_whole(pre) and _is_whole(post) and _is_number(weight)):
        return None
    number = _MATRIX_NUMBER[w.matrix]

    def code(w, pre, post, weight):
        source, target = _int64(pre), _int64(post)
        if source < 0 or target < 0:
            raise ViewError(3, number, source, target, _float64(weight))
        _call_make(w._make_, (w._owner_, source, target, _float64(weight)))

    return code


@overload_method(_Synapses, "synapses_from")
def _synapses_from(w, pre):
    if not _is_whole(pre):
        return None
    number = _MATRIX_NUMBER[w.matrix]

    def code(w, pre):
        unit = _int64(pre)
        if unit < 0 or unit >= w._n_pre:
            raise ViewError(4, number, unit, w._n_pre)
        if w._row_length == 0:  # a static matrix
            return _words_at(w._outgoing, 0)
        return _words_at(w._outgoing + 8 * _load_u32(w._row_start, unit), _load_u32(w._row_length, unit))

    return code


def _place_of(matrix: str) -> Any:
    number = _MATRIX_NUMBER[matrix]

    @register_jitable
    def place(w, synapse):
        """The column of a synapse of synapses_from(), and its place in the storage of the weights."""
        word = types.uint64(synapse)
        column, entry = _int64(word >> types.uint64(32)), _int64(word & types.uint64(0xFFFFFFFF))
        if column < w._n_post:
            first = _load_u32(w._start, column)
            if first <= entry and entry < first + _load_u32(w._length, column):
                return column, entry
        raise ViewError(9, number, _int64(word))

    return place


_PLACE = {matrix: _place_of(matrix) for matrix in _MATRIX_NUMBER}


@overload_method(_Synapses, "post_of")
def _post_of(w, synapse):
    place_of = _PLACE[w.matrix]
    if _is_whole(synapse):
        return lambda w, synapse: w._first_post + place_of(w, synapse)[0]
    if not _is_array(synapse, _is_whole):
        return None

    def several(w, synapse):
        posts = np.empty(len(synapse), np.int64)
        for i in range(len(synapse)):
            posts[i] = w._first_post + place_of(w, synapse[i])[0]
        return posts

    return several


@overload_method(_Synapses, "weight_of")
def _weight_of(w, synapse):
    place_of = _PLACE[w.matrix]
    if _is_whole(synapse):
        return lambda w, synapse: _load_f64(w._weight, place_of(w, synapse)[1])
    if not _is_array(synapse, _is_whole):
        return None

    def several(w, synapse):
        weights = np.empty(len(synapse), np.float64)
        for i in range(len(synapse)):
            weights[i] = _load_f64(w._weight, place_of(w, synapse[i])[1])
        return weights

    return several


@overload_method(_Synapses, "set_of")
def _set_of(w, synapse, weight):
    place_of = _PLACE[w.matrix]
    if _is_whole(synapse) and _is_number(weight):

        def one(w, synapse, weight):
            column, entry = place_of(w, synapse)
            _put(w, entry, column, _float64(weight))

        return one
    numbers = _numbers(weight)
    if not _is_array(synapse, _is_whole) or numbers is None:
        return None
    value_of, count_of = numbers

    def several(w, synapse, weight):
        given = count_of(weight)
        if given >= 0 and given != len(synapse):
            raise ViewError(2, 1, given, len(synapse))
        for i in range(len(synapse)):
            column, entry = place_of(w, synapse[i])
            _change(w, entry, column, value_of(weight, i))

    return several


# --- the part -------------------------------------------------------------------------------------------------------


@overload_attribute(_Part, "units")
def _units(s):
    return lambda s: range(s._begin, s._end)


def _add_array(name: str, array: Any, address: str, count: str) -> None:
    """An attribute of a part that does not change during the call."""
    source = f"lambda s: array(s._{address}, s._{count})"
    overload_attribute(_Part, name)(lambda s: eval(source, {"array": array}))


for _name, _of in (("x", "ne"), ("next_x", "ne"), ("y", "ni"), ("next_y", "ni")):
    _add_array(_name, _bytes_at, _name, _of)
for _name in ("active_x", "active_next_x", "active_y"):
    _add_array(_name, _units_at, _name, f"{_name}_count")


@overload_attribute(_Part, "target")
def _target(s):
    return lambda s: _numbers_at(s._target, s._end - s._begin)


@overload_attribute(_Part, "te")
def _te(s):
    return lambda s: _locked(_numbers_at(s._te, s._end - s._begin).copy())


@overload_attribute(_Part, "parameters")
def _parameters(s):
    raise TypingError("a compiled rule does not see s.parameters: give it their values as parameters of its own")


@overload_attribute(_Part, "memory")
def _memory(s):
    def code(s):
        if s._memory_width == 0:
            raise ViewError(10)
        return _table_at(s._memory, s._end - s._begin, s._memory_width)

    return code


@lower_setattr(_Part, "memory")
def _set_memory(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    def code(s, values):
        s.memory[:] = values

    return context.compile_internal(builder, code, signature, args)


@overload_method(_Part, "te_of")
def _te_of(s, unit):
    if not _is_whole(unit):
        return None

    def code(s, unit):
        number = _int64(unit)
        if number < s._begin or number >= s._end:
            raise ViewError(5, number, s._begin, s._end - 1)
        return _load_f64(s._te, number - s._begin)

    return code


@register_jitable
def _put_te(s, unit, value):
    if unit < 0:
        raise ViewError(6, unit)
    _call_set_te(s._set_te_, (s._owner_, unit, value))


@overload_method(_Part, "set_te")
def _set_te(s, unit, value):
    if _is_whole(unit) and _is_number(value):
        return lambda s, unit, value: _put_te(s, _int64(unit), _float64(value))
    numbers = _numbers(value)
    if not _are_units(unit) or numbers is None:
        return None
    value_of, count_of = numbers

    def several(s, unit, value):
        given = count_of(value)
        if given >= 0 and given != len(unit):
            raise ViewError(2, 3, given, len(unit))
        for i, one in enumerate(unit):
            _put_te(s, _int64(one), value_of(value, i))

    return several


@overload_method(_Part, "signal")
def _signal(s, name):
    def code(s, name):
        address = _signal_at(s._address, name)
        if address == 0:
            return None
        return _load_f64(address, 0)

    return code


@register_jitable
def _draw(s, unit, draw):
    if unit < 0 or unit > 0xFFFFFFFF:
        raise ViewError(7, unit)
    return _call_uniform(s._uniform_, (s._owner_, unit, draw))


@overload_method(_Part, "uniform")
def _uniform(s, unit, draw=0):
    if not (_is_whole(draw) or draw == 0 or isinstance(draw, types.Omitted)):
        return None
    if _is_whole(unit):
        return lambda s, unit, draw=0: _draw(s, _int64(unit), draw)
    if not _are_units(unit):
        return None

    def several(s, unit, draw=0):
        numbers = np.empty(len(unit), np.float64)
        for i, one in enumerate(unit):
            numbers[i] = _draw(s, _int64(one), draw)
        return numbers

    return several


# --- compiling ------------------------------------------------------------------------------------------------------


def _kind_of(name: str, parameter: str, value: Any) -> Any:
    if isinstance(value, (bool, np.bool_)):
        return types.boolean
    if isinstance(value, (int, np.integer)):
        return _int64
    if isinstance(value, (float, np.floating)):
        return _float64
    raise ParameterError(
        f"{parameter} = {value!r} of the rule '{name}'", "must be a number: a compiled rule takes no other parameters"
    )


def compiled(
    function: Callable[..., object], name: str, parameters: dict[str, Any], known: dict[tuple[Any, ...], Code]
) -> int:
    """The address of the function of a rule, compiled for the types of its parameters. `known` keeps the code."""
    kinds = tuple(_kind_of(name, parameter, value) for parameter, value in parameters.items())
    if kinds not in known:
        known[kinds] = _code_of(function, name, kinds)
    return known[kinds].address


def _code_of(function: Callable[..., object], name: str, kinds: tuple[Any, ...]) -> Code:
    rule = numba.njit(function)
    try:
        rule.compile((_PART, *kinds))
    except NumbaError as error:
        raise ParameterError(
            f"the rule '{name}' cannot be compiled by Numba",
            str(error).strip(),
            "leave out compiled=True, or change it",
        ) from error
    result = rule.overloads[(_PART, *kinds)]

    @intrinsic
    def apply_to(_context: Any, address: Any) -> Any:
        """Calls the function. An exception is kept for the engine's rule, which raises it."""

        def code(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
            word = ir.IntType(64)
            first = _loaded(builder, args[0], _PART_LAYOUT["parameters"], _int64)
            values = [_struct_at(context, builder, _PART, args[0])]
            for k, kind in enumerate(kinds):
                value = _loaded(builder, first, 8 * k, _float64)
                values.append(context.cast(builder, value, _float64, kind))
            context.add_linking_libs([result.library])
            status, returned = context.call_internal_no_propagate(builder, result.fndesc, result.signature, values)
            text = cgutils.alloca_once_value(builder, ir.Constant(word, 0))
            with builder.if_else(status.is_error, likely=False) as (failed, done):
                with failed:
                    interpreter = context.get_python_api(builder)
                    state = interpreter.gil_ensure()
                    context.call_conv.raise_error(builder, interpreter, status)
                    form = ir.FunctionType(word, [])
                    keep = builder.inttoptr(ir.Constant(word, _FUNCTIONS["raised"]), form.as_pointer())
                    builder.store(builder.call(keep, []), text)
                    interpreter.gil_release(state)
                with done:
                    if context.enable_nrt:
                        context.nrt.decref(builder, result.signature.return_type, returned)
            return builder.load(text)

        return _int64(_int64), code

    apply = numba.cfunc(types.intp(types.intp))(lambda address: apply_to(address))
    return Code((rule, apply), apply.address)


def explained(error: BaseException, name: str, step: int) -> BaseException:
    """The error of a compiled rule in the words that the same function has without Numba."""
    if not isinstance(error, ViewError):
        return error
    kind, *told = error.args
    begun = f"the rule '{name}'"
    if kind in (0, 1, 3, 4, 9):
        matrix = "W_EE" if told.pop(0) == 0 else "W_EI"
    if kind == 0:
        return RuleError(
            f"{begun} asks for synapses of {matrix} onto unit {told[0]} in step {step}",
            f"must be a unit of the part, from {told[1]} to {told[2]}",
        )
    if kind == 1:
        verb = "sets" if told[3] else "asks for"
        return RuleError(
            f"{begun} {verb} synapse {told[0]} of {matrix} onto unit {told[1]} in step {step}",
            f"it has {told[2]} synapses, numbered from 0",
        )
    if kind == 2:
        return ShapeError(f"{('k', 'w', 'weights', 'value')[told[0]]} has {told[1]} values", f"must have {told[2]}")
    if kind == 3:
        return RuleError(
            f"{begun} makes {matrix}[{told[0]}][{told[1]}] = {told[2]} in step {step}", "units are numbered from 0"
        )
    if kind == 4:
        return RuleError(
            f"{begun} asks for synapses of {matrix} from unit {told[0]} in step {step}",
            f"must be below {told[1]}",
        )
    if kind == 5:
        return RuleError(
            f"{begun} asks for T_E[{told[0]}] in step {step}",
            f"must be a unit of the part, from {told[1]} to {told[2]}",
        )
    if kind == 6:
        return RuleError(f"{begun} sets T_E[{told[0]}] in step {step}", "must be a unit of the part")
    if kind == 10:
        return StateError(
            f"{begun} has no memory",
            "it keeps nothing from step to step",
            "@sorn.rule(memory=1) keeps a number for each unit",
        )
    if kind == 9:
        return RuleError(
            f"{begun} takes {told[0]} for a synapse of {matrix} in step {step}",
            "must be one of synapses_from() in this call",
        )
    return ParameterError(f"unit = {told[0]}", "must be from 0 to 2^32 - 1")

"""Matrices of ``scipy.sparse``, read with all checks.

SciPy does not check the arrays of a sparse matrix before it uses them, and some of its functions write to the memory at
which a damaged index points. So this module copies the arrays, checks the copies, and calls none of SciPy's functions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ._errors import ShapeError, SornError, StateError

_Indices = npt.NDArray[np.int64]

_MOST_UNITS = 2**31 - 1
_MOST_DENSE = 2**31  # entries of a dense array that may be made from a sparse one
_ADVICE = "make it anew from the entries that it shall have"


class Columns(NamedTuple):
    """A matrix column by column: column i holds the entries start[i] to start[i + 1]."""

    start: _Indices
    pre: npt.NDArray[np.uint32]
    weight: npt.NDArray[np.float64]
    n_pre: int

    @property
    def shape(self) -> tuple[int, int]:
        """The numbers of rows and columns."""
        return self.n_pre, len(self.start) - 1

    def dense(self) -> npt.NDArray[np.float64]:
        """The matrix as a dense array."""
        if self.shape[0] * self.shape[1] > _MOST_DENSE:
            raise ShapeError(f"a sparse matrix of shape {self.shape}", "is too large to be made dense")
        array = np.zeros(self.shape)
        array[self.pre, np.repeat(np.arange(self.shape[1]), np.diff(self.start))] = self.weight
        return array


def is_sparse(value: object) -> bool:
    """Whether a value is a matrix of ``scipy.sparse`` or behaves like one, or is held column by column."""
    if isinstance(value, Columns):
        return True
    try:
        return hasattr(value, "tocsc") or hasattr(value, "toarray")
    except Exception:  # other objects may raise any error
        return False


def sparse_columns(name: str, matrix: Any) -> Columns:
    """The columns of a sparse matrix. Entries for the same place are added, as SciPy does.

    Errors call the matrix `name`.

    Raises
    ------
    StateError
        If its structure is damaged or its values are not real numbers.
    ShapeError
        If the matrix does not have two dimensions.
    """
    if isinstance(matrix, Columns):
        return matrix
    try:
        kind = str(getattr(matrix, "format", type(matrix).__name__))
        read = _FORMATS.get(kind)
        if read is None:
            raise StateError(f"{name} is a sparse matrix of the format {kind}", f"must be one of {', '.join(_FORMATS)}")
        shape = _shape(name, matrix)
        rows, columns, values = read(name, matrix, shape)
        return columns_of(shape, rows, columns, values)
    except (SornError, MemoryError):
        raise
    except Exception as error:  # an attribute is missing or has another type than in SciPy
        raise StateError(
            f"{name} is a damaged sparse matrix", str(error)[:200] or type(error).__name__, _ADVICE
        ) from None


_Entries = tuple[_Indices, _Indices, npt.NDArray[np.float64]]


def _shape(name: str, matrix: Any) -> tuple[int, int]:
    shape = tuple(int(extent) for extent in matrix.shape)
    if len(shape) != 2:
        raise ShapeError(f"{name} has shape {shape}", "must be a matrix: two dimensions")
    for extent in shape:
        if not 0 <= extent <= _MOST_UNITS:
            raise ShapeError(f"{name} has shape {shape}", f"must have at most {_MOST_UNITS} rows and columns")
    return shape


def columns_of(shape: tuple[int, int], rows: _Indices, columns: _Indices, values: npt.NDArray[np.float64]) -> Columns:
    """The columns of a matrix, from the row, the column and the value of each entry, in any order."""
    # One number for each place. It fits into 64 bits because both extents are below 2^31.
    place = columns * shape[0] + rows
    if not (np.diff(place) > 0).all():
        place, where = np.unique(place, return_inverse=True)
        sums = np.zeros(len(place))
        np.add.at(sums, where.reshape(-1), values)
        values = sums
    columns, rows = np.divmod(place, max(shape[0], 1))
    start = np.zeros(shape[1] + 1, np.int64)
    np.cumsum(np.bincount(columns, minlength=shape[1]), out=start[1:])
    return Columns(start, rows.astype(np.uint32), values, shape[0])


# --- arrays of the matrix ---------------------------------------------------------------------------------------------


def _own(label: str, array: Any, dimensions: int = 1) -> npt.NDArray[Any]:
    """A copy of an array of the matrix, so that it cannot change after the checks."""
    if not isinstance(array, np.ndarray):
        raise StateError(f"{label} is of type {type(array).__name__}", "must be a NumPy array", _ADVICE)
    copy = np.array(array, copy=True, subok=False)
    if copy.ndim != dimensions:
        raise StateError(f"{label} has shape {copy.shape}", f"must have {dimensions} dimension(s)", _ADVICE)
    return copy


def _values(label: str, array: Any, dimensions: int = 1) -> npt.NDArray[np.float64]:
    values = _own(label, array, dimensions)
    if values.dtype.kind not in "biuf":
        raise StateError(f"{label} holds values of type {values.dtype}", "must be real numbers")
    return values.astype(np.float64)


def _indices(label: str, array: Any, below: int, rule: str) -> _Indices:
    """Whole numbers from 0 to `below` - 1."""
    indices = _own(label, array)
    if indices.dtype.kind not in "iu":
        raise StateError(f"{label} holds values of type {indices.dtype}", "must be whole numbers", _ADVICE)
    wrong = (indices < 0) | (indices >= below)
    if wrong.any():
        position = int(wrong.argmax())
        raise StateError(
            f"{label}[{position}] = {indices[position]}", f"must be from 0 to {below - 1}: {rule}", _ADVICE
        )
    return indices.astype(np.int64)


def _same_length(label: str, count: int, other: str, expected: int) -> None:
    if count != expected:
        raise StateError(f"{label} has {count} entries", f"{other} has {expected}", _ADVICE)


def _pointers(name: str, array: Any, extent: int, entries: int) -> _Indices:
    """For each row or column the number of its first entry, and the end of the last one."""
    label = f"{name}.indptr"
    starts = _indices(label, array, entries + 1, "entries of indices")
    _same_length(label, len(starts), f"{name}, with one for each row or column and one more,", extent + 1)
    if starts[0] != 0:
        raise StateError(f"{label}[0] = {starts[0]}", "must be 0", _ADVICE)
    falls = np.diff(starts) < 0
    if falls.any():
        position = int(falls.argmax()) + 1
        raise StateError(f"{label}[{position}] = {starts[position]}", "must not be less than the one before", _ADVICE)
    return starts


def _compressed(
    name: str, matrix: Any, extent: int, inner: int, dimensions: int = 1
) -> tuple[_Indices, _Indices, npt.NDArray[np.float64]]:
    """The outer index, the inner index and the value of each entry, or of each block."""
    indices = _indices(f"{name}.indices", matrix.indices, inner, f"{name} has shape {tuple(matrix.shape)}")
    values = _values(f"{name}.data", matrix.data, dimensions)
    starts = _pointers(name, matrix.indptr, extent, len(indices))
    used = int(starts[-1])  # SciPy may keep room behind the last entry
    if len(values) < used or dimensions == 1:
        _same_length(f"{name}.data", len(values), f"{name}.indices", len(indices))
    return np.repeat(np.arange(extent), np.diff(starts)), indices[:used], values[:used]


def _csc(name: str, matrix: Any, shape: tuple[int, int]) -> _Entries:
    columns, rows, values = _compressed(name, matrix, shape[1], shape[0])
    return rows, columns, values


def _csr(name: str, matrix: Any, shape: tuple[int, int]) -> _Entries:
    return _compressed(name, matrix, shape[0], shape[1])


def _bsr(name: str, matrix: Any, shape: tuple[int, int]) -> _Entries:
    blocks = np.shape(matrix.data)
    if len(blocks) != 3 or blocks[1] < 1 or blocks[2] < 1 or shape[0] % blocks[1] or shape[1] % blocks[2]:
        raise StateError(f"{name}.data has shape {blocks}", f"must be blocks that divide the shape {shape}", _ADVICE)
    height, width = blocks[1:]
    outer, inner, values = _compressed(name, matrix, shape[0] // height, shape[1] // width, 3)
    rows = outer[:, None, None] * height + np.arange(height)[None, :, None]
    columns = inner[:, None, None] * width + np.arange(width)[None, None, :]
    rows, columns = np.broadcast_arrays(rows, columns)
    return rows.ravel(), columns.ravel(), values.ravel()


def _coo(name: str, matrix: Any, shape: tuple[int, int]) -> _Entries:
    rule = f"{name} has shape {shape}"
    rows = _indices(f"{name}.row", matrix.row, shape[0], rule)
    columns = _indices(f"{name}.col", matrix.col, shape[1], rule)
    values = _values(f"{name}.data", matrix.data)
    _same_length(f"{name}.row", len(rows), f"{name}.data", len(values))
    _same_length(f"{name}.col", len(columns), f"{name}.data", len(values))
    return rows, columns, values


def _dia(name: str, matrix: Any, shape: tuple[int, int]) -> _Entries:
    values = _values(f"{name}.data", matrix.data, 2)
    offsets = _own(f"{name}.offsets", matrix.offsets)
    if offsets.dtype.kind not in "iu":
        raise StateError(f"{name}.offsets holds values of type {offsets.dtype}", "must be whole numbers", _ADVICE)
    _same_length(f"{name}.offsets", len(offsets), f"{name}.data", len(values))
    if len(np.unique(offsets)) != len(offsets):
        raise StateError(f"{name}.offsets holds a diagonal twice", "must hold each once", _ADVICE)
    length = min(values.shape[1], shape[1])
    rows, columns = [], []
    for offset in offsets.tolist():
        column = np.arange(length, dtype=np.int64)
        columns.append(column)
        rows.append(column - min(max(offset, -_MOST_UNITS), _MOST_UNITS))
    if not rows:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    row, column = np.concatenate(rows), np.concatenate(columns)
    inside = (row >= 0) & (row < shape[0])
    return row[inside], column[inside], values[:, :length].ravel()[inside]


def _lil(name: str, matrix: Any, shape: tuple[int, int]) -> _Entries:
    lists, values = matrix.rows, matrix.data
    _same_length(f"{name}.rows", len(lists), f"{name}, in its shape {shape},", shape[0])
    _same_length(f"{name}.data", len(values), f"{name}.rows", len(lists))
    columns: list[Any] = []
    entries: list[Any] = []
    lengths = []
    for number, (row, row_values) in enumerate(zip(lists, values, strict=True)):
        row, row_values = list(row), list(row_values)
        _same_length(f"{name}.data[{number}]", len(row_values), f"{name}.rows[{number}]", len(row))
        lengths.append(len(row))
        columns += row
        entries += row_values
    return (
        np.repeat(np.arange(shape[0]), lengths),
        _indices(f"{name}.rows", _array(columns, np.int64), shape[1], f"{name} has shape {shape}"),
        _values(f"{name}.data", _array(entries, np.float64)),
    )


def _dok(name: str, matrix: Any, shape: tuple[int, int]) -> _Entries:
    items = list(matrix.items())
    for key, _ in items:
        if not isinstance(key, tuple) or len(key) != 2:
            raise StateError(f"{name} has an entry at {key!r:.80}", "must be at a row and a column", _ADVICE)
    rule = f"{name} has shape {shape}"
    rows = _indices(f"{name}.keys: row", _array([key[0] for key, _ in items], np.int64), shape[0], rule)
    columns = _indices(f"{name}.keys: column", _array([key[1] for key, _ in items], np.int64), shape[1], rule)
    return rows, columns, _values(f"{name}.values", _array([value for _, value in items], np.float64))


def _array(values: list[Any], empty: type[np.generic]) -> npt.NDArray[Any]:
    return np.array(values) if values else np.zeros(0, empty)


_FORMATS: dict[str, Callable[[str, Any, tuple[int, int]], _Entries]] = {
    "csc": _csc,
    "csr": _csr,
    "coo": _coo,
    "lil": _lil,
    "dok": _dok,
    "bsr": _bsr,
    "dia": _dia,
}

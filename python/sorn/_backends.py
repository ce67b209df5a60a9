"""What maps a function over many items: a client of Dask, joblib, an executor, or a pool."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from ._arguments import import_extra
from ._errors import ParameterError

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def mapped(backend: Any, function: Callable[[_Item], _Result], items: Iterable[_Item]) -> Iterator[_Result]:
    """The result for each item, in their order, as soon as it and those before it are there.

    Raises
    ------
    ParameterError
        If the backend is none.
    """
    if type(backend).__module__.split(".")[0] == "joblib" and callable(backend):
        delayed = import_extra("joblib", "cluster").delayed
        return iter(backend(delayed(function)(item) for item in items))
    if hasattr(backend, "submit"):  # an Executor, or a Client of dask.distributed
        futures = [backend.submit(function, item) for item in items]
        return (future.result() for future in futures)
    if hasattr(backend, "map"):
        return iter(backend.map(function, items))
    raise ParameterError(
        f"backend is of type {type(backend).__name__}",
        "must be a dask.distributed.Client, a joblib.Parallel or a concurrent.futures.Executor",
    )

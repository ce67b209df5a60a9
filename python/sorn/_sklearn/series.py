"""One series or several, in the forms that callers have them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .._errors import ShapeError, StateError


@dataclass(frozen=True)
class Series:
    """The series of a call, and how they came."""

    parts: list[Any]
    """Arrays or DataFrames with the axes (time, features)."""
    form: Literal["one", "list", "array", "groups"]
    rows: list[npt.NDArray[np.int64]] | None = None
    """For groups: the rows of the DataFrame that belong to each series."""

    @classmethod
    def of(cls, X: Any) -> Series:
        """The series in `X`: one (time, features), or several: a list of them, three axes, or groups of pandas."""
        if hasattr(X, "ngroups"):
            return cls._of_groups(X)
        if getattr(X, "ndim", None) == 3:
            return cls(list(X), "array")
        if _is_list(X) and len(X) and _axes(X[0]) >= 2:
            return cls(list(X), "list")
        if isinstance(X, (list, tuple)) and len({len(one) if _axes(one) == 1 else 0 for one in X}) > 1:
            raise ShapeError(
                "X is a list of arrays of one axis, of different lengths",
                "each series must have the shape (time, features)",
                "[np.asarray(one)[:, np.newaxis] for one in X] has one feature",
            )
        return cls([X], "one")

    @classmethod
    def _of_groups(cls, groups: Any) -> Series:
        frame = groups.obj if groups.obj.ndim == 2 else groups.obj.to_frame()
        # a category that no row has makes no series
        rows = [np.asarray(places, np.int64) for places in groups.indices.values() if len(places)]
        without = len(frame) - sum(len(places) for places in rows)
        if without:
            raise StateError(
                f"{without} rows of X have no group, since their key is missing",
                "each row must belong to a series",
                "dropna(subset=[key]) before groupby leaves them out",
            )
        if not rows:
            raise ShapeError("X has no rows", "must have a series")
        if groups.obj.ndim == 2:
            chosen = next(iter(groups))[1].columns  # those of groupby(key)[[...]]
            frame = frame[[name for name in chosen if name not in groups.exclusions]]
            if frame.shape[1] == 0:
                raise ShapeError("X has no columns besides the keys of its groups", "must have a feature")
        return cls([frame.iloc[places] for places in rows], "groups", rows)

    @property
    def several(self) -> bool:
        return self.form != "one"

    def together(self, values: list[Any]) -> Any:
        """Results of the series, each with the axis of time first, in the form of the series."""
        if self.form == "one":
            return values[0]
        if self.form == "array":
            return np.stack(values)
        if self.rows is None:
            return values
        joined = np.concatenate(values)
        in_order = np.empty_like(joined)
        in_order[np.concatenate(self.rows)] = joined
        return in_order

    def targets(self, y: Any, lengths: Sequence[int], name: str = "y") -> tuple[list[npt.NDArray[Any]], bool]:
        """The targets of each series, and whether there is one for a whole series instead of one for each step."""
        if y is None:
            raise ShapeError("requires y to be passed, but the target y is None")
        if hasattr(y, "ngroups"):
            y = y.obj
        if not self.several:
            values = np.asarray(y)
            if values.ndim == 0 or len(values) != lengths[0]:
                raise ShapeError(
                    f"{name} has the shape {values.shape}", f"must have one target for each of {lengths[0]} steps"
                )
            return [values], False
        if self.rows is not None and len(y) == sum(lengths):
            values = np.asarray(y)
            return [values[places] for places in self.rows], False
        if len(y) != len(self.parts):
            raise ShapeError(f"{name} has {len(y)} entries", f"must have one for each of {len(self.parts)} series")
        parts = [np.asarray(one) for one in y]
        if parts[0].ndim == 0:
            return parts, True
        for one, length in zip(parts, lengths, strict=True):
            if len(one) != length:
                raise ShapeError(f"{name} has a series of {len(one)} steps", f"must have {length}, as in X")
        return parts, False


def _is_list(X: Any) -> bool:
    """Whether `X` is a list; numpy makes an array of objects of series of different lengths."""
    return isinstance(X, (list, tuple)) or (isinstance(X, np.ndarray) and X.dtype == object and X.ndim == 1)


def _axes(value: Any) -> int:
    """The number of axes, of an array or of nested lists."""
    if hasattr(value, "ndim"):
        return int(value.ndim)
    return (
        1 + _axes(value[0])
        if isinstance(value, (list, tuple)) and len(value)
        else int(isinstance(value, (list, tuple)))
    )

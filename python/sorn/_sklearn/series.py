"""One series or several, in the forms that callers have them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .._errors import ShapeError


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
        if isinstance(X, (list, tuple)) and len(X) and _axes(X[0]) >= 2:
            return cls(list(X), "list")
        return cls([X], "one")

    @classmethod
    def _of_groups(cls, groups: Any) -> Series:
        by = [name for name in groups.size().index.names if name in groups.obj.columns]
        frame = groups.obj.drop(columns=by)
        rows = [np.asarray(places, np.int64) for places in groups.indices.values()]
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

    def targets(self, y: Any, lengths: Sequence[int]) -> tuple[list[npt.NDArray[Any]], bool]:
        """The targets of each series, and whether there is one for a whole series instead of one for each step."""
        if y is None:
            raise ShapeError("requires y to be passed, but the target y is None")
        if not self.several:
            values = np.asarray(y)
            if values.ndim == 0 or len(values) != lengths[0]:
                raise ShapeError(
                    f"y has the shape {values.shape}", f"must have one target for each of {lengths[0]} steps"
                )
            return [values], False
        if self.rows is not None and len(y) == sum(lengths):
            values = np.asarray(y)
            return [values[places] for places in self.rows], False
        if len(y) != len(self.parts):
            raise ShapeError(f"y has {len(y)} entries", f"must have one for each of {len(self.parts)} series")
        parts = [np.asarray(one) for one in y]
        if parts[0].ndim == 0:
            return parts, True
        for one, length in zip(parts, lengths, strict=True):
            if len(one) != length:
                raise ShapeError(f"y has a series of {len(one)} steps", f"must have {length}, as in X")
        return parts, False


def _axes(value: Any) -> int:
    """The number of axes, of an array or of nested lists."""
    if hasattr(value, "ndim"):
        return int(value.ndim)
    return (
        1 + _axes(value[0])
        if isinstance(value, (list, tuple)) and len(value)
        else int(isinstance(value, (list, tuple)))
    )

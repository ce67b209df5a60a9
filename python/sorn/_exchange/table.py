"""The statistics of windows as a table."""

from __future__ import annotations

import math

from .. import _core
from .._errors import ParameterError
from .._report.files import write_file
from .._result_file import ResultFile
from .formats import Conversion, Format


def _convert(wanted: Conversion) -> str:
    counts = {row["name"] for row in _core.measures() if row["kind"] == "count"}
    with ResultFile(wanted.path) as file:
        if "stats" not in file:
            raise ParameterError(
                f"'{_core.printable(wanted.path)}'", "holds no statistics of windows", "--record stats/10000 keeps them"
            )
        columns, steps = file.stats, file.steps("stats")
    lines = [",".join(("step", *columns))]
    for row, step in enumerate(steps):
        cells = (_cell(values[row], name in counts) for name, values in columns.items())
        lines.append(",".join((str(step), *cells)))
    write_file(wanted.out, "".join(f"{line}\n" for line in lines).encode(), wanted.overwrite)
    return f"{wanted.out}: {len(columns)} measures of {len(steps):,} windows"


def _cell(value: float, count: bool) -> str:
    """Empty for a measure that is not defined; otherwise all digits."""
    if math.isnan(value):
        return ""
    return str(int(value)) if count else repr(float(value))


FORMATS = (Format("csv", (".csv",), "the statistics of windows (--record stats/N) as a table (OUT.csv)", _convert),)

"""Result files of this package, made of what others left."""

from __future__ import annotations

from .formats import Conversion, Format


def _convert(wanted: Conversion) -> str:
    wanted.network.save(wanted.out, overwrite=wanted.overwrite)
    return f"{wanted.out}: {wanted.network!r}".replace("<", "").replace(">", "")


FORMATS = (
    Format("sorn", (".h5", ".hdf5"), "a result file made of a pickled state (OUT.h5)", _convert, of_results=False),
)

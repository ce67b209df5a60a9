"""Generates python/sorn/_names.py from the engine's tables; a test compares the two."""

from __future__ import annotations

from pathlib import Path

from sorn import _core

_HEAD = '''"""The names that calls take, as types: type checkers refuse others, editors complete these.

Made from the engine's tables by scripts/make-stubs.sh.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from ._variant import Variant

Number: TypeAlias = "float | np.integer[Any] | np.floating[Any]"

Phase: TypeAlias = Literal["plasticity", "training"]

NetworkType: TypeAlias = Literal["Sparse", "Dense", "Binomial", "Bernoulli"]
'''


def _literal(name: str, values: list[str], meaning: str) -> str:
    listed = "".join(f'    "{value}",\n' for value in values)
    return f'\n{name}: TypeAlias = Literal[\n{listed}]\n"""{meaning}"""\n'


def _types(row: dict[str, object]) -> tuple[str, str]:
    """The types of a hyperparameter: that which callers may give, and that which they read."""
    name = str(row["name"])
    if name.startswith("network_type"):
        return "NetworkType", "NetworkType"
    if name == "variant":
        return "str | Variant", "str"
    value = _core.Parameters().value(name)
    if isinstance(value, tuple):
        return "Sequence[str] | str", "tuple[str, ...]"
    if isinstance(value, bool):
        return "bool | str", "bool"
    if isinstance(value, str):
        return "str", "str"
    return f"Number{' | None' if row['unset'] else ''}", type(value).__name__


def _fields(kind: int) -> str:
    return "".join(f"    {row['name']}: {_types(row)[kind]}\n" for row in _core.parameter_table())


def text() -> str:
    """The content of the file."""
    quantities = _core.quantities()
    names = [row["name"] for row in quantities]
    callbacks = [row["callback"] for row in quantities if row["callback"] not in names]
    rules = [row["name"] for row in _core.rules()]
    return (
        _HEAD
        + _literal("Rule", rules, "A plasticity rule that may be frozen.")
        + _literal("Quantity", names + callbacks, "What a step leaves to record, by its short name or as a callback.")
        + _literal("Distribution", _core.distributions(), "A distribution that :mod:`sorn.criticality` fits.")
        + "\n\nclass Hyperparameters(TypedDict, total=False):\n"
        + '    """The keyword arguments that describe a network; :class:`sorn.Parameters` says what each is."""\n\n'
        + _fields(0)
        + "\n\nclass ParameterFields:\n"
        + '    """The attributes of :class:`sorn.Parameters`."""\n\n'
        + "    __slots__ = ()\n\n"
        + _fields(1)
    )


if __name__ == "__main__":
    (Path(__file__).parents[1] / "python" / "sorn" / "_names.py").write_text(text(), encoding="utf-8")

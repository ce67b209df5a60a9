"""The quantities that :meth:`sorn.Simulator.run` can return, as the classes of the pure-Python package.

A call takes their names as text: ``Simulator.run(inputs, callbacks=["ExcitatoryActivation", "WEE"])``. The classes hold
one value for each step, for programs that collect values themselves.

>>> from sorn.callbacks import Callbacks
>>> collected = Callbacks(2, ["TE"])
>>> for step in range(2):
...     collected.step({"TE": step / 10}, step)
>>> collected.get()
{'TE': [0.0, 0.1]}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from .. import _core
from .._arguments import did_you_mean
from .._errors import UnknownNameError


class Callback:
    """A value for each step.

    Parameters
    ----------
    timesteps : int, default 0
        Number of steps. Values that have not been set are 0.
    """

    def __init__(self, timesteps: int = 0) -> None:
        self.values: list[Any] = [0] * timesteps

    def __setitem__(self, step: int, value: Any) -> None:
        self.values[step] = value

    def __getitem__(self, step: int) -> Any:
        return self.values[step]

    def __len__(self) -> int:
        return len(self.values)

    def __str__(self) -> str:
        return str(self.values)


def _callback(row: dict[str, str]) -> type[Callback]:
    meaning = row["meaning"]
    return type(
        row["callback"], (Callback,), {"__doc__": f"{meaning[:1].upper()}{meaning[1:]}.", "__module__": __name__}
    )


_CALLBACKS = {row["callback"]: _callback(row) for row in _core.quantities()}
globals().update(_CALLBACKS)

if TYPE_CHECKING:

    def __getattr__(name: str) -> type[Callback]: ...


class Callbacks:
    """Collects values step by step.

    Parameters
    ----------
    timesteps : int
        Number of steps.
    names : iterable of str
        Names of the callbacks.

    Raises
    ------
    UnknownNameError
        For a callback that does not exist.
    """

    def __init__(self, timesteps: int, names: Iterable[str]) -> None:
        self._collected: dict[str, Callback] = {}
        for name in names:
            if name not in _CALLBACKS:
                rule = f"must be one of {', '.join(_CALLBACKS)}"
                raise UnknownNameError(f"unknown callback {name!r}", rule, did_you_mean(name, _CALLBACKS))
            self._collected[name] = _CALLBACKS[name](timesteps)

    def step(self, state: Mapping[str, Any], time_step: int) -> None:
        """Store the values of a step, by the names of the callbacks."""
        for name, callback in self._collected.items():
            callback[time_step] = state[name]

    def get(self) -> dict[str, list[Any]]:
        """All values by the names of the callbacks."""
        return {name: callback.values for name, callback in self._collected.items()}


__all__ = ["Callback", "Callbacks", *_CALLBACKS]

"""What :meth:`sorn.Simulator.run` can return, as the classes that the pure-Python package has for it.

A call takes their names, as text: ``Simulator.run(inputs, callbacks=["ExcitatoryActivation", "WEE"])``. The classes
hold one value a step, for programs that collect their own.

>>> from sorn.callbacks import Callbacks
>>> collected = Callbacks(2, ["TE"])
>>> for step in range(2):
...     collected.step({"TE": step / 10}, step)
>>> collected.get()
{'TE': [0.0, 0.1]}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .._arguments import did_you_mean
from .._errors import UnknownNameError


class Callback:
    """A value for each step.

    Parameters
    ----------
    timesteps : int, default 0
        Steps to hold; 0 stands for a value that is not there yet.
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


class ExcitatoryActivation(Callback):
    """Activity of the excitatory units, (ne,)."""


class InhibitoryActivation(Callback):
    """Activity of the inhibitory units, (ni,)."""


class RecurrentActivation(Callback):
    """What the excitatory units would have done without the inputs of the step, (ne,)."""


class WEE(Callback):
    """Excitatory → excitatory weights, (ne, ne)."""


class WEI(Callback):
    """Inhibitory → excitatory weights, (ni, ne)."""


class WIE(Callback):
    """Excitatory → inhibitory weights, (ne, ni)."""


class TE(Callback):
    """Excitatory thresholds, (ne,)."""


class TI(Callback):
    """Inhibitory thresholds, (ni,)."""


class EEConnectionCounts(Callback):
    """Number of synapses in Wee."""


class EIConnectionCounts(Callback):
    """Number of synapses in Wei."""


class IEConnectionCounts(Callback):
    """Number of synapses in Wie."""


_CALLBACKS: dict[str, type[Callback]] = {kind.__name__: kind for kind in Callback.__subclasses__()}


class Callbacks:
    """Collects what is asked for, step by step.

    Parameters
    ----------
    timesteps : int
        Steps to hold.
    names : iterable of str
        Which callbacks.

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
        """Keep the values of a step, by the names of the callbacks."""
        for name, callback in self._collected.items():
            callback[time_step] = state[name]

    def get(self) -> dict[str, list[Any]]:
        """All values by the names of the callbacks."""
        return {name: callback.values for name, callback in self._collected.items()}


__all__ = [
    "TE",
    "TI",
    "WEE",
    "WEI",
    "WIE",
    "Callback",
    "Callbacks",
    "EEConnectionCounts",
    "EIConnectionCounts",
    "ExcitatoryActivation",
    "IEConnectionCounts",
    "InhibitoryActivation",
    "RecurrentActivation",
]

"""The lineage of the excitatory synapses: which there are in any step, and when they were made and removed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from . import _core
from ._arguments import FloatArray, IntArray, import_extra, whole_number
from ._criticality.lifetimes import Lifetimes

if TYPE_CHECKING:
    from scipy.sparse import csc_array

EVENT = np.dtype([("step", np.int64), ("pre", np.int32), ("post", np.int32), ("birth", np.bool_)])
"""The type of an event: the step that made or removed a synapse, its units, and whether it was made."""

_MOST = 2**63 - 1


@dataclass(frozen=True, eq=False)
class Turnover:
    """Births and deaths of synapses in windows of equal length."""

    first_step: IntArray
    """The first step of each window."""
    window: int
    """The number of steps of a window."""
    births: IntArray
    """The number of synapses that its steps made."""
    deaths: IntArray
    """The number of synapses that its steps removed."""
    synapses: FloatArray
    """The mean number of synapses on entry to its steps."""

    @property
    def birth_rate(self) -> FloatArray:
        """Births per step and synapse; NaN for a window without synapses."""
        return self._rate(self.births)

    @property
    def death_rate(self) -> FloatArray:
        """Deaths per step and synapse; NaN for a window without synapses."""
        return self._rate(self.deaths)

    def _rate(self, events: IntArray) -> FloatArray:
        steps = self.window * self.synapses
        rates = np.full(len(steps), np.nan)
        np.divide(events, steps, out=rates, where=steps > 0)
        return rates

    def __len__(self) -> int:
        return len(self.first_step)


class Lineage:
    """Births and deaths of the synapses of W_EE, and the synapses before the first of them.

    A run that records ``synapses`` gives it: ``file.lineage`` of a :class:`ResultFile`, ``recordings.lineage`` of
    :class:`Recordings`. A pair of units that loses its synapse and gets another one in the same step has no event. If
    weights may rest at 0 (``keep_zero``), a resting synapse is a synapse.

    Examples
    --------
    >>> import sorn
    >>> network = sorn.Network(ne=50, seed=1)
    >>> lineage = network.run(time_steps=2000, record=["synapses"]).lineage
    >>> len(lineage.events), lineage.first_step, lineage.last_step
    (383, 0, 1999)
    >>> bool((lineage.topology(1999).toarray() == (network.Wee > 0)).all())
    True
    """

    def __init__(self, core: _core.Lineage) -> None:
        self._core = core
        self._events: npt.NDArray[Any] | None = None

    @property
    def first_step(self) -> int:
        """The first recorded step."""
        return self._core.begin

    @property
    def last_step(self) -> int:
        """The last recorded step."""
        return self._core.end - 1

    @property
    def events(self) -> npt.NDArray[Any]:
        """Births and deaths as a structured array with the fields step, pre, post and birth, in the order of (step,
        post, pre). ``birth`` is False for a death."""
        if self._events is None:
            events = np.empty(self._core.events, EVENT)
            for field in EVENT.names or ():
                events[field] = getattr(self._core, field)
            events.flags.writeable = False
            self._events = events
        return self._events

    @property
    def start(self) -> csc_array:
        """The synapses before the first recorded step, as :meth:`topology` gives them."""
        return self._matrix(*self._core.start)

    def topology(self, step: int) -> csc_array:
        """The synapses after a step, which are those of ``WEE`` if it was recorded in this step.

        Parameters
        ----------
        step : int
            A recorded step, from `first_step` to `last_step`.

        Returns
        -------
        scipy.sparse.csc_array of bool, shape (ne, ne)
            [pre][post]: True for each synapse.

        Raises
        ------
        ParameterError
            If the step was not recorded.
        """
        rule = f"a step from {self.first_step} to {self.last_step}, which were recorded"
        return self._matrix(*self._core.topology(whole_number("step", step, 0, _MOST, rule)))

    def _matrix(self, indptr: IntArray, indices: IntArray) -> csc_array:
        sparse = import_extra("scipy.sparse", "sparse")
        units = self._core.units
        matrix: csc_array = sparse.csc_array((np.ones(len(indices), np.bool_), indices, indptr), shape=(units, units))
        return matrix

    def synapse_counts(self) -> IntArray:
        """The number of synapses after each step, from `first_step` on.

        ``C`` is the number on entry to a step: ``C[1:]`` equals ``synapse_counts()[:-1]``.
        """
        return self._core.synapse_counts()

    def lifetimes(self) -> Lifetimes:
        """The synapses that these steps made, and how long they lived.

        It is the same as ``Network.run(…, lifetimes=True).lifetimes`` for a recording of the whole run.
        """
        return Lifetimes._of(self._core.lives())

    def turnover(self, window: int) -> Turnover:
        """Births and deaths in windows of `window` steps. Steps at the end that fill no window are left out.

        Raises
        ------
        ParameterError
            Unless `window` is a whole number from 1 to the number of recorded steps.
        """
        steps = self._core.end - self._core.begin
        length = whole_number("window", window, 1, _MOST, f"a number of steps from 1 to {steps}")
        first, births, deaths, synapses = self._core.turnover(length)
        return Turnover(first, length, births, deaths, synapses)

    def __len__(self) -> int:
        return self._core.events

    def __reduce__(self) -> tuple[Any, ...]:
        core = self._core
        fields = (core.step, core.pre, core.post, core.birth.astype(np.int64))
        return _again, (core.begin, core.end, *core.start, *fields)

    def __repr__(self) -> str:
        if self._core.begin == self._core.end:
            return "<Lineage without steps>"
        return f"<Lineage of {len(self):,} births and deaths, steps {self.first_step:,} to {self.last_step:,}>"


def _again(*values: Any) -> Lineage:
    return Lineage(_core.Lineage(*values))

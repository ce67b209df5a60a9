"""Measures of the births and deaths of synapses."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from .. import _core
from .._arguments import quoted, whole_number
from .._criticality.lifetimes import Lifetimes
from .._errors import ParameterError
from .._lineage import EVENT, Lineage, Turnover
from .._recording import Recordings
from .._result_file import ResultFile


def lineage_of(source: Any, last_step: int | None = None) -> Lineage:
    """The lineage in a value, a file or its events."""
    if isinstance(source, Lineage):
        return source
    if isinstance(source, (ResultFile, Recordings)):
        return source.lineage
    if isinstance(source, (str, os.PathLike)):
        with ResultFile(source) as file:
            return file.lineage
    names = getattr(getattr(source, "dtype", None), "names", None)
    if names is None or not set(EVENT.names or ()) <= set(names):
        raise ParameterError(
            f"synapses = {quoted(source)}", "must be a Lineage, a file or recordings with 'synapses', or their events"
        )
    columns = [np.ascontiguousarray(np.asarray(source)[field], np.int64).ravel() for field in EVENT.names or ()]
    steps = columns[0]
    seen = int(steps.max()) if len(steps) else 0
    rule = f"a step from {seen}, that of the last event, on"
    end = seen if last_step is None else whole_number("last_step", last_step, seen, 2**62, rule)
    begin = int(steps.min()) if len(steps) else 0
    return Lineage(_core.Lineage(begin, end + 1, np.zeros(1, np.int64), np.zeros(0, np.int64), *columns))


def synapse_lifetimes(synapses: Any, *, last_step: int | None = None) -> Lifetimes:
    """How long the synapses lived that a run made.

    ``criticality.survival_curve(lives.steps, lives.ended)`` gives the share that lasts longer than a time, and
    ``criticality.fit_lifetimes(lives.steps, lives.ended)`` fits a distribution. Both count lifetimes of which the end
    was not seen.

    Parameters
    ----------
    synapses : Lineage, ResultFile, Recordings, path, or array of events
        What recorded ``synapses``.
    last_step : int, optional
        The last recorded step, if `synapses` are events alone. None: that of the last event.

    Returns
    -------
    sorn.criticality.Lifetimes

    Raises
    ------
    ParameterError
        If `synapses` is something else or was not recorded, or if `last_step` is before the last event.
    """
    return lineage_of(synapses, last_step).lifetimes()


def synapse_turnover(synapses: Any, window: int) -> Turnover:
    """Births and deaths of synapses in windows, and both per step and synapse.

    Parameters
    ----------
    synapses : Lineage, ResultFile, Recordings or path
        What recorded ``synapses``.
    window : int
        Steps of a window. Steps at the end that fill no window are left out.

    Returns
    -------
    sorn.Turnover

    Raises
    ------
    ParameterError
        If `synapses` is something else or was not recorded, or unless `window` is a whole number from 1 to the number
        of recorded steps.
    """
    if not isinstance(synapses, (Lineage, ResultFile, Recordings, str, os.PathLike)):
        raise ParameterError(
            f"synapses = {quoted(synapses)}", "must be a Lineage, or a file or recordings with 'synapses'"
        )
    return lineage_of(synapses).turnover(window)

"""Spikes as Neo objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .._arguments import import_extra
from .spikes import Population, populations, step_length


def to_neo(recordings: Mapping[str, Any], *, step_ms: float = 1.0) -> Any:
    """Recorded spikes as a Neo block, for Elephant and other tools (``pip install 'sorn[exchange]'``).

    Parameters
    ----------
    recordings : mapping
        The recordings of :meth:`sorn.Network.run` or :meth:`sorn.Recordings.load`, with E, I or both at every step; or
        any mapping of such arrays (steps, units), which then begin with step 0.
    step_ms : float, default 1.0
        Milliseconds of one step. The model itself only counts steps.

    Returns
    -------
    neo.Block
        One segment with a spike train for each recorded unit, including silent units, first for the excitatory units. A
        train covers the time in ms from the first recorded step to the end of the last; a spike of step n is at n ·
        `step_ms`. Annotations: ``population`` (``"excitatory"`` or ``"inhibitory"``) and ``unit``, the number in the
        population. The block has a group for the trains of each population.

    Raises
    ------
    ParameterError
        If neither E nor I was recorded at every step, or if `step_ms` is not above 0.
    ShapeError, StateError
        If an entry does not have two dimensions, or has values other than 0 and 1.
    """
    neo = import_extra("neo", "exchange")
    step = step_length(step_ms)
    block = neo.Block(name="sorn", step_ms=step)
    segment = neo.Segment(name="run")
    block.segments.append(segment)
    for population in populations(recordings).values():
        trains = _trains(neo, population, step)
        segment.spiketrains.extend(trains)
        block.groups.append(neo.Group(trains, name=population.name))
    block.check_relationships()
    return block


def _trains(neo: Any, population: Population, step_ms: float) -> list[Any]:
    blocks = list(population.spikes())
    steps = np.concatenate([steps for steps, _ in blocks]) if blocks else np.empty(0, np.int64)
    units = np.concatenate([units for _, units in blocks]) if blocks else np.empty(0, np.int64)
    by_unit = np.argsort(units, kind="stable")
    ends = np.cumsum(np.bincount(units, minlength=population.units))
    times = steps[by_unit] * step_ms
    rate = import_extra("quantities", "exchange").Quantity(1.0 / step_ms, "kHz")
    return [
        neo.SpikeTrain(
            times[start:end],
            t_start=population.first_step * step_ms,
            t_stop=(population.first_step + population.steps) * step_ms,
            units="ms",
            sampling_rate=rate,
            name=f"{population.name} {unit}",
            population=population.name,
            unit=unit,
        )
        for unit, (start, end) in enumerate(zip(np.append(0, ends[:-1]), ends, strict=True))
    ]

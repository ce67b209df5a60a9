"""What experiments measure in the run of one network, and over all networks: a module for each kind."""

from . import activity, answers, avalanches, cues, language, readouts, spontaneous, synapses
from .readouts import LOOP_OPTIONS, readout_for_loop
from .table import (
    Estimate,
    Measure,
    NetworkRun,
    Values,
    check_measure,
    kind_and_options,
    know,
    measure,
    measure_table,
    own_measures,
)

__all__ = [
    "LOOP_OPTIONS",
    "Estimate",
    "Measure",
    "NetworkRun",
    "Values",
    "activity",
    "answers",
    "avalanches",
    "check_measure",
    "cues",
    "kind_and_options",
    "know",
    "language",
    "measure",
    "measure_table",
    "own_measures",
    "readout_for_loop",
    "readouts",
    "spontaneous",
    "synapses",
]

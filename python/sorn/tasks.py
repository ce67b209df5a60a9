"""Tasks for reservoirs of any kind, and measures of what their states hold. :doc:`/tasks` describes them.

A task has inputs (time, features), and a target for each step. :func:`evaluate` trains a linear readout on the states
that a reservoir answers with, and scores it on steps that the readout has not seen.

>>> import numpy as np
>>> from sorn import tasks
>>> task = tasks.delayed_parity(n=2, delay=1, seed=1)
>>> def reservoir(inputs):  # the last three bits, and the products of pairs of them
...     last = np.column_stack([np.roll(inputs[:, 0], k) for k in range(3)])
...     return np.column_stack([last, last[:, [0, 0, 1]] * last[:, [1, 2, 2]]])
>>> tasks.evaluate(task, reservoir).score, round(task.floor, 1)
(1.0, 0.5)
"""

from __future__ import annotations

from ._tasks.information import information_storage, transfer_entropy
from ._tasks.signals import delayed_parity, delayed_xor, memory_capacity, narma
from ._tasks.states import (
    generalization_rank,
    information_processing_capacity,
    kernel_rank,
    rank,
    separation,
    squared_correlations,
)
from ._tasks.symbols import counting, grammar, next_symbol, random_sequence, text_prediction
from ._tasks.task import Evaluation, Task, evaluate

__all__ = [
    "Evaluation",
    "Task",
    "counting",
    "delayed_parity",
    "delayed_xor",
    "evaluate",
    "generalization_rank",
    "grammar",
    "information_processing_capacity",
    "information_storage",
    "kernel_rank",
    "memory_capacity",
    "narma",
    "next_symbol",
    "random_sequence",
    "rank",
    "separation",
    "squared_correlations",
    "text_prediction",
    "transfer_entropy",
]

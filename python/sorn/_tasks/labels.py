"""Labels of the steps of a sequence of symbols, and what the present symbol alone tells about them.

A symbol is a whole number from 0 on, or -1 where nothing is shown. A label of -1 means that a step has none.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .. import readout
from .._arguments import FloatArray, IntArray


def one_hot(symbols: IntArray, count: int) -> FloatArray:
    """The symbols in one-hot code, shape (time, count); zeros where nothing is shown."""
    return np.vstack([np.eye(count), np.zeros(count)])[symbols]  # -1 is the last row


def place_in_word(begins: npt.NDArray[np.bool_]) -> IntArray:
    """The number of steps since a word began, from 0 on; -1 before the first one. `begins` marks their first steps."""
    steps = np.arange(len(begins))
    last = np.maximum.accumulate(np.where(begins, steps, -1))
    return np.where(last >= 0, steps - last, -1)


def most_frequent_label(symbols: IntArray, labels: IntArray, count: int) -> IntArray:
    """The label that comes most often in the steps of each symbol: the best guess that needs no memory.

    The shape is (count + 1,) for `count` symbols; the last entry is that of no symbol. Of labels that are equally
    frequent, and for a symbol without any label, it is the one that is more frequent in all steps; -1 if none has a
    label.
    """
    known = labels >= 0
    if not known.any():
        return np.full(count + 1, -1)
    counts = np.zeros((count + 1, labels.max() + 1))
    np.add.at(counts, (symbols[known], labels[known]), 1)
    counts += counts.sum(axis=0) / (counts.sum() + 1)  # in sum below 1, so that it only decides between equal counts
    return np.asarray(np.argmax(counts, axis=1))


def table_score(
    symbols: IntArray, labels: IntArray, train: slice, test: slice, scored: npt.NDArray[np.bool_] | None
) -> float:
    """The accuracy in the test part of the labels that are most frequent in the training part; 0 without any label."""
    counts = labels[test] >= 0
    only = None if scored is None else scored[test]
    if not (counts if only is None else counts & only).any() or not (labels[train] >= 0).any():
        return 0.0
    table = most_frequent_label(symbols[train], labels[train], int(symbols.max()) + 1)
    return readout.accuracy(labels[test], table[symbols[test]], only=only)

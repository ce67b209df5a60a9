"""Words in what a network is shown."""

from __future__ import annotations

import numpy as np

from ..._arguments import IntArray
from ..._errors import StateError
from .table import NetworkRun


def alphabet_of(run: NetworkRun, phase: str) -> tuple[str, ...]:
    """The symbols of a phase, in the order of their numbers."""
    source = run.sources[phase]
    return () if source is None else source.alphabet


def units_without_input(run: NetworkRun, phase: str) -> IntArray:
    """The excitatory units that no symbol of a phase drives."""
    parameters, source = run.networks[phase].parameters, run.sources[phase]
    every = np.arange(parameters.ne)
    if source is None:
        return every
    return np.setdiff1d(every, source.pools_of(parameters.ne, nu=parameters.nu, seed=run.seed))


def words_of(run: NetworkRun, phase: str) -> list[str]:
    """The words that the source of a phase shows."""
    source = run.sources[phase]
    words = [] if source is None else source.to_dict().get("words", [])
    if not words:
        raise StateError(f"the source of phase '{phase}'", "shows no words")
    return [str(word) for word in words]


def begins_of(shown: IntArray, word: IntArray, *, after_blank: bool = False) -> IntArray:
    """The steps in which a word begins, a sequence of symbols of which -1 shows nothing.

    With `after_blank`, only where nothing is shown in the step before.
    """
    count = max(0, len(shown) - len(word) + 1)
    here = np.ones(count, bool)
    for place, symbol in enumerate(word):
        here &= shown[place : place + count] == symbol
    if after_blank:
        here &= np.concatenate([[True], shown[: count - 1] == -1])[:count]
    return np.flatnonzero(here)

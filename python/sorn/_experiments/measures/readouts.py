"""Measures that read letters from the activity."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ... import readout as linear
from ..._arguments import IntArray, quoted
from ..._errors import StateError, UnknownNameError
from ..._tasks.labels import most_frequent_label, place_in_word
from .table import NetworkRun, Values, measure
from .words import alphabet_of


@measure("train", "test")
def readout(
    run: NetworkRun,
    *,
    train: str,
    test: str,
    state: str = "R",
    lag: int = 0,
    target: str = "symbol",
    starts: str = "",
    method: str = "least_squares",
    behind: Sequence[str] = (),
    scores: Mapping[str, str] | None = None,
    mu: float = 1.0,
    C: float = 1.0,
    bias: bool = False,
) -> Values:
    """How often a linear readout of the state names the letter, or the position in its word, that is shown.

    `method` is ``least_squares`` (by the pseudo-inverse), ``ridge`` with the penalty `mu`, or ``logistic`` with the
    inverse penalty `C`. The readout is trained on one phase and tested on another. `state` is a recording, R or E; the
    state of step t - lag names the target of step t. `target` is ``symbol``, or ``position``: the number of steps since
    a letter of `starts`. `scores` are letters by name: the score counts the steps of these letters. `all` counts every
    step. Each score comes with its floor: what the best guess from the letter of the step before alone would score.

    `target` may also be ``place``, the place in the sequence that the source repeats; ``answer``, that which is
    rewarded; or ``hidden``: the words of the source have one length, and letters of them are not shown. `behind` are
    the same words with all letters, and the target in a step without letter is that which is missing.
    """
    targets = {phase: _targets(run, phase, target, starts, behind) for phase in (train, test)}
    states = {phase: run.recorded(phase, state) for phase in (train, test)}
    shown = {phase: run.recorded(phase, "symbol")[lag:] for phase in (train, test)}
    before = {phase: states[phase][: len(states[phase]) - lag] for phase in states}
    after = {phase: targets[phase][lag:] for phase in targets}
    named = _trained(before[train], after[train], method, mu, C, bias).predict(before[test])
    alphabet = alphabet_of(run, test)
    guessed = guessed_from_last_letter(run.recorded(test, "symbol"), targets[test])[lag:]
    values: Values = {}
    for name, letters in {"all": "", **(scores or {})}.items():
        counted = after[test] >= 0
        if letters:
            counted &= np.isin(shown[test], [alphabet.index(letter) for letter in letters])
        values[name] = _share(named[counted] == after[test][counted])
        values[f"{name}_floor"] = _share(guessed[counted] == after[test][counted])
    return values


@measure("train", "test")
def memory(
    run: NetworkRun,
    *,
    train: str,
    test: str,
    state: str = "E",
    lags: int = 20,
    method: str = "logistic",
    mu: float = 1.0,
    C: float = 1.0,
    bias: bool = False,
) -> Values:
    """How often a readout of the state names the letter that was shown some steps before, from 0 up to `lags` - 1."""
    states = {phase: run.recorded(phase, state) for phase in (train, test)}
    letters = {phase: run.recorded(phase, "symbol") for phase in (train, test)}
    right = []
    for lag in range(lags):
        past = {phase: letters[phase][: len(letters[phase]) - lag] for phase in letters}
        model = _trained(states[train][lag:], past[train], method, mu, C, bias)
        right.append(_share(model.predict(states[test][lag:]) == past[test]))
    accuracy = np.array(right)
    chance = _most_frequent(letters[test])
    return {
        "lag": np.arange(lags),
        "accuracy": accuracy,
        "error": 1 - accuracy,
        "floor": chance,
        # how many letters are remembered: the sum over lags of what is better than chance, as a share of the possible
        "capacity": float(np.sum(np.maximum(accuracy - chance, 0)) / (1 - chance)) if chance < 1 else np.nan,
        **{f"accuracy_{lag}": value for lag, value in enumerate(right)},
    }


def readout_for_loop(
    run: NetworkRun,
    *,
    train: str,
    state: str = "E",
    lag: int = 1,
    method: str = "logistic",
    mu: float = 1.0,
    C: float = 1.0,
    bias: bool = False,
) -> linear.Readout:
    """The readout that names the letter of step t from the state of step t - lag, trained on a phase."""
    states, letters = run.recorded(train, state), run.recorded(train, "symbol")
    return _trained(states[: len(states) - lag], letters[lag:], method, mu, C, bias)


LOOP_OPTIONS = tuple(inspect.signature(readout_for_loop).parameters)[1:]
"""What a phase in a closed loop can say about its readout."""


def _trained(
    states: npt.NDArray[Any], targets: IntArray, method: str, mu: float, C: float, bias: bool
) -> linear.Readout:
    if method == "least_squares":
        return linear.least_squares(states, targets, bias=bias)
    if method == "ridge":
        return linear.ridge(states, targets, mu, bias=bias)
    if method == "logistic":
        return linear.logistic(states, targets, C=C)
    raise UnknownNameError(f"method = {quoted(method)}", "must be least_squares, ridge or logistic")


def _targets(run: NetworkRun, phase: str, target: str, starts: str, behind: Sequence[str]) -> IntArray:
    """The target of each step; -1: none."""
    if target == "answer":
        return run.wanted(phase)
    symbols = run.recorded(phase, "symbol")
    if target == "symbol":
        return np.asarray(symbols, np.int64)
    if target == "place":
        source = run.sources[phase]
        length = 0 if source is None else source.to_dict().get("length", 0)
        if not length:
            raise StateError(f"the source of phase '{phase}'", "repeats no sequence, in which there were a place")
        return run.phases[phase].steps("symbol") % int(length)
    if target == "hidden":
        return _hidden(symbols, run.phases[phase].steps("symbol"), alphabet_of(run, phase), behind)
    if target != "position":
        raise UnknownNameError(f"target = {quoted(target)}", "must be symbol, position, place, answer or hidden")
    alphabet = alphabet_of(run, phase)
    places = place_in_word(np.isin(symbols, [alphabet.index(letter) for letter in starts]))
    return np.where(symbols >= 0, places, -1)


def _hidden(symbols: IntArray, steps: IntArray, alphabet: Sequence[str], behind: Sequence[str]) -> IntArray:
    """In steps without letter, the letter that is missing in the word, which is known by its first letter."""
    length = len(behind[0])
    letters = sorted(set("".join(behind)))
    whole = np.array([[letters.index(letter) for letter in word] for word in behind])
    firsts = np.array([alphabet.index(word[0]) for word in behind])
    place = steps % length
    begin = np.arange(len(symbols)) - place
    word = np.argmax(symbols[np.maximum(begin, 0)][:, np.newaxis] == firsts, axis=1)
    return np.where((symbols < 0) & (begin >= 0), whole[word, place], -1)


def guessed_from_last_letter(symbols: IntArray, targets: IntArray) -> IntArray:
    """For each step the target that is most frequent after the letter of the step before: what needs no memory."""
    before = symbols[:-1]
    table = most_frequent_label(before, targets[1:], int(symbols.max(initial=-1)) + 1)
    return np.concatenate([[-1], table[before]])


def _share(right: npt.NDArray[np.bool_]) -> float:
    return float(np.mean(right)) if len(right) else np.nan


def _most_frequent(targets: IntArray) -> float:
    """The share of the most frequent target: what naming it always would score."""
    if not len(targets):
        return np.nan
    return float(np.bincount(targets).max() / len(targets))

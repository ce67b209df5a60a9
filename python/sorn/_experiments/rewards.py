"""Rewards of phases: a task says which answer is right. The network receives 1 for it, and 0 for another one.

A task is a function of all symbols from the first step on, of the alphabet, and of the seed of the network. It returns
the right answer of each step, -1 for a step without reward.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._arguments import FloatArray, IntArray, did_you_mean, quoted
from .._errors import ParameterError, StateError, UnknownKeywordError, UnknownNameError
from .._network import Network
from ..sources import Custom, Source

TaskFunction = Callable[..., IntArray]

_TASKS: dict[str, TaskFunction] = {}


def _task(function: TaskFunction) -> TaskFunction:
    _TASKS[function.__name__] = function
    return function


@_task
def cue(symbols: IntArray, alphabet: Sequence[str], seed: int) -> IntArray:
    """Each symbol asks for an answer of its own. Which one is drawn for each network."""
    return np.append(np.random.default_rng(seed).permutation(len(alphabet)), -1)[symbols]


@_task
def recall(symbols: IntArray, alphabet: Sequence[str], seed: int, *, back: int = 1) -> IntArray:
    """The answer is the symbol that was shown some steps before."""
    return np.concatenate([np.full(back, -1), symbols])[: len(symbols)]


@_task
def pattern(symbols: IntArray, alphabet: Sequence[str], seed: int, *, word: str) -> IntArray:
    """Words of one length are shown one after the other. At the end of each, 1 is right for one of them, else 0."""
    length = len(word)
    answers = np.full(len(symbols), -1)
    ends = np.arange(length - 1, len(symbols), length)
    shown = symbols[: len(ends) * length].reshape(-1, length)
    answers[ends] = (shown == [alphabet.index(letter) for letter in word]).all(axis=1)
    return answers


@_task
def successor(symbols: IntArray, alphabet: Sequence[str], seed: int) -> IntArray:
    """The answer is the symbol after the one that is shown; the first comes after the last."""
    return np.where(symbols >= 0, (symbols + 1) % len(alphabet), -1)


def check_reward(where: str, table: Mapping[str, Any], phases: Sequence[str]) -> None:
    """Check an entry of a description before anything runs."""
    options = dict(table)
    if "shuffled" in options:
        if len(options) > 1 or options["shuffled"] not in phases:
            raise ParameterError(
                f"{where}.shuffled = {quoted(options['shuffled'])}",
                "must be an earlier phase, and the only entry",
                did_you_mean(str(options["shuffled"]), phases),
            )
        return
    name = options.pop("task", None)
    if name not in _TASKS:
        raise UnknownNameError(f"{where}.task = {quoted(name)}", did_you_mean(str(name), _TASKS))
    taken = [one.name for one in inspect.signature(_TASKS[name]).parameters.values() if one.kind is one.KEYWORD_ONLY]
    for option in options:
        if option not in taken:
            raise UnknownKeywordError(f"unknown option '{option}' of {where}", did_you_mean(option, taken))


@dataclass
class Rewarded:
    """What a phase shows, and the rewards it gives."""

    source: Source | Custom
    reward: Callable[[int], float | None]
    """The reward of an answer. It must be called once in each step."""
    answers: IntArray
    """The right answer of each step, -1 where there is none; complete when the phase has run."""

    def shuffled(self, rewards: FloatArray, seed: int) -> Rewarded:
        """A control: the same, but with the rewards of another phase in random order."""
        if len(rewards) < len(self.answers):
            raise StateError(
                f"there are {len(rewards)} rewards to shuffle", f"must be one for each of {len(self.answers)} steps"
            )
        given = rewards[: len(self.answers)].copy()
        there = np.isfinite(given)
        given[there] = np.random.default_rng(seed).permutation(given[there])
        drawn = iter(given.tolist())

        def reward(action: int) -> float | None:
            self.reward(action)
            one = next(drawn)
            return one if np.isfinite(one) else None

        return Rewarded(self.source, reward, self.answers)


def rewarded(table: Mapping[str, Any], source: Source, network: Network, steps: int, *, own_answers: bool) -> Rewarded:
    """The rewards of a task, for the next steps of a network."""
    options = dict(table)
    function = _TASKS[options.pop("task")]

    def right(symbols: IntArray) -> IntArray:
        return np.asarray(function(symbols, source.alphabet, network.seed, **options), np.int64)

    if own_answers:
        return _of_own_answers(right, source, steps)
    first = network.step_count
    answers = right(source.symbols(first + steps, seed=network.seed))[first:]
    asked = iter(answers.tolist())
    return Rewarded(source, lambda action: _reward(next(asked), action), answers)


def _of_own_answers(right: Callable[[IntArray], IntArray], source: Source, steps: int) -> Rewarded:
    symbols, answers = np.zeros(steps, np.int64), np.full(steps, -1)
    done = 0

    def reward(action: int) -> float | None:
        nonlocal done
        answers[done] = right(symbols[: done + 1])[-1]
        done += 1
        if done < steps:
            symbols[done] = action
        return _reward(int(answers[done - 1]), action)

    table = source.to_dict()
    pools = {key: table[key] for key in ("pools", "pool_size", "gain") if key in table}
    shown = Custom(lambda _: int(symbols[done]), alphabet="".join(source.alphabet), **pools)
    return Rewarded(shown, reward, answers)


def _reward(wanted: int, action: int) -> float | None:
    return None if wanted < 0 else float(action == wanted)

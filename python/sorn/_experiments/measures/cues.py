"""Measures of trials that begin with a cue: Hartmann, Lazar, Nessler & Triesch 2015."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ... import readout as linear
from ..._arguments import FloatArray, IntArray
from ...statistics import Statistics
from .table import NetworkRun, Values, measure
from .words import alphabet_of, begins_of, units_without_input, words_of


@measure("phase")
def variability(
    run: NetworkRun,
    *,
    phase: str,
    window: int = 5,
    first: int = -8,
    last: int = 12,
    before: Sequence[int] = (-8, -3),
    late: Sequence[int] = (5, 9),
) -> Values:
    """The Fano factor over trials around the onset of cues, of the units without input, a mean over the cues.

    Each word of the source is a trial, and its first letter a cue. Spikes are counted in `window` steps around each
    offset from `first` to `last` steps after the onset. `before` and `late` are means over ranges of offsets, both ends
    included; `dip` is the smallest value from the onset on. The smallest of many values lies below their mean also
    without any dip, while `late` has no such bias.
    """
    active = run.recorded(phase, "E")
    shown = run.recorded(phase, "symbol")
    offsets = np.arange(first, last + 1)
    units = units_without_input(run, phase)
    curves, rates, trials = [], [], 0
    for begins in _trials(run, phase).values():
        fits = (begins + first - window >= 0) & (begins + last + window < len(shown))
        begins = begins[fits]
        curves.append(Statistics.fano_across_trials(active, begins, offsets, window, units, undefined=np.nan))
        trials += len(begins)
        rates.append(active[begins[:, np.newaxis] + offsets][..., units].mean(axis=(0, 2)))
    fano = np.nanmean(curves, axis=0)

    def mean(span: Sequence[int]) -> float:
        return float(np.nanmean(fano[(offsets >= span[0]) & (offsets <= span[1])]))

    values = {"before": mean(before), "dip": float(np.nanmin(fano[offsets >= 0])), "late": mean(late)}
    return {
        **values,
        "dip_change": values["dip"] - values["before"],
        "late_change": values["late"] - values["before"],
        "offset": offsets,
        "fano": fano,
        "rate": np.mean(rates, axis=0),
        "trials": trials,
    }


@measure("train", "test")
def decision(
    run: NetworkRun,
    *,
    train: str,
    test: str,
    cues: Mapping[str, float],
    ambiguous: float = 0.5,
    mu: float = 1.0,
    burn_in: int = 3000,
    before: int = 20,
    after: int = 5,
) -> Values:
    """Which of two words a readout of the last state of a trial names, for cues between those of the two words.

    The readout, by ridge regression with the penalty `mu` and without a bias, is trained on the states of `train`
    that show a word, without its first `burn_in` steps, equally many of each place in each word. It has two outputs:
    one for the last place of the source's first word, A, and one for that of its second word. In a trial of `test`
    the larger output at the last step is the decision. `cues` are the first letters of the words of `test`, each with
    its share of A.

    `cue` and `chosen` are the shares of A in the cues and of decisions for A, `chosen_50` that at the cue of 50 per
    cent; `crossing` is the share of A in the cue at which the line through `chosen` first passes one half. The
    decisions at the cue of share `ambiguous` are predicted from the state some steps after the cue's onset (before
    it: below 0), by ridge regression with a bias on half of the trials. `correlation` and `right` compare the
    prediction from the state one step before the onset with the decision in the other half; `shuffled_…` does the
    same with states of other trials.
    """
    model = _trained(run, train, burn_in, mu)
    active = run.recorded(test, "E")
    length = len(words_of(run, test)[0])
    by_share = sorted((share, letter) for letter, share in cues.items())
    chosen, decisions = [], {}
    trials = {word[0]: begins for word, begins in _trials(run, test).items()}
    for share, letter in by_share:
        begins = trials[letter]
        begins = begins[(begins >= before) & (begins + max(after, length) < len(active))]
        outputs = model.scores(active[begins + length - 1])
        decisions[share] = begins, outputs[:, 1] > outputs[:, 2]
        chosen.append(float(np.mean(decisions[share][1])) if len(begins) else np.nan)
    shares = np.array([share for share, _ in by_share])
    values: Values = {"cue": shares, "chosen": np.array(chosen), "crossing": _crossing(shares, np.array(chosen))}
    values |= {f"chosen_{round(100 * share)}": one for share, one in zip(shares, chosen, strict=True)}
    return values | _predicted(run, active, *decisions[ambiguous], before, after, mu)


def _trials(run: NetworkRun, phase: str) -> dict[str, IntArray]:
    """The steps in which each word of a source of trials begins."""
    letters = alphabet_of(run, phase)
    shown = run.recorded(phase, "symbol")
    words = {
        word: np.array([-1 if one == "_" else letters.index(one) for one in word]) for word in words_of(run, phase)
    }
    return {word: begins_of(shown, numbers, after_blank=True) for word, numbers in words.items()}


def _trained(run: NetworkRun, phase: str, burn_in: int, mu: float) -> linear.Readout:
    """The readout with the classes 1, the last place of the first word, 2, that of the second word, and 0, the
    others."""
    active = run.recorded(phase, "E")
    steps, targets = [], []
    for number, (word, begins) in enumerate(_trials(run, phase).items()):
        for place in range(len(word)):
            steps.append(begins[begins >= burn_in] + place)
            targets.append(number + 1 if place == len(word) - 1 and number < 2 else 0)
    least = min(map(len, steps))
    chosen = np.concatenate([one[-least:] for one in steps])
    return linear.ridge(active[chosen], np.repeat(targets, least), mu)


def _crossing(x: FloatArray, y: FloatArray) -> float:
    """Where the line through points first passes one half; the last point if it never does."""
    above = np.flatnonzero(y > 0.5)
    if not len(above):
        return float(x[-1])
    k = int(above[0])
    if k == 0:
        return float(x[0])
    return float(x[k - 1] + (x[k] - x[k - 1]) * (0.5 - y[k - 1]) / (y[k] - y[k - 1]))


def _predicted(
    run: NetworkRun,
    active: npt.NDArray[np.int8],
    begins: IntArray,
    for_a: npt.NDArray[np.bool_],
    before: int,
    after: int,
    mu: float,
) -> Values:
    """How well the states around the onset of a cue predict the decisions, and those of other trials."""
    half = len(begins) // 2
    offsets = np.arange(-before, after)
    order = np.random.default_rng(run.seed).permutation(len(begins))
    values: Values = {"offset": offsets}
    for name, own in (("", np.arange(len(begins))), ("shuffled_", order)):
        scores = []
        for offset in offsets:
            states = active[begins[own] + offset]
            scores.append(_agreement(states, for_a, half, mu))
        correlations, right = np.array(scores).T
        at = int(np.flatnonzero(offsets == -1)[0])
        values |= {
            f"{name}right_around": right,
            f"{name}correlation": float(correlations[at]),
            f"{name}right": float(right[at]),
        }
    return values


def _agreement(states: npt.NDArray[np.int8], for_a: npt.NDArray[np.bool_], half: int, mu: float) -> tuple[float, float]:
    """Of predictions that are trained on the first half: the correlation with the decisions of the second, and the
    share that is right. Undefined if the decisions of a half are all alike."""
    for part in (for_a[:half], for_a[half:]):
        if not len(part) or part.all() or not part.any():
            return np.nan, np.nan
    model = linear.ridge(states[:half], for_a[:half].astype(np.int64), mu, bias=True)
    outputs: npt.NDArray[Any] = model.scores(states[half:])
    score = outputs[:, 1] - outputs[:, 0]
    correlation = np.corrcoef(score, for_a[half:])[0, 1] if np.ptp(score) > 0 else 0.0
    return float(correlation), float(np.mean((score > 0) == for_a[half:]))

"""Measures that compare evoked with spontaneous activity: Hartmann, Lazar, Nessler & Triesch 2015."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..._arguments import FloatArray, IntArray
from ..._errors import StateError
from ...statistics import Statistics
from .table import NetworkRun, Values, measure
from .words import alphabet_of, begins_of, words_of


@measure("evoked", "spontaneous")
def nearest_evoked(run: NetworkRun, *, evoked: str, spontaneous: str, states: int = 2500) -> Values:
    """Which letter's evoked states the spontaneous states resemble, and whether these letters form words.

    The evoked set has equally many states of each letter, the last ones among the last `states` of the phase that show
    a letter. The spontaneous set are the last `states` of the phase, without the silent ones. Each spontaneous state
    gets the letter of the evoked state with the smallest Hamming distance. Every letter must occur in one word only.

    `share_A` is the share of letter A, and `share_ABCD` that of the letters of a word; `forward_ABCD` and
    `backward_ABCD` count how often the letters of a word follow each other. The points are both sets on the first two
    principal components of both together.
    """
    letters = alphabet_of(run, evoked)
    chosen, labels = _evoked_set(run.recorded(evoked, "E"), run.recorded(evoked, "symbol"), len(letters), states)
    active = run.recorded(spontaneous, "E")[-states:]
    silent = active.sum(axis=1) == 0
    active = active[~silent]
    nearest = Statistics.nearest_states(active, chosen, seed=run.seed)
    found = labels[nearest.reference]
    shares = np.bincount(found, minlength=len(letters)) / max(1, len(found))
    points, explained = _principal_components(np.concatenate([chosen, active]).astype(np.float64))
    values: Values = {
        "distance": float(np.mean(nearest.distance)),
        "silent": float(np.mean(silent)),
        "active": float(np.mean(active.sum(axis=1))),
        "states": len(active),
        "explained": explained,
        "evoked_points": points[: len(chosen)],
        "evoked_letter": labels,
        "spontaneous_points": points[len(chosen) :],
        "spontaneous_letter": found,
    }
    values |= {f"share_{letter}": float(share) for letter, share in zip(letters, shares, strict=True)}
    forward = backward = 0
    for word in words_of(run, evoked):
        numbers = np.array([letters.index(letter) for letter in word])
        values[f"share_{word}"] = float(shares[numbers].sum())
        values[f"forward_{word}"] = len(begins_of(found, numbers))
        values[f"backward_{word}"] = len(begins_of(found, numbers[::-1]))
        forward += values[f"forward_{word}"]
        backward += values[f"backward_{word}"]
    return {**values, "forward": forward, "backward": backward}


def _evoked_set(
    active: npt.NDArray[np.int8], shown: IntArray, letters: int, states: int
) -> tuple[npt.NDArray[np.int8], IntArray]:
    """Equally many states of each letter, of the last `states` states that show one; and the letters."""
    steps = np.flatnonzero(shown >= 0)[-states:]
    of_letters = [steps[shown[steps] == letter] for letter in range(letters)]
    least = min(len(one) for one in of_letters)
    if least == 0:
        raise StateError(f"the last {len(steps)} evoked states", "must show each letter", "make the phase longer")
    chosen = np.concatenate([one[-least:] for one in of_letters])
    return active[chosen], np.repeat(np.arange(letters), least)


def _principal_components(states: FloatArray) -> tuple[npt.NDArray[np.float32], float]:
    """The states on their first two principal components, and the share of the variance that these explain."""
    centred = states - states.mean(axis=0)
    variances, axes = np.linalg.eigh(centred.T @ centred)
    axes = axes[:, :-3:-1]
    axes *= np.sign(axes[np.argmax(np.abs(axes), axis=0), [0, 1]])  # an axis has no sign of its own
    return (centred @ axes).astype(np.float32), float(variances[-2:].sum() / max(variances.sum(), 1e-300))


@measure("natural", "control", "spontaneous")
def pattern_divergence(
    run: NetworkRun, *, natural: str, control: str, spontaneous: str, units: int = 16, burn_in: int = 5000
) -> Values:
    """Kullback-Leibler divergence, in bits, of the patterns of some random units between evoked and spontaneous
    activity.

    The first `burn_in` steps of each phase are left out. One is added to the count of each of the 2^units patterns.
    `natural` and `control` compare evoked with spontaneous activity; `halves` compares the two halves of the
    spontaneous activity, the floor that a record of this length leaves.
    """
    chosen = np.random.default_rng(run.seed).choice(run.networks[natural].parameters.ne, units, replace=False)

    def counted(active: npt.NDArray[np.int8]) -> IntArray:
        return Statistics.pattern_histogram(active[:, chosen], np.arange(units))

    calm = run.recorded(spontaneous, "E")[burn_in:]
    half = len(calm) // 2
    patterns = counted(calm)
    found = {name: counted(run.recorded(phase, "E")[burn_in:]) for name, phase in
             (("natural", natural), ("control", control))}  # fmt: skip
    values: Values = {name: Statistics.pattern_divergence(one, patterns) for name, one in found.items()}
    return {
        **values,
        "excess": values["control"] - values["natural"],
        "halves": Statistics.pattern_divergence(counted(calm[:half]), counted(calm[half:])),
        "patterns": int(np.count_nonzero(patterns)),
    }


@measure("phase")
def word_activity(
    run: NetworkRun, *, phase: str, words: Sequence[str] = (), filled: str = "", omitted: int = 1
) -> Values:
    """The number of active units at each letter of words that are shown between blanks.

    `words` are those of the phase's source unless given. `mean_ABCD` is the mean over the letters of a word,
    `second_ABCD` that of the letter number `omitted`, counted from 0, and `letters_ABCD` the mean of each letter;
    `blank` that of the steps between words. With the word `filled`, `distance_A_CD` is the Manhattan distance of the
    mean activity of each unit at the letter number `omitted` of each other word from that of `filled`: how much an
    omitted letter is filled in.
    """
    active = run.recorded(phase, "E")
    shown = run.recorded(phase, "symbol")
    letters = alphabet_of(run, phase)
    named = list(words) or words_of(run, phase)
    values: Values = {"place": np.arange(1, max(map(len, named)) + 1)}
    patterns: dict[str, FloatArray] = {}
    between = np.ones(len(shown), bool)
    for word in named:
        numbers = np.array([-1 if letter == "_" else letters.index(letter) for letter in word])
        begins = begins_of(shown, numbers, after_blank=True)
        if not len(begins):
            raise StateError(f"phase '{phase}'", f"does not show the word {word}", "make it longer")
        places = begins[:, np.newaxis] + np.arange(len(word))
        between[places] = False
        means = active[places].mean(axis=0, dtype=np.float64)  # letters, units
        counts = means.sum(axis=1)
        patterns[word] = means[omitted]
        values |= {f"mean_{word}": counts.mean(), f"second_{word}": counts[omitted], f"letters_{word}": counts}
        values |= {f"letter_{k + 1}_{word}": count for k, count in enumerate(counts)}
    values["blank"] = float(active[between].sum(axis=1).mean())
    if filled:
        reference = patterns.pop(filled)
        values |= {f"distance_{word}": float(np.abs(one - reference).sum()) for word, one in patterns.items()}
    return values

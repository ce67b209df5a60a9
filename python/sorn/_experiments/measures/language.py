"""Measures of language that a network generates."""

from __future__ import annotations

import numpy as np

from ... import readout as linear
from ..._arguments import IntArray
from ..._errors import StateError
from ...sources import Grammar
from .readouts import guessed_from_last_letter
from .table import NetworkRun, Values, measure


@measure("train", "test", "generate")
def sentences(run: NetworkRun, *, train: str, test: str, generate: str) -> Values:
    """How many of the sentences that the network generates are wrong, and how many are right though never shown.

    `generate` is a phase in a closed loop, whose source is a grammar with sentences that are left out (`without`). Its
    letters are split at full stops, and blanks around sentences are dropped. A sentence that the whole grammar does not
    have is `wrong`; one that was left out is `new`. Both are shares of all sentences. A text without any full stop is
    one wrong sentence.

    `letters` is the share of letters of the phase `test` that the same readout names one step before. The floors are
    what the letter before alone tells: `letters_floor` names the one that follows it most often; `wrong_floor` and
    `new_floor` are of letters that are drawn as they followed each other in the phase `train`.
    """
    source = run.sources[generate]
    if not isinstance(source, Grammar) or generate not in run.readouts:
        raise StateError(f"phase '{generate}'", "must show a grammar in a closed loop")
    known = {sentence.strip() for sentence in source.sentences}
    left_out = {sentence.strip() for sentence in source.to_dict().get("without", [])}
    shown = run.recorded(train, "symbol")
    chain = _drawn_from_pairs(shown, len(run.recorded(generate, "symbol")), len(source.alphabet), run.seed)
    ours = _judged(source.spelled(run.recorded(generate, "symbol")), known, left_out)
    floor = _judged(source.spelled(chain), known, left_out)
    letters = run.recorded(test, "symbol")
    named = run.readouts[generate].predict(run.recorded(test, "E")[:-1])
    return {
        **ours,
        "wrong_floor": floor["wrong"],
        "new_floor": floor["new"],
        "letters": linear.accuracy(letters[1:], named),
        "letters_floor": linear.accuracy(letters[1:], guessed_from_last_letter(letters, letters)[1:]),
    }


def _judged(text: str, known: set[str], left_out: set[str]) -> Values:
    """The shares of wrong and of new sentences in a text, the first and the last of which are cut off."""
    parts = text.split(".")
    made = [f"{part.strip()}." for part in parts[1:-1]] or [text]
    right = [sentence for sentence in made if sentence in known]
    new = [sentence for sentence in made if sentence in left_out]
    return {
        "wrong": 1 - (len(right) + len(new)) / len(made),
        "new": len(new) / len(made),
        "different": len({*right, *new}),
        "different_new": len(set(new)),
        "sentences": len(made),
    }


def _drawn_from_pairs(symbols: IntArray, steps: int, letters: int, seed: int) -> IntArray:
    """Letters that are drawn by the letter before, as often as they followed each other. The last is followed by the
    first.
    """
    seen = symbols[symbols >= 0]
    counts = np.zeros((letters, letters))
    np.add.at(counts, (seen, np.roll(seen, -1)), 1)
    sums = np.cumsum(counts, axis=1)
    sums /= np.maximum(sums[:, -1:], 1)
    drawn = np.empty(min(steps, 100_000), np.int64)
    letter = int(seen[0])
    for step, number in enumerate(np.random.default_rng(seed).random(len(drawn))):
        drawn[step] = letter
        letter = int(np.searchsorted(sums[letter], number, side="right"))
    return drawn

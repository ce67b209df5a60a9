"""Measures of evoked and spontaneous activity, and of trials, in runs whose answer is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import sorn
from sorn import experiments, sources
from sorn._experiments import measures, run
from sorn._experiments.measures.words import begins_of

NE = 60


def made(phases: dict[str, tuple[Any, dict[str, Any]]], seed: int = 3) -> experiments.NetworkRun:
    """A run whose phases recorded the given arrays, each with the source that it was shown."""
    made = experiments.NetworkRun(seed)
    for name, (source, recorded) in phases.items():
        made.sources[name] = source
        made.phases[name] = recorded  # a dictionary serves as recordings
        made.networks[name] = sorn.Network(ne=NE, nu=5, lambda_ee=10, seed=seed)
    return made


def states_of(symbols: np.ndarray, letters: int, noise: int, seed: int) -> np.ndarray:
    """A state of its own for each letter, in which some units are turned round at random."""
    rng = np.random.default_rng(seed)
    prototypes = np.random.default_rng(99).integers(0, 2, (letters, NE))
    states = prototypes[symbols].astype(np.int8)
    for state in states:
        state[rng.choice(NE, noise, replace=False)] ^= 1
    return states


def test_words_are_found_where_they_begin():
    shown = np.array([0, 1, 2, -1, 0, 1, 2, -1, -1, 1, 2, -1, 0, -1, 2])
    assert begins_of(shown, np.array([0, 1, 2])).tolist() == [0, 4]
    assert begins_of(shown, np.array([0, -1, 2]), after_blank=True).tolist() == [12]
    assert begins_of(shown, np.array([1, 2]), after_blank=True).tolist() == [9]
    assert begins_of(shown[:2], np.array([0, 1, 2])).tolist() == []


class TestNearestEvoked:
    def found(self, spontaneous: np.ndarray, **options: Any) -> dict[str, Any]:
        words = sources.Words(["ABC", "DEF"], pool_size=5, seed=1)
        symbols = words.symbols(600)
        recorded = {"E": states_of(symbols, 6, 3, 1), "symbol": symbols}
        run = made({"evoked": (words, recorded), "calm": (None, {"E": spontaneous})})
        return measures.spontaneous.nearest_evoked(run, evoked="evoked", spontaneous="calm", states=400, **options)

    def test_letters_runs_and_distances(self):
        letters = np.array([0, 1, 2, 3, 4, 5, 2, 1, 0, 0, 1, 2] * 20)
        spontaneous = states_of(letters, 6, 3, 2)
        spontaneous[5::12] = 0  # silent ones do not count
        kept = np.delete(letters, np.arange(5, len(letters), 12))
        values = self.found(spontaneous)
        assert values["share_A"] == pytest.approx(np.mean(kept == 0))
        assert values["share_ABC"] == pytest.approx(np.mean(kept < 3))
        assert values["share_DEF"] == pytest.approx(np.mean(kept >= 3))
        assert values["forward_ABC"] == 40
        assert values["forward_DEF"] == 0
        assert values["backward_ABC"] == values["backward"] == 20
        assert values["silent"] == pytest.approx(1 / 12)
        assert 3 <= values["distance"] <= 6
        assert (values["spontaneous_letter"] == kept).all()
        assert len(np.unique(np.bincount(values["evoked_letter"]))) == 1, "equally many of each letter"
        assert values["evoked_points"].shape == (len(values["evoked_letter"]), 2)
        assert 0 < values["explained"] < 1

    def test_a_letter_that_was_not_evoked_is_an_error(self):
        words = sources.Words(["ABC", "DEF"], [1.0, 0.0], pool_size=5)
        symbols = words.symbols(100)
        run = made(
            {"e": (words, {"E": states_of(symbols, 6, 0, 1), "symbol": symbols}), "c": (None, {"E": np.ones((9, NE))})}
        )
        with pytest.raises(sorn.StateError, match="must show each letter"):
            measures.spontaneous.nearest_evoked(run, evoked="e", spontaneous="c")


def test_divergence_of_patterns_is_small_between_equal_and_large_between_different_activity():
    rng = np.random.default_rng(1)

    def spikes(rate: float) -> dict[str, Any]:
        return {"E": (rng.random((20_000, NE)) < rate).astype(np.int8)}

    run = made({"n": (None, spikes(0.1)), "c": (None, spikes(0.3)), "s": (None, spikes(0.1))})
    values = measures.spontaneous.pattern_divergence(
        run, natural="n", control="c", spontaneous="s", units=6, burn_in=10
    )
    exact = 6 * (0.3 * np.log2(0.3 / 0.1) + 0.7 * np.log2(0.7 / 0.9))
    assert values["natural"] < 0.01
    assert values["halves"] < 0.01
    assert values["control"] == pytest.approx(exact, rel=0.1)
    assert values["excess"] == values["control"] - values["natural"]


def test_activity_at_the_letters_of_words():
    words = sources.Words(["AB", "A_"], wait_min=3, alphabet="AB", pool_size=5, seed=2)
    symbols = words.symbols(500)
    active = np.zeros((500, NE), np.int8)
    active[symbols == 0, :10] = 1
    active[symbols == 1, 10:30] = 1
    omitted = np.flatnonzero((symbols[1:-1] == -1) & (symbols[:-2] == 0)) + 1
    active[omitted, 10:25] = 1
    run = made({"p": (words, {"E": active, "symbol": symbols})})
    values = measures.spontaneous.word_activity(run, phase="p", filled="AB")
    assert values["letters_AB"].tolist() == [10, 20]
    assert values["letter_2_A_"] == values["second_A_"] == 15
    assert values["mean_AB"] == 15
    assert values["distance_A_"] == 5
    assert values["blank"] == 0
    with pytest.raises(sorn.StateError, match="does not show the word BA"):
        measures.spontaneous.word_activity(run, phase="p", words=["BA"])


CUES = sources.Words(
    ["AX_", "BX_", "CX_"], wait_min=8, wait_var=4, pools="random_disjoint", pool_size=5, seed=3,
    mixtures={"C": {"A": 2, "B": 3}},
)  # fmt: skip


class TestVariability:
    def test_is_that_of_the_units_without_input_at_each_offset(self):
        rng = np.random.default_rng(2)
        symbols = CUES.symbols(6000)
        active = (rng.random((6000, NE)) < 0.3).astype(np.int8)
        trial = begins_of(symbols, np.array([0, 3, -1]), after_blank=True)
        driven = CUES.pools_of(NE)
        active[:, driven[driven >= 0]] = 0  # these do not count
        for onset in np.flatnonzero((symbols >= 0) & (symbols < 3)):
            active[onset : onset + 5] = active[4]  # the same in every trial
        run = made({"p": (CUES, {"E": active, "symbol": symbols})})
        values = measures.cues.variability(run, phase="p", first=-6, last=5, before=(-6, -3), late=(4, 5))
        assert len(trial) > 100
        assert values["before"] == pytest.approx(0.7, abs=0.1), "binomial: 1 - rate"
        assert values["fano"][values["offset"] == 2] == pytest.approx(0, abs=1e-12)
        assert values["dip"] == pytest.approx(0, abs=1e-12)
        assert values["dip_change"] == values["dip"] - values["before"]
        assert values["rate"].shape == values["fano"].shape == values["offset"].shape


class TestDecision:
    def found(self, follows: bool) -> dict[str, Any]:
        """Trials at whose end units 50 to 54 tell of A, 55 to 59 of B; for C it is drawn. With `follows`, units 40
        and 45 tell it one step before the cue."""
        rng = np.random.default_rng(5)
        phases = {}
        for name, steps, start in (("train", 6000, 0), ("test", 8000, 6000)):
            symbols = CUES.symbols(steps, first_step=start)
            active = (rng.random((steps, NE)) < 0.2).astype(np.int8)
            active[:, 40:] = 0
            for onset in np.flatnonzero((symbols >= 0) & (symbols < 3)):
                for_a = symbols[onset] == 0 or (symbols[onset] == 2 and rng.random() < 0.3)
                side = slice(50, 55) if for_a else slice(55, 60)
                active[onset + 2 : onset + 3, side] = 1
                if follows and onset > 2:
                    active[onset - 1, 40 if for_a else 45] = 1
            phases[name] = (CUES, {"E": active, "symbol": symbols})
        return measures.cues.decision(
            made(phases), train="train", test="test", cues={"A": 1.0, "B": 0.0, "C": 0.5}, burn_in=500
        )

    def test_follows_the_state_at_the_end(self):
        values = self.found(follows=False)
        assert values["cue"].tolist() == [0, 0.5, 1]
        assert values["chosen_0"] == 0
        assert values["chosen_100"] == 1
        assert values["chosen_50"] == pytest.approx(0.3, abs=0.1)
        assert 0.5 < values["crossing"] < 1
        assert abs(values["correlation"]) < 0.3

    def test_is_predicted_by_what_was_there_before(self):
        values = self.found(follows=True)
        assert values["correlation"] > 0.9
        assert values["right"] > 0.95
        assert abs(values["shuffled_correlation"]) < 0.3
        at = values["offset"].tolist().index(-2)
        assert abs(values["right_around"][at] - values["right"]) > 0.1, "only the step before the onset tells"

    def test_crossing(self):
        x = np.array([0.0, 0.5, 1.0])
        assert measures.cues._crossing(x, np.array([0.0, 0.25, 0.75])) == pytest.approx(0.75)
        assert measures.cues._crossing(x, np.array([0.6, 0.7, 0.8])) == 0
        assert measures.cues._crossing(x, np.array([0.0, 0.1, 0.2])) == 1


def test_a_phase_can_begin_with_permuted_activity():
    one = experiments.Experiment.from_dict(
        {
            "name": "n", "title": "t", "question": "q", "publication": "p", "measures": {},
            "network": {"variant": "delpapa2017", "ne": 50, "lambda_ee": 10},
            "phases": {
                "first": {"steps": 60},
                "kept": {"steps": 30, "record": ["E"]},
                "shuffled": {"steps": 30, "after": "first", "activity": "shuffled", "record": ["E"]},
            },
        }
    )  # fmt: skip
    found = run.run_network(one, 5)
    network = sorn.Network(seed=5, variant="delpapa2017", ne=50, lambda_ee=10)
    network.run(time_steps=60)
    network.shuffle_activity()
    np.testing.assert_array_equal(found.recorded("shuffled", "E"), network.run(time_steps=30, record=["E"])["E"])
    assert (found.recorded("shuffled", "E") != found.recorded("kept", "E")).any()

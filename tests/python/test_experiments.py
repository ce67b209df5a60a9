"""Experiments: descriptions, runs over networks and conditions, tables, files and pages."""

from __future__ import annotations

import csv
import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sorn
from sorn import experiments
from sorn._experiments import measures, output, rewards, run, words
from sorn._experiments.command import told

REPOSITORY = Path(__file__).parents[2]
SMALL: dict[str, Any] = {
    "name": "small",
    "title": "A small one",
    "question": "Does it run?",
    "publication": "nobody 1900",
    "networks": 3,
    "seed": 7,
    "network": {"variant": "lazar2009", "ne": 60, "nu": 5},
    "source": {"source": "counting", "n": 3, "pool_size": 5},
    "phases": {
        "organise": {"steps": 400},
        "train": {"steps": 300, "phase": "training", "record": ["R", "E", "symbol"]},
        "test": {"steps": 200, "phase": "training", "record": ["R", "E", "symbol"]},
    },
    "axes": {"n": {"2": {"source.n": 2}, "3": {}}},
    "measures": {
        "letter": {"measure": "readout", "train": "train", "test": "test", "scores": {"last": "CF"}},
        "weights": {"measure": "weights", "phase": "test"},
    },
    "table": [
        {"quantity": "letter.all", "published": 1.0, "low": 0.5, "high": 1.0},
        {"quantity": "weights.synapses", "published": 1.0},
        {"quantity": "letter.last"},
    ],
    "claims": [{"text": "2 is easier", "quantity": "letter.all", "larger": {"n": "2"}, "smaller": {"n": "3"}}],
    "figure": {
        "caption": "C.",
        "panels": [{"kind": "lines", "x": "n", "y": "letter.all", "floor": "letter.all_floor"}],
    },
    "quick": {"networks": 1},
    "as_code": {"network.eta_ip": 0.002},
}


def changed(**entries: Any) -> dict[str, Any]:
    return {**SMALL, **entries}


class TestDescription:
    @pytest.mark.parametrize("name", experiments.names())
    def test_every_published_one_survives_a_round_trip_and_its_patches(self, name):
        one = experiments.load(name)
        assert one.name == name
        assert experiments.Experiment.from_dict(one.to_dict()) == one
        assert json.loads(json.dumps(one.to_dict())) == one.to_dict()
        quick = one.patched(one.quick)
        assert quick.networks < one.networks
        assert sum(quick.condition(c).steps for c in quick.conditions) * quick.networks < 2_000_000
        assert one.networks >= 10
        if one.as_code:
            assert one.patched(one.as_code) != one

    @pytest.mark.parametrize("name", experiments.names())
    def test_every_published_one_runs_and_writes_what_it_names(self, name, tmp_path):
        results = experiments.reproduce(name, quick=True, networks=1, threads=1)
        page = output.write(results, tmp_path, f"sorn reproduce {name} --quick")
        assert page.picture.startswith(b"\x89PNG")
        assert results.table()
        for line in results.table():
            assert line.networks <= 1
        for claim in results.claims():
            assert claim.networks <= 1

    def test_a_published_name_is_not_found_under_another(self):
        with pytest.raises(sorn.UnknownNameError, match="lazar2009-counting"):
            experiments.load("lazar2009-countin")

    def test_a_condition_has_the_patches_of_its_labels(self):
        one = experiments.Experiment.from_dict(SMALL)
        assert one.conditions == [{"n": "2"}, {"n": "3"}]
        assert one.condition({"n": "2"}).source == {"source": "counting", "n": 2, "pool_size": 5}
        assert one.condition({"n": "3"}).source["n"] == 3

    def test_a_star_patches_every_phase(self):
        one = experiments.Experiment.from_dict(SMALL).patched({"phases.*.steps": 11})
        assert [phase.steps for phase in one.phases] == [11, 11, 11]

    @pytest.mark.parametrize(
        ("entries", "error", "message"),
        [
            ({"netwerk": {}}, sorn.UnknownKeywordError, "did you mean 'network'"),
            ({"title": ""}, sorn.ParameterError, "title"),
            ({"networks": 0}, sorn.ParameterError, "networks = 0"),
            ({"phases": {}}, sorn.ParameterError, "phases"),
            ({"phases": {"a": {}}}, sorn.ParameterError, "steps"),
            ({"phases": {"a": {"steps": 0}}}, sorn.ParameterError, "phases.a.steps = 0"),
            ({"phases": {"a": {"steps": 5, "after": "b"}}}, sorn.ParameterError, "must be an earlier phase"),
            ({"phases": {"start": {"steps": 5}}}, sorn.ParameterError, "another name"),
            ({"phases": {"a": {"steps": 5, "activity": "gone"}}}, sorn.ParameterError, "silent"),
            ({"measures": {"m": {"measure": "readuot"}}}, sorn.UnknownNameError, "did you mean 'readout'"),
            ({"measures": {"m": {"measure": "weights", "phase": "tset"}}}, sorn.ParameterError, "did you mean 'test'"),
            (
                {"measures": {"m": {"measure": "weights", "phase": "test", "lest": 1}}},
                sorn.UnknownKeywordError,
                "least",
            ),
            ({"network": {"eta_stpd": 1}}, sorn.UnknownKeywordError, "eta_stdp"),
            ({"source": {"source": "countng"}}, sorn.SornError, "counting"),
            ({"table": [{"quantity": "x", "at": {"m": "2"}}]}, sorn.ParameterError, "must be an axis"),
            ({"table": [{"quantity": "x", "at": {"n": "4"}}]}, sorn.ParameterError, "must be one of 2, 3"),
            ({"axes": {"n": {}}}, sorn.ParameterError, "one or more labels"),
            ({"table": [{"quantity": "leter.all"}]}, sorn.ParameterError, "did you mean 'letter'"),
            (
                {"claims": [{"text": "t", "quantity": "weights.mean_ln", "larger": {}, "smaller": {"n": "4"}}]},
                sorn.ParameterError,
                "must be one of 2, 3",
            ),
            (
                {"claims": [{"text": "t", "quantity": "a.b", "larger": {}, "smaller": {}}]},
                sorn.ParameterError,
                "claims.0..quantity = 'a.b'",
            ),
            (
                {"figure": {"panels": [{"kind": "line", "y": "letter.all"}]}},
                sorn.ParameterError,
                "did you mean 'lines'",
            ),
            ({"figure": {"panels": [{"kind": "bars", "y": "ltter.all"}]}}, sorn.ParameterError, "'letter'"),
            ({"figure": {"panels": [{"kind": "lines", "y": "letter.all"}]}}, sorn.ParameterError, "must have x, y"),
            (
                {"figure": {"panels": [{"kind": "lines", "x": "m", "y": "letter.all"}]}},
                sorn.ParameterError,
                "must be an axis",
            ),
            (
                {"figure": {"panels": [{"kind": "bars", "y": "letter.all", "titlee": "t"}]}},
                sorn.UnknownKeywordError,
                "unknown entry 'titlee' of figure.panels.0.: did you mean 'title'",
            ),
            ({"figure": {"panels": {}}}, sorn.ParameterError, "must be a list"),
        ],
    )
    def test_a_mistake_is_named_before_anything_runs(self, entries, error, message):
        with pytest.raises(error, match=message):
            experiments.Experiment.from_dict(changed(**entries))

    def test_files_of_ones_own_in_toml_and_python(self, tmp_path):
        (tmp_path / "mine.py").write_text(f"experiment = {SMALL!r}")
        assert experiments.load(tmp_path / "mine.py") == experiments.Experiment.from_dict(SMALL)
        (tmp_path / "mine.toml").write_text(
            'title="t"\nquestion="q"\npublication="p"\n[network]\nne=30\n[phases.a]\nsteps=5\n[measures]\n'
        )
        assert experiments.load(tmp_path / "mine.toml").name == "mine"
        assert [Path(name).name for name in experiments.names(tmp_path)] == ["mine.py", "mine.toml"]
        (tmp_path / "bad.toml").write_text("title = ")
        with pytest.raises(sorn.FormatError, match="no TOML"):
            experiments.load(tmp_path / "bad.toml")
        (tmp_path / "empty.py").write_text("")
        with pytest.raises(sorn.FormatError, match="must define 'experiment'"):
            experiments.load(tmp_path / "empty.py")
        with pytest.raises(sorn.IoError, match="cannot read"):
            experiments.load(tmp_path / "missing.toml")


def numbers(results: experiments.Results) -> list[dict[str, Any]]:
    return [{name: np.asarray(value).tolist() for name, value in outcome.items()} for _, outcome in results.each()]


class TestRun:
    def test_threads_executors_and_folders_give_the_same(self, tmp_path):
        expected = numbers(experiments.reproduce(SMALL, threads=1))
        assert numbers(experiments.reproduce(SMALL, threads=3)) == expected
        with ThreadPoolExecutor(2) as pool:
            assert numbers(experiments.reproduce(SMALL, backend=pool)) == expected
        assert numbers(experiments.reproduce(SMALL, out=tmp_path)) == expected
        assert numbers(experiments.reproduce(SMALL, out=tmp_path)) == expected

    def test_dask_and_joblib_give_the_same(self, cluster, tmp_path):
        joblib = pytest.importorskip("joblib")
        expected = numbers(experiments.reproduce(SMALL, threads=1))
        assert numbers(experiments.reproduce(SMALL, backend=cluster, out=tmp_path)) == expected
        assert numbers(experiments.reproduce(SMALL, backend=joblib.Parallel(n_jobs=2))) == expected
        with pytest.raises(sorn.ParameterError, match="backend is of type int"):
            experiments.reproduce(SMALL, backend=1)
        with pytest.raises(sorn.ParameterError, match="threads = 2: must not be given with a backend"):
            experiments.reproduce(SMALL, backend=cluster, threads=2)

    def test_a_measure_of_ones_own_travels(self, cluster, tmp_path):
        one = changed(measures={"m": {"measure": "travelling", "phase": "test"}}, table=[], claims=[], figure={})
        (tmp_path / "mine.py").write_text(
            "from sorn import experiments\n"
            "@experiments.measure('phase')\n"
            "def travelling(run, *, phase):\n"
            "    return {'steps': len(run.recorded(phase, 'E'))}\n"
            f"experiment = {one!r}\n"
        )
        try:
            results = experiments.reproduce(tmp_path / "mine.py", backend=cluster)
            assert results.values("m.steps", {"n": "2"}).tolist() == [200, 200, 200]
        finally:
            del measures.table._MEASURES["travelling"]

    def test_what_is_in_the_folder_does_not_run_again(self, tmp_path, monkeypatch):
        experiments.reproduce(SMALL, out=tmp_path, networks=2)
        ran = []
        original = run.run_network
        monkeypatch.setattr(run, "run_network", lambda *a: ran.append(a) or original(*a))
        experiments.reproduce(SMALL, out=tmp_path, networks=3)
        assert len(ran) == 2, "the third network in two conditions"
        experiments.reproduce(SMALL, out=tmp_path, networks=3, changes={"network.eta_ip": 0.003})
        assert len(ran) == 8, "another description: all run again"
        experiments.reproduce(SMALL, out=tmp_path, changes={"network.eta_ip": 0.003, "title": "other words"})
        assert len(ran) == 8

    def test_two_processes_share_a_folder(self, tmp_path):
        results: list[Any] = []
        both = [
            threading.Thread(target=lambda: results.append(experiments.reproduce(SMALL, out=tmp_path, threads=1)))
            for _ in range(2)
        ]
        for one in both:
            one.start()
        for one in both:
            one.join()
        assert numbers(results[0]) == numbers(results[1]) == numbers(experiments.reproduce(SMALL))

    def test_a_stop_leaves_what_is_done(self, tmp_path):
        def stop_late(done: int, total: int) -> None:
            if done > total / 2:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            experiments.reproduce(SMALL, out=tmp_path, threads=1, progress=stop_late)
        kept = len(list((tmp_path / "networks").glob("*.npz")))
        assert 0 < kept < 6
        assert numbers(experiments.reproduce(SMALL, out=tmp_path)) == numbers(experiments.reproduce(SMALL))

    def test_networks_of_all_conditions_have_the_same_seeds(self):
        results = experiments.reproduce(SMALL)
        seeds = {tuple(task.labels.items()): [] for task in results.tasks}
        for task in results.tasks:
            seeds[tuple(task.labels.items())].append(task.seed)
        assert len({tuple(one) for one in seeds.values()}) == 1
        assert len(set(next(iter(seeds.values())))) == 3

    def test_copies_of_a_network_see_the_same_noise(self):
        one = experiments.Experiment.from_dict(
            changed(
                network={"variant": "delpapa2017", "ne": 50, "lambda_ee": 10},
                source={},
                axes={},
                measures={},
                table=[],
                claims=[],
                figure={},
                phases={
                    "organise": {"steps": 100},
                    "one": {"steps": 50, "after": "organise", "record": ["E"]},
                    "other": {"steps": 50, "after": "organise", "record": ["E"]},
                    "frozen": {"steps": 50, "after": "organise", "phase": "training", "record": ["E"]},
                    "new": {"steps": 100, "after": "start", "record": ["E"]},
                },
            )
        )
        found = run.run_network(one, 5)
        np.testing.assert_array_equal(found.recorded("one", "E"), found.recorded("other", "E"))
        assert (found.recorded("one", "E")[0] == found.recorded("frozen", "E")[0]).all()
        assert (found.recorded("one", "E") != found.recorded("frozen", "E")).any()
        network = sorn.Network(seed=5, variant="delpapa2017", ne=50, lambda_ee=10)
        whole = network.run(time_steps=150, record=["E"])["E"]
        np.testing.assert_array_equal(found.recorded("one", "E"), whole[100:])
        np.testing.assert_array_equal(found.recorded("new", "E"), whole[:100])


class TestResults:
    def test_lines_and_claims(self):
        results = experiments.reproduce(SMALL)
        lines = results.table()
        assert [(line.quantity, line.labels["n"]) for line in lines[:2]] == [("letter.all", "2"), ("letter.all", "3")]
        values = results.values("letter.all", {"n": "2"})
        assert lines[0].mean == pytest.approx(values.mean())
        assert lines[0].spread == pytest.approx(values.std(ddof=1))
        assert lines[0].verdict == ("inside" if 0.5 <= values.mean() <= 1 else "outside")
        assert lines[2].verdict == "outside", "one synapse was not what came out"
        assert lines[4].verdict == "–"
        claim = results.claims()[0]
        difference = values - results.values("letter.all", {"n": "3"})
        assert claim.difference == pytest.approx(difference.mean())
        assert claim.above == (difference > 0).sum()

    def test_an_unknown_quantity_is_named(self):
        results = experiments.reproduce(changed(table=[{"quantity": "letter.al"}]), networks=1)
        with pytest.raises(sorn.UnknownNameError, match=r"letter\.all"):
            results.table()

    def test_quick_and_as_code_are_patches(self):
        assert experiments.reproduce(SMALL, quick=True).experiment.networks == 1
        assert experiments.reproduce(SMALL, quick=True, as_code=True).experiment.network["eta_ip"] == 0.002
        with pytest.raises(sorn.ParameterError, match="no deviations"):
            experiments.reproduce(changed(as_code={}), as_code=True)

    def test_the_figure_and_other_panels_of_the_same_results(self, tmp_path):
        pytest.importorskip("matplotlib")
        results = experiments.reproduce(changed(table=[], claims=[]), networks=2)
        described = results.experiment.figure["panels"]
        assert len(results.plot(savefig=tmp_path / "figure.png").axes) == len(described)
        assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")
        (panel,) = results.plot([{"kind": "bars", "at": {"n": "3"}, "y": "letter.all"}]).axes
        assert panel.patches[0].get_height() == pytest.approx(results.values("letter.all", {"n": "3"}).mean())
        assert results.experiment.figure["panels"] == described
        with pytest.raises(sorn.ParameterError, match="bars"):
            results.plot([{"kind": "bar", "y": "letter.all"}])
        with pytest.raises(sorn.ParameterError, match="must be a list"):
            results.plot(3)
        with pytest.raises(sorn.StateError, match="no panels"):
            results.plot([])


class TestOutput:
    def test_files_hold_what_came_out(self, tmp_path):
        h5py = pytest.importorskip("h5py")
        results = experiments.reproduce(SMALL)
        output.write(results, tmp_path, "sorn reproduce small")
        rows = list(csv.DictReader((tmp_path / "table.csv").read_text().splitlines()))
        assert float(rows[0]["ours"]) == results.table()[0].mean
        every = list(csv.DictReader((tmp_path / "networks.csv").read_text().splitlines()))
        assert [float(row["letter.all"]) for row in every if row["n"] == "2"] == list(
            results.values("letter.all", {"n": "2"})
        )
        with h5py.File(tmp_path / "data.h5") as file:
            stored = file["n=2/network 1/weights.weight"][:]
        np.testing.assert_array_equal(stored, results.arrays("weights.weight", {"n": "2"})[1])
        page = (tmp_path / "index.html").read_text()
        assert "nobody 1900" in page
        assert "data:image/svg+xml" in page
        assert str(results.tasks[0].seed) in page
        first = {path.name: path.read_bytes() for path in tmp_path.glob("*.*")}
        output.write(results, tmp_path, "sorn reproduce small")
        assert (tmp_path / "figure.svg").read_bytes() == first["figure.svg"]
        described = json.loads((tmp_path / "experiment.json").read_text())
        assert described["quick_run"] is False
        assert experiments.Experiment.from_dict(described["experiment"]) == results.experiment

    def test_words(self):
        assert words.plus_minus(0.98765, 0.0123) == "0.988 ± 0.012"
        assert words.plus_minus(2.0, 0.0) == words.plus_minus(2.0, 3e-17) == "2"
        assert words.plus_minus(float("nan"), 1.0) == "undefined"
        lines = told(experiments.reproduce(SMALL, quick=True))
        assert "quick" in lines[1]

    def test_conditions_stand_in_columns(self):
        rows = [{"quantity": "letter.all", "text": "letters"}, {"quantity": "letter.last"}]
        axes = {"seed": {"a": {}, "b": {"seed": 2}}, "n": {"2": {"source.n": 2}, "3": {"source.n": 3}}}
        published = {"quantity": "letter.all", "at": {"seed": "b", "n": "3"}, "published": 0.5}
        results = experiments.reproduce(changed(axes=axes, table=[*rows, published], claims=[], figure={}), networks=2)
        grid = words.grid(results)
        assert grid is not None
        assert (grid.axis, grid.columns) == ("n", ["2", "3"])
        assert [row[:2] for row in grid.rows] == [
            ("letters", "seed: a"),
            ("", "seed: b"),
            ("letter.last", "seed: a"),
            ("", "seed: b"),
        ]
        mean, spread, _, _ = results.estimate("letter.all", {"seed": "b", "n": "3"})
        assert grid.rows[1][2][1] == words.plus_minus(mean, spread)
        # Beside published values there are no lines without one.
        assert [cells["condition"] for cells in words.table_cells(results)] == ["seed: b, n: 3"]
        assert words.grid(experiments.reproduce(changed(axes={}, table=rows, claims=[], figure={}), networks=1)) is None


class TestMeasures:
    def test_half_of_the_mean_activity_is_a_whole_threshold(self):
        phases = {"observe": {"steps": 3001, "record": ["A"]}}
        own = {
            "avalanches": {"measure": "avalanches", "phase": "observe", "threshold": "half_mean"},
            "activity": {"measure": "activity", "phase": "observe"},
        }
        network = {"variant": "delpapa2017", "ne": 100}
        description = {**SMALL, "phases": phases, "measures": own, "network": network, "table": [], "claims": []}
        results = experiments.reproduce({**description, "source": {}, "axes": {}, "figure": {}}, networks=1)
        (mean,), (threshold,) = (results.values(name, {}) for name in ("activity.mean", "avalanches.threshold"))
        assert mean % 2 > 0
        assert threshold == int(mean / 2)
        (sizes,) = results.arrays("avalanches.size", {})
        assert sizes.dtype == np.int32
        assert sizes.min() >= 1

    def test_the_floor_needs_no_memory(self):
        symbols = np.array([0, 1, 1, 2] * 50)
        guessed = measures.readouts.guessed_from_last_letter(symbols, symbols)
        assert guessed[0] == -1
        assert set(guessed[1:][symbols[:-1] == 0]) == {1}
        assert set(guessed[1:][symbols[:-1] == 2]) == {0}

    def test_the_hidden_letter_follows_from_the_word(self):
        symbols = np.array([-1, 1, 0, -1, -1, 1, 1, -1, -1, 0])
        steps = np.arange(2, 12)
        found = measures.readouts._hidden(symbols, steps, ("A", "D"), ["ABCD", "DCBA"])
        assert list(found) == [-1, -1, -1, 1, 2, -1, -1, 2, 1, -1]

    def test_a_measure_of_ones_own(self):
        @experiments.measure("phase")
        def silent_steps(run, *, phase):
            """The number of steps in which no unit fires."""
            return {"count": int((run.recorded(phase, "E").sum(axis=1) == 0).sum())}

        try:
            own = {"own": {"measure": "silent_steps", "phase": "test"}}
            results = experiments.reproduce(changed(measures=own, table=[], claims=[], figure={}, axes={}), networks=1)
            assert results.values("own.count", {})[0] >= 0
            assert "silent_steps" in [row.name for row in experiments.measure_table()]
        finally:
            del measures.table._MEASURES["silent_steps"]


class TestLanguage:
    LOOP: dict[str, Any] = {
        "name": "loop",
        "title": "A loop",
        "question": "Does it close?",
        "publication": "nobody 1900",
        "network": {"variant": "sorn_v2_tasks", "ne": 100, "nu": 3},
        "source": {
            "source": "grammar",
            "rules": {"sentence": ["<who> runs. ", "<who> eats. "], "who": ["fox", "cat"]},
            "without": ["fox eats."],
            "pool_size": 4,
        },
        "phases": {
            "organise": {"steps": 4000},
            "train": {"steps": 1500, "phase": "training", "record": ["E", "symbol"]},
            "test": {"steps": 500, "phase": "training", "record": ["E", "symbol"]},
            "generate": {
                "steps": 400,
                "phase": "training",
                "closed_loop": {"train": "train", "method": "ridge", "bias": True},
                "record": ["symbol"],
            },
        },
        "measures": {
            "sentences": {"measure": "sentences", "train": "train", "test": "test", "generate": "generate"},
        },
    }

    def test_a_phase_in_a_closed_loop_is_shown_what_its_readout_names(self):
        one = experiments.Experiment.from_dict(self.LOOP)
        assert experiments.Experiment.from_dict(one.to_dict()) == one
        assert any("names, which was trained in 'train'" in text for text in words.protocol(one))
        found = run.run_network(one, 3)
        states, letters = found.recorded("train", "E"), found.recorded("train", "symbol")
        trained = sorn.readout.ridge(states[:-1], letters[1:], bias=True)
        assert found.readouts == {"generate": trained}
        network = found.networks["test"].copy()
        symbols = trained.generate(network, 400, sorn.sources.Source.from_dict(self.LOOP["source"]))
        np.testing.assert_array_equal(found.recorded("generate", "symbol"), symbols)
        assert network == found.networks["generate"]

    def test_sentences_are_judged(self):
        known, left_out = {"fox runs.", "cat eats.", "cat runs."}, {"fox eats."}
        text = "uns. fox runs. fox eats. cat cat. fox runs. cat eats.fox eats. ca"
        judged = measures.language._judged(text, known, left_out)
        assert judged == {
            "wrong": pytest.approx(1 / 6),
            "new": pytest.approx(2 / 6),
            "different": 3,
            "different_new": 1,
            "sentences": 6,
        }
        assert measures.language._judged("foxfoxfox", known, left_out)["wrong"] == 1

    def test_the_measure_of_sentences(self):
        values = experiments.reproduce(self.LOOP, networks=2)
        for network in range(2):
            one = {name: values.values(f"sentences.{name}", {})[network] for name in ("wrong", "new", "letters")}
            assert 0 <= one["wrong"] <= 1
            assert 0 <= one["new"] <= 1 - one["wrong"]
        # four letters of eight follow from the one before, and a network knows the word
        assert (values.values("sentences.letters", {}) > values.values("sentences.letters_floor", {})).all()
        assert (values.values("sentences.wrong_floor", {}) > 0.2).all()

    def test_letters_drawn_by_the_letter_before(self):
        drawn = measures.language._drawn_from_pairs(np.array([0, 1, 0, 2, 0, 1, 0, 3]), 4000, 5, 1)
        assert set(drawn[:-1][drawn[1:] == 0]) == {1, 2, 3}
        after = np.bincount(drawn[1:][drawn[:-1] == 0], minlength=5) / np.count_nonzero(drawn[:-1] == 0)
        np.testing.assert_allclose(after, [0, 0.5, 0.25, 0.25, 0], atol=0.05)

    @pytest.mark.parametrize(
        ("loop", "error", "message"),
        [
            ({"train": "generate"}, sorn.ParameterError, "must be an earlier phase"),
            ({"method": "ridge"}, sorn.ParameterError, "train = None"),
            ({"train": "train", "method_": "ridge"}, sorn.UnknownKeywordError, "did you mean 'method'"),
        ],
    )
    def test_a_wrong_loop_is_named_before_anything_runs(self, loop, error, message):
        phases = {**self.LOOP["phases"], "generate": {**self.LOOP["phases"]["generate"], "closed_loop": loop}}
        with pytest.raises(error, match=message):
            experiments.Experiment.from_dict({**self.LOOP, "phases": phases})

    def test_a_loop_needs_a_source(self):
        with pytest.raises(sorn.ParameterError, match="needs a source"):
            experiments.Experiment.from_dict({**self.LOOP, "source": None})


class TestRewards:
    LETTERS = ("A", "B", "C")

    def test_tasks_know_the_right_answer(self):
        symbols = np.array([0, 1, 2, 0, 1, 1])
        tasks = rewards._TASKS
        assert list(tasks["recall"](symbols, self.LETTERS, 1, back=2)) == [-1, -1, 0, 1, 2, 0]
        assert list(tasks["successor"](symbols, self.LETTERS, 1)) == [1, 2, 0, 1, 2, 2]
        assert list(tasks["pattern"](symbols, self.LETTERS, 1, word="ABC")) == [-1, -1, 1, -1, -1, 0]
        cues = tasks["cue"](symbols, self.LETTERS, 1)
        assert sorted(set(zip(symbols.tolist(), cues.tolist(), strict=True)))[:1] == [(0, cues[0])]
        assert sorted({cues[0], cues[1], cues[2]}) == [0, 1, 2]

    REWARDED: dict[str, Any] = {
        "name": "rewarded",
        "title": "t",
        "question": "q",
        "publication": "p",
        "networks": 2,
        "network": {"variant": "rmsorn", "ne": 100, "no": 3, "nu": 10},
        "source": {"source": "random_symbols", "symbols": 3, "pools": "random_disjoint", "pool_size": 10},
        "reward": {"task": "cue"},
        "phases": {
            "learn": {"steps": 2000, "record": ["actions", "rewards", "symbol"]},
            "test": {"steps": 500, "phase": "training", "record": ["actions", "symbol", "E"]},
            "control": {"steps": 2000, "after": "start", "reward": {"shuffled": "learn"}, "record": ["rewards"]},
            "unpaid": {"steps": 10, "reward": {}},
        },
        "measures": {"answers": {"measure": "answers", "phase": "test"}},
    }

    @pytest.mark.parametrize("shown", ["random_symbols", "own_answers"])
    def test_a_phase_is_rewarded_for_what_is_right(self, shown):
        source = {**self.REWARDED["source"], "source": shown}
        task = "cue" if shown == "random_symbols" else "successor"
        one = experiments.Experiment.from_dict({**self.REWARDED, "source": source, "reward": {"task": task}})
        found = run.run_network(one, 3)
        wanted, symbols = found.answers["learn"], found.recorded("learn", "symbol")
        assert {(symbols[wanted == k] == symbols[wanted == k][0]).all() for k in set(wanted)} == {True}
        right = found.recorded("learn", "actions") == wanted
        np.testing.assert_array_equal(found.recorded("learn", "rewards"), right)
        if shown == "own_answers":
            assert symbols[0] == 0
            np.testing.assert_array_equal(symbols[1:], found.recorded("learn", "actions")[:-1])
            np.testing.assert_array_equal(wanted, (symbols + 1) % 3)
        assert (found.recorded("test", "actions") == found.answers["test"]).mean() > 0.9
        drawn = found.recorded("control", "rewards")
        assert drawn.sum() == right.sum()
        assert (drawn != right).any()
        assert "unpaid" not in found.answers

    def test_answers_and_floor(self):
        wanted = np.array([0, 1, 1, -1] * 50)
        found = measures.NetworkRun(1, phases={"test": {"actions": np.ones(200, int)}}, answers={"test": wanted})
        values = measures.answers.answers(found, phase="test", window=20)
        assert values["score"] == values["floor"] == pytest.approx(2 / 3)
        assert len(values["curve"]) == 10
        with pytest.raises(sorn.StateError, match="nothing is rewarded"):
            measures.answers.answers(found, phase="learn")

    @pytest.mark.parametrize(
        ("entries", "error", "message"),
        [
            ({"reward": {"task": "recll"}}, sorn.UnknownNameError, "did you mean 'recall'"),
            ({"reward": {"task": "recall", "bacc": 2}}, sorn.UnknownKeywordError, "did you mean 'back'"),
            ({"reward": {"shuffled": "learn"}}, sorn.ParameterError, "earlier phase"),
            ({"phases": {"a": {"steps": 5, "reward": {"shuffled": "b"}}}}, sorn.ParameterError, "earlier phase"),
        ],
    )
    def test_a_wrong_reward_is_named_before_anything_runs(self, entries, error, message):
        with pytest.raises(error, match=message):
            experiments.Experiment.from_dict({**self.REWARDED, **entries})


class TestPage:
    PAGE = (REPOSITORY / "docs" / "own-experiments.md").read_text(encoding="utf-8")

    def test_the_description_of_the_page_is_one(self, tmp_path):
        (toml,) = re.findall(r"```toml\n(.*?)```", self.PAGE, re.DOTALL)
        (tmp_path / "counting.toml").write_text(toml)
        results = experiments.reproduce(tmp_path / "counting.toml", quick=True, networks=1)
        assert 0 <= results.table()[0].mean <= 1

    def test_the_python_of_the_page_runs(self, capsys):
        names: dict[str, Any] = {}
        try:
            for block in re.findall(r"```{code-cell} python\n(.*?)```", self.PAGE, re.DOTALL):
                exec(compile(block, "own-experiments.md", "exec"), names)
        finally:
            measures.table._MEASURES.pop("silence", None)
        assert "plastic" in capsys.readouterr().out

    def test_pages_show_what_the_descriptions_say(self):
        folder = REPOSITORY / "docs" / "experiments"
        pages = {path.stem for path in folder.glob("*.md")} - {"index"}
        assert pages <= set(experiments.names())
        index = (folder / "index.md").read_text(encoding="utf-8")
        assert all(name in index for name in experiments.names())
        for name in pages:
            one = experiments.load(name)
            page = (folder / f"{name}.md").read_text(encoding="utf-8")
            assert f"# {one.title}\n" in page
            assert f"![{name}" in page or f"({name}.png)" in page
            for row in one.table:
                assert row.text in page or row.quantity in page
            for claim in one.claims:
                assert claim.text in page
            for note in one.notes:
                assert note in page

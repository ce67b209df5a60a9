"""Statistics of windows during a run: the same as of recordings of the same steps, in files and in memory."""

from __future__ import annotations

import csv
import subprocess
from pathlib import Path

import numpy as np
import pytest
from conftest import sorn_command

import sorn
from sorn import Network, ParameterError, Recordings, Statistics, _core

NAMES = [row["name"] for row in _core.measures()]
HISTOGRAMS = ("isi_histogram", "size_histogram", "duration_histogram", "weight_histogram")
SMALL = {"ne": 60, "nu": 5, "lambda_ee": 6, "lambda_ei": 8}


def small(seed: int = 3) -> Network:
    return Network(**SMALL, seed=seed)


def test_rows_are_the_measures_of_each_window() -> None:
    run = small().run(time_steps=600, record=["stats/150", "E", "I", "C", "TE/150"])
    assert run["stats"].shape == (4, len(NAMES))
    assert list(run.stats) == NAMES
    assert run.steps("stats").tolist() == [0, 150, 300, 450]
    again = small()
    for k in range(4):
        spikes = run["E"][150 * k : 150 * (k + 1)]
        row = {name: values[k] for name, values in run.stats.items()}
        for name, value in Statistics.summary(spikes).items():
            expected = np.nan if value is None else value
            np.testing.assert_array_equal(row[name], expected, err_msg=name)
        again.run(time_steps=150)
        counts = run["C"][150 * k : 150 * (k + 1)]
        assert row["inhibitory_rate"] == run["I"][150 * k : 150 * (k + 1)].mean()
        assert (row["ee_first"], row["ee_fewest"]) == (counts[0], counts.min())
        assert row["ee_synapses"] == np.count_nonzero(again.state["Wee"])
        assert row["mean_te"] == pytest.approx(again.state["Te"].mean(), rel=1e-14)


def test_histograms_count_each_window() -> None:
    run = small().run(time_steps=800, record=["E", *(f"{name}/400" for name in HISTOGRAMS)])
    for name in HISTOGRAMS:
        assert run[name].shape == (2, len(run.bins(name)))
        assert run[name].dtype == np.int64
    spikes = run["E"][400:]
    gaps = np.concatenate([np.diff(np.flatnonzero(unit)) for unit in spikes.T])
    edges = [*run.bins("isi_histogram"), np.inf]
    np.testing.assert_array_equal(run["isi_histogram"][1], np.histogram(gaps, edges)[0])
    sizes, durations = Statistics.avalanches(spikes)
    np.testing.assert_array_equal(run["size_histogram"][1], np.histogram(sizes, edges)[0])
    np.testing.assert_array_equal(run["duration_histogram"][1], np.histogram(durations, edges)[0])
    network = small()
    network.run(time_steps=800)
    weights = network.state["Wee"][network.state["Wee"] > 0]
    edges = [*run.bins("weight_histogram"), np.inf]
    np.testing.assert_array_equal(run["weight_histogram"][1], np.histogram(weights, edges)[0])
    assert run["isi_histogram"][1].sum() == len(gaps) > 100


def test_files_hold_them_with_their_names(tmp_path: Path) -> None:
    record = ["stats/200", "C/200", "isi_histogram/200", "weight_histogram/500"]
    expected = small().run(time_steps=1050, record=record)
    with small().run(time_steps=1050, record=record, out=tmp_path / "run.h5") as file:
        assert list(file.stats) == NAMES
        for name in expected:
            np.testing.assert_array_equal(file[name][:], expected[name])
            np.testing.assert_array_equal(file.steps(name), expected.steps(name))
        np.testing.assert_array_equal(file.bins("isi_histogram"), expected.bins("isi_histogram"))
    loaded = Recordings.load(tmp_path / "run.h5")
    np.testing.assert_array_equal(loaded["stats"], expected["stats"])
    network = small()
    network.run(time_steps=1050)
    network.save(tmp_path / "again.h5", loaded)
    assert list(sorn.open(tmp_path / "again.h5").stats) == NAMES

    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "run.h5") as file:
        stats = file["recordings/stats"]
        assert stats.attrs["columns"].split(",") == NAMES
        assert [name.decode() for name in stats.dims[1][0][:]] == NAMES
        assert stats.dims[0][0][:].tolist() == [0, 200, 400, 600, 800]
        assert file["recordings/C"].dims[0][0][:].tolist() == [0, 200, 400, 600, 800, 1000]
        np.testing.assert_array_equal(file["recordings/isi_histogram"].dims[1][0][:], expected.bins("isi_histogram"))


def test_a_file_of_another_version_has_its_own_measures(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    network = small()
    network.save(tmp_path / "run.h5", network.run(time_steps=300, record=["stats/100"]))
    with h5py.File(tmp_path / "run.h5", "r+", libver=("v110", "v110")) as file:
        stats = file["recordings/stats"]
        kept, clock = stats[:, :3], {key: stats.attrs[key] for key in ("stride", "first_step")}
        del file["recordings/stats"]
        made = file["recordings"].create_dataset("stats", data=kept)
        made.attrs.update(clock | {"columns": "spikes,mean_rate,an_old_measure"})
    with sorn.open(tmp_path / "run.h5") as file:
        assert list(file.stats) == ["spikes", "mean_rate", "an_old_measure"]
        np.testing.assert_array_equal(file.stats["mean_rate"], kept[:, 1])


@pytest.mark.parametrize("columns", ["spikes,mean_rate", "spikes,spikes,mean_rate", "spikes,mean_rate,A b", ""])
def test_wrong_names_of_columns_are_refused(tmp_path: Path, columns: str) -> None:
    h5py = pytest.importorskip("h5py")
    network = small()
    network.save(tmp_path / "run.h5", network.run(time_steps=300, record=["stats/100"]))
    with h5py.File(tmp_path / "run.h5", "r+", libver=("v110", "v110")) as file:
        stats = file["recordings/stats"]
        kept, clock = stats[:, :3], {key: stats.attrs[key] for key in ("stride", "first_step")}
        del file["recordings/stats"]
        made = file["recordings"].create_dataset("stats", data=kept)
        made.attrs.update(clock | {"columns": columns})
    with pytest.raises(sorn.FormatError):
        sorn.open(tmp_path / "run.h5")


@pytest.mark.parametrize("every", [70, 170])  # within windows, and where they end
def test_a_resumed_run_has_the_same_rows(tmp_path: Path, every: int) -> None:
    record = ["weight_histogram/300", "stats/170", "isi_histogram/300", "E"]
    with small().run(time_steps=1000, record=record, out=tmp_path / "whole.h5") as file:
        whole = {name: file[name][:] for name in file}
        steps = {name: file.steps(name) for name in file}

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        small().run(
            time_steps=10**7, record=record, out=tmp_path / "run.h5", checkpoint_every=every, progress=interrupt
        )
    done = sorn.open(tmp_path / "run.h5").run["steps"]
    _, file = sorn.resume(tmp_path / "run.h5", time_steps=done + 1000)
    rows = {name: file[name][:] for name in file}
    long = small().run(time_steps=done + 1000, record=record)
    for name, expected in whole.items():
        np.testing.assert_array_equal(rows[name], long[name])
        np.testing.assert_array_equal(rows[name][: len(expected)], expected)
        np.testing.assert_array_equal(file.steps(name)[: len(expected)], steps[name])


def test_two_runs_are_one_but_for_the_window_between_them() -> None:
    whole = small().run(time_steps=500, record=["stats/100"])
    network = small()
    first, second = (network.run(time_steps=250, record=["stats/100"]) for _ in range(2))
    assert first.steps("stats").tolist() == [0, 100]
    assert second.steps("stats").tolist() == [200, 300, 400]
    np.testing.assert_array_equal(first["stats"], whole["stats"][:2])
    np.testing.assert_array_equal(second["stats"][1:], whole["stats"][3:])
    assert np.isnan(second.stats["mean_rate"][0])
    assert second.stats["ee_synapses"][0] == whole.stats["ee_synapses"][2]


def test_replicas_have_them() -> None:
    ensemble = sorn.ensemble(2, time_steps=300, seed=1, **SMALL, record=["stats/100"])
    for replica in ensemble:
        alone = Network(**SMALL, seed=replica.seed).run(time_steps=300, record=["stats/100"])
        np.testing.assert_array_equal(replica.recordings["stats"], alone["stats"])


def test_they_need_a_window() -> None:
    network = small()
    for record in ("stats", {"stats": 1}, "isi_histogram"):
        with pytest.raises(ParameterError, match="/10000"):
            network.run(time_steps=100, record=record)
    assert network.run(time_steps=99, record={"stats": 100})["stats"].shape == (0, len(NAMES))
    with pytest.raises(ParameterError, match="stats/10000"):
        _ = network.run(time_steps=10, record="E").stats
    with pytest.raises(ParameterError, match="histogram"):
        network.run(time_steps=10, record="E").bins("E")


def test_convert_writes_a_table(tmp_path: Path) -> None:
    network = small()
    run = network.run(time_steps=300, record=["stats/100"])
    network.save(tmp_path / "run.h5", run)
    command = [sorn_command(), "convert", str(tmp_path / "run.h5"), str(tmp_path / "table.csv")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with open(tmp_path / "table.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["step"]) for row in rows] == [0, 100, 200]
    for name in NAMES:
        read = [float(row[name]) if row[name] else np.nan for row in rows]
        np.testing.assert_array_equal(read, run.stats[name])


def test_the_report_shows_them_over_time(tmp_path: Path) -> None:
    pytest.importorskip("plotly")
    from sorn._report.charts import charts
    from sorn._report.result import ResultFile

    network = small()
    network.run(time_steps=50)
    network.save(tmp_path / "run.h5", network.run(time_steps=400, record=["stats/100"]))  # the first row is unknown
    time = charts(ResultFile(tmp_path / "run.h5"))[0]
    assert time.key == "time"
    for label in ("Mean rate", "Synchrony χ", "Branching ratio", "E → E at the end", "Mean excitatory threshold"):
        assert f"{label} of 100 steps each" in time.alternative
    assert "NaN" not in time.figure

"""The lineage of synapses and sparse rows of weights, in memory and in files."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.sparse
from numpy.testing import assert_array_equal

import sorn
from sorn import Network, ParameterError, Plotter, ShapeError, Statistics

REPOSITORY = Path(__file__).parents[2]
LIVELY = {"ne": 40, "lambda_ee": 8, "lambda_ei": 6, "eta_stdp": 0.02, "sp_probability": 0.8, "sp_weight": 0.01}


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> tuple[sorn.ResultFile, sorn.Recordings]:
    """The same run in a file, and in memory with the weights of every step."""
    path = tmp_path_factory.mktemp("lineage") / "run.h5"
    network = Network(seed=4, **LIVELY)
    network.run(time_steps=50)
    twin = copy.copy(network)
    record = {"synapses": slice(60, None), "WEE": 50, "WEI:dense": 100, "C": 1}
    file = network.run(time_steps=600, record=record, out=path, checkpoint_every=70)
    return file, twin.run(time_steps=600, record=["WEE", "WEI/100", "C", "synapses@60:"], lifetimes=True)


def test_topology_is_that_of_the_weights_in_every_step(run) -> None:
    file, recordings = run
    for lineage in (file.lineage, recordings.lineage):
        assert (lineage.first_step, lineage.last_step) == (60, 649)
        assert_array_equal(lineage.start.toarray(), recordings["WEE"][9] > 0)
        for step in range(60, 650, 7):
            found = lineage.topology(step)
            assert found.dtype == bool
            assert_array_equal(found.toarray(), recordings["WEE"][step - 50] > 0)
        assert_array_equal(lineage.synapse_counts()[:-1], recordings["C"][11:])
    assert_array_equal(file.topology(649).toarray(), recordings["WEE"][-1] > 0)
    assert_array_equal(recordings.topology(100).toarray(), recordings["WEE"][50] > 0)


def test_events_are_the_differences_of_the_weights(run) -> None:
    file, recordings = run
    there = recordings["WEE"][9:] > 0
    step, post, pre = np.nonzero((there[1:] != there[:-1]).transpose(0, 2, 1))
    events = file["synapses"]
    assert events.shape == (len(step),)
    assert events.dtype == [("step", "i8"), ("pre", "i4"), ("post", "i4"), ("birth", "?")]
    assert_array_equal(events["step"], step + 60)
    assert_array_equal(events["pre"], pre)
    assert_array_equal(events["post"], post)
    assert_array_equal(events["birth"], there[step + 1, pre, post])
    assert_array_equal(events[:], file.lineage.events)
    assert_array_equal(events[[3, -1]], recordings["synapses"][[3, -1]])
    assert_array_equal(file.steps("synapses"), step + 60)
    assert_array_equal(recordings.steps("synapses"), step + 60)
    assert len(list(events)) == len(events) == len(np.asarray(events))
    assert len(step) > 500
    assert not events["birth"].all()


def test_weights_in_a_file_are_sparse_rows_and_index_as_before(run) -> None:
    file, recordings = run
    assert file["WEE"].shape == (12, 40, 40)
    assert_array_equal(file["WEE"][:], recordings["WEE"][::50])
    assert_array_equal(file["WEE"][3, :, 5], recordings["WEE"][150, :, 5])
    assert_array_equal(np.asarray(file["WEE"])[[1, 0]], file["WEE"][[1, 0]])
    for row in (0, 7, -1):
        found = file["WEE"].sparse(row)
        assert isinstance(found, scipy.sparse.csc_array)
        assert found.has_canonical_format
        assert_array_equal(found.toarray(), recordings["WEE"][::50][row])
        assert found.nnz == np.count_nonzero(found.toarray())
    assert_array_equal(file.sparse("WEI", 1).toarray(), recordings["WEI"][1])
    with h5py.File(file.path) as stored:
        assert stored["recordings/WEI"].shape == (6, 8, 40)
        group = stored["recordings/WEE"]
        begin = group["indptr"][3]
        part = slice(begin[0], begin[-1])
        arrays = group["data"][part], group["indices"][part], begin - begin[0]
        weights = scipy.sparse.csc_matrix(arrays, shape=group.attrs["shape"])
        assert_array_equal(weights.toarray(), recordings["WEE"][150])
        events = stored["recordings/synapses"]
        ends = events["indptr"][:]
        steps = np.repeat(events.attrs["first_step"] + np.arange(len(ends)), np.diff(ends)[:, 0])
        assert_array_equal(steps, file["synapses"]["step"])
        assert_array_equal(events["pre"][:], file["synapses"]["pre"])
        assert_array_equal(events["birth"][:], file["synapses"]["birth"])


def test_dense_and_sparse_rows_hold_the_same_bits(tmp_path) -> None:
    for name, keep_zero in (("a", False), ("b", True)):
        files = []
        for spelled in ("WEE/20", "WEE:dense/20"):
            path = tmp_path / f"{name}{len(files)}.h5"
            network = Network(seed=2, keep_zero=keep_zero, **LIVELY)
            files.append(network.run(time_steps=200, record=[spelled, "WIE/100"], out=path))
        assert_array_equal(files[0]["WEE"][:], files[1]["WEE"][:])
        assert_array_equal(files[0]["WIE"][:], files[1]["WIE"][:])
        rests = files[0]["WEE"].sparse(9)
        assert (rests.nnz > np.count_nonzero(rests.toarray())) == keep_zero


def test_lifetimes_and_turnover(run) -> None:
    file, recordings = run
    lives = Statistics.synapse_lifetimes(file)
    seen = recordings.lifetimes.birth >= 60
    for field in ("birth", "steps", "ended", "pre", "post"):
        assert_array_equal(getattr(lives, field), getattr(recordings.lifetimes, field)[seen])
        alone = Statistics.synapse_lifetimes(file["synapses"][:], last_step=649)
        assert_array_equal(getattr(alone, field), getattr(lives, field))
    assert_array_equal(Statistics.synapse_lifetimes(file.path).steps, lives.steps)
    turnover = Statistics.synapse_turnover(recordings, 100)
    assert_array_equal(turnover.first_step, 60 + 100 * np.arange(5))
    births = np.histogram(lives.birth, np.arange(60, 661, 100))[0]
    assert_array_equal(turnover.births, births[:5])
    assert_array_equal(turnover.synapses, [recordings["C"][10 + k : 110 + k].mean() for k in range(0, 500, 100)])
    assert_array_equal(turnover.birth_rate, turnover.births / (100 * turnover.synapses))
    assert_array_equal(turnover.births - turnover.deaths, np.diff(recordings["C"][10:511:100]))
    assert np.isnan(sorn.Turnover(births, 5, births, births, 0.0 * births).death_rate).all()


def test_recordings_are_saved_copied_and_sent(run, tmp_path) -> None:
    network = Network(seed=4, **LIVELY)
    recordings = network.run(time_steps=300, record=["synapses", "WEE/100"])
    network.save(tmp_path / "saved.h5", recordings)
    with sorn.open(tmp_path / "saved.h5") as saved:
        assert_array_equal(saved["synapses"][:], recordings["synapses"])
        assert_array_equal(saved.topology(200).toarray(), recordings.topology(200).toarray())
        assert_array_equal(saved["WEE"][:], recordings["WEE"])
    again = sorn.Recordings.load(tmp_path / "saved.h5")
    assert_array_equal(again["synapses"], recordings["synapses"])
    for twin in (pickle.loads(pickle.dumps(recordings.lineage)), again.lineage):
        assert_array_equal(twin.topology(120).toarray(), recordings.topology(120).toarray())
        assert_array_equal(twin.events, recordings["synapses"])


def test_what_was_not_recorded_is_an_error(run, tmp_path) -> None:
    file, recordings = run
    for step in (59, 650, -1, 2**63):
        with pytest.raises(ParameterError, match="60 to 649"):
            file.topology(step)
    with pytest.raises(ParameterError, match="synapses"):
        _ = Network(seed=1, **LIVELY).run(time_steps=3, record=["E"]).lineage
    with pytest.raises(ParameterError, match="every step"):
        Network(seed=1, **LIVELY).run(time_steps=3, record=["synapses/10"])
    with pytest.raises(ParameterError, match="WEE, WEI and WIE"):
        Network(seed=1, **LIVELY).run(time_steps=3, record=["E:dense"])
    with pytest.raises(ParameterError, match="must be weights"):
        file["C"].sparse(0)
    with pytest.raises(ParameterError, match="row = 12"):
        file["WEE"].sparse(12)
    with pytest.raises(ParameterError, match="synapses = "):
        Statistics.synapse_lifetimes(recordings["C"])
    with pytest.raises(ParameterError, match="window = 591"):
        Statistics.synapse_turnover(file, 591)
    with pytest.raises(ParameterError, match="last_step"):
        Statistics.synapse_lifetimes(file["synapses"][:], last_step=100)


def test_a_file_of_version_5_loads() -> None:
    with sorn.open(REPOSITORY / "tests" / "golden" / "result_v5.h5") as old:
        weights = old["WEE"][2]
        assert old["WEE"].shape == (3, 20, 20)
        assert np.count_nonzero(weights) == 90
        assert_array_equal(weights.sum(axis=0).round(12), 1.0)
        assert_array_equal(old["WEE"].sparse(2).toarray(), weights)


def legend(ax) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


@pytest.mark.usefixtures("picture_folder")
def test_pictures(run) -> None:
    file, recordings = run
    survival = Plotter.synapse_lifetimes(file, 5)
    assert "synapses, the ends of" in survival.get_title("left")
    shares = survival.lines[0].get_ydata()
    assert 0 < shares[-1] < shares[0] <= 1
    pairs = [(int(pre), int(post)) for _, pre, post, _ in file["synapses"][:3]]
    drawn = Plotter.weight_paths(file["WEE"], pairs, steps=file.steps("WEE"))
    for line, (pre, post) in zip(drawn.lines, pairs, strict=True):
        assert_array_equal(np.nan_to_num(line.get_ydata()), recordings["WEE"][::50, pre, post])
    with pytest.raises(ParameterError, match="postsynaptic unit 40"):
        Plotter.weight_paths(file["WEE"], [(0, 40)])
    with pytest.raises(ShapeError, match="pairs"):
        Plotter.weight_paths(file["WEE"], [0, 4])
    counts = np.concatenate([np.linspace(1000, 600, 300), np.linspace(600, 1200, 300), np.full(1400, 1200.0)])
    phases = Plotter.connection_phases(counts, 100)
    assert legend(phases) == ["decay, from step 0", "growth, from step 290", "stable, from step 570"]
    assert phases.lines[0].get_ydata()[0] == pytest.approx(1000 / 9900, rel=0.01)
    assert legend(Plotter.connection_phases(np.linspace(500, 1500, 900), 100)) == ["growth, from step 0"]

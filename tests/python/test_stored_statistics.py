"""Statistics and pictures of a recording in a file: the same as of the array, though the file is read in blocks."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

import sorn
from sorn import Network, Plotter, ShapeError, SpikeTrain, StateError, Statistics, StoredArray

mpl.use("agg")

STEPS = 3000
UNITS = [3, 0, 7]

# Each function of Statistics that takes spikes.
OF_SPIKES: dict[str, Callable[[Any], Any]] = {
    "firing_rate_neuron": lambda x: Statistics.firing_rate_neuron(x, 3, 100),
    "firing_rate_network": Statistics.firing_rate_network,
    "spike_times": Statistics.spike_times,
    "spike_time_intervals": Statistics.spike_time_intervals,
    "isi_cv": lambda x: Statistics.isi_cv(x, undefined=-1.0),
    "isi_lv": lambda x: Statistics.isi_lv(x, 5, undefined=-1.0),
    "isi_exponential": lambda x: Statistics.isi_exponential(x, 1, 60),
    "fanofactor": lambda x: Statistics.fanofactor(x, 4, 77, undefined=-1.0),
    "fano_across_trials": lambda x: Statistics.fano_across_trials(x, [900, 100, 2000], [-50, 0, 70], 64, UNITS),
    "nearest_states": lambda x: Statistics.nearest_states(x, x, 3),
    "pattern_histogram": lambda x: Statistics.pattern_histogram(x, UNITS),
    "avg_corr_coeff": lambda x: Statistics.avg_corr_coeff(x, undefined=0.5),
    "synchrony": Statistics.synchrony,
    "spike_source_entropy": lambda x: Statistics.spike_source_entropy(x, 40),
    "branching_ratio": Statistics.branching_ratio,
    "branching_ratio by regression": lambda x: Statistics.branching_ratio(x, "regression"),
    "avalanches": Statistics.avalanches,
    "summary": lambda x: Statistics.summary(x, 50, 3),
    "hamming_distance": lambda x: Statistics.hamming_distance(x, x),
    "derrida_map": lambda x: Statistics.derrida_map(x, x),
    "susceptibility": lambda x: sorn.criticality.susceptibility(x),
}

# Those of an activity, and of other series of counts.
OF_SERIES: dict[str, Callable[[Any], Any]] = {
    "scale_dependent_smoothness_measure": Statistics.scale_dependent_smoothness_measure,
    "scale_independent_smoothness_measure": Statistics.scale_independent_smoothness_measure,
    "autocorr": lambda a: Statistics.autocorr(a, 4),
    "branching_ratio": Statistics.branching_ratio,
    "branching_ratio by regression": lambda a: Statistics.branching_ratio(a, "regression"),
    "avalanches": Statistics.avalanches,
    "avalanches above 3": lambda a: Statistics.avalanches(a, 3.0),
}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sorn.ResultFile]:
    network = Network(ne=40, nu=4, lambda_ee=8, seed=7)
    record = ["E", "A", "C", "TE/10"]
    with network.run(time_steps=STEPS, record=record, out=tmp_path_factory.mktemp("files") / "run.h5") as opened:
        yield opened


def assert_same(found: Any, expected: Any) -> None:
    """Both have the same types and the same bits."""
    assert type(found) is type(expected)
    if isinstance(expected, (tuple, list)):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_same(one, other)
    elif isinstance(expected, np.ndarray):
        assert found.dtype == expected.dtype
        assert found.tobytes() == expected.tobytes()
    else:
        assert found == expected


@pytest.mark.parametrize("name", OF_SPIKES)
def test_a_function_of_spikes_has_the_same_bits_for_a_recording_in_a_file(file, name, monkeypatch) -> None:
    array = np.asarray(file["E"])
    expected = OF_SPIKES[name](array)
    assert_same(OF_SPIKES[name](SpikeTrain(array)), expected)
    monkeypatch.setattr(StoredArray, "_rows", None)  # it must not be read as an array
    assert_same(OF_SPIKES[name](file["E"]), expected)


@pytest.mark.parametrize("quantity", ["A", "C"])
@pytest.mark.parametrize("name", OF_SERIES)
def test_a_function_of_a_series_has_the_same_bits_for_a_recording_in_a_file(file, name, quantity, monkeypatch) -> None:
    expected = OF_SERIES[name](np.asarray(file[quantity]))
    monkeypatch.setattr(StoredArray, "_rows", None)
    assert_same(OF_SERIES[name](file[quantity]), expected)


def test_every_function_of_spikes_is_tested() -> None:
    others = {"fano_regression", "pattern_divergence", "connection_fraction", "lognormal_fit", "power_law_fit"}
    others |= {"power_law_comparison", "distribution_compare"}  # of counts, weights and sizes
    others |= {"synapse_lifetimes", "synapse_turnover"}  # of births and deaths
    names = {name for name in vars(Statistics) if not name.startswith("_")}
    assert {name.split(" ")[0] for name in (*OF_SPIKES, *OF_SERIES)} - {"susceptibility"} == names - others


def test_a_recording_in_a_file_makes_a_spike_train(file) -> None:
    assert SpikeTrain(file["E"]) == SpikeTrain(np.asarray(file["E"]))
    with pytest.raises(StateError, match="0 or 1"):
        Statistics.synchrony(file["TE"])
    with pytest.raises(ShapeError, match="must have the same shape"):
        Statistics.hamming_distance(file["E"], np.asarray(file["E"])[:-1])


def test_errors_are_those_of_an_array(file) -> None:
    for spikes in (file["E"], np.asarray(file["E"])):
        with pytest.raises(sorn.ParameterError, match="neuron = 40: must be a number from 0 to 39"):
            Statistics.isi_cv(spikes, 40)
        with pytest.raises(sorn.ParameterError, match=f"must be from 1 to {STEPS}"):
            Statistics.fanofactor(spikes, 0, STEPS + 1)


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 40), st.integers(1, 700), st.integers(0, 2**32 - 1), st.sampled_from([0.02, 0.3, 0.9]))
def test_summaries_of_any_recording_have_the_same_bits(tmp_path_factory, ne, steps, seed, share) -> None:
    network = Network(ne=max(ne, 5), nu=1, lambda_ee=2, lambda_ei=2, seed=seed)
    recordings = network.run(time_steps=steps, record=["E"], noise=share)
    path = tmp_path_factory.mktemp("any") / "run.h5"
    network.save(path, recordings)
    with sorn.open(path) as opened:
        assert_same(Statistics.summary(opened["E"]), Statistics.summary(recordings["E"]))
        assert_array_equal(Statistics.firing_rate_network(opened["E"]), recordings["E"].sum(axis=1))


PICTURES: dict[str, Callable[[Any], Any]] = {
    "raster_plot": lambda f: Plotter.raster_plot(f["E"]),
    "scatter_plot": lambda f: Plotter.scatter_plot(f["E"]),
    "hist_firing_rate_network": lambda f: Plotter.hist_firing_rate_network(f["E"]),
    "isi_exponential_fit": lambda f: Plotter.isi_exponential_fit(f["E"], 3),
    "avalanche_distribution": lambda f: Plotter.avalanche_distribution(f["E"]),
    "avalanche_distribution of A": lambda f: Plotter.avalanche_distribution(f["A"]),
    "network_connection_dynamics": lambda f: Plotter.network_connection_dynamics(f["C"]),
    "threshold_dynamics": lambda f: Plotter.threshold_dynamics(f["TE"]),
    "summary": lambda f: Plotter.summary(f),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_of_a_recording_in_a_file_is_that_of_the_array(file, name) -> None:
    arrays: dict[str, Any] = {key: np.asarray(stored) for key, stored in file.items()}
    if name == "summary":
        arrays = sorn.Recordings.load(file.path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found, expected = (_pixels(PICTURES[name](source)) for source in (file, arrays))
    assert_array_equal(found, expected)


def _pixels(picture: Any) -> np.ndarray[Any, Any]:
    figure = picture if hasattr(picture, "savefig") else picture.figure
    figure.canvas.draw()
    pixels = np.array(figure.canvas.buffer_rgba())
    mpl.pyplot.close(figure)
    return pixels


def test_rows_far_apart_are_read_each_by_itself(file) -> None:
    array = np.asarray(file["TE"])
    assert_array_equal(file["TE"][[0, 299, 150, 150]], array[[0, 299, 150, 150]])

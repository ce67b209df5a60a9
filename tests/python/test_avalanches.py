"""sorn.criticality: avalanches, scaling, branching and lifetimes, beside mrestimator and known values."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import sorn
from sorn import criticality


def branching_process(m: float, rate: float, steps: int, seen: float, generator: np.random.Generator) -> np.ndarray:
    """The spikes that are seen of a branching process with Poissonian offspring and drive."""
    activity = np.empty(steps)
    now = rate
    for t in range(steps):
        now = generator.poisson(m * now + (1.0 - m) * rate)
        activity[t] = now
    return generator.binomial(activity.astype(int), seen).astype(float)


def power_law_sample(alpha: float, count: int, generator: np.random.Generator) -> np.ndarray:
    return (1.0 - generator.random(count)) ** (-1.0 / (alpha - 1.0))


# --- avalanches


def test_avalanches_lie_strictly_above_the_threshold() -> None:
    found = criticality.avalanches([4, 0, 2, 5, 1, 0, 3, 2, 2, 7, 9], 2, profiles=True)
    assert found.sizes.tolist() == [3, 1]
    assert found.durations.tolist() == [1, 1]
    assert found.begins.tolist() == [3, 6]
    assert found.intervals.tolist() == [2]
    assert [profile.tolist() for profile in found.profiles] == [[3], [1]]
    assert (found.sources[0].cut_begin, found.sources[0].cut_end) == (1, 2)
    assert "above" not in repr(found)
    assert "more than 2 spikes" in repr(found)
    assert "2 cut off" in repr(found)
    everything = criticality.avalanches([4, 0, 2, 5, 3, 0], 2, size="all", keep_first=True)
    assert everything.sizes.tolist() == [4, 8]


def test_thresholds_are_those_of_numpy() -> None:
    generator = np.random.default_rng(2)
    activity = generator.poisson(5, 1001) + generator.choice([0.0, 0.5], 1001)
    for text, level in (("half_mean", activity.mean() / 2), ("median", np.median(activity))):
        assert criticality.avalanches(activity, text).sources[0].threshold == pytest.approx(level, abs=1e-12)
    bins = activity[:999].reshape(-1, 3).sum(axis=1)
    found = criticality.avalanches(activity, "33%", bin_size=3)
    assert found.sources[0].threshold == pytest.approx(np.percentile(bins, 33), abs=1e-12)
    assert found.sources[0].bins == 333


def test_a_file_gives_what_its_array_gives(tmp_path: Path) -> None:
    network = sorn.Network(ne=80, seed=3)
    with network.run(time_steps=3000, record=["E", "I"], out=tmp_path / "run.h5") as file:
        for threshold in ("half_mean", "median", 3):
            ours = criticality.avalanches(file, threshold, skip=500)
            array = criticality.avalanches(file["E"][500:], threshold)
            packed = criticality.avalanches(sorn.SpikeTrain(file["E"][500:]), threshold)
            for other in (array, packed):
                assert np.array_equal(ours.sizes, other.sizes)
                assert ours.sources == other.sources
        assert len(criticality.avalanches(file, recording="I")) > 0
        of_file = criticality.branching_parameter(file, 20)
        of_array = criticality.branching_parameter(file["E"][:], 20)
        assert np.array_equal(of_file.slopes, of_array.slopes)
        with pytest.raises(sorn.ParameterError, match="skip"):
            criticality.avalanches(file, skip=3000)
        with pytest.raises(sorn.ParameterError, match="one that the file holds"):
            criticality.avalanches(file, recording="R")
        with pytest.raises(sorn.ParameterError, match="how many units are active"):
            criticality.avalanches(file, recording="TE")


def test_the_number_of_active_units_gives_what_the_spikes_give(tmp_path: Path) -> None:
    network = sorn.Network(ne=80, seed=3)
    run = network.run(time_steps=3000, record=["E", "Activity"])
    assert run["Activity"].dtype == np.int64
    assert np.array_equal(run["Activity"], run["E"].sum(axis=1, dtype=np.int64))
    expected = criticality.avalanches(run["E"])
    assert len(expected) > 20
    assert np.array_equal(criticality.avalanches(run["Activity"]).sizes, expected.sizes)
    network = sorn.Network(ne=80, seed=3)
    with network.run(time_steps=3000, record="A", out=tmp_path / "run.h5") as file:
        for recording in (None, "A"):
            found = criticality.avalanches(file, recording=recording)
            assert np.array_equal(found.sizes, expected.sizes)
            assert np.array_equal(found.begins, expected.begins)
        slopes = criticality.branching_parameter(file, 20).slopes
        assert np.array_equal(slopes, criticality.branching_parameter(run["E"], 20).slopes)
    command = ["sorn", "criticality", tmp_path / "run.h5", "--json", "--bootstrap", "0"]
    for more in ([], ["--recording", "A"]):
        done = subprocess.run([*command, *more], capture_output=True, text=True, timeout=60, check=True)
        assert json.loads(done.stdout)["avalanches"] == len(expected)


def test_spike_times_of_any_origin_are_binned() -> None:
    times = [[0.2, 1.0, 3.9], [1.5], []]
    assert criticality.binned_activity(times, 1.0).tolist() == [1, 2, 0, 1]
    assert criticality.binned_activity(times, 1.0, start=1.0, stop=3.0).tolist() == [2, 0]
    neo = pytest.importorskip("neo")
    run = sorn.Network(ne=60, seed=2).run(time_steps=200, record=["E"])
    trains = sorn.exchange.to_neo({"E": run["E"]}, step_ms=2.0).segments[0].spiketrains
    assert isinstance(trains[0], neo.SpikeTrain)
    assert criticality.binned_activity(trains, 2.0).tolist() == run["E"].sum(axis=1).tolist()
    with pytest.raises(sorn.ParameterError, match="width above 0"):
        criticality.binned_activity(times, 0.0)
    with pytest.raises(sorn.StateError, match=r"spike_times\[1\]"):
        criticality.binned_activity([[1.0], [np.nan]], 1.0)


def test_pooled_avalanches_keep_their_network() -> None:
    first = criticality.avalanches([0, 1, 0, 2, 2, 0], 0)
    second = criticality.avalanches([0, 3, 0], 0)
    pooled = criticality.pool([first, second])
    assert pooled.sizes.tolist() == [1, 4, 3]
    assert pooled.networks.tolist() == [0, 0, 1]
    assert pooled.intervals.tolist() == [1]
    assert "2 networks" in repr(pooled)
    with pytest.raises(sorn.ParameterError):
        criticality.pool([first, criticality.avalanches([0, 3, 0], 0, bin_size=2)])
    with pytest.raises(sorn.ParameterError):
        criticality.pool([])


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: criticality.avalanches([1, 2], "mean"), sorn.ParameterError, "half_mean"),
        (lambda: criticality.avalanches([1, 2], -1), sorn.ParameterError, "threshold"),
        (lambda: criticality.avalanches([1, 2], "101%"), sorn.ParameterError, "percentile"),
        (lambda: criticality.avalanches([1, -2]), sorn.StateError, "activity of -2"),
        (lambda: criticality.avalanches([1, np.nan]), sorn.StateError, "finite"),
        (lambda: criticality.avalanches([1, 2], bin_size=3), sorn.ShapeError, "whole bin"),
        (lambda: criticality.avalanches([1, 2], bin_size=0), sorn.ParameterError, "bin_size"),
        (lambda: criticality.avalanches([1, 2], size="some"), sorn.UnknownNameError, "above"),
        (lambda: criticality.avalanches([1, 2], skip=1), sorn.ParameterError, "ResultFile"),
        (lambda: criticality.size_scaling([1, 2]), sorn.ParameterError, "avalanches()"),  # type: ignore[arg-type]
        (lambda: criticality.size_scaling(criticality.avalanches([1, 1])), sorn.StateError, "no avalanches"),
        (lambda: criticality.shape_collapse(criticality.avalanches([0, 1, 0])), sorn.ParameterError, "kept"),
        (lambda: criticality.branching_parameter([1, 1, 1, 1]), sorn.StateError, "does not change"),
        (lambda: criticality.branching_parameter([1, 2, 1, 2], 3), sorn.ParameterError, "half of a trial"),
        (lambda: criticality.branching_parameter([1, 2, 1, 2], decay="linear"), sorn.UnknownNameError, "complex"),
        (lambda: criticality.branching_parameter([1, 2, 1, 3], trials=True), sorn.ShapeError, "trials"),
        (lambda: criticality.autocorrelation([1, 2], 2), sorn.ParameterError, "below the 2 bins"),
        (lambda: criticality.survival_curve([]), sorn.StateError, "no lifetimes"),
        (lambda: criticality.survival_curve([1, np.inf]), sorn.StateError, "lifetime 1"),
        (lambda: criticality.survival_curve([1, 2], [1]), sorn.ShapeError, "equally many"),
        (lambda: criticality.survival_curve([1, 2], [1, 2]), sorn.StateError, "0 and 1"),
        (lambda: criticality.finite_size_scaling([5, 5], [[1], [1]]), sorn.StateError, "different"),
        (lambda: criticality.resampled([1, 2, 3], criticality.fit([1, 2, 3]), [1, 1, 1]), sorn.StateError, "network"),
        (lambda: criticality.resampled([1, 2, 3], criticality.fit([1, 2, 3]), [1, 1]), sorn.ShapeError, "networks"),
    ],
)
def test_bad_input_is_named(call, error, text) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(error, match=text):
        call()


# --- scaling


def test_a_branching_process_at_criticality_obeys_the_crackling_relation() -> None:
    generator = np.random.default_rng(11)
    parts = []
    for _ in range(20_000):  # avalanches of one seed each, with an end to their growth
        sizes = [1]
        while sizes[-1] and len(sizes) < 2000:
            sizes.append(int(generator.poisson(sizes[-1])))
        parts += [0, *sizes]
    found = criticality.avalanches([*parts, 0], 0, profiles=True)
    sizes = criticality.fit(found.sizes, xmin=10, xmax=1000)
    durations = criticality.fit(found.durations, xmin=8, xmax=100)
    scaling = criticality.size_scaling(found, 20, 200)
    relation = criticality.crackling_relation(sizes, durations, scaling)
    assert sizes.alpha == pytest.approx(1.5, abs=0.1)
    assert durations.alpha == pytest.approx(2.0, abs=0.25)
    assert scaling.gamma == pytest.approx(2.0, abs=0.2)
    assert relation.dcc < 0.3
    assert relation.dcc == pytest.approx(abs(relation.predicted - relation.fitted))
    collapse = criticality.shape_collapse(found, shortest=8, longest=40)
    assert collapse.gamma == pytest.approx(2.0, abs=0.25)
    assert collapse.shapes.shape == (len(collapse.durations), len(collapse.places))


# --- errors by resampling


def test_errors_over_networks_see_that_networks_differ() -> None:
    generator = np.random.default_rng(5)
    exponents = generator.normal(2.0, 0.2, 12)
    values = np.concatenate([power_law_sample(alpha, 400, generator) for alpha in exponents])
    networks = np.repeat(np.arange(12), 400)
    law = criticality.fit(values, xmin=1.0)
    single = criticality.resampled(values, law, repetitions=400)
    whole = criticality.resampled(values, law, networks, repetitions=400)
    assert single.errors["alpha"] == pytest.approx(law.errors["alpha"], rel=0.25)
    assert whole.errors["alpha"] > 2.5 * single.errors["alpha"]
    assert whole.intervals["alpha"][0] < law.alpha < whole.intervals["alpha"][1]
    again = criticality.resampled(values, law, networks, repetitions=400, threads=1)
    assert again == whole


@pytest.mark.parametrize("discrete", [False, True])
def test_intervals_hold_the_exponent_as_often_as_they_say(discrete: bool) -> None:
    generator = np.random.default_rng(17)
    inside = 0
    cases = 400
    for _ in range(cases):
        values = generator.zipf(2.3, 500).astype(float) if discrete else power_law_sample(2.3, 500, generator)
        law = criticality.fit(values, xmin=1, discrete=discrete)
        inside += abs(law.alpha - 2.3) < 1.96 * law.errors["alpha"]
    assert 0.925 <= inside / cases <= 0.975


@pytest.mark.parametrize("kind", ["lognormal", "exponential", "mixture"])
def test_other_distributions_are_hardly_ever_called_power_laws(kind: str) -> None:
    generator = np.random.default_rng(23)
    called = 0
    for _ in range(20):
        if kind == "lognormal":
            values = generator.lognormal(1.0, 0.8, 1500)
        elif kind == "exponential":
            values = 1.0 + generator.exponential(4.0, 1500)
        else:
            values = np.concatenate([generator.exponential(1.0, 750), generator.exponential(12.0, 750)]) + 0.5
        law = criticality.fit_tail(values, largest_xmin=float(np.median(values)))
        found = criticality.assess(values, law, repetitions=50, largest_xmin=float(np.median(values)))
        called += found.holds
    assert called <= 1


# --- branching


THEIRS = """
import sys
import mrestimator
import numpy

trials = numpy.load(sys.argv[1])
found = {}
for method in ("ts", "sm"):
    slopes = mrestimator.coefficients(trials, method=method, steps=(1, 150), numboot=0)
    fitted = mrestimator.fit(slopes, fitfunc=mrestimator.f_exponential)
    found |= {f"{method}_slopes": slopes.coefficients, f"{method}_m": fitted.mre, f"{method}_residual": fitted.ssres}
numpy.savez(sys.argv[2], **found)
"""


@pytest.fixture(scope="module")
def trials() -> np.ndarray:
    generator = np.random.default_rng(3)
    return np.array([branching_process(0.95, 50, 1500, 1.0, generator) for _ in range(5)])


@pytest.fixture(scope="module")
def theirs(trials: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    """What mrestimator finds, in a process of its own, since it switches off tqdm where it is imported."""
    folder = tmp_path_factory.mktemp("mrestimator")
    np.save(folder / "trials.npy", trials)
    arguments = [sys.executable, "-c", THEIRS, str(folder / "trials.npy"), str(folder / "found.npz")]
    subprocess.run(arguments, check=True, capture_output=True, timeout=120, cwd=folder)
    return dict(np.load(folder / "found.npz"))


@pytest.mark.parametrize(("method", "means"), [("ts", "separate"), ("sm", "common")])
def test_slopes_are_those_of_mrestimator(
    method: str, means: str, trials: np.ndarray, theirs: dict[str, np.ndarray]
) -> None:
    ours = criticality.branching_parameter(trials, 150, trials=True, means=means)  # type: ignore[arg-type]
    np.testing.assert_allclose(ours.slopes, theirs[f"{method}_slopes"], rtol=0, atol=1e-12)
    assert ours.m == pytest.approx(float(theirs[f"{method}_m"]), abs=1e-6)
    assert ours.decay is not None
    assert ours.decay.residual <= theirs[f"{method}_residual"] * (1 + 1e-9)
    curve = ours.decay.parameters["A"] * np.exp(-ours.lags / ours.tau)
    np.testing.assert_allclose(ours.decay(ours.lags), curve, rtol=1e-12)


@pytest.mark.parametrize("m", [0.9, 0.98])
@pytest.mark.parametrize("seen", [1.0, 0.1, 0.01])
def test_a_subsample_has_the_branching_parameter_of_the_whole(m: float, seen: float) -> None:
    activity = branching_process(m, 200, 150_000, seen, np.random.default_rng(29))
    found = criticality.branching_parameter(activity, int(6 / (1 - m)))
    assert found.m == pytest.approx(m, abs=0.2 * (1 - m) + 0.003)
    low, high = found.m_interval
    assert low < found.m < high
    if seen < 1.0:
        assert found.one_step < m - 0.1  # biased


def test_activity_without_memory_has_no_branching_parameter() -> None:
    alternating = np.tile([0.0, 1.0], 500)
    found = criticality.branching_parameter(alternating, 50)
    assert np.isnan(found.m)
    time = criticality.autocorrelation_time(np.random.default_rng(1).random(20_000))
    assert time == pytest.approx(0.5, abs=0.1)


def test_susceptibility_knows_synchrony() -> None:
    together = np.repeat(np.arange(400)[:, None] % 5 == 0, 30, axis=1)
    assert criticality.susceptibility(together).synchrony == pytest.approx(1.0)
    assert np.isnan(criticality.susceptibility(np.zeros((10, 3))).synchrony)


# --- lifetimes


def test_censored_lifetimes_are_no_ends() -> None:
    found = criticality.survival_curve([6, 6, 6, 6, 7, 9, 10, 10], [1, 1, 1, 0, 1, 0, 1, 0])
    np.testing.assert_allclose(found.survival, [5 / 8, 15 / 32, 15 / 64])
    assert found.at_risk.tolist() == [8, 4, 2]
    assert found.censored == 3
    assert found.median == 7
    exponential = np.random.default_rng(8).exponential(10.0, 20_000)
    seen = np.minimum(exponential, 12.0)
    curve = criticality.survival_curve(seen, exponential <= 12.0)
    at_ten = curve.survival[np.searchsorted(curve.times, 10.0) - 1]
    assert at_ten == pytest.approx(np.exp(-1.0), abs=0.01)


LIVELY = {"ne": 40, "nu": 2, "lambda_ee": 6, "lambda_ei": 6, "eta_stdp": 0.02, "sp_probability": 0.8, "seed": 5}


def test_lifetimes_of_synapses_are_those_of_a_loop_over_steps() -> None:
    run = sorn.Network(**LIVELY).run(time_steps=1500, record=["A"], lifetimes=True)
    network = sorn.Network(**LIVELY)
    before = network.Wee.toarray() > 0
    birth = np.full(before.shape, -1)
    found: list[tuple[int, int, bool, int, int]] = []
    for step in range(1500):
        network.run(time_steps=1)
        now = network.Wee.toarray() > 0
        for pre, post in np.argwhere(before & ~now & (birth >= 0)):
            found.append((birth[pre, post], step - birth[pre, post], True, pre, post))
        birth[before & ~now] = -1
        birth[now & ~before] = step
        before = now
    for pre, post in np.argwhere(birth >= 0):
        found.append((birth[pre, post], 1500 - birth[pre, post], False, pre, post))
    lived = run.lifetimes
    columns = (lived.birth, lived.steps, lived.ended, lived.pre, lived.post)
    ours = [tuple(int(x) for x in row) for row in zip(*columns, strict=True)]
    assert len(lived) == len(found) > 200
    assert 0 < np.count_nonzero(~lived.ended) < len(lived)
    assert sorted(ours) == sorted(tuple(int(x) for x in row) for row in found)
    assert (np.diff(lived.birth) >= 0).all()
    assert f"{len(lived):,} synapses" in repr(lived)
    curve = criticality.survival_curve(lived.steps, lived.ended)
    assert curve.censored == np.count_nonzero(~lived.ended)


def test_lifetimes_change_no_number_of_a_run_and_are_kept_only_when_asked_for(tmp_path: Path) -> None:
    plain, watched = sorn.Network(**LIVELY), sorn.Network(**LIVELY)
    first = plain.run(time_steps=300, record=["E"])
    second = watched.run(time_steps=300, record=["E"], lifetimes=True)
    assert np.array_equal(first["E"], second["E"])
    assert plain.state == watched.state
    assert (watched.run(time_steps=300, lifetimes=True).lifetimes.birth >= 300).all()
    with pytest.raises(sorn.ParameterError, match="lifetimes=True"):
        _ = first.lifetimes
    with pytest.raises(sorn.ParameterError, match="must be kept in memory"):
        plain.run(time_steps=10, lifetimes=True, out=tmp_path / "run.h5")  # type: ignore[call-overload]
    with pytest.raises(sorn.SornError, match="lifetimes"):
        plain.run(time_steps=10, lifetimes="yes")  # type: ignore[call-overload]


@pytest.mark.parametrize("discrete", [False, True])
def test_the_exponent_of_a_density_is_that_of_a_line_through_its_bins(discrete: bool) -> None:
    values = power_law_sample(1.7, 20_000, np.random.default_rng(8)) * 5
    values = np.floor(values) if discrete else values
    found = criticality.density_exponent(values, 10, 5000, 8)
    edges = 10.0 ** np.linspace(1, np.log10(5000), 1 + round(8 * np.log10(500)))
    edges[-1] = 5000
    counts = np.histogram(values, edges)[0]
    widths, places = np.diff(edges), np.sqrt(edges[1:] * edges[:-1])
    if discrete:
        whole = np.arange(10, 5001)
        widths = np.histogram(whole, edges)[0]
        inside = [whole[(whole >= a) & (whole < b)] for a, b in zip(edges, [*edges[1:-1], 5001], strict=False)]
        places = np.array([np.sqrt(part[0] * part[-1]) for part in inside])
    there = counts > 0
    density = counts[there] / widths[there] / counts.sum()
    slope, intercept = np.polyfit(np.log(places[there]), np.log(density), 1)
    residuals = np.log(density) - slope * np.log(places[there]) - intercept
    assert found.exponent == pytest.approx(-slope, rel=1e-9)
    assert found.intercept == pytest.approx(intercept, rel=1e-9)
    assert found.r_squared == pytest.approx(1 - residuals.var() / np.log(density).var(), rel=1e-9)
    assert found.samples == counts.sum()
    np.testing.assert_allclose(found.density, density, rtol=1e-9)
    assert found.exponent == pytest.approx(1.7, abs=0.1)
    assert found.r_squared > 0.98


def test_the_exponent_of_a_density_needs_three_bins_with_values() -> None:
    for call, error, text in (
        (lambda: criticality.density_exponent([1, 2, 3], 0, 3), sorn.ParameterError, "above 0"),
        (lambda: criticality.density_exponent([1, 2, 3], 3, 1), sorn.ParameterError, "from 3 to 1"),
        (lambda: criticality.density_exponent([1, 2, 3], 1, np.inf), sorn.ParameterError, "longest"),
        (lambda: criticality.density_exponent([1, 2, 3], 1, 10, 0), sorn.ParameterError, "bins_per_decade = 0"),
        (lambda: criticality.density_exponent([1, 2, 3], 1, 10, 1e9), sorn.ParameterError, "10000 bins"),
        (lambda: criticality.density_exponent([1, np.nan], 1, 10), sorn.StateError, r"values\[1\]"),
        (lambda: criticality.density_exponent([1, 2.5], 1, 10, discrete=True), sorn.StateError, "whole"),
        (lambda: criticality.density_exponent([1, 1, 2], 1, 10), sorn.StateError, "three bins"),
    ):
        with pytest.raises(error, match=text):
            call()


def test_lifetimes_under_way_are_no_short_ones() -> None:
    generator = np.random.default_rng(12)
    true = generator.exponential(50.0, 5000)
    watched = generator.uniform(0.0, 100.0, 5000)
    fit = criticality.fit_lifetimes(np.minimum(true, watched), true <= watched)
    assert 1 / fit.parameters["lambda"] == pytest.approx(50.0, rel=0.05)
    assert fit.ks_distance < 0.05
    with pytest.raises(sorn.ParameterError, match="stretched_exponential"):
        criticality.fit_lifetimes([1, 2, 3], distribution="lognormal")
    with pytest.raises(sorn.StateError, match="two ends"):
        criticality.fit_lifetimes([1, 2, 3], [0, 0, 1])


# --- the command


def test_the_command_says_what_the_functions_say(tmp_path: Path) -> None:
    names = []
    parts = []
    for seed in (1, 2):
        names.append(str(tmp_path / f"{seed}.h5"))
        with sorn.Network(ne=100, seed=seed).run(time_steps=4000, record=["E"], out=names[-1]) as file:
            parts.append(criticality.avalanches(file, "median", skip=100))
    command = ["sorn", "criticality", *names, "--threshold", "median", "--skip", "100", "--bootstrap", "0", "--json"]
    printed = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout)
    pooled = criticality.pool(parts)
    assert printed["avalanches"] == len(pooled)
    assert printed["networks"][1]["threshold"] == pooled.sources[1].threshold
    found = sorn.Statistics.power_law_comparison(pooled.sizes, repetitions=0)
    law = found.law
    assert printed["sizes"]["alpha"] == law.alpha
    assert printed["sizes"]["verdict"] == found.verdict
    by_network = criticality.resampled(pooled.sizes, law, pooled.networks, repetitions=200)
    assert printed["sizes"]["by_network"]["error"] == by_network.errors["alpha"]
    assert printed["gamma"]["value"] == criticality.size_scaling(pooled).gamma

"""The table of measures: a plain oracle of each row, and the same bits from every face."""

import csv
import json
import math
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from conftest import sorn_command

import sorn
from sorn import Network, ParameterError, Statistics, Sweep, _core

NAMES = [row["name"] for row in _core.measures()]
OF_ENSEMBLES = [row["name"] for row in _core.measures() if row["needs"] != "spike train"]
SETTINGS = {"ne": 60, "nu": 6, "lambda_ee": 8, "lambda_ei": 20}
STEPS = 777
REPLICAS = 40


# --- oracles -------------------------------------------------------------------------------------------------------


class Run(NamedTuple):
    """What a measure may be made from, as plain arrays."""

    E: Any
    inhibitory: Any
    C: Any
    state: Any

    @property
    def activity(self) -> Any:
        return self.E.sum(axis=1)


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else math.nan


def _intervals(run: Run) -> list[Any]:
    found = [np.diff(np.flatnonzero(spikes)) for spikes in run.E.T]
    return [intervals for intervals in found if len(intervals) >= 2]


def _windows(run: Run) -> list[float]:
    counts = [spikes[: len(spikes) // 100 * 100].reshape(-1, 100).sum(axis=1) for spikes in run.E.T]
    return [float(n.var() / n.mean()) for n in counts if n.sum() > 0]


def _correlations(run: Run) -> Any:
    return np.corrcoef(run.E[:, run.E.std(axis=0) > 0].T)


def _logs(run: Run) -> Any:
    weights = run.state["Wee"][run.state["Wee"] >= 0.01]
    return np.sort(np.log(weights))


def _ks(run: Run) -> float:
    logs = _logs(run)
    fitted = np.array([0.5 * math.erfc(-(x - logs.mean()) / logs.std() / math.sqrt(2)) for x in logs])
    below = np.arange(len(logs)) / len(logs)
    return float(max((fitted - below).max(), (below + 1 / len(logs) - fitted).max()))


def _entropy(run: Run) -> float:
    shares = run.E.sum(axis=0) / run.E.sum()
    shares = shares[shares > 0]
    return float(-(shares * np.log(shares)).sum() / math.log(run.E.shape[1]))


def _avalanches(run: Run) -> list[list[float]]:
    threshold = run.activity.mean() / 2
    found: list[list[float]] = [[]]
    for value in run.activity:
        if value > threshold:
            found[-1].append(value - threshold)
        else:
            found.append([])
    return [one for one in found[1:-1] if one]  # those at the ends have not begun or ended within the run


def _slope(x: Any, y: Any) -> float:
    return float(((x - x.mean()) * (y - y.mean())).mean() / x.var())


ORACLES: dict[str, Callable[[Run], float]] = {
    "spikes": lambda run: run.E.sum(),
    "mean_rate": lambda run: run.E.mean(),
    "inhibitory_rate": lambda run: run.inhibitory.mean(),
    "lowest_rate": lambda run: run.E.mean(axis=0).min(),
    "highest_rate": lambda run: run.E.mean(axis=0).max(),
    "silent_neurons": lambda run: (run.E.sum(axis=0) == 0).sum(),
    "activity_sd": lambda run: run.activity.std(),
    "synchrony": lambda run: math.sqrt(run.E.mean(axis=1).var() / run.E.var(axis=0).mean()),
    "spike_source_entropy": _entropy,
    "branching_ratio": lambda run: _slope(run.activity[:-1], run.activity[1:]),
    "ee_first": lambda run: run.C[0],
    "ee_fewest": lambda run: run.C.min(),
    "ee_synapses": lambda run: (run.state["Wee"] > 0).sum(),
    "ei_synapses": lambda run: (run.state["Wei"] > 0).sum(),
    "ie_synapses": lambda run: (run.state["Wie"] > 0).sum(),
    "connection_fraction": lambda run: (run.state["Wee"] > 0).sum() / (run.E.shape[1] * (run.E.shape[1] - 1)),
    "mean_weight": lambda run: run.state["Wee"][run.state["Wee"] > 0].mean(),
    "lognormal_mu": lambda run: _logs(run).mean(),
    "lognormal_sigma": lambda run: _logs(run).std(),
    "lognormal_ks_distance": _ks,
    "lognormal_samples": lambda run: len(_logs(run)),
    "mean_te": lambda run: run.state["Te"].mean(),
    "mean_ti": lambda run: run.state["Ti"].mean(),
    "steps": lambda run: len(run.E),
    "neurons": lambda run: run.E.shape[1],
    "pairwise_correlation": lambda run: (
        (_correlations(run).sum() - len(_correlations(run))) / (len(_correlations(run)) * (len(_correlations(run)) - 1))
    ),
    "avg_corr_coeff": lambda run: _correlations(run).mean(),
    "correlated_neurons": lambda run: len(_correlations(run)),
    "isi_cv": lambda run: _mean([intervals.std() / intervals.mean() for intervals in _intervals(run)]),
    "isi_lv": lambda run: _mean(
        [3 * float(np.mean((np.diff(n) / (n[1:] + n[:-1])) ** 2)) for n in _intervals(run)],
    ),
    "isi_neurons": lambda run: len(_intervals(run)),
    "fano_factor": lambda run: _mean(_windows(run)),
    "fano_neurons": lambda run: len(_windows(run)),
    "fano_window": lambda run: 100,
    "scale_dependent_smoothness": lambda run: np.diff(run.activity).std(),
    "scale_independent_smoothness": lambda run: np.diff(run.activity).std() / abs(np.diff(run.activity).mean()),
    "autocorrelation": lambda run: np.corrcoef(run.activity[:-2], run.activity[2:])[0, 1],
    "autocorrelation_lag": lambda run: 2,
    "avalanche_threshold": lambda run: run.activity.mean() / 2,
    "avalanches": lambda run: len(_avalanches(run)),
    "mean_avalanche_size": lambda run: _mean([sum(one) for one in _avalanches(run)]),
    "mean_avalanche_duration": lambda run: _mean([len(one) for one in _avalanches(run)]),
}


def test_every_measure_has_an_oracle() -> None:
    assert list(ORACLES) == NAMES, "a row of the table needs a plain oracle here, and an oracle a row"


# --- one run, many faces -------------------------------------------------------------------------------------------


def design(**changes: Any) -> dict[str, Any]:
    return {
        "parameters": SETTINGS,
        "run": {"steps": STEPS, "seed": 1},
        "sweep": {"seeds": REPLICAS, "statistics": NAMES, **changes},
    }


@pytest.fixture(scope="module")
def ensemble() -> sorn.Ensemble[sorn.Recordings]:
    return sorn.ensemble(REPLICAS, time_steps=STEPS, seed=1, record=["E", "I", "C"], **SETTINGS)


@pytest.fixture(scope="module")
def table() -> Any:
    return sorn.sweep(design())


def same(a: Any, b: Any) -> bool:
    """Whether two numbers, one of which may be None, are the same bits."""
    numbers = [math.nan if value is None else float(value) for value in (a, b)]
    return numbers[0] == numbers[1] or all(map(math.isnan, numbers))


@pytest.mark.parametrize("name", NAMES)
def test_measures_equal_their_oracles(name: str, ensemble: Any, table: Any) -> None:
    for k in (0, 7):
        found = {key: np.asarray(value, dtype=np.int64) for key, value in ensemble[k].recordings.items()}
        expected = ORACLES[name](Run(found["E"], found["I"], found["C"], ensemble[k].state))
        assert table[name][k] == pytest.approx(expected, rel=1e-9, nan_ok=True)


def test_an_ensemble_a_sweep_and_single_runs_have_the_same_bits(ensemble: Any, table: Any) -> None:
    assert list(table["seed"]) == [replica.seed for replica in ensemble]
    for k, replica in enumerate(ensemble):
        single = Network(seed=replica.seed, **SETTINGS)
        recordings = single.run(time_steps=STEPS, record=["E", "I", "C"])
        assert single.state["Wee"].tobytes() == replica.state["Wee"].tobytes()
        counts = int(recordings["C"][0]), int(recordings["C"].min())
        train = sorn.SpikeTrain(recordings["E"])._train
        found = _core.measured(train, single._network, counts, 100, 2, None)
        found["inhibitory_rate"] = Statistics.summary(recordings["I"])["mean_rate"]
        assert set(found) == set(NAMES)
        for name in NAMES:
            assert same(table[name][k], found[name]), name
        for name in OF_ENSEMBLES:
            assert same(ensemble.statistics[name][k], table[name][k]), name
        for name, value in Statistics.summary(recordings["E"]).items():
            assert same(value, table[name][k]), name
        assert Statistics.synchrony(recordings["E"]) == table["synchrony"][k]
        assert Statistics.branching_ratio(recordings["E"], "regression") == table["branching_ratio"][k]


def run_command(folder: Path, *arguments: str) -> str:
    return subprocess.run([sorn_command(), *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_command_has_the_same_bits(tmp_path: Path, table: Any) -> None:
    settings = [text for name, value in SETTINGS.items() for text in ("--set", f"{name}={value}")]
    run = ["simulate", "--steps", str(STEPS), "--quiet", *settings]
    run_command(tmp_path, *run, "--seed", "1", "--replicas", str(REPLICAS), "--out", "replicas.csv")
    (tmp_path / "sweep.toml").write_text(Sweep(design()).text)
    run_command(tmp_path, "sweep", "sweep.toml", "--out", "sweep", "--quiet")
    for names, path in ((OF_ENSEMBLES, "replicas.csv"), (NAMES, "sweep/table.csv")):
        found = rows(tmp_path / path)
        assert len(found) == REPLICAS
        for k, row in enumerate(found):
            for name in names:
                assert same(row[name] or None, table[name][k]), (path, name)
    for k in range(REPLICAS):
        run_command(tmp_path, *run, "--seed", str(table["seed"][k]), "--record", "E,C", "--out", "one.h5", "--force")
        shown = json.loads(run_command(tmp_path, "stats", "one.h5", "--json"))
        found_by_stats = {**shown["spikes"], **shown["connections"]}
        for name in set(NAMES) - {"inhibitory_rate"}:
            infinite = found_by_stats[name] is None and math.isinf(table[name][k])
            assert infinite or same(found_by_stats[name], table[name][k]), name


# --- names of earlier versions -------------------------------------------------------------------------------------


def test_earlier_names_are_accepted_with_a_warning() -> None:
    earlier = {alias: row["name"] for row in _core.measures() for alias in row["aliases"]}
    assert earlier["ee_count"] == "ee_synapses"
    for old, new in earlier.items():
        with pytest.warns(FutureWarning, match=f"statistic '{old}' is now called '{new}'") as caught:
            one = sorn.sweep(design(statistics=[old], seeds=2))
        assert caught[0].filename == __file__
        assert list(one)[3:4] == [old], "the table has the name that was asked for"
        np.testing.assert_array_equal(one[old], sorn.sweep(design(statistics=[new], seeds=2))[new])
    with pytest.raises(ParameterError, match="'ee_count' is there twice"):
        Sweep(design(statistics=["ee_synapses", "ee_count"]))


def test_the_command_notes_earlier_names(tmp_path: Path) -> None:
    text = Sweep(design(statistics=["ee_synapses"], seeds=1)).text.replace("ee_synapses", "ee_count")
    (tmp_path / "sweep.toml").write_text(text)
    command = [sorn_command(), "sweep", "sweep.toml", "--out", "out", "--quiet"]
    done = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
    assert done.stderr.startswith("sorn: note: statistic 'ee_count' is now called 'ee_synapses'")

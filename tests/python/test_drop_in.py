"""What scripts for the pure-Python package import and call, as they stand."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import get_args

import matplotlib.pyplot as plt
import numpy as np
import pytest

import sorn
from sorn import UnknownNameError, _core, _names
from sorn.callbacks import Callback, Callbacks, ExcitatoryActivation
from sorn.sorn import Simulator, Simulator_, Trainer, Trainer_
from sorn.utils import Initializer, Plotter, Statistics


@pytest.fixture(autouse=True)
def _no_figure_stays_open(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def ran():
    inputs = np.random.default_rng(1).random((10, 400))
    return Simulator.simulate_sorn(inputs=inputs, phase="plasticity", matrices=None, noise=True, time_steps=400, seed=2)


def test_modules_are_those_of_the_package() -> None:
    assert (Simulator, Trainer) == (sorn.Simulator, sorn.Trainer) == (Simulator_, Trainer_)
    assert (Initializer, Plotter, Statistics) == (sorn.Initializer, sorn.Plotter, sorn.Statistics)
    program = "import sorn; sorn.sorn.Simulator, sorn.utils.Plotter, sorn.callbacks.WEE"
    subprocess.run([sys.executable, "-c", program], check=True)
    assert "sorn" not in sorn.__all__, "the star would hide the package behind its module"


def test_runs(ran) -> None:
    state, *_ = ran
    two, one = np.random.rand(10, 2), np.random.rand(10, 1)
    for call, arguments in (
        (Simulator.simulate_sorn, {"inputs": two, "phase": "plasticity", "noise": False}),
        (Simulator.simulate_sorn, {"inputs": two, "phase": "plasticity", "noise": False, "freeze": ["ip"]}),
        (Simulator.simulate_sorn, {"inputs": two, "freeze": ["stdp", "istdp", "ss", "sp"]}),
        (Trainer.train_sorn, {"inputs": one, "phase": "plasticity", "noise": True}),
        (Trainer.train_sorn, {"inputs": one, "phase": "training", "max_workers": 4}),
    ):
        steps = arguments["inputs"].shape[1]
        for matrices in (state, dict(state)):
            after, E, *_ = call(matrices=matrices, time_steps=steps, **arguments)
            assert E.shape == (steps, 200)
            assert list(after) == list(state)
    small = {"ne": 26, "lambda_ee": 4, "lambda_ei": 4, "nu": 10}
    inputs = np.random.rand(10, 1000)
    for call in (Simulator.run, Trainer.run):
        wanted = ["ExcitatoryActivation", "WEE", "EEConnectionCounts"]
        after, recorded = call(
            inputs=inputs, phase="plasticity", state=None, noise=True, timesteps=1000, callbacks=wanted, **small
        )
        assert list(recorded) == wanted
        assert recorded["WEE"].shape == (1000, 26, 26)


def test_pictures(ran) -> None:
    state, E, _I, _R, C = ran
    Plotter.hist_outgoing_conn(weights=state["Wee"], bin_size=5, histtype="bar", savefig=False)
    Plotter.hist_incoming_conn(weights=state["Wee"], bin_size=5, histtype="bar", savefig=False)
    Plotter.network_connection_dynamics(connection_counts=C, savefig=False)
    Plotter.network_connection_dynamics(connection_counts=list(C), savefig=False)
    Plotter.hist_firing_rate_network(spike_train=E, bin_size=5, savefig=False)
    Plotter.scatter_plot(spike_train=E, savefig=False)
    Plotter.raster_plot(spike_train=E, savefig=False)
    Plotter.weight_distribution(weights=state["Wee"], bin_size=5, savefig=False)
    Plotter.linear_lognormal_fit(weights=state["Wee"], num_points=10, savefig=False)
    Plotter.hamming_distance(hamming_dist=[0, 0, 0, 1, 1, 1, 1, 1, 1], savefig=False)
    three_spikes = np.zeros((50, 20))
    three_spikes[[3, 9, 30], 10] = 1
    Plotter.isi_exponential_fit(spike_train=three_spikes, neuron=10, bin_size=5, savefig=False)
    correlation, _ = Statistics.avg_corr_coeff(E)
    Plotter.correlation(correlation, savefig=False)
    Plotter.plot_network(correlation, corr_thres=0.3, fig_name="network.png")
    assert Path("network.png").exists()


def test_measures(ran) -> None:
    _, E, *_ = ran
    rates = [1, 1, 5, 6, 3, 7]
    assert np.ndim(Statistics.firing_rate_neuron(spike_train=E, neuron=10, bin_size=5)) <= 1
    assert len(Statistics.firing_rate_network(spike_train=E)) == 400
    Statistics.scale_dependent_smoothness_measure(firing_rates=rates)
    Statistics.scale_independent_smoothness_measure(firing_rates=rates)
    Statistics.autocorr(firing_rates=rates, t=2)
    Statistics.spike_times(spike_train=E)
    assert not np.any(Statistics.hamming_distance(actual_spike_train=E, perturbed_spike_train=E))
    assert len(Statistics.spike_time_intervals(spike_train=E)) == 200
    firing = int(E.sum(axis=0).argmax())
    assert len(Statistics.fanofactor(spike_train=E, neuron=firing, window_size=10)) == 3
    assert Statistics.spike_source_entropy(spike_train=E, num_neurons=200) > 0


def test_initializer_names_of_both_generations() -> None:
    weights = np.array([[0.0, 0.2, 1.4], [-0.3, 0.0, 0.0], [0.5, 0.9, 0.0]])
    before = weights.copy()
    np.testing.assert_array_equal(Initializer.reset_min(weights, 0.0), np.maximum(weights, 0.0))
    np.testing.assert_array_equal(Initializer.reset_min(z=weights, cutoff_val=0.3), np.maximum(weights, 0.3))
    np.testing.assert_array_equal(Initializer.reset_max(z=weights, cutoff_val=1.0), np.minimum(weights, 1.0))
    assert Initializer.inactive_synapses(weights) == [(1, 0), (1, 2)]
    assert Initializer.inactive_synapses(wee=weights) == Initializer.get_unconnected_indexes(weights)
    np.testing.assert_array_equal(weights, before)
    for call in (Initializer.reset_min, Initializer.reset_max):
        with pytest.raises(sorn.ParameterError, match="cutoff_val"):
            call(weights, float("nan"))


def test_callbacks_are_the_quantities_of_the_engine() -> None:
    classes = {kind.__name__ for kind in Callback.__subclasses__()}
    kinds = {row["callback"]: row["kind"] for row in _core.quantities()}
    assert classes == set(kinds)
    requests = [f"{name}/2" if kinds[name] == "statistics of windows" else name for name in sorted(classes)]
    quantities = {quantity for quantity, *_ in _core.RecordPlan(requests, False).requests}
    assert len(quantities) == len(classes) == 26
    assert set(get_args(_names.Quantity)) == classes | quantities


def test_callbacks_collect() -> None:
    one = ExcitatoryActivation(3)
    one[1] = "x"
    assert one.values == [0, "x", 0]
    assert (str(one), one[1], len(one)) == ("[0, 'x', 0]", "x", 3)
    collected = Callbacks(2, ["TE", "WEE"])
    for step in range(2):
        collected.step({"TE": step, "WEE": -step, "TI": 5}, step)
    assert collected.get() == {"TE": [0, 1], "WEE": [0, -1]}
    with pytest.raises(UnknownNameError, match="did you mean 'WEE'"):
        Callbacks(2, ["WEEE"])


# --- a new network is shown -----------------------------------------------------------------------------------------

LINES = (
    "Network Initialized\n"
    "Number of connections in Wee {} , Wei {}, Wie 500\n"
    "Shapes Wee (50, 50) Wei (10, 50) Wie (50, 10)\n"
)


def stderr_of(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout == ""
    return done.stderr


@pytest.mark.parametrize("call", ["Simulator.simulate_sorn", "Trainer.train_sorn", "Simulator.run", "Trainer.run"])
def test_a_new_network_is_shown_once(call) -> None:
    ee, ei, _ = sorn.Network(ne=50, seed=1).connection_counts
    program = (
        "from sorn import Simulator, Trainer, Network\n"
        f"state, *_ = {call}(time_steps=3, ne=50, seed=1)\n"
        f"{call}(time_steps=3, matrices=state)\n"
        f"{call}(time_steps=3, matrices=dict(state))\n"
    )
    assert stderr_of(program) == LINES.format(ee, ei)
    twice = program + f"{call}(time_steps=3, ne=50, seed=1)\n"
    assert stderr_of(twice) == 2 * LINES.format(ee, ei)


@pytest.mark.parametrize(
    "program",
    [
        "sorn.Network(ne=50).run(time_steps=3)",
        "sorn.Network(ne=50).step()",
        "sorn.ensemble(2, time_steps=3, ne=50)",
        "sorn.sweep({'parameters': {'ne': 50}, 'run': {'steps': 9}, 'sweep': {'statistics': ['ee_synapses']}})",
        "sorn.StateDict(dict(sorn.Network(ne=50).state))",
        *(
            f"import logging; {configured}; sorn.Simulator.simulate_sorn(time_steps=3, ne=50)"
            for configured in (
                "logging.basicConfig(level=logging.WARNING)",
                "logging.getLogger('sorn').addHandler(logging.NullHandler())",
                "logging.getLogger('sorn').setLevel(logging.ERROR)",
                "logging.getLogger('sorn').setLevel(logging.INFO)",
                "logging.getLogger('sorn').propagate = False",
                "logging.getLogger('sorn').disabled = True",
                "logging.getLogger().addHandler(logging.NullHandler())",
                "logging.getLogger().setLevel(logging.ERROR)",
                "logging.disable(logging.CRITICAL)",
            )
        ),
        "import sys; sys.stderr = None; sorn.Simulator.simulate_sorn(time_steps=3, ne=50)",
    ],
)
def test_programs_that_show_no_log_lines(program) -> None:
    assert stderr_of(f"import sorn; {program}") == ""


def test_configured_logging_gets_the_lines_once() -> None:
    program = (
        "import logging, sorn\n"
        "logging.basicConfig(level=logging.INFO, format='%(name)s %(message)s')\n"
        "sorn.Simulator.simulate_sorn(time_steps=3, ne=50)\n"
    )
    lines = stderr_of(program).splitlines()
    assert len(lines) == 3
    assert all(line.startswith("sorn ") for line in lines)


# --- two packages in one folder -----------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path) -> Path:
    shutil.copytree(Path(sorn.__file__).parent, tmp_path / "sorn", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "sorn"


def imported(folder: Path, program: str = "import sorn") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(folder.parent)!r}); {program}"]
    return subprocess.run(command, capture_output=True, text=True)


def test_two_packages_in_one_folder(folder) -> None:
    whole = imported(folder, "import sorn; assert sorn.__file__.startswith(sys.path[0]), sorn")
    assert (whole.returncode, whole.stderr) == (0, "")
    # Ours was installed over the other one, whose modules of the same name are still there.
    (folder / "sorn.py").write_text("raise RuntimeError('the module of the other package')\n")
    (folder / "utils.py").write_text("raise RuntimeError('the module of the other package')\n")
    ours = imported(folder, "import sorn; sorn.Network(ne=50); from sorn.sorn import Simulator; import sorn.utils")
    assert ours.returncode == 0, ours.stderr
    assert "holds files of another package named sorn, too: sorn.py, utils.py" in ours.stderr
    assert "Delete the folder" in ours.stderr
    # The other way round.
    (folder / "__init__.py").write_text("from .sorn import Simulator, Trainer\nfrom .utils import *\n")
    theirs = imported(folder)
    assert theirs.returncode == 1
    assert "ImportError" in theirs.stderr
    assert "holds files of two packages named sorn" in theirs.stderr

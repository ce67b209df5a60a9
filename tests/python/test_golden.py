"""The reference trajectories come out to the last bit, through every face of the Python package."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import GOLDEN, Trajectory, same_arrays

from sorn import Network, Simulator, Trainer

CALLBACKS = {
    "ExcitatoryActivation": "E",
    "InhibitoryActivation": "I",
    "RecurrentActivation": "R",
    "EEConnectionCounts": "C",
    "EIConnectionCounts": "C_ei",
}


def test_there_are_trajectories() -> None:
    assert len(GOLDEN) >= 5


@pytest.mark.parametrize("call", [Simulator.simulate_sorn, Trainer.train_sorn], ids=["Simulator", "Trainer"])
def test_in_one_call(trajectory: Trajectory, call) -> None:
    start = trajectory.state("init")
    final, *activities = call(
        inputs=trajectory.inputs, matrices=start, time_steps=trajectory.steps, **trajectory.arguments
    )
    for name, array in zip("EIRC", activities, strict=True):
        np.testing.assert_array_equal(array, trajectory.arrays[name], err_msg=name)
    assert same_arrays(final, trajectory.state("final"))
    assert same_arrays(start, trajectory.state("init"))


@pytest.mark.parametrize("call", [Simulator.run, Trainer.run], ids=["Simulator", "Trainer"])
def test_through_callbacks(trajectory: Trajectory, call) -> None:
    final, recorded = call(
        inputs=trajectory.inputs,
        state=trajectory.state("init"),
        timesteps=trajectory.steps,
        callbacks=[*CALLBACKS, "TE"],
        **trajectory.arguments,
    )
    for callback, name in CALLBACKS.items():
        np.testing.assert_array_equal(recorded[callback], trajectory.arrays[name], err_msg=callback)
    np.testing.assert_allclose(recorded["TE"].mean(axis=1), trajectory.arrays["Te_mean"], rtol=1e-12)
    assert same_arrays(final, trajectory.state("final"))


@pytest.mark.parametrize("touch", ["nothing", "read", "copy"])
def test_step_by_step(trajectory: Trajectory, touch: str) -> None:
    """Handing the state back after every step gives the same trajectory, whatever the caller reads in between."""
    state = trajectory.state("init")
    for t in range(trajectory.steps):
        state, e, i, r, c = Simulator.simulate_sorn(
            inputs=trajectory.inputs[:, t : t + 1], matrices=state, time_steps=1, **trajectory.arguments
        )
        assert np.array_equal(e[0], trajectory.arrays["E"][t])
        assert np.array_equal(i[0], trajectory.arrays["I"][t])
        assert np.array_equal(r[0], trajectory.arrays["R"][t])
        assert c[0] == trajectory.arrays["C"][t]
        if touch == "read":
            assert state["X"][:, 1].sum() == e.sum()
            assert np.count_nonzero(state["Wee"]) > 0
        elif touch == "copy" and t % 10 == 0:
            state = {key: np.asfortranarray(array) for key, array in state.items()}
    assert same_arrays(dict(state), trajectory.state("final"))


def test_network_object(trajectory: Trajectory) -> None:
    network = Network(state=trajectory.state("init"), **trajectory.hyperparameters)
    half = trajectory.steps // 2
    options = {"phase": trajectory.phase, "noise": trajectory.noise, "freeze": trajectory.freeze}
    first = network.run(trajectory.inputs[:, :half], record=["E", "C"], **options)
    np.testing.assert_array_equal(first["E"], trajectory.arrays["E"][:half])
    np.testing.assert_array_equal(first["C"], trajectory.arrays["C"][:half])
    for t in range(half, trajectory.steps):
        np.testing.assert_array_equal(network.step(trajectory.inputs[:, t], **options), trajectory.arrays["E"][t])
    assert same_arrays(dict(network.state), trajectory.state("final"))

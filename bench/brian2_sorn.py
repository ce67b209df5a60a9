"""SORN in Brian2, C++ standalone, as a side of compare_peers.py: python brian2_sorn.py STATE.npz STEPS.

It does the whole step except structural plasticity, because Brian2 cannot add or remove synapses during a run. It is
compiled once, for one thread. The measured time is the processor time that Brian2 reports for the steps.

Only spikes cause changes of synapses. Scaling by its definition would visit every synapse in every step, and such a
script takes about 1.4 times as long. Here each unit stores the sum of its incoming weights instead: the effective
weight is w / sum, and to change it by d, w changes by d·sum. Both ways give the same up to rounding. A run of many
millions of steps would have to divide w by the sum from time to time, before w leaves the range of a double.
"""

import sys
import tempfile

import brian2 as b2
import numpy as np
from side import serve, versions

NE, NI, NU = 200, 40, 10
STEP = 1 * b2.ms
CONSTANTS = {
    "sigma": 0.04,
    "eta_stdp": 0.004,
    "eta_ip": 0.01,
    "target_rate": 2 * NU / NE,
    "eta_inhib": 0.001,
    "mu_ip": 0.1,
}

# x and x_before are x' and x of docs/model.md; next_sum is the sum after the changes of this step.
EXCITATORY = """
x : 1
x_before : 1
threshold : 1
drive : 1
inhibition : 1
u : 1
v : 1
spike_count : 1
sum : 1
next_sum : 1
sum_i : 1
next_sum_i : 1
"""

EXCITATORY_STEP = """
sum = next_sum
sum_i = next_sum_i
v = drive - inhibition + sigma*randn() + u - threshold
drive = 0
inhibition = 0
x_before = x
x = int(v > 0)
threshold = clip(threshold + eta_ip*(x - target_rate), 0, 1)
spike_count += x
"""

INHIBITORY_STEP = """
v = drive + sigma*randn() - threshold
drive = 0
"""

STDP_RAISE = """
before = w
w = clip(w + eta_stdp*x_before_pre*sum_post*int(w > 0), 0, sum_post)
next_sum_post += w - before
"""

STDP_LOWER = """
before = w
w = clip(w - eta_stdp*x_before_post*sum_post, 0, sum_post)
next_sum_post += w - before
"""

INHIBITORY_STDP = """
before = w
w = clip(w - eta_inhib*(1 - x_post*(1 + 1/mu_ip))*sum_i_post*int(w > 0), 0, sum_i_post)
next_sum_i_post += w - before
"""


def connect(synapses: b2.Synapses, weights: np.ndarray) -> None:
    """Makes the synapses of a [pre][post] matrix."""
    pre, post = np.nonzero(weights)
    synapses.connect(i=pre, j=post)
    synapses.w = weights[pre, post]


def build(start: dict[str, np.ndarray], steps: int, folder: str) -> tuple[b2.NeuronGroup, b2.Synapses, b2.Synapses]:
    """Compiles `steps` steps of a network that begins with the weights and thresholds of `start`."""
    b2.set_device("cpp_standalone", build_on_run=False, directory=folder)
    b2.prefs.devices.cpp_standalone.openmp_threads = 0
    b2.defaultclock.dt = STEP
    b2.seed(1)
    names = {**CONSTANTS, "inputs": b2.TimedArray(np.random.default_rng(1).random((steps, NU)), dt=STEP)}

    e = b2.NeuronGroup(NE, EXCITATORY, threshold="v > 0", namespace=names, name="excitatory")
    i = b2.NeuronGroup(NI, "drive : 1\nthreshold : 1\nv : 1", threshold="v > 0", namespace=names, name="inhibitory")
    driven = e[:NU]
    load_input = driven.run_regularly("u = inputs(t, i)", when="groups", order=0)
    e_step = e.run_regularly(EXCITATORY_STEP, when="groups", order=1)
    i_step = i.run_regularly(INHIBITORY_STEP, when="groups", order=1)
    e.threshold = start["Te"][:, 0]
    i.threshold = start["Ti"][:, 0]
    e.next_sum = e.next_sum_i = 1

    ee = b2.Synapses(
        e,
        e,
        "w : 1",
        on_pre={"lower": STDP_LOWER, "push": "drive_post += w/next_sum_post"},
        on_post={"raise_": STDP_RAISE},
        namespace=names,
    )
    connect(ee, start["Wee"])
    # Inhibitory STDP uses the spikes of the previous step and the new activity; hence the delay of one step.
    ei = b2.Synapses(
        i,
        e,
        "w : 1",
        on_pre={"learn": INHIBITORY_STDP, "push": "inhibition_post += w/next_sum_i_post"},
        delay={"learn": STEP},
        namespace=names,
    )
    connect(ei, start["Wei"])
    ie = b2.Synapses(e, i, "w : 1", on_pre="drive_post += w")
    connect(ie, start["Wie"])
    # First raise a weight, then lower it, so that a synapse with both changes does not vanish; drives come last.
    ee.raise_.order, ee.lower.order, ei.learn.order = -3, -2, -1

    network = b2.Network(e, i, ee, ei, ie, load_input, e_step, i_step)
    network.run(steps * STEP)
    b2.device.build(directory=folder, compile=True, run=False)
    return e, ee, ei


def check_sums(e: b2.NeuronGroup, ee: b2.Synapses, ei: b2.Synapses) -> None:
    """Checks that the stored sums equal the sums of the weights."""
    np.testing.assert_allclose(e.next_sum[:], np.bincount(ee.j[:], ee.w[:], NE), rtol=1e-6)
    np.testing.assert_allclose(e.next_sum_i[:], np.bincount(ei.j[:], ei.w[:], NE), rtol=1e-6)


def main() -> None:
    start, steps = dict(np.load(sys.argv[1])), int(sys.argv[2])
    b2.BrianLogger.suppress_hierarchy("brian2.groups.neurongroup.only_threshold")  # these units need no reset
    with tempfile.TemporaryDirectory() as folder:
        e, ee, ei = build(start, steps, folder)

        def measure() -> dict[str, object]:
            b2.device.run(folder, with_output=False)
            check_sums(e, ee, ei)
            return {
                "step": b2.device._last_run_time / steps,
                "synapses": int(np.count_nonzero(ee.w[:])),
                "activity": float(np.mean(e.spike_count[:])) / steps,
                "versions": versions("numpy", "brian2"),
            }

        serve(measure)


if __name__ == "__main__":
    main()

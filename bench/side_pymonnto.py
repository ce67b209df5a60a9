"""SORN in PymoNNto as a side of compare_peers.py: python side_pymonnto.py STATE.npz STYLE STEPS.

It does the whole step of docs/model.md. STYLE is one of

    dense    PymoNNto's own fast style: matrices, of which a step reads the rows or columns of the units that fire, and
             changes the blocks of the pairs that fire. Scaling divides only those units' weights in W_EE that have
             changed, and all of W_EI.
    dense32  the same in single precision, which the documentation of PymoNNto recommends
    edges    lists of the existing synapses in NumPy arrays, sorted by postsynaptic and then presynaptic unit

W_IE is a matrix in each style. Before the first measurement the script runs without noise and structural plasticity,
and compares its spikes, weights and thresholds with those of this package, which grow_state.py has written beside the
state. `edges` adds in the same order as this package and gives the same bits. `dense` gives the same spikes, but the
last bits of its weights differ: NumPy adds the weights of a unit pairwise; and it divides the weights of a unit once
after each change, this package in every step until a division changes nothing. `dense32` is not compared.
"""

import sys
from pathlib import Path

import numpy as np
from PymoNNto.NetworkCore.Behavior import Behavior
from PymoNNto.NetworkCore.Network import Network
from PymoNNto.NetworkCore.Neuron_Group import NeuronGroup
from PymoNNto.NetworkCore.Synapse_Group import SynapseGroup
from side import seconds, serve, versions

SIGMA = 0.04
ETA_STDP, ETA_INHIB, ETA_IP = 0.004, 0.001, 0.01
MU_IP, TARGET_RATE = 0.1, 0.1
SP_PROBABILITY, SP_WEIGHT = 0.1, 0.001

State = dict[str, np.ndarray]


def inhibitory_changes() -> np.ndarray:
    """Changes of W_EI by a spike of the inhibitory unit, for an excitatory unit at rest and one that fires."""
    return -ETA_INHIB * (1 - np.array([0, 1]) * (1 + 1 / MU_IP))


class Excitatory(Behavior):
    """Drive and activity of the excitatory units."""

    def initialize(self, neurons: NeuronGroup) -> None:
        self.inputs = self.parameter("inputs")
        self.noise = self.parameter("noise")
        self.random = self.parameter("random")
        state = self.parameter("state")
        neurons.threshold = state["Te"][:, 0].astype(neurons.def_dtype)
        neurons.spikes = state["X"][:, 1] > 0
        neurons.spikes_old = neurons.spikes
        neurons.spike_count = 0

    def iteration(self, neurons: NeuronGroup) -> None:
        v = neurons.network.EE.weights.drive(neurons.spikes)
        v -= neurons.network.EI.weights.drive(neurons.network.I.spikes)
        if self.noise:
            v += SIGMA * self.random.standard_normal(neurons.size, neurons.def_dtype)
        inputs = self.inputs[(neurons.iteration - 1) % len(self.inputs)]
        v[: len(inputs)] += inputs
        neurons.spikes_old = neurons.spikes
        neurons.spikes = v > neurons.threshold
        neurons.spike_count += np.count_nonzero(neurons.spikes)


class Inhibitory(Behavior):
    """Drive and activity of the inhibitory units, from the excitatory activity before the step."""

    def initialize(self, neurons: NeuronGroup) -> None:
        self.noise = self.parameter("noise")
        self.random = self.parameter("random")
        state = self.parameter("state")
        neurons.threshold = state["Ti"][:, 0].astype(neurons.def_dtype)
        neurons.spikes = state["Y"][:, 1] > 0
        neurons.spikes_old = neurons.spikes

    def iteration(self, neurons: NeuronGroup) -> None:
        v = neurons.network.IE.weights.drive(neurons.network.E.spikes_old)
        if self.noise:
            v += SIGMA * self.random.standard_normal(neurons.size, neurons.def_dtype)
        neurons.spikes_old = neurons.spikes
        neurons.spikes = v > neurons.threshold


class IntrinsicPlasticity(Behavior):
    def iteration(self, neurons: NeuronGroup) -> None:
        neurons.threshold += ETA_IP * (neurons.spikes - TARGET_RATE)
        np.clip(neurons.threshold, 0, 1, out=neurons.threshold)


class STDP(Behavior):
    def iteration(self, synapses: SynapseGroup) -> None:
        synapses.weights.stdp(synapses.src.spikes_old, synapses.src.spikes)


class StructuralPlasticity(Behavior):
    def initialize(self, synapses: SynapseGroup) -> None:
        self.random = self.parameter("random")

    def iteration(self, synapses: SynapseGroup) -> None:
        if self.random.random() >= SP_PROBABILITY:
            return
        while True:
            pre, post = self.random.integers(synapses.src.size, size=2)
            if pre != post and synapses.weights.add(pre, post):
                return


class InhibitorySTDP(Behavior):
    def iteration(self, synapses: SynapseGroup) -> None:
        synapses.weights.inhibitory_stdp(synapses.src.spikes_old, synapses.dst.spikes)


class Scaling(Behavior):
    def iteration(self, synapses: SynapseGroup) -> None:
        synapses.weights.scale()


class Matrix:
    """Weights [pre][post]; 0 means that there is no synapse."""

    def __init__(self, weights: np.ndarray) -> None:
        self.w = weights
        self.changes = inhibitory_changes().astype(weights.dtype)

    def drive(self, spikes: np.ndarray) -> np.ndarray:
        return self.w[spikes].sum(axis=0)

    def inhibitory_stdp(self, spikes: np.ndarray, active: np.ndarray) -> None:
        w = self.w[spikes]
        w += self.changes[active.view(np.int8)] * (w > 0)
        self.w[spikes] = np.clip(w, 0, 1, out=w)

    def scale(self) -> None:
        sums = self.w.sum(axis=0)
        sums[sums == 0] = 1
        self.w /= sums

    def matrix(self) -> np.ndarray:
        return self.w


class TransposedMatrix:
    """Weights [post][pre], so that the weights of a unit, which scaling divides, are neighbours."""

    def __init__(self, weights: np.ndarray) -> None:
        self.w = weights.T.copy()
        self.changed = np.ones(len(self.w), bool)  # units since the last division of their weights

    def drive(self, spikes: np.ndarray) -> np.ndarray:
        return self.w[:, spikes].sum(axis=1)

    def stdp(self, old: np.ndarray, new: np.ndarray) -> None:
        before, after, both = np.flatnonzero(old), np.flatnonzero(new), np.flatnonzero(old & new)
        unchanged = np.ix_(both, both)  # pairs with a rise and a fall
        kept = self.w[unchanged]
        raised = np.ix_(after, before)
        w = self.w[raised]
        w += ETA_STDP * (w > 0)
        self.w[raised] = np.minimum(w, 1, out=w)
        lowered = np.ix_(before, after)
        w = self.w[lowered]
        w -= ETA_STDP
        self.w[lowered] = np.maximum(w, 0, out=w)
        self.w[unchanged] = kept
        self.changed |= old
        self.changed |= new

    def add(self, pre: int, post: int) -> bool:
        if self.w[post, pre] > 0:
            return False
        self.w[post, pre] = SP_WEIGHT
        self.changed[post] = True
        return True

    def scale(self) -> None:
        units = np.flatnonzero(self.changed)
        w = self.w[units]
        sums = w.sum(axis=1)
        sums[sums == 0] = 1
        w /= sums[:, np.newaxis]
        self.w[units] = w
        self.changed.fill(False)

    def matrix(self) -> np.ndarray:
        return self.w.T


class Edges:
    """The existing synapses, sorted by postsynaptic and then presynaptic unit."""

    def __init__(self, weights: np.ndarray) -> None:
        self.shape = weights.shape
        self.post, self.pre = np.nonzero(weights.T)
        self.w = weights[self.pre, self.post]
        self.changes = inhibitory_changes()

    def drive(self, spikes: np.ndarray) -> np.ndarray:
        self.driven = spikes[self.pre]
        active = np.flatnonzero(self.driven)
        return np.bincount(self.post[active], self.w[active], self.shape[1]).astype(float, copy=False)  # int if empty

    def stdp(self, old: np.ndarray, new: np.ndarray) -> None:
        raised = self.driven & new[self.post]
        lowered = old[self.post] & new[self.pre]
        both = raised & lowered
        up, down = np.flatnonzero(raised ^ both), np.flatnonzero(lowered ^ both)
        self.w[up] = np.minimum(self.w[up] + ETA_STDP, 1)
        self.w[down] -= ETA_STDP
        self._remove(down)

    def add(self, pre: int, post: int) -> bool:
        begin, end = np.searchsorted(self.post, (post, post + 1))
        place = begin + np.searchsorted(self.pre[begin:end], pre)
        if place < end and self.pre[place] == pre:
            return False
        self.post = np.insert(self.post, place, post)
        self.pre = np.insert(self.pre, place, pre)
        self.w = np.insert(self.w, place, SP_WEIGHT)
        return True

    def inhibitory_stdp(self, spikes: np.ndarray, active: np.ndarray) -> None:
        edges = np.flatnonzero(self.driven)  # the activity before the step, which has driven the units
        w = self.w[edges]
        w += self.changes[active.view(np.int8)[self.post[edges]]]
        self.w[edges] = np.minimum(w, 1, out=w)
        self._remove(edges)

    def scale(self) -> None:
        self.w /= np.bincount(self.post, self.w, self.shape[1])[self.post]

    def _remove(self, edges: np.ndarray) -> None:
        """Removes those of the given synapses that have lost their weight."""
        lost = edges[self.w[edges] <= 0]
        if len(lost):
            self.post, self.pre, self.w = (np.delete(each, lost) for each in (self.post, self.pre, self.w))

    def matrix(self) -> np.ndarray:
        matrix = np.zeros(self.shape)
        matrix[self.pre, self.post] = self.w
        return matrix


# By style: the classes of W_EE and of W_EI, and the precision.
STYLES = {
    "dense": (TransposedMatrix, Matrix, np.float64),
    "dense32": (TransposedMatrix, Matrix, np.float32),
    "edges": (Edges, Edges, np.float64),
}


def build(state: State, style: str, inputs: np.ndarray, *, quiet: bool = False) -> Network:
    """The network of a state, which reads one row of `inputs` in each step.

    A quiet network has no noise and no structural plasticity.
    """
    excitatory_weights, inhibitory_weights, dtype = STYLES[style]
    random = np.random.default_rng(1)
    ne, ni = state["Wie"].shape
    shared = {"state": state, "noise": not quiet, "random": random}
    network = Network(settings={"dtype": dtype})
    # A key is the place of a behavior in a step.
    excitatory = {1: Excitatory(inputs=inputs.astype(dtype), **shared), 4: IntrinsicPlasticity()}
    NeuronGroup(network, ne, excitatory, tag="E")
    NeuronGroup(network, ni, {2: Inhibitory(**shared)}, tag="I")
    structural = {} if quiet else {5: StructuralPlasticity(random=random)}
    ee = SynapseGroup(network, "E", "E", tag="EE", behavior={3: STDP(), **structural, 7: Scaling()})
    ei = SynapseGroup(network, "I", "E", tag="EI", behavior={6: InhibitorySTDP(), 8: Scaling()})
    ie = SynapseGroup(network, "E", "I", tag="IE")
    ee.weights = excitatory_weights(state["Wee"].astype(dtype))
    ei.weights = inhibitory_weights(state["Wei"].astype(dtype))
    ie.weights = Matrix(state["Wie"].astype(dtype))
    network.initialize(info=False)
    return network


def check(state: State, style: str, quiet: State) -> None:
    """Checks that a quiet network fires like that of this package and ends with its weights and thresholds."""
    network = build(state, style, quiet["inputs"].T, quiet=True)
    for step, expected in enumerate(quiet["E"]):
        network.simulate_iteration()
        np.testing.assert_array_equal(network.E.spikes, expected, f"spikes of step {step}")
    tolerance = 0 if style == "edges" else 1e-9
    for name, group in (("Wee", network.EE), ("Wei", network.EI)):
        np.testing.assert_allclose(group.weights.matrix(), quiet[name], rtol=0, atol=tolerance, err_msg=name)
    np.testing.assert_array_equal(network.E.threshold, quiet["Te"][:, 0])


def main() -> None:
    state, style, steps = dict(np.load(sys.argv[1])), sys.argv[2], int(sys.argv[3])
    ne = len(state["Te"])
    inputs = np.random.default_rng(1).random((ne // 20, steps)).T.copy()
    if style != "dense32":
        check(state, style, dict(np.load(Path(sys.argv[1]).with_suffix(".quiet.npz"))))

    def measure() -> dict[str, object]:
        network = build(state, style, inputs)
        time = seconds(lambda: network.simulate_iterations(steps, batch_size=steps, measure_block_time=False))
        return {
            "step": time / steps,
            "synapses": int(np.count_nonzero(network.EE.weights.matrix())),
            "activity": network.E.spike_count / (steps * ne),
            "versions": versions("numpy", "PymoNNto"),
        }

    serve(measure)


if __name__ == "__main__":
    main()

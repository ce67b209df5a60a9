"""Writes the initial states for the sides of compare_peers.py: python grow_state.py NE NEW.npz OLD.npz.

A new network of the default parameters loses most of its weak synapses within some thousand steps and then grows
others, so the time of a step depends on the age of the network. All sides begin with the same synapses. Beside each
state stands its continuation without noise and structural plasticity, NEW.quiet.npz and OLD.quiet.npz: the inputs, the
spikes of every step, and the weights and thresholds at the end. A side can check its own step with it.
"""

import sys
from pathlib import Path

import numpy as np

from sorn import Network

QUIET_STEPS = 1000
SIZE = {"nu": int(sys.argv[1]) // 20, "mu_ip": 0.1}
RNG = np.random.default_rng(1)


def write(network: Network, path: str) -> None:
    state = network.state
    np.savez(path, **state)
    quiet = Network(state=state, seed=1, **SIZE)
    inputs = RNG.random((SIZE["nu"], QUIET_STEPS))
    spikes = quiet.run(inputs, noise=False, freeze=["sp"], record=["E"])["E"]
    np.savez(Path(path).with_suffix(".quiet.npz"), inputs=inputs, E=spikes, **quiet.state)


network = Network(ne=int(sys.argv[1]), seed=1, **SIZE)
write(network, sys.argv[2])
network.run(RNG.random((SIZE["nu"], 150_000)))
write(network, sys.argv[3])

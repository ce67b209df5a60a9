"""Writes the state that the sides of compare_peers.py begin with: python grow_state.py STATE.npz.

A new network of the default parameters loses most of its weak synapses within some thousand steps. All sides
begin after that, with the same synapses.
"""

import sys

import numpy as np

from sorn import Network

network = Network(seed=1, mu_ip=0.1)
network.run(np.random.default_rng(1).random((10, 10_000)))
np.savez(sys.argv[1], **network.state)

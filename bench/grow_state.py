"""Writes the states that the sides of compare_peers.py begin with: python grow_state.py NEW.npz OLD.npz.

A new network of the default parameters loses most of its weak synapses within some thousand steps and then grows
others, so that what a step costs depends on the network's age. All sides begin with the same synapses.
"""

import sys

import numpy as np

from sorn import Network

network = Network(seed=1, mu_ip=0.1)
np.savez(sys.argv[1], **network.state)
network.run(np.random.default_rng(1).random((10, 150_000)))
np.savez(sys.argv[2], **network.state)

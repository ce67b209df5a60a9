"""Writes the initial states for the sides of compare_peers.py: python grow_state.py NEW.npz OLD.npz.

A new network of the default parameters loses most of its weak synapses within some thousand steps and then grows
others, so the time of a step depends on the age of the network. All sides begin with the same synapses.
"""

import sys

import numpy as np

from sorn import Network

network = Network(seed=1, mu_ip=0.1)
np.savez(sys.argv[1], **network.state)
network.run(np.random.default_rng(1).random((10, 150_000)))
np.savez(sys.argv[2], **network.state)

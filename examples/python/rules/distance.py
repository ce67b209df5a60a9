"""Structural plasticity that depends on distance (Butz and van Ooyen 2013): near units get a synapse more often."""

import math

import numpy as np

import sorn


def distances(positions):
    """The distances (ne, ne) of units at positions (ne, 2): the memory with which the rule begins."""
    dx, dy = (positions[None, :, axis] - positions[:, None, axis] for axis in (0, 1))
    return np.sqrt(dx * dx + dy * dy)


# rule: begin
@sorn.rule(changes=["WEE"], memory="pairs", most_new=200)
def distance(s, p=0.1, sigma=0.2, weight=0.01):
    memory = s.memory
    for post in s.units:
        pre = int(s.uniform(post) * s.wee.n_pre)
        z = memory[post - s.units.start, pre] / sigma
        if pre != post and s.uniform(post, 1) < p * math.exp(-0.5 * z * z):
            s.wee.make(pre, post, weight)


# rule: end
# distance.replace(memory=distances(positions)) is the rule for units at these positions.

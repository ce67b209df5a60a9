"""A variant in this package as a side of compare_authors.py: python side_variant.py VARIANT AGE STEPS REPEATS.

AGE is the number of steps before the measurement. A new network, of age 0, is built REPEATS times for each measurement,
with different seeds; an older one continues from one measurement to the next.
"""

import sys

import numpy as np
from side import seconds, serve, versions

from sorn import Network

VARIANT = sys.argv[1]
AGE, STEPS, REPEATS = map(int, sys.argv[2:])
PIECE = 100_000  # steps of one call
ACTIVITY_STEPS = 200
# Variants whose authors let them learn to count: the words, whose letters each have a pool of units.
COUNTING = {"sorn_v2_tasks": ("ABBBBC", "DEEEEF"), "lazar2009": ("ABBBBC", "DEEEEF")}
POOL = 10
RNG = np.random.default_rng(1)


def inputs(steps: int) -> np.ndarray | None:
    """Inputs of shape (units of all pools, steps), or none."""
    if VARIANT not in COUNTING:
        return None
    words = COUNTING[VARIANT]
    letters = sorted(set("".join(words)))
    shown = "".join(RNG.choice(words) for _ in range(steps // len(words[0]) + 1))[:steps]
    drive = np.zeros((len(letters), steps))
    drive[[letters.index(letter) for letter in shown], np.arange(steps)] = 1
    return np.repeat(drive, POOL, axis=0)


def network(seed: int) -> Network:
    size = {"nu": POOL * len(set("".join(COUNTING[VARIANT])))} if VARIANT in COUNTING else {}
    return Network(variant=VARIANT, seed=seed, **size)


def main() -> None:
    old = network(0)
    for _ in range(AGE // PIECE):
        old.run(inputs(PIECE), PIECE)
    drive = inputs(STEPS)

    def measure() -> dict[str, object]:
        networks = [old] if AGE else [network(seed) for seed in range(REPEATS)]

        def run() -> None:
            for each in networks:
                each.run(drive, STEPS)

        time = seconds(run) / (STEPS * len(networks))
        spikes = networks[0].run(inputs(ACTIVITY_STEPS), ACTIVITY_STEPS, record=["E"])["E"]
        return {
            "step": time,
            "synapses": networks[0].connection_counts[0],
            "activity": float(spikes.mean()),
            "versions": versions("numpy", "sorn"),
        }

    serve(measure)


if __name__ == "__main__":
    main()

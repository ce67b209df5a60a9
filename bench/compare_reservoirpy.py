"""Compares the speed of a SORN with that of ReservoirPy's own reservoirs, all within ReservoirPy, in turns in one run.

    python bench/compare_reservoirpy.py [--rounds N] [--units N] [--steps N]

It needs an environment with this package and ReservoirPy: pip install '.[reservoirpy]'. Each round runs every node
once, on one core, over the same series of one feature; the ratios in a row compare measurements of the same round.
Every node has its defaults, apart from what the row says. Prints a table in Markdown.
"""

import argparse
import os

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")  # before NumPy is imported

import numpy as np  # noqa: E402
from peer_tables import divided, processor, spread  # noqa: E402
from reservoirpy.node import Node  # noqa: E402
from reservoirpy.nodes import LIF, LocalPlasticityReservoir, Reservoir  # noqa: E402
from side import seconds, versions  # noqa: E402

from sorn.reservoirpy import SORN  # noqa: E402

PLASTIC_STEPS = 100  # of ReservoirPy's plastic node, whose steps take milliseconds and do not get faster in longer runs
OURS_REPEATED = 10  # or the measurement would be too short
PACKAGES = ("sorn", "reservoirpy", "numpy")
PLASTIC = "all five rules"
# By row: which of our nodes, and which of theirs.
ROWS = {
    "`LocalPlasticityReservoir.fit`": (PLASTIC, "local"),
    "`LocalPlasticityReservoir.fit` with normalised synapses": (PLASTIC, "normalised"),
    "`Reservoir.run`, which learns nothing": (PLASTIC, "reservoir"),
    "`LIF.run`, which learns nothing": (PLASTIC, "lif"),
    "`Reservoir.run`": ("frozen", "reservoir"),
    "`LIF.run`": ("frozen", "lif"),
}


def round_of(nodes: dict[str, Node], x: np.ndarray) -> dict[str, float]:
    """Seconds of a step of each node."""
    times = {}
    for name, node in nodes.items():
        calls = OURS_REPEATED if isinstance(node, SORN) else 1
        learns = isinstance(node, LocalPlasticityReservoir)
        series, call = (x[:PLASTIC_STEPS], node.fit) if learns else (x, node.run)
        times[name] = 0.0
        for _ in range(calls):
            node.reset()
            times[name] += seconds(lambda call=call, series=series: call(series)) / (calls * len(series))
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--units", type=int, default=200)
    parser.add_argument("--steps", type=int, default=2000)
    options = parser.parse_args()

    x = np.random.default_rng(1).uniform(-1, 1, (options.steps, 1))
    nodes = {
        PLASTIC: SORN(options.units, plasticity="on", seed=1),
        "frozen": SORN(options.units, seed=1),
        "local": LocalPlasticityReservoir(options.units, seed=1),
        "normalised": LocalPlasticityReservoir(options.units, synapse_normalization=True, seed=1),
        "reservoir": Reservoir(options.units, seed=1),
        "lif": LIF(options.units, seed=1),
    }
    for node in nodes.values():
        node.initialize(x)
    rounds = [round_of(nodes, x) for _ in range(options.rounds)]
    micro = {name: [1e6 * each[name] for each in rounds] for name in nodes}

    print(f"One core of {processor()}; {', '.join(' '.join(each) for each in versions(*PACKAGES).items())}.")
    print(
        f"Median of {options.rounds} interleaved rounds and, in brackets, their range; processor time of a step in µs."
    )
    print(f"{options.units} units, runs of {options.steps:,} steps, one feature.")
    print("\n| of ReservoirPy | SORN | µs | of ReservoirPy, µs | ratio |\n|---|---|---|---|---|")
    for what, (ours, theirs) in ROWS.items():
        ratio = spread(divided(micro[theirs], micro[ours]))
        print(f"| {what} | {ours} | {spread(micro[ours])} | {spread(micro[theirs])} | {ratio} |")


if __name__ == "__main__":
    main()

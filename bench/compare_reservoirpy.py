"""Compares the speed of a SORN with that of ReservoirPy's own reservoirs, all within ReservoirPy, in turns in one run.

    python bench/compare_reservoirpy.py [--jax] [--rounds N] [--units N] [--steps N]

It needs an environment with this package and ReservoirPy: pip install '.[reservoirpy]'. Each round runs every node
once, on one core, over the same series of one feature; the ratios in a row compare measurements of the same round.
Every node has its defaults, apart from what the row says. Prints a table in Markdown.

With --jax the other side is the Reservoir of reservoirpy.jax, which JAX compiles, in longer runs. The package does not
depend on JAX; an environment for this comparison has it besides: pip install '.[reservoirpy]' jax. A round before
those that count compiles, and a measurement ends when the result is there.
"""

import argparse
import os
from collections.abc import Callable
from typing import Any

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")  # before NumPy is imported

import numpy as np  # noqa: E402
from peer_tables import divided, processor, spread  # noqa: E402
from reservoirpy.nodes import LIF, LocalPlasticityReservoir, Reservoir  # noqa: E402
from side import seconds, versions  # noqa: E402

from sorn.reservoirpy import SORN  # noqa: E402

PLASTIC_STEPS = 100  # of ReservoirPy's plastic node, whose steps take milliseconds and do not get faster in longer runs
LONG_ENOUGH = 20_000  # steps of one measurement of ours; shorter runs are repeated
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
JAX_ROWS = {
    "`jax.nodes.Reservoir.run`, which learns nothing": (PLASTIC, "sparse"),
    "`jax.nodes.Reservoir.run` of dense weights, which learns nothing": (PLASTIC, "dense"),
    "`jax.nodes.Reservoir.run`": ("frozen", "sparse"),
    "`jax.nodes.Reservoir.run` of dense weights": ("frozen", "dense"),
}

Call = Callable[[np.ndarray], Any]


def numpy_nodes(units: int) -> dict[str, Any]:
    return {
        "local": LocalPlasticityReservoir(units, seed=1),
        "normalised": LocalPlasticityReservoir(units, synapse_normalization=True, seed=1),
        "reservoir": Reservoir(units, seed=1),
        "lif": LIF(units, seed=1),
    }


def jax_nodes(units: int, x: np.ndarray) -> dict[str, Any]:
    """The reservoir as its defaults make it, and with the same weights as dense arrays: here that is faster."""
    # JAX makes a thread for each core that it may use, before the first call.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    from reservoirpy.jax.nodes import Reservoir as JaxReservoir

    sparse = JaxReservoir(units, seed=1)
    sparse.initialize(x)
    return {"sparse": sparse, "dense": JaxReservoir(units, W=sparse.W.todense(), Win=sparse.Win.todense())}


def ready(run: Call) -> Call:
    """A call that returns when the result is there; JAX returns before."""
    import jax

    return lambda x: jax.block_until_ready(run(x))


def round_of(nodes: dict[str, Any], calls: dict[str, Call], x: np.ndarray) -> dict[str, float]:
    """Seconds of a step of each node."""
    times = {}
    for name, node in nodes.items():
        series = x[:PLASTIC_STEPS] if isinstance(node, LocalPlasticityReservoir) else x
        repeated = max(1, LONG_ENOUGH // len(x)) if isinstance(node, SORN) else 1
        times[name] = 0.0
        for _ in range(repeated):
            node.reset()
            times[name] += seconds(lambda name=name, series=series: calls[name](series)) / (repeated * len(series))
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jax", action="store_true", help="compare with the Reservoir of reservoirpy.jax")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--units", type=int, default=200)
    parser.add_argument("--steps", type=int, help="steps of a run; by default 2,000, and 200,000 with --jax")
    options = parser.parse_args()
    steps = options.steps or (200_000 if options.jax else 2000)

    x = np.random.default_rng(1).uniform(-1, 1, (steps, 1))
    theirs = jax_nodes(options.units, x) if options.jax else numpy_nodes(options.units)
    nodes = {PLASTIC: SORN(options.units, plasticity="on", seed=1), "frozen": SORN(options.units, seed=1), **theirs}
    for node in nodes.values():
        if not node.initialized:
            node.initialize(x)
    calls = {
        name: node.fit if isinstance(node, LocalPlasticityReservoir) else ready(node.run) if options.jax else node.run
        for name, node in nodes.items()
    }
    if options.jax:
        round_of(nodes, calls, x)  # compiles
    rounds = [round_of(nodes, calls, x) for _ in range(options.rounds)]
    micro = {name: [1e6 * each[name] for each in rounds] for name in nodes}

    packages = ("sorn", "reservoirpy", "numpy", *(["jax"] if options.jax else []))
    print(f"One core of {processor()}; {', '.join(' '.join(each) for each in versions(*packages).items())}.")
    print(
        f"Median of {options.rounds} interleaved rounds and, in brackets, their range; processor time of a step in µs."
    )
    print(f"{options.units} units, runs of {steps:,} steps, one feature.")
    print("\n| of ReservoirPy | SORN | µs | of ReservoirPy, µs | ratio |\n|---|---|---|---|---|")
    for what, (ours, other) in (JAX_ROWS if options.jax else ROWS).items():
        ratio = spread(divided(micro[other], micro[ours]))
        print(f"| {what} | {ours} | {spread(micro[ours])} | {spread(micro[other])} | {ratio} |")


if __name__ == "__main__":
    main()

"""The cost model of docs/scaling.md: fits its constants, checks them, and makes predictions.

    python3 bench/scaling_model.py fit SHARES.jsonl        constants from lines of measure_share, of one network
    python3 bench/scaling_model.py check NE RANKS SYNAPSES  the predicted work of one rank
    python3 bench/scaling_model.py table                    networks of up to 10⁹ synapses on up to 1,000 ranks
    python3 bench/scaling_model.py picture FILE.png         the same as a figure; needs matplotlib

SYNAPSES is the number of plastic synapses of the whole network per excitatory unit.
"""

import argparse
import dataclasses
import json
import math
import statistics
from pathlib import Path


@dataclasses.dataclass(frozen=True)
class Machine:
    """The cost of a step, in seconds and bytes, if a tenth of the units fires. "Unit" is an excitatory unit; the number
    of inhibitory units is a fifth of the number of excitatory ones."""

    synapse: float  # per plastic synapse of the rank, including the cost of its units
    row: float  # per unit of the network that has a synapse on this rank
    unit: float  # per unit of the network, on any rank
    # The same for a rank that has synapses of less than half of the units: then it reads the bits of these units only.
    sparse_synapse: float
    sparse_unit: float
    latency: float  # per message
    bandwidth: float  # bytes per second
    # Bytes, counted in the code.
    bytes_of_synapse: float = 22.3
    bytes_of_unit: float = 63.0
    bytes_of_sparse_unit: float = 42.0  # the index has no row for most units
    bytes_of_own_unit: float = 108.0 + 24.0 * 8.0  # includes its share of W_IE, here 8 synapses per unit


# Two shared cores of an AMD EPYC with 32 MB of cache; ranks share memory. A sparse rank fits into the caches.
HERE = Machine(
    synapse=3.4e-9,
    row=3.5e-9,
    unit=2.1e-9,
    sparse_synapse=5.4e-9,
    sparse_unit=0.10e-9,
    latency=0.6e-6,
    bandwidth=30e9,
)
# The same processors with all data outside the caches, and an assumed network.
CLUSTER = dataclasses.replace(HERE, sparse_synapse=10e-9, sparse_unit=0.28e-9, latency=2e-6, bandwidth=10e9)


def is_sparse(ranks, synapses):
    return synapses / ranks < math.log(2)


def work(m, ne, ranks, synapses):
    """Seconds of computation of one rank per step, for `synapses` per unit."""
    own = synapses / ranks
    if is_sparse(ranks, synapses):
        return ne * (m.sparse_synapse * own + m.sparse_unit)
    return ne * (m.synapse * own + m.row * (1 - math.exp(-own)) + m.unit)


def message_bytes(ne, ranks):
    """The message bytes of all ranks: a bit for each excitatory unit, inhibitory unit and unit with an input."""
    return ne * (1 + 0.2 + 0.05) / 8 + 32 * ranks


def collective(m, ne, ranks, hops=None):
    """Seconds of the collective calls: one in each step, and a second one for a new synapse in a tenth of the steps."""
    if ranks == 1:
        return 0.0
    hops = ranks - 1 if hops is None else hops
    return 1.1 * hops * m.latency + message_bytes(ne, ranks) * (ranks - 1) / ranks / m.bandwidth


def step(m, ne, ranks, synapses):
    """Seconds of a step, if a call consists of ⌈log₂ ranks⌉ consecutive messages."""
    return work(m, ne, ranks, synapses) + collective(m, ne, ranks, math.ceil(math.log2(ranks)) if ranks > 1 else 0)


def memory(m, ne, ranks, synapses):
    """The memory of one rank in bytes."""
    unit = m.bytes_of_sparse_unit if is_sparse(ranks, synapses) else m.bytes_of_unit
    return ne * (unit + (m.bytes_of_own_unit + m.bytes_of_synapse * synapses) / ranks)


def solve(rows, values):
    """Minimises the squared relative error by the normal equations."""
    scaled = [[x / value for x in row] for row, value in zip(rows, values, strict=True)]
    n = len(rows[0])
    a = [[sum(r[i] * r[j] for r in scaled) for j in range(n)] + [sum(r[i] for r in scaled)] for i in range(n)]
    for i in range(n):
        a[i] = [x / a[i][i] for x in a[i]]
        for k in range(n):
            if k != i:
                a[k] = [x - a[k][i] * y for x, y in zip(a[k], a[i], strict=True)]
    return [a[i][n] for i in range(n)]


def fit(file):
    rows, values, names = [], [], []
    shares = [json.loads(line) for line in file.read_text().splitlines()]
    sparse = [is_sparse(1, share["synapses"] / share["ne"]) for share in shares]
    if any(sparse) != all(sparse):
        raise SystemExit("give sparse ranks or others: they have different constants")
    for share in shares:
        ne, own = share["ne"], share["synapses"] / share["ne"]
        rows.append([own, 1.0] if all(sparse) else [own, 1 - math.exp(-own), 1.0])
        values.append(statistics.median(share["work"]) / ne)
        names.append((ne, share["ranks"]))
    constants = solve(rows, values)
    print("ns of a synapse, a row unless the ranks are sparse, a unit:", *(f"{1e9 * c:.2f}" for c in constants))
    for (ne, ranks), row, value in zip(names, rows, values, strict=True):
        predicted = sum(c * x for c, x in zip(constants, row, strict=True))
        print(
            f"{ne:>9} {ranks:5} ranks: measured {1e3 * ne * value:9.3f} ms, fitted {1e3 * ne * predicted:9.3f} ms,"
            f" {100 * (predicted / value - 1):+.0f}%"
        )


RANKS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]
SYNAPSES = 24  # per unit, in W_EE and W_EI, after a thousand steps with lambda_ee = 20
BUILT = 27.4  # per unit in a new network; the memory of removed synapses is not freed


def table():
    for ne in (1_000_000, 10_000_000, 50_000_000):
        print(f"\n{ne * SYNAPSES:.3g} plastic synapses, {ne:.3g} units")
        alone = step(CLUSTER, ne, 1, SYNAPSES)
        for ranks in RANKS:
            seconds = step(CLUSTER, ne, ranks, SYNAPSES)
            exchanged = collective(CLUSTER, ne, ranks, math.ceil(math.log2(ranks)) if ranks > 1 else 0)
            ring = collective(CLUSTER, ne, ranks)  # ranks − 1 consecutive messages
            print(
                f"| {ranks:,} | {1e3 * seconds:.3g} ms | {alone / seconds:.3g} | {100 * alone / seconds / ranks:.0f}% |"
                f" {1e3 * exchanged:.2g} ms | {1e3 * ring:.2g} ms | {memory(CLUSTER, ne, ranks, BUILT) / 1e9:.3g} GB |"
            )


def picture(file, measured):
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, (time, space) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    ranks = [10 ** (k / 40) for k in range(121)]
    for ne, colour in ((1_000_000, "C0"), (10_000_000, "C1"), (50_000_000, "C2")):
        label = f"{ne * SYNAPSES / 1e6:,.0f} million synapses"
        seconds = [work(CLUSTER, ne, r, SYNAPSES) + collective(CLUSTER, ne, r, math.log2(r)) for r in ranks]
        time.loglog(ranks, seconds, colour, label=label)
        time.loglog(ranks, [seconds[0] / r for r in ranks], colour, linewidth=0.8, linestyle=":")
        space.loglog(ranks, [memory(CLUSTER, ne, r, BUILT) / 1e9 for r in ranks], colour, label=label)
    for ne, points in measured.items():
        colour = "C0" if ne == 1_000_000 else "C2"
        time.plot(*zip(*((r, s) for r, s, _ in points), strict=True), colour, marker="o", markersize=4, linestyle="")
        space.plot(*zip(*((r, b) for r, _, b in points), strict=True), colour, marker="o", markersize=4, linestyle="")
    time.set(xlabel="ranks", ylabel="seconds a step")
    space.set(xlabel="ranks", ylabel="GB on each rank")
    time.legend(frameon=False, fontsize=8)
    for axes in (time, space):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25)
    figure.savefig(file, dpi=150)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("fit").add_argument("file", type=Path)
    check = actions.add_parser("check")
    for name in ("ne", "ranks", "synapses"):
        check.add_argument(name, type=float)
    actions.add_parser("table")
    actions.add_parser("picture").add_argument("file", type=Path)
    options = parser.parse_args()
    if options.action == "fit":
        fit(options.file)
    elif options.action == "check":
        seconds = work(HERE, options.ne, options.ranks, options.synapses)
        size = memory(HERE, options.ne, options.ranks, BUILT)
        print(f"{1e3 * seconds:.4g} ms of work, {size / 1e9:.4g} GB")
    elif options.action == "table":
        table()
    else:
        picture(options.file, MEASURED)


# Results of measure_ranks and measure_share: ranks, seconds of work per step, GB per rank.
MEASURED = {
    1_000_000: [
        (1, 0.0940, 1.02),
        (4, 0.0286, 0.329),
        (8, 0.0167, 0.201),
        (16, 0.0102, 0.132),
        (32, 0.00684, 0.0904),
        (64, 0.00240, 0.0687),
        (256, 0.000626, 0.0519),
        (1000, 0.000243, 0.0472),
    ],
    50_000_000: [(20, 0.583, 5.79), (100, 0.149, 2.84), (300, 0.0652, 2.34), (1000, 0.0275, 2.16)],
}

if __name__ == "__main__":
    main()

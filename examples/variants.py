"""Each published SORN in its first steps, side by side: connections, activity, and the weights at the end.

    python examples/variants.py [--out docs/images/variants.png] [--steps 100000] [--ne 200] [--seed 1]

Runs the command `sorn` for each variant, without input. Prints a line of numbers for each, and draws one figure.
"""

import argparse
import shutil
import subprocess
import tempfile
from pathlib import Path

import h5py
import numpy as np

VARIANTS = (
    "nambusubramaniyan2021",
    "lazar2009",
    "zheng2013",
    "hartmann2015",
    "delpapa2017",
    "sorn_v2",
    "sorn_v2_tasks",
)
SMALLEST = 1e-4  # left end of the histogram of weights; smaller ones count as this
LINE, PALE = "#0072B2", "#A6CBE3"


def run(command: str, variant: str, ne: int, steps: int, seed: int) -> dict[str, np.ndarray]:
    """The fraction of connections and the mean activity before each step, and the weights W_EE at the end."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.h5"
        settings = ["--variant", variant, "--set", f"ne={ne}", "--steps", str(steps), "--seed", str(seed)]
        subprocess.run([command, "simulate", *settings, "--record", "E,C", "--out", path, "--quiet"], check=True)
        with h5py.File(path) as file:
            return {
                "connections": file["recordings/C"][:] / (ne * (ne - 1)),
                "activity": file["recordings/E"][:].mean(axis=1),
                "weights": file["state/Wee/data"][:],
            }


def windows(values: np.ndarray, count: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """The steps at the ends of up to `count` equal windows, and the windows as rows."""
    length = max(1, len(values) // count)
    rows = values[: len(values) // length * length].reshape(-1, length)
    return np.arange(1, len(rows) + 1) * length, rows


def draw(results: dict[str, dict[str, np.ndarray]], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    from matplotlib.ticker import NullFormatter

    figure, grid = plt.subplots(
        3, len(results), figsize=(2.1 * len(results), 6.2), sharex="row", sharey="row", layout="constrained"
    )
    bins = np.logspace(np.log10(SMALLEST), 0, 41)
    for (variant, result), (connections, activity, weights) in zip(results.items(), grid.T, strict=True):
        connections.set_title(variant, fontsize=9)
        step, rows = windows(result["connections"])
        connections.plot(step, 100 * rows[:, -1], color=LINE)
        step, rows = windows(result["activity"])
        mean = 100 * rows.mean(axis=1)
        spread = 100 * rows.std(axis=1)
        activity.fill_between(step, mean - spread, mean + spread, color=PALE, linewidth=0)
        activity.plot(step, mean, color=LINE)
        share = np.full(len(result["weights"]), 100 / len(result["weights"]))
        weights.hist(result["weights"].clip(SMALLEST), bins=bins, weights=share, color=LINE)
        weights.set_xscale("log")
        weights.xaxis.set_minor_formatter(NullFormatter())
    first = grid[:, 0]
    first[0].set_ylabel("connections\n(% of all pairs)")
    first[1].set_ylabel("active units\n(%, mean ± sd in time)")
    first[2].set_ylabel("weights at the end\n(% of the synapses)")
    first[0].set_ylim(0)
    first[1].set_ylim(0)
    for axes in grid.flat:
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=8)
        if axes not in grid[2]:
            last = results["zheng2013"]["activity"].size
            axes.set_xticks([0, last / 2, last], ["0", f"{last / 2:,.0f}", f"{last:,}"])
    for column in grid.T:
        column[1].set_xlabel("step", fontsize=8)
        column[2].set_xlabel("weight", fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("variants.png"))
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--ne", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--command", default=shutil.which("sorn") or "sorn", help="the program sorn")
    options = parser.parse_args()

    results = {}
    for variant in VARIANTS:
        result = results[variant] = run(options.command, variant, options.ne, options.steps, options.seed)
        connections, activity = result["connections"], result["activity"]
        print(
            f"{variant:<22} connections {connections[0]:.1%} at first, {connections.min():.1%} at the fewest, "
            f"{connections[-1]:.1%} at the end; activity {activity[-1000:].mean():.1%} ± {activity[-1000:].std():.1%}"
        )
    draw(results, options.out)
    print(f"figure: {options.out}")


if __name__ == "__main__":
    main()

"""A network reads a text, letter by letter, and organises itself; then its activity is used to predict the next letter.

    python examples/text.py TEXT [--out results/demo] [--steps 40000] [--ne 2000] [--seed 1]

Every symbol (a to z and space) drives a random pool of excitatory units. A plasticity phase, in which the network reads
the first nine tenths of the text again and again, changes its weights and thresholds. Then they stay as they are, and a
linear readout of the activity learns to name the next symbol on the same part of the text. It is tested on the last
tenth, which neither the network nor the readout has read. Beside it stand the same network without the plasticity
phase, and tables of what follows one symbol, or two, in the part that was read. Leaves a result file of each phase and
a raster plot.
"""

import argparse
import string
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

import sorn
from sorn import readout, sources

ALPHABET = string.ascii_lowercase + " "
READ = 0.9  # the share of the text that is read; the rest tests
POOL = 0.14  # units that a symbol drives, as a share of the excitatory units
RIDGE = 3.0  # regularisation of the readout


def letters_of(text: str) -> str:
    """The text in symbols of ALPHABET: case is dropped, and every run of other characters is one space."""
    return " ".join("".join(c if c in ALPHABET else " " for c in text.lower()).split()) + " "


def accuracy_of_table(read: str, unread: str, known: int) -> float:
    """How often the symbol that most often followed the last `known` ones in the text that was read comes next.

    Where these have not been read in this order, fewer are looked up.
    """
    tables: list[dict[str, Counter[str]]] = [defaultdict(Counter) for _ in range(known + 1)]
    for place, symbol in enumerate(read):
        for length in range(min(known, place) + 1):
            tables[length][read[place - length : place]][symbol] += 1

    def guess(before: str) -> str:
        length = next(k for k in range(known, -1, -1) if before[len(before) - k :] in tables[k])
        return tables[length][before[len(before) - length :]].most_common(1)[0][0]

    text = read[-known:] + unread if known else unread
    right = [guess(text[place - known : place]) == text[place] for place in range(known, len(text))]
    return float(np.mean(right))


def readout_accuracy(network: sorn.Network, read: str, unread: str, options: dict) -> tuple[float, sorn.Recordings]:
    """How often a linear readout names the next symbol of the unread text, and the recording of the network."""
    text = sources.Text(read + unread, onset=network.step_count, **options)
    recordings = network.run(
        text, len(read + unread), phase="training", noise=False, threads=1, record=["E", "I", "C", "symbol"]
    )
    states, following = recordings["E"][:-1], recordings["symbol"][1:]
    split = len(read) - 1
    trained = readout.ridge(states[:split], following[:split], RIDGE, bias=True)
    return readout.accuracy(following[split:], trained.predict(states[split:])), recordings


def draw_raster(excitatory: np.ndarray, inhibitory: np.ndarray, text: str, path: Path) -> None:
    """Draws the spikes of some units over the steps of `text`, whose letters label the time axis."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(10, 6), layout="constrained")
    steps, units = np.nonzero(excitatory)
    axes.scatter(steps, units, s=3, marker="|", color="#0072B2", label="excitatory")
    steps, units = np.nonzero(inhibitory)
    axes.scatter(steps, units + excitatory.shape[1], s=3, marker="|", color="#D55E00", label="inhibitory")
    axes.set(
        xlabel="letter read at each step", ylabel="unit", xlim=(-1, len(text)), title="Activity after self-organisation"
    )
    axes.set_xticks(range(len(text)), ["␣" if c == " " else c for c in text], fontsize=6, family="DejaVu Sans Mono")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.09), ncols=2, markerscale=4, frameon=False)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", type=Path)
    parser.add_argument("--out", type=Path, default=Path("results/demo"))
    parser.add_argument("--steps", type=int, default=40_000)
    parser.add_argument("--ne", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    text = letters_of(options.text.read_text(errors="replace"))
    split = int(READ * len(text))
    read, unread = text[:split], text[split:]
    pool = max(1, round(POOL * options.ne))
    shown = {"alphabet": ALPHABET, "pools": "overlapping", "pool_size": pool}

    network = sorn.Network(variant="sorn_v2_tasks", ne=options.ne, nu=pool, seed=options.seed)
    as_built = network.copy()
    print(f"{options.text.name}: {len(text):,} letters and spaces; each of {len(ALPHABET)} symbols drives {pool} units")
    print(f"network: {options.ne} excitatory and {network.state['Ti'].size} inhibitory units, seed {options.seed}")

    begin = time.perf_counter()
    plastic = network.run(
        sources.Text(read, **shown), options.steps, threads=1, record=["E", "C", "TE/100"], progress=sys.stderr.isatty()
    )
    seconds = time.perf_counter() - begin
    options.out.mkdir(parents=True, exist_ok=True)
    network.save(options.out / "plasticity.h5", plastic, overwrite=True)
    count = plastic["C"]
    print(f"plasticity phase: {options.steps:,} steps in {seconds:.1f} s, {options.steps / seconds:,.0f} steps/s")
    print(f"  excitatory connections: {count[0]:,} at first, {count.min():,} at the fewest, {count[-1]:,} at the end")
    rate = plastic["E"][-10_000:].mean()
    print(f"  mean rate of the last 10,000 steps: {rate:.3f} spikes a unit and step (target 0.100)")

    accuracy, recordings = readout_accuracy(network, read, unread, shown)
    accuracy_as_built, _ = readout_accuracy(as_built, read, unread, shown)
    print(f"then, with all plasticity off: next letter predicted, of {len(unread):,} that nothing has read")
    rows = {
        "linear readout of the network that organised itself": accuracy,
        "linear readout of the same network as it was built": accuracy_as_built,
        "table of what follows the last letter": accuracy_of_table(read, unread, 1),
        "table of what follows the last two letters": accuracy_of_table(read, unread, 2),
        "always the commonest symbol": accuracy_of_table(read, unread, 0),
    }
    for name, share in rows.items():
        print(f"  {share:.1%} right: {name}")

    network.save(options.out / "result.h5", recordings, overwrite=True)
    last, excitatory, inhibitory = 120, 250, 50
    draw_raster(
        recordings["E"][-last:, :excitatory],
        recordings["I"][-last:, :inhibitory],
        text[-last:],
        options.out / "raster.png",
    )
    print(
        f"results: {options.out / 'plasticity.h5'}, {options.out / 'result.h5'}: the two phases (try: sorn stats FILE)"
    )
    print(f"         {options.out / 'raster.png'}")


if __name__ == "__main__":
    main()

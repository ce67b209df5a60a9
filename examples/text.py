"""A network reads a text, letter by letter, and organises itself; then its activity is used to predict the next letter.

    python examples/text.py TEXT [--out results/demo] [--steps 100000] [--ne 400] [--seed 1]

Every symbol (a to z and space) drives one excitatory unit. A plasticity phase changes the network; in the training
phase that follows its weights stay as they are, and a linear readout of the excitatory activity is fitted to the next
symbol and tested on text that the fit has not seen. Leaves a result file of each phase and a raster plot.
"""

import argparse
import string
import sys
import time
from pathlib import Path

import numpy as np

import sorn

ALPHABET = string.ascii_lowercase + " "
TRAINING_STEPS = 12_000  # of which the last sixth tests the readout
RIDGE = 1.0  # regularisation of the readout


def symbols_of(text: str) -> np.ndarray:
    """The text as indices into ALPHABET: case is dropped, and every run of other characters is one space."""
    words = "".join(c if c in string.ascii_lowercase else " " for c in text.lower()).split()
    return np.array([ALPHABET.index(c) for c in " ".join(words) + " "])


def one_hot(symbols: np.ndarray) -> np.ndarray:
    """Inputs of shape (nu, T) with a single 1 in each column."""
    inputs = np.zeros((len(ALPHABET), len(symbols)))
    inputs[symbols, np.arange(len(symbols))] = 1.0
    return inputs


def readout_accuracy(activity: np.ndarray, following: np.ndarray, split: int) -> float:
    """Share of the symbols after `split` that a ridge regression, fitted to those before it, predicts."""
    states = np.column_stack([activity, np.ones(len(activity))]).astype(float)
    fit, target = states[:split], np.eye(len(ALPHABET))[following[:split]]
    weights = np.linalg.solve(fit.T @ fit + RIDGE * np.eye(fit.shape[1]), fit.T @ target)
    return float(np.mean((states[split:] @ weights).argmax(axis=1) == following[split:]))


def pair_accuracy(current: np.ndarray, following: np.ndarray, split: int) -> float:
    """The same for a table of which symbol most often follows which: what one symbol of memory can do."""
    counts = np.zeros((len(ALPHABET), len(ALPHABET)))
    np.add.at(counts, (current[:split], following[:split]), 1)
    return float(np.mean(counts.argmax(axis=1)[current[split:]] == following[split:]))


def draw_raster(excitatory: np.ndarray, inhibitory: np.ndarray, text: str, path: Path) -> None:
    """Draws the spikes of all units over the steps of `text`, whose letters label the time axis."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(10, 6), layout="constrained")
    steps, units = np.nonzero(excitatory)
    axes.scatter(steps, units, s=3, marker="|", color="#0072B2", label="excitatory")
    steps, units = np.nonzero(inhibitory)
    axes.scatter(steps, units + excitatory.shape[1], s=3, marker="|", color="#D55E00", label="inhibitory")
    axes.axhline(len(ALPHABET) - 0.5, color="0.4", linewidth=0.7)
    place = (1.005, (len(ALPHABET) - 1) / 2)
    axes.annotate("input\nunits", place, xycoords=("axes fraction", "data"), va="center", fontsize=8, color="0.3")
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
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--ne", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    text = symbols_of(options.text.read_text(errors="replace"))
    needed = options.steps + TRAINING_STEPS + 1
    stream = np.resize(text, needed)  # from the start again when the text ends
    inputs = one_hot(stream[:-1])

    network = sorn.Network(ne=options.ne, nu=len(ALPHABET), mu_ip=0.1, seed=options.seed)
    before = network.state
    print(f"{options.text.name}: {len(text):,} letters and spaces; each of {len(ALPHABET)} symbols drives one unit")
    print(f"network: {options.ne} excitatory and {before['Ti'].size} inhibitory units, seed {options.seed}")

    begin = time.perf_counter()
    plastic = network.run(inputs[:, : options.steps], record=["E", "C", "TE/100"], progress=sys.stderr.isatty())
    seconds = time.perf_counter() - begin
    options.out.mkdir(parents=True, exist_ok=True)
    network.save(options.out / "plasticity.h5", plastic, overwrite=True)
    rate = plastic["E"][-10_000:].mean()
    count = plastic["C"]
    print(f"plasticity phase: {options.steps:,} steps in {seconds:.1f} s, {options.steps / seconds:,.0f} steps/s")
    print(f"  excitatory connections: {count[0]:,} at first, {count.min():,} at the fewest, {count[-1]:,} at the end")
    target = 2 * len(ALPHABET) / options.ne
    print(f"  mean rate of the last 10,000 steps: {rate:.3f} spikes a unit and step (target {target:.3f})")

    recordings = network.run(inputs[:, options.steps :], phase="training", noise=False, record=["E", "I", "R", "C"])
    current, following = stream[options.steps : -1], stream[options.steps + 1 :]
    split = TRAINING_STEPS * 5 // 6
    accuracy = readout_accuracy(recordings["E"], following, split)
    commonest = np.mean(following[split:] == np.bincount(following[:split]).argmax())
    print(f"training phase: {TRAINING_STEPS:,} steps with all plasticity off, then a linear readout of the activity")
    print(f"  next letter predicted: {accuracy:.1%} right on text that the readout has not seen")
    print(
        f"  for comparison: {pair_accuracy(current, following, split):.1%} from the current letter alone, "
        f"{commonest:.1%} by always saying the commonest symbol"
    )

    network.save(options.out / "result.h5", recordings, overwrite=True)
    shown = 120
    draw_raster(
        recordings["E"][-shown:],
        recordings["I"][-shown:],
        "".join(ALPHABET[s] for s in current[-shown:]),
        options.out / "raster.png",
    )
    print(
        f"results: {options.out / 'plasticity.h5'}, {options.out / 'result.h5'}: the two phases (try: sorn stats FILE)"
    )
    print(f"         {options.out / 'raster.png'}")


if __name__ == "__main__":
    main()

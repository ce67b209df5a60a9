"""Statistics of this package and of NumPy, alternately in one process: seconds of each, and the ratio of their medians.

    python bench/bench_statistics.py [--steps 1000000] [--neurons 200] [--rounds 5]

The code for NumPy computes the same in the usual way: np.corrcoef; np.diff of np.nonzero for each neuron; run lengths
of a threshold on the summed activity. Both begin with the same uint8 array of spikes.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np

from sorn import Network, Statistics


def numpy_correlation(train: np.ndarray) -> np.ndarray:
    return np.corrcoef(train.T)


def numpy_intervals(train: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    cv, lv = [], []
    for neuron in range(train.shape[1]):
        intervals = np.diff(np.nonzero(train[:, neuron])[0])
        cv.append(intervals.std() / intervals.mean())
        lv.append(3 * np.mean((np.diff(intervals) / (intervals[1:] + intervals[:-1])) ** 2))
    return np.array(cv), np.array(lv)


def numpy_avalanches(train: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    activity = train.sum(axis=1, dtype=np.int64)
    threshold = activity.mean() / 2
    above = activity > threshold
    edges = np.diff(above.astype(np.int8))
    starts, ends = np.nonzero(edges == 1)[0] + 1, np.nonzero(edges == -1)[0] + 1
    ends = ends[ends > starts[0]]
    starts = starts[: len(ends)]
    excess = np.concatenate([[0.0], np.cumsum(activity - threshold)])
    return excess[ends] - excess[starts], ends - starts


def seconds(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--neurons", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()

    train = Network(ne=options.neurons, mu_ip=0.1, seed=1).run(time_steps=options.steps, record=["E"])["E"]
    print(f"spike train of shape {train.shape}, {train.mean():.3f} spikes a neuron and step, {options.rounds} rounds")

    ours_cv, ours_lv = Statistics.isi_cv(train), Statistics.isi_lv(train)
    np.testing.assert_allclose((ours_cv, ours_lv), numpy_intervals(train), rtol=1e-12)
    np.testing.assert_allclose(Statistics.avalanches(train)[0], numpy_avalanches(train)[0], rtol=1e-6)
    np.testing.assert_allclose(Statistics.avg_corr_coeff(train)[0], numpy_correlation(train), atol=1e-12)

    measures = {
        "correlation matrix": (lambda: Statistics.avg_corr_coeff(train), lambda: numpy_correlation(train)),
        "interval CV and LV": (
            lambda: (Statistics.isi_cv(train), Statistics.isi_lv(train)),
            lambda: numpy_intervals(train),
        ),
        "avalanches": (lambda: Statistics.avalanches(train), lambda: numpy_avalanches(train)),
    }
    for name, (ours, theirs) in measures.items():
        pairs = [(seconds(ours), seconds(theirs)) for _ in range(options.rounds)]
        mine, other = (statistics.median(column) for column in zip(*pairs, strict=True))
        ratios = sorted(b / a for a, b in pairs)
        print(
            f"{name:20} {mine:8.3f} s beside {other:8.3f} s of NumPy: ratio {statistics.median(ratios):6.1f} "
            f"({ratios[0]:.1f} to {ratios[-1]:.1f})"
        )


if __name__ == "__main__":
    main()

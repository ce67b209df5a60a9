"""The counting task of Lazar, Pipa & Triesch 2009: which letter follows, after n equal ones?

A network sees the words A B…B C and D E…E F in random order, with n letters in the middle. It organises itself, then
all plasticity ends, and a linear readout learns to predict each letter from the activity before it. To know when C or F
comes, the network must have counted.

    python examples/counting.py [n]
"""

import sys

import numpy as np

import sorn
from sorn import sources


def last_letters(n: int, seed: int, *, plastic: bool) -> float:
    """The share of the last letters, C and F, that the readout predicts."""
    words = sources.Counting(n, pool_size=10)
    network = sorn.Network(variant="lazar2009", nu=10, seed=seed)
    network.run(words, 50_000, phase="plasticity" if plastic else "training")
    train = network.run(words, 5_000, phase="training", record=["R", "symbol"])
    test = network.run(words, 5_000, phase="training", record=["R", "symbol"])

    # R is the activity that the network would have had without the letter. Least squares, without a bias.
    weights = np.linalg.pinv(train["R"].astype(float)) @ np.eye(6)[train["symbol"]]
    predicted = (test["R"] @ weights).argmax(axis=1)
    last = np.isin(test["symbol"], [words.alphabet.index(letter) for letter in "CF"])
    return float((predicted == test["symbol"])[last].mean())


if __name__ == "__main__":
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 8
    for plastic in (True, False):
        shares = [last_letters(n, seed, plastic=plastic) for seed in range(3)]
        print(f"n = {n}, {'plastic' if plastic else 'static '}: {np.mean(shares):.2f} of the last letters")

"""Scores of three reservoirs of equal size in the tasks of docs/tasks.md.

    python examples/reservoir_tasks.py [--seeds 10] [--units 200] [--only counting]

A SORN that organises itself on the first 20,000 steps and is then frozen; the same SORN without plasticity; and the
echo state network of ReservoirPy. Each has the setting that was best of a few for seeds from 100 on, which the table
does not use. All see the same inputs, and have the same readout. It needs ReservoirPy: pip install 'sorn[reservoirpy]'.
The default takes about one minute on one core.
"""

import argparse
from collections.abc import Callable

import numpy as np
from reservoirpy.mat_gen import uniform
from reservoirpy.node import Node
from reservoirpy.nodes import Reservoir

from sorn import experiments, tasks
from sorn.reservoirpy import SORN
from sorn.tasks import Task

ORGANISING = 20_000  # steps, before those that a readout is trained and tested on
LENGTHS = {"washout": ORGANISING + 500, "train_steps": 4000, "test_steps": 2000}


def text_by_heart(seed: int) -> Task:
    """The text of the experiment sornv2-text, again and again; it is the same for all seeds."""
    text = str(experiments.load("sornv2-text").to_dict()["source"]["text"])
    steps = sum(LENGTHS.values())
    shown = (text * (steps // len(text) + 1))[: steps + 1]
    return tasks.text_prediction(shown, train_share=1 - LENGTHS["test_steps"] / steps, washout=LENGTHS["washout"])


TASKS: dict[str, Callable[[int], Task]] = {
    "memory capacity": lambda seed: tasks.memory_capacity(40, seed=seed, **LENGTHS),
    "NARMA-10, error": lambda seed: tasks.narma(10, seed=seed, **LENGTHS),
    "delayed XOR, delay 2": lambda seed: tasks.delayed_xor(2, seed=seed, **LENGTHS),
    "delayed parity of 3 bits, delay 1": lambda seed: tasks.delayed_parity(3, 1, seed=seed, **LENGTHS),
    "counting to 8, last letter": lambda seed: tasks.counting(8, "last_letter", seed=seed, **LENGTHS),
    "counting to 8, position": lambda seed: tasks.counting(8, "position", seed=seed, **LENGTHS),
    "counting to 14, last letter": lambda seed: tasks.counting(14, "last_letter", seed=seed, **LENGTHS),
    "place in a random sequence of 50": lambda seed: tasks.random_sequence(50, seed=seed, **LENGTHS),
    "place in a random sequence of 500": lambda seed: tasks.random_sequence(500, seed=seed, **LENGTHS),
    "grammar FDT, next letter": lambda seed: tasks.grammar(seed=seed, **LENGTHS),
    "text of 1,366 characters, next one": text_by_heart,
}
# By task: how the input drives an organised SORN, and one that is frozen from the start; and the values of Reservoir.
VALUES = {"Win": uniform, "input_connectivity": 0.3}
LETTERS = ({"pools": 10}, {"pools": 10}, {"sr": 0.9})
SETTINGS = {
    "memory capacity": (VALUES, VALUES, {"sr": 1.0, "input_scaling": 0.1}),
    "NARMA-10, error": (VALUES | {"input_connectivity": 1.0}, VALUES, {"sr": 0.8}),
    "delayed XOR, delay 2": ({"pools": 40}, {"pools": 10}, {"sr": 0.6}),
    "delayed parity of 3 bits, delay 1": ({"pools": 40}, {"pools": 10}, {"sr": 0.6}),
    "place in a random sequence of 50": ({"pools": 7}, {"pools": 7}, {"sr": 0.9}),
    "place in a random sequence of 500": ({"pools": 5}, {"pools": 5}, {"sr": 0.9}),
    "grammar FDT, next letter": ({"pools": 7}, {"pools": 7}, {"sr": 1.0}),
    "text of 1,366 characters, next one": ({"pools": 7}, {"pools": 7}, {"sr": 0.6}),
}


def score(task: Task, node: Node, organises: bool) -> float:
    inputs = task.inputs if task.symbols is None else task.one_hot
    if organises:
        node.fit(inputs[:ORGANISING])
    states = np.zeros((len(inputs), node.output_dim))
    states[ORGANISING:] = node.run(inputs[ORGANISING:])  # nothing before is read
    return tasks.evaluate(task, states).score


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--units", type=int, default=200)
    parser.add_argument("--only", default="", help="only the rows with this in their name")
    options = parser.parse_args()

    print("| task | floor | organised SORN | frozen SORN | echo state network |\n|---|---|---|---|---|")
    for name, make in TASKS.items():
        if options.only not in name:
            continue
        organised, frozen, echo = SETTINGS.get(name, LETTERS)
        scores, floors = [], []
        for seed in range(options.seeds):
            task = make(seed)
            floors.append(task.floor)
            nodes = (
                SORN(options.units, variant="lazar2009", seed=seed, **organised),
                SORN(options.units, variant="lazar2009", seed=seed, **frozen),
                Reservoir(options.units, seed=seed, **echo),
            )
            scores.append([score(task, node, k == 0) for k, node in enumerate(nodes)])
        cells = [f"{mean:.3g} ± {sd:.2g}" for mean, sd in zip(np.mean(scores, 0), np.std(scores, 0), strict=True)]
        print(f"| {name} | {np.mean(floors):.2g} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()

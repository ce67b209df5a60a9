"""Compares the speed of this engine with the pure-Python package `sorn`, interleaved in one run.

The peer has our module's name, so that each side runs in a Python of its own:

    python bench/compare_pure_python.py --ours PYTHON --peer PYTHON [--rounds 5]

where each PYTHON is the interpreter of a virtual environment with that side installed (for the peer:
``pip install sorn==0.7.3 "matplotlib<3.9"``; newer matplotlib lacks what it imports). Both simulate the same task:
ne = 200, defaults, mu_ip = 0.1 (the peer's default), all five rules, noise on, uniform random inputs, one core.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile

OURS = """
import json, sys, time
import numpy as np, sorn
steps = int(sys.argv[1])
inputs = np.random.default_rng(1).random((10, steps))
network = sorn.Network(seed=1, mu_ip=0.1)
begin = time.perf_counter()
network.run(inputs)
print(json.dumps(steps / (time.perf_counter() - begin)))
"""

PEER = """
import json, logging, sys, time
import numpy as np
from sorn import Simulator
logging.disable(logging.CRITICAL)
steps = int(sys.argv[1])
inputs = np.random.default_rng(1).random((10, steps))
state, _ = Simulator.simulate_sorn(inputs=inputs[:, :1], phase="plasticity", timesteps=1, noise=True)
begin = time.perf_counter()
Simulator.simulate_sorn(inputs=inputs, phase="plasticity", matrices=state, timesteps=steps, noise=True)
print(json.dumps(steps / (time.perf_counter() - begin)))
"""


def steps_per_second(python: str, program: str, steps: int) -> float:
    """Runs one side's program in its interpreter, on one thread, in an empty folder, and returns its figure."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "Agg"}
    command = [os.path.abspath(python), "-c", program, str(steps)]
    with tempfile.TemporaryDirectory() as folder:  # the peer writes a log into the current folder
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, cwd=folder)
    return float(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ours", required=True, metavar="PYTHON")
    parser.add_argument("--peer", required=True, metavar="PYTHON")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--our-steps", type=int, default=200_000)
    parser.add_argument("--peer-steps", type=int, default=100)
    options = parser.parse_args()

    ours, peer = [], []
    for number in range(1, options.rounds + 1):
        peer.append(steps_per_second(options.peer, PEER, options.peer_steps))
        ours.append(steps_per_second(options.ours, OURS, options.our_steps))
        print(f"round {number}: ours {ours[-1]:,.0f} steps/s, peer {peer[-1]:.1f} steps/s", flush=True)
    ratios = [a / b for a, b in zip(ours, peer, strict=True)]
    for name, values in (("ours, steps/s", ours), ("peer, steps/s", peer), ("ratio", ratios)):
        print(f"{name:14} median {statistics.median(values):12,.1f}   {min(values):,.1f} – {max(values):,.1f}")


if __name__ == "__main__":
    main()

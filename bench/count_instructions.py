"""Compares the number of instructions per step with bench/instructions.json, and fails if it is much larger.

    python bench/count_instructions.py BUILD        # needs BUILD/bench/count_steps and valgrind
    SORN_REGENERATE=1 python bench/count_instructions.py BUILD    # writes the current numbers into the file

The number of instructions does not depend on the load of the machine or on its processor: under valgrind the engine
uses its AVX2 kernels on any x86-64 machine with AVX2. It depends on the compiler, which the file names.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

BUDGETS = Path(__file__).with_name("instructions.json")
MARGIN = 0.15
WARM_UP_STEPS = 500
STEPS = {"200": 2000, "1000": 300}  # by the number of excitatory units
TOP = 10


def count(program: Path, ne: str, profile: Path) -> tuple[int, str]:
    """Instructions per step, without building the network, and the compiler. Writes callgrind's profile."""
    callgrind = ["valgrind", "--tool=callgrind", "--toggle-collect=sorn_counted_steps"]
    callgrind.append(f"--callgrind-out-file={profile}")
    command = [*callgrind, str(program), ne, str(WARM_UP_STEPS), str(STEPS[ne])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr}")
    totals = [line for line in profile.read_text().splitlines() if line.startswith("totals:")]
    return int(totals[0].split()[1]) // STEPS[ne], done.stdout.strip()


def dearest_functions(profile: Path) -> str:
    """The functions with the most instructions."""
    done = subprocess.run(["callgrind_annotate", str(profile)], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    first = next(n for n, line in enumerate(lines) if "file:function" in line) + 2
    return "\n".join(line[:160] for line in lines[first : first + TOP])


def main() -> None:
    if shutil.which("valgrind") is None:
        sys.exit("valgrind is missing: scripts/install-dependencies.sh tests installs it")
    if " avx2 " not in Path("/proc/cpuinfo").read_text():
        print("not counted: bench/instructions.json is for AVX2 kernels, and this processor has no AVX2")
        return
    program = Path(sys.argv[1]) / "bench" / "count_steps"
    budgets = json.loads(BUDGETS.read_text())
    counts, dear = {}, []
    with tempfile.TemporaryDirectory() as folder:
        for ne in STEPS:
            profile = Path(folder) / ne
            counts[ne], compiler = count(program, ne, profile)
            budget = budgets["instructions_per_step"][ne]
            print(f"{ne} units: {counts[ne]:,} instructions a step, {counts[ne] / budget:.1%} of {budget:,}")
            if counts[ne] > (1 + MARGIN) * budget:
                dear.append(f"Most of the instructions of {ne} units:\n{dearest_functions(profile)}")

    if os.environ.get("SORN_REGENERATE"):
        text = json.dumps({"compiler": compiler, "instructions_per_step": counts}, indent=2)
        BUDGETS.write_text(text + "\n")
        print(f"wrote {BUDGETS}")
    elif dear:
        print(*dear, sep="\n\n")
        if compiler != budgets["compiler"]:
            print(
                f"\nThe compiler is {compiler}, the budgets are of {budgets['compiler']}: this can be the only reason."
            )
        sys.exit(
            f"\nA step takes over {MARGIN:.0%} more instructions than bench/instructions.json says. Find out why.\n"
            "If this is intended, run this program with SORN_REGENERATE=1, which updates the file."
        )


if __name__ == "__main__":
    main()

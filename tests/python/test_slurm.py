"""The job array that carries out a sweep, without Slurm."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

from conftest import REPOSITORY

import sorn

FOLDER = REPOSITORY / "examples" / "slurm"
DESIGN = """
[parameters]
ne = 50
[run]
steps = 50
seed = 3
[sweep]
statistics = ["mean_rate", "ee_synapses"]
seeds = 2
[sweep.grid]
eta_stdp = [0.002, 0.004]
"""


def submit(tmp_path: Path, task: int, tasks: int) -> subprocess.CompletedProcess:
    variables = {
        **os.environ,
        "SORN_ENVIRONMENT": sys.prefix,
        "SORN_PROGRAM": str(FOLDER / "sweep_array.py"),
        "SLURM_ARRAY_TASK_ID": str(task),
        "SLURM_ARRAY_TASK_COUNT": str(tasks),
        "SLURM_CPUS_PER_TASK": "1",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    command = ["bash", FOLDER / "sweep-array.sh", "sweep.toml", "results"]
    return subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True)


def test_array_makes_the_table_of_the_sweep_and_repeats_nothing(tmp_path) -> None:
    (tmp_path / "sweep.toml").write_text(DESIGN)
    join = [sys.executable, FOLDER / "sweep_array.py", "sweep.toml", "results", "--join"]
    done = submit(tmp_path, 1, 2)
    assert done.returncode == 0, done.stderr
    early = subprocess.run(join, cwd=tmp_path, capture_output=True, text=True)
    assert "2 of 4 runs are missing, the first is 0" in early.stderr

    marked = tmp_path / "results" / "run-000001.pickle"
    written = marked.stat().st_mtime_ns
    assert submit(tmp_path, 0, 1).returncode == 0
    assert marked.stat().st_mtime_ns == written
    subprocess.run(join, cwd=tmp_path, check=True)

    table = sorn.sweep(str(tmp_path / "sweep.toml"))
    with open(tmp_path / "results" / "table.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["mean_rate"]) for row in rows] == list(table["mean_rate"])
    assert [float(row["eta_stdp"]) for row in rows] == list(table["eta_stdp"])
    assert list(rows[0]) == list(table)

"""Runs that are killed go on from their checkpoints, in the same bits. bench/kill_runs.py kills a thousand."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import REPOSITORY, sorn_command

sys.path.insert(0, str(REPOSITORY / "bench"))
from kill_runs import RESULT, Moment, Plan, checkpoint_steps, content, differences, live

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the script looks into /proc"),
    pytest.mark.kills,
    pytest.mark.slow,
]

TIMEOUT = 600  # seconds


class FirstFile(Moment):
    """When a file appears whose name holds a text."""

    def __init__(self, part: str) -> None:
        self.suffix, self.passes_over, self.last = part, 0, set()


def test_killed_runs_end_with_the_same_bits(tmp_path: Path) -> None:
    script = [sys.executable, str(REPOSITORY / "bench" / "kill_runs.py"), "--command", sorn_command()]
    arguments = ["--kills", "20", "--steps", "60000", "--every", "4000", "--seed", "1"]
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [*script, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=TIMEOUT
    )
    assert done.returncode == 0, done.stderr
    rows = dict(line.rsplit("  ", 1) for line in done.stdout.splitlines() if "  " in line)
    values = {name.strip(): value.strip() for name, value in rows.items()}
    assert int(values["kills"].split()[0]) >= 20
    assert values["runs that came to their end"] == values["… and equal the reference"] != "0"


def test_files_of_killed_processes_are_removed(tmp_path: Path) -> None:
    plan = Plan(sorn_command(), steps=20000, every=4000, driven=False)
    assert live(plan.begin(), tmp_path, None).code == 0
    reference = content(tmp_path / RESULT)

    # Before the first checkpoint there is nothing to go on from, and the run begins anew.
    (tmp_path / RESULT).unlink()
    (tmp_path / f"{RESULT}.partial").write_bytes(b"sorn: unfinished, with some rows")
    gone = subprocess.Popen(["true"])
    gone.wait()
    left = tmp_path / f".sorn-{gone.pid}-0.tmp"
    left.write_bytes(b"half a result")
    assert live(plan.begin(), tmp_path, FirstFile(f"{RESULT}.checkpoint-4000")).code != 0
    assert checkpoint_steps(tmp_path)

    assert not left.exists()

    left = tmp_path / ".sorn-0123456789abcdef.tmp"
    left.write_bytes(b"half a checkpoint")
    last = ["--checkpoint-every", str(plan.steps)]
    assert live([*plan.resume(), *last], tmp_path, None).code == 0
    assert not differences(tmp_path / RESULT, reference)
    assert os.listdir(tmp_path) == [RESULT]


def test_a_running_run_cannot_be_resumed(tmp_path: Path) -> None:
    plan = Plan(sorn_command(), steps=60000, every=4000, driven=False)
    assert live(plan.begin(), tmp_path, None).code == 0
    reference = content(tmp_path / RESULT)
    (tmp_path / RESULT).unlink()

    with subprocess.Popen(plan.begin(), cwd=tmp_path) as process:
        deadline = time.monotonic() + TIMEOUT
        while len(checkpoint_steps(tmp_path)) < 2 and time.monotonic() < deadline:
            time.sleep(0.001)
        process.send_signal(signal.SIGSTOP)
        try:
            for arguments in (plan.begin(), plan.resume(), plan.resume(f"{RESULT}.checkpoint-0")):
                assert live(arguments, tmp_path, None).code == 4
        finally:
            process.send_signal(signal.SIGCONT)
        assert process.wait(TIMEOUT) == 0
    assert not differences(tmp_path / RESULT, reference)
    assert os.listdir(tmp_path) == [RESULT]

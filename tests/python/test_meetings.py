"""Commands that meet at one result file: one is held at each of its calls in turn, while another does all it can."""

from __future__ import annotations

import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import REPOSITORY, sorn_command

sys.path.insert(0, str(REPOSITORY / "bench"))
from kill_runs import RESULT, checkpoint_steps, content, differences

pytestmark = [
    pytest.mark.skipif(
        sys.platform != "linux" or platform.libc_ver()[0] != "glibc",
        reason="the library that holds a call is for glibc",
    ),
    pytest.mark.kills,
    pytest.mark.slow,
]

TIMEOUT = 60  # seconds; what takes longer hangs
CALLS = "flock,rename,unlink,open,look,truncate"
CALLS_THAT_CHANGE_NAMES = "flock,rename,unlink,open"
BEGIN = ["--seed", "3", "--set", "ne=50", "--record", "E", "--steps", "40", "--out", RESULT]
NEW = ["simulate", "--quiet", *BEGIN]
NEW_WITH_CHECKPOINTS = [*NEW, "--checkpoint-every", "15"]
RESUME = ["simulate", "--quiet", "--resume", RESULT]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which(os.environ.get("CXX", "c++"))
    if compiler is None:
        pytest.skip("there is no C++ compiler")
    library = tmp_path_factory.mktemp("library") / "faulty_disk.so"
    source = REPOSITORY / "tests" / "faults" / "faulty_disk.cpp"
    subprocess.run([compiler, "-std=c++17", "-shared", "-fPIC", source, "-o", library, "-ldl"], check=True)
    return library


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> dict:
    folder = tmp_path_factory.mktemp("reference")
    assert run(folder, NEW)[0] == 0
    return content(folder / RESULT)


def run(folder: Path, arguments: list[str]) -> tuple[int, str]:
    command = [sorn_command(), *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=TIMEOUT)
    return done.returncode, done.stderr


class Held:
    """A command that is held at one of its calls."""

    def __init__(
        self, library: Path, folder: Path, meeting: Path, arguments: list[str], at: int, calls: str = CALLS
    ) -> None:
        for name in ("reached", "go", "log"):
            meeting.with_suffix(f".{name}").unlink(missing_ok=True)
        self.meeting = meeting
        environment = os.environ | {
            "LD_PRELOAD": str(library),
            "FAULTY_UNDER": str(folder),
            "FAULTY_CALLS": calls,
            "FAULTY_AT": str(at),
            "FAULTY_MEET": str(meeting),
            "FAULTY_LOG": str(meeting.with_suffix(".log")),
        }
        self.process = subprocess.Popen(
            [sorn_command(), *arguments], cwd=folder, env=environment, stderr=subprocess.PIPE, text=True
        )
        deadline = time.monotonic() + TIMEOUT
        while not self.is_held() and self.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.001)

    def is_held(self) -> bool:
        return self.meeting.with_suffix(".reached").exists()

    def call(self) -> str:
        return self.meeting.with_suffix(".log").read_text().splitlines()[-1]

    def goes_on(self) -> tuple[int, str]:
        self.meeting.with_suffix(".go").touch()
        _, errors = self.process.communicate(timeout=TIMEOUT)
        return self.process.returncode, errors

    def is_killed(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate(timeout=TIMEOUT)


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory: pytest.TempPathFactory, library: Path) -> Path:
    """What a run leaves that was killed after its second checkpoint."""
    folder = tmp_path_factory.mktemp("interrupted")
    meeting = tmp_path_factory.mktemp("meeting") / "meeting"
    for at in range(1, 1000):
        held = Held(library, folder, meeting, NEW_WITH_CHECKPOINTS, at)
        steps = checkpoint_steps(folder)
        held.is_killed()
        if steps == [15, 0] and held.call().startswith("open"):
            return folder
        for path in folder.iterdir():
            path.unlink()
    raise AssertionError("the run never had two checkpoints")


BEGINNINGS = {
    "two new ones": (False, NEW, NEW),
    "two new ones with checkpoints": (False, NEW_WITH_CHECKPOINTS, NEW_WITH_CHECKPOINTS),
    "one without, one with checkpoints": (False, NEW, NEW_WITH_CHECKPOINTS),
    "one with, one without checkpoints": (False, NEW_WITH_CHECKPOINTS, NEW),
    "a new one, and one resumed": (False, NEW_WITH_CHECKPOINTS, RESUME),
    "one resumed, and a new one": (True, RESUME, NEW_WITH_CHECKPOINTS),
    "two resumed": (True, RESUME, RESUME),
}


@pytest.mark.parametrize("killed", [False, True], ids=["goes on", "is killed"])
@pytest.mark.parametrize(("begun", "first", "second"), BEGINNINGS.values(), ids=BEGINNINGS.keys())
def test_simultaneous_commands_lose_no_data(
    library: Path,
    interrupted: Path,
    reference: dict,
    tmp_path: Path,
    begun: bool,
    first: list[str],
    second: list[str],
    killed: bool,
) -> None:
    folder, meeting = tmp_path / "run", tmp_path / "meeting"
    for at in range(1, 1000, 3 if killed else 1):
        shutil.rmtree(folder, ignore_errors=True)
        if begun:
            shutil.copytree(interrupted, folder)
        else:
            folder.mkdir()
        held = Held(library, folder, meeting, first, at, CALLS_THAT_CHANGE_NAMES if killed else CALLS)
        if not held.is_held():  # the command has fewer calls
            assert at > 5
            assert held.goes_on() == (0, "")
            break
        told = f"call {at}, {held.call()}"
        other = run(folder, second)
        assert other[0] in (0, 4), f"{told}: {other}"
        if killed:
            held.is_killed()
        else:
            one = held.goes_on()
            assert one[0] in (0, 4), f"{told}: {one}"
            assert 0 in (one[0], other[0]), f"{told}: {one}, {other}"
        if not (folder / RESULT).exists() or checkpoint_steps(folder):
            code, errors = run(folder, RESUME if checkpoint_steps(folder) else NEW)
            assert killed, told
            assert code == 0, f"{told}: {errors}"
        assert not differences(folder / RESULT, reference), told
        if killed:  # and what it has left goes away with the next writer in the folder
            assert run(folder, ["init", "--quiet", "--seed", "1", "--set", "ne=50", "--out", "other.h5"])[0] == 0
            (folder / "other.h5").unlink()
        assert os.listdir(folder) == [RESULT], told
    else:
        raise AssertionError("the command never came to its end")

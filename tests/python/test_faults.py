"""Disks that fail: at whatever call it happens, a run says so, loses nothing that was safe, and goes on afterwards."""

from __future__ import annotations

import errno
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np
import pytest
from conftest import REPOSITORY, sorn_command

sys.path.insert(0, str(REPOSITORY / "bench"))
from kill_runs import RESULT, checkpoint_steps, content, differences, loads

pytestmark = [
    pytest.mark.skipif(
        sys.platform != "linux" or platform.libc_ver()[0] != "glibc", reason="the library that fails is for glibc"
    ),
    pytest.mark.kills,
]

NETWORK = ["--quiet", "--force", "--seed", "3", "--set", "ne=50"]
# Many chunks in few steps, so that the result grows between the checkpoints, too.
RUN = [*NETWORK, "--record", "E,C,WEE", "--steps", "300", "--out", RESULT]
CHECKPOINTS = ["--checkpoint-every", "100"]
RESUME = ["--quiet", "--resume", RESULT]
BEFORE = b"what was there before"
TIMEOUT = 60  # seconds; what takes longer hangs


@dataclass(frozen=True)
class Fault:
    """How a call fails: with an error, once or from then on, or, without one, by writing half."""

    error: int = 0
    stays: bool = False
    calls: str = "write,fsync,rename,truncate,open"

    def __str__(self) -> str:
        return f"{errno.errorcode[self.error]}{'-stays' if self.stays else ''}" if self.error else "short-writes"

    @property
    def reason(self) -> str:
        return os.strerror(self.error)


FULL = Fault(errno.ENOSPC, stays=True)
BROKEN = Fault(errno.EIO)
ERRORS = pytest.mark.parametrize("fault", [FULL, BROKEN], ids=str)


@dataclass
class Disk:
    """Runs commands on a disk that may fail."""

    library: Path
    log: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, command: list[str], folder: Path, fault: Fault = BROKEN, at: int = 0) -> subprocess.CompletedProcess:
        """What becomes of a command whose `at`-th call in `folder` fails; none if 0."""
        self.log.unlink(missing_ok=True)
        of_fault = {
            "LD_PRELOAD": str(self.library),
            "FAULTY_UNDER": str(folder),
            "FAULTY_CALLS": fault.calls,
            "FAULTY_AT": str(at),
            "FAULTY_STAYS": str(int(fault.stays)),
            "FAULTY_ERROR": str(fault.error),
            "FAULTY_LOG": str(self.log),
        }
        environment = os.environ | of_fault
        return subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=TIMEOUT
        )

    def calls(self) -> list[str]:
        """Of the last command: "<kind> <path>"."""
        return self.log.read_text().splitlines()

    def moments(self, writes: int = 8) -> list[int]:
        """Numbers of the calls of the last command that are to fail: all but the many writes, and some of those."""
        kinds = [call.split()[0] for call in self.calls()]
        of_writes = [n for n, kind in enumerate(kinds, 1) if kind == "write"]
        stride = max(1, len(of_writes) // writes)
        return sorted({n for n, kind in enumerate(kinds, 1) if kind != "write"} | set(of_writes[::stride]))


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Disk:
    compiler = shutil.which(os.environ.get("CXX", "c++"))
    if compiler is None:
        pytest.skip("there is no C++ compiler")
    folder = tmp_path_factory.mktemp("disk")
    library = folder / "faulty_disk.so"
    source = REPOSITORY / "tests" / "faults" / "faulty_disk.cpp"
    subprocess.run([compiler, "-std=c++17", "-shared", "-fPIC", source, "-o", library, "-ldl"], check=True)
    return Disk(library, folder / "log")


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> dict:
    folder = tmp_path_factory.mktemp("reference")
    assert simulate(folder, *RUN).returncode == 0
    return content(folder / RESULT)


def simulate(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    command = [sorn_command(), "simulate", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=TIMEOUT)


def fresh(folder: Path, before: Path | None = None) -> Path:
    """An empty folder, or one like `before`."""
    shutil.rmtree(folder, ignore_errors=True)
    if before is None:
        folder.mkdir()
        (folder / RESULT).write_bytes(BEFORE)
    else:
        shutil.copytree(before, folder)
    return folder


def assert_told(done: subprocess.CompletedProcess, fault: Fault) -> None:
    """The command failed as it should, and says of which file and why."""
    assert done.returncode == 4, done.stderr
    assert done.stderr.startswith("sorn: error: ")
    assert RESULT in done.stderr
    assert fault.reason in done.stderr


def assert_goes_on(folder: Path, reference: dict, errors: str) -> None:
    """On a disk that works again the run comes to its end: from its last checkpoint, or else from the start."""
    steps = checkpoint_steps(folder)
    if steps:
        assert loads(sorn_command(), folder / f"{RESULT}.checkpoint-{steps[0]}")
        done = simulate(folder, *RESUME)
    else:
        assert "resume" not in errors
        done = simulate(folder, *RUN, *CHECKPOINTS)
    assert done.returncode == 0, done.stderr
    assert not differences(folder / RESULT, reference)
    assert os.listdir(folder) == [RESULT]


@pytest.mark.slow
@ERRORS
def test_a_run_continues_after_any_failed_call(disk: Disk, tmp_path: Path, reference: dict, fault: Fault) -> None:
    command = [sorn_command(), "simulate", *RUN, *CHECKPOINTS]
    folder = tmp_path / "run"
    assert disk.run(command, fresh(folder)).returncode == 0
    for n in disk.moments():
        done = disk.run(command, fresh(folder), fault, n)
        told = f"call {n} of {len(disk.calls())}: {disk.calls()[n - 1]}: {done.stderr}"
        assert_told(done, fault)
        steps = checkpoint_steps(folder)
        if steps:
            assert f"then resume '{RESULT}', which goes on from step {steps[0]}" in done.stderr, told
        if f"rename {folder / RESULT}" not in disk.calls():
            assert (folder / RESULT).read_bytes() == BEFORE, told
        assert not list(folder.glob("*.tmp")), told
        assert_goes_on(folder, reference, done.stderr)


def killed_run(disk: Disk, folder: Path) -> None:
    """A run that ended in its third interval, by a disk that was full."""
    command = [sorn_command(), "simulate", *RUN, *CHECKPOINTS]
    assert disk.run(command, fresh(folder)).returncode == 0
    calls = disk.calls()
    after = calls.index(f"rename {folder / RESULT}.checkpoint-200")
    last = next(n for n in range(after, len(calls)) if calls[n] == f"write {folder / RESULT}.partial")
    assert disk.run(command, fresh(folder), FULL, last + 2).returncode == 4
    assert checkpoint_steps(folder) == [200, 100]
    assert (folder / f"{RESULT}.partial").exists()


def stopped_run(_disk: Disk, folder: Path) -> None:
    """A run that a signal stopped after a checkpoint, and whose result is in place therefore."""
    fresh(folder)
    arguments = [*NETWORK, "--record", "E,C,WEE/10", "--steps", "1e6", "--out", RESULT, "--checkpoint-every", "100"]
    process = subprocess.Popen([sorn_command(), "simulate", *arguments], cwd=folder, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + TIMEOUT
        while len(checkpoint_steps(folder)) < 2 and time.monotonic() < deadline:
            time.sleep(0.001)
        process.send_signal(signal.SIGTERM)
        assert process.wait(TIMEOUT) == 128 + signal.SIGTERM
    finally:
        process.kill()
        process.wait()
    assert loads(sorn_command(), folder / RESULT)


@pytest.mark.slow
@pytest.mark.parametrize("broken_off", [killed_run, stopped_run])
@ERRORS
def test_a_resumed_run_continues_after_any_failed_call(disk: Disk, tmp_path: Path, broken_off, fault: Fault) -> None:
    before, folder, undisturbed = tmp_path / "before", tmp_path / "run", tmp_path / "undisturbed"
    broken_off(disk, before)
    steps = checkpoint_steps(before)[0] + 150
    resume = [*RESUME, "--steps", str(steps)]
    assert simulate(fresh(undisturbed, before), *resume).returncode == 0
    reference = content(undisturbed / RESULT)

    command = [sorn_command(), "simulate", *resume]
    assert disk.run(command, fresh(folder, before)).returncode == 0
    for n in disk.moments():
        done = disk.run(command, fresh(folder, before), fault, n)
        assert_told(done, fault)
        newest = checkpoint_steps(folder)[0]
        assert newest >= checkpoint_steps(before)[0]
        assert loads(sorn_command(), folder / f"{RESULT}.checkpoint-{newest}")
        if not (folder / f"{RESULT}.partial").exists():  # then what was in the place of the result is back there
            assert loads(sorn_command(), folder / RESULT)
        done = simulate(folder, *resume)
        assert done.returncode == 0, done.stderr
        assert not differences(folder / RESULT, reference)
        assert os.listdir(folder) == [RESULT]


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["simulate", *RUN], ["init", *NETWORK, "--out", RESULT]], ids=lambda a: a[0])
@ERRORS
def test_without_checkpoints_an_existing_file_stays(
    disk: Disk, tmp_path: Path, arguments: list[str], fault: Fault
) -> None:
    command, folder = [sorn_command(), *arguments], tmp_path / "run"
    assert disk.run(command, fresh(folder)).returncode == 0
    reference = content(folder / RESULT)
    for n in disk.moments():
        done = disk.run(command, fresh(folder), fault, n)
        assert_told(done, fault)
        assert os.listdir(folder) == [RESULT]
        if (
            f"rename {folder / RESULT}" in disk.calls()[: n - 1]
        ):  # only whether it would survive a loss of power is open
            assert not differences(folder / RESULT, reference)
        else:
            assert (folder / RESULT).read_bytes() == BEFORE


@pytest.mark.slow
@ERRORS
def test_python_gets_an_error_with_the_reason(disk: Disk, tmp_path: Path, fault: Fault) -> None:
    program = f"""
import sorn
network = sorn.Network(ne=50, seed=3)
try:
    network.save("{RESULT}", overwrite=True)
except OSError as error:
    print(type(error).__name__, error)
"""
    command, folder = [sys.executable, "-c", program], tmp_path / "run"
    assert disk.run(command, fresh(folder)).stdout == ""
    for n in disk.moments(writes=3):
        done = disk.run(command, fresh(folder), fault, n)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("IoError cannot write")
        assert RESULT in done.stdout
        assert fault.reason in done.stdout
        assert os.listdir(folder) == [RESULT]


def test_short_writes_are_completed(disk: Disk, tmp_path: Path, reference: dict) -> None:
    short = Fault(stays=True, calls="write")
    command, folder = [sorn_command(), "simulate", *RUN], tmp_path / "run"
    for checkpoints in ([], CHECKPOINTS):
        done = disk.run([*command, *checkpoints], fresh(folder), short, at=1)
        assert done.returncode == 0, done.stderr
        assert not differences(folder / RESULT, reference)
        assert os.listdir(folder) == [RESULT]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own that is soon full."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("only root can mount a file system here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_really_full(small_disk: Path, tmp_path: Path) -> None:
    foreseen = simulate(small_disk, *NETWORK, "--record", "WEE", "--steps", "2000", "--out", RESULT)
    assert foreseen.returncode == 3
    assert "the disk has left" in foreseen.stderr
    assert os.listdir(small_disk) == []

    run = [*NETWORK, "--record", "WEI:dense", "--steps", "600", "--out", RESULT]  # more than fits, but not for sure
    assert simulate(tmp_path, *run).returncode == 0
    done = simulate(small_disk, *run, *CHECKPOINTS)
    assert_told(done, FULL)
    newest = checkpoint_steps(small_disk)[0]
    assert f"then resume '{RESULT}', which goes on from step {newest}" in done.stderr
    again = simulate(small_disk, *RESUME)  # nothing has been freed
    assert_told(again, FULL)

    subprocess.run(["mount", "-o", "remount,size=100m", str(small_disk)], check=True)
    done = simulate(small_disk, *RESUME)
    assert done.returncode == 0, done.stderr
    assert not differences(small_disk / RESULT, content(tmp_path / RESULT))
    assert os.listdir(small_disk) == [RESULT]


def test_the_fault_library_fails_at_the_given_call(disk: Disk, tmp_path: Path) -> None:
    """Or else the tests above would test nothing."""
    folder = tmp_path / "run"
    command = [sorn_command(), "simulate", *RUN, *CHECKPOINTS]
    assert disk.run(command, fresh(folder)).returncode == 0
    kinds = {call.split()[0] for call in disk.calls()}
    assert kinds == {"write", "fsync", "rename", "truncate", "open"}
    with h5py.File(folder / RESULT) as file:
        assert file["recordings/WEE/data"].id.get_num_chunks() > 1  # written while the run goes on


@pytest.fixture(scope="module")
def readable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with something of each kind that is read, and a checkpoint of a run that was interrupted."""
    folder = tmp_path_factory.mktemp("readable")
    assert simulate(folder, *RUN).returncode == 0
    os.rename(folder / RESULT, folder / "done.h5")
    inputs = np.random.default_rng(1).random((2, 300))
    np.save(folder / "in.npy", inputs)
    np.savetxt(folder / "in.csv", inputs.T, delimiter=",")
    with h5py.File(folder / "in.h5", "w") as file:
        file["x"] = inputs
    (folder / "run.toml").write_text("[run]\nsteps = 3\n")
    return folder


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["info", "done.h5"], "done.h5"),
        (["stats", "done.h5"], "done.h5"),
        (["simulate", "--state", "done.h5", "--steps", "1", "--out", RESULT], "done.h5"),
        (["simulate", "--inputs", "in.npy", "--out", RESULT], "in.npy"),
        (["simulate", "--inputs", "in.csv", "--out", RESULT], "in.csv"),
        (["simulate", "--inputs", "in.h5:/x", "--out", RESULT], "in.h5"),
        (["simulate", "--config", "run.toml", "--out", RESULT], "run.toml"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else value,
)
def test_unreadable_files_are_not_reported_as_damaged(
    disk: Disk, readable: Path, tmp_path: Path, arguments: list[str], name: str
) -> None:
    folder = fresh(tmp_path / "folder", readable)
    fault = Fault(errno.EIO, calls="read")
    command = [sorn_command(), *arguments]
    assert disk.run(command, folder, fault).returncode == 0
    of_file = [n for n, call in enumerate(disk.calls(), 1) if call.endswith(f"/{name}")]
    assert of_file
    for at in of_file[:: max(1, len(of_file) // 3)]:
        done = disk.run(command, fresh(folder, readable), fault, at)
        assert done.returncode == 4, done.stderr
        assert name in done.stderr
        assert fault.reason in done.stderr
        assert "damaged" not in done.stderr

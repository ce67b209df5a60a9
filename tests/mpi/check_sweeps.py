"""Sweeps under mpirun: the tables are the same on any number of processes and after kills; an error gives one message.

check_sweeps.py MPIRUN SORN      ctest runs it if SORN_BUILD_MPI is on
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import jobs

MPIRUN, SORN = sys.argv[1:]
SWEEP = """
[parameters]
ne = 50
lambda_ee = 8
lambda_ei = 20
[run]
steps = {steps}
[sweep]
samples = 40
statistics = ["mean_rate", "ee_synapses", "isi_cv"]
[sweep.random]
eta_stdp = {{ low = 0.001, high = 0.1, scale = "log" }}
te_min = [0.0, 0.1, 2.0]
"""
FAILS = 3  # the exit code: some points have te_min > te_max, so their runs fail


def sweep(processes, *arguments):
    command = [SORN, "sweep", *arguments]
    if processes:
        command = [MPIRUN, "-n", str(processes), *command]
    return jobs.run(command)


def tables(folder):
    return [Path(folder, name).read_bytes() for name in ("table.csv", "table.h5")]


def runs_in(folder):
    """The indices in a journal, in the order of their lines."""
    lines = Path(folder, "runs.journal").read_text().splitlines()
    return [int(line.split()[0]) for line in lines if line[:1].isdigit()]


def same_tables_on_any_number_of_processes():
    for name, processes, threads in [("a", 0, 1), ("b", 0, 2), ("c", 1, 2), ("d", 2, 1), ("e", 3, 1)]:
        done = sweep(processes, "short.toml", "--out", name, "--threads", str(threads))
        assert done.returncode == FAILS, done.stderr
        assert done.stdout.startswith("40 runs in"), done.stdout
        assert tables(name) == tables("a"), name
        assert sorted(runs_in(name)) == list(range(40)), "each run is recorded once"
    again = sweep(2, "short.toml", "--out", "a")
    assert "nothing to do" in again.stdout, again.stdout
    assert tables("a") == tables("e")


def a_killed_job_can_be_resumed():
    assert sweep(0, "long.toml", "--out", "whole").returncode == FAILS
    before = 0
    for _ in range(3):
        command = [MPIRUN, "-n", "3", SORN, "sweep", "long.toml", "--out", "killed"]
        job = jobs.start(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        journal = Path("killed", "runs.journal")
        end = time.monotonic() + 60
        while not journal.exists() or len(runs_in("killed")) < before + 3:
            assert time.monotonic() < end, "no progress"
            time.sleep(0.01)
        for process in [*jobs.children(job.pid), job.pid]:
            os.kill(process, signal.SIGKILL)
        job.wait()
        wait_until_free(journal)
        before = len(runs_in("killed"))
        assert before < 40, "killed too late to show anything"
    done = sweep(2, "long.toml", "--out", "killed")
    assert done.returncode == FAILS, done.stderr
    assert f"{before} of 40 runs had been made before" in done.stdout, done.stdout
    assert sorted(runs_in("killed")) == list(range(40))
    assert tables("killed") == tables("whole")


def wait_until_free(journal):
    """Waits until the killed processes no longer hold the lock."""
    end = time.monotonic() + 30
    while subprocess.run(["flock", "--nonblock", journal, "true"]).returncode != 0:
        assert time.monotonic() < end
        time.sleep(0.01)


def an_error_is_reported_once():
    for processes in (2, 3):
        refused = sweep(processes, "long.toml", "--out", "a")
        assert refused.returncode == 3, refused.returncode
        assert refused.stderr.count("sorn: error:") == 1, refused.stderr
        assert "is the journal of another sweep" in refused.stderr
        missing = sweep(processes, "missing.toml")
        assert missing.returncode == 4
        assert missing.stderr.count("sorn: error:") == 1, missing.stderr
    # Process 1 reads another file: the job ends with an error.
    script = 'exec "$0" sweep $([ "$OMPI_COMM_WORLD_RANK" = 1 ] && echo short || echo long).toml --out x'
    command = [MPIRUN, "-n", "3", "sh", "-c", script, SORN]
    apart = jobs.run(command, timeout=60)
    assert apart.returncode != 0
    assert apart.stderr.count("sorn: error:") == 1, apart.stderr
    assert "process 0 has read another one" in apart.stderr


def a_sweep_stopped_by_a_signal_can_be_resumed():
    command = [MPIRUN, "-n", "2", SORN, "sweep", "long.toml", "--out", "stopped"]
    job = jobs.start(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    journal = Path("stopped", "runs.journal")
    while not journal.exists() or len(runs_in("stopped")) < 4:
        time.sleep(0.01)
    job.send_signal(signal.SIGTERM)
    job.communicate(timeout=60)
    assert job.returncode != 0
    wait_until_free(journal)
    assert sweep(2, "long.toml", "--out", "stopped").returncode == FAILS
    assert sorted(runs_in("stopped")) == list(range(40))
    assert tables("stopped") == tables("whole")


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    Path("short.toml").write_text(SWEEP.format(steps=500))
    Path("long.toml").write_text(SWEEP.format(steps=20000))
    same_tables_on_any_number_of_processes()
    a_killed_job_can_be_resumed()
    an_error_is_reported_once()
    a_sweep_stopped_by_a_signal_can_be_resumed()
    os.chdir("/")

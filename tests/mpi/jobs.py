"""Starts jobs of several processes with mpirun, for the checks in this folder."""

import os
import subprocess
from pathlib import Path

ENVIRONMENT = os.environ | {
    # For Open MPI in a container: as root, more processes than cores, no access to another process's memory
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "OMPI_MCA_btl_vader_single_copy_mechanism": "none",
    "OMPI_MCA_mpi_yield_when_idle": "1",
    "OMP_NUM_THREADS": "1",
    # A fixed date, so that equal results are equal files.
    "SOURCE_DATE_EPOCH": "1000000000",
}


def run(command, timeout=120):
    return subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=timeout)


def start(command, **streams):
    return subprocess.Popen(command, env=ENVIRONMENT, text=True, start_new_session=True, **streams)


def children(process):
    """All descendants of a process, including those that mpirun started."""
    found = []
    for task in Path("/proc", str(process), "task").iterdir():
        for child in (task / "children").read_text().split():
            found += [int(child), *children(int(child))]
    return found


def expect_one_error(done):
    """Checks that a job ended with exactly one error message."""
    assert done.returncode != 0
    assert done.stderr.count("sorn: error:") == 1, done.stderr

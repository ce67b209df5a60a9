"""Jobs of several processes that mpirun starts, for the checks beside this file."""

import os
import subprocess
from pathlib import Path

ENVIRONMENT = os.environ | {
    # Open MPI in a container: as root, on fewer cores than processes, without reading another process's memory
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "OMPI_MCA_btl_vader_single_copy_mechanism": "none",
    "OMPI_MCA_mpi_yield_when_idle": "1",
    "OMP_NUM_THREADS": "1",
    # Equal results are equal files, whenever and by whichever command they are made.
    "SOURCE_DATE_EPOCH": "1000000000",
}


def run(command, timeout=120):
    return subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=timeout)


def start(command, **streams):
    return subprocess.Popen(command, env=ENVIRONMENT, text=True, start_new_session=True, **streams)


def children(process):
    """The processes below one, those that mpirun started among them."""
    found = []
    for task in Path("/proc", str(process), "task").iterdir():
        for child in (task / "children").read_text().split():
            found += [int(child), *children(int(child))]
    return found


def says_one_error(done):
    """Checks that a job ended with exactly one message of an error."""
    assert done.returncode != 0
    assert done.stderr.count("sorn: error:") == 1, done.stderr

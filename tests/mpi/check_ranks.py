"""One network on several processes: the file is the same on any number of ranks and threads; after a rank was killed,
the run can be resumed on another number of ranks; an error on one rank gives one message, and no rank hangs.

check_ranks.py MPIRUN SORN SAME_RESULT      ctest runs it if SORN_BUILD_MPI is on
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import jobs

MPIRUN, SORN, SAME_RESULT = sys.argv[1:]
# Every quantity that a network without output units can record.
RECORD = (
    "E,I/3,R@10:200,C,C_ei,C_ie/7,TE/20,TI/50,WEE/90,WEI/150,WIE/100,symbol/9,signals/4,synapses,stats/50,"
    "isi_histogram/100,size_histogram/100,duration_histogram/100,weight_histogram/100"
)


def simulate(ranks, *arguments, threads=None):
    command = [SORN, "simulate", *map(str, arguments)]
    if "--out" in arguments:
        command.append("--force")  # the checks use the same folder one after the other
    if threads:
        command += ["--threads", str(threads)]
    return jobs.run([MPIRUN, "-n", str(ranks), *command] if ranks else command)


def expect_same(a, b):
    compared = jobs.run([SAME_RESULT, a, b])
    assert compared.returncode == 0, (a, b, compared.stdout)


def any_parameters(generator):
    """Arguments with random hyperparameters of a small network."""
    ne = generator.randint(20, 400)
    values = {
        "ne": ne,
        "ni": generator.randint(1, 90),
        "network_type_ee": generator.choice(["Sparse", "Sparse", "Dense"]),
        "network_type_ie": generator.choice(["Sparse", "Dense"]),
        "lambda_ee": generator.uniform(1, min(ne - 1, 30)),
        "lambda_ei": generator.uniform(1, min(ne, 40)),
        "lambda_ie": generator.uniform(1, 100),
        "eta_stdp": generator.uniform(0, 0.05),
        "eta_inhib": generator.uniform(0, 0.05),
        "mu_ip": generator.uniform(0.01, 0.3),
    }
    settings = [word for name, value in values.items() for word in ("--set", f"{name}={value}")]
    nu = generator.randint(1, min(20, (ne - 1) // 2))  # so that units can reach the rate 2*nu/ne
    inputs = [[generator.uniform(-0.2, 1.0) for _ in range(nu)] for _ in range(300)]
    Path("inputs.csv").write_text("\n".join(",".join(map(str, row)) for row in inputs) + "\n")
    Path("reward.csv").write_text("".join(f"{generator.gauss(0, 1)}\n" for _ in range(300)))
    driven = ["--inputs", "inputs.csv", "--signal", "reward=reward.csv"]
    return [*settings, "--seed", generator.getrandbits(64), *driven, "--record", RECORD]


def the_same_file_on_any_number_of_ranks_and_threads(generator):
    for _ in range(3):
        arguments = any_parameters(generator)
        alone = simulate(0, *arguments, "--out", "alone.h5")
        assert alone.returncode == 0, alone.stderr
        for ranks in (1, 2, 3, 4):
            threads = generator.choice([1, 2, 3, 4, 7]) if ranks < 4 else 1
            done = simulate(ranks, *arguments, "--out", "several.h5", threads=threads)
            assert done.returncode == 0, done.stderr
            assert Path("several.h5").read_bytes() == Path("alone.h5").read_bytes(), (ranks, threads, arguments)


LONG = ["--set", "ne=300", "--seed", "9", "--record", "E,C,TE/1000", "--checkpoint-every", "500"]


def newest_checkpoint(file):
    steps = [path.name.rsplit("-", 1)[1] for path in Path().glob(f"{file}.checkpoint-*")]
    return max((int(step) for step in steps if step.isdigit()), default=-1)


def wait_for_checkpoint(file, step):
    end = time.monotonic() + 120
    while newest_checkpoint(file) < step:
        assert time.monotonic() < end, "no checkpoint"
        time.sleep(0.005)


def ranks_of(job):
    """The processes of a job that run sorn."""
    return [p for p in jobs.children(job.pid) if Path(f"/proc/{p}/comm").read_text().strip() == "sorn"]


def a_killed_rank_ends_the_job_and_fewer_ranks_resume_it(generator):
    steps = 40_000
    assert simulate(0, *LONG, "--steps", steps, "--out", "whole.h5").returncode == 0
    command = [SORN, "simulate", *LONG, "--steps", str(steps), "--out", "killed.h5"]
    for ranks in (4, 3, 2):
        before = newest_checkpoint("killed.h5")
        job = jobs.start([MPIRUN, "-n", str(ranks), *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for_checkpoint("killed.h5", before + 1000)
        os.kill(generator.choice(ranks_of(job)), signal.SIGKILL)
        assert job.wait(timeout=60) != 0
        assert before < newest_checkpoint("killed.h5") < steps, "killed too late to show anything"
        command = [SORN, "simulate", "--resume", "killed.h5"]
    shutil.copytree(".", "../copy")  # the run can be resumed on one process, or on more ranks
    assert jobs.run([MPIRUN, "-n", "1", *command]).returncode == 0
    expect_same("killed.h5", "whole.h5")
    assert not list(Path().glob("killed.h5.*")), "a complete run leaves no checkpoints"
    for go_on in (command, [MPIRUN, "-n", "3", *command]):
        shutil.copytree("../copy", "again")
        done = subprocess.run(go_on, cwd="again", env=jobs.ENVIRONMENT, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        expect_same("again/killed.h5", "whole.h5")
        shutil.rmtree("again")


def a_run_stopped_by_a_signal_can_be_resumed():
    steps = 20_000
    assert simulate(0, *LONG, "--steps", steps, "--out", "whole.h5").returncode == 0
    command = [MPIRUN, "-n", "2", SORN, "simulate", *LONG, "--steps", str(steps), "--out", "stopped.h5"]
    job = jobs.start(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_for_checkpoint("stopped.h5", 1000)
    os.kill(ranks_of(job)[1], signal.SIGTERM)  # a signal to one rank is enough
    _, err = job.communicate(timeout=60)
    assert job.returncode == 128 + signal.SIGTERM, (job.returncode, err)
    assert "sorn: terminated: stopped after" in err, err
    assert Path("stopped.h5").exists()
    assert simulate(3, "--resume", "stopped.h5").returncode == 0
    expect_same("stopped.h5", "whole.h5")


def on_rank_1(script, *arguments):
    """The command on two ranks. Rank 1 runs a line of shell before it."""
    command = [SORN, "simulate", *map(str, arguments)]
    return [MPIRUN, "-n", "1", *command, ":", "-n", "1", "sh", "-c", f'{script}; exec "$0" "$@"', *command]


def a_damaged_file_on_one_rank_gives_one_error():
    Path("folder").mkdir()
    job = [SORN, "simulate", *LONG, "--steps", "1000000", "--out", "damaged.h5"]
    running = jobs.start([MPIRUN, "-n", "2", *job], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for_checkpoint("damaged.h5", 1000)
    os.kill(ranks_of(running)[0], signal.SIGKILL)
    running.wait(timeout=60)
    share = Path(f"damaged.h5.checkpoint-{newest_checkpoint('damaged.h5')}.share-1")
    content = bytearray(share.read_bytes())
    content[len(content) // 2] ^= 1
    share.write_bytes(content)
    for ranks in (2, 3):
        done = simulate(ranks, "--resume", "damaged.h5")
        jobs.expect_one_error(done)
        assert done.returncode == 4, done.returncode
        assert f"{share}': the file is damaged" in done.stderr, done.stderr
        assert "the checkpoint before it is whole: resume" in done.stderr, done.stderr
    # Rank 1 does not find a file that rank 0 finds.
    Path("inputs.csv").write_text("0.5\n" * 10)
    done = jobs.run(on_rank_1("cd folder", *LONG, "--inputs", "inputs.csv", "--out", "x.h5"))
    jobs.expect_one_error(done)
    assert done.returncode == 4
    assert "rank 1: cannot read 'inputs.csv'" in done.stderr, done.stderr
    assert not Path("x.h5").exists()


def no_space_on_one_rank_gives_one_error():
    steps = 3000
    assert simulate(0, *LONG, "--steps", steps, "--out", "whole.h5").returncode == 0
    # The limit on the file size of rank 1 is smaller than a checkpoint's share.
    done = jobs.run(on_rank_1("ulimit -f 8", *LONG, "--steps", steps, "--out", "full.h5"))
    jobs.expect_one_error(done)
    assert done.returncode == 4, done.returncode
    assert "rank 1: cannot write" in done.stderr, done.stderr
    assert "File too large" in done.stderr, done.stderr
    assert not list(Path().glob("full.h5*")), "a run that never began leaves no files"
    # The same error in a resumed run.
    job = [SORN, "simulate", *LONG, "--steps", str(steps), "--out", "later.h5"]
    running = jobs.start([MPIRUN, "-n", "2", *job], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for_checkpoint("later.h5", 500)
    os.kill(ranks_of(running)[1], signal.SIGKILL)
    running.wait(timeout=60)
    done = jobs.run(on_rank_1("ulimit -f 8", "--resume", "later.h5"))
    jobs.expect_one_error(done)
    assert done.returncode == 4
    assert "then resume" in done.stderr, done.stderr
    assert simulate(2, "--resume", "later.h5").returncode == 0
    expect_same("later.h5", "whole.h5")


def in_a_folder(check, *arguments):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "here").mkdir()
        os.chdir(Path(folder, "here"))
        check(*arguments)
        os.chdir("/")


generator = random.Random(20)
in_a_folder(the_same_file_on_any_number_of_ranks_and_threads, generator)
in_a_folder(a_killed_rank_ends_the_job_and_fewer_ranks_resume_it, generator)
in_a_folder(a_run_stopped_by_a_signal_can_be_resumed)
in_a_folder(a_damaged_file_on_one_rank_gives_one_error)
in_a_folder(no_space_on_one_rank_gives_one_error)

"""The tests themselves, where a shell has started them in the background: nothing may wait for a signal for ever."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import REPOSITORY


def ignore_interrupts() -> None:
    """What a shell does to a command that `&` puts into the background."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@pytest.mark.skipif("SORN_TESTS_IN_BACKGROUND" in os.environ, reason="this is the run in the background")
def test_tests_with_interrupts_pass_if_sigint_is_ignored() -> None:
    here = Path(__file__).parent
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "ctrl_c or interrupt"]
    done = subprocess.run(
        [*command, str(here / "test_simulate.py"), str(here / "test_ensemble.py")],
        cwd=REPOSITORY,
        env=os.environ | {"SORN_TESTS_IN_BACKGROUND": "1"},
        preexec_fn=ignore_interrupts,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stdout
    passed = int(done.stdout.split(" passed")[0].split()[-1])
    assert passed >= 2, done.stdout

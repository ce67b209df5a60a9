"""The Python and shell examples of the README and of docs/ run as they stand there."""

import hashlib
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

import numpy as np
import pytest

from sorn import Network, Sweep

REPOSITORY = Path(__file__).parents[2]


def blocks(language: str, page: str = "README.md") -> list[str]:
    """A page's code blocks in a language, in order."""
    return re.findall(rf"```{language}\n(.*?)```", (REPOSITORY / page).read_text(), flags=re.DOTALL)


@pytest.mark.slow
def test_python_blocks_run_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = blocks("python")
    assert len(found) >= 2
    namespace: dict[str, object] = {}
    for block in found:
        exec(compile(block, "README.md", "exec"), namespace)


@pytest.mark.slow
def test_shell_block_of_the_command_runs(tmp_path: Path) -> None:
    (block,) = [block for block in blocks("sh") if block.startswith("sorn ")]
    scripts = sysconfig.get_path("scripts")
    done = subprocess.run(
        ["bash", "-euc", block], cwd=tmp_path, env={"PATH": f"{scripts}:/usr/bin:/bin"}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "steps/s" in done.stdout
    assert (tmp_path / "run.h5").exists()


def test_the_page_on_other_tools_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(REPOSITORY / "tests" / "golden" / "pypi_state.pkl", "state.pkl")
    monkeypatch.setenv("PATH", f"{sysconfig.get_path('scripts')}:/usr/bin:/bin")
    namespace: dict[str, object] = {}
    for block in blocks("python", "docs/exchange.md"):
        exec(compile(block, "exchange.md", "exec"), namespace)
    for block in blocks("sh", "docs/exchange.md"):
        subprocess.run(["bash", "-euc", block], check=True, capture_output=True)
    assert (tmp_path / "run-sonata" / "spikes.h5").read_bytes() == (
        tmp_path / "run-sonata-too" / "spikes.h5"
    ).read_bytes()
    assert Network.load("network.h5").seed == 1


def test_a_result_file_is_read_without_sorn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    network = Network(ne=50, seed=1)
    recordings = network.run(time_steps=100, record=["E", "WEE/10", "synapses"])
    network.save("run.h5", recordings)
    np.save("letters.npy", np.ones((2, 5)))
    *others, block = blocks("python", "docs/file-format.md")
    for other in others:
        exec(compile(other, "file-format.md", "exec"), {"np": np, "hashlib": hashlib})
    exec(compile(block, "file-format.md", "exec"), {})
    last = capsys.readouterr().out.splitlines()[-1].split()
    assert float(last[0]) == recordings["E"].mean()
    assert int(last[1]) == network.connection_counts[0]


def test_the_page_on_ensembles_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{sysconfig.get_path('scripts')}:/usr/bin:/bin")
    for block in blocks("python", "docs/ensembles.md"):
        exec(compile(block, "ensembles.md", "exec"), {})
    for block in blocks("sh", "docs/ensembles.md"):
        subprocess.run(["bash", "-euc", block], check=True, capture_output=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == [*(f"run-{k:02}.h5" for k in range(12)), "table.csv"]
    assert len((tmp_path / "table.csv").read_text().splitlines()) == 101


def test_the_page_on_sweeps_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("dask.distributed", "h5py", "joblib", "pandas"):
        pytest.importorskip(package)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{sysconfig.get_path('scripts')}:/usr/bin:/bin")
    for block in blocks("sh", "docs/sweeps.md"):
        subprocess.run(["bash", "-euc", block], check=True, capture_output=True)
    grid, draws = blocks("toml", "docs/sweeps.md")[:2]
    assert len(Sweep(grid)) == 18
    assert len(Sweep(grid.split("[sweep.grid]")[0].replace("seeds = 3", "samples = 7") + draws)) == 7
    namespace: dict[str, object] = {}
    for block in blocks("python", "docs/sweeps.md"):
        exec(compile(block, "sweeps.md", "exec"), namespace)
    assert list(namespace["same_table"]["isi_cv"]) == list(namespace["table"]["isi_cv"])  # type: ignore[index]

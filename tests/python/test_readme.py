"""The README's Python and shell examples run as they stand there."""

import re
import subprocess
import sysconfig
from pathlib import Path

import pytest

README = (Path(__file__).parents[2] / "README.md").read_text()


def blocks(language: str) -> list[str]:
    """The README's code blocks in a language, in order."""
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def test_python_blocks_run_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = blocks("python")
    assert len(found) >= 2
    namespace: dict[str, object] = {}
    for block in found:
        exec(compile(block, "README.md", "exec"), namespace)


def test_shell_block_of_the_command_runs(tmp_path: Path) -> None:
    (block,) = [block for block in blocks("sh") if block.startswith("sorn ")]
    scripts = sysconfig.get_path("scripts")
    done = subprocess.run(
        ["bash", "-euc", block], cwd=tmp_path, env={"PATH": f"{scripts}:/usr/bin:/bin"}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "steps/s" in done.stdout
    assert (tmp_path / "run.h5").exists()

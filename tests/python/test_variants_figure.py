"""The example that draws docs/images/variants.png, in a short form."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import matplotlib.image
import pytest
from conftest import REPOSITORY, sorn_command

import sorn

SCRIPT = REPOSITORY / "examples" / "variants.py"


@pytest.mark.parametrize("steps", ["1", "1234"])
def test_figure_of_all_variants(tmp_path: Path, steps: str) -> None:
    command = [sys.executable, str(SCRIPT), "--steps", steps, "--ne", "60", "--command", sorn_command()]
    said = subprocess.run([*command, "--out", "a.png"], check=True, capture_output=True, text=True, cwd=tmp_path).stdout
    drawn = [line.split()[0] for line in said.splitlines()]
    assert drawn.pop() == "figure:"
    assert matplotlib.image.imread(tmp_path / "a.png").std() > 0.05, "the figure is empty"
    listed = subprocess.run([sorn_command(), "variants"], check=True, capture_output=True, text=True).stdout
    every = [line.split()[0] for line in listed.split("\n\n")[0].splitlines() if not line.startswith(" ")]
    names = [name for name in every if sorn.Variant(name).to_dict()["no"] == 0]  # the others need rewards
    assert drawn == names, "the example draws all variants, in the order of the program"

"""``python -m sorn`` is the command ``sorn``: the same subcommands, output and exit codes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import sorn_command

import sorn
from sorn import Network, __main__, _packages, experiments


def ran(*arguments: str, as_module: bool, **options) -> tuple[int, str, str]:
    program = [sys.executable, "-m", "sorn"] if as_module else [sorn_command()]
    done = subprocess.run([*program, *arguments], capture_output=True, text=True, check=False, **options)
    return done.returncode, done.stdout, done.stderr


def commands() -> list[str]:
    _, text, _ = ran("--help", as_module=False)
    return re.findall(r"^  ([a-z]+) ", text.partition("Subcommands:")[2].partition("\n\n")[0], re.MULTILINE)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test works in a folder of its own."""
    monkeypatch.chdir(tmp_path)


def test_every_subcommand_is_there_under_both(monkeypatch) -> None:
    names = commands()
    assert {"simulate", "stats", "plot", "report", "reproduce", "convert", "doctor"} <= set(names)
    assert ran("--help", as_module=True) == ran("--help", as_module=False)
    became = []
    monkeypatch.setattr(os, "execve", lambda *call: became.append(call))
    for name in names:
        monkeypatch.setattr(sys, "argv", ["sorn", name, "--help"])
        __main__.main()
        program, arguments, environment = became.pop()
        assert arguments == ["sorn", name, "--help"]
        assert os.access(program, os.X_OK)
        assert environment["SORN_PYTHON"] == sys.executable
        assert environment["PATH"] == os.environ["PATH"]


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        (0, ["info", "run.h5", "--json"]),
        (0, ["reproduce", "--list"]),  # a part that runs in Python
        (2, ["simulat"]),
        (2, ["plot", "run.h5"]),
        (3, ["simulate", "--steps", "0"]),
        (3, ["convert", "run.h5", "a.nothing"]),
        (4, ["report", "none.h5", "-o", "a.html"]),
    ],
)
def test_output_and_exit_codes_are_the_same(code, arguments) -> None:
    Network(ne=20, nu=2, lambda_ee=5, lambda_ei=5, seed=1).save("run.h5")
    own = ran(*arguments, as_module=True)
    assert own[0] == code
    assert own == ran(*arguments, as_module=False, env={**os.environ, "SORN_PYTHON": sys.executable})


def test_a_command_that_is_not_installed(monkeypatch, capsys) -> None:
    monkeypatch.setattr(__main__, "_places", lambda: [Path("nowhere/sorn")])
    with pytest.raises(SystemExit) as ended:
        __main__.main()
    assert ended.value.code == 4
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "sorn: error: cannot find the command sorn: looked for nowhere/sorn; pip install . installs it\n"


def test_doctor_names_the_optional_packages(monkeypatch) -> None:
    monkeypatch.setattr(_packages, "_optional", lambda: ["numpy", "json", "no-such-package"])
    document = _packages.document()
    assert document["sorn"] == sorn.__version__
    assert document["program"] == sys.executable
    packages = document["packages"]
    assert packages["numpy"]["version"]
    assert packages["no-such-package"]["problem"].startswith("ModuleNotFoundError: ")
    assert packages["json"]["problem"].startswith("PackageNotFoundError")  # a module, and no package
    monkeypatch.undo()
    optional = _packages._optional()
    assert {"numpy", "scipy", "matplotlib", "h5py", "scikit-learn", "numba"} <= set(optional)
    assert not {"sorn", "pytest", "sphinx", "ruff"} & set(optional)
    assert len(optional) == len(set(optional))
    assert ("tomli" in optional) == (sys.version_info < (3, 11))


def test_doctor_asks_the_python_that_runs_it() -> None:
    # The imports of all packages take seconds.
    Path("sitecustomize.py").write_text(
        "import importlib.metadata\nimportlib.metadata.requires = lambda name: [\"no-such-package; extra == 'plot'\"]\n"
    )
    code, out, _ = ran("doctor", "--json", as_module=True, env={**os.environ, "PYTHONPATH": os.getcwd()})
    assert code == 0
    found = json.loads(out)
    assert found["self_test"]["wrong"] == []
    assert found["python"]["program"] == sys.executable
    assert found["python"]["sorn"] == found["version"] == sorn.__version__
    assert found["python"]["packages"]["numpy"]["problem"] is None
    assert "ModuleNotFoundError" in found["python"]["packages"]["no-such-package"]["problem"]


def test_help_lists_the_published_experiments() -> None:
    _, out, _ = ran("help", "experiments", as_module=False)
    assert sorted(re.findall(r"^  (\S+)$", out, re.MULTILINE)) == sorted(experiments.names())

"""The package as such: what importing does, types, stubs, documentation, the command, the example."""

from __future__ import annotations

import ast
import doctest
import importlib.metadata
import importlib.resources
import inspect
import re
import runpy
import shutil
import subprocess
import sys

import h5py
import pytest
from conftest import REPOSITORY

import sorn
from sorn import Network, Parameters, Simulator, Trainer, _core, _parameters
from sorn._parameters import Hyperparameters


def run_python(program: str, **options) -> str:
    return subprocess.run(
        [sys.executable, "-X", "dev", "-c", program], check=True, capture_output=True, text=True, **options
    ).stdout


def test_importing_has_no_side_effects(tmp_path) -> None:
    program = (
        "import logging, sys, warnings; warnings.simplefilter('error')\n"
        "import sorn\n"
        "assert not logging.getLogger().handlers and not logging.getLogger('sorn').handlers\n"
        "assert logging.getLogger('sorn').level == logging.NOTSET\n"
        "heavy = {'matplotlib', 'scipy', 'h5py', 'neo', 'networkx', 'tqdm', 'pandas'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "sorn.Network(ne=50).run(time_steps=3)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("", "")
    assert list(tmp_path.iterdir()) == []


def test_version_is_defined_in_one_place(tmp_path) -> None:
    line = re.search(r"project\(sorn VERSION ([0-9.]+)", (REPOSITORY / "CMakeLists.txt").read_text())
    assert sorn.__version__ == _core.version == importlib.metadata.version("sorn") == line[1]
    citation = re.search(r"^version: (\S+)$", (REPOSITORY / "CITATION.cff").read_text(), re.MULTILINE)
    assert citation[1] == line[1]
    command = shutil.which("sorn", path=f"{sys.prefix}/bin") or shutil.which("sorn")
    said = subprocess.run([command, "--version"], check=True, capture_output=True, text=True).stdout
    assert line[1] in said.split()
    path = str(tmp_path / "network.h5")
    sorn.Network(ne=50).save(path)
    assert line[1] in subprocess.run([command, "info", path], check=True, capture_output=True, text=True).stdout
    with h5py.File(path) as file:
        assert line[1] in [str(value) for value in file.attrs.values()]


def test_version_is_higher_than_that_of_the_pure_python_package() -> None:
    # A requirement of one of its versions or of a later one is met, and no `pip install -U` prefers one of them.
    own = tuple(int(part) for part in sorn.__version__.split("."))
    assert own >= (1, 0, 0)


def test_wheel_contains_only_the_package_and_the_command_with_its_pages() -> None:
    files = [str(file) for file in importlib.metadata.files("sorn")]
    assert not [file for file in files if re.search(r"\.(hpp|a|cmake|cpp)$", file)]
    for installed in ("bin/sorn", "share/man/man1/sorn-simulate.1", "share/bash-completion/completions/sorn"):
        assert any(file.endswith(installed) for file in files), installed


def test_command_is_on_the_path() -> None:
    command = shutil.which("sorn", path=f"{sys.prefix}/bin") or shutil.which("sorn")
    assert command
    assert "simulate" in subprocess.run([command, "--help"], check=True, capture_output=True, text=True).stdout


def test_public_names() -> None:
    assert sorted(sorn.__all__) == sorn.__all__ or set(sorn.__all__) <= set(dir(sorn))
    for name in sorn.__all__:
        assert inspect.getdoc(getattr(sorn, name)), name


def test_stub_is_current(tmp_path) -> None:
    subprocess.run(
        [sys.executable, "-m", "nanobind.stubgen", "-q", "-m", "sorn._core", "-o", tmp_path / "s"], check=True
    )
    committed = (REPOSITORY / "python" / "sorn" / "_core.pyi").read_text()
    assert (tmp_path / "s").read_text() == committed, "run scripts/make-stubs.sh"


def test_names_are_current() -> None:
    written = runpy.run_path(str(REPOSITORY / "scripts" / "make_names.py"))["text"]()
    assert (REPOSITORY / "python" / "sorn" / "_names.py").read_text() == written, "run scripts/make-stubs.sh"


@pytest.mark.slow
def test_types() -> None:
    assert importlib.resources.files("sorn").joinpath("py.typed").is_file()
    done = subprocess.run([sys.executable, "-m", "mypy"], cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_typed_names_follow_the_table() -> None:
    table = [row["name"] for row in _core.parameter_table()]
    assert list(Hyperparameters.__annotations__) == table
    for name in table:
        assert name in Parameters.__doc__
        assert hasattr(Parameters(), name)


def test_docstrings_name_all_rules_and_quantities() -> None:
    for rule in _core.rules():
        for call in (Simulator.simulate_sorn, Simulator.run):
            assert f"'{rule['name']}'" in call.__doc__, rule
    for quantity in _core.quantities():
        assert re.search(rf"\b{quantity['name']}\b", Network.run.__doc__), quantity
    for row in (*_core.rules(), *_core.quantities()):
        assert all(row.values()), row


def test_documented_defaults_follow_the_table() -> None:
    defaults = {row["name"]: row["default"] for row in _core.parameter_table()}
    documented = {}
    for name, value in re.findall(r"^(\w+) : .*default (.+)$", inspect.getdoc(Parameters), re.MULTILINE):
        documented[name] = ast.literal_eval(value)
    assert len(documented) >= 14
    for name, value in documented.items():
        assert value == defaults[name], name


@pytest.mark.parametrize(
    ("call", "documented_by", "first"),
    [
        (Simulator.simulate_sorn, Simulator.simulate_sorn, "inputs, phase, matrices, time_steps, noise, freeze"),
        (Trainer.train_sorn, Simulator.simulate_sorn, "inputs, phase, matrices, time_steps, noise, freeze"),
        (Simulator.run, Simulator.run, "inputs, phase, state, timesteps, noise, freeze"),
        (Trainer.run, Simulator.run, "inputs, phase, state, timesteps, noise, freeze"),
    ],
)
def test_signatures(call, documented_by, first) -> None:
    named = [p.name for p in inspect.signature(call).parameters.values() if p.kind is not p.VAR_KEYWORD]
    with pytest.raises(sorn.UnknownKeywordError) as refused:
        call(nothing=1)
    *listed, _hyperparameters = refused.value.rule.removeprefix("it takes ").split(", ")
    assert sorted(named) == sorted(listed), "what messages list is what the call takes"
    assert ", ".join(named[:6]) == ", ".join(listed[:6]) == first
    for name in named:
        assert re.search(rf"\b{name}\b", documented_by.__doc__), name
    assert call is documented_by or documented_by.__qualname__ in call.__doc__


def test_docstring_examples(monkeypatch) -> None:
    documented = (Network, sorn.Recordings, sorn.exchange.load_pickle)
    for module in (sorn, _parameters, sorn.exchange, *(sys.modules[each.__module__] for each in documented)):
        result = doctest.testmod(module)
        assert result.attempted > 0
        assert result.failed == 0


def test_example() -> None:
    path = REPOSITORY / "examples" / "first.py"
    assert len(path.read_text().splitlines()) < 20
    done = subprocess.run([sys.executable, "-W", "error", path], check=True, capture_output=True, text=True)
    assert "connections" in done.stdout


def test_log_lines_are_not_shown_by_default() -> None:
    assert run_python("import sorn; sorn.Network(ne=50)") == ""
    shown = run_python(
        "import logging, sys; logging.basicConfig(level=logging.INFO, stream=sys.stdout, format='%(message)s')\n"
        "import sorn; sorn.Network(ne=50, seed=1)"
    )
    assert shown.splitlines()[0] == "Network Initialized"
    assert shown.splitlines()[2] == "Shapes Wee (50, 50) Wei (10, 50) Wie (50, 10)"

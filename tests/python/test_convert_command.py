"""``sorn convert``: which file becomes what, and what it refuses."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import h5py
import networkx
import numpy as np
import pytest
import scipy.sparse
from conftest import REPOSITORY, sorn_command

from sorn import Network, Recordings, StateDict
from sorn._command import main
from sorn._exchange.formats import command_help, formats
from sorn.exchange import load_pickle, to_networkx

PYPI_STATE = str(REPOSITORY / "tests" / "golden" / "pypi_state.pkl")
SONATA = {"nodes.h5", "node_types.csv", "edges.h5", "edge_types.csv", "circuit_config.json"}
SONATA_SPIKES = {"spikes.h5", "simulation_config.json"}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test works in a folder of its own."""
    monkeypatch.chdir(tmp_path)


def save_run(*record: str) -> str:
    network = Network(ne=50, nu=4, mu_ip=0.1, seed=1)
    network.run(time_steps=20)
    network.save("run.h5", network.run(time_steps=100, record=record))
    return "run.h5"


def names(folder: str = ".") -> set[str]:
    return {path.name for path in Path(folder).iterdir()}


def failure(capsys: pytest.CaptureFixture[str], code: int, *arguments: str) -> str:
    """The message of a command line that must fail with this code, print nothing else and write nothing."""
    before = names()
    assert main(["convert", *arguments]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("sorn: error: ")
    assert names() == before
    return err


def test_sonata(capsys) -> None:
    path = save_run("E", "I", "C/10")
    assert main(["convert", path, "out", "--to", "sonata", "--step-ms", "2.5"]) == 0
    assert capsys.readouterr().out == "out: the network and its spikes\n"
    assert names("out") == SONATA | SONATA_SPIKES
    rows, units = np.nonzero(Recordings.load(path)["I"])
    with h5py.File("out/spikes.h5") as file:
        assert np.array_equal(file["spikes/inhibitory/node_ids"], units)
        assert np.array_equal(file["spikes/inhibitory/timestamps"], (rows + 20) * 2.5)


@pytest.mark.parametrize("source", ["result", "pickle"])
def test_sonata_without_spikes(capsys, source) -> None:
    path = save_run("C") if source == "result" else PYPI_STATE
    assert main(["convert", path, "out", "--to", "sonata"]) == 0
    assert capsys.readouterr().out == "out: the network; no spikes were recorded\n"
    assert names("out") == SONATA


def test_scipy() -> None:
    path = save_run()
    assert main(["convert", path, "out", "--to", "scipy"]) == 0
    assert names("out") == {"Wee.npz", "Wei.npz", "Wie.npz", "Te.npy", "Ti.npy", "X.npy", "Y.npy"}
    state = Network.load(path).state
    for key in ("Wee", "Wei", "Wie"):
        assert np.array_equal(scipy.sparse.load_npz(f"out/{key}.npz").toarray(), state[key])
    assert np.array_equal(np.load("out/Te.npy"), state["Te"])


@pytest.mark.parametrize("arguments", [["out.graphml"], ["out", "--to", "graphml"]])
def test_graphml(capsys, arguments) -> None:
    path = save_run()
    Path(arguments[0]).write_text("what was there before")
    message = failure(capsys, 4, path, *arguments)
    assert f"'{arguments[0]}' exists already" in message
    assert "give another name, or --force to replace it" in message
    assert Path(arguments[0]).read_text() == "what was there before"
    assert main(["convert", path, *arguments, "--force"]) == 0
    graph, expected = networkx.read_graphml(arguments[0]), to_networkx(Network.load(path))
    assert dict(graph.nodes(data=True)) == dict(expected.nodes(data=True))
    assert networkx.utils.graphs_equal(networkx.DiGraph(graph.edges), networkx.DiGraph(expected.edges))
    assert names() == {"run.h5", arguments[0]}


@pytest.mark.parametrize("arguments", [["out.h5"], ["out.HDF5"], ["out", "--to", "sorn"]])
def test_result_files_of_pickles(capsys, arguments) -> None:
    assert main(["convert", PYPI_STATE, *arguments, "--seed", "18446744073709551615"]) == 0
    assert "ne=25, ni=5" in capsys.readouterr().out
    network = Network.load(arguments[0])
    assert network == Network(state=load_pickle(PYPI_STATE, seed=2**64 - 1))
    network.run(time_steps=10)


def test_pickles_are_recognised_by_first_byte_or_name() -> None:
    state = dict(Network(ne=50, seed=1).state)
    for protocol, name in ((4, "state"), (0, "state.pkl"), (0, "state.pickle"), (0, "STATE.P")):
        Path(name).write_bytes(pickle.dumps(state, protocol))
        assert main(["convert", name, "out.h5", "--seed", "1", "--force"]) == 0
        assert Network.load("out.h5").state == StateDict(state, seed=1)


def test_seeds_are_drawn() -> None:
    for name in ("a.h5", "b.h5"):
        assert main(["convert", PYPI_STATE, name]) == 0
    assert Network.load("a.h5").seed != Network.load("b.h5").seed


def test_quiet(capsys) -> None:
    assert main(["convert", save_run(), "out.graphml", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_the_command() -> None:
    path = save_run("E")
    arguments = ["convert", path, "a b", "--to", "sonata", "--step-ms", "10"]
    done = subprocess.run([sorn_command(), *arguments], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "a b: the network and its spikes\n", "")
    assert names("a b") == SONATA | SONATA_SPIKES


def test_invalid_arguments(capsys) -> None:
    path = save_run("E/2")
    sonata = ["out", "--to", "sonata"]
    assert "E has a row for every 2 steps only" in failure(capsys, 3, path, *sonata)
    assert "add --to" in failure(capsys, 3, path, "out")
    assert "did you mean 'sonata'" in failure(capsys, 3, path, "out", "--to", "sonatta")
    assert "a result file already" in failure(capsys, 3, path, "out.h5")
    assert "must be another file" in failure(capsys, 3, path, "./run.h5", "--to", "graphml")
    for value in ("0", "-1", "nan", "inf", "ms"):
        assert f"--step-ms {'' if value == 'ms' else '= '}" in failure(capsys, 3, path, *sonata, f"--step-ms={value}")
    assert "only --to sonata has times" in failure(capsys, 3, path, "a.graphml", "--step-ms", "1")
    assert "a result file keeps its own" in failure(capsys, 3, path, "a.graphml", "--seed", "1")
    for seed in ("-1", "1.5", "one", "18446744073709551616", "1" * 30, "１"):
        assert seed in failure(capsys, 3, PYPI_STATE, "a.h5", f"--seed={seed}")


def test_errors_of_files(capsys) -> None:
    path = save_run("E")
    for name in ("none.h5", "none.pkl"):
        assert name in failure(capsys, 4, name, "a.graphml")
    Path("text.h5").write_text("no result")
    assert "not an HDF5 file" in failure(capsys, 4, "text.h5", "a.graphml")
    Path("cut.pkl").write_bytes(Path(PYPI_STATE).read_bytes()[:3000])
    assert "cut.pkl" in failure(capsys, 4, "cut.pkl", "a.h5")
    Path("there").mkdir()
    Path("there/mine").touch()
    for kind in ("sonata", "scipy"):
        assert "it exists already" in failure(capsys, 4, path, "there", "--to", kind)
        assert "No such file" in failure(capsys, 4, path, "no/out", "--to", kind)
    assert "cannot write 'no/a.graphml'" in failure(capsys, 4, path, "no/a.graphml")
    assert names("there") == {"mine"}


def test_a_hostile_pickle(capsys) -> None:
    class Call:
        def __reduce__(self):
            return subprocess.check_call, (["touch", "ran"],)

    Path("state.pkl").write_bytes(pickle.dumps(Call()))
    assert "subprocess.check_call" in failure(capsys, 4, "state.pkl", "out.h5")


def test_the_help_of_the_command_lists_the_formats() -> None:
    header = (REPOSITORY / "src" / "cli" / "formats.hpp").read_text()
    assert header == command_help(), "run scripts/make-formats.sh"
    text = (REPOSITORY / "tests" / "golden" / "cli-help" / "convert.txt").read_text()
    page = (REPOSITORY / "docs" / "exchange.md").read_text()
    for row in formats().values():
        assert row.help in text
        assert f"--to {row.name}" in page or any(
            f"sorn convert {source} network{row.endings[0]}" in page for source in ("run.h5", "state.pkl")
        )


def test_usage(capsys) -> None:
    for arguments in ([], ["run.h5"], ["run.h5", "a", "b"], ["run.h5", "a", "--too", "scipy"]):
        with pytest.raises(SystemExit) as end:
            main(["convert", *arguments])
        assert end.value.code == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert "--help" in err


@pytest.mark.parametrize(("package", "to"), [("h5py", "sonata"), ("scipy.sparse", "scipy"), ("networkx", "graphml")])
def test_missing_packages(capsys, monkeypatch, package, to) -> None:
    path = save_run("E")
    monkeypatch.setitem(sys.modules, package, None)
    assert "pip install 'sorn[exchange]'" in failure(capsys, 4, path, "out", "--to", to)

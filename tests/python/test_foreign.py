"""Names and files that others made: what is read is right, and what is wrong with them is said in our words."""

from __future__ import annotations

import errno
import io
import os
import pickle
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
import pytest
from conftest import sorn_command

import sorn
from sorn import Network, Parameters, Recordings, ResultFile
from sorn._command import main
from sorn.exchange import load_pickle

pd = pytest.importorskip("pandas")

NOT_UTF8 = os.fsdecode(b"caf\xe9-\xff")
LONE = "a\ud800b"
SMALL = {"ne": 50, "nu": 3}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test works in a folder of its own."""
    monkeypatch.chdir(tmp_path)


def simulate(source: str) -> subprocess.CompletedProcess[str]:
    """What the command makes of inputs."""
    Path("run.h5").unlink(missing_ok=True)
    command = [
        sorn_command(),
        "simulate",
        "--inputs",
        source,
        "--seed",
        "1",
        "--set",
        "ne=50",
        "--out",
        "run.h5",
        "--quiet",
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def assert_read_as(source: str, inputs: np.ndarray) -> None:
    """The command's network went through exactly these inputs."""
    done = simulate(source)
    assert done.returncode == 0, done.stderr
    network = Network(ne=50, nu=len(inputs), seed=1)
    network.run(np.ascontiguousarray(inputs, dtype=float))
    assert Network.load("run.h5").state == network.state


def assert_refused(source: str, *words: str) -> None:
    done = simulate(source)
    assert done.returncode == 4, done.stderr
    assert all(word in done.stderr for word in words), done.stderr


# --- tables that other programs wrote


FRAMES: dict[str, tuple[Callable[[], pd.DataFrame], dict[str, object]]] = {
    "no names": (lambda: pd.DataFrame(REALS), {"index": False}),
    "no names, one-hot": (lambda: pd.DataFrame(np.eye(3)), {"index": False}),
    "no names, index": (lambda: pd.DataFrame(REALS), {}),
    "no names, whole numbers, index": (lambda: pd.DataFrame(np.eye(3, dtype=int)), {}),
    "names": (lambda: pd.DataFrame(REALS, columns=["a", "b c", "d"]), {"index": False}),
    "names, index": (lambda: pd.DataFrame(REALS, columns=["a", "b", "c"]), {}),
    "named index": (lambda: pd.DataFrame(REALS).rename_axis("step"), {}),
    "read again": (lambda: pd.read_csv(io.StringIO(pd.DataFrame(REALS).to_csv())), {"index": False}),
    "read again twice": (
        lambda: pd.read_csv(io.StringIO(pd.read_csv(io.StringIO(pd.DataFrame(REALS).to_csv())).to_csv())),
        {},
    ),
    "tabs": (lambda: pd.DataFrame(REALS), {"sep": "\t"}),
    "semicolons": (lambda: pd.DataFrame(REALS), {"sep": ";"}),
    "a mark of the byte order": (lambda: pd.DataFrame(REALS), {"index": False, "encoding": "utf-8-sig"}),
    "quotes": (lambda: pd.DataFrame(REALS), {"index": False, "quoting": 1}),
    "quoted names": (lambda: pd.DataFrame(np.eye(2, dtype=int), columns=["1", "2"]), {"index": False, "quoting": 2}),
    "truth values": (lambda: pd.DataFrame(np.eye(2, dtype=bool)), {"index": False}),
    "no heading": (lambda: pd.DataFrame(REALS), {"index": False, "header": False}),
    "carriage returns": (lambda: pd.DataFrame(REALS), {"lineterminator": "\r\n"}),
}
REALS = np.random.default_rng(3).random((6, 3))


@pytest.mark.parametrize("name", FRAMES)
def test_tables_of_pandas(name: str) -> None:
    frame, options = FRAMES[name]
    frame().to_csv("a.csv", **options)
    plain = [column for column in frame().columns if not str(column).startswith("Unnamed")]
    assert_read_as("a.csv", frame()[plain].to_numpy(dtype=float).T)


def test_ambiguous_tables_are_refused() -> None:
    spikes = pd.DataFrame([[0, 1], [1, 0], [1, 1]])
    spikes.to_csv("a.csv", index=False)
    assert_refused("a.csv", "line 1", "header=False")
    spikes.to_csv("a.csv", index=False, header=False)
    assert_refused("a.csv", "line 1", "#")  # the first row is 0, 1
    Path("b.csv").write_text("# spikes\n" + Path("a.csv").read_text())
    assert_read_as("b.csv", spikes.to_numpy().T)
    pd.DataFrame(REALS).iloc[2:].to_csv("a.csv")
    assert_refused("a.csv", "line 2", "index=False")
    pd.DataFrame(REALS).to_csv("a.csv", header=False)
    assert_refused("a.csv", "line 1", "index=False")
    pd.DataFrame(REALS).to_csv("a.csv", sep=";", decimal=",")
    assert_refused("a.csv", "line 2", "decimal comma")
    pd.DataFrame(REALS).to_csv("a.csv", encoding="utf-16")
    assert_refused("a.csv", "line 1", "UTF-16")
    pd.DataFrame([[1.5, None], [0.5, 2.0]]).to_csv("a.csv", index=False)
    assert_refused("a.csv", "line 2", "empty")
    pd.DataFrame([[1.5, None], [0.5, 2.0]]).to_csv("a.csv", index=False, na_rep="NA")
    assert_refused("a.csv", "line 2", "missing")


@pytest.mark.parametrize(
    "options",
    [{}, {"header": "0 1 2\n\nof\tthe run", "footer": "end"}, {"delimiter": ","}, {"delimiter": "\t", "fmt": "%g"}],
)
def test_tables_of_numpy(options: dict[str, str]) -> None:
    reals = np.round(REALS, 3)
    np.savetxt("a.txt", reals, **options)
    assert_read_as("a.txt", reals.T)


@pytest.mark.parametrize("dtype", ["<f2", ">f2", ">f8", ">f4", ">i2", ">u8", "=f8", "?", "int8"])
def test_arrays_of_every_type(dtype: str) -> None:
    array = (8 * REALS.T).astype(dtype)
    np.save("a.npy", array)
    assert_read_as("a.npy", array.astype(float))
    np.save("a.npy", np.asfortranarray(array))
    assert_read_as("a.npy", array.astype(float))


def test_truth_values_of_h5py() -> None:
    spikes = REALS.T > 0.5
    with h5py.File("a.h5", "w") as file:
        file["spikes"] = spikes
        file["half"] = REALS.T.astype("<f2")
        file["big"] = REALS.T.astype(">f8")
    assert_read_as("a.h5:/spikes", spikes)
    assert_read_as("a.h5:/half", REALS.T.astype("<f2"))
    assert_read_as("a.h5:/big", REALS.T)


def test_files_of_another_kind() -> None:
    np.savez("a.npz", REALS)
    assert_refused("a.npz", "several arrays", "numpy.save")
    os.rename("a.npz", "a.npy")
    assert_refused("a.npy", "archive")


# --- names that are not UTF-8, and texts that are none


@pytest.mark.slow
def test_paths_that_are_not_utf8(capsys: pytest.CaptureFixture[str]) -> None:
    path = NOT_UTF8 + ".h5"
    network = Network(**SMALL, seed=1)
    network.save(path, network.run(time_steps=5, record=["E"]))
    assert os.listdir(b".") == [b"caf\xe9-\xff.h5"]
    assert Network.load(path).state == network.state
    assert Recordings.load(path)["E"].shape == (5, 50)
    with sorn.open(path) as file:
        assert file.path == path
        assert repr(file).startswith(r"<ResultFile 'caf\udce9-\udcff.h5'")
        assert file["E"].shape == (5, 50)
    network.run(time_steps=5, out="a" + path, checkpoint_every=5)
    network.run(time_steps=5, out=os.fsencode("b" + path))
    with pytest.raises(sorn.IoError, match="no checkpoint"):
        sorn.resume("a" + path)
    with pytest.raises(sorn.IoError, match=r"caf\\xe9-\\xff"):
        Network.load("none" + path)
    for arguments in (
        ["report", path, "-o", NOT_UTF8 + ".html"],
        ["plot", path, "--out", NOT_UTF8, "--only", "raster_plot"],
        ["convert", path, NOT_UTF8 + ".graphml"],
        ["convert", path, NOT_UTF8 + "-scipy", "--to", "scipy"],
        ["convert", path, NOT_UTF8 + "-sonata", "--to", "sonata"],
    ):
        assert main(arguments) == 0, capsys.readouterr().err
        done = subprocess.run(
            [sys.executable, "-m", "sorn", "convert", "none", *arguments[2:]], capture_output=True, check=False
        )
        assert done.returncode not in (0, 70)
    for made in (".html", ".graphml", "-scipy/Wee.npz", "-sonata/nodes.h5", "/raster_plot.png"):
        assert os.path.exists(NOT_UTF8 + made), made
    capsys.readouterr()
    assert main(["report", "none" + path, "-o", "a.html"]) == 4
    assert r"none" + r"caf\udce9" not in capsys.readouterr().err


TEXTS: dict[str, Callable[[], object]] = {
    "phase": lambda: Network(**SMALL, seed=1).run(time_steps=1, phase=LONE),
    "freeze": lambda: Network(**SMALL, seed=1).run(time_steps=1, freeze=[LONE]),
    "freeze of a step": lambda: Network(**SMALL, seed=1).step(freeze=LONE),
    "record": lambda: Network(**SMALL, seed=1).run(time_steps=1, record=[LONE]),
    "out": lambda: Network(**SMALL, seed=1).run(time_steps=1, out=LONE),
    "save": lambda: Network(**SMALL, seed=1).save(LONE),
    "load": lambda: Network.load(LONE),
    "open": lambda: sorn.open(LONE),
    "resume": lambda: sorn.resume(LONE),
    "network type": lambda: Parameters(network_type_ee=LONE),
    "variant": lambda: Parameters(variant=LONE),
    "a hyperparameter": lambda: Parameters(**{LONE: 1}),
    "load_pickle": lambda: load_pickle(LONE),
    "sweep": lambda: sorn.Sweep({LONE: 1}),
    "sweep file": lambda: sorn.Sweep.from_file(LONE),
    "sweep text": lambda: sorn.Sweep(f"[sweep]\n{LONE} = 1\n"),
    "ensemble": lambda: sorn.ensemble(2, **SMALL, time_steps=1, out=LONE),
    "a recording": lambda: file_with_spikes()[LONE],
}


def file_with_spikes() -> ResultFile:
    network = Network(**SMALL, seed=1)
    network.save("a.h5", network.run(time_steps=5, record=["E"]))
    return sorn.open("a.h5")


@pytest.mark.parametrize("call", TEXTS.values(), ids=TEXTS)
def test_lone_surrogates(call: Callable[[], object]) -> None:
    with pytest.raises((sorn.SornError, KeyError)) as refused:
        call()
    str(refused.value).encode()  # can be printed


@pytest.mark.slow
def test_no_text_of_a_file_controls_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    name = "\x1b[2Ja\r.h5"
    network = Network(**SMALL, seed=1)
    network.save(name, network.run(time_steps=5, record=["E"]))
    with h5py.File(name, "a") as file:
        file["run"].attrs["inputs"] = "\x1b]0;title\x07"
    with sorn.open(name) as result:
        shown = [repr(result), repr(result["E"]), *map(str, result.run.values())]
    with pytest.raises(sorn.FormatError) as refused:
        load_pickle(name)
    shown.append(str(refused.value))
    assert main(["plot", name, "--out", "fig\x1bures", "--only", "raster_plot"]) == 0
    assert main(["report", "none" + name, "-o", "a.html"]) == 4
    assert main(["report", name, "-o", "a.html"]) == 0
    shown += [*capsys.readouterr(), Path("a.html").read_text()]
    for text in shown:
        assert not set(text) & set(map(chr, [*range(9), *range(11, 32), 0x7F, *range(0x80, 0xA0)])), text[:200]


# --- files that are too many, too long or in too little memory


@contextmanager
def descriptors(more: int) -> Iterator[None]:
    """No more than `more` further files may be open."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.dup(0)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free + more, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_too_many_open_files() -> None:
    network = Network(**SMALL, seed=1)
    network.save("a.h5")
    Path("a.pkl").write_bytes(pickle.dumps(dict(network.state)))
    Path("sweep.toml").write_text("[run]\nsteps = 1\n[sweep.grid]\nne = [50]\n")
    calls: list[Callable[[], object]] = [
        lambda: sorn.open("a.h5"),
        lambda: Network.load("a.h5"),
        lambda: network.save("b.h5"),
        lambda: network.run(time_steps=1, out="b.h5"),
        lambda: load_pickle("a.pkl"),
        lambda: sorn.Sweep.from_file("sweep.toml"),
        lambda: sorn.resume("a.h5"),
    ]
    for call in calls:
        with descriptors(0), pytest.raises(sorn.IoError, match=os.strerror(errno.EMFILE)) as refused:
            call()
        assert "ulimit -n" in refused.value.suggestion
    with descriptors(4):
        kept = [sorn.open("a.h5") for _ in range(4)]  # one for each
        with pytest.raises(sorn.IoError, match=os.strerror(errno.EMFILE)):
            sorn.open("a.h5")
    assert [result.path for result in kept] == 4 * ["a.h5"]


LIMITED = """
import pickle, resource, sys
import sorn
from sorn.exchange import load_pickle
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + int(sys.argv[1]), resource.RLIM_INFINITY))
try:
    {call}
except (sorn.SornError, MemoryError) as error:
    print(type(error).__name__, error)
"""


def within(room: int, call: str) -> str:
    """The message of a call that may take that many more bytes."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED.format(call=call), str(room)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def sparse(name: str, content: bytes) -> None:
    Path(name).write_bytes(content)
    os.truncate(name, 5_000_000_000)


def test_large_pickles_are_read_in_parts() -> None:
    room = 600_000_000
    state = pickle.dumps(dict(Network(ne=60, seed=1).state), 4)
    wee = next(at for at in range(len(state)) if state[at : at + 1] == b"B")  # BINBYTES
    lied = state[:wee] + b"\x8e" + (4_000_000_000).to_bytes(8, "little")
    sparse("zeros.pkl", b"")
    sparse("long.pkl", state[:-1])
    sparse("lied.pkl", lied)
    sparse("text.pkl", b"\x80\x04X" + (4_000_000_000).to_bytes(4, "little"))
    sparse("line.pkl", b"V")
    os.symlink("/dev/zero", "endless.pkl")
    for name in ("zeros", "long", "lied", "text", "line", "endless"):
        assert within(room, f"load_pickle('{name}.pkl')").startswith("FormatError"), name
    assert within(room, "sorn.Sweep.from_file('zeros.pkl')").startswith("FormatError")


def test_endless_pickles_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sorn._exchange.pickle_file._MOST_INSTRUCTIONS", 1000)
    Path("many.pkl").write_bytes(b"\x80\x04" + b"]" * 2000 + b".")
    with pytest.raises(sorn.FormatError, match="more than 1,000 instructions"):
        load_pickle("many.pkl")


def test_pickles_from_pipes() -> None:
    os.mkfifo("a.pkl")
    writer = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; open('a.pkl', 'wb').write(bytes.fromhex(sys.argv[1]))",
            pickle.dumps({k: np.zeros((2, 2)) for k in ("Wee",)}).hex(),
        ]
    )
    with pytest.raises(sorn.FormatError, match=r"a\.pkl"):
        load_pickle("a.pkl")
    assert writer.wait() == 0


@pytest.mark.parametrize("room", [0, 100_000, 1_000_000, 5_000_000, 9_000_000, 20_000_000])
def test_too_little_memory(room: int) -> None:
    Network(ne=60, seed=1).save("a.h5")
    said = within(room, "sorn.Network.load('a.h5')")
    assert said == "" or said.startswith("MemoryError")
    if room < 8_000_000:
        assert said.startswith("MemoryError")


def test_values_that_cannot_be_converted(capsys: pytest.CaptureFixture[str]) -> None:
    os.mkdir("folder")
    assert main(["convert", "folder", "out.graphml"]) == 3
    assert "must be a result file" in capsys.readouterr().err
    np.save("a.npy", REALS)
    assert main(["convert", "a.npy", "out.graphml"]) == 4
    assert ".npy file of NumPy" in capsys.readouterr().err

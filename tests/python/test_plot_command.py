"""``sorn plot``: which figures a result file gives, in which form, and what it says of the others."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import REPOSITORY, sorn_command

from sorn import Network, Plotter
from sorn._command import main
from sorn._report.figures import FIGURES

OF_WEIGHTS = {"hist_incoming_conn", "hist_outgoing_conn", "linear_lognormal_fit", "summary", "weight_distribution"}
OF_EVERY_SPIKE = {"avalanche_distribution", "isi_exponential_fit"}
OF_SPIKES = {"correlation", "hist_firing_rate_network", "plot_network", "raster_plot", "scatter_plot"}
OF_COUNTS = {"network_connection_dynamics"}
OF_THRESHOLDS = {"threshold_dynamics"}
OF_ANALYSES = {  # their choices depend on the data
    "branching_regression",
    "connection_phases",
    "shape_collapse",
    "size_scaling",
    "synapse_lifetimes",
    "twin_divergence",
    "weight_paths",
}


@pytest.fixture(autouse=True)
def _folder(picture_folder) -> None:
    """Each test works in a folder of its own."""


def save_run(*record: str, steps: int = 300, **options) -> str:
    network = Network(ne=40, nu=4, lambda_ee=8, lambda_ei=20, mu_ip=0.1, seed=1)
    network.save("run.h5", network.run(time_steps=steps, record=record, **options), overwrite=True)
    return "run.h5"


def drawn(folder: str = "figures") -> set[str]:
    return {path.stem for path in Path(folder).iterdir()}


def failure(capsys: pytest.CaptureFixture[str], code: int, *arguments: str) -> str:
    """The message of a command line that must fail with this code and print nothing else."""
    assert main(arguments) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("sorn: error: ")
    return err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("record", "allowed"),
    [
        (["E", "C", "TE"], OF_WEIGHTS | OF_EVERY_SPIKE | OF_SPIKES | OF_COUNTS | OF_THRESHOLDS),
        (["E/2", "C/3", "TE/7"], OF_WEIGHTS | OF_SPIKES | OF_COUNTS | OF_THRESHOLDS),
        (["C"], OF_WEIGHTS | OF_COUNTS),
        (["TE"], OF_WEIGHTS | OF_THRESHOLDS),
        (["E/1000"], OF_WEIGHTS | OF_SPIKES),  # one row, of step 0
        ([], OF_WEIGHTS),
        # Another recording of the same kind takes the place of one that is missing.
        (["I"], OF_WEIGHTS | OF_SPIKES | OF_EVERY_SPIKE),
        (["R/2"], OF_WEIGHTS | OF_SPIKES),
        (["C_ie"], OF_WEIGHTS | OF_COUNTS),
        (["TI/10"], OF_WEIGHTS | OF_THRESHOLDS),
        (["WIE/100"], OF_WEIGHTS),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, list) else "",
)
def test_figures_for_the_recordings_of_a_file(capsys, record, allowed) -> None:
    assert main(["plot", save_run(*record), "--out", "figures", "--dpi", "40"]) == 0
    out = capsys.readouterr().out
    assert drawn() == allowed
    said, _, missing = out.partition("not drawn\n")
    for name in FIGURES:
        assert (f"  {name}.png " in said) == (name in allowed), name
        assert (f"  {name} " in missing) == (name not in allowed), name
    assert ("--record" in missing) == bool(set(FIGURES) - allowed)


def test_chosen_recordings(capsys) -> None:
    path = save_run("E", "I", "C", "C_ei", "TE")
    assert main(["plot", path, "--out", "figures", "--dpi", "40", "--recording", "I, C_ei"]) == 0
    assert drawn() == OF_WEIGHTS | OF_SPIKES | OF_EVERY_SPIKE | OF_COUNTS
    out = capsys.readouterr().out
    assert re.search(r"raster_plot.png .*\(inhibitory neurons\)", out)
    assert re.search(r"network_connection_dynamics.png .*\(C_ei\)", out)
    assert "TE was not recorded" not in out, "it was not wanted"
    assert "sorn simulate --record" not in out
    only = ["--only", "raster_plot", "--dpi", "40"]
    for folder, chosen in (("I", ["--recording=I"]), ("E", ["--recording=E"]), ("all", [])):
        assert main(["plot", path, "--out", folder, *only, *chosen]) == 0
    pictures = {folder: Path(folder, "raster_plot.png").read_bytes() for folder in ("I", "E", "all")}
    assert pictures["E"] == pictures["all"] != pictures["I"]


@pytest.mark.parametrize("command", [["plot", "--out", "figures"], ["report", "-o", "report.html"]])
def test_recordings_that_are_not_in_the_file(capsys, command) -> None:
    path = save_run("E", "C_ei")
    message = failure(capsys, 3, *command, path, "--recording", "E,C_ie")
    assert "--recording C_ie: must be one of those that run.h5 holds: E, C_ei" in message
    assert "must be one or more" in failure(capsys, 3, *command, path, "--recording", " , ")
    assert "holds no recordings" in failure(capsys, 3, *command, save_run(), "--recording", "E")
    assert not Path("figures").exists()
    assert not Path("report.html").exists()


def test_all_plotter_functions_that_need_one_run() -> None:
    functions = {name for name in vars(Plotter) if not name.startswith("_")}
    assert set(FIGURES) == functions - {"hamming_distance"} - OF_ANALYSES


def test_help_lists_the_figures_by_the_recordings_that_they_need() -> None:
    text = (REPOSITORY / "tests" / "golden" / "cli-help" / "plot.txt").read_text()
    figures = text.partition("Figures:\n")[2].partition("\n\n")[0]
    listed = {}
    for need, names in re.findall(r"^  (\S.*)\n((?:    .*\n?)+)", figures, re.MULTILINE):
        first = re.split(", | or ", need.rpartition("--record ")[2])[0]
        listed[first] = set(re.findall(r"\w+", re.sub(r"\(.*?\)", "", names)))
    assert listed == {
        "always": OF_WEIGHTS,
        "E": OF_SPIKES | OF_EVERY_SPIKE,
        "C": OF_COUNTS,
        "TE": OF_THRESHOLDS,
    }


@pytest.mark.parametrize(("file_format", "begin"), [("png", b"\x89PNG\r\n"), ("pdf", b"%PDF-"), ("svg", b"<?xml")])
def test_formats(file_format, begin) -> None:
    path = save_run("E", "C")
    options = ["--format", file_format, "--only", "raster_plot, network_connection_dynamics"]
    for folder in ("a", "b"):
        assert main(["plot", path, "--out", folder, *options]) == 0
        assert drawn(folder) == {"raster_plot", "network_connection_dynamics"}
    for path in Path("a").iterdir():
        content = path.read_bytes()
        assert path.suffix == f".{file_format}"
        assert content.startswith(begin)
        assert content == (Path("b") / path.name).read_bytes(), "the same file gives the same figure"


def test_existing_figures_are_replaced_only_with_force(capsys) -> None:
    Path("figures").mkdir()
    Path("figures/raster_plot.png").write_text("before")
    command = ["plot", save_run("E"), "--out", "figures", "--only", "weight_distribution,raster_plot"]
    assert main(command) == 4
    assert "'figures/raster_plot.png' exists already" in capsys.readouterr().err
    assert drawn("figures") == {"raster_plot"}
    assert Path("figures/raster_plot.png").read_text() == "before"
    assert main([*command, "--force"]) == 0
    assert drawn("figures") == {"raster_plot", "weight_distribution"}
    assert Path("figures/raster_plot.png").read_bytes().startswith(b"\x89PNG")


def test_dots_per_inch() -> None:
    from matplotlib.image import imread

    path = save_run("E")
    for dpi in ("50", "100"):
        assert main(["plot", path, "--out", dpi, "--dpi", dpi, "--only", "raster_plot"]) == 0
    assert imread("100/raster_plot.png").shape[1] == 2 * imread("50/raster_plot.png").shape[1]


def test_quiet(capsys) -> None:
    assert main(["plot", save_run(), "--out", "figures", "--only", "weight_distribution", "--quiet"]) == 0
    assert drawn() == {"weight_distribution"}
    assert capsys.readouterr() == ("", "")


def test_the_command(capsys) -> None:
    save_run("E")
    done = subprocess.run(
        [sorn_command(), "plot", "run.h5", "--out", "a/b", "--only", "raster_plot"], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "raster_plot.png" in done.stdout
    assert drawn("a/b") == {"raster_plot"}


def test_figures_of_silent_networks(capsys) -> None:
    assert main(["plot", save_run("E", "C", steps=2, noise=False), "--out", "figures"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"^  isi_exponential_fit +neuron \d+ ", out, re.MULTILINE), out
    assert "raster_plot" in drawn()


def test_invalid_arguments(capsys) -> None:
    path = save_run("E/2")
    out = ["--out", "figures"]
    assert "must be one of png, pdf, svg; did you mean 'png'" in failure(capsys, 3, "plot", path, *out, "--format=pgn")
    assert "did you mean 'raster_plot'" in failure(capsys, 3, "plot", path, *out, "--only=summary,raster_plt")
    for name, why in (("threshold_dynamics", "TE was not recorded"), ("isi_exponential_fit", "every 2 steps")):
        message = failure(capsys, 3, "plot", path, *out, "--only", f"summary,{name}")
        assert name in message
        assert why in message
    for dpi in ("9", "1201", "-5", "1e2", "many", "", "99999999999999999999", "１００"):
        assert f"--dpi {dpi}: must be a whole number from 10 to 1200" in failure(
            capsys, 3, "plot", path, *out, f"--dpi={dpi}"
        )
    assert "none.h5" in failure(capsys, 4, "plot", "none.h5", *out)
    Path("text.h5").write_text("no result")
    assert "not an HDF5 file" in failure(capsys, 4, "plot", "text.h5", *out)
    assert not Path("figures").exists()
    assert "text.h5" in failure(capsys, 4, "plot", path, "--out", "text.h5/figures")
    Path("figures/summary.png").mkdir(parents=True)
    assert main(["plot", path, *out]) == 4
    assert "figures/summary.png" in capsys.readouterr().err


def test_usage(capsys) -> None:
    for arguments in ([], ["plot"], ["plot", "run.h5"], ["plot", "run.h5", "--out", "f", "--dots", "3"], ["paint"]):
        with pytest.raises(SystemExit) as end:
            main(arguments)
        assert end.value.code == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("sorn: error: ")
        assert "--help" in err


def test_missing_packages(capsys, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main(["plot", save_run("E"), "--out", "figures"]) == 4
    assert "pip install 'sorn[plot]'" in capsys.readouterr().err


def test_a_bug_is_reported_as_a_bug(capsys, monkeypatch) -> None:
    monkeypatch.setattr("sorn._report.plot.ResultFile", lambda *_: 1 / 0)
    assert main(["plot", save_run(), "--out", "figures"]) == 70
    err = capsys.readouterr().err
    assert "ZeroDivisionError" in err
    assert "sorn: error: a bug of sorn" in err

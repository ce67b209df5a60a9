"""How the package is built and installed: what is missing, and which versions are the oldest."""

from __future__ import annotations

import re
import runpy
import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
ROW = re.compile(r'^ *sorn_find\("([^"]*)" (\S+) (\S+) (\S+) (\S+) (\S+)', flags=re.MULTILINE)


def packages() -> dict[str, tuple[str, ...]]:
    """Of each library: the packages of Debian, Fedora, conda-forge and Homebrew, and its name for CMake."""
    rows = ROW.findall((REPOSITORY / "cmake" / "dependencies.cmake").read_text("utf-8"))
    return {row[0]: row[1:] for row in rows}


@pytest.mark.skipif(shutil.which("cmake") is None, reason="needs CMake")
def test_all_that_is_missing_is_said_at_once(tmp_path: Path) -> None:
    hidden = ["fmt", "Random123", "HDF5", "CLI11"]
    done = subprocess.run(
        ["cmake", "-S", str(REPOSITORY), "-B", str(tmp_path), "-D", "CMAKE_CXX_COMPILER_WORKS=ON"]
        + [part for name in hidden for part in ("-D", f"CMAKE_DISABLE_FIND_PACKAGE_{name}=ON")],
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert done.stderr.count("CMake Error") == 1
    said = {line.split(":")[0].strip(): line.split() for line in done.stderr.splitlines() if " install " in line}
    assert said["Debian, Ubuntu"][-4:] == ["libfmt-dev", "librandom123-dev", "libhdf5-dev", "libcli11-dev"]
    assert said["Fedora"][-4:] == ["fmt-devel", "Random123-devel", "hdf5-devel", "cli11-devel"]
    assert said["conda"][-4:] == ["conda-forge", "fmt", "hdf5", "cli11"]
    assert said["Homebrew"][-4:] == ["install", "fmt", "hdf5", "cli11"]
    assert "docs/install.md" in done.stderr


def test_the_script_installs_each_library() -> None:
    rows = packages()
    assert len(rows) >= 12
    script = (REPOSITORY / "scripts" / "install-dependencies.sh").read_text("utf-8")
    installed = re.search(r"packages=\((.*?)\n\)", script, flags=re.DOTALL)
    assert installed is not None
    names = re.sub("#.*", "", installed[1]).split()
    assert [row[0] for row in rows.values() if row[0] not in names] == []


def test_cmake_looks_for_each_library_in_one_place() -> None:
    found = [
        f"{path.relative_to(REPOSITORY)}: {line.strip()}"
        for folder in ("src", "python")
        for path in (REPOSITORY / folder).rglob("CMakeLists.txt")
        for line in path.read_text("utf-8").splitlines()
        if re.match(r"\s*(find_package|find_path|find_library)\(", line) and not re.search(r"\((nanobind|MPI) ", line)
    ]
    assert found == []


def test_the_oldest_versions_are_the_floors_of_the_project() -> None:
    oldest = runpy.run_path(str(REPOSITORY / "scripts" / "oldest-constraints.py"))["oldest"]
    project = (REPOSITORY / "pyproject.toml").read_text("utf-8")
    floors = oldest(["sparse", "report", "experiments", "sklearn"])
    for name in ("numpy", "scipy", "matplotlib"):
        (floor,) = set(re.findall(rf'"{name}>=([\d.]+)', project))
        assert floors[name] == floor, "one floor in the whole project"
    assert "plotly" in floors, "extras that an extra names"
    assert floors["scikit-learn"] == "1.6", "the higher of two floors"

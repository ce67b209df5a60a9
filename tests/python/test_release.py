"""The recipes, the citation, the metadata of the package, and how a release is made."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import REPOSITORY

tomllib = pytest.importorskip("tomllib")  # of Python 3.11

PLACES = runpy.run_path(str(REPOSITORY / "scripts" / "version.py"))["PLACES"]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]


def run(*command, **options) -> subprocess.CompletedProcess:
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)


@pytest.fixture
def copy(tmp_path) -> Path:
    """A repository with the files of a release, whose tests, wheels and site only write down that they were called."""
    for name in [*PLACES, "scripts/version.py", "scripts/release.sh"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / name, tmp_path / name)
    for name in ("test.sh", "wheels.sh", "docs.sh"):
        path = tmp_path / "scripts" / name
        path.write_text(f"#!/bin/sh\necho {name} >> .git/called\ntest ! -e .git/fail-{name}\n")
        path.chmod(0o755)
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## 91.2.3 (not yet released)\n\n- New.\n\n## 1.0.0\n")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "The beginning")
    return tmp_path


def git(folder: Path, *arguments: str) -> str:
    return run("git", *arguments, cwd=folder, check=True, env=environment()).stdout


def environment() -> dict[str, str]:
    who = {f"GIT_{role}_{what}": "tests" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", **who}


def release(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    return run(folder / "scripts" / "release.sh", *arguments, env=environment())


def called(folder: Path) -> list[str]:
    file = folder / ".git" / "called"
    return file.read_text().split() if file.exists() else []


def test_files_that_repeat_the_version_repeat_this_one() -> None:
    done = run(sys.executable, REPOSITORY / "scripts" / "version.py")
    line = re.search(r"project\(sorn VERSION ([0-9.]+)", (REPOSITORY / "CMakeLists.txt").read_text())
    assert (done.stdout, done.returncode) == (f"{line[1]}\n", 0), done.stderr


def test_a_version_that_differs_in_one_file_is_named(copy) -> None:
    path = copy / "packaging" / "conda" / "recipe.yaml"
    path.write_text(path.read_text().replace(yaml.safe_load(path.read_text())["context"]["version"], "0.0.7"))
    done = run(sys.executable, copy / "scripts" / "version.py")
    assert done.returncode == 1
    assert "recipe.yaml" in done.stderr
    assert "0.0.7" in done.stderr


def test_dry_run_says_every_step_and_changes_nothing(copy) -> None:
    done = release(copy, "91.2.3", "--dry-run")
    assert done.returncode == 0, done.stderr
    steps = [line.removeprefix("would run: ").split()[0] for line in done.stdout.splitlines()]
    scripts = ["scripts/version.py", "set_date", "scripts/test.sh", "scripts/wheels.sh", "scripts/docs.sh"]
    assert steps == [*scripts, "git", "git"]
    assert git(copy, "status", "--porcelain") == git(copy, "tag") == ""
    assert called(copy) == []


def test_release_sets_versions_and_date_and_tags_what_was_tested(copy) -> None:
    done = release(copy, "91.2.3", "--no-tests")
    assert done.returncode == 0, done.stderr
    assert called(copy) == ["wheels.sh", "docs.sh"]
    assert run(sys.executable, copy / "scripts" / "version.py").stdout == "91.2.3\n"
    assert yaml.safe_load((copy / "packaging/conda/recipe.yaml").read_text())["context"]["version"] == "91.2.3"
    assert 'version("91.2.3")' in (copy / "packaging/spack/package.py").read_text()
    assert re.search(r"^## 91\.2\.3 \(\d{4}-\d\d-\d\d\)$", (copy / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert git(copy, "status", "--porcelain") == ""
    assert git(copy, "describe") == "v91.2.3\n"
    again = release(copy, "91.2.3", "--dry-run")
    assert again.returncode == 1
    assert "v91.2.3 exists already" in again.stderr


def test_a_step_that_fails_leaves_everything_as_it_was(copy) -> None:
    (copy / ".git" / "fail-wheels.sh").touch()
    done = release(copy, "91.2.3")
    assert done.returncode != 0
    assert "The release was not made" in done.stderr
    assert called(copy) == ["test.sh", "wheels.sh"]
    assert git(copy, "status", "--porcelain") == git(copy, "tag") == ""


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("91.2.4",), 1, "CHANGELOG.md has no section '## 91.2.4"),
        (("0.9.0",), 1, "CHANGELOG.md has no section"),
        (("1.0",), 2, "usage"),
        ((), 2, "usage"),
        (("91.2.3", "91.2.4"), 2, "usage"),
    ],
)
def test_release_refuses(copy, arguments, code, message) -> None:
    done = release(copy, *arguments, "--dry-run")
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr


def test_release_refuses_a_tree_with_changes_and_an_older_version(copy) -> None:
    (copy / "CHANGELOG.md").write_text("## 0.9.0\n")
    assert "the working tree has changes" in release(copy, "0.9.0").stderr
    git(copy, "commit", "--quiet", "--all", "--message", "An old section")
    assert "0.9.0 is older than" in release(copy, "0.9.0").stderr


def test_conda_recipe_has_the_requirements_of_the_package() -> None:
    recipe = yaml.safe_load((REPOSITORY / "packaging" / "conda" / "recipe.yaml").read_text())
    build = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["build-system"]["requires"]

    def listed(requirements) -> set[str]:
        return {re.sub(r"\s", "", requirement) for requirement in requirements}

    assert listed(build) <= listed(recipe["requirements"]["host"])
    assert listed(PROJECT["dependencies"]) <= listed(recipe["requirements"]["run"])


def test_spack_recipe_is_python_and_has_the_options_of_the_build() -> None:
    text = (REPOSITORY / "packaging" / "spack" / "package.py").read_text()
    compile(text, "package.py", "exec")
    options = set(re.findall(r'"(SORN_\w+)"', text))
    assert options
    for option in options:
        assert re.search(rf"option\({option}\b", (REPOSITORY / "CMakeLists.txt").read_text()), option


def test_container_copies_what_is_there_and_both_take_the_same_steps() -> None:
    folder = REPOSITORY / "packaging" / "container"
    copied = re.findall(r"^    (\S+) /source/\S+$", (folder / "sorn.def").read_text(), re.MULTILINE)
    assert {"CMakeLists.txt", "src", "python"} <= set(copied)
    for name in copied:
        assert (REPOSITORY / name).exists() or name.startswith("/"), name
    for name in ("Dockerfile", "sorn.def"):
        for step in ("build /source /wheel", "install /wheel"):
            assert f"steps.sh {step}\n" in (folder / name).read_text(), (name, step)


def test_citation_is_complete() -> None:
    citation = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text())
    assert {"cff-version", "message", "title", "authors", "version", "license", "type"} <= set(citation)
    assert citation["license"] == PROJECT["license"]
    assert [author["name"] for author in citation["authors"]] == [author["name"] for author in PROJECT["authors"]]
    for reference in citation["references"]:
        assert re.fullmatch(r"10\.\d{4,}/\S+", reference["doi"]), reference["title"]
        assert reference["authors"]


def test_metadata_of_the_package() -> None:
    python = [row.rsplit(" ", 1)[1] for row in PROJECT["classifiers"] if re.search(r"Python :: 3\.\d+$", row)]
    lowest = PROJECT["requires-python"].removeprefix(">=")
    assert min(map(minor, python)) >= minor(lowest)


def minor(version: str) -> int:
    return int(version.split(".")[1])


def test_pictures_of_the_readme_say_what_they_show() -> None:
    # A package index shows no pictures that are addressed relative to the repository, but what they say.
    pictures = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", (REPOSITORY / "README.md").read_text())
    assert pictures
    for text, address in pictures:
        assert len(text) >= 20, address
        assert (REPOSITORY / address).exists(), address


@pytest.mark.parametrize("page", ["comparison.md", "paper/paper.md"])
def test_measured_numbers_are_those_of_the_pages_with_the_conditions(page) -> None:
    measured = "".join(
        (REPOSITORY / "docs" / name).read_text() for name in ("performance.md", "reservoirpy.md", "tasks.md")
    )
    text = re.sub(r"\s+", " ", (REPOSITORY / "docs" / page).read_text())
    numbers = re.findall(r"[\d,.]+ \([\d,.]+–[\d,.]+\)|[\d.]+ ± [\d.]*\d", text)
    assert len(numbers) >= 7
    for number in numbers:
        assert number in measured, number


def test_paper_cites_what_its_bibliography_has() -> None:
    text = (REPOSITORY / "docs" / "paper" / "paper.md").read_text()
    entries = re.findall(
        r"^@\w+\{(\w+),(.*?)^\}", (REPOSITORY / "docs/paper/paper.bib").read_text(), re.DOTALL | re.MULTILINE
    )
    assert {key for key, _ in entries} == set(re.findall(r"@([A-Z]\w+\d{4})", text))
    for key, fields in entries:
        assert re.search(r"^  doi +=", fields, re.MULTILINE), key
    assert 700 <= len(text.partition("# Summary")[2].split()) <= 1000

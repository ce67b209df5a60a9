"""The gallery of the site has every kind of picture that the package, the command and the experiments draw."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from conftest import REPOSITORY

import sorn
from sorn._experiments.figures import _PANELS
from sorn._report.figures import FIGURES

PAGE = (REPOSITORY / "docs" / "gallery.md").read_text(encoding="utf-8")

OF_OTHER_PACKAGES = {"gymnasium", "reservoirpy", "sklearn"}
"""Modules that need them; they have no pictures."""


class Item(NamedTuple):
    """A picture of the gallery."""

    target: str
    text: str

    @property
    def cells(self) -> list[str]:
        return re.findall(r"^```\{code-cell\} python\n(.*?)^```$", self.text, re.MULTILINE | re.DOTALL)

    @property
    def commands(self) -> list[str]:
        return re.findall(r"^sorn .*$", self.text, re.MULTILINE)


ITEMS = [
    Item(target, text)
    for target, text in re.findall(
        r"^\(picture-([\w-]+)\)=\n### (.*?)(?=^\(picture-|^## |\Z)", PAGE, re.MULTILINE | re.DOTALL
    )
]


def drawing_functions() -> Iterator[tuple[str, Any]]:
    """Public functions of the package that save or return a picture, with the names by which they are called."""
    folder = Path(sorn.__file__).parent
    for name in sorted({path.stem for path in folder.glob("[a-z]*.py")} - OF_OTHER_PACKAGES):
        module = importlib.import_module(f"sorn.{name}")
        for owner_name, owner in vars(module).items():
            if owner_name.startswith("_") or not getattr(owner, "__module__", "").startswith("sorn"):
                continue
            members = vars(owner).items() if inspect.isclass(owner) else [(owner_name, owner)]
            for member_name, member in members:
                function = getattr(member, "__func__", member)
                if member_name.startswith("_") or not inspect.isfunction(function):
                    continue
                if {"savefig", "fig_name"} & set(inspect.signature(function).parameters):
                    yield f"{owner_name}.{member_name}" if inspect.isclass(owner) else owner_name, function


def test_every_function_that_draws_has_a_picture() -> None:
    names = dict(drawing_functions())
    assert {name.removeprefix("Plotter.") for name in names if name.startswith("Plotter.")} == {
        name for name in vars(sorn.Plotter) if not name.startswith("_")
    }
    assert "Results.plot" in names
    code = {item.target: "\n".join(item.cells) for item in ITEMS}
    for name in names:
        owner, _, function = name.rpartition(".")
        shown = code.get(function, "") if owner == "Plotter" else "\n".join(code.values())
        assert f".{function}(" in shown, f"docs/gallery.md has no picture of {name}"


def test_every_figure_of_the_command_has_its_command_line() -> None:
    named = [re.search(r"--only (\w+)$", line)[1] for item in ITEMS for line in item.commands if "--only" in line]
    assert sorted(named) == sorted(FIGURES), "each once, and no other"
    for item in ITEMS:
        for line in item.commands:
            if "--only" in line:
                assert item.target.partition("-")[0] == line.rpartition(" ")[2]


def test_every_kind_of_panel_has_a_picture() -> None:
    shown = {item.target.removeprefix("panel-"): item for item in ITEMS if item.target.startswith("panel-")}
    assert set(shown) == set(_PANELS)
    for kind, item in shown.items():
        assert f'"kind": "{kind}"' in item.text


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.target)
def test_each_picture_has_words_and_an_alternative(item: Item) -> None:
    assert item.cells or "![" in item.text, "it shows something"
    title, words = item.text.split("\n", 1)
    assert title
    assert re.match(r"\n[^`]*\S.*[.]\n", words, re.DOTALL)
    alternatives = re.findall(r"^    alt: (.+)$|!\[(.+?)\]", item.text, re.MULTILINE)
    assert len(alternatives) == max(len(item.cells), 1)


def test_alternatives_and_targets_differ() -> None:
    alternatives = re.findall(r"^    alt: (.+)$", PAGE, re.MULTILINE)
    assert len(alternatives) == len(set(alternatives)) >= 25
    assert len(ITEMS) == len({item.target for item in ITEMS}) == len(re.findall(r"^### ", PAGE, re.MULTILINE))

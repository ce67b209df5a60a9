"""The index of the gallery, and pictures on narrow screens.

The index has a card for each section with a target ``picture-NAME``, which shows the picture of the section, smaller.
The functions of the plotter link to their section. Wide pictures that code has drawn get the class ``wide``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

PREFIX = "picture-"
_FUNCTIONS = "sorn.Plotter."
_WIDE = 700  # pixels: wider than a figure of one column
_log = logging.getLogger(__name__)


class _Index(nodes.General, nodes.Element):
    """Where the cards go."""


class _Gallery(SphinxDirective):
    """``{gallery}``: the index of the pictures of this page."""

    def run(self) -> list[nodes.Node]:
        return [_Index()]


def _mark_wide(app: Sphinx, tree: nodes.document) -> None:
    for picture in tree.findall(nodes.image):
        width = str(picture.get("width", ""))
        if width.isdecimal() and int(width) > _WIDE:
            picture["classes"].append("wide")


def _subjects(tree: nodes.document) -> Iterator[tuple[str, list[nodes.section]]]:
    """The sections with their titles that have pictures, and those pictures' sections."""
    for section in tree.findall(nodes.section):
        inside = [child for child in section.children if isinstance(child, nodes.section)]
        if shown := [child for child in inside if _target(child)]:
            yield _title(section), shown


def _target(section: nodes.section) -> str:
    """The identifier of the section's target, empty if it is not one of a picture."""
    return next((name for name in section["ids"] if name.startswith(PREFIX)), "")


def _title(section: nodes.section) -> str:
    return next(section.findall(nodes.title)).astext()


def _card(section: nodes.section) -> nodes.Element:
    picture = next(section.findall(nodes.image), None)
    link = nodes.reference("", "", refid=_target(section), internal=True)
    if picture is None:
        _log.warning("the section %r shows no picture", _title(section), location=section, type="gallery")
    else:
        small = picture.deepcopy()
        small["alt"] = ""  # the name beside it says what it is
        for size in ("width", "height"):
            small.attributes.pop(size, None)
        link += small
    link += nodes.inline("", _title(section))
    return nodes.paragraph("", "", link, classes=["gallery-card"])


def _fill(app: Sphinx, tree: nodes.document) -> None:
    for index in list(tree.findall(_Index)):
        parts: list[nodes.Node] = []
        for subject, sections in _subjects(tree):
            parts.append(nodes.rubric("", subject))
            parts.append(nodes.container("", *map(_card, sections), classes=["gallery"]))
        index.replace_self(parts)


def _link(app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]) -> None:
    if name.startswith(_FUNCTIONS):
        lines += ["", f":ref:`Picture and code in the gallery <{PREFIX}{name.removeprefix(_FUNCTIONS)}>`", ""]


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_node(_Index)
    app.add_directive("gallery", _Gallery)
    app.connect("doctree-read", _mark_wide, priority=901)
    app.connect("doctree-read", _fill, priority=900)  # when Sphinx has collected the pictures
    app.connect("autodoc-process-docstring", _link, priority=900)  # below the sections of the docstring
    return {"parallel_read_safe": True, "parallel_write_safe": True}

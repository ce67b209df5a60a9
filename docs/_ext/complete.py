"""Warns of every public name of the package and of the C++ headers that no page documents, and of nameless groups."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

import sorn

_log = logging.getLogger(__name__)


def _cpp_names(xml: Path) -> Iterator[str]:
    """Classes, functions, enumerations … in the doxygen index, without the namespaces of the implementation."""
    for compound in ElementTree.parse(xml / "index.xml").iter("compound"):
        name = compound.findtext("name", "")
        if not name.startswith("sorn") or "kernels" in name or "detail" in name:
            continue
        if compound.get("kind") in ("class", "struct"):
            page = ElementTree.parse(xml / f"{compound.get('refid')}.xml").find("compounddef")
            if page is None or page.get("prot") != "private":
                yield name
        elif compound.get("kind") == "namespace":
            kinds = ("function", "enum", "typedef")
            yield from (f"{name}::{m.findtext('name')}" for m in compound.iter("member") if m.get("kind") in kinds)


def _compounds_with_nameless_groups(xml: Path) -> Iterator[str]:
    """Classes and the like whose page would show the heading "Unnamed Group"."""
    for file in sorted(xml.glob("*.xml")):
        for compound in ElementTree.parse(file).iter("compounddef"):
            sections = compound.iter("sectiondef")
            if any(s.get("kind") == "user-defined" and not s.findtext("header") for s in sections):
                yield compound.findtext("compoundname", "")


def _check(app: Sphinx, env: BuildEnvironment) -> None:
    python = set(env.domains["py"].objects)
    cpp = {name for name, *_ in env.domains["cpp"].get_objects()}
    xml = Path(app.config.breathe_projects[app.config.breathe_default_project])
    missing = {f"sorn.{name}" for name in sorn.__all__} - python | set(_cpp_names(xml)) - cpp
    for name in sorted(missing):
        _log.warning("%s is on no page of docs/api", name, type="complete")
    for compound in _compounds_with_nameless_groups(xml):
        _log.warning("%s has members in a group without a name (@{ without @name)", compound, type="complete")


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("env-check-consistency", _check)
    return {"parallel_read_safe": True}

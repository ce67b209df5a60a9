"""Each page with code is also a notebook to download, with its outputs, which runs where the package is installed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from jupyter_cache import get_cache
from myst_nb.core.read import read_myst_markdown_notebook
from sphinx.application import Sphinx

FOLDER = "notebooks"
EXTRAS = "experiments,reservoirpy,rl,sklearn"
"""The extras that pages use, besides [report] with [plot], which [experiments] brings."""

_INSTALL = f"""\
# Where the package is not installed yet, as in a hosted notebook, this installs it with what the page uses.
import importlib.util

if importlib.util.find_spec("sorn") is None:
    %pip install --quiet "sorn[{EXTRAS}]"
"""


def plain(text: str) -> str:
    """Markdown that any notebook shows: without roles, directives, targets, and what is in other files."""
    text = re.sub(r"^\([\w-]+\)=\n", "", text, flags=re.M)
    text = re.sub(r"!\[[^\]]*\]\((?!https?:)[^)]*\)", "", text)
    text = re.sub(r"\{[\w:+-]+\}`([^`<]+?) *<[^`>]*>`", r"\1", text)  # a role with a title
    text = re.sub(r"\{[\w:+-]+\}`~?(?:[\w.:]*[.:])?([^`]+)`", r"`\1`", text)  # others: the last part of the name
    text = re.sub(r"^(:::+|```)\{[\w:+-]+\}[^\n]*\n(?::\w[^\n]*\n)*(.*?)^\1 *$", r"\2", text, flags=re.M | re.S)
    return re.sub(r"\[([^\]]+)\]\((?!https?:)[^)]*\)", r"\1", text)


def notebook_of(page: str, executed: Any) -> Any:
    """A notebook of a page and its executed cells: texts and outputs, after a first cell that installs the package."""
    notebook = nbformat.v4.new_notebook()
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook.metadata.language_info = {"name": "python"}
    done = iter(cell for cell in executed.cells if cell.cell_type == "code")
    notebook.cells = [nbformat.v4.new_code_cell(_INSTALL)]
    for cell in read_myst_markdown_notebook(page).cells:
        if cell.cell_type == "code":
            made = next(done)
            new = nbformat.v4.new_code_cell(cell.source, outputs=made.outputs, execution_count=made.execution_count)
        else:
            new = nbformat.v4.new_markdown_cell(plain(cell.source))
        notebook.cells.append(new)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"  # the same in each build
    return notebook


def _add_link(app: Sphinx, tree: nodes.document, page: str) -> None:
    """Put the link below the title of a page with code."""
    source = Path(app.env.doc2path(page))
    if source.suffix != ".md" or "file_format: mystnb" not in source.read_text()[:200]:
        return
    title = next(iter(tree.findall(nodes.title)), None)
    if title is None:
        return
    address = "../" * page.count("/") + f"{FOLDER}/{page.rsplit('/', 1)[-1]}.ipynb"
    link = nodes.raw(
        "", f'<p class="notebook"><a href="{address}" download>Download as a notebook</a></p>', format="html"
    )
    title.parent.insert(title.parent.index(title) + 1, link)


def _write(app: Sphinx, error: Exception | None) -> None:
    cache_path = Path(app.config.nb_execution_cache_path)
    if error is not None or app.builder.format != "html" or not cache_path.exists():
        return
    folder = Path(app.outdir) / FOLDER
    folder.mkdir(exist_ok=True)
    cache = get_cache(cache_path)
    for record in cache.list_cache_records():
        page, executed = Path(record.uri), cache.get_cache_bundle(record.pk).nb
        nbformat.write(notebook_of(page.read_text(), executed), folder / f"{page.stem}.ipynb")


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("doctree-resolved", _add_link)
    app.connect("build-finished", _write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

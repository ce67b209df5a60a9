"""The notebooks of the site: each is whole, and runs. scripts/docs.sh makes the site first."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

REPOSITORY = Path(__file__).parents[2]
PAGES = sorted(page for page in (REPOSITORY / "docs").rglob("*.md") if "file_format: mystnb" in page.read_text()[:200])
FOLDER = REPOSITORY / "build/docs/html/notebooks"


def test_each_page_with_code_has_one() -> None:
    assert len(PAGES) >= 15
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == sorted(page.stem for page in PAGES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_it_has_the_code_the_results_and_plain_text(page: Path) -> None:
    notebook = nbformat.read(FOLDER / f"{page.stem}.ipynb", as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert "find_spec" in code[0].source
    assert len(code) == 1 + len(re.findall(r"^```\{code-cell\}", page.read_text(), re.M))
    assert any(cell.outputs for cell in code[1:])
    assert not any(output.output_type == "error" for cell in code for output in cell.outputs)
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert text.startswith("# ")
    assert not re.search(r"\{[\w:+-]+\}`|^(:::|```)\{|\]\((?!https?:)", text, re.M)
    html = (REPOSITORY / "build/docs/html" / page.relative_to(REPOSITORY / "docs")).with_suffix(".html")
    link = re.search(r'<a href="([^"]+)" download>Download as a notebook', html.read_text())
    assert (html.parent / link[1]).resolve() == (FOLDER / f"{page.stem}.ipynb").resolve()


def test_one_runs_where_it_is_downloaded_to(tmp_path: Path) -> None:
    notebook = nbformat.read(FOLDER / "first-network.ipynb", as_version=4)
    wanted = [output.get("text") for cell in notebook.cells[1:] for output in cell.get("outputs", [])]
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": tmp_path}}).execute()
    found = [output.get("text") for cell in notebook.cells[1:] for output in cell.get("outputs", [])]
    assert found == wanted  # the seeds are in the code

"""Each row of the engine's tables has words, and stands on the pages where people look for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from conftest import REPOSITORY

from sorn import _core

Table = Callable[[], list[dict[str, Any]]]

TABLES: dict[str, tuple[Table, list[str], list[str]]] = {
    # table: its columns of words, its pages
    "hyperparameters": (_core.parameter_table, ["meaning", "range", "source"], ["parameters.md"]),
    "rules": (_core.rules, ["label", "meaning"], ["model.md"]),
    "quantities": (_core.quantities, ["kind", "meaning"], ["file-format.md", "tutorial/plasticity.md"]),
    "sources": (_core.sources, ["meaning"], ["sources.md"]),
    "measures": (_core.measures, ["label", "meaning"], ["measures.md"]),
}


@pytest.mark.parametrize(("table", "words", "pages"), TABLES.values(), ids=TABLES)
def test_each_row_has_words_and_pages(table: Table, words: list[str], pages: list[str]) -> None:
    texts = {page: (REPOSITORY / "docs" / page).read_text(encoding="utf-8") for page in pages}
    rows = table()
    assert len({row["name"] for row in rows}) == len(rows) > 0
    for row in rows:
        for column in words:
            assert row[column], f"{row['name']} has no {column}"
        for page, text in texts.items():
            assert f"`{row['name']}`" in text, f"docs/{page} does not tell of {row['name']}"

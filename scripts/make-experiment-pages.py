#!/usr/bin/env python3
"""Write docs/experiments/ from a folder of `sorn reproduce all --out FOLDER`.

Networks that are missing in the folder are run. The pages hold what came out, so that a reader of the documentation
sees the same numbers as the page of the run does.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import jinja2

from sorn import experiments
from sorn._experiments import figures, words

DOCS = Path(__file__).resolve().parent.parent / "docs" / "experiments"
DPI = 110


def main() -> None:
    """Write a page for each experiment, and the page with all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the --out of sorn reproduce")
    parser.add_argument(
        "names", nargs="*", default=experiments.names(), help="experiments (default: all); the others keep their page"
    )
    options = parser.parse_args()
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(DOCS),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["cell"] = lambda text: text.replace("|", "\\|")
    for name in options.names:
        folder = options.folder / name
        results = experiments.reproduce(name, out=folder)
        figures.draw(results).savefig(DOCS / f"{name}.png", dpi=DPI, metadata={"Software": None})
        page = environment.get_template("page.md.j2").render(
            experiment=results.experiment,
            question=" ".join(results.experiment.question.split()),
            protocol=words.protocol(results.experiment),
            caption=words.caption(results),
            table=words.table_cells(results),
            grid=words.grid(results),
            claims=words.claim_cells(results),
            cost=json.loads((folder / "experiment.json").read_text()).get("cost"),
            summary=words.summary(results),
        )
        (DOCS / f"{name}.md").write_text(page)
    index = environment.get_template("index.md.j2").render(
        shown=[experiments.load(name) for name in experiments.names() if (DOCS / f"{name}.md").exists()],
        others=[experiments.load(name) for name in experiments.names() if not (DOCS / f"{name}.md").exists()],
    )
    (DOCS / "index.md").write_text(index)


main()

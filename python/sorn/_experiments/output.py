"""Writing an experiment: its page, its figure, and every number as CSV and HDF5."""

from __future__ import annotations

import base64
import csv
import io
import json
import resource
from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .. import _core
from .._arguments import import_extra
from .._report.files import make_folder, write_file
from . import words
from .figures import draw, panels_of
from .results import Results

_DPI = 200


class Page(NamedTuple):
    """What the page of all experiments shows of one."""

    name: str
    title: str
    publication: str
    picture: bytes
    """PNG; empty if the experiment has no figure."""
    inside: str


def write(results: Results, folder: Path, command: str) -> Page:
    """Write everything about an experiment into a folder.

    ``index.html`` is the page; ``figure.svg`` and ``figure.png`` the figure; ``table.csv`` and ``claims.csv`` what is
    compared; ``networks.csv`` every number of every network; ``data.h5`` also the arrays; ``experiment.json`` the
    description as it was run.
    """
    make_folder(str(folder))
    pictures = _pictures(results)
    for name, content in pictures.items():
        _write(folder / name, content)
    _write(folder / "table.csv", _csv(words.TABLE_COLUMNS, words.table_rows(results)))
    _write(folder / "claims.csv", _csv(words.CLAIM_COLUMNS, words.claim_rows(results)))
    _write(folder / "networks.csv", _csv(*_networks(results)))
    _write(folder / "data.h5", _hdf5(results))
    program = f"sorn {_core.version}"
    cost = words.cost(results, _memory_mb())
    description = {
        "program": program,
        "command": command,
        "cost": cost,
        "quick_run": results.quick,
        "experiment": results.experiment.to_dict(),
    }
    _write(folder / "experiment.json", (json.dumps(description, indent=2, ensure_ascii=False) + "\n").encode())
    _write(folder / "index.html", _page(results, pictures.get("figure.svg", b""), command, cost))
    inside = words.summary(results)
    return Page(
        results.experiment.name, results.experiment.title, results.experiment.publication,
        pictures.get("figure.png", b""), inside,
    )  # fmt: skip


def write_gallery(pages: Sequence[Page], path: Path) -> None:
    """Write one page about several experiments, whose folders lie beside it."""
    cards = [
        {**page._asdict(), "picture": base64.b64encode(page.picture).decode(), "href": f"{page.name}/index.html"}
        for page in pages
    ]
    _write(path, _rendered("gallery.html.j2", cards=cards))


def _write(path: Path, content: bytes) -> None:
    write_file(str(path), content, overwrite=True)


def _pictures(results: Results) -> dict[str, bytes]:
    if not panels_of(results.experiment):
        return {}
    figure = draw(results)
    files = {}
    for kind in ("svg", "png"):
        content = io.BytesIO()
        # Without a date and random identifiers the same results give the same file.
        metadata = {"Date": None} if kind == "svg" else {"Software": None}
        with import_extra("matplotlib", "experiments").rc_context({"svg.hashsalt": results.experiment.name}):
            figure.savefig(content, format=kind, dpi=_DPI, metadata=metadata)
        files[f"figure.{kind}"] = content.getvalue()
    return files


def _csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()


def _networks(results: Results) -> tuple[list[str], list[list[Any]]]:
    """Every number of every network, a row for each."""
    axes = list(results.experiment.axes)
    numbers = [name for name in results.quantities if all(np.ndim(outcome[name]) == 0 for _, outcome in results.each())]
    rows = [
        [*(task.labels[axis] for axis in axes), task.network, task.seed, *(repr(outcome[name]) for name in numbers)]
        for task, outcome in results.each()
    ]
    return [*axes, "network", "seed", *numbers], rows


def _hdf5(results: Results) -> bytes:
    """Every number and array of every network: groups by condition and network."""
    h5py = import_extra("h5py", "experiments")
    content = io.BytesIO()
    with h5py.File(content, "w", track_order=True) as file:
        file.attrs["experiment"] = results.experiment.name
        file.attrs["program"] = f"sorn {_core.version}"
        for task, outcome in results.each():
            place = "/".join([*(f"{axis}={label}" for axis, label in task.labels.items()), f"network {task.network}"])
            group = file.require_group(place)
            group.attrs["seed"] = np.uint64(task.seed)
            for name, value in outcome.items():
                group.create_dataset(name, data=value, track_times=False)
    return content.getvalue()


def _page(results: Results, svg: bytes, command: str, cost: str) -> bytes:
    experiment = results.experiment
    picture = base64.b64encode(svg).decode()
    return _rendered(
        "experiment.html.j2",
        experiment=experiment,
        question=" ".join(experiment.question.split()),
        protocol=words.protocol(experiment),
        picture=picture,
        caption=words.caption(results),
        table=words.table_cells(results),
        grid=words.grid(results),
        claims=words.claim_cells(results),
        quick=results.quick,
        command=command,
        seeds=words.seeds(results),
        cost=cost,
        description=json.dumps(experiment.to_dict(), indent=2, ensure_ascii=False),
    )


def _memory_mb() -> float:
    """The most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def _rendered(template: str, **values: Any) -> bytes:
    jinja2 = import_extra("jinja2", "experiments")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    style = resources.files("sorn._report").joinpath("page.css").read_text(encoding="utf-8")
    own = resources.files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    text = resources.files(__package__).joinpath(template).read_text(encoding="utf-8")
    page: str = environment.from_string(text).render(style=style + own, version=_core.version, **values)
    return page.encode()

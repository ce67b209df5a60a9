"""``sorn report``: one page that tells a run's story and needs nothing besides itself."""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import Callable
from importlib import resources
from typing import Any, NamedTuple

from .. import _core
from .._arguments import import_extra
from .._errors import SornError
from .charts import charts
from .figures import FIGURES, RASTER_STEPS, Figure, drawn, first_spikes
from .files import require_writable, write_file
from .result import Need, ResultFile
from .words import facts, parameter_table, recording_table, run_table, story

_RASTER_DPI = 250  # twice what a screen shows: the rest appears when it is enlarged

# What a recording would add, in the order in which the page shows it.
_WISHES = (
    (Need("C"), "--record C", "how connections come and go"),
    (Need("E"), "--record E", "spikes, rates, correlations"),
    (Need("E", every_step=True), "--record E", "interspike intervals, avalanches and the branching ratio"),
    (Need("TE"), "--record TE/10", "how thresholds move"),
)


class Picture(NamedTuple):
    """A figure on the page."""

    key: str
    title: str
    wide: bool
    source: str
    """The image as a data: address; empty if there is none."""
    alternative: str
    """What it shows, for those who do not see it."""
    problem: str
    """Why there is none."""


class Section(NamedTuple):
    """Pictures under one heading."""

    title: str
    pictures: list[Picture]


def write_report(path: str, out: str, say: Callable[[str], object], overwrite: bool = False) -> None:
    """Write the page of a result file.

    Parameters
    ----------
    path : str
        The result file.
    out : str
        The page to write.
    say : function
        Gets a line about what was written.
    overwrite : bool, default False
        Replace a page that is there already, once the new one is complete.

    Raises
    ------
    IoError, FormatError
        If a file cannot be read or written.
    ImportError
        If a package of the extra ``report`` is missing.
    """
    require_writable(out, overwrite)
    content = page(ResultFile(path)).encode()
    write_file(out, content, overwrite)
    say(f"report of {path} in {out} ({len(content) / 1e6:.1f} MB)")


def page(result: ResultFile) -> str:
    """The page as HTML; the same each time."""
    jinja2 = import_extra("jinja2", "report")
    plotly_source: str = import_extra("plotly.offline", "report").get_plotlyjs()
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    script = _part("page.js")
    html: str = environment.from_string(_part("page.html.j2")).render(
        charts=charts(result),
        facts=facts(result),
        missing=_missing(result),
        name=result.name,
        parameters=parameter_table(result),
        plotly=base64.b64encode(gzip.compress(plotly_source.encode(), mtime=0)).decode(),
        policy=_policy(script, plotly_source),
        recordings=recording_table(result),
        run=run_table(result),
        script=script,
        sections=_sections(result),
        story=story(result),
        style=_part("page.css"),
        version=_core.version,
    )
    return html


def _part(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _policy(*scripts: str) -> str:
    """What the browser may do with the page: run our scripts and no others, and fetch nothing from anywhere."""
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


# --- pictures ------------------------------------------------------------------------------------------------------


def _sections(result: ResultFile) -> list[Section]:
    spikes = [
        *_rasters(result),
        _vector(result, "hist_firing_rate_network"),
        _vector(result, "isi_exponential_fit"),
        _vector(result, "avalanche_distribution", wide=True),
        _vector(result, "correlation"),
        _image(result, FIGURES["plot_network"]),
    ]
    connections = [
        _vector(result, "linear_lognormal_fit", wide=True),
        _vector(result, "hist_incoming_conn"),
        _vector(result, "hist_outgoing_conn"),
    ]
    found = [Section("Spikes", _present(spikes)), Section("Connections and weights", _present(connections))]
    return [section for section in found if section.pictures]


def _present(pictures: list[Picture | None]) -> list[Picture]:
    return [picture for picture in pictures if picture]


def _rasters(result: ResultFile) -> list[Picture | None]:
    last = FIGURES["raster_plot"]
    if not result.has("E") or len(result.recordings["E"]) <= RASTER_STEPS:
        whole = last._replace(title="spikes of the whole run")
        return [_image(result, whole, wide=True)]
    first = last._replace(
        name="first_spikes", title=f"spikes of the first {RASTER_STEPS:,} recorded steps", draw=first_spikes
    )
    return [_image(result, first, wide=True), _image(result, last, wide=True)]


def _vector(result: ResultFile, name: str, wide: bool = False) -> Picture | None:
    return _picture(result, FIGURES[name], "svg", "svg+xml", wide)


def _image(result: ResultFile, figure: Figure, wide: bool = False) -> Picture | None:
    return _picture(result, figure, "png", "png", wide)


def _picture(result: ResultFile, figure: Figure, file_format: str, media: str, wide: bool) -> Picture | None:
    """None if the file lacks what the figure needs, which the page says in one place for all."""
    if figure.obstacle(result):
        return None
    title = figure.title[0].upper() + figure.title[1:]
    try:
        content, headings = drawn(figure.draw, result, file_format, _RASTER_DPI)
    except SornError as error:
        return Picture(figure.name, title, wide, "", "", str(error))
    source = f"data:image/{media};base64,{base64.b64encode(content).decode()}"
    return Picture(figure.name, title, wide, source, ": ".join([title, "; ".join(headings)]), "")


def _missing(result: ResultFile) -> list[dict[str, Any]]:
    """What the page could show if it had been recorded."""
    missing: list[dict[str, Any]] = []
    for need, option, adds in _WISHES:
        if need.every_step and not result.has(need.quantity):
            missing[-1]["adds"] += f", {adds}"  # the same recording is missing altogether
        elif lack := result.lacks(need):
            missing.append({"lack": lack, "option": option, "adds": adds})
    return missing

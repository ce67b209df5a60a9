"""``sorn report``: one page about a run, in one file that needs no others."""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import Callable, Sequence
from importlib import resources
from typing import Any, NamedTuple

from .. import _core
from .._arguments import import_extra
from .._errors import FormatError, IoError, SornError
from .charts import charts
from .figures import FIGURES, RASTER_STEPS, Figure, drawn, first_spikes
from .files import require_writable, write_file
from .result import Need, ResultFile, Show, hide
from .words import facts, parameter_table, recording_table, run_table, story

_RASTER_DPI = 250  # twice the resolution of a screen, for enlarging

# The figures that each recording would add, in the order of the page.
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
    """The image as a data: address. Empty: there is no image."""
    alternative: str
    """A description for readers who cannot see the figure."""
    problem: str
    """The reason why there is no image."""


class Section(NamedTuple):
    """The pictures under one heading."""

    title: str
    pictures: list[Picture]


def write_report(
    path: str,
    out: str,
    say: Callable[[str], object],
    recordings: Sequence[str] = (),
    overwrite: bool = False,
    show: Show = hide,
) -> None:
    """Write the page of a result file, and `say` a line about it.

    `recordings` are those to show; empty: all in the file. With `overwrite` an existing page is replaced, once the new
    one is complete. `show` receives what is being done, and an empty text at the end.

    Raises
    ------
    IoError, FormatError
        If a file cannot be read or written.
    UnknownNameError
        If one of `recordings` is not in the file.
    ImportError
        If a package of the extra ``report`` is missing.
    """
    require_writable(out, overwrite)
    result = ResultFile(path, recordings)
    result.show = show
    content = page(result).encode()
    show("")
    write_file(out, content, overwrite)
    say(f"report of {path} in {out} ({len(content) / 1e6:.1f} MB)")


def page(result: ResultFile) -> str:
    """The page as HTML. It is the same each time."""
    jinja2 = import_extra("jinja2", "report")
    plotly, plotly_hash = _plotly()
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    script = _part("page.js")
    result.show(f"measuring {result.name}")
    html: str = environment.from_string(_part("page.html.j2")).render(
        charts=charts(result),
        facts=facts(result),
        missing=_missing(result),
        name=result.name,
        parameters=parameter_table(result),
        plotly=plotly,
        policy=_policy(_hash(script.encode()), plotly_hash),
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


def _plotly() -> tuple[str, str]:
    """The compressed source of plotly.js, and the hash of it. The source itself has five megabytes."""
    source = import_extra("plotly.offline", "report").get_plotlyjs().encode()
    return base64.b64encode(gzip.compress(source, mtime=0)).decode(), _hash(source)


def _hash(script: bytes) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"


def _policy(*hashes: str) -> str:
    """The content security policy of the page: the browser may run the scripts of these hashes and no others, and fetch
    nothing."""
    return (
        f"default-src 'none'; script-src {' '.join(hashes)}; style-src 'unsafe-inline'; img-src data: blob:; "
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
    if not result.has("E") or len(result.rows_of("E")) <= RASTER_STEPS:
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
    """The picture; None if the file lacks a recording that it needs. The page lists these in one place."""
    if figure.obstacle(result):
        return None
    title = figure.title_of(result)
    title = title[0].upper() + title[1:]
    result.show(f"drawing {figure.title_of(result)}")
    try:
        content, headings = drawn(figure.draw, result, file_format, _RASTER_DPI)
    except (IoError, FormatError):  # the file is damaged
        raise
    except SornError as error:
        return Picture(figure.name, title, wide, "", "", str(error))
    source = f"data:image/{media};base64,{base64.b64encode(content).decode()}"
    return Picture(figure.name, title, wide, source, ": ".join([title, "; ".join(headings)]), "")


def _missing(result: ResultFile) -> list[dict[str, Any]]:
    """The figures that the page could show if more had been recorded."""
    missing: list[dict[str, Any]] = []
    if result.chosen:  # the missing recordings were not wanted
        return missing
    for need, option, adds in _WISHES:
        if need.every_step and not result.has(need.quantity):
            missing[-1]["adds"] += f", {adds}"  # the recording is missing altogether
        elif lack := result.lacks(need):
            missing.append({"lack": lack, "option": option, "adds": adds})
        elif not need.every_step and (shown := result.name_of(need.quantity)) != need.quantity:
            lack = f"{need.quantity} was not recorded: {shown} is shown in its place"
            missing.append({"lack": lack, "option": option, "adds": adds})
    return missing

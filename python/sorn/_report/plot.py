"""``sorn plot``: the figures of a result file, each in its own file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence

from .._arguments import did_you_mean
from .._errors import FormatError, IoError, ParameterError, SornError, UnknownNameError
from .figures import FIGURES, Figure, drawn
from .files import make_folder, require_writable, write_file
from .result import ResultFile, Show, hide

FORMATS = ("png", "pdf", "svg")


def write_figures(
    path: str,
    folder: str,
    file_format: str,
    dpi: int,
    only: Iterable[str],
    say: Callable[[str], object],
    recordings: Sequence[str] = (),
    overwrite: bool = False,
    show: Show = hide,
) -> None:
    """Draw the figures for which a result file has data, as ``<name>.<file_format>`` in a folder.

    `only` are the names of figures, and `recordings` the recordings to draw; empty: all. `dpi` is from 10 to 1200.
    `say` receives lines about what was drawn and what could not be drawn, and `show` what is being drawn. With
    `overwrite` existing files are replaced.

    Raises
    ------
    UnknownNameError
        For a format or a figure that does not exist, or a recording that the file does not have.
    ParameterError
        If `only` names a figure for which this file has no data. Then nothing is drawn.
    IoError, FormatError
        If a file cannot be read or written.
    """
    if file_format not in FORMATS:
        _unknown("--format", file_format, FORMATS)
    chosen = [FIGURES[name] if name in FIGURES else _unknown("--only", name, FIGURES) for name in only]
    result = ResultFile(path, recordings)
    for figure in chosen:
        if obstacle := figure.obstacle(result):
            raise ParameterError(f"--only {figure.name}", f"{result.name} does not allow it", obstacle)

    make_folder(folder)
    for figure in chosen or FIGURES.values():
        if not figure.obstacle(result):
            require_writable(os.path.join(folder, f"{figure.name}.{file_format}"), overwrite)
    say(f"figures of {result.name} in {folder}")
    missing: list[tuple[Figure, str]] = []
    for figure in chosen or FIGURES.values():
        if obstacle := figure.obstacle(result):
            if not (result.chosen and figure.need and result.lacks(figure.need)):  # else it was not wanted
                missing.append((figure, obstacle))
            continue
        show(f"drawing {figure.title_of(result)}")
        try:
            content = drawn(figure.draw, result, file_format, dpi).content
        except (IoError, FormatError):  # the file is damaged
            raise
        except SornError as error:
            if chosen:
                raise
            missing.append((figure, str(error)))
            continue
        name = f"{figure.name}.{file_format}"
        show("")
        write_file(os.path.join(folder, name), content, overwrite)
        say(f"  {name:<32} {figure.title_of(result)}")
    show("")
    if missing:
        say("not drawn")
    for figure, reason in missing:
        say(f"  {figure.name:<32} {reason}")
    needed = {figure.need.quantity: None for figure, _ in missing if figure.need and result.lacks(figure.need)}
    if needed and not result.chosen:
        say(f"'sorn simulate --record {','.join(needed)}' records what they need")


def _unknown(option: str, name: str, known: Iterable[str]) -> Figure:
    raise UnknownNameError(f"{option} {name}", f"must be one of {', '.join(known)}", did_you_mean(name, known))

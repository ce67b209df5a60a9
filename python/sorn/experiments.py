"""Published experiments, and your own: run over many networks, measured, and compared with what was published.

>>> from sorn import experiments
>>> experiments.names()[0]
'lazar2009-counting'
>>> results = experiments.reproduce("lazar2009-counting", quick=True)  # doctest: +SKIP
>>> for line in results.table():  # doctest: +SKIP
...     print(line.text, line.labels, line.published, line.mean, line.spread, line.verdict)

An experiment is a description, in Python or in a TOML file: the network, what it is shown, the phases of its run, the
conditions, what is measured, and what was published. ``experiments.load(name).to_dict()`` shows one. The command
``sorn reproduce NAME`` also draws its figure and writes a page.
"""

from __future__ import annotations

import os
import runpy
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from ._arguments import did_you_mean, file_path, quoted, thread_count, truth
from ._errors import FormatError, IoError, ParameterError, UnknownNameError
from ._experiments.description import Claim, Experiment, Phase, Row
from ._experiments.measures import Estimate, Measure, NetworkRun, measure, measure_table
from ._experiments.results import ClaimLine, Line, Results
from ._experiments.run import Store, run_tasks, tasks_of
from ._progress import Report, reporting

__all__ = [
    "Claim",
    "ClaimLine",
    "Estimate",
    "Experiment",
    "Line",
    "Measure",
    "NetworkRun",
    "Phase",
    "Results",
    "Row",
    "load",
    "measure",
    "measure_table",
    "names",
    "reproduce",
]

_ORDER = (
    "lazar2009-counting",
    "occluder",
    "zheng2013-synapses",
    "hartmann2015-spontaneous",
    "hartmann2015-development",
    "hartmann2015-variability",
    "hartmann2015-decision",
    "hartmann2015-sequence",
    "delpapa2017-avalanches",
    "delpapa2017-size",
    "delpapa2017-plasticity-off",
    "delpapa2017-noise",
    "delpapa2017-onset",
    "delpapa2017-learning",
    "delpapa2017-sequences",
    "delpapa2017-structured",
    "delpapa2019-counting",
    "delpapa2019-memory",
    "delpapa2019-memory-avalanche",
    "delpapa2019-capacity",
    "delpapa2019-grammar",
    "sornv2-text",
    "rmsorn-tasks",
    "rmsorn-recurrent",
)


def names(folder: str | os.PathLike[str] | None = None) -> list[str]:
    """The names of the published experiments; with `folder`, of the descriptions (.toml, .py) in a folder of yours."""
    if folder is None:
        return list(_ORDER)
    place = Path(file_path(folder, "folder"))
    try:
        found = [path for path in sorted(place.iterdir()) if path.suffix in (".toml", ".py")]
    except OSError as error:
        raise IoError(f"cannot read '{place}'", error.strerror or str(error)) from None
    return [str(path) for path in found]


def load(name: str | os.PathLike[str]) -> Experiment:
    """A published experiment by its name, or one of your own from a file.

    Parameters
    ----------
    name : str or path
        One of :func:`names`; or a file that ends in ``.toml``; or one that ends in ``.py`` and defines ``experiment``,
        an :class:`Experiment` or a dictionary, and perhaps measures of its own (:func:`measure`).

    Raises
    ------
    UnknownNameError
        For a name that is neither.
    IoError, FormatError
        If a file cannot be read, or is no TOML or defines no experiment.
    ParameterError, UnknownKeywordError
        If the description is wrong.
    """
    text = file_path(name, "name")
    if text in _ORDER:
        content = resources.files(__package__).joinpath(f"_experiments/published/{text}.toml").read_text("utf-8")
        return Experiment.from_dict({"name": text, **_toml(content, text)})
    if text.endswith(".toml"):
        return Experiment.from_dict({"name": Path(text).stem, **_toml(_read(text), text)})
    if text.endswith(".py"):
        return _from_python(text)
    raise UnknownNameError(
        f"unknown experiment '{text}'", did_you_mean(text, _ORDER) or "sorn reproduce --list names them"
    )


def _read(path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except OSError as error:
        raise IoError(f"cannot read '{path}'", error.strerror or str(error)) from None
    except UnicodeDecodeError as error:
        raise FormatError(f"'{path}'", f"is no text in UTF-8: {error}") from None


def _toml(text: str, name: str) -> dict[str, Any]:
    try:
        table: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FormatError(f"'{name}'", f"is no TOML: {error}") from None
    return table


def _from_python(path: str) -> Experiment:
    _read(path)  # for its errors
    found = runpy.run_path(path).get("experiment")
    if isinstance(found, Experiment):
        return found
    if not isinstance(found, Mapping):
        raise FormatError(f"'{path}'", "must define 'experiment', an Experiment or a dictionary")
    return Experiment.from_dict({"name": Path(path).stem, **found})


def reproduce(
    experiment: str | os.PathLike[str] | Experiment | Mapping[str, Any],
    *,
    quick: bool = False,
    as_code: bool = False,
    changes: Mapping[str, Any] | None = None,
    networks: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    out: str | os.PathLike[str] | None = None,
    backend: Any = None,
    progress: bool | Report = False,
) -> Results:
    """Run an experiment over all its networks and conditions.

    Network k has the same seed in all conditions, so that conditions can be compared network by network. The result
    does not depend on the number of threads or processes.

    Parameters
    ----------
    experiment : str, path, Experiment or mapping
        A name or a file, as for :func:`load`; or a description.
    quick : bool, default False
        Fewer networks and steps, which take a minute or less. The numbers show that it runs, and nothing else.
    as_code : bool, default False
        As the authors' program does it, where it deviates from the text of the paper.
    changes : mapping, optional
        Values to replace by their dotted names, such as ``{"network.ne": 400, "phases.organise.steps": 10_000}``. They
        come last.
    networks : int, optional
        The number of networks in each condition.
    seed : int, optional
        The seed from which those of the networks follow.
    threads : int, optional
        Networks that run at the same time. None: one for each processor.
    out : str or path, optional
        A folder in which the outcome of each network is kept, so that an interrupted run goes on where it stopped.
        Several processes, such as those of ``mpirun`` or of a job array, can share the folder and the work.
    backend : optional
        Runs the networks in place of threads: a ``dask.distributed.Client``, a ``joblib.Parallel`` or a
        ``concurrent.futures.Executor``, such as an ``MPIPoolExecutor`` of mpi4py.
    progress : bool or function, default False
        As for :meth:`sorn.Network.run`, over the steps of all networks.

    Returns
    -------
    Results

    Raises
    ------
    UnknownNameError, UnknownKeywordError, ParameterError
        If the description is wrong; nothing has run then.
    IoError
        If the folder cannot be written.
    ParameterError
        If `threads` is given with a backend, which decides how many run at the same time.
    """
    if backend is not None and threads is not None:
        raise ParameterError(f"threads = {quoted(threads)}", "must not be given with a backend", "the backend decides")
    one = _experiment(experiment)
    patch: dict[str, Any] = {}
    if truth("as_code", as_code):
        if not one.as_code:
            raise ParameterError("as_code = True", f"'{one.name}' has no deviations of a program")
        patch |= one.as_code
    if truth("quick", quick):
        patch |= one.quick
    patch |= {} if networks is None else {"networks": networks}
    patch |= {} if seed is None else {"seed": seed}
    patch |= changes or {}
    one = one.patched(patch)
    workers = 0 if threads is None else int(thread_count(threads, "leave it out to use all processors"))
    store = None if out is None else Store(Path(file_path(out, "out")))
    tasks = tasks_of(one)
    total = sum(task.experiment.steps for task in tasks)
    with reporting(progress, total) as report:
        outcomes = run_tasks(tasks, store, threads=workers, backend=backend, report=report)
    return Results(one, tasks, outcomes, quick)


def _experiment(given: object) -> Experiment:
    if isinstance(given, Experiment):
        return given
    if isinstance(given, Mapping):
        return Experiment.from_dict(given)
    if isinstance(given, (str, os.PathLike)):
        return load(given)
    raise ParameterError(f"experiment = {quoted(given)}", "must be a name, a file or a description")

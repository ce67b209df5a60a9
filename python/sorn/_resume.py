"""Runs into files that go on where they were broken off."""

from __future__ import annotations

import os

import numpy.typing as npt

from . import _core
from ._arguments import FloatArray, file_path, input_array, real_array, step_count, thread_count, truth
from ._errors import ShapeError
from ._network import Network
from ._progress import Report
from ._result_file import ResultFile
from ._running import checkpoint_interval, finished


def resume(
    path: str | os.PathLike[str],
    inputs: npt.ArrayLike | None = None,
    *,
    noise: npt.ArrayLike | None = None,
    time_steps: float | None = None,
    checkpoint_every: float | None = None,
    progress: bool | Report = False,
    threads: int | None = None,
    overwrite: bool = False,
) -> tuple[Network, ResultFile]:
    """Go on with a run that was broken off or stopped, and end as if nothing had happened, bit for bit.

    Parameters
    ----------
    path : str or path
        The run's result file, for the newest checkpoint of it, or one of its checkpoints. Whether Python, the command
        or C++ began the run does not matter.
    inputs : array_like, shape (nu, T), optional
        The inputs of the whole run, if it had some.
    noise : array_like, shape (ne + ni, T), optional
        The noise that the whole run replays, if it does.
    time_steps : int, optional
        Steps of the whole run, if it is to be longer or shorter now.
    checkpoint_every : int, optional
        Steps from one checkpoint to the next, if that is to change.
    progress : bool or function, default False
        True shows a progress bar; a function is called as ``progress(done, total)`` a few times a second.
    threads : int, optional
        Threads that work on each step from now on, as in :meth:`Network.run`.
    overwrite : bool, default False
        Replace a file that has come to lie in the result's place; a run that began with ``overwrite=True`` does so
        anyway. To go on with a run is no overwriting.

    Returns
    -------
    network : Network
        The network after the run.
    file : ResultFile
        What the whole run recorded.

    Raises
    ------
    IoError
        If there is nothing to go on with, or a file cannot be read or written.
    FormatError
        If the checkpoint is damaged; the message names the one before if that is whole.
    ParameterError, ShapeError, StateError
        If inputs or noise are not those of the run.
    """
    drive = input_array(inputs)
    replayed: FloatArray | None = None
    if noise is not None:
        replayed = real_array("noise", noise)
        if replayed.ndim != 2:
            raise ShapeError(f"noise has shape {replayed.shape}", "must have two dimensions: (ne + ni, time steps)")
    steps = None if time_steps is None else step_count(time_steps)
    every = None if checkpoint_every is None else checkpoint_interval(checkpoint_every)
    workers, replaces = thread_count(threads), truth("overwrite", overwrite)
    run = _core.FileRun.resumed(file_path(path), drive, replayed, steps, every, workers, replaces)
    network, file = finished(run, progress)
    return Network._of(network), file

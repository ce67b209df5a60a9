"""Resuming runs that were interrupted."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy.typing as npt

from . import _core
from ._again import given_again
from ._arguments import file_path, step_count, thread_count, truth
from ._network import Network
from ._progress import Report
from ._result_file import ResultFile
from ._rule import OwnRule
from ._running import checkpoint_interval, finished
from .sources import ClosedLoop

if TYPE_CHECKING:
    from ._call import Inputs, RewardArgument, Signals


def resume(
    path: str | os.PathLike[str],
    inputs: Inputs = None,
    *,
    noise: npt.ArrayLike | None = None,
    time_steps: float | None = None,
    checkpoint_every: float | None = None,
    progress: bool | Report = False,
    threads: int | None = None,
    overwrite: bool = False,
    signals: Signals = None,
    rewards: RewardArgument = None,
    rules: Iterable[OwnRule] = (),
) -> tuple[Network, ResultFile]:
    """Continue a run that was interrupted or stopped. It ends as if nothing had happened, bit for bit.

    Parameters
    ----------
    path : str or path
        The result file of the run, to continue from its newest checkpoint; or one of its checkpoints. It does not
        matter whether Python, the command or C++ began the run.
    inputs : array_like, shape (nu, T), sources.Custom or sources.ClosedLoop, optional
        The inputs of the whole run, if it has an array of inputs or a source of your own. The checkpoint holds any
        other source.
    noise : array_like, shape (ne + ni, T), optional
        The noise of the whole run, if it replays noise.
    time_steps : int, optional
        Steps of the whole run, if their number should change.
    checkpoint_every : int, optional
        Steps from one checkpoint to the next, if their number should change.
    progress : bool or function, default False
        True shows a progress bar. A function is called as ``progress(done, total)`` a few times a second.
    threads : int, optional
        Threads that work on each step from now on, as in :meth:`Network.run`.
    overwrite : bool, default False
        Replace another file that has since been written in the place of the result. A run that began with
        ``overwrite=True`` does so in any case. Resuming a run does not count as overwriting.
    signals : mapping from str to array_like or function, optional
        The signals of the whole run, if it has any: the same names, with the same values in the steps that are done.
    rewards : array_like or function, optional
        The signal ``"reward"`` of the whole run, if it has one.
    rules : iterable of OwnRule, optional
        The rules of your own of the run, if it has any, with the same numbers as parameters.

    Returns
    -------
    network : Network
        The network after the run.
    file : ResultFile
        The recordings of the whole run.

    Raises
    ------
    IoError
        If there is no run to continue, or if a file cannot be read or written.
    FormatError
        If the checkpoint is damaged. The message names the previous checkpoint if that one is whole.
    ParameterError, ShapeError, StateError
        If inputs, noise, signals or rules are not those of the run.
    """
    again = given_again(inputs, noise, signals, rewards, rules, holder="the checkpoint")
    source = again.source
    if isinstance(source, ClosedLoop):
        source = source.without_start()  # it was shown before the checkpoint
    steps = None if time_steps is None else step_count(time_steps)
    every = None if checkpoint_every is None else checkpoint_interval(checkpoint_every)
    workers, replaces = thread_count(threads), truth("overwrite", overwrite)
    run = _core.FileRun.resumed(
        file_path(path),
        again.inputs,
        None if source is None else source._core,
        again.noise,
        steps,
        every,
        workers,
        replaces,
        again.signals,
        again.rules,
    )
    network, file = finished(run, progress)
    return Network._of(network), file

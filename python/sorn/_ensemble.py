"""Ensembles: independent networks with seeds of their own, run on all cores."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, TypeVar, cast, overload

import numpy.typing as npt

from . import _core, _notebook
from ._arguments import check_keywords, quoted, seed_value, thread_count, whole_number
from ._call import run_description, settings_of
from ._errors import ParameterError
from ._network import Network
from ._parameters import Hyperparameters, Parameters
from ._progress import Report, reporting
from ._recording import RecordArgument, Recordings, plan
from ._result_file import ResultFile
from ._rule import OwnRule, given_rules
from ._running import given_start, output_file
from ._state import StateDict

if TYPE_CHECKING:
    from typing import Unpack

    from ._call import EnsembleOptions, Inputs, RewardArgument, Signals
    from ._names import Phase, Rule

Recorded = TypeVar("Recorded", Recordings, ResultFile)


def _require_result_files(out: str) -> None:
    """Refuse a name that means "statistics alone" to the command; here it would name HDF5 files."""
    if out == "none" or out.lower().endswith(".csv"):
        raise ParameterError(
            f"out = {quoted(out)}",
            "must be a name for HDF5 files, one for each replica",
            "leave it out: .statistics of the ensemble is the table, which pandas.DataFrame(...).to_csv(...) writes",
        )


class Pooled(NamedTuple):
    """A measure over the replicas of an ensemble for which it is defined; NaN if there are none."""

    mean: float
    std: float
    """The standard deviation of the population, which divides by the number of replicas; NaN for a single one."""
    min: float
    max: float
    replicas: int
    """The number of replicas for which the measure is defined."""


@dataclass(repr=False, eq=False, slots=True)
class Replica(Generic[Recorded]):
    """One network of an ensemble. It equals the single run with its seed, bit for bit.

    Attributes
    ----------
    index : int
        Its number in the ensemble, from 0 on.
    seed : int
        Its seed, which follows from the seed of the ensemble and the index.
    path : str or None
        Its result file, if the ensemble was run with `out`.
    """

    index: int
    seed: int
    path: str | None
    _network: Network | None
    _recordings: Recordings | None

    @property
    def network(self) -> Network:
        """The network after the run. With `out` it is read from the file at each access."""
        return self._network if self._network is not None else Network.load(cast("str", self.path))

    @property
    def state(self) -> StateDict:
        """The state after the run."""
        return self.network.state

    @property
    def recordings(self) -> Recorded:
        """The recordings, as :class:`Recordings` or with `out` as a :class:`ResultFile` that is opened at each
        access."""
        recordings: Any = self._recordings if self.path is None else ResultFile(self.path)
        return cast("Recorded", recordings)

    def __repr__(self) -> str:
        where = "" if self.path is None else f" in '{_core.printable(self.path)}'"
        return f"<Replica {self.index}, seed {self.seed}{where}>"


@dataclass(repr=False, eq=False)
class Ensemble(Sequence[Replica[Recorded]]):
    """The result of :func:`sorn.ensemble`: a sequence of replicas, and statistics over them."""

    seed: int
    """The seed from which the replicas' seeds follow. The same seed repeats the ensemble."""
    statistics: dict[str, npt.NDArray[Any]]
    """A table, as arrays by name with an entry for each replica. The columns are replica, seed, steps and all measures
    that need no spike train (:doc:`/measures`), such as mean_rate and ee_synapses, over all steps of the run.
    ``pandas.DataFrame(ensemble.statistics)`` makes a data frame."""
    pooled: dict[str, Pooled]
    """Mean, standard deviation, minimum and maximum of each measure over the replicas."""
    _replicas: list[Replica[Recorded]]

    def __len__(self) -> int:
        return len(self._replicas)

    @overload
    def __getitem__(self, index: int) -> Replica[Recorded]: ...

    @overload
    def __getitem__(self, index: slice) -> list[Replica[Recorded]]: ...

    def __getitem__(self, index: int | slice) -> Replica[Recorded] | list[Replica[Recorded]]:
        return self._replicas[index]

    def __iter__(self) -> Iterator[Replica[Recorded]]:
        return iter(self._replicas)

    def mean(self) -> dict[str, float]:
        """The mean of each measure over the replicas."""
        return {name: pooled.mean for name, pooled in self.pooled.items()}

    def std(self) -> dict[str, float]:
        """The standard deviation (of the population) of each measure over the replicas; NaN for a single replica."""
        return {name: pooled.std for name, pooled in self.pooled.items()}

    def __repr__(self) -> str:
        rate, synapses = self.pooled["mean_rate"], self.pooled["ee_synapses"]
        several = len(self) > 1
        return (
            f"<Ensemble of {len(self)} replicas, seed {self.seed}, {self.statistics['steps'][0]} steps each: "
            f"mean_rate {rate.mean:.4g}{f' ± {rate.std:.2g}' if several else ''}, "
            f"ee_synapses {synapses.mean:.0f}{f' ± {synapses.std:.0f}' if several else ''}>"
        )

    def _repr_html_(self) -> str:
        """The HTML that a notebook shows: the measures over the replicas."""
        lines = [(name, m.mean, m.std, m.min, m.max, m.replicas) for name, m in self.pooled.items()]
        steps = int(self.statistics["steps"][0])
        rows = [("replicas", f"{len(self)}"), ("seed", f"{self.seed}"), ("steps", f"{steps:,} each")]
        return _notebook.page("Ensemble", rows, _notebook.columns(("measure", *Pooled._fields), lines))


@overload
def ensemble(
    n: int,
    inputs: Inputs = None,
    time_steps: float | None = None,
    *,
    out: None = None,
    checkpoint_every: None = None,
    keep_checkpoints: None = None,
    overwrite: bool = False,
    **options: Unpack[EnsembleOptions],
) -> Ensemble[Recordings]: ...


@overload
def ensemble(
    n: int,
    inputs: Inputs = None,
    time_steps: float | None = None,
    *,
    out: str | os.PathLike[str],
    checkpoint_every: float | None = None,
    keep_checkpoints: float | Literal["every"] | None = None,
    overwrite: bool = False,
    **options: Unpack[EnsembleOptions],
) -> Ensemble[ResultFile]: ...


def ensemble(
    n: int,
    inputs: Inputs = None,
    time_steps: float | None = None,
    *,
    seed: int | None = None,
    threads: int | None = None,
    state: Mapping[str, Any] | None = None,
    parameters: Parameters | None = None,
    phase: Phase = "plasticity",
    noise: bool | float | npt.ArrayLike = True,
    freeze: Iterable[Rule] | Rule | None = None,
    record: RecordArgument = (),
    progress: bool | Report = False,
    out: str | os.PathLike[str] | None = None,
    checkpoint_every: float | None = None,
    keep_checkpoints: float | Literal["every"] | None = None,
    overwrite: bool = False,
    signals: Signals = None,
    rules: Iterable[OwnRule] | None = None,
    rewards: RewardArgument = None,
    **hyperparameters: Unpack[Hyperparameters],
) -> Ensemble[Recordings] | Ensemble[ResultFile]:
    """Run `n` independent networks, each with its own seed, on all cores.

    Replica k equals the single run with its seed, ``Network(seed=ensemble[k].seed, ...).run(...)``, bit for bit, on any
    number of threads. The call releases the interpreter, so that other Python threads run meanwhile.

    Parameters
    ----------
    n : int
        Number of replicas, 1 to 1000000. A larger ensemble with the same seed begins with the same replicas.
    inputs : array_like, shape (nu, T), or a source, optional
        External drive, the same for all replicas; or a source of :mod:`sorn.sources`. A source without a seed shows
        each replica symbols of its own. None: spontaneous activity.
    time_steps : int, optional
        Steps of each replica, from 1 on; every column of `inputs` unless given.
    seed : int, optional
        The seed from which the seeds of the replicas follow, 0 to 2^64 - 1. If none is given, one is drawn from numpy's
        global generator. ``ensemble.seed`` keeps it.
    threads : int, optional
        Replicas that run at the same time. None: one for each processor that this process may use.
    state : mapping, optional
        State from which all replicas continue, each with its own seed. None: each replica builds a network of its own.
    parameters : Parameters, optional
        Hyperparameters of all replicas. None: those of the state, or else the defaults.
    phase, noise, freeze, record
        As for :meth:`Network.run`. An array of noise values is the same for all replicas.
    progress : bool or function, default False
        True shows a progress bar. A function is called as ``progress(done, total)`` a few times a second, with the
        steps of all replicas together.
    out : str or path, optional
        The name from which the names of the result files are made: ``run.h5`` with 12 replicas gives ``run-00.h5`` to
        ``run-11.h5``. Each equals the file of the single run. Memory then grows neither with the length of the run nor
        with `n`.
    checkpoint_every : int, optional
        With `out`: steps from one checkpoint of a replica to the next. After an interruption :func:`sorn.resume`
        continues one replica, and ``sorn simulate --replicas N --resume run.h5`` continues all of them.
    keep_checkpoints : int or "every", optional
        With `out`: as for :meth:`Network.run`, in each file.
    overwrite : bool, default False
        With `out`: replace existing files, each once the new one is complete.
    signals : mapping from str to array_like, optional
        As for :meth:`Network.run`, the same arrays for all replicas; functions are refused.
    rules : iterable of OwnRule, optional
        Rules of your own, as for :class:`Network`, the same for all replicas. Those that are functions of Python are
        called one at a time, whatever the number of threads.
    rewards : array_like, optional
        The signal ``"reward"`` of all replicas, in which None stands for a step without reward.
    **hyperparameters
        Hyperparameters by name; they replace those of `parameters`.

    Returns
    -------
    Ensemble
        A sequence of replicas, each with its ``seed``, ``network``, ``state`` and ``recordings``, and their statistics.

    Raises
    ------
    UnknownKeywordError, ParameterError, ShapeError, StateError
        As for :meth:`Simulator.simulate_sorn`; also if the ensemble would not fit into memory.
    IoError
        If a file cannot be written, if it exists and `overwrite` is False, or if it belongs to a run that was
        interrupted or is still running. An error in a replica names the replica. With `out` the other replicas that
        have begun first run to their end; without `out` they stop.
    KeyboardInterrupt
        On Ctrl-C. All replicas that have begun stop after their current step, and their files hold all steps so far.

    Examples
    --------
    >>> import sorn
    >>> ensemble = sorn.ensemble(8, time_steps=1000, seed=1, record=["E"], ne=100, lambda_ee=10)
    >>> ensemble
    <Ensemble of 8 replicas, seed 1, 1000 steps each: mean_rate 0.1512 ± 0.012, ee_synapses 752 ± 35>
    >>> ensemble[3].recordings["E"].shape
    (1000, 100)
    >>> rates = ensemble.statistics["mean_rate"]
    >>> bool(rates.argmax() == max(ensemble, key=lambda replica: replica.recordings["E"].mean()).index)
    True
    """
    check_keywords(ensemble, hyperparameters)
    own_rules = None if rules is None else given_rules(rules)
    count = whole_number("n", n, 1, _core.most_replicas, f"a whole number from 1 to {_core.most_replicas}")
    workers = thread_count(threads, "leave it out to use all processors")
    file = output_file(out, checkpoint_every, overwrite, keep_checkpoints)
    if file is not None:
        _require_result_files(file.path)
    wanted = plan(record, real=False)
    settings = settings_of(
        inputs=inputs,
        time_steps=time_steps,
        phase=phase,
        freeze=freeze,
        noise=noise,
        threads=None,  # each replica runs on one
        record=wanted.core,
        signals=signals,
        rewards=rewards,
    )
    network, arrays, values = given_start(state, parameters, dict(hyperparameters), settings)
    of_state = () if network is None else network.rules
    chosen = seed_value(seed)
    if arrays:
        network = _core.Network.assembled(values, arrays, chosen, 0)
    with reporting(progress, settings.steps * count) as report:
        table, pooled, networks, rows = _core.ensemble(
            network,
            values,
            chosen,
            settings,
            file,
            rules=of_state if own_rules is None else own_rules,
            replicas=count,
            threads=workers,
            progress=report,
        )
    measures = {name: Pooled(*numbers) for name, numbers in pooled.items()}
    seeds = [int(number) for number in table["seed"]]
    if file is not None:
        paths = [_core.replica_file(file.path, k, count) for k in range(count)]
        files: list[Replica[ResultFile]] = [
            Replica(k, own, path, None, None) for k, (own, path) in enumerate(zip(seeds, paths, strict=True))
        ]
        return Ensemble(chosen, table, measures, files)
    description = run_description(settings, values, 0 if network is None else network.step_count)
    replicas: list[Replica[Recordings]] = [
        Replica(k, own, None, Network._of(core), Recordings(wanted, recorded, dict(description), own))
        for k, (own, core, recorded) in enumerate(zip(seeds, networks, rows, strict=True))
    ]
    return Ensemble(chosen, table, measures, replicas)

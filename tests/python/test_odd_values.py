"""Odd values at every argument of every public function: the call works or raises an error of this package.

The functions are found by introspection, so that a new one is tested without being named here. A parameter whose name
no other function has needs a usual value in USUAL.
"""

from __future__ import annotations

import contextlib
import datetime
import decimal
import fractions
import inspect
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse

import sorn
from sorn import (
    Initializer,
    Network,
    NetworkBatch,
    Parameters,
    Plotter,
    Simulator,
    StateDict,
    Statistics,
    Trainer,
    criticality,
)

SIZE = {"ne": 20, "lambda_ee": 4, "lambda_ei": 4, "nu": 2, "seed": 1}


class Raises:
    """Nothing of it can be read."""

    def _raise(self, *_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("this is what the value raises")

    __float__ = __int__ = __index__ = __array__ = __len__ = __iter__ = __getitem__ = __fspath__ = __repr__ = __str__ = (
        _raise
    )
    __bool__ = __eq__ = __lt__ = __gt__ = __add__ = __call__ = _raise
    __hash__ = object.__hash__


class RaisingFloat(float):
    __float__ = __int__ = __trunc__ = __repr__ = Raises._raise
    is_integer = Raises._raise


class RaisingInt(int):
    __int__ = __index__ = __float__ = __repr__ = Raises._raise


class RaisingArray(np.ndarray):
    def __array_finalize__(self, obj: Any) -> None: ...

    astype = __repr__ = Raises._raise  # type: ignore[assignment]


def odd_values() -> Iterator[tuple[str, Any]]:
    yield from {
        "10^400": 10**400,
        "-10^400": -(10**400),
        "2^63": 2**63,
        "2^64": 2**64,
        "-1": -1,
        "0": 0,
        "nan": float("nan"),
        "inf": float("inf"),
        "-inf": float("-inf"),
        "True": True,
        "numpy.bool": np.bool_(True),
        "timedelta64": np.timedelta64(5, "D"),
        "datetime64": np.datetime64("2020-01-01"),
        "timedelta": datetime.timedelta(5),
        "NaT": np.timedelta64("NaT"),
        "Decimal": decimal.Decimal("2.5"),
        "huge Decimal": decimal.Decimal(10) ** 400,
        "Decimal sNaN": decimal.Decimal("sNaN"),
        "Fraction": fractions.Fraction(5, 2),
        "huge Fraction": fractions.Fraction(10**400, 3),
        "complex": 1 + 2j,
        "numpy.complex": np.complex128(1j),
        "str": "surprise",
        "empty str": "",
        "bytes": b"surprise",
        "None": None,
        "object": object(),
        "type": int,
        "list": [],
        "dict": {},
        "set": {1.5},
        "nested": [[1, 2], [3]],
        "0-d": np.array(2.0),
        "0-d object": np.array(None, object),
        "0-d text": np.array("x"),
        "object array": np.array([1, None, "x"], object),
        "big object array": np.array([[10**400]], object),
        "structured": np.zeros(3, [("a", "f8"), ("b", "i4")]),
        "masked": np.ma.masked_array([1.0, 2.0], [True, False]),
        "text array": np.array(["a", "b"]),
        "dates": np.array(["2020-01-01"], "datetime64[D]"),
        "read-only": _read_only(),
        "strided": np.ones((4, 40))[::2, ::2],
        "reversed": np.ones((2, 20))[:, ::-1],
        "big-endian": np.ones((2, 20), ">f8"),
        "float16": np.ones((20, 2), np.float16),
        "longdouble": np.full((2, 20), np.longdouble("1e4000")),
        "complex array": np.ones((2, 2), complex),
        "empty array": np.zeros((0, 3)),
        "5-d": np.zeros((1, 1, 1, 1, 1)),
        "nan array": np.full((2, 20), np.nan),
        "raises": Raises(),
        "raising float": RaisingFloat(2.0),
        "raising int": RaisingInt(2),
        "raising array": np.ones((2, 20)).view(RaisingArray),
        "list of raises": [Raises()],
        "sparse": scipy.sparse.csr_array(np.eye(3)),
        "damaged sparse": _damaged(),
    }.items()


def _read_only() -> np.ndarray:
    array = np.ones((2, 20))
    array.flags.writeable = False
    return array


def _damaged() -> Any:
    matrix = scipy.sparse.csr_array(np.eye(3))
    matrix.indices[1] = 2**31 - 1
    return matrix


DESIGN: dict[str, Any] = {
    "parameters": {"ne": 20, "nu": 2, "lambda_ee": 4, "lambda_ei": 4},
    "run": {"steps": 5, "seed": 1},
    "sweep": {"statistics": ["mean_rate"], "grid": {"eta_ip": [0.01]}},
}

VALUES = np.arange(1.0, 30.0)
LAW = criticality.fit(VALUES)
TWINS = sorn.twins.divergence(Network(**SIZE), sorn.twins.spike(), pairs=3, steps=5, skip=1)
AVALANCHES = criticality.avalanches(np.tile([0, 1, 1, 1, 2, 0, 1, 2, 3, 2, 1], 12), 0, profiles=True)

ODD = dict(odd_values())
# Where a call that works takes long, as drawing a picture does.
FEW = (
    "10^400",
    "nan",
    "timedelta64",
    "huge Decimal",
    "bytes",
    "object",
    "nested",
    "structured",
    "raises",
    "raising int",
)


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A value for each parameter that a function must be given, by the parameter's name."""
    folder: Path = tmp_path_factory.mktemp("usual")
    network = Network(**SIZE)
    # With lifetimes, so that each of its properties has a value.
    recordings = network.run(time_steps=60, record=["E", "I", "C", "TE", "synapses"], lifetimes=True)
    network.save(folder / "run.h5", recordings)
    spikes = recordings["E"]
    np.save(folder / "x.npy", spikes)
    return {
        "activity": spikes.sum(axis=1).astype(float),
        "actual_spike_train": spikes,
        "avalanches": AVALANCHES,
        "bin_size": 5,
        "bin_width": 5.0,
        "change": sorn.twins.spike(),
        "changes": ["WEE"],
        "connection_counts": recordings["C"],
        "counts": spikes.reshape(6, 10, 20).sum(axis=1),
        "corr": np.corrcoef(np.random.default_rng(1).random((4, 9))),
        "cutoff_val": 0.5,
        "cutoff_weight": 0.5,
        "design": DESIGN,
        "divergence": TWINS,
        "durations": LAW,
        "first": "power_law",
        "fit": LAW,
        "folder": str(folder / "sonata"),
        "function": 64,
        "firing_rates": np.arange(9.0) % 4,
        "hamming_dist": np.arange(9),
        "index": 0,
        "inputs": ["a", "b"],
        "lambd_std": 1.0,
        "lambd_w": 2.0,
        "last_lag": 5,
        "law": LAW,
        "length": 2,
        "lifetimes": VALUES,
        "longest": 30,
        "mu": 0.0,
        "n": 2,
        "n_nodes_per_inp": 2,
        "name": "E",
        "ne": 8,
        "network": network,
        "networks": [network],
        "neuron": int(spikes.sum(axis=0).argmax()),
        "ni": 4,
        "num_neurons": 20,
        "offsets": [-2, 0, 3],
        "onsets": [10, 30, 50],
        "out": str(folder / "written"),
        "p_counts": [3, 0, 1, 4],
        "parameters": Parameters(ne=20, lambda_ee=4, lambda_ei=4, nu=2),
        "pairs": [(0, 1), (3, 2)],
        "parts": [AVALANCHES],
        "path": str(folder / "run.h5"),
        "predictions": REAL,
        "predicted": np.arange(60) % 2,
        "perturbed_spike_train": spikes[::-1],
        "q_counts": [1, 1, 0, 2],
        "record": "E",
        "recordings": recordings,
        "reservoir": np.arange(50.0).reshape(25, 2),
        "references": spikes[30:],
        "reservoir_size": 8,
        "results": [],
        "row": 0,
        "rules": ["stdp"],
        "series": [0, 1, 1] * 5,
        "share": 0.5,
        "scaling": criticality.size_scaling(AVALANCHES),
        "second": "lognormal",
        "shortest": 1,
        "sigma": 1.0,
        "source": network,
        "sizes": LAW,
        "spike_times": [VALUES],
        "states": spikes,
        "spike_train": spikes,
        "spikes": spikes,
        "state": network.state,
        "step": 17,
        "synapses": recordings.lineage,
        "synaptic_connection": "EE",
        "t": 3,
        "task": sorn.tasks.delayed_xor(seed=1, **BRIEF),
        "target": [1, 0, 1] * 5,
        "targets": np.arange(60) % 3,
        "text": "to be or not to be, " * 20,
        "thresholds": recordings["TE"],
        "train": spikes,
        "true": np.arange(60) % 3,
        "units": [10, 20],
        "values": VALUES,
        "wee": np.eye(4)[::-1],
        "weight_matrix": np.ones((4, 4)),
        "weights": np.random.default_rng(1).random((20, 20)) + 0.01,
        "window": 10,
        "window_size": 10,
        "x": VALUES,
        "z": np.random.default_rng(1).random((4, 4)),
    }


BRIEF = {"washout": 5, "train_steps": 12, "test_steps": 8}  # of a task
REAL = np.random.default_rng(1).random((30, 2))


def memory(inputs: np.ndarray) -> np.ndarray:
    """A reservoir."""
    return np.cumsum(inputs, axis=0)


# What a call needs besides what it must be given, so that it is short, or defined.
MORE: dict[str, dict[str, Any]] = {
    "Simulator": {"time_steps": 3, **SIZE},
    "Simulator.run": {"timesteps": 3, **SIZE},
    "Trainer": {"time_steps": 3, **SIZE},
    "Trainer.run": {"timesteps": 3, **SIZE},
    "Network": SIZE,
    "NetworkBatch": {"n": 2, **SIZE},
    "Network.run": {"time_steps": 3},
    "ensemble": {"time_steps": 3, **SIZE},
    "criticality.finite_size_scaling": {"sizes": [VALUES, VALUES * 2]},
    "criticality.shape_collapse": {"least": 1},
    "Statistics.isi_exponential": {"shortest": 1},
    "Statistics.pattern_histogram": {"units": [1, 2, 19]},
    **{f"tasks.{name}": BRIEF for name in ("counting", "delayed_parity", "delayed_xor", "grammar")},
    **{f"tasks.{name}": BRIEF for name in ("memory_capacity", "narma")},
    "tasks.next_symbol": {"source": sorn.sources.Counting(2), **BRIEF},
    "tasks.random_sequence": {"length": 20, **BRIEF},
    "tasks.evaluate": {"mu": 1.0},
    "tasks.information_processing_capacity": {"inputs": REAL[:, 0], "states": REAL, "max_delay": 2},
    "tasks.kernel_rank": {"reservoir": memory, "streams": 5},
    "tasks.generalization_rank": {"reservoir": memory, "streams": 5},
    "tasks.information_storage": {"surrogates": 3},
    "tasks.transfer_entropy": {"source": [0, 1, 1] * 5, "surrogates": 3},
    "tasks.separation": {"first": REAL, "second": REAL[::-1]},
    "tasks.squared_correlations": {"targets": REAL, "predictions": REAL[::-1]},
    "twins.divergence": {"pairs": 2, "steps": 3},
    "twins.set": {"eta_ip": 0.01},
    "twins.lesion": {"units": [3]},
    "Plotter.connection_phases": {"ne": 20},
    "Plotter.weight_paths": {"weights": np.ones((3, 5, 5))},
    "criticality.compare": {"first": LAW, "second": criticality.fit(VALUES, "lognormal")},
}
# These take names of hyperparameters beyond their signature.
OPEN = ("Simulator", "Trainer", "Network", "NetworkBatch", "ensemble", "Parameters", "Parameters.replace", "twins.set")


def functions(usual: dict[str, Any]) -> Iterator[tuple[str, Callable[..., Any]]]:
    """All that can be called: functions, the constructors of classes, and the methods of an object of each class."""
    for holder in (Simulator, Trainer, Statistics, Plotter, Initializer):
        for name, function in inspect.getmembers(holder, callable):
            if not name.startswith("_"):
                yield f"{holder.__name__}.{name}", function
    for module in (sorn.exchange, criticality, sorn.readout, sorn.tasks, sorn.twins):
        for name in module.__all__:
            if inspect.isfunction(thing := getattr(module, name)):
                yield f"{module.__name__.removeprefix('sorn.')}.{name}", thing
    for name in sorn.__all__:
        thing = getattr(sorn, name)
        if inspect.isfunction(thing) or thing in (
            Network,
            NetworkBatch,
            Parameters,
            StateDict,
            sorn.SpikeTrain,
            sorn.Sweep,
        ):
            yield name, thing
    own = {
        "Fit": LAW,
        "Lineage": usual["recordings"].lineage,
        "Network": Network(**SIZE),
        "NetworkBatch": NetworkBatch(2, **SIZE),
        "Parameters": Parameters(),
        "Recordings": usual["recordings"],
        "ResultFile": sorn.ResultFile(usual["path"]),
        "Sweep": sorn.Sweep(usual["design"]),
        "twins.Divergence": TWINS,
    }
    for kind, instance in own.items():
        for name in dir(instance):
            if name.startswith("_") or name in dir(dict) or name == "close":
                continue
            with contextlib.suppress(sorn.SornError):  # a property may say that something was not recorded
                method = getattr(instance, name)
                if callable(method):
                    yield f"{kind}.{name}", method


def accepted(name: str, function: Callable[..., Any]) -> tuple[list[inspect.Parameter], list[str]]:
    """The parameters of a function, and those that it must be given."""
    parameters = list(inspect.signature(function).parameters.values())
    is_open = name in OPEN or name.split(".")[0] in OPEN
    if is_open and any(p.kind is p.VAR_KEYWORD for p in parameters) and name != "Network.run":
        kind = inspect.Parameter.KEYWORD_ONLY
        named = {p.name for p in parameters}
        if name not in ("Network.step",):
            parameters += [
                inspect.Parameter(key, kind, default=None) for key in Parameters().to_dict() if key not in named
            ]
    parameters = [p for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    return parameters, [p.name for p in parameters if p.default is p.empty]


def complaint(name: str, function: Callable[..., Any], arguments: dict[str, Any], odd: str) -> str | None:
    """What is wrong with how a call ends, if anything is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            function(**arguments)
        except sorn.SornError as error:
            str(error)
        except Exception as error:
            if type(error) is KeyError and name.startswith(("Recordings.", "ResultFile.")):
                return None  # as a mapping has it
            return f"{name} with {odd}: " + "".join(traceback.format_exception(error, limit=-2))[-400:]
    return None


@pytest.mark.slow
@pytest.mark.usefixtures("picture_folder")
def test_every_argument_of_every_function(usual) -> None:
    from matplotlib import pyplot

    wrong: list[str] = []
    tried = 0
    for name, function in functions(usual):
        parameters, needed = accepted(name, function)
        unknown = [key for key in needed if key not in usual]
        assert not unknown, f"USUAL needs a value for {unknown} of {name}"
        group = name.split(".")[0]
        more = MORE.get(name, MORE.get(group, {}) if group in ("Simulator", "Trainer") else {})
        base = {**{key: usual[key] for key in needed}, **more}
        if group != "Plotter":
            failure = complaint(name, function, base, "usual values")
            assert failure is None, failure
        for parameter in parameters:
            if parameter.name == "ax":  # an object of Matplotlib
                continue
            for odd in FEW if group == "Plotter" or name in SLOW else ODD:
                if parameter.name in ("progress", "reservoir", "rewards") and callable(ODD[odd]):
                    continue  # what a caller's own function raises is the caller's
                arguments = {**base, parameter.name: ODD[odd]}
                failure = complaint(name, function, arguments, f"{parameter.name} = {odd}")
                wrong += [failure] if failure else []
                tried += 1
        pyplot.close("all")
    assert not wrong, "\n".join(wrong)
    assert tried > 4000


SLOW = (
    "ensemble",
    "exchange.write_sonata",
    "exchange.to_networkx",
    "exchange.to_neo",
)


@pytest.mark.parametrize("key", ["Wee", "Wei", "Wie", "Te", "Ti", "X", "Y"])
def test_every_entry_of_a_state(usual, key) -> None:
    state = dict(usual["network"].state)
    calls = {
        "StateDict": lambda values: StateDict(values),
        "Network": lambda values: Network(state=values),
        "simulate_sorn": lambda values: Simulator.simulate_sorn(time_steps=1, matrices=values),
        "a changed StateDict": lambda values: Network(state=_changed(usual["network"].state, key, values[key])),
    }
    wrong = [
        complaint(name, call, {"values": {**state, key: value}}, f"{key} = {odd}")
        for name, call in calls.items()
        for odd, value in ODD.items()
    ]
    assert not any(wrong), "\n".join(filter(None, wrong))


def _changed(state: StateDict, key: str, value: Any) -> StateDict:
    state[key] = value
    return state


def test_values_in_designs_and_records(usual) -> None:
    design = usual["design"]
    wrong = []
    for odd, value in ODD.items():
        for table, name in (("parameters", "eta_ip"), ("run", "steps"), ("run", "noise"), ("run", "seed")):
            changed = {**design, table: {**design[table], name: value}}
            wrong.append(
                complaint("sweep", lambda changed: sorn.sweep(changed), {"changed": changed}, f"{name} = {odd}")
            )
        grid = {**design, "sweep": {**design["sweep"], "grid": {"eta_ip": value}}}
        wrong.append(complaint("sweep", lambda grid: sorn.sweep(grid), {"grid": grid}, f"grid = {odd}"))
        for record in ({"E": value}, {"E": slice(value)}, {"E": slice(0, 9, value)}, [value]):
            run = usual["network"].copy().run
            wrong.append(complaint("run", run, {"time_steps": 1, "record": record}, f"record of {odd}"))
    assert not any(wrong), "\n".join(filter(None, wrong))


@pytest.mark.parametrize("noise", [10**400, -(10**400), fractions.Fraction(10**400), decimal.Decimal("1e400")])
def test_noise_too_large_for_a_float(noise) -> None:
    with pytest.raises(sorn.ParameterError, match="standard deviation"):
        Simulator.simulate_sorn(time_steps=1, noise=noise, **SIZE)


@pytest.mark.parametrize("count", [np.timedelta64(5, "D"), np.timedelta64("NaT"), fractions.Fraction(5, 2)])
def test_values_that_are_not_a_count(count) -> None:
    with pytest.raises(sorn.ParameterError, match="time_steps"):
        Simulator.simulate_sorn(time_steps=count, **SIZE)
    with pytest.raises(sorn.ParameterError, match="ne = "):
        Parameters(ne=count)


def test_numbers_without_dimensions_in_a_sweep() -> None:
    run = {"steps": np.array(5), "seed": np.array(1, np.uint8)}
    assert sorn.Sweep({**DESIGN, "run": run}).text == sorn.Sweep(DESIGN).text
    assert len(sorn.sweep({**DESIGN, "run": run})["mean_rate"]) == 1

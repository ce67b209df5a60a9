"""Networks and spikes in the SONATA format.

The layout follows the SONATA developer guide (github.com/AllenInstitute/sonata). Nothing is compressed, because the
libsonata of PyPI cannot read compressed datasets.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _core
from .._arguments import file_path, import_extra
from .._errors import IoError, ShapeError
from .._network import Network
from .._report.files import new_folder
from .._result_file import ResultFile
from .._state import StateDict
from .formats import Conversion, Format
from .spikes import POPULATIONS, Population, populations, step_length
from .state import PROJECTIONS, Projection, Synapses, engine_network, synapses, thresholds

_MAGIC = 0x0A7A
_VERSION = (0, 1)
_SORTING = {"none": 0, "by_id": 1, "by_time": 2}
_SPIKES_IN_A_CHUNK = 2**16
_NODES, _NODE_TYPES = "nodes.h5", "node_types.csv"
_EDGES, _EDGE_TYPES = "edges.h5", "edge_types.csv"
_SPIKES = "spikes.h5"
_CIRCUIT, _SIMULATION = "circuit_config.json", "simulation_config.json"


def write_sonata(
    folder: str | os.PathLike[str],
    network: Network | StateDict,
    recordings: Mapping[str, Any] | None = None,
    *,
    step_ms: float = 1.0,
) -> None:
    """Write a network and its spikes into a folder of SONATA files (``pip install 'sorn[exchange]'``).

    Spikes are copied a few rows at a time, so that memory does not grow with the recording.

    Parameters
    ----------
    folder : str or path
        The folder to make. It appears when all of its files are written.
    network : Network or StateDict
        Its units become the node populations ``excitatory`` and ``inhibitory`` with the attribute ``threshold``. Its
        synapses become the edge populations ``excitatory_to_excitatory``, ``inhibitory_to_excitatory`` and
        ``excitatory_to_inhibitory`` with the attribute ``syn_weight``, ordered by target. Weights are stored positive;
        the column ``sign`` of the edge types is -1 for inhibitory synapses.
    recordings : mapping, optional
        As for :func:`to_neo`. Spikes are written under the names of the node populations, sorted by time.
    step_ms : float, default 1.0
        Milliseconds of one step. The model itself only counts steps. A spike of step n is at
        n · `step_ms`.

    Raises
    ------
    ParameterError
        If neither E nor I was recorded at every step, or if `step_ms` is not above 0.
    ShapeError, StateError
        If the recordings are not of this network, or have values other than 0 and 1.
    IoError
        If the folder exists and is not empty, or if it cannot be written.
    """
    h5py = import_extra("h5py", "exchange")
    step = step_length(step_ms)
    engine = engine_network(network)
    sizes = {"excitatory": engine.ne, "inhibitory": engine.ni}
    spikes = {} if recordings is None else populations(recordings)
    for name, population in spikes.items():
        if population.units != sizes[name]:
            raise ShapeError(
                f"the recording has {population.units} {name} units", f"this network has {sizes[name]} of them"
            )
    with new_folder(file_path(folder)) as place:
        with _sonata_file(h5py, os.path.join(place, _NODES)) as file:
            for type_id, name in enumerate(POPULATIONS):
                _write_nodes(file.create_group(f"nodes/{name}"), type_id, thresholds(engine, name))
        with _sonata_file(h5py, os.path.join(place, _EDGES)) as file:
            for type_id, projection in enumerate(PROJECTIONS):
                group = file.create_group(f"edges/{projection.name}")
                _write_edges(group, type_id, projection, synapses(engine, projection.matrix), sizes)
        if spikes:
            with _sonata_file(h5py, os.path.join(place, _SPIKES)) as file:
                for name, population in spikes.items():
                    _write_spikes(h5py, file.create_group(f"spikes/{name}"), population, step)
        _write_texts(place, engine, spikes, step)


@contextmanager
def _sonata_file(h5py: Any, path: str) -> Iterator[Any]:
    try:
        with h5py.File(path, "w") as file:
            file.attrs["magic"] = np.uint32(_MAGIC)
            file.attrs["version"] = np.array(_VERSION, np.uint32)
            yield file
    except RuntimeError as error:  # h5py raises it for some failures to write; for others it raises OSError
        raise IoError(f"cannot write '{path}'", str(error)) from error


# --- nodes and edges -----------------------------------------------------------------------------------------------


def _write_nodes(group: Any, type_id: int, threshold: npt.NDArray[np.float64]) -> None:
    units = np.arange(len(threshold), dtype=np.uint64)
    group["node_id"] = units
    group["node_type_id"] = np.full(len(units), type_id, np.uint64)
    group["node_group_id"] = np.zeros(len(units), np.uint64)
    group["node_group_index"] = units
    group["0/threshold"] = threshold


def _write_edges(group: Any, type_id: int, projection: Projection, edges: Synapses, sizes: Mapping[str, int]) -> None:
    count = len(edges.weight)
    for end, population, units in (
        ("source", projection.source, edges.source),
        ("target", projection.target, edges.target),
    ):
        group[f"{end}_node_id"] = units.astype(np.uint64)
        group[f"{end}_node_id"].attrs["node_population"] = population
    group["edge_type_id"] = np.full(count, type_id, np.uint64)
    group["edge_group_id"] = np.zeros(count, np.uint64)
    group["edge_group_index"] = np.arange(count, dtype=np.uint64)
    group["0/syn_weight"] = edges.weight
    for index, units, population in (
        ("source_to_target", edges.source, projection.source),
        ("target_to_source", edges.target, projection.target),
    ):
        ranges_of_unit, edges_of_range = _index(units, sizes[population])
        group[f"indices/{index}/node_id_to_ranges"] = ranges_of_unit
        group[f"indices/{index}/range_to_edge_id"] = edges_of_range


def _index(units: npt.NDArray[np.int64], count: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """SONATA's index of the edges by one of their ends.

    Parameters
    ----------
    units : ndarray of int, shape (edges,)
        The unit at that end of each edge.
    count : int
        Units in the population.

    Returns
    -------
    ndarray of int64, shape (count, 2)
        For each unit its first range and the one after its last; (-1, -1) if it has none.
    ndarray of int64, shape (ranges, 2)
        For each range its first edge and the one after its last, ordered by unit. All edges of a range have the same
        unit.
    """
    first = np.flatnonzero(np.diff(units, prepend=-1))
    ranges = np.column_stack((first, np.append(first[1:], len(units))[: len(first)])).astype(np.int64)
    owner = units[first]
    per_unit = np.bincount(owner, minlength=count)
    ends = np.cumsum(per_unit)
    ranges_of_unit = np.column_stack((ends - per_unit, ends)).astype(np.int64)
    ranges_of_unit[per_unit == 0] = -1
    return ranges_of_unit, ranges[np.argsort(owner, kind="stable")]


# --- spikes --------------------------------------------------------------------------------------------------------


def _write_spikes(h5py: Any, group: Any, population: Population, step_ms: float) -> None:
    group.attrs.create("sorting", _SORTING["by_time"], dtype=h5py.enum_dtype(_SORTING))
    growing = {"shape": (0,), "maxshape": (None,), "chunks": (_SPIKES_IN_A_CHUNK,)}
    times = group.create_dataset("timestamps", dtype=np.float64, **growing)
    times.attrs["units"] = "ms"
    nodes = group.create_dataset("node_ids", dtype=np.uint64, **growing)
    count = 0
    for steps, units in population.spikes():
        for dataset, values in ((times, steps * step_ms), (nodes, units.astype(np.uint64))):
            dataset.resize(count + len(values), axis=0)
            dataset[count:] = values
        count += len(steps)


# --- texts ---------------------------------------------------------------------------------------------------------


def _write_texts(place: str, engine: _core.Network, spikes: Mapping[str, Population], step_ms: float) -> None:
    nodes = ["node_type_id population model_type model_template"]
    nodes += [f"{number} {name} point_neuron sorn:threshold_unit" for number, name in enumerate(POPULATIONS)]
    edges = ["edge_type_id population sign"]
    edges += [f"{number} {projection.name} {projection.sign}" for number, projection in enumerate(PROJECTIONS)]
    texts = {_NODE_TYPES: _lines(nodes), _EDGE_TYPES: _lines(edges), _CIRCUIT: _json(_circuit())}
    if spikes:
        texts[_SIMULATION] = _json(_simulation(engine, spikes, step_ms))
    for name, text in texts.items():
        with open(os.path.join(place, name), "w", encoding="utf-8") as file:
            file.write(text)


def _circuit() -> dict[str, Any]:
    # The guide does not mention "populations", but libsonata finds only the populations that are listed there.
    return {
        "manifest": {"$BASE_DIR": "."},
        "networks": {
            "nodes": [
                {
                    "nodes_file": f"$BASE_DIR/{_NODES}",
                    "node_types_file": f"$BASE_DIR/{_NODE_TYPES}",
                    "populations": {name: {"type": "point_neuron"} for name in POPULATIONS},
                }
            ],
            "edges": [
                {
                    "edges_file": f"$BASE_DIR/{_EDGES}",
                    "edge_types_file": f"$BASE_DIR/{_EDGE_TYPES}",
                    "populations": {projection.name: {} for projection in PROJECTIONS},
                }
            ],
        },
    }


def _simulation(engine: _core.Network, spikes: Mapping[str, Population], step_ms: float) -> dict[str, Any]:
    last = max(population.first_step + population.steps for population in spikes.values())
    return {
        "manifest": {"$BASE_DIR": "."},
        "network": f"$BASE_DIR/{_CIRCUIT}",
        "run": {"tstop": last * step_ms, "dt": step_ms, "random_seed": engine.seed},
        "output": {"output_dir": "$BASE_DIR", "spikes_file": _SPIKES},
        "sorn": {"version": _core.version, "step": engine.step_count, "parameters": engine.parameters.as_dict()},
    }


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2) + "\n"


def _lines(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


def _convert(wanted: Conversion) -> str:
    recordings = None if wanted.pickled else ResultFile(wanted.path)
    spikes = recordings is not None and ("E" in recordings or "I" in recordings)
    write_sonata(wanted.out, wanted.network, recordings if spikes else None, step_ms=wanted.step_ms)
    return (
        f"{wanted.out}: the network and its spikes" if spikes else f"{wanted.out}: the network; no spikes were recorded"
    )


FORMATS = (
    Format(
        "sonata",
        (),
        "a folder of SONATA files: units, synapses, and spikes if E or I were recorded at every step",
        _convert,
        has_times=True,
    ),
)

"""Networks as sparse matrices of SciPy and as graphs of NetworkX."""

from __future__ import annotations

import io
import os
from typing import Any

import numpy as np

from .._arguments import import_extra
from .._network import Network
from .._report.files import new_folder, write_file
from .._state import WEIGHT_KEYS, StateDict
from .formats import Conversion, Format
from .state import PROJECTIONS, THRESHOLDS, engine_network, synapses, thresholds

_LETTER = {"excitatory": "E", "inhibitory": "I"}


def to_scipy(network: Network | StateDict) -> dict[str, Any]:
    """The state of a network with its weights as SciPy sparse arrays (``pip install 'sorn[exchange]'``).

    Parameters
    ----------
    network : Network or StateDict
        The network.

    Returns
    -------
    dict
        The seven entries of a :class:`~sorn.StateDict`: Wee (ne, ne), Wei (ni, ne) and Wie (ne, ni) as
        ``scipy.sparse.csc_array``, [pre][post], and Te, Ti, X, Y as arrays. ``StateDict(entries)`` makes a state of
        them again.

    Raises
    ------
    ParameterError
        If `network` is of another type.
    """
    return StateDict._of(engine_network(network).copy()).sparse()


def write_scipy(network: Network | StateDict, folder: str) -> None:
    """Write the entries of :func:`to_scipy` into a new folder: weights as .npz, the rest as .npy."""
    sparse = import_extra("scipy.sparse", "exchange")
    with new_folder(folder) as place:
        for key, value in to_scipy(network).items():
            if key in WEIGHT_KEYS:
                sparse.save_npz(os.path.join(place, f"{key}.npz"), value)
            else:
                np.save(os.path.join(place, f"{key}.npy"), value)


def to_networkx(network: Network | StateDict) -> Any:
    """A network as a directed graph of NetworkX (``pip install 'sorn[exchange]'``).

    Parameters
    ----------
    network : Network or StateDict
        The network. Every synapse becomes an edge of about 500 bytes.

    Returns
    -------
    networkx.DiGraph
        Nodes ``"E0"``, ``"E1"``, … and ``"I0"``, … with ``population`` (``"excitatory"`` or ``"inhibitory"``),
        ``unit`` (the number within it) and ``threshold``. An edge leads from the presynaptic to the postsynaptic unit
        and has ``weight``, which is stored positive, and ``sign``: -1 if the synapse is inhibitory, else 1.

    Raises
    ------
    ParameterError
        If `network` is of another type.
    """
    networkx = import_extra("networkx", "exchange")
    engine = engine_network(network)
    graph = networkx.DiGraph()
    for population in THRESHOLDS:
        letter = _LETTER[population]
        for unit, threshold in enumerate(thresholds(engine, population).tolist()):
            graph.add_node(f"{letter}{unit}", population=population, unit=unit, threshold=threshold)
    for projection in PROJECTIONS:
        source, target = _LETTER[projection.source], _LETTER[projection.target]
        for pre, post, weight in zip(*(values.tolist() for values in synapses(engine, projection.matrix)), strict=True):
            graph.add_edge(f"{source}{pre}", f"{target}{post}", weight=weight, sign=projection.sign)
    return graph


def graphml(network: Network | StateDict) -> bytes:
    """The graph of :func:`to_networkx` as a GraphML document."""
    document = io.BytesIO()
    # The output of write_graphml() would depend on whether lxml is installed.
    import_extra("networkx", "exchange").write_graphml_xml(to_networkx(network), document)
    return document.getvalue()


def _convert_to_scipy(wanted: Conversion) -> str:
    write_scipy(wanted.network, wanted.out)
    return f"{wanted.out}: Wee, Wei, Wie for scipy.sparse.load_npz, Te, Ti, X, Y for numpy.load"


def _convert_to_graphml(wanted: Conversion) -> str:
    write_file(wanted.out, graphml(wanted.network), wanted.overwrite)
    return f"{wanted.out}: the network as a graph"


FORMATS = (
    Format(
        "scipy",
        (),
        "a folder with Wee.npz, Wei.npz, Wie.npz for scipy.sparse.load_npz, and Te, Ti, X, Y for numpy.load",
        _convert_to_scipy,
    ),
    Format(
        "graphml",
        (".graphml",),
        "the network as a graph for NetworkX, Gephi, Cytoscape (OUT.graphml)",
        _convert_to_graphml,
    ),
)

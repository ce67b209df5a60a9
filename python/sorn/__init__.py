"""Simulator of self-organizing recurrent neural networks (SORN).

>>> import sorn
>>> state_dict, E, I, R, C = sorn.Simulator.simulate_sorn(time_steps=100, ne=50, seed=1)
>>> E.shape
(100, 50)
"""

from . import _core, criticality, exchange, experiments, readout, sources, tasks, twins
from . import callbacks as callbacks
from . import sorn as sorn
from . import utils as utils
from ._batch import NetworkBatch
from ._core import PartSynapses, RuleView
from ._ensemble import Ensemble, Pooled, Replica, ensemble
from ._errors import (
    FormatError,
    IoError,
    ParallelError,
    ParameterError,
    RuleError,
    ShapeError,
    SornError,
    StateError,
    UnknownKeywordError,
    UnknownNameError,
)
from ._lineage import Lineage, Turnover
from ._mixed import warn_of_other_package
from ._network import Network
from ._parameters import Parameters
from ._provenance import Provenance
from ._recording import Recordings
from ._result_file import ResultFile, StoredArray, open  # noqa: A004 - sorn.open is its name
from ._resume import resume
from ._rule import OwnRule, load_rule, rule, rule_at
from ._simulate import Simulator, Trainer
from ._spike_train import SpikeTrain
from ._state import StateDict
from ._sweep import Sweep, SweepRun, sweep
from ._variant import Variant
from .initializer import Initializer
from .plotter import Plotter
from .statistics import Statistics

__version__: str = _core.version

warn_of_other_package(__file__)

__all__ = [
    "Ensemble",
    "FormatError",
    "Initializer",
    "IoError",
    "Lineage",
    "Network",
    "NetworkBatch",
    "OwnRule",
    "ParallelError",
    "ParameterError",
    "Parameters",
    "PartSynapses",
    "Plotter",
    "Pooled",
    "Provenance",
    "Recordings",
    "Replica",
    "ResultFile",
    "RuleError",
    "RuleView",
    "ShapeError",
    "Simulator",
    "SornError",
    "SpikeTrain",
    "StateDict",
    "StateError",
    "Statistics",
    "StoredArray",
    "Sweep",
    "SweepRun",
    "Trainer",
    "Turnover",
    "UnknownKeywordError",
    "UnknownNameError",
    "Variant",
    "criticality",
    "ensemble",
    "exchange",
    "experiments",
    "load_rule",
    "open",
    "readout",
    "resume",
    "rule",
    "rule_at",
    "sources",
    "sweep",
    "tasks",
    "twins",
]

"""The module of the calls in the pure-Python package: ``from sorn.sorn import Simulator, Trainer``."""

# This is a folder and not a file. If both packages are in one folder, Python imports this module and not that of the
# other package, and the first import can warn.
from .. import _mixed  # noqa: F401
from .._simulate import Simulator, Trainer
from ..initializer import Initializer

Simulator_ = Simulator
Trainer_ = Trainer

__all__ = ["Initializer", "Simulator", "Simulator_", "Trainer", "Trainer_"]

"""Where the pure-Python package has its calls: ``from sorn.sorn import Simulator, Trainer``."""

# A folder, not a file: where both packages lie in one place, Python takes this and not the other package's module, and
# the first import can tell.
from .. import _mixed  # noqa: F401
from .._simulate import Simulator, Trainer
from ..initializer import Initializer

Simulator_ = Simulator
Trainer_ = Trainer

__all__ = ["Initializer", "Simulator", "Simulator_", "Trainer", "Trainer_"]

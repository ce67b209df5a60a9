"""Where the pure-Python package has its helpers: ``from sorn.utils import Plotter, Statistics, Initializer``."""

# A folder, not a file: see _mixed.py.
from ..initializer import Initializer
from ..plotter import Plotter
from ..statistics import Statistics

__all__ = ["Initializer", "Plotter", "Statistics"]

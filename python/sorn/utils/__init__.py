"""The module of the helpers in the pure-Python package: ``from sorn.utils import Plotter, Statistics, Initializer``."""

# _mixed.py says why this is a folder and not a file.
from ..initializer import Initializer
from ..plotter import Plotter
from ..statistics import Statistics

__all__ = ["Initializer", "Plotter", "Statistics"]

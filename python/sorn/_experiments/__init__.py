"""The parts of :mod:`sorn.experiments`."""

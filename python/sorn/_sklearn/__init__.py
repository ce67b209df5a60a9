"""The estimators of :mod:`sorn.sklearn`."""

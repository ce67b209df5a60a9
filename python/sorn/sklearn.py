"""Self-organizing reservoirs as estimators of scikit-learn.

Rows are steps in time, so that their order matters; columns are features. Several series are a list of arrays, an array
with three axes (series, time, features), or a ``groupby`` of a pandas DataFrame.

>>> import numpy as np
>>> from sorn.sklearn import SORNClassifier, SORNReservoir
>>> letters = np.array(list("ABBBBCDEEEEF" * 100))[:, np.newaxis]
>>> after = np.roll(letters, -1)[:, 0]
>>> reservoir = SORNReservoir(100, encoder="symbols", pool_size=10, random_state=1)
>>> model = SORNClassifier(reservoir).fit(letters[:600], after[:600])
>>> float(model.score(letters[600:-1], after[600:-1])) > 0.9
True
"""

from __future__ import annotations

from ._arguments import import_extra

import_extra("sklearn", "sklearn")

from ._sklearn.encoders import GainEncoder, SpikeEncoder, SymbolEncoder, ThermometerEncoder  # noqa: E402
from ._sklearn.readouts import SORNClassifier, SORNRegressor  # noqa: E402
from ._sklearn.reservoir import EXPECTED_FAILED_CHECKS, SORNReservoir  # noqa: E402

__all__ = [
    "EXPECTED_FAILED_CHECKS",
    "GainEncoder",
    "SORNClassifier",
    "SORNRegressor",
    "SORNReservoir",
    "SpikeEncoder",
    "SymbolEncoder",
    "ThermometerEncoder",
]

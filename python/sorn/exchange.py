"""Results in the formats of other tools, and pickled states of the pure-Python package (``pip install
'sorn[exchange]'``).

>>> import sorn
>>> network = sorn.Network(ne=50, seed=1)
>>> graph = sorn.exchange.to_networkx(network)
>>> graph.number_of_nodes(), graph.nodes["I0"]["population"]
(60, 'inhibitory')
"""

from ._exchange.graph import to_networkx, to_scipy
from ._exchange.neo import to_neo
from ._exchange.pickles import load_pickle
from ._exchange.sonata import write_sonata

__all__ = ["load_pickle", "to_neo", "to_networkx", "to_scipy", "write_sonata"]

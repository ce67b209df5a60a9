"""The pictures of a network, as functions of one class."""

from __future__ import annotations

from ._plotting import avalanches, connections, dynamics, graph, intervals, spikes, weights
from ._plotting.summary import summary


class Plotter:
    """Pictures of spikes, connections, weights and thresholds, drawn with Matplotlib (``pip install 'sorn[plot]'``).

    Every function returns the Matplotlib Axes, or the Figure if it draws several; draws on ``ax=`` where that is given;
    and saves a PNG of its own name into the current folder with ``savefig=True``, or any other file with
    ``savefig="folder/name.pdf"``. Without ``ax=`` it makes a new figure, which notebooks show by themselves and
    ``matplotlib.pyplot.show()`` shows elsewhere. No display is needed, and no setting of Matplotlib is changed.

    ``bin_size`` is a number of bins. Spike trains are (time, neurons), weights [pre][post].
    """

    hist_incoming_conn = staticmethod(connections.hist_incoming_conn)
    hist_outgoing_conn = staticmethod(connections.hist_outgoing_conn)
    network_connection_dynamics = staticmethod(connections.network_connection_dynamics)
    hist_firing_rate_network = staticmethod(spikes.hist_firing_rate_network)
    scatter_plot = staticmethod(spikes.scatter_plot)
    raster_plot = staticmethod(spikes.raster_plot)
    correlation = staticmethod(graph.correlation)
    isi_exponential_fit = staticmethod(intervals.isi_exponential_fit)
    weight_distribution = staticmethod(weights.weight_distribution)
    linear_lognormal_fit = staticmethod(weights.linear_lognormal_fit)
    plot_network = staticmethod(graph.plot_network)
    hamming_distance = staticmethod(dynamics.hamming_distance)
    avalanche_distribution = staticmethod(avalanches.avalanche_distribution)
    threshold_dynamics = staticmethod(dynamics.threshold_dynamics)
    summary = staticmethod(summary)

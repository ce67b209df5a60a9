"""Pictures of a network, as functions of one class."""

from __future__ import annotations

from ._plotting import avalanches, connections, criticality, dynamics, graph, intervals, spikes, synapses, weights
from ._plotting.summary import summary


class Plotter:
    """Pictures of spikes, connections, weights and thresholds, drawn with Matplotlib (``pip install 'sorn[plot]'``).

    Every function returns the Matplotlib Axes, or the Figure if it draws several Axes. It draws on ``ax=`` if that is
    given. Otherwise it makes a new figure, which a notebook shows by itself; elsewhere ``matplotlib.pyplot.show()``
    shows it. ``savefig=True`` saves a PNG into the current folder, ``savefig="folder/name.pdf"`` saves another file.
    The functions need no display and change no setting of Matplotlib.

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
    branching_regression = staticmethod(criticality.branching_regression)
    shape_collapse = staticmethod(criticality.shape_collapse)
    size_scaling = staticmethod(criticality.size_scaling)
    synapse_lifetimes = staticmethod(synapses.synapse_lifetimes)
    weight_paths = staticmethod(synapses.weight_paths)
    connection_phases = staticmethod(synapses.connection_phases)
    threshold_dynamics = staticmethod(dynamics.threshold_dynamics)
    twin_divergence = staticmethod(dynamics.twin_divergence)
    summary = staticmethod(summary)

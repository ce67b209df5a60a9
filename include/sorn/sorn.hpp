// All headers of sorn::sorn, the engine and its statistics. Two more components need HDF5:
// <sorn/io.hpp>, <sorn/result_reader.hpp> and <sorn/run_log.hpp> (sorn::io), <sorn/file_run.hpp>, <sorn/ensemble.hpp>,
// <sorn/sweep.hpp>, <sorn/recorded_activity.hpp>, <sorn/recorded_training.hpp>, <sorn/time_travel.hpp> and
// <sorn/twins.hpp> (sorn::runs).
#pragma once

#include <sorn/avalanche_scaling.hpp>
#include <sorn/avalanches.hpp>
#include <sorn/branching.hpp>
#include <sorn/change.hpp>
#include <sorn/closed_loop.hpp>
#include <sorn/criticality.hpp>
#include <sorn/decay.hpp>
#include <sorn/density.hpp>
#include <sorn/error.hpp>
#include <sorn/lifetimes.hpp>
#include <sorn/lineage.hpp>
#include <sorn/measures.hpp>
#include <sorn/network.hpp>
#include <sorn/network_batch.hpp>
#include <sorn/online_statistics.hpp>
#include <sorn/own_rule.hpp>
#include <sorn/parameters.hpp>
#include <sorn/ranks.hpp>
#include <sorn/readout.hpp>
#include <sorn/recorder.hpp>
#include <sorn/recursive_least_squares.hpp>
#include <sorn/rule_library.hpp>
#include <sorn/seeds.hpp>
#include <sorn/share.hpp>
#include <sorn/signals.hpp>
#include <sorn/source.hpp>
#include <sorn/source_spec.hpp>
#include <sorn/spike_train.hpp>
#include <sorn/state.hpp>
#include <sorn/statistics.hpp>
#include <sorn/synapse_lifetimes.hpp>
#include <sorn/synapses.hpp>
#include <sorn/variant.hpp>
#include <sorn/version.hpp>

// Everything that the library offers, in one include.
#pragma once

#include <sorn/error.hpp>
#include <sorn/network.hpp>
#include <sorn/parameters.hpp>
#include <sorn/ranks.hpp>
#include <sorn/recorder.hpp>
#include <sorn/seeds.hpp>
#include <sorn/share.hpp>
#include <sorn/spike_train.hpp>
#include <sorn/state.hpp>
#include <sorn/statistics.hpp>
#include <sorn/synapses.hpp>
#include <sorn/variant.hpp>
#include <sorn/version.hpp>

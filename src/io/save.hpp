// The parts that result files and checkpoints are made of, as load.hpp reads them.
#pragma once

#include "io/hdf5/hdf5.hpp"

#include <sorn/io.hpp>

#include <cstdint>
#include <string_view>

namespace sorn::io {

void write_format(hid_t file, std::string_view format);
void write_parameters(hid_t file, const Parameters& parameters);
void write_run(hid_t file, const RunDescription& run);

/// Which of how many shares of a network a state is.
struct ShareNumber {
  std::uint64_t share = 0;
  std::uint64_t shares = 1;
  std::uint64_t identity = 0;  ///< drawn for the checkpoint; its shares have the same
};

enum class Activity : std::uint8_t { included, left_out };

/// The thresholds and the synapses of a share.
void write_state(hid_t file, const State& state, ShareNumber number = {}, Activity activity = Activity::included);

}  // namespace sorn::io

// Writing the parts of result files and checkpoints, which load.hpp reads.
#pragma once

#include "io/hdf5/hdf5.hpp"

#include <sorn/io.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace sorn::io {

void write_format(hid_t file, std::string_view format);
void write_parameters(hid_t file, const Parameters& parameters);
void write_run(hid_t file, const RunDescription& run);

/// Writes a text as an attribute, or, if it is longer than that, as a dataset of bytes.
void write_long_text(hid_t group, const char* name, const std::string& text);

/// The number of a share, and the number of all shares of the network.
struct ShareNumber {
  std::uint64_t share = 0;
  std::uint64_t shares = 1;
  std::uint64_t identity = 0;  ///< drawn for each checkpoint; all its shares have the same
};

enum class Activity : std::uint8_t { included, left_out };

/// Writes the state of a network or a share.
void write_state(hid_t file, const State& state, ShareNumber number = {}, Activity activity = Activity::included);

}  // namespace sorn::io

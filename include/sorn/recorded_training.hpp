// Training readouts on the recordings of a result file, read in parts. It needs the component sorn::runs.
#pragma once

#include <sorn/readout.hpp>
#include <sorn/recorder.hpp>
#include <sorn/result_reader.hpp>

#include <cstdint>
#include <functional>

namespace sorn {

/// Which recorded steps train a readout: the state of step t − lag names the target of step t.
struct RecordedSteps {
  Quantity state = Quantity::excitatory;
  Quantity target = Quantity::symbol;  ///< symbols and actions are labels, all others real numbers
  std::uint64_t lag = 0;
  std::uint64_t begin = 0;                    ///< t is at least this, a number of a step as in the recordings
  std::uint64_t end = RecordRequest::no_end;  ///< t is below this
};

/// Adds the recorded steps for which the file has both. The memory does not grow with their number. Spikes with labels
/// give the same bits as if they were added at once. After an error the sums are as before.
/// @param between_parts  is called after each part; an exception ends the reading
/// @throws ParameterError if a quantity was not recorded or is none that can be read from or named, if the strides of
///   both differ or the lag is no multiple of them, or if no step is left; IoError, FormatError; and as Training::add()
void add_recorded(readout::Training& training, const ResultReader& reader, const RecordedSteps& steps = {},
                  const std::function<void()>& between_parts = {});

}  // namespace sorn

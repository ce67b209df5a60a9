// Windows of statistics: the steps that one row describes.
#pragma once

#include <sorn/recorder.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sorn {

/// The steps of a window that is not over yet. A checkpoint holds them, so that a resumed run can make the row.
struct WindowPart {
  std::uint64_t steps = 0;              ///< from the first step of the window on
  std::vector<std::uint64_t> spikes{};  ///< of the excitatory units, packed as SpikeTrain::from_packed() reads them
  std::uint64_t inhibitory_spikes = 0;
  std::uint64_t ee_first = 0;   ///< W_EE synapses on entry to the first step
  std::uint64_t ee_fewest = 0;  ///< the smallest number of them on entry to a step

  bool operator==(const WindowPart&) const = default;
};

/// The number of words that hold a step of this many units.
constexpr std::size_t packed_words(std::size_t units) noexcept { return (units + 63) / 64; }

/// Whether two requests are of the same windows: stride, begin and end are equal.
bool same_windows(const RecordRequest& a, const RecordRequest& b) noexcept;

/// One request for each different sequence of windows (stride, begin, end), in the order of the requests.
std::vector<RecordRequest> distinct_windows(std::span<const RecordRequest> requests);

/// How many steps of its window a run has done that began with step `begin`, and whose next step is `step`. 0 if the
/// run did not do all steps of the window up to here.
std::uint64_t steps_of_part(const RecordRequest& request, std::uint64_t begin, std::uint64_t step) noexcept;

}  // namespace sorn

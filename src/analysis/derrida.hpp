// The Derrida map, counted from distances of any number of pairs of runs.
#pragma once

#include <sorn/statistics.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sorn::analysis {

/// Counts steps by the distance at their beginning. All numbers are whole, so that their order does not matter.
class DerridaCounts {
public:
  explicit DerridaCounts(std::size_t neurons) : count_(neurons + 1), next_(neurons + 1) {}

  /// Counts `times` steps from one distance to the next, both at most `neurons`.
  void add(std::size_t distance, std::size_t next, std::int64_t times = 1) noexcept {
    count_[distance] += times;
    next_[distance] += times * static_cast<std::int64_t>(next);
  }

  void add(const DerridaCounts& other) noexcept {
    for (std::size_t d = 0; d < count_.size(); ++d) {
      count_[d] += other.count_[d];
      next_[d] += other.next_[d];
    }
  }

  statistics::DerridaMap map() const {
    statistics::DerridaMap map;
    const auto neurons = static_cast<double>(count_.size() - 1);
    double products = 0.0;
    double squares = 0.0;
    for (std::size_t d = 0; d < count_.size(); ++d) {
      if (count_[d] == 0) continue;
      const auto distance = static_cast<double>(d);
      const auto count = static_cast<double>(count_[d]);
      const auto next = static_cast<double>(next_[d]);
      map.distance.push_back(distance / neurons);
      map.next_distance.push_back(next / count / neurons);
      map.samples.push_back(count_[d]);
      products += distance * next;
      squares += distance * distance * count;
    }
    if (squares > 0.0) map.slope = products / squares;
    return map;
  }

private:
  std::vector<std::int64_t> count_;
  std::vector<std::int64_t> next_;  // summed
};

}  // namespace sorn::analysis

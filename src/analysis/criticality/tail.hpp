// The search for the range in which a power law holds.
#pragma once

#include <sorn/criticality.hpp>

#include <array>
#include <cstddef>
#include <vector>

namespace sorn::criticality {

/// The xmin, as its place in sample.distinct(), for which a power law is closest to the values from it on.
struct Tail {
  std::size_t first = 0;
  double alpha = 0.0;
  double distance = 0.0;
  double xmax = unbounded;
};

/// Fits power laws to the tails of samples. It keeps its memory from sample to sample.
class TailSearch {
public:
  /// @throws as fit_tail()
  Tail best(const Sample& sample, const Search& search);
  /// The power law of the values from `xmin` on.
  Tail at(const Sample& sample, double xmin, double xmax);

private:
  /// A range of values, and the shares of values and of the law below both ends.
  struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::array<double, 2> at_begin{};
    std::array<double, 2> at_end{};
  };

  /// The values of xmax to try: that of the search, and up to 40 values of the sample, evenly on a logarithmic scale.
  static std::vector<double> possible_ends(const Sample& sample, const Search& search);
  /// Replaces `best` by a power law up to xmax that is closer to the values.
  void improve(Tail& best, const Sample& sample, const Search& search, double xmax, double largest_xmin);
  void prepare(const Sample& sample, double xmax);
  double alpha_of(std::size_t first, double xmin, double guess) const;
  double distance_of(std::size_t first, double xmin, double alpha, double limit);

  const Sample* sample_ = nullptr;
  std::size_t end_ = 0;  // of the values up to xmax
  double xmax_ = unbounded;
  std::vector<double> log_x_;
  std::vector<double> log_sum_;  // of the values from a place on
  std::size_t farthest_ = 0;     // where the last power law was farthest from the values
  std::vector<Range> open_;      // in which a larger distance may be
};

}  // namespace sorn::criticality

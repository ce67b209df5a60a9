// Neuronal avalanches: periods of activity above a threshold (docs/criticality.md). The activity may be of any origin.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sorn::criticality {

/// The level that the activity of a bin must exceed, strictly, to belong to an avalanche.
struct Threshold {
  enum class Kind : std::uint8_t {
    value,       ///< `number`, in units of the activity, from 0 on
    half_mean,   ///< half the mean activity of a bin
    percentile,  ///< the percentile `number` in [0, 100] of the activity of bins, between two values as a line
  };
  Kind kind = Kind::half_mean;
  double number = 0.0;

  bool operator==(const Threshold&) const = default;
};

/// The threshold of a text: "half_mean", "median", a percentile such as "25%", or a number.
/// @throws ParameterError
Threshold threshold_named(std::string_view text);
/// The text of a threshold, as threshold_named() takes it.
std::string text_of(const Threshold& threshold);

/// What the size of an avalanche counts.
enum class SizeRule : std::uint8_t {
  above,  ///< the activity above the threshold, Σ (A − θ). The sum of all activity would distort the distribution of
          ///< sizes (Villegas, di Santo, Burioni & Muñoz 2019, doi 10.1103/PhysRevE.100.012133)
  all,  ///< all activity, Σ A
};

struct AvalancheOptions {
  Threshold threshold{};
  std::size_t bin = 1;  ///< steps of a bin, ≥ 1; the activity of a bin is the sum of its steps
  SizeRule size = SizeRule::above;
  bool keep_first = false;  ///< whether an avalanche that is under way in the first bin counts
  bool profiles = false;    ///< whether the activity within avalanches is kept
};

/// The activity in which avalanches were found.
struct AvalancheSource {
  double threshold = 0.0;       ///< of the activity of a bin
  std::uint64_t bins = 0;       ///< number of whole bins
  std::uint64_t cut_begin = 0;  ///< bins of an avalanche that was under way in the first bin and is left out; 0: none
  std::uint64_t cut_end = 0;    ///< bins of an avalanche that was under way in the last bin, which is left out; 0: none
};

/// Avalanches of one network, or of several ones after each other.
struct Avalanches {
  std::size_t bin = 1;                   ///< steps
  SizeRule size = SizeRule::above;       ///< what sizes count
  std::vector<AvalancheSource> sources;  ///< the networks
  // For each avalanche:
  std::vector<double> sizes;            ///< > 0
  std::vector<std::int64_t> durations;  ///< bins, ≥ 1
  std::vector<std::int64_t> begins;     ///< its first bin, from 0 on
  std::vector<std::uint32_t> networks;  ///< its network, a place in `sources`
  /// The summands of the sizes, bin by bin, of all avalanches after each other; empty if they were not kept.
  std::vector<double> profiles;

  /// The bins between the end of an avalanche and the beginning of the next one of the same network.
  std::vector<std::int64_t> intervals() const;
};

/// How often each activity of a bin occurs, for thresholds that depend on it. Takes the activity in parts.
class ActivityLevels {
public:
  /// @throws ParameterError if bin is 0
  explicit ActivityLevels(std::size_t bin = 1);
  /// Adds the activity of further steps. @throws StateError for a number that is negative or not finite
  void add(std::span<const double> activity);
  /// @throws ParameterError if the number of a threshold is out of its range, ShapeError if there is no whole bin
  double threshold(const Threshold& threshold) const;

private:
  void add_bin(double activity);

  std::size_t bin_;
  std::size_t in_bin_ = 0;
  double sum_ = 0.0;
  std::vector<std::uint64_t> whole_;  // number of bins with 0, 1, 2 … spikes
  std::vector<double> others_;        // any other activity
};

/// Finds avalanches in an activity that it is given in parts.
class AvalancheFinder {
public:
  /// @param threshold  of the activity of a bin; the one of the options is not looked at
  /// @throws ParameterError if it is negative or not finite, or bin is 0
  AvalancheFinder(double threshold, const AvalancheOptions& options);
  /// Takes the activity of further steps. @throws StateError for a number that is negative or not finite
  void add(std::span<const double> activity);
  /// All avalanches so far.
  Avalanches finish() &&;

private:
  void add_bin(double activity);
  void end_avalanche();

  AvalancheOptions options_;
  double threshold_;
  Avalanches found_;
  std::size_t in_bin_ = 0;
  double sum_ = 0.0;
  std::uint64_t bins_ = 0;
  std::uint64_t begin_ = 0;    // of the avalanche that is under way
  std::vector<double> parts_;  // the summands of its size; none: there is none
};

/// The avalanches of the activity of one network. Steps beyond the last whole bin are left out.
/// @throws as ActivityLevels and AvalancheFinder
Avalanches avalanches(std::span<const double> activity, const AvalancheOptions& options = {});

/// The avalanches of several networks, in their order.
/// @throws ParameterError if they differ in bin, in what sizes count, or in whether profiles were kept
Avalanches pooled(std::span<const Avalanches> parts);

}  // namespace sorn::criticality

// What a sweep varies: the design of a sweep as a value, and the runs that follow from it. Link sorn::runs to use them.
#pragma once

#include <sorn/io.hpp>
#include <sorn/parameters.hpp>
#include <sorn/recorder.hpp>
#include <sorn/source_spec.hpp>
#include <sorn/state.hpp>
#include <sorn/variant.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sorn {

/// How a sweep chooses its points.
enum class DesignKind : std::uint8_t {
  grid,    ///< every combination of the values
  random,  ///< each point is drawn independently
};

std::string_view name(DesignKind kind) noexcept;
/// @throws UnknownNameError
DesignKind design_kind_named(std::string_view text);

enum class DrawScale : std::uint8_t {
  linear,       ///< uniform in the value
  logarithmic,  ///< uniform in the logarithm of the value
};

std::string_view name(DrawScale scale) noexcept;
/// "linear" or "log". @throws UnknownNameError
DrawScale draw_scale_named(std::string_view text);

/// A range to draw from, its ends included.
struct DrawRange {
  double low = 0.0;
  double high = 0.0;
  DrawScale scale = DrawScale::linear;
  bool operator==(const DrawRange&) const = default;
};

/// A quantity that is varied: a hyperparameter, or "noise".
struct SweepDimension {
  std::string name;
  std::vector<ParameterValue> values{};  ///< all values of a grid; the choices of a random design
  std::optional<DrawRange> range{};      ///< of a random design, instead of values
  bool operator==(const SweepDimension&) const = default;
};

/// The options of a run's statistics, as of `sorn stats`.
struct StatisticsOptions {
  std::uint64_t skip = 0;      ///< number of steps at the beginning that are left out
  std::uint64_t window = 100;  ///< of the Fano factor, in steps
  std::uint64_t lag = 2;       ///< of the autocorrelation, in steps
  std::optional<double> threshold{};
  bool operator==(const StatisticsOptions&) const = default;
};

/// The runs of a sweep. Each run is a pure function of the design and of its index.
struct SweepDesign {
  DesignKind kind = DesignKind::grid;
  Parameters base{};  ///< values of all hyperparameters that are not varied
  /// The names of the hyperparameters whose value in `base` holds in all points. Only if `variant` is varied: otherwise
  /// all do. A field that is not named and has the value of base.variant has that of the point's variant.
  std::vector<std::string> given{};
  std::string noise = "on";                  ///< "on" (σ of the variant), "off", or a σ
  std::vector<SweepDimension> dimensions{};  ///< in the order of the table's columns
  std::uint64_t samples = 0;                 ///< number of points of a random design
  std::uint64_t seed = 1;  ///< of the sweep; determines the draws of a random design and the seeds of the runs
  std::uint64_t runs_per_point = 1;
  std::vector<std::uint64_t> seeds{};  ///< one for each run of a point; empty: they follow from `seed`

  // settings of each run
  std::uint64_t steps = 0;  ///< at least 1
  Phase phase = Phase::plasticity;
  RuleSet freeze{};
  OptionalSource source{};                ///< of each run, instead of inputs
  std::vector<RecordRequest> record{};    ///< the recordings in the files
  bool files = false;                     ///< each run writes a result file into the folder of the sweep
  std::vector<std::string> statistics{};  ///< names of measures(), at least one, to compute for each run
  StatisticsOptions options{};

  bool operator==(const SweepDesign&) const = default;
};

/// The limit keeps the table, with a line for each run, small enough to store.
inline constexpr std::uint64_t most_runs = 10'000'000;

/// The number of points, at most most_runs + 1.
std::uint64_t point_count(const SweepDesign& design) noexcept;

/// The number of runs, at most most_runs + 1.
std::uint64_t run_count(const SweepDesign& design) noexcept;

/// One run of a sweep.
struct SweepRun {
  std::uint64_t index = 0;  ///< from 0
  std::uint64_t point = 0;  ///< index / runs per point
  std::uint64_t seed = 0;
  Parameters parameters{};
  double noise = 0.0;                    ///< σ
  std::vector<ParameterValue> values{};  ///< of the dimensions, in their order; for noise its σ
  bool operator==(const SweepRun&) const = default;
};

/// Run `index` < run_count(design): a pure function of the design.
///
/// The runs of a point have consecutive indices. In a grid the last dimension changes fastest, as the last digit of a
/// number does. Sample k of a random design depends on the sweep's seed, on k and on the names of the dimensions, not
/// on the number of samples. Unless `seeds` is given, run k has the seed replica_seed(design.seed, k).
SweepRun run_of(const SweepDesign& design, std::uint64_t index);

/// The σ of a noise setting. @throws ParameterError unless it is "on", "off" or a number in [0, 1000]
double noise_sigma(const ParameterValue& noise, const Parameters& parameters);

/// The outdated names that a design uses, each with its new spelling.
std::vector<std::string> notes(const SweepDesign& design);

/// All problems of a design; empty if it can be run.
///
/// Contradictions in only some points, such as te_min > te_max, are problems of a grid, because a user has chosen its
/// points. In a random design they are problems only if all points have them; otherwise their runs fail, and the sweep
/// reports this.
/// @param state   the state from which all runs continue; unset: each run builds a network
/// @param inputs  the inputs of all runs, if there are any
std::vector<std::string> problems(const SweepDesign& design, const std::optional<State>& state = {},
                                  const std::optional<InputArray>& inputs = {});

/// The varied values of a run as text, such as "eta_stdp = 0.004, noise = 0.1".
std::string text(const SweepDesign& design, const SweepRun& run);

/// A value as a user writes it.
std::string text(const ParameterValue& value);

}  // namespace sorn

// What a sweep varies: designs of runs as values, and the runs that follow from them. Link sorn::runs for these.
#pragma once

#include <sorn/io.hpp>
#include <sorn/parameters.hpp>
#include <sorn/recorder.hpp>
#include <sorn/state.hpp>
#include <sorn/variant.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sorn {

/// How the points of a sweep lie.
enum class DesignKind : std::uint8_t {
  grid,    ///< every combination of the values
  random,  ///< each point drawn by itself
};

std::string_view name(DesignKind kind) noexcept;
/// @throws UnknownNameError
DesignKind design_kind_named(std::string_view text);

enum class DrawScale : std::uint8_t {
  linear,       ///< all values of the range are alike
  logarithmic,  ///< all orders of magnitude are
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

/// One thing that is varied: a hyperparameter, or "noise".
struct SweepDimension {
  std::string name;
  std::vector<ParameterValue> values{};  ///< of a grid, all of them; of a random design, what to choose from
  std::optional<DrawRange> range{};      ///< of a random design, in place of values
  bool operator==(const SweepDimension&) const = default;
};

/// What the statistics of a run leave out, and how they are made; as `sorn stats` has it.
struct StatisticsOptions {
  std::uint64_t skip = 0;      ///< steps at the beginning that do not count
  std::uint64_t window = 100;  ///< of the Fano factor, in steps
  std::uint64_t lag = 2;       ///< of the autocorrelation, in steps
  std::optional<double> threshold{};
  bool operator==(const StatisticsOptions&) const = default;
};

/// The runs of a sweep, each of which is a pure function of the design and of its number.
struct SweepDesign {
  DesignKind kind = DesignKind::grid;
  Parameters base{};                         ///< what is not varied
  std::string noise = "on";                  ///< "on" (σ of the variant), "off", or a σ
  std::vector<SweepDimension> dimensions{};  ///< their order is that of the table's columns
  std::uint64_t samples = 0;                 ///< points of a random design
  std::uint64_t seed = 1;  ///< of the sweep: draws of a random design and seeds of the runs come from it
  std::uint64_t runs_per_point = 1;
  std::vector<std::uint64_t>
      seeds{};  ///< of the runs of each point, as many as these are; empty: they follow from `seed`

  // what each run does
  std::uint64_t steps = 0;  ///< from 1 on
  Phase phase = Phase::plasticity;
  RuleSet freeze{};
  std::vector<RecordRequest> record{};    ///< into the files
  bool files = false;                     ///< each run leaves a result file in the folder of the sweep
  std::vector<std::string> statistics{};  ///< names of measures(), at least one: what is kept of each run
  StatisticsOptions options{};

  bool operator==(const SweepDesign&) const = default;
};

/// More runs than anybody's patience, and few enough to keep a line of each.
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
  std::vector<ParameterValue> values{};  ///< of the dimensions, in their order; noise as its σ
  bool operator==(const SweepRun&) const = default;
};

/// Run `index` < run_count(design): a pure function of the design.
///
/// The runs of a point follow each other. The points of a grid count as the digits of a number do: the last dimension
/// changes fastest. Sample k of a random design depends on the sweep's seed, on k and on the names of the dimensions,
/// not on how many samples there are. Unless the seeds are given, run k has replica_seed(design.seed, k).
SweepRun run_of(const SweepDesign& design, std::uint64_t index);

/// σ of the noise that a setting means. @throws ParameterError unless it is "on", "off" or a number in [0, 1000]
double noise_sigma(const ParameterValue& noise, const Parameters& parameters);

/// What a design says in words that will not be read much longer: each with its new spelling.
std::vector<std::string> notes(const SweepDesign& design);

/// Everything that is wrong with a design, all at once; empty if it can be run.
///
/// What contradicts only in some points (te_min > te_max) counts for a grid, whose points somebody chose. Of a random
/// design such points are refused only if no other is left: else their runs fail, and the sweep says so.
/// @param state   what the runs begin with, if not with new networks
/// @param inputs  what drives them, if something does
std::vector<std::string> problems(const SweepDesign& design, const std::optional<State>& state = {},
                                  const std::optional<InputArray>& inputs = {});

/// "eta_stdp = 0.004, noise = 0.1": what is varied in a run.
std::string text(const SweepDesign& design, const SweepRun& run);

/// A value as a user writes it.
std::string text(const ParameterValue& value);

}  // namespace sorn

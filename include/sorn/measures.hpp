// The table of measures: what a run is summarised by, one number each. `sorn stats`, ensembles, sweeps, reports, Python
// and the documentation read this table, so that the value of a name is the same number, to the bit, wherever it is
// asked for. docs/development/adding.md says how to add a row.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sorn {

namespace analysis {
class RunRecord;
}

/// What a measure is made from.
enum class MeasureNeeds : std::uint8_t {
  state,              ///< the network after the run
  synapse_counts,     ///< the number of W_EE synapses on entry to each step
  inhibitory_spikes,  ///< the number of spikes of all inhibitory units
  spike_counts,       ///< the number of spikes of each unit and of each step, which take no memory in a long run
  spike_train,        ///< every spike, which takes memory that grows with the run
};

enum class MeasureKind : std::uint8_t { count, real };

/// Under which heading a measure is shown.
enum class MeasureGroup : std::uint8_t { activity, timing, synapses, weights, thresholds };

/// A row of the table.
struct Measure {
  std::string_view name;
  std::string_view label;    ///< what people call it
  std::string_view meaning;  ///< in a few words
  std::string_view unit;     ///< may be empty
  MeasureKind kind;
  MeasureNeeds needs;
  MeasureGroup group;
  bool headline;  ///< is among those that reports show
  /// From a record that holds what the measure needs; not defined if what it holds does not define it.
  std::optional<double> (*value)(analysis::RunRecord& record);
  std::array<std::string_view, 3> aliases{};  ///< old spellings that are still read; empty at the end
};

/// All measures in the order in which they are shown; those that need a spike train come last.
std::span<const Measure> measures() noexcept;

/// Those of measures() that can be counted while a run goes on.
std::span<const Measure> measures_without_train() noexcept;

/// The measure of this name, or of this old spelling. @throws UnknownNameError
const Measure& measure_named(std::string_view name);

std::string_view name(MeasureNeeds needs) noexcept;
std::string_view name(MeasureKind kind) noexcept;
std::string_view name(MeasureGroup group) noexcept;

/// The meaning, and the unit of a real number; the meaning of a count names what is counted.
std::string text(const Measure& measure);

}  // namespace sorn

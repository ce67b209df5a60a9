// The table of measures. Each measure summarises a run in one number. `sorn stats`, ensembles, sweeps, reports, Python
// and the documentation read this table, so that a measure has the same value everywhere, bit for bit.
// docs/development/adding.md says how to add a row.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sorn {

namespace analysis {
class RunRecord;
}

/// The data that a measure needs.
enum class MeasureNeeds : std::uint8_t {
  state,              ///< the network after the run
  synapse_counts,     ///< the number of W_EE synapses on entry to each step
  inhibitory_spikes,  ///< the number of spikes of all inhibitory units
  spike_counts,       ///< the number of spikes of each unit and of each step; their memory does not grow with the run
  spike_train,        ///< every spike; the memory grows with the run
};

enum class MeasureKind : std::uint8_t { count, real };

/// The heading under which a measure is shown.
enum class MeasureGroup : std::uint8_t { activity, timing, synapses, weights, thresholds };

/// A row of the table.
struct Measure {
  std::string_view name;
  std::string_view label;    ///< the name for readers
  std::string_view meaning;  ///< a description in a few words
  std::string_view unit;     ///< may be empty
  MeasureKind kind;
  MeasureNeeds needs;
  MeasureGroup group;
  bool headline;  ///< whether reports show it
  /// Computes the measure from a record that holds what it needs; empty if the measure is not defined for these data.
  std::optional<double> (*value)(analysis::RunRecord& record);
  std::array<std::string_view, 3> aliases{};  ///< earlier names that are still read; unused places are empty
};

/// All measures in the order in which they are shown. Those that need a spike train come last.
std::span<const Measure> measures() noexcept;

/// The measures that can be computed during a run, without a spike train.
std::span<const Measure> measures_without_train() noexcept;

/// The names of all measures, in the same order.
std::vector<std::string> measure_names();

/// The measure of this name or earlier name. @throws UnknownNameError
const Measure& measure_named(std::string_view name);

std::string_view name(MeasureNeeds needs) noexcept;
std::string_view name(MeasureKind kind) noexcept;
std::string_view name(MeasureGroup group) noexcept;

/// The meaning and, for a real number, the unit. The meaning of a count names what is counted.
std::string text(const Measure& measure);

}  // namespace sorn

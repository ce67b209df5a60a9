// Signals: numbers that a run is given in each step beside its input, such as a reward, a modulation or the mark of a
// phase. Rules read them, and recordings keep them.
#pragma once

#include <sorn/switches.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sorn {

/// The answer of a network in a step.
struct Answer {
  std::uint64_t step;                    ///< its number, counted from when the network was built
  std::span<const std::uint8_t> output;  ///< the new activity of the output units: 0 or 1; none without an output layer
  OutputKind kind;                       ///< which of them fire: Parameters::output

  /// The number of the first output unit that fires; -1 if none does.
  std::int64_t action() const noexcept {
    for (std::size_t k = 0; k < output.size(); ++k) {
      if (output[k] != 0) return static_cast<std::int64_t>(k);
    }
    return -1;
  }
};

/// A number for each step of a run, with a name.
struct Signal {
  /// The values of the steps of a run, the first of which is for its first step. There may be more than it needs. They
  /// must outlive the run.
  using Values = std::span<const double>;
  /// Returns the value in step `step` of the network, counted from when it was built. It is called once for each step,
  /// in the order of the steps and before anything of the step is computed, in the thread that called run(). An
  /// exception, or a value that is not finite, ends the run before this step.
  using Function = std::function<double(std::uint64_t step)>;

  /// Returns the value in the step that the network is doing, or no value, from the network's answer. It is called as a
  /// Function is, but after the units have fired and before any rule acts. Over ranks, each rank calls its own, which
  /// must return the same.
  using Response = std::function<std::optional<double>(const Answer& answer)>;

  /// A lower-case letter, then lower-case letters, digits and underscores, at most 63. A name that a run uses for one
  /// of its settings is not allowed: reserved_signal_names().
  std::string name;
  std::variant<Values, Function, Response> values;
  /// Whether NaN among Values means that the step has no value.
  bool gaps = false;
};

/// The name of the signal that modulates learning: a reward (docs/reward.md).
inline constexpr std::string_view reward_signal = "reward";

/// The largest number of signals of a run.
inline constexpr std::size_t most_signals = 256;

/// The names that no signal can have: Python takes signals as keyword arguments, beside these.
std::span<const std::string_view> reserved_signal_names() noexcept;

/// The names of signals, in their order.
std::vector<std::string> signal_names(std::span<const Signal> signals);

/// The position of the signal with this name; unset if there is none.
std::optional<std::size_t> position_of(std::span<const Signal> signals, std::string_view name) noexcept;

}  // namespace sorn

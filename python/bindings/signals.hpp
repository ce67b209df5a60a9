// The signals of a run from Python.
#pragma once

#include <sorn/signals.hpp>

#include <nanobind/nanobind.h>

#include <vector>

namespace sorn::python {

namespace nb = nanobind;

/// An answer as Python sees it: the number of the action, or with OutputKind::threshold the activity (no,).
nb::object answer_object(const Answer& answer);

/// The rewards of a run: an array in which NaN means no reward, or a function of the network's answer, which returns a
/// number or None.
struct Rewards {
  nb::object given;
};

/// Signals whose arrays are copied, so that they cannot change during a run, and whose functions are called with the
/// GIL, which the run does not hold.
class HeldSignals {
public:
  HeldSignals() = default;
  /// @param signals  None, or a dictionary from names to float64 arrays (steps,), functions of the number of a step, or
  ///   Rewards
  explicit HeldSignals(nb::handle signals);

  /// They must not outlive this object.
  const std::vector<Signal>& signals() const noexcept { return signals_; }
  /// The names, as a tuple of str.
  nb::tuple names() const;

private:
  void hold(const std::string& name, nb::handle value);

  nb::object given_ = nb::none();  // keeps the functions alive
  std::vector<std::vector<double>> arrays_;
  std::vector<Signal> signals_;
};

void bind_signals(nb::module_& m);

}  // namespace sorn::python

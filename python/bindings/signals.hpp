// The signals of a run from Python.
#pragma once

#include <sorn/signals.hpp>

#include <nanobind/nanobind.h>

#include <vector>

namespace sorn::python {

namespace nb = nanobind;

/// Signals whose arrays are copied, so that they cannot change during a run, and whose functions are called with the
/// GIL, which the run does not hold.
class HeldSignals {
public:
  HeldSignals() = default;
  /// @param signals  None, or a dictionary from names to float64 arrays (steps,) or functions of the number of a step
  explicit HeldSignals(nb::handle signals);

  /// They must not outlive this object.
  const std::vector<Signal>& signals() const noexcept { return signals_; }
  /// The names, as a tuple of str.
  nb::tuple names() const;

private:
  nb::object given_ = nb::none();  // keeps the functions alive
  std::vector<std::vector<double>> arrays_;
  std::vector<Signal> signals_;
};

}  // namespace sorn::python

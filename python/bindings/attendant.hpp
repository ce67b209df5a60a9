// Calls into Python during a run: signals and the caller's progress function.
#pragma once

#include "support/seldom.hpp"

#include <sorn/network.hpp>

#include <nanobind/nanobind.h>

#include <chrono>
#include <cstdint>

namespace sorn::python {

namespace nb = nanobind;

inline constexpr std::chrono::milliseconds between_visits{200};

/// Handles signals such as Ctrl-C, and calls the caller's progress function unless it is None. Called without the GIL.
/// @throws the exception of a signal handler or of the function
inline void let_python_in(nb::handle progress, std::uint64_t done, std::uint64_t total) {
  const nb::gil_scoped_acquire gil;
  if (PyErr_CheckSignals() != 0) throw nb::python_error();
  if (!progress.is_none()) progress(done, total);
}

/// Calls let_python_in() a few times a second during a run.
class Attendant final : public Observer {
public:
  explicit Attendant(nb::handle progress = nb::none(), std::uint64_t total = 0) : progress_(progress), total_(total) {}

  Outcome on_step(const StepView& /*view*/) override {
    ++done_;
    if (clock_.is_due()) let_python_in(progress_, done_, total_);
    return Outcome::go_on;
  }

  Outcome on_wait() override {
    let_python_in(progress_, done_, total_);
    return Outcome::go_on;
  }

  /// Reports the end of the run. Needs the GIL.
  void finish() {
    if (!progress_.is_none()) progress_(done_, total_);
  }

private:
  nb::handle progress_;
  std::uint64_t total_;
  std::uint64_t done_ = 0;
  SeldomClock clock_{between_visits};
};

}  // namespace sorn::python

// A source of input that a user writes in Python.
#pragma once

#include <sorn/closed_loop.hpp>
#include <sorn/source.hpp>

#include <nanobind/nanobind.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace sorn::python {

namespace nb = nanobind;

/// Calls Python once in each step, for a symbol (a whole number), for the drive of the first units (an array), or for
/// nothing (None). Needs no GIL between the calls.
class CustomSource final : public Source {
public:
  /// @param steps     an iterator, or a function of the number of the step
  /// @param iterates  whether it is an iterator
  /// @param pools     alphabet, pools and gain; its sequence is not used
  CustomSource(nb::object steps, bool iterates, SourceSpec pools)
      : steps_(std::move(steps)), iterates_(iterates), spec_(std::move(pools)) {}

  /// Chooses the pools for a network. @throws ParameterError if they do not fit
  void prepare(std::size_t ne, std::size_t nu, std::uint64_t network_seed) override;

  void seek(std::uint64_t step) override { step_ = step; }
  Shown next() override;
  std::size_t reach() const noexcept override { return units_.size(); }

private:
  Shown of_symbol(nb::handle shown, std::uint64_t step) const;
  Shown of_drive(nb::handle shown, std::uint64_t step);

  nb::object steps_;
  bool iterates_;
  SourceSpec spec_;
  std::uint64_t step_ = 0;
  std::vector<std::vector<std::uint32_t>> pools_;
  std::vector<std::uint32_t> units_;  // 0 … ne − 1
  std::vector<double> gains_, drive_;
};

/// A source of a user as a value, with the arguments of CustomSource. Each run makes a source of its own from it.
struct CustomValue {
  nb::object steps;
  bool iterates;
  SourceSpec pools;

  std::unique_ptr<Source> source() const { return std::make_unique<CustomSource>(steps, iterates, pools); }
};

/// A closed loop as a value. Each run makes a source of its own from it, so that runs may go on at the same time.
struct ClosedLoopValue {
  std::shared_ptr<const readout::Readout> readout;
  SourceSpec shown;
  readout::ClosedLoop::Options options;

  std::unique_ptr<Source> source() const { return std::make_unique<readout::ClosedLoop>(*readout, shown, options); }
};

/// The source of a run from Python that is none of the library's values. Each run has one of its own, since runs in
/// several threads may have the same object of Python.
class OwnSource {
public:
  OwnSource() = default;
  /// @param source  None, a SourceSpec, a CustomValue or a ClosedLoopValue
  explicit OwnSource(nb::handle source);

  /// Null for None and a SourceSpec.
  Source* get() const noexcept { return made_.get(); }

private:
  std::unique_ptr<Source> made_{};
};

}  // namespace sorn::python

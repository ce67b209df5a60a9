// Closed loops: a network is shown what a readout says from its own activity.
#pragma once

#include <sorn/readout.hpp>
#include <sorn/source.hpp>
#include <sorn/source_spec.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace sorn::readout {

/// A source that shows in each step the symbol that a readout names from x, the activity of the excitatory units after
/// the step before. A readout that was trained to name the next symbol then generates a sequence. Recordings of
/// `symbol` keep it.
///
///     readout::ClosedLoop loop(trained, spec, {.start = 0});
///     network.run(1'000'000, {.phase = Phase::training, .own_source = &loop}, {&recorder});
///
/// A step adds the weights of the active units, as Readout::scores() does, and allocates nothing. A second run goes on
/// where the first one ended.
class ClosedLoop final : public Source {
public:
  struct Options {
    /// What is shown in the first step that the loop is asked for; no_symbol: nothing. Unset: what the readout names.
    std::optional<Symbol> start{};
    /// What is shown for each class of the readout; no_symbol: nothing. Empty: the labels are the symbols.
    std::vector<Symbol> symbols{};
  };

  /// @param shown  alphabet, pools, gain and seed, which must be those of the training. Its sequence, onset and end are
  ///   not used.
  /// @throws ParameterError if `shown` is invalid, or for a symbol that it does not have; ShapeError if the sizes of
  /// the
  ///   readout or the number of symbols contradict each other; StateError if a weight is not finite
  ClosedLoop(const Readout& readout, SourceSpec shown, Options options);
  ClosedLoop(const Readout& readout, SourceSpec shown) : ClosedLoop(readout, std::move(shown), Options()) {}

  /// Chooses the pools. @throws ShapeError if the readout has not `ne` units, ParameterError if the pools do not fit
  void prepare(std::size_t ne, std::size_t nu, std::uint64_t network_seed) override;
  void seek(std::uint64_t step) override;
  void observe(std::span<const std::uint32_t> active) noexcept override { active_ = active; }
  Shown next() noexcept override;
  std::size_t reach() const noexcept override { return reach_; }

private:
  Symbol named() noexcept;

  SourceSpec shown_;
  std::size_t units_;
  std::vector<double> weights_;  // (units, classes): the transpose of those of the readout
  std::vector<double> bias_;     // one for each class
  std::vector<Symbol> symbols_;  // of each class
  std::optional<Symbol> start_;
  std::optional<std::uint64_t> start_step_{};

  std::vector<std::vector<std::uint32_t>> pools_{};
  std::vector<double> drive_{};
  std::size_t reach_ = 0;

  std::uint64_t step_ = 0;
  std::span<const std::uint32_t> active_{};
  std::vector<double> scores_;
};

}  // namespace sorn::readout

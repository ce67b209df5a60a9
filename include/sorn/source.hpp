// Sources of input: objects that say, step by step, which symbol a network is shown and which units it drives. No array
// of all steps is needed.
#pragma once

#include <sorn/source_spec.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>

namespace sorn {

/// The number of a symbol in the alphabet of its source.
using Symbol = std::int32_t;
inline constexpr Symbol no_symbol = -1;

/// What a source shows in one step. The spans are valid until the next call of the source.
struct Shown {
  Symbol symbol = no_symbol;               ///< what recordings of `symbol` hold
  std::span<const std::uint32_t> units{};  ///< the excitatory units that are driven, in ascending order
  std::span<const double> drive{};         ///< u of each of these units, finite
};

/// A source of input. Derive from it for a source of your own.
///
/// Each rank of a network has a source of its own, and all must show the same.
class Source {
public:
  static constexpr std::uint64_t no_end = std::numeric_limits<std::uint64_t>::max();

  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;

  /// Called before a run, and before the other functions: the run's network has `ne` excitatory units, nu and a seed.
  virtual void prepare(std::size_t /*ne*/, std::size_t /*nu*/, std::uint64_t /*network_seed*/) {}

  /// The next call of next() is for step `step` of the network, counted from when it was built. Called before a run.
  virtual void seek(std::uint64_t step) = 0;

  /// Called before each next(): the excitatory units that are active after the step before, in ascending order. The
  /// span is valid until next() returns.
  virtual void observe(std::span<const std::uint32_t> /*active*/) {}

  /// What is shown in the next step. An exception ends the run before this step. The sources of this library do not
  /// throw and do not allocate.
  virtual Shown next() = 0;

  /// The first step that the source does not have; no_end: it has all. A run beyond it is refused.
  virtual std::uint64_t end() const noexcept { return no_end; }

  /// One more than the highest unit that is ever driven; at most ne.
  virtual std::size_t reach() const noexcept = 0;
};

/// The source that a value describes, at step 0.
/// @param ne            number of excitatory units
/// @param nu            size of a pool if the value does not say it
/// @param network_seed  the seed if the value has none
/// @throws ParameterError if the value is invalid, a pool is larger than the network, or disjoint pools do not fit
std::unique_ptr<Source> make_source(const SourceSpec& spec, std::size_t ne, std::size_t nu, std::uint64_t network_seed);

/// The pools of a source: for each symbol of its alphabet the units that it drives, in ascending order. A mixture has
/// none.
/// Arguments and errors as those of make_source().
std::vector<std::vector<std::uint32_t>> pools(const SourceSpec& spec, std::size_t ne, std::size_t nu,
                                              std::uint64_t network_seed);

}  // namespace sorn

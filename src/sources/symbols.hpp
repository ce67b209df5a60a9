// Sequences of symbols, one in each step.
#pragma once

#include <sorn/source.hpp>
#include <sorn/source_spec.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace sorn::sources {

/// All characters that a valid sequence can show, in ascending order, without the blank.
std::u32string symbols_of(const Sequence& sequence);

/// The alphabet of a valid source: its own, or symbols_of() its sequence.
std::u32string alphabet_of(const SourceSpec& spec);

/// Shows the symbols of a sequence. The numbers of random draws follow from the numbers of the items, so that nothing
/// but the position has to be kept.
class Symbols {
public:
  Symbols() = default;
  Symbols(const Symbols&) = delete;
  Symbols& operator=(const Symbols&) = delete;
  virtual ~Symbols() = default;

  /// Goes back to the first symbol.
  virtual void restart() noexcept = 0;

  /// The symbol of the next step.
  virtual Symbol next() noexcept = 0;

  /// Skips this number of steps.
  virtual void skip(std::uint64_t steps) noexcept {
    for (; steps > 0; --steps) next();
  }

  /// Skips what is left of an item and of the blank after it, or all of the next one. @returns its steps
  virtual std::uint64_t skip_item() noexcept = 0;

  /// Whether the last step was the last one of an item and of the blank after it.
  virtual bool at_end_of_item() const noexcept = 0;
};

/// The symbols of a valid sequence, numbered as in `alphabet`.
std::unique_ptr<Symbols> make_symbols(const Sequence& sequence, const std::u32string& alphabet, std::uint64_t seed);

/// The number of steps after which a valid sequence ends; Source::no_end if it does not end.
std::uint64_t length_of(const Sequence& sequence, const std::u32string& alphabet, std::uint64_t seed);

}  // namespace sorn::sources

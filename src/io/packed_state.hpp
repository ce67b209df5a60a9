// The state of a network as bytes: small enough to keep many of them, and exact.
#pragma once

#include <sorn/parameters.hpp>
#include <sorn/state.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sorn::io {

/// A state in sections. Networks of the same size with the same rules have the same number of sections, in the same
/// order (docs/file-format.md). Numbers are little-endian.
using Sections = std::vector<std::vector<std::byte>>;

/// Packs the state of a whole network. Memory of `sections` is used again.
void pack(const State& state, Sections& sections);

/// Undoes pack() for a network with these hyperparameters, and checks everything.
/// @throws FormatError, ShapeError, StateError
State unpacked(std::span<const std::span<const std::byte>> sections, const Parameters& parameters);

void append_bytes(std::vector<std::byte>& to, std::span<const std::byte> bytes);

/// Appends a number in groups of 7 bits, the lowest first; all but the last group have their highest bit set (LEB128).
void append_number(std::vector<std::byte>& bytes, std::uint64_t number);

/// Reads what append_number() and others have written, from front to back.
class ByteReader {
public:
  explicit ByteReader(std::span<const std::byte> bytes) noexcept : rest_(bytes) {}

  bool at_end() const noexcept { return rest_.empty(); }
  /// @throws FormatError if there are fewer bytes
  std::span<const std::byte> take(std::size_t count);
  /// @throws FormatError if there is no number, or it has more than 64 bits
  std::uint64_t number();

private:
  std::span<const std::byte> rest_;
};

}  // namespace sorn::io

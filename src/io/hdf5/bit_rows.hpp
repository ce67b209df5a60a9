// Bits as they are stored, row after row, in the order in which the statistics need them: unit after unit.
#pragma once

#include "io/hdf5/dataset.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace sorn::io {

/// Unpacks `count` rows from row `first` on, which must be in these chunks. Bit k % 64 of words[u · w + k / 64] is unit
/// u in row first + k, with w = ⌈count / 64⌉; bits beyond the last row are 0. The work is shared by `threads`; 0: one
/// for each processor. @throws FormatError if a chunk is damaged
void unpack_words(const StoredBits& stored, std::size_t first, std::size_t count, std::span<std::uint64_t> words,
                  std::size_t threads);

}  // namespace sorn::io

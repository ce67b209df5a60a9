#include "kernels/activity.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/activity.cpp"  // NOLINT(cppcoreguidelines-macro-usage): Highway's way
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace sorn::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Packs up to 64 bytes into a word: bit i is bytes[i] == value.
HWY_ATTR HWY_INLINE std::uint64_t equal_bits(const std::uint8_t* bytes, std::size_t count, std::uint8_t value) {
  const hn::CappedTag<std::uint8_t, 64> d;
  [[maybe_unused]] const auto wanted = hn::Set(d, value);
  std::uint64_t word = 0;
  std::size_t i = 0;
#if HWY_TARGET != HWY_SCALAR
  for (; i + hn::Lanes(d) <= count; i += hn::Lanes(d)) {
    std::uint64_t bits = 0;
    hn::StoreMaskBits(d, hn::Eq(hn::LoadU(d, bytes + i), wanted), reinterpret_cast<std::uint8_t*>(&bits));
    word |= bits << i;
  }
#endif
  for (; i < count; ++i) word |= std::uint64_t{bytes[i] == value} << i;
  return word;
}

HWY_ATTR std::size_t list_equal(const std::uint8_t* bytes, std::size_t size, std::uint8_t value, std::uint32_t* list) {
  std::size_t count = 0;
#if HWY_TARGET == HWY_AVX3
  const hn::FixedTag<std::uint8_t, 16> byte;
  const hn::FixedTag<std::uint32_t, 16> index;
  auto place = hn::Iota(index, 0);
  std::size_t i = 0;
  for (; i + 16 <= size; i += 16, place = hn::Add(place, hn::Set(index, 16))) {
    const std::uint32_t bits = hn::Eq(hn::LoadU(byte, bytes + i), hn::Set(byte, value)).raw;
    const auto packed = _mm512_maskz_compress_epi32(static_cast<__mmask16>(bits), place.raw);
    hn::StoreU(hn::Vec<decltype(index)>{packed}, index, list + count);
    count += static_cast<std::size_t>(std::popcount(bits));
  }
  for (; i < size; ++i) {
    list[count] = static_cast<std::uint32_t>(i);
    count += bytes[i] == value ? 1U : 0U;
  }
#else
  for (std::size_t first = 0; first < size; first += 64) {
    std::uint64_t word = equal_bits(bytes + first, std::min<std::size_t>(64, size - first), value);
    for (; word != 0; word &= word - 1) {
      list[count++] = static_cast<std::uint32_t>(first) + static_cast<std::uint32_t>(std::countr_zero(word));
    }
  }
#endif
  return count;
}

HWY_ATTR void pack_bits(const std::uint8_t* bytes, std::size_t size, std::uint64_t* words) {
  for (std::size_t first = 0; first < size; first += 64) {
    words[first / 64] = equal_bits(bytes + first, std::min<std::size_t>(64, size - first), 1);
  }
}

}  // namespace
}  // namespace sorn::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sorn::kernels {

HWY_EXPORT(list_equal);
HWY_EXPORT(pack_bits);

std::size_t list_equal(std::span<const std::uint8_t> bytes, std::uint8_t value,
                       std::span<std::uint32_t> list) noexcept {
  return HWY_DYNAMIC_DISPATCH(list_equal)(bytes.data(), bytes.size(), value, list.data());
}

void pack_bits(std::span<const std::uint8_t> bytes, std::span<std::uint64_t> words) noexcept {
  HWY_DYNAMIC_DISPATCH(pack_bits)(bytes.data(), bytes.size(), words.data());
  std::fill(words.begin() + static_cast<std::ptrdiff_t>((bytes.size() + 63) / 64), words.end(), 0);
}

void unpack_bits(std::span<const std::uint64_t> words, std::span<std::uint8_t> bytes) noexcept {
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    // Makes eight copies of eight bits. Each byte keeps a different bit, and becomes 1 if that bit is set.
    const std::uint64_t copies = (words[i / 64] >> (i % 64) & 0xFFU) * 0x0101010101010101U;
    const std::uint64_t kept = copies & 0x8040201008040201U;
    const std::uint64_t ones = (kept + 0x7F7F7F7F7F7F7F7FU) >> 7U & 0x0101010101010101U;
    std::memcpy(bytes.data() + i, &ones, sizeof(ones));
  }
  for (; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(words[i / 64] >> (i % 64) & 1U);
}

}  // namespace sorn::kernels
#endif

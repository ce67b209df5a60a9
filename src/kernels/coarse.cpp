#include "kernels/coarse.hpp"

#include "kernels/gaussian.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/coarse.cpp"  // NOLINT(cppcoreguidelines-macro-usage): Highway's way
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace sorn::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Words = hn::ScalableTag<std::uint16_t>;

/// So many bytes have a sum below 2¹⁶.
constexpr std::size_t most_rows = 257;

/// Adds the bytes of at most `most_rows` rows for `count` vectors of entries. Their sums stay in registers.
/// @param weights  entry k of row 0
/// @param sums     of unit k; those of unit k + `half` follow at [half]
/// @param first    whether to set the sums instead of adding to them
template <std::size_t count>
HWY_ATTR HWY_INLINE void add_entries(const std::uint16_t* weights, std::size_t half,
                                     std::span<const std::uint32_t> active, bool first, double* sums) {
  const Words d;
  const std::size_t lanes = hn::Lanes(d);
  hn::Vec<Words> entries[count];  // sums of whole entries, modulo 2¹⁶
  hn::Vec<Words> high[count];     // sums of high bytes
  for (std::size_t n = 0; n < count; ++n) entries[n] = high[n] = hn::Zero(d);
  for (const std::uint32_t pre : active) {
    const std::uint16_t* const row = weights + pre * half;
    for (std::size_t n = 0; n < count; ++n) {
      const auto entry = hn::LoadU(d, row + n * lanes);
      entries[n] = hn::Add(entries[n], entry);
      high[n] = hn::Add(high[n], hn::ShiftRight<8>(entry));
    }
  }
  HWY_ALIGN std::uint16_t of_low[hn::MaxLanes(Words())];
  HWY_ALIGN std::uint16_t of_high[hn::MaxLanes(Words())];
  for (std::size_t n = 0; n < count; ++n) {
    hn::Store(hn::Sub(entries[n], hn::ShiftLeft<8>(high[n])), d, of_low);
    hn::Store(high[n], d, of_high);
    double* const to = sums + n * lanes;
    for (std::size_t k = 0; k < lanes; ++k) {
      to[k] = (first ? 0.0 : to[k]) + of_low[k];
      to[half + k] = (first ? 0.0 : to[half + k]) + of_high[k];
    }
  }
}

/// The same for all entries.
HWY_ATTR void add_rows(const std::uint16_t* weights, std::size_t half, std::span<const std::uint32_t> active,
                       bool first, double* sums) {
  const std::size_t lanes = hn::Lanes(Words());  // a divisor of `half`
  std::size_t k = 0;
  for (; k + 4 * lanes <= half; k += 4 * lanes) add_entries<4>(weights + k, half, active, first, sums + k);
  for (; k + 2 * lanes <= half; k += 2 * lanes) add_entries<2>(weights + k, half, active, first, sums + k);
  for (; k < half; k += lanes) add_entries<1>(weights + k, half, active, first, sums + k);
}

HWY_ATTR double bound_drive(const std::uint16_t* weights, std::size_t half, double unit,
                            std::span<const std::uint32_t> active, double* low, double* high) {
  std::size_t done = 0;
  do {
    const auto rows = active.subspan(done, std::min(active.size() - done, most_rows));
    add_rows(weights, half, rows, done == 0, low);
    done += rows.size();
  } while (done < active.size());

  // Each weight is within 0.501 units of its multiple. The drive has n − 1 roundings of up to 2⁻⁵³ of 256·n units,
  // which for n ≤ 2²⁴ is less than 0.001 units for each weight, as are the roundings of this function.
  const double error = 0.51 * unit * static_cast<double>(active.size());
  for (std::size_t i = 0; i < 2 * half; ++i) {
    const double drive = low[i] * unit;
    low[i] = drive - error;
    high[i] = drive + error;
  }
  return 2.01 * error;
}

}  // namespace
}  // namespace sorn::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sorn::kernels {

HWY_EXPORT(bound_drive);

namespace {

constexpr double highest_byte = 255.0;

/// The weights of a column; its entries are in the order of the presynaptic units.
std::span<const double> weights_of(const ConstColumns& synapses, std::size_t post) noexcept {
  return {synapses.weight + synapses.start[post], synapses.length[post]};
}

}  // namespace

bool coarse_rows_pay(const ConstColumns& synapses) noexcept {
  constexpr std::size_t least_synapses = 20'000;
  constexpr std::size_t most_pre = std::size_t{1} << 24U;
  constexpr double least_weight = 1e-290;  // so that the unit is a normal number
  constexpr double widest = 8.0;
  const std::size_t count = synapses.n_pre * synapses.n_post;
  if (count < least_synapses || synapses.n_pre > most_pre) return false;
  double largest = 0.0;
  double sum = 0.0;
  for (std::size_t i = 0; i < synapses.n_post; ++i) {
    const auto column = weights_of(synapses, i);
    if (column.size() != synapses.n_pre) return false;
    for (const double weight : column) {
      largest = std::max(largest, weight);
      sum += weight;
    }
  }
  return largest >= least_weight && largest * static_cast<double>(count) <= widest * sum;
}

CoarseRows coarse_rows(const ConstColumns& synapses) {
  CoarseRows rows;
  rows.half = in_batches((synapses.n_post + 1) / 2);
  for (std::size_t i = 0; i < synapses.n_post; ++i) {
    for (const double weight : weights_of(synapses, i)) rows.unit = std::max(rows.unit, weight);
  }
  rows.unit /= highest_byte;
  rows.weights.assign(synapses.n_pre * rows.half, 0);
  for (std::size_t i = 0; i < synapses.n_post; ++i) {
    const bool in_low = i < rows.half;
    std::uint16_t* entry = rows.weights.data() + (in_low ? i : i - rows.half);
    for (const double weight : weights_of(synapses, i)) {
      const auto multiple = static_cast<unsigned>(std::lround(weight / rows.unit));
      *entry = static_cast<std::uint16_t>(*entry | (in_low ? multiple : multiple << 8U));
      entry += rows.half;
    }
  }
  return rows;
}

double bound_drive(const CoarseRows& synapses, std::span<const std::uint32_t> active, std::span<double> low,
                   std::span<double> high) noexcept {
  return HWY_DYNAMIC_DISPATCH(bound_drive)(synapses.weights.data(), synapses.half, synapses.unit, active, low.data(),
                                           high.data());
}

void pull_drive(const ConstColumns& synapses, std::span<const std::uint32_t> units,
                std::span<const std::uint32_t> active, std::span<double> drive) noexcept {
  constexpr std::size_t at_once = 4;  // their additions overlap in time
  for (std::size_t n = 0; n < units.size(); n += at_once) {
    const double* weights[at_once];
    for (std::size_t k = 0; k < at_once; ++k) {
      weights[k] = weights_of(synapses, units[std::min(n + k, units.size() - 1)]).data();
    }
    std::array<double, at_once> sum{};
    for (const std::uint32_t pre : active) {
      for (std::size_t k = 0; k < at_once; ++k) sum[k] += weights[k][pre];
    }
    for (std::size_t k = 0; k < std::min(at_once, units.size() - n); ++k) drive[units[n + k]] = sum[k];
  }
}

}  // namespace sorn::kernels
#endif

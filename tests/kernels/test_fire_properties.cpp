// Noise is drawn only where it can matter: drawn numbers equal the full noise, and the others would change nothing.
#include "helpers/random.hpp"
#include "helpers/targets.hpp"
#include "kernels/fire.hpp"
#include "kernels/gaussian.hpp"
#include "kernels/random.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace sorn {
namespace {

using kernels::Stream;
using test::on_every_target;
using test::Random;

constexpr double inf = std::numeric_limits<double>::infinity();

std::vector<double> padded_margins(std::size_t n) { return std::vector<double>(kernels::in_batches(n), inf); }

struct Address {
  std::uint64_t seed;
  std::uint64_t step;
  double sigma;

  explicit Address(Random& random)
      : seed(random.below(~std::size_t{0})), step(random.below(~std::size_t{0})), sigma(random.magnitude(1e-6, 1000)) {}

  std::vector<double> all(std::size_t n) const {
    std::vector<double> numbers(n);
    kernels::fill_gaussian(seed, Stream::noise_excitatory, step, numbers, sigma);
    return numbers;
  }
  std::vector<double> needed(const std::vector<double>& margin, std::size_t n) const {
    std::vector<double> numbers(margin.size(), 9);
    kernels::NeededPairs scratch(n);
    kernels::fill_needed_gaussian(seed, Stream::noise_excitatory, step, 0, sigma, margin, scratch, numbers);
    return numbers;
  }
  /// The noise of the units from `first` on, if all numbers are needed.
  std::vector<double> from(std::size_t first, std::size_t n) const {
    std::vector<double> margin = padded_margins(n);
    std::fill_n(margin.begin(), n, 0.0);
    std::vector<double> numbers(margin.size(), 9);
    kernels::NeededPairs scratch(n);
    kernels::fill_needed_gaussian(seed, Stream::noise_excitatory, step, first, sigma, margin, scratch, numbers);
    numbers.resize(n);
    return numbers;
  }
};

RC_GTEST_PROP(NeededNoise, OfSomeUnitsEqualsThatOfAllUnits, ()) {
  Random random(*rc::gen::arbitrary<std::uint64_t>());
  const std::size_t n = random.between(1, 300);
  const std::size_t first = random.below(n) / kernels::units_of_block * kernels::units_of_block;
  const Address address(random);
  auto expected = address.all(n);
  expected.erase(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(first));
  on_every_target([&] { RC_ASSERT(address.from(first, n - first) == expected); });
}

RC_GTEST_PROP(NeededNoise, IsTheNumberOrZeroIfBelowTheMargin, ()) {
  Random random(*rc::gen::arbitrary<std::uint64_t>());
  const std::size_t n = random.below(300);
  const Address address(random);
  const auto full = address.all(n);
  auto margin = padded_margins(n);
  for (std::size_t i = 0; i < n; ++i) {
    const double square = full[i] * full[i];
    margin[i] = random.one_of({0.0, inf, random.magnitude(1e-300, 1e300), square, std::nextafter(square, inf),
                               std::nextafter(square, 0.0), square * random.real(0.9, 1.1)});
  }
  on_every_target([&] {
    const auto numbers = address.needed(margin, n);
    for (std::size_t i = 0; i < n; ++i) {
      if (numbers[i] != 0.0) {
        RC_ASSERT(numbers[i] == full[i]);
      } else {
        RC_ASSERT(full[i] == 0.0 || full[i] * full[i] < margin[i]);
      }
    }
    // The padding may get a number of a needed pair, but never makes a pair needed.
    for (std::size_t i = n + n % 2; i < numbers.size(); ++i) RC_ASSERT(numbers[i] == 0.0);
  });
}

// The bound of a pair's radius is tight only near powers of two, and a number reaches its radius only near the axes: of
// many numbers, some come close to both.
TEST(NeededNoise, IsNotMissedBecauseOfTheBoundOnItsRadius) {
  Random random(1);
  Address address(random);
  address.sigma = 1.0;
  const std::size_t n = 320'000;
  const auto full = address.all(n);
  std::vector<double> margin(n, inf);
  for (std::size_t i = 0; i < n; i += 2) {  // the larger of each pair just matters, the other does not
    const std::size_t larger = std::abs(full[i]) > std::abs(full[i + 1]) ? i : i + 1;
    margin[larger] = full[larger] * full[larger];
  }
  on_every_target([&] {
    const auto numbers = address.needed(margin, n);
    std::size_t missed = 0;
    for (std::size_t i = 0; i < n; ++i) missed += margin[i] != inf && numbers[i] != full[i] ? 1U : 0U;
    EXPECT_EQ(missed, 0U);
  });
}

RC_GTEST_PROP(NeededNoise, IsRareIfMarginsAreWide, ()) {
  Random random(*rc::gen::arbitrary<std::uint64_t>());
  const Address address(random);
  const double limit = 5 * address.sigma;  // r > 5 in four of a million pairs, and the bound is only a little larger
  std::vector<double> margin(4096, limit * limit);
  on_every_target([&] {
    const auto numbers = address.needed(margin, margin.size());
    RC_ASSERT(std::count_if(numbers.begin(), numbers.end(), [](double z) { return z != 0.0; }) < 40);
  });
}

/// Excitation, inhibition, input and threshold of one unit. Its drive is often at the threshold, or differs from it by
/// about the noise or by a rounding error.
struct Unit {
  double excitation, inhibition, input, threshold;

  Unit(Random& random, double noise) {
    const double scale = random.one_of({1.0, 1e-3, 1e6});
    excitation = random.real(0, scale);
    inhibition = random.one_of({0.0, random.real(0, scale)});
    input = random.one_of({0.0, random.real(-scale, scale), random.real(-1e9, 1e9)});
    const double drive = excitation - inhibition;
    const double at =
        random.one_of({drive, drive + input, drive + noise, (drive + noise) + input, random.real(-1e6, 1e6)});
    threshold = random.one_of({at, std::nextafter(at, inf), std::nextafter(at, -inf), at + random.real(-1, 1),
                               at * random.real(0.999999, 1.000001), at + random.real(-1e-8, 1e-8)});
  }
};

kernels::Firing any_firing() {
  return {*rc::gen::element(ThresholdPlace::last, ThresholdPlace::first),
          *rc::gen::element(Comparison::greater, Comparison::at_least)};
}

RC_GTEST_PROP(Margins, OfExcitatoryUnitsOmitOnlyNoiseWithoutEffect, ()) {
  Random random(*rc::gen::arbitrary<std::uint64_t>());
  const std::size_t n = random.below(300);
  const Address address(random);
  const auto full = address.all(n);
  const kernels::Firing firing = any_firing();
  std::vector<double> excitation, inhibition, input, threshold;
  for (std::size_t i = 0; i < n; ++i) {
    const Unit unit(random, full[i]);
    excitation.push_back(unit.excitation);
    inhibition.push_back(unit.inhibition);
    input.push_back(unit.input);
    threshold.push_back(unit.threshold);
  }
  const auto spikes_under = [&](const std::vector<double>& noise) {
    std::vector<std::uint8_t> recurrent(n, 9);
    std::vector<std::uint8_t> spikes(n, 9);
    kernels::fire_excitatory(firing, excitation, inhibition, noise, input, threshold, recurrent, spikes);
    return std::pair(recurrent, spikes);
  };
  on_every_target([&] {
    auto margin = padded_margins(n);
    kernels::excitatory_margins(excitation, inhibition, input, threshold, margin);
    for (std::size_t i = n; i < margin.size(); ++i) RC_ASSERT(margin[i] == inf);
    auto fewest = full;
    for (std::size_t i = 0; i < n; ++i) {
      RC_ASSERT(margin[i] >= 0.0);
      if (full[i] * full[i] < margin[i]) fewest[i] = 0.0;
    }
    RC_ASSERT(spikes_under(fewest) == spikes_under(full));
    RC_ASSERT(spikes_under(address.needed(margin, n)) == spikes_under(full));
  });
}

RC_GTEST_PROP(Margins, OfInhibitoryUnitsOmitOnlyNoiseWithoutEffect, ()) {
  Random random(*rc::gen::arbitrary<std::uint64_t>());
  const std::size_t n = random.below(300);
  const Address address(random);
  const auto full = address.all(n);
  const kernels::Firing firing = any_firing();
  std::vector<double> drive, threshold;
  for (std::size_t k = 0; k < n; ++k) {
    const Unit unit(random, full[k]);
    drive.push_back(unit.excitation);
    threshold.push_back(random.one_of({unit.threshold, drive[k], drive[k] + full[k]}));
  }
  const auto spikes_under = [&](const std::vector<double>& noise) {
    std::vector<std::uint8_t> spikes(n, 9);
    kernels::fire_inhibitory(firing, drive, noise, threshold, spikes);
    return spikes;
  };
  on_every_target([&] {
    auto margin = padded_margins(n);
    kernels::inhibitory_margins(drive, 0.0, threshold, margin);
    auto fewest = full;
    for (std::size_t k = 0; k < n; ++k) {
      if (full[k] * full[k] < margin[k]) fewest[k] = 0.0;
    }
    RC_ASSERT(spikes_under(fewest) == spikes_under(full));
    RC_ASSERT(spikes_under(address.needed(margin, n)) == spikes_under(full));
  });
}

}  // namespace
}  // namespace sorn

// The drive through a matrix in bytes: its bounds contain the drive, and units that both bounds let fire, or neither,
// fire as with their drive and all noise.
#include "core/synapse_slice.hpp"
#include "helpers/random.hpp"
#include "helpers/random_matrix.hpp"
#include "helpers/targets.hpp"
#include "kernels/coarse.hpp"
#include "kernels/drive.hpp"
#include "kernels/fire.hpp"
#include "kernels/gaussian.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

namespace sorn {
namespace {

using test::on_every_target;
using test::Random;

constexpr double infinity = std::numeric_limits<double>::infinity();

/// An all-to-all matrix, zeros included, from a dense [pre][post] array.
SynapseMatrix all_to_all(const std::vector<double>& dense, std::size_t n_pre, std::size_t n_post) {
  CompressedColumns columns{.posts = {0, n_post}};
  for (std::size_t i = 0; i < n_post; ++i) {
    for (std::size_t j = 0; j < n_pre; ++j) {
      columns.pre.push_back(static_cast<std::uint32_t>(j));
      columns.weight.push_back(dense[j * n_post + i]);
    }
    columns.start.push_back(columns.pre.size());
  }
  return SynapseMatrix::from_columns(columns, n_pre, n_post, Plasticity::fixed, "weights", Zeros::kept);
}

/// Weights of one kind: as in a network; of any size; or almost halfway between two multiples of the unit, all to the
/// same side, so that their errors add up.
std::vector<double> any_weights(Random& random, std::size_t count) {
  const double largest = random.one_of({1.0, 1e-3, 1e6, 1e-290, random.magnitude(1e-290, 1e6)});
  std::vector<double> weights = random.reals(count, 0, largest);
  const std::size_t kind = random.below(5);
  const double below = random.one_of({0.499999, -0.499999});
  for (double& weight : weights) {
    if (kind == 1) weight = random.one_of({weight, 0.0, largest * random.magnitude(1e-20, 1), 5e-324});
    if (kind == 2) weight = largest / 255.0 * (static_cast<double>(random.between(1, 254)) + below);
    if (kind == 3) weight = largest;
  }
  weights[random.below(count)] = largest;
  return weights;
}

/// The drive by its definition.
std::vector<double> sums(const std::vector<double>& dense, std::size_t n_post,
                         const std::vector<std::uint32_t>& active) {
  std::vector<double> drive(n_post, 0.0);
  for (const std::uint32_t j : active) {
    for (std::size_t i = 0; i < n_post; ++i) drive[i] += dense[j * n_post + i];
  }
  return drive;
}

/// A matrix, active units and their drive. Often there are more of them than a sum of bytes in 16 bits may have.
struct Case {
  std::size_t n_pre, n_post;
  std::vector<double> dense;
  SynapseMatrix matrix;
  kernels::CoarseRows rows;
  std::vector<std::uint32_t> active;
  std::vector<double> drive;

  explicit Case(Random& random)
      : n_pre(random.one_of({random.between(1, 5), random.between(200, 300), random.between(1, 1100)})),
        n_post(random.one_of({random.between(1, 70), random.between(1, 200)})),
        dense(any_weights(random, n_pre * n_post)),
        matrix(all_to_all(dense, n_pre, n_post)),
        rows(kernels::coarse_rows(columns())),
        active(test::active_in(random.spikes(n_pre, random.one_of({0.0, 0.1, 0.5, 1.0})))),
        drive(sums(dense, n_post, active)) {}

  kernels::ConstColumns columns() const { return matrix.slice(0).columns(); }
};

struct Bounds {
  std::vector<double> low, high;
  double width;

  explicit Bounds(const Case& c) : low(2 * c.rows.half, -1), high(low), width(0) {
    width = kernels::bound_drive(c.rows, c.active, low, high);
  }
};

Random any_random() { return Random(*rc::gen::arbitrary<std::uint64_t>()); }

RC_GTEST_PROP(CoarseDrive, LiesBetweenNarrowBounds, ()) {
  Random random = any_random();
  const Case c(random);
  RC_ASSERT(c.rows.half % 32 == 0U);
  RC_ASSERT(2 * c.rows.half >= c.n_post);
  const Bounds expected(c);
  const double largest = *std::max_element(c.dense.begin(), c.dense.end());
  RC_ASSERT(expected.width <= 1.1 * static_cast<double>(c.active.size()) * largest / 255.0);
  on_every_target([&] {
    const Bounds bounds(c);
    RC_ASSERT(bounds.low == expected.low);
    RC_ASSERT(bounds.high == expected.high);
    RC_ASSERT(bounds.width == expected.width);
    for (std::size_t i = 0; i < c.n_post; ++i) {
      RC_ASSERT(bounds.low[i] <= c.drive[i]);
      RC_ASSERT(c.drive[i] <= bounds.high[i]);
      RC_ASSERT(bounds.high[i] - bounds.low[i] <= bounds.width);
    }
  });
}

RC_GTEST_PROP(CoarseDrive, IsPulledExactlyForSomeUnits, ()) {
  Random random = any_random();
  const Case c(random);
  const auto units = test::active_in(random.spikes(c.n_post, random.one_of({0.0, 0.05, 0.5, 1.0})));
  std::vector<double> drive(c.n_post, -1);
  std::vector<double> expected = drive;
  for (const std::uint32_t i : units) expected[i] = c.drive[i];
  kernels::pull_drive(c.columns(), units, c.active, drive);
  RC_ASSERT(drive == expected);
}

/// Thresholds at the drive, at the drive with its noise, one rounding beside them, and within and around the bounds.
std::vector<double> thresholds_near(Random& random, const Case& c, const std::vector<double>& noise) {
  const double width = Bounds(c).width;
  std::vector<double> threshold;
  for (std::size_t i = 0; i < c.n_post; ++i) {
    const double at = c.drive[i] + random.one_of({0.0, noise[i]});
    threshold.push_back(random.one_of({at, std::nextafter(at, infinity), std::nextafter(at, -infinity),
                                       at + random.real(-2, 2) * width, at + random.real(-1, 1), 0.0}));
  }
  return threshold;
}

RC_GTEST_PROP(CoarseDrive, DecidesAsTheDriveWhereItsBoundsAgree, ()) {
  Random random = any_random();
  const Case c(random);
  const std::uint64_t seed = random.below(1'000'000);
  const double sigma = random.one_of({0.04, random.magnitude(1e-12, 1000)});
  std::vector<double> full(c.n_post);
  kernels::fill_gaussian(seed, kernels::Stream::noise_inhibitory, 5, full, sigma);
  const auto threshold = thresholds_near(random, c, full);
  const kernels::Firing firing{*rc::gen::element(ThresholdPlace::last, ThresholdPlace::first),
                               *rc::gen::element(Comparison::greater, Comparison::at_least)};
  const auto spikes_of = [&](const std::vector<double>& drive, const std::vector<double>& noise) {
    std::vector<std::uint8_t> spikes(c.n_post, 9);
    kernels::fire_inhibitory(firing, drive, noise, threshold, spikes);
    return spikes;
  };
  const auto expected = spikes_of(c.drive, full);
  on_every_target([&] {
    const Bounds bounds(c);
    std::vector<double> margin(kernels::in_batches(c.n_post), infinity);
    kernels::inhibitory_margins(bounds.low, bounds.width, threshold, margin);
    // Noise within the margins changes nothing, neither with the drive nor with its bounds.
    auto noise = margin;
    kernels::NeededPairs scratch(c.n_post);
    kernels::fill_needed_gaussian(seed, kernels::Stream::noise_inhibitory, 5, 0, sigma, margin, scratch, noise);
    RC_ASSERT(spikes_of(c.drive, noise) == expected);
    const auto low = spikes_of(bounds.low, noise);
    const auto high = spikes_of(bounds.high, noise);
    for (std::size_t i = 0; i < c.n_post; ++i) {
      RC_ASSERT(low[i] <= high[i]);
      if (low[i] == high[i]) RC_ASSERT(low[i] == expected[i]);
    }
  });
}

TEST(CoarseRows, PayForLargeMatricesOfSimilarWeights) {
  Random random(1);
  const std::size_t n_pre = 400;
  const std::size_t n_post = 70;
  const auto pay = [](const SynapseMatrix& matrix) { return kernels::coarse_rows_pay(matrix.slice(0).columns()); };
  auto weights = random.reals(n_pre * n_post, 0, 1);
  EXPECT_TRUE(pay(all_to_all(weights, n_pre, n_post)));
  EXPECT_FALSE(pay(all_to_all(weights, n_pre, n_post / 2)));  // too small
  weights[5] = 3;
  EXPECT_TRUE(pay(all_to_all(weights, n_pre, n_post)));
  weights[5] = 300;
  EXPECT_FALSE(pay(all_to_all(weights, n_pre, n_post)));  // the unit is larger than most weights
  weights[5] = 0;
  EXPECT_FALSE(pay(SynapseMatrix::from_dense(weights, n_pre, n_post, Plasticity::fixed)));  // a pair without a synapse
  EXPECT_FALSE(pay(all_to_all(std::vector<double>(n_pre * n_post, 0.0), n_pre, n_post)));
  EXPECT_FALSE(pay(all_to_all(std::vector<double>(n_pre * n_post, 1e-300), n_pre, n_post)));
  EXPECT_FALSE(pay(SynapseMatrix(n_pre, n_post)));
  EXPECT_FALSE(pay(SynapseMatrix(n_pre, 0)));
}

}  // namespace
}  // namespace sorn

// Every kernel gives the bits of its formula, on every instruction set of this machine and for every size of tail.
#include "core/synapse_slice.hpp"
#include "helpers/consistency.hpp"
#include "helpers/random.hpp"
#include "helpers/random_matrix.hpp"
#include "helpers/targets.hpp"
#include "kernels/activity.hpp"
#include "kernels/drive.hpp"
#include "kernels/fire.hpp"
#include "kernels/gaussian.hpp"
#include "kernels/intrinsic.hpp"
#include "kernels/istdp.hpp"
#include "kernels/random.hpp"
#include "kernels/scaling.hpp"
#include "kernels/stdp.hpp"
#include "plain/plain_network.hpp"

#include <sorn/network.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <set>

namespace sorn {
namespace {

using test::on_every_target;
using test::Random;

constexpr std::size_t sizes[] = {0,  1,  2,  3,  4,  5,  7,  8,  9,   15,  16,  17,  23,  31,  32,
                                 33, 47, 63, 64, 65, 79, 96, 97, 127, 128, 129, 191, 200, 511, 513};

TEST(Targets, CanBeRunOneByOne) {
  std::set<std::string> run;
  const std::int64_t usual = test::running_target();
  for (const std::int64_t target : test::targets()) {
    const test::OnlyTarget only(target);
    EXPECT_EQ(test::running_target(), target) << test::target_name(target);
    run.insert(test::target_name(test::running_target()));
  }
  EXPECT_EQ(test::running_target(), usual);
  RecordProperty("targets", testing::PrintToString(run));
  EXPECT_EQ(run.size(), test::targets().size());
#if defined(__x86_64__)
  EXPECT_GE(run.size(), 2U) << testing::PrintToString(run);
  const auto has = [&](const char* name, bool machine_has_it) {
    EXPECT_EQ(run.contains(name), machine_has_it) << name;
  };
  has("SSE4", __builtin_cpu_supports("sse4.2"));
  has("AVX2", __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"));
  has("AVX3", __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"));
#endif
}

TEST(Targets, RunNetworksToTheSameState) {
  const Parameters dense{.ne = 70,
                         .ni = 17,
                         .network_type_ee = Connectivity::dense,
                         .network_type_ei = Connectivity::dense,
                         .eta_stdp = 0.001,
                         .eta_inhib = 0.02,
                         .mu_ip = 0.1};
  const Parameters small{.ne = 13, .ni = 3, .nu = 2, .lambda_ee = 2, .lambda_ei = 4};
  const Parameters large{.ne = 601, .network_type_ie = Connectivity::sparse, .lambda_ee = 30, .lambda_ie = 20};
  for (const Parameters& p : {Parameters{}, dense, small, large}) {
    for (const double sigma : {0.0, 0.04, 3.0}) {
      const auto after = [&] {
        Network network(p, 3);
        network.run(150, {.noise = Noise::gaussian(sigma)});
        return network.state();
      };
      const State usual = after();
      on_every_target([&] { EXPECT_TRUE(after() == usual) << "ne = " << p.ne << ", sigma = " << sigma; });
    }
  }
}

TEST(Targets, ListAndPackSpikes) {
  Random random(1);
  for (const std::size_t size : sizes) {
    const auto bytes = random.spikes(size, random.one_of({0.0, 0.1, 0.5, 1.0}));
    std::vector<std::uint32_t> silent;
    std::vector<std::uint64_t> words(size / 64 + 2, 0);
    for (std::uint32_t i = 0; i < size; ++i) {
      if (bytes[i] == 0) silent.push_back(i);
      words[i / 64] |= std::uint64_t{bytes[i]} << i % 64;
    }
    const auto active = test::active_in(bytes);
    on_every_target([&] {
      for (const std::uint8_t value : {std::uint8_t{0}, std::uint8_t{1}}) {
        const auto& expected = value == 1 ? active : silent;
        std::vector<std::uint32_t> list(expected.size() + kernels::list_padding, 77);
        list.resize(kernels::list_equal(bytes, value, list));
        EXPECT_EQ(list, expected) << size;
      }
      std::vector<std::uint64_t> packed(words.size(), ~std::uint64_t{0});
      kernels::pack_bits(bytes, packed);
      EXPECT_EQ(packed, words) << size;
    });
  }
}

/// Drives of some units, some of them exactly at their threshold.
struct Drives {
  std::vector<double> excitation, inhibition, noise, input, threshold;

  Drives(Random& random, std::size_t size)
      : excitation(random.reals(size, 0, 1)),
        inhibition(random.reals(size, 0, 1)),
        noise(random.reals(size, -0.3, 0.3)),
        input(random.reals(size, -1, 1)),
        threshold(random.reals(size, -1, 1)) {
    for (std::size_t i = 0; i < size; i += 3) {
      threshold[i] = (excitation[i] - inhibition[i]) + noise[i];
      if (i % 2 == 0) threshold[i] += input[i];
    }
  }
};

TEST(Targets, FireAboveTheThreshold) {
  Random random(2);
  for (const std::size_t size : sizes) {
    const Drives d(random, size);
    std::vector<std::uint8_t> recurrent(size);
    std::vector<std::uint8_t> spikes(size);
    std::vector<std::uint8_t> inhibitory(size);
    for (std::size_t i = 0; i < size; ++i) {
      const double drive = (d.excitation[i] - d.inhibition[i]) + d.noise[i];
      recurrent[i] = drive - d.threshold[i] > 0.0 ? 1 : 0;
      spikes[i] = (drive + d.input[i]) - d.threshold[i] > 0.0 ? 1 : 0;
      inhibitory[i] = (d.excitation[i] + d.noise[i]) - d.threshold[i] > 0.0 ? 1 : 0;
    }
    on_every_target([&] {
      std::vector<std::uint8_t> r(size, 9);
      std::vector<std::uint8_t> x(size, 9);
      std::vector<std::uint8_t> y(size, 9);
      kernels::fire_excitatory({}, d.excitation, d.inhibition, d.noise, d.input, d.threshold, r, x);
      kernels::fire_inhibitory({}, d.excitation, d.noise, d.threshold, y);
      EXPECT_EQ(r, recurrent) << size;
      EXPECT_EQ(x, spikes) << size;
      EXPECT_EQ(y, inhibitory) << size;
    });
  }
}

TEST(Targets, MoveThresholds) {
  Random random(3);
  for (const std::size_t size : sizes) {
    const auto before = random.reals(size, 0.1, 0.9);
    const auto spikes = random.spikes(size, 0.4);
    const auto target = random.reals(size, 0, 1);
    for (const double eta : {0.01, 0.7}) {
      auto expected = before;
      for (std::size_t i = 0; i < size; ++i) {
        expected[i] = std::min(std::max(before[i] + eta * (spikes[i] - target[i]), 0.2), 0.8);
      }
      on_every_target([&] {
        auto threshold = before;
        kernels::intrinsic_plasticity(threshold, spikes, target, eta, 0.2, 0.8);
        EXPECT_EQ(threshold, expected) << size;
      });
    }
  }
}

TEST(Targets, AddUpDrives) {
  Random random(4);
  for (const std::size_t n_pre : {1U, 2U, 40U, 130U}) {
    for (const std::size_t n_post : {1U, 2U, 3U, 5U, 8U, 17U, 33U, 63U, 130U}) {
      const auto active = test::active_in(random.spikes(n_pre, 0.5));
      auto all = random.reals(n_pre * n_post, 0.01, 1);
      const auto expect_drive = [&](const std::vector<double>& weights) {
        std::vector<double> expected(n_post, 0.0);
        for (const std::uint32_t j : active) {
          for (std::size_t i = 0; i < n_post; ++i) expected[i] += weights[j * n_post + i];
        }
        const auto plastic = SynapseMatrix::from_dense(weights, n_pre, n_post, Plasticity::plastic);
        const auto fixed = SynapseMatrix::from_dense(weights, n_pre, n_post, Plasticity::fixed);
        const auto rows = kernels::transposed(fixed.slice(0).columns());
        on_every_target([&] {
          std::vector<double> drive(n_post, -1);
          kernels::push_drive(plastic.slice(0).columns(), active, drive);
          EXPECT_EQ(drive, expected) << n_pre << " to " << n_post;
          drive.assign(n_post, -1);
          kernels::push_drive(rows, active, drive);
          EXPECT_EQ(drive, expected) << n_pre << " to " << n_post;
        });
      };
      expect_drive(all);
      for (double& weight : all) weight = random.chance(0.3) ? weight : 0.0;
      expect_drive(all);
    }
  }
}

/// Scales dense columns by the formula.
void scale(std::vector<double>& weights, std::size_t n_pre, std::size_t n_post) {
  for (std::size_t i = 0; i < n_post; ++i) {
    double sum = 0.0;
    for (std::size_t j = 0; j < n_pre; ++j) sum += weights[j * n_post + i];
    for (std::size_t j = 0; j < n_pre && sum != 0.0; ++j) weights[j * n_post + i] /= sum;
  }
}

void expect_scaling(const SynapseMatrix& before) {
  const std::size_t n_post = before.n_post();
  on_every_target([&] {
    SynapseMatrix matrix = before;
    auto expected = test::dense(before);
    kernels::ScalingScratch scratch(n_post);
    kernels::Vanished vanished(n_post);
    for (int round = 0; round < 6; ++round) {  // columns settle after the first or second round
      kernels::scale_columns(matrix.slice(0).columns(), {}, scratch, vanished);
      scale(expected, before.n_pre(), n_post);
      EXPECT_TRUE(vanished.list().empty());
      EXPECT_TRUE(matrix.equals_dense(expected)) << n_post << " columns";
      EXPECT_EQ(test::inconsistency(matrix), "");
    }
  });
}

TEST(Targets, ScaleColumnsOfEveryLength) {
  Random random(5);
  for (const std::size_t n_post : {0U, 1U, 2U, 3U, 5U, 70U, 260U, 600U}) {
    for (const std::size_t longest : {1U, 4U, 30U, 90U}) {
      expect_scaling(test::random_matrix(random, 100, n_post, longest));
    }
  }
}

TEST(Targets, ScaleManyColumnsOfOneLength) {
  Random random(8);
  for (const std::size_t length : {1U, 3U, 16U, 33U, 59U, 60U, 61U, 80U}) {
    const auto weights = random.reals(length * 600, 0.01, 1);
    expect_scaling(SynapseMatrix::from_dense(weights, length, 600, Plasticity::plastic));
  }
}

/// Exactly those dense columns that lose a weight to underflow must be noted.
void expect_underflow_noted(const std::vector<double>& weights, std::size_t n_pre, std::size_t n_post) {
  auto expected = weights;
  scale(expected, n_pre, n_post);
  std::vector<std::uint32_t> losing;
  for (std::size_t i = 0; i < n_post; ++i) {
    bool loses = false;
    for (std::size_t j = 0; j < n_pre; ++j) loses |= weights[j * n_post + i] > 0.0 && expected[j * n_post + i] == 0.0;
    if (loses) losing.push_back(static_cast<std::uint32_t>(i));
  }
  ASSERT_FALSE(losing.empty());
  on_every_target([&] {
    auto matrix = SynapseMatrix::from_dense(weights, n_pre, n_post, Plasticity::plastic);
    kernels::ScalingScratch scratch(n_post);
    kernels::Vanished vanished(n_post);
    kernels::scale_columns(matrix.slice(0).columns(), {}, scratch, vanished);
    EXPECT_THAT(vanished.list(), testing::UnorderedElementsAreArray(losing));
    matrix.slice(0).remove_gone(vanished.list(), nullptr);
    EXPECT_TRUE(matrix.equals_dense(expected));
    EXPECT_EQ(test::inconsistency(matrix), "");
  });
}

TEST(Targets, NoteWeightsThatUnderflow) {
  // The columns have one to seventy synapses. Every third loses one of them beside a weight of a million.
  const std::size_t n = 70;
  std::vector<double> weights(n * n, 0.0);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) weights[j * n + i] = 1e6;
    if (i % 3 != 1) continue;
    weights[(i / 2) * n + i] = std::numeric_limits<double>::denorm_min();
  }
  expect_underflow_noted(weights, n, n);
}

TEST(Targets, ScaleTinyWeightsAmongOthers) {
  // Groups of columns with a tiny weight are scaled in another way than those without; here they alternate.
  Random random(9);
  for (const double tiny : {0.001, 0.02, 0.5}) {
    const std::size_t n_pre = 20;
    const std::size_t n_post = 600;
    auto weights = random.reals(n_pre * n_post, 0.01, 1);
    for (double& weight : weights) {
      if (random.chance(tiny)) weight = random.magnitude(5e-324, 1e-250);
    }
    weights[5] = std::numeric_limits<double>::denorm_min();
    expect_underflow_noted(weights, n_pre, n_post);
  }
}

TEST(Targets, ApplyStdp) {
  Random random(6);
  for (const std::size_t n : {1U, 2U, 5U, 63U, 64U, 65U, 130U, 512U, 1023U, 1024U, 1025U, 1300U}) {
    for (const std::size_t longest : {3U, 20U, 80U}) {
      const SynapseMatrix matrix = test::random_matrix(random, n, n, longest);
      const auto before = random.spikes(n, random.one_of({0.05, 0.5, 1.0}));
      const auto now = random.spikes(n, random.one_of({0.05, 0.5, 1.0}));
      const double eta = random.one_of({0.004, 0.3, 0.99});
      auto expected = test::dense(matrix);
      std::set<std::uint32_t> gone;
      for (std::size_t j = 0; j < n; ++j) {
        for (std::size_t i = 0; i < n; ++i) {
          double& weight = expected[j * n + i];
          if (weight == 0.0) continue;
          weight = std::min(weight + eta * (now[i] * before[j] - before[i] * now[j]), 1.0);
          if (weight > 0.0) continue;
          weight = 0.0;
          gone.insert(static_cast<std::uint32_t>(i));
        }
      }
      on_every_target([&] {
        SynapseMatrix learned = matrix;
        kernels::StdpScratch scratch(n);
        kernels::Vanished vanished(n);
        kernels::stdp(learned.slice(0).columns(), {before, now, test::active_in(before), test::active_in(now)}, eta, {},
                      scratch, vanished);
        EXPECT_THAT(vanished.list(), testing::UnorderedElementsAreArray(gone)) << n;
        learned.slice(0).remove_gone(vanished.list(), nullptr);
        EXPECT_TRUE(learned.equals_dense(expected)) << n;
        EXPECT_EQ(test::inconsistency(learned), "");
      });
    }
  }
}

/// @param low  weight of a synapse that falls to 0 or below; 0: it vanishes
void expect_inhibitory_stdp(Random& random, const SynapseMatrix& matrix, double low) {
  const std::size_t n_pre = matrix.n_pre();
  const std::size_t n_post = matrix.n_post();
  const auto active = random.spikes(n_pre, 0.5);
  const auto now = random.spikes(n_post, 0.3);
  const double eta = 0.05;
  const double mu_ip = 0.1;
  auto expected = test::dense(matrix);
  for (std::size_t k = 0; k < n_pre; ++k) {
    for (std::size_t i = 0; i < n_post; ++i) {
      double& weight = expected[k * n_post + i];
      if (weight == 0.0) continue;
      weight = std::min(weight - eta * active[k] * (1.0 - now[i] * (1.0 + 1.0 / mu_ip)), 1.0);
      if (weight <= 0.0) weight = low;
    }
  }
  on_every_target([&] {
    SynapseMatrix learned = matrix;
    kernels::Vanished vanished(n_post);
    kernels::istdp(learned.slice(0).columns(), test::active_in(active), now, eta, mu_ip, low, vanished);
    learned.slice(0).remove_gone(vanished.list(), nullptr);
    EXPECT_TRUE(learned.equals_dense(expected)) << n_post;
    EXPECT_EQ(test::inconsistency(learned), "");
  });
}

TEST(Targets, ApplyInhibitoryStdp) {
  Random random(7);
  for (const std::size_t n_post : {1U, 3U, 64U, 200U}) {
    for (const double low : {0.0, 0.001}) {
      expect_inhibitory_stdp(random, test::random_matrix(random, 30, n_post, 25), low);
      const auto all = random.reals(30 * n_post, 1e-6, 0.1);
      expect_inhibitory_stdp(random, SynapseMatrix::from_dense(all, 30, n_post, Plasticity::plastic), low);
    }
  }
}

/// Scales dense columns by their sums and those of the rows, by the formula.
void scale_both_ways(std::vector<double>& weights, std::size_t n, double eta, double smallest) {
  std::vector<double> incoming(n, 0.0);
  std::vector<double> outgoing(n, 0.0);
  for (std::size_t j = 0; j < n; ++j) {
    for (std::size_t i = 0; i < n; ++i) {
      incoming[i] += weights[j * n + i];
      outgoing[j] += weights[j * n + i];
    }
  }
  const auto units = static_cast<double>(n);
  for (std::size_t j = 0; j < n; ++j) {
    for (std::size_t i = 0; i < n; ++i) {
      const double sum = 0.5 * std::max(incoming[i], smallest) + 0.5 * std::max(outgoing[j] * units / units, smallest);
      double& weight = weights[j * n + i];
      weight = (1.0 - eta) * weight + eta * (weight / sum);
    }
  }
}

TEST(Targets, ScaleBothWays) {
  Random random(10);
  for (const std::size_t n : {1U, 2U, 5U, 70U, 200U}) {
    for (const std::size_t longest : {1U, 7U, 40U}) {
      const SynapseMatrix before = test::random_matrix(random, n, n, longest);
      for (const double eta : {0.1, 1.0}) {
        const double smallest = 1e-6;
        const double low = random.one_of({0.0, 0.05});
        const auto given = test::dense(before);
        auto expected = given;
        scale_both_ways(expected, n, eta, smallest);
        std::set<std::uint32_t> falling;
        for (std::size_t k = 0; k < n * n; ++k) {
          const bool was = given[k] > 0.0 && given[k] >= low;
          if (was && (expected[k] == 0.0 || expected[k] < low)) falling.insert(static_cast<std::uint32_t>(k % n));
        }
        on_every_target([&] {
          SynapseMatrix matrix = before;
          const kernels::Columns columns = matrix.slice(0).columns();
          kernels::Vanished vanished(n);
          std::vector<double> outgoing(n, 0.0);
          kernels::add_outgoing(columns, outgoing);
          kernels::complete_outgoing(outgoing, smallest);
          kernels::scale_both_ways(columns, {smallest, low}, eta, outgoing, vanished);
          EXPECT_TRUE(matrix.equals_dense(expected)) << n << " units";
          EXPECT_THAT(vanished.list(), testing::UnorderedElementsAreArray(falling));
          EXPECT_EQ(test::inconsistency(matrix), "");
        });
      }
    }
  }
}

TEST(Targets, DrawTheSameNumbers) {
  for (const std::size_t size : sizes) {
    for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{0x123456789abcdef}, ~std::uint64_t{0}}) {
      const std::uint64_t step = seed / 3;
      auto expected = plain::gaussian(seed, kernels::Stream::noise_inhibitory, step, size);
      for (double& z : expected) z *= 0.7;
      on_every_target([&] {
        std::vector<double> numbers(size, 9);
        kernels::fill_gaussian(seed, kernels::Stream::noise_inhibitory, step, numbers, 0.7);
        EXPECT_EQ(numbers, expected) << size;
        // With no margin, every number may matter; the padding gets none.
        std::vector<double> margin(kernels::in_batches(size), std::numeric_limits<double>::infinity());
        std::fill_n(margin.begin(), size, 0.0);
        std::vector<double> needed(margin.size(), 9);
        kernels::NeededPairs scratch(size);
        kernels::fill_needed_gaussian(seed, kernels::Stream::noise_inhibitory, step, 0, 0.7, margin, scratch, needed);
        needed.resize(size);
        EXPECT_EQ(needed, expected) << size;
      });
    }
  }
}

}  // namespace
}  // namespace sorn

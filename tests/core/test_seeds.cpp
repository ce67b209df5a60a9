// A seed gives the same bits on every machine, with every compiler and in every version.
#include <sorn/network.hpp>

#include <gtest/gtest.h>

#include <bit>

namespace sorn {
namespace {

/// FNV-1a over everything in a state.
class Hash {
public:
  void add(std::uint64_t word) {
    for (int k = 0; k < 8; ++k) {
      value_ ^= (word >> (8 * k)) & 0xffU;
      value_ *= 0x100000001b3U;
    }
  }
  void add(double v) { add(std::bit_cast<std::uint64_t>(v)); }
  void add(const SynapseMatrix& m) {
    for (std::size_t i = 0; i < m.n_post(); ++i) {
      const auto column = m.column(i);
      add(std::uint64_t{column.pre.size()});
      for (const auto pre : column.pre) add(std::uint64_t{pre});
      for (const double w : column.weight) add(w);
    }
  }
  void add(const State& s) {
    add(*s.wee);
    add(*s.wei);
    add(*s.wie);
    for (const double t : s.te) add(t);
    for (const double t : s.ti) add(t);
    for (const auto v : s.x) add(std::uint64_t{v});
    for (const auto v : s.y) add(std::uint64_t{v});
  }
  std::uint64_t value() const { return value_; }

private:
  std::uint64_t value_ = 0xcbf29ce484222325U;
};

std::uint64_t hash_of(const State& state) {
  Hash hash;
  hash.add(state);
  return hash.value();
}

TEST(Seed, BuildsTheExpectedNetwork) { EXPECT_EQ(hash_of(build_state({}, 2026)), 16199302627410743361U); }

TEST(Seed, RunsToTheExpectedState) {
  Network network(Parameters{}, 2026);
  network.run(2000);
  EXPECT_EQ(hash_of(network.state()), 5668920002141632957U);
}

TEST(Seed, BuildsAndRunsASparseNetworkWithSpreadTargets) {
  const Parameters p{.ne = 90,
                     .ni = 25,
                     .nu = 7,
                     .network_type_ee = Connectivity::dense,
                     .network_type_ie = Connectivity::sparse,
                     .lambda_ie = 30,
                     .mu_ip = 0.1,
                     .sigma_ip = 0.03};
  Network network(p, ~std::uint64_t{0});
  network.run(1000, {.freeze = {Rule::ss}, .noise = Noise::gaussian(0.2236)});
  EXPECT_EQ(hash_of(network.state()), 16913739935200177015U);
}

}  // namespace
}  // namespace sorn

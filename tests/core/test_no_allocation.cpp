// A step allocates nothing, and an allocation that fails elsewhere changes nothing. This file replaces the global
// allocation functions, so that they count and can fail.
#include "core/synapse_slice.hpp"
#include "helpers/any_source.hpp"
#include "helpers/consistency.hpp"
#include "helpers/random.hpp"

#include <sorn/closed_loop.hpp>
#include <sorn/network.hpp>
#include <sorn/own_rule.hpp>
#include <sorn/recursive_least_squares.hpp>
#include <sorn/source.hpp>
#include <sorn/variant.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <new>

// The replacements pair malloc with free. If g++ inlines only one of them, it warns of a mismatch.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace {

constexpr std::size_t never = std::numeric_limits<std::size_t>::max();
std::size_t allocations = 0;
std::size_t left_until_failure = never;

void* count(void* memory) {
  ++allocations;
  if (left_until_failure != never && left_until_failure-- == 0) {
    left_until_failure = never;
    std::free(memory);
    throw std::bad_alloc();
  }
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t size) { return count(std::malloc(size == 0 ? 1 : size)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto multiple = static_cast<std::size_t>(alignment);
  return count(std::aligned_alloc(multiple, (size + multiple) / multiple * multiple));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace sorn {
namespace {

/// Calls body() with the first allocation failing, then the second and so on, until it succeeds.
/// @returns how often it failed
template <class Body, class Check>
std::size_t fail_every_allocation(Body body, Check unchanged) {
  for (std::size_t n = 0;; ++n) {
    left_until_failure = n;
    try {
      body();
      left_until_failure = never;
      return n;
    } catch (const std::bad_alloc&) {
      unchanged();
    }
  }
}

TEST(Allocations, AreCountedForAnyAlignment) {
  const std::size_t before = allocations;
  ::operator delete(::operator new(7));  // called by name: a compiler must not remove this call
  EXPECT_EQ(allocations - before, 1U);
  AlignedAllocator<double> aligned;
  aligned.deallocate(aligned.allocate(7), 7);
  EXPECT_EQ(allocations - before, 2U);
}

TEST(Step, DoesNotAllocate) {
  Network network(Parameters{}, 7);
  const std::vector<double> u(10, 0.3);
  const RunOptions options{.inputs = {u.data(), 10, 2000, 1, 0}};
  network.run(1, options);
  const std::size_t before = allocations;
  network.run(500, options);
  EXPECT_EQ(allocations - before, 0U);
  EXPECT_EQ(network.state().step, 501U);
}

TEST(Step, DoesNotAllocateIfInhibitionIsReadAsBytes) {
  Network network(Parameters{.ne = 1000, .ti_max = 0.1}, 7);
  network.run(1, {.threads = 1});
  const std::size_t before = allocations;
  network.run(50, {.threads = 1});
  EXPECT_EQ(allocations - before, 0U);
}

TEST(Source, DoesNotAllocateInAStep) {
  test::Random random(5);
  for (int k = 0; k < 200; ++k) {
    const SourceSpec spec = test::any_source(random);
    const auto source = make_source(spec, 1000, 5, 1);
    const std::size_t before = allocations;
    const std::uint64_t steps = std::min<std::uint64_t>(source->end(), 300);
    for (std::uint64_t t = 0; t < steps; ++t) source->next();
    source->seek(steps / 2);
    ASSERT_EQ(allocations - before, 0U) << text(spec);
  }
}

TEST(Step, DoesNotAllocateInAClosedLoop) {
  Network network(Parameters{}, 7);
  const std::size_t ne = network.parameters().ne;
  readout::Readout readout{.classes = {0, 1, 2}, .units = ne, .weights = std::vector<double>(3 * ne), .bias = {}};
  for (std::size_t k = 0; k < readout.weights.size(); ++k) readout.weights[k] = static_cast<double>(k * k % 7);
  readout::ClosedLoop loop(readout, source_spec(R"({"source": "words", "words": ["ABC"]})"));
  network.run(1, {.own_source = &loop});
  const std::size_t before = allocations;
  network.run(500, {.own_source = &loop});
  EXPECT_LE(allocations - before, 8U);  // preparing the run chooses pools
}

TEST(RecursiveLeastSquares, DoesNotAllocateInAnUpdate) {
  readout::RecursiveLeastSquares online(50, 3, {.forgetting = 0.99, .delta = 1.0, .bias = true});
  const std::vector<std::uint8_t> state(50, 1);
  const std::vector<double> target{0.5, 1.0, 2.0};
  const std::size_t before = allocations;
  for (int k = 0; k < 100; ++k) {
    online.add(std::span<const std::uint8_t>(state), k % 3);
    online.add(std::span<const std::uint8_t>(state), std::span<const double>(target));
  }
  EXPECT_EQ(allocations - before, 0U);
}

TEST(Step, DoesNotAllocateWithASource) {
  Network network(Parameters{}, 7);
  const RunOptions options{.source = source_spec("counting:n=4,wait_min=1,wait_var=3")};
  network.run(1, options);
  const std::size_t before = allocations;
  network.run(500, options);
  EXPECT_EQ(allocations - before, 0U);
}

TEST(Step, DoesNotAllocateForSignals) {
  Network network(Parameters{}, 7);
  const std::vector<double> reward(500, 0.5);
  const RunOptions options{.signals = {{"reward", reward}, {"mark", [](std::uint64_t) { return 1.0; }}}};
  network.run(1, options);
  const auto allocated_in = [&](std::size_t steps) {
    const std::size_t before = allocations;
    network.run(steps, options);
    return allocations - before;
  };
  EXPECT_EQ(allocated_in(500), allocated_in(1));  // only before the first step
}

TEST(Step, DoesNotAllocateForOutputsAndRewards) {
  for (const VariantName variant : {VariantName::rmsorn, VariantName::rmsorn_pypi}) {
    Network network(parameters_of(variant), 7);
    const RunOptions options{.signals = {{"reward", [](const Answer& answer) -> std::optional<double> {
                                            return answer.action() == 1 ? 1.0 : 0.0;
                                          }}}};
    network.run(1, options);
    const auto allocated_in = [&](std::size_t steps) {
      const std::size_t before = allocations;
      network.run(steps, options);
      return allocations - before;
    };
    EXPECT_EQ(allocated_in(500), allocated_in(1));  // only before the first step
  }
}

/// A rule with memory.
class CountsSpikes final : public OwnRule {
public:
  std::string_view name() const noexcept override { return "counts_spikes"; }
  Changes changes() const noexcept override { return {.te = true}; }
  std::size_t memory_width(const Parameters& /*p*/) const override { return 2; }
  void apply(RuleView& s) const override {
    for (std::size_t unit = s.units.begin; unit < s.units.end; ++unit) s.memory_of(unit)[1] += s.next_x[unit];
  }
};

TEST(Step, DoesNotAllocateForMemoryOfARule) {
  Rule::own("counts_spikes");
  Network network(Parameters{.order = order_named("ip,counts_spikes")}, 7);
  network.set_rules({std::make_shared<CountsSpikes>()});
  network.run(1);
  const auto allocated_in = [&](std::size_t steps) {
    const std::size_t before = allocations;
    network.run(steps);
    return allocations - before;
  };
  EXPECT_EQ(allocated_in(500), allocated_in(1));  // only before the first step
}

TEST(Step, DoesNotAllocateInACopiedNetwork) {
  const Network original(Parameters{.eta_stdp = 0.1, .eta_inhib = 0.1}, 7);
  Network copy = original;
  copy.run(1);  // the copy gets its own weights
  const std::size_t synapses = copy.state().wee->synapse_count();
  const std::size_t before = allocations;
  copy.run(100);
  EXPECT_LT(copy.state().wee->synapse_count(), synapses);  // synapses vanish and are listed
  EXPECT_EQ(allocations - before, 0U);
}

/// A network without STDP only grows: about every tenth step adds a synapse, until all pairs have one.
const Parameters growing{.ne = 30, .ni = 4, .nu = 3, .lambda_ee = 1, .lambda_ei = 10, .eta_stdp = 0};

TEST(Step, DoesNotAllocateWhenItInsertsASynapse) {
  Network network(growing, 3);
  network.run(1);
  std::size_t rooms_made = 0;
  bool grew_before = false;
  for (int t = 0; t < 12'000; ++t) {
    const std::size_t synapses = network.state().wee->synapse_count();
    const std::size_t before = allocations;
    network.run(1);
    const bool allocated = allocations != before;
    // Room is made before the step that follows an insertion, never for the insertion itself.
    ASSERT_TRUE(!allocated || grew_before) << t;
    rooms_made += allocated ? 1 : 0;
    grew_before = network.state().wee->synapse_count() > synapses;
  }
  EXPECT_GT(network.state().wee->synapse_count(), 860U);  // of 870
  EXPECT_GT(rooms_made, 3U);
  EXPECT_LT(rooms_made, 100U);
}

TEST(Run, EndsBetweenStepsIfItCannotMakeRoom) {
  Network network(growing, 3);
  Network reference = network;
  std::size_t failures = 0;
  while (network.state().step < 3000) {
    failures += fail_every_allocation([&] { network.run(1); },
                                      [&] {
                                        ASSERT_EQ(network.state(), reference.state());
                                        ASSERT_EQ(test::inconsistency(*network.state().wee), "");
                                      });
    reference.run(1);
  }
  EXPECT_EQ(network.state(), reference.state());
  EXPECT_GT(failures, 10U);
}

TEST(Run, DoesNotBeginIfItCannotDivideTheNetworkForThreads) {
  Network network(Parameters{}, 3);
  Network reference = network;
  const std::size_t failures = fail_every_allocation([&] { network.run(5, {.threads = 2}); },
                                                     [&] { ASSERT_EQ(network.state(), reference.state()); });
  reference.run(5, {.threads = 1});
  EXPECT_EQ(network.state(), reference.state());
  EXPECT_GT(failures, 30U);
}

TEST(SynapseMatrix, IsUnchangedIfThereIsNoMemoryForAnInsertion) {
  test::Random random(1);
  SynapseMatrix matrix(40, 40);
  std::size_t failures = 0;
  for (int k = 0; k < 1000; ++k) {
    const std::size_t post = random.below(40);
    const std::size_t pre = random.below(40);
    const auto present = matrix.column(post).pre;
    if (std::find(present.begin(), present.end(), pre) != present.end()) continue;
    const bool spare = matrix.slice(0).has_spare_room(1);
    const SynapseMatrix before = matrix;
    const std::size_t failed = fail_every_allocation([&] { matrix.insert(pre, post, 0.5); },
                                                     [&] {
                                                       ASSERT_EQ(matrix, before);
                                                       ASSERT_EQ(test::inconsistency(matrix), "");
                                                     });
    ASSERT_TRUE(!spare || failed == 0);
    failures += failed;
  }
  EXPECT_GT(failures, 10U);
}

}  // namespace
}  // namespace sorn

// Runs that a source drives: they equal runs with the array of all drives, on any number of threads and ranks, in
// pieces, and refuse what cannot be run.
#include "helpers/any_parameters.hpp"
#include "helpers/any_source.hpp"
#include "helpers/message_of.hpp"
#include "helpers/thread_ranks.hpp"

#include <sorn/sorn.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <mutex>
#include <stdexcept>

using testing::AllOf;
using testing::HasSubstr;

namespace sorn {
namespace {

using test::message_of;

/// A source whose pools fit into a network of `ne` units.
SourceSpec source_for(test::Random& random, std::size_t ne) {
  SourceSpec spec = test::any_source(random);
  spec.pool_size = random.between(1, ne);
  if (alphabet(spec).size() * *spec.pool_size > ne) spec.pools = PoolKind::overlapping;
  return spec;
}

/// The drives of all units in the steps [begin, begin + steps), step by step, and the symbols.
struct Drives {
  std::vector<double> values;
  std::vector<std::int64_t> symbols;
};

Drives drives_of(Source& source, std::size_t ne, std::uint64_t begin, std::size_t steps) {
  Drives all{std::vector<double>(ne * steps, 0.0), {}};
  source.seek(begin);
  for (std::size_t t = 0; t < steps; ++t) {
    const Shown shown = source.next();
    all.symbols.push_back(shown.symbol);
    for (std::size_t k = 0; k < shown.units.size(); ++k) all.values[t * ne + shown.units[k]] = shown.drive[k];
  }
  return all;
}

RC_GTEST_PROP(SourceRun, EqualsTheRunWithTheArrayOfAllDrives, ()) {
  Parameters p = test::any_parameters();
  p.h_ip = 0.1;
  test::Random random(*rc::gen::arbitrary<std::uint64_t>());
  const SourceSpec spec = source_for(random, p.ne);
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  const auto source = make_source(spec, p.ne, p.nu, seed);
  const std::size_t steps = std::min<std::uint64_t>(source->end(), 60);
  const Drives drives = drives_of(*source, p.ne, 0, steps);
  const RecordRequest everything[] = {{Quantity::recurrent}, {Quantity::symbol}};

  Parameters of_array = p;
  of_array.nu = p.ne;
  Network reference(of_array, seed);
  Recorder expected(reference, everything, steps);
  reference.run(steps, {.inputs = InputView::step_major(drives.values, p.ne)}, {&expected});

  Network whole(p, seed);
  Recorder recorder(whole, everything, steps);
  whole.run(steps, {.source = spec, .threads = random.between(1, 3)}, {&recorder});
  RC_ASSERT(whole.state() == reference.state());
  RC_ASSERT(recorder.recordings()[0] == expected.recordings()[0]);
  const auto symbols = recorder.recordings()[1].counts();
  RC_ASSERT(std::equal(symbols.begin(), symbols.end(), drives.symbols.begin(), drives.symbols.end()));
  const auto none = expected.recordings()[1].counts();
  RC_ASSERT(std::all_of(none.begin(), none.end(), [](std::int64_t symbol) { return symbol == no_symbol; }));

  // in pieces: the same network, a copy, and one that begins with its state
  const std::size_t first = random.between(0, steps);
  const std::size_t second = random.between(0, steps - first);
  Network pieces(p, seed);
  pieces.run(first, {.source = spec});
  Network copy = pieces;
  copy.run(second, {.source = spec, .threads = 2});
  Network resumed(p, copy.state());
  resumed.run(steps - first - second, {.source = spec});
  RC_ASSERT(resumed.state() == reference.state());
}

RC_GTEST_PROP(SourceRun, IsTheSameOverRanks, ()) {
  Parameters p = test::any_parameters();
  p.h_ip = 0.1;
  test::Random random(*rc::gen::arbitrary<std::uint64_t>());
  const SourceSpec spec = source_for(random, p.ne);
  const std::size_t steps = std::min<std::uint64_t>(make_source(spec, p.ne, p.nu, 5)->end(), 40);
  const RecordRequest everything[] = {{Quantity::recurrent}, {Quantity::symbol}};
  Network alone(p, 5);
  Recorder expected(alone, everything, steps);
  alone.run(steps, {.source = spec}, {&expected});
  std::mutex mutex;
  test::on_ranks(random.between(1, 4), [&](const std::shared_ptr<Ranks>& ranks) {
    Network network(p, 5, ranks);
    Recorder recorder(network, everything, steps);
    network.run(steps, {.source = spec}, {&recorder});
    const State whole = gathered(network.state(), *ranks);
    const std::scoped_lock lock(mutex);
    RC_ASSERT(recorder.recordings() == expected.recordings());
    if (ranks->rank() == 0) RC_ASSERT(whole == alone.state());
  });
}

const SourceSpec counting{.sequence = {.shows = sources::Counting{2}}, .pool_size = 3};

TEST(SourceRun, RefusesInputsBesideASource) {
  Network network(Parameters{}, 1);
  const std::vector<double> u(10, 0.5);
  const RunOptions both{.inputs = InputView::step_major(u, 10), .source = counting};
  EXPECT_THAT(message_of<ParameterError>([&] { network.run(1, both); }),
              HasSubstr("inputs and a source are both given"));
}

TEST(SourceRun, RefusesASourceThatEndsBeforeTheRun) {
  Network network(Parameters{}, 1);
  network.run(10);
  const State before = network.state();
  SourceSpec text{.sequence = {.shows = sources::Text{"ABCDE", false}}, .pool_size = 3, .onset = 12};
  EXPECT_THAT(message_of<ParameterError>([&] { network.run(8, {.source = text}); }),
              AllOf(HasSubstr("ends before step 17"), HasSubstr("8 steps from step 10"), HasSubstr("run 7 steps")));
  EXPECT_EQ(network.state(), before);
  network.run(7, {.source = text});
  EXPECT_THAT(message_of<ParameterError>([&] { network.run(1, {.source = text}); }), HasSubstr("ends before step 17"));
}

TEST(SourceRun, RefusesPoolsThatDoNotFit) {
  Network network(Parameters{.ne = 20, .nu = 4, .lambda_ee = 5, .lambda_ei = 5}, 1);
  SourceSpec spec = counting;
  spec.pool_size = 4;
  EXPECT_THAT(message_of<ParameterError>([&] { network.run(1, {.source = spec}); }), HasSubstr("disjoint pools"));
}

TEST(SourceRun, TakesNuForTheSizeOfThePools) {
  SourceSpec spec = counting;
  Network given(Parameters{.nu = 3}, 1);
  given.run(50, {.source = spec});
  spec.pool_size.reset();
  Network follows(Parameters{.nu = 3}, 1);
  follows.run(50, {.source = spec});
  EXPECT_EQ(given.state(), follows.state());
}

TEST(SourceRun, UsesTheSeedOfTheNetwork) {
  const RecordRequest symbol[] = {{Quantity::symbol}};
  const auto symbols = [&](std::uint64_t seed, bool reseeded) {
    Network network(Parameters{}, reseeded ? 77 : seed);
    network.run(10, {.source = counting});
    if (reseeded) network.reseed(seed);
    Recorder recorder(network, symbol, 200);
    network.run(200, {.source = counting}, {&recorder});
    return recorder.take()[0];
  };
  EXPECT_EQ(symbols(1, false), symbols(1, true));
  EXPECT_NE(symbols(1, false), symbols(2, false));
}

/// Shows unit `step` mod ne, or what a test asks for.
class OwnSource final : public Source {
public:
  void prepare(std::size_t ne, std::size_t /*nu*/, std::uint64_t seed) override {
    prepared_for = ne;
    seed_given = seed;
  }
  void seek(std::uint64_t step) override { step_ = step; }
  Shown next() override {
    if (step_ == throws_at) throw std::runtime_error("the source of a user fails");
    unit = step_ < wrong_at ? static_cast<std::uint32_t>(step_ % 20) : wrong_unit;
    ++step_;
    return {Symbol{7}, std::span(&unit, 1), std::span(&drive, 1)};
  }
  std::size_t reach() const noexcept override { return reach_; }

  std::uint32_t unit = 0;
  double drive = 1.5;
  std::uint64_t throws_at = Source::no_end;
  std::uint64_t wrong_at = Source::no_end;
  std::uint32_t wrong_unit = 20;
  std::size_t reach_ = 20;
  std::size_t prepared_for = 0;
  std::uint64_t seed_given = 0;

private:
  std::uint64_t step_ = 0;
};

const Parameters driven{.ne = 20, .nu = 4, .lambda_ee = 5, .lambda_ei = 5, .h_ip = 0.1};

TEST(OwnSource, DrivesARun) {
  OwnSource source;
  const Drives drives = drives_of(source, 20, 0, 60);
  Parameters of_array = driven;
  of_array.nu = 20;
  Network reference(of_array, 3);
  reference.run(60, {.inputs = InputView::step_major(drives.values, 20)});
  Network network(driven, 3);
  network.run(25, {.own_source = &source});
  EXPECT_EQ(source.prepared_for, 20U);
  EXPECT_EQ(source.seed_given, 3U);
  network.run(35, {.own_source = &source, .threads = 3});
  EXPECT_EQ(network.state(), reference.state());
}

TEST(OwnSource, EndsTheRunBeforeTheStepInWhichItThrows) {
  OwnSource source;
  source.throws_at = 30;
  Network network(driven, 3);
  EXPECT_THROW(network.run(60, {.own_source = &source}), std::runtime_error);
  EXPECT_EQ(network.state().step, 30U);
  source.throws_at = Source::no_end;
  network.run(30, {.own_source = &source});
  Network uninterrupted(driven, 3);
  uninterrupted.run(60, {.own_source = &source});
  EXPECT_EQ(network.state(), uninterrupted.state());
}

TEST(OwnSource, IsRefusedIfItDrivesWhatIsNotThere) {
  OwnSource source;
  Network network(driven, 3);
  source.wrong_at = 5;
  EXPECT_THAT(message_of<StateError>([&] { network.run(10, {.own_source = &source}); }),
              AllOf(HasSubstr("unit 20 in step 5"), HasSubstr("below its reach, 20")));
  EXPECT_EQ(network.state().step, 5U);
  source.wrong_unit = 3;
  source.drive = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(message_of<StateError>([&] { network.run(10, {.own_source = &source}); }), HasSubstr("with nan"));
  source.reach_ = 21;
  EXPECT_THAT(message_of<ParameterError>([&] { network.run(10, {.own_source = &source}); }),
              HasSubstr("drives unit 20"));
}

}  // namespace
}  // namespace sorn

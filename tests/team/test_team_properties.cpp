// The same seed gives the same bits on any number of threads and ranks, also if these change between two runs.
#include "helpers/any_parameters.hpp"
#include "helpers/consistency.hpp"
#include "helpers/random.hpp"
#include "helpers/thread_ranks.hpp"

#include <sorn/error.hpp>
#include <sorn/network.hpp>
#include <sorn/recorder.hpp>
#include <sorn/share.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <mutex>
#include <stdexcept>

namespace sorn {
namespace {

using test::on_ranks;
using test::Random;

std::size_t any_threads(Random& random) { return random.one_of<std::size_t>({1, 2, 3, 4, 7}); }
std::size_t any_ranks(Random& random) { return random.between(1, 4); }

const std::vector<RecordRequest> watched{{Quantity::excitatory}, {Quantity::inhibitory}, {Quantity::recurrent},
                                         {Quantity::ee_count},   {Quantity::ei_count},   {Quantity::ie_count},
                                         {Quantity::activity}};

/// The result of a run: its recordings and the state.
struct Outcome {
  std::vector<Recording> recordings;
  State state;
  bool operator==(const Outcome&) const = default;
};

/// A network, and two runs of it.
struct Case {
  Parameters parameters;
  std::uint64_t seed;
  RunOptions options;
  std::vector<double> drive;
  std::size_t first, second;

  explicit Case(Random& random) : parameters(test::any_parameters()), seed(random.below(~std::size_t{0})) {
    Parameters& p = parameters;
    p.ne = random.one_of({random.between(2, 40), random.between(60, 260)});
    p.ni = random.between(1, 60);
    p.nu = random.between(1, p.ne);
    if (2 * p.nu >= p.ne) p.h_ip = 0.1;
    p.lambda_ee = random.real(0, static_cast<double>(std::min<std::size_t>(p.ne - 1, 30)));
    p.lambda_ei = random.real(0, static_cast<double>(std::min<std::size_t>(p.ne, 40)));
    first = random.between(1, 40);
    second = random.between(1, 40);
    options.freeze = test::any_freeze();
    options.noise = Noise::gaussian(random.one_of({0.0, 0.04, 1.0}));
    drive = random.reals(p.nu * (first + second), -0.3, 1.0);
    if (random.below(3) != 0)
      options.inputs = {drive.data(), p.nu, first + second, 1, static_cast<std::ptrdiff_t>(p.nu)};
  }

  /// The second of the two runs.
  RunOptions later() const {
    RunOptions result = options;
    if (result.inputs.data == nullptr) return result;
    result.inputs.data += first * parameters.nu;
    result.inputs.steps -= first;
    return result;
  }

  Outcome expected() const {
    Network network(parameters, seed);
    Recorder recorder(network, watched, first + second);
    run(network, recorder, first, options, 1);
    run(network, recorder, second, later(), 1);
    return {recorder.take(), network.state()};
  }

  static void run(Network& network, Observer& observer, std::size_t steps, RunOptions how, std::size_t threads) {
    how.threads = threads;
    const std::array<Observer*, 1> observers{&observer};
    RC_ASSERT(network.run(steps, how, observers) == steps);
  }
};

Random any_random() { return Random(*rc::gen::arbitrary<std::uint64_t>()); }

RC_GTEST_PROP(Threads, DoNotChangeResults, ()) {
  Random random = any_random();
  const Case c(random);
  const Outcome expected = c.expected();
  Network network(c.parameters, c.seed);
  Recorder recorder(network, watched, c.first + c.second);
  Case::run(network, recorder, c.first, c.options, any_threads(random));
  const Network copy = network;  // must not change in the second run
  const State between = copy.state();
  Case::run(network, recorder, c.second, c.later(), any_threads(random));
  RC_ASSERT((Outcome{recorder.take(), network.state()} == expected));
  RC_ASSERT(copy.state() == between);
  const Zeros resting = c.parameters.keep_zero == Toggle::on ? Zeros::kept : Zeros::dropped;
  RC_ASSERT(test::inconsistency(*network.state().wee, resting) == "");
  RC_ASSERT(test::inconsistency(*network.state().wei) == "");
  RC_ASSERT(test::inconsistency(*network.state().wie) == "");
}

/// The outcome on `ranks_first` ranks of `threads` threads each; the second run begins from the gathered state of the
/// first on another number of ranks.
Outcome on_ranks_then(const Case& c, std::size_t ranks_first, std::size_t ranks_then, std::size_t threads) {
  std::vector<Recording> recordings;
  State between;
  on_ranks(ranks_first, [&](const std::shared_ptr<Ranks>& ranks) {
    Network network(c.parameters, c.seed, ranks);
    Recorder recorder(network, watched, c.first + c.second);
    Case::run(network, recorder, c.first, c.options, threads);
    State whole = gathered(network.state(), *ranks);
    if (ranks->rank() != 0) return;
    between = std::move(whole);
    recordings = recorder.take();
  });
  Outcome outcome;
  on_ranks(ranks_then, [&](const std::shared_ptr<Ranks>& ranks) {
    Network network(c.parameters, between, ranks);
    Recorder recorder(network, watched, c.second);
    Case::run(network, recorder, c.second, c.later(), threads);
    State whole = gathered(network.state(), *ranks);
    if (ranks->rank() == 0) outcome = {recorder.take(), std::move(whole)};
  });
  for (std::size_t k = 0; k < recordings.size(); ++k) {
    std::visit(
        [&](auto& all) {
          const auto& more = std::get<std::decay_t<decltype(all)>>(outcome.recordings[k].values);
          all.insert(all.end(), more.begin(), more.end());
        },
        recordings[k].values);
    recordings[k].rows += outcome.recordings[k].rows;
  }
  return {std::move(recordings), std::move(outcome.state)};
}

/// Reads the activity in some steps only, and stops the run after one of them.
class NowAndThen final : public Observer {
public:
  NowAndThen(std::uint64_t period, std::uint64_t last) : period_(period), last_(last) {}

  bool reads_activity(std::uint64_t step) const noexcept override { return step % period_ == 0; }
  Outcome on_step(const StepView& view) override {
    const State& s = view.state;
    if (reads_activity(view.step)) seen.push_back({s.x_previous, s.x, s.y_previous, s.y, to_vector(view.recurrent)});
    return view.step == last_ ? Outcome::stop : Outcome::go_on;
  }

  using Bytes = std::vector<std::uint8_t>;
  std::vector<std::array<Bytes, 5>> seen;

private:
  static Bytes to_vector(std::span<const std::uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

  std::uint64_t period_, last_;
};

/// A rank of many reads only the activity of units whose synapses it has.
RC_GTEST_PROP(RanksWithFewSynapses, DoNotChangeResults, ()) {
  Random random = any_random();
  Case c(random);
  Parameters& p = c.parameters;
  p.ne = random.between(150, 500);
  p.ni = random.between(10, 100);
  p.nu = random.between(1, 40);
  p.lambda_ee = random.real(0, 3);
  p.lambda_ei = random.real(0, 3);
  p.network_type_ie = Connectivity::sparse;
  p.lambda_ie = random.real(0, 2);
  p.sp_probability = random.one_of({0.1, 1.0});  // new synapses of units that the rank did not need before
  c.drive = random.reals(p.nu * (c.first + c.second), -0.3, 1.0);
  c.options.inputs = {};
  if (random.below(3) != 0) {
    c.options.inputs = {c.drive.data(), p.nu, c.first + c.second, 1, static_cast<std::ptrdiff_t>(p.nu)};
  }
  const std::uint64_t period = random.between(2, 30);
  const std::uint64_t last = random.between(0, c.first + 1);

  Network alone(p, c.seed);
  NowAndThen expected(period, last);
  const std::array<Observer*, 1> watching{&expected};
  const std::size_t asked = c.first;
  c.first = alone.run(asked, c.options, watching);  // may have stopped before
  alone.run(c.second, c.later(), watching);

  on_ranks(random.between(2, 9), [&](const std::shared_ptr<Ranks>& ranks) {
    Network network(p, c.seed, ranks);
    NowAndThen found(period, last);
    const std::array<Observer*, 1> also_watching{&found};
    network.run(asked, c.options, also_watching);
    network.run(c.second, c.later(), also_watching);
    const State whole = gathered(network.state(), *ranks);
    if (found.seen != expected.seen) throw std::runtime_error("the activity of some step differs");
    if (ranks->rank() == 0 && !(whole == alone.state())) throw std::runtime_error("the state differs");
  });
}

RC_GTEST_PROP(RanksInThreads, DoNotChangeResults, ()) {
  Random random = any_random();
  const Case c(random);
  const std::size_t threads = random.one_of<std::size_t>({1, 1, 2, 3});
  RC_ASSERT((on_ranks_then(c, any_ranks(random), any_ranks(random), threads) == c.expected()));
}

RC_GTEST_PROP(Share, BuiltDirectlyEqualsThatOfTheWholeNetwork, ()) {
  Random random = any_random();
  const Case c(random);
  const State whole = build_state(c.parameters, c.seed);
  const std::size_t ranks = random.between(1, 5);
  for (std::size_t rank = 0; rank < ranks; ++rank) {
    const Ownership own = ownership(whole.ne(), whole.ni(), ranks, rank);
    RC_ASSERT(build_share(c.parameters, c.seed, ranks, rank) == share_of(whole, own));
  }
}

/// Stops or fails at a step on one rank.
class Saboteur final : public Observer {
public:
  Saboteur(std::size_t step, bool fails) : step_(step), fails_(fails) {}
  Outcome on_step(const StepView& view) override {
    if (view.step != step_) return Outcome::go_on;
    if (fails_) throw IoError("the file", "is full");
    return Outcome::stop;
  }

private:
  std::size_t step_;
  bool fails_;
};

TEST(RanksInThreads, StopTogether) {
  Parameters p;
  p.ne = 100;
  p.lambda_ei = 20;
  Network expected(p, 3);
  expected.run(8);
  for (const std::size_t threads : {1U, 2U}) {
    on_ranks(3, [&](const std::shared_ptr<Ranks>& ranks) {
      Network network(p, 3, ranks);
      Saboteur saboteur(ranks->rank() == 1 ? 7 : 1000, false);
      const std::array<Observer*, 1> observers{&saboteur};
      EXPECT_EQ(network.run(50, {.threads = threads}, observers), 8U);
      const State whole = gathered(network.state(), *ranks);
      if (ranks->rank() == 0) {
        EXPECT_EQ(whole, expected.state());
      }
    });
  }
}

TEST(RanksInThreads, FailTogether) {
  Parameters p;
  p.ne = 100;
  p.lambda_ei = 20;
  for (const std::size_t step : {0U, 7U, 49U}) {
    on_ranks(3, [&](const std::shared_ptr<Ranks>& ranks) {
      Network network(p, 3, ranks);
      Saboteur saboteur(ranks->rank() == 1 ? step : 1000, true);
      const std::array<Observer*, 1> observers{&saboteur};
      try {
        network.run(50, {}, observers);
        ADD_FAILURE() << "rank " << ranks->rank() << " does not know that rank 1 failed";
      } catch (const IoError& error) {
        EXPECT_EQ(error.what(), std::string(ranks->rank() == 1 ? "" : "rank 1: ") + "the file: is full");
      }
      EXPECT_EQ(network.state().step, step + 1);
    });
  }
}

TEST(RanksInThreads, AgreeOnBadInput) {
  Parameters good;
  good.ne = 100;
  good.lambda_ei = 20;
  Parameters bad = good;
  bad.eta_ip = -1;
  on_ranks(2, [&](const std::shared_ptr<Ranks>& ranks) {
    EXPECT_THROW(Network(ranks->rank() == 1 ? bad : good, 3, ranks), ParameterError);
    Network network(good, 3, ranks);
    const RunOptions options{.noise = Noise::gaussian(ranks->rank() == 0 ? -1.0 : 0.04)};
    EXPECT_THROW(network.run(5, options), ParameterError);
    EXPECT_EQ(network.run(5), 5U);
  });
}

TEST(Share, OfOneRankIsRefusedAsANetwork) {
  Parameters p;
  EXPECT_THROW(Network(p, build_share(p, 1, 2, 0)), StateError);
}

TEST(Threads, TooManyAreRefused) {
  Network network(Parameters{}, 1);
  EXPECT_THROW(network.run(1, {.threads = 100'000}), ParameterError);
}

}  // namespace
}  // namespace sorn

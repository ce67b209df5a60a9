// Readouts of random spikes: training, scores, an update step by step, and a network in a closed loop beside the same
// network with a source.
#include <sorn/closed_loop.hpp>
#include <sorn/network.hpp>
#include <sorn/readout.hpp>
#include <sorn/recursive_least_squares.hpp>
#include <sorn/variant.hpp>

#include <benchmark/benchmark.h>

#include <cstdint>
#include <random>
#include <vector>

namespace sorn::bench {
namespace {

constexpr std::size_t steps = 5'000;
constexpr std::size_t classes = 6;

SpikeTrain spikes(std::size_t units) {
  std::mt19937_64 generator(1);
  SpikeTrain train(steps, units);
  for (std::size_t t = 0; t < steps; ++t) {
    for (std::size_t i = 0; i < units; ++i) {
      if (generator() % 10 == 0) train.set(t, i);
    }
  }
  return train;
}

std::vector<std::int64_t> labels() {
  std::mt19937_64 generator(2);
  std::vector<std::int64_t> result(steps);
  for (std::int64_t& label : result) label = static_cast<std::int64_t>(generator() % classes);
  return result;
}

readout::Training trained(const SpikeTrain& states) {
  readout::Training training;
  training.add(states, labels());
  return training;
}

void add(benchmark::State& bench) {
  const SpikeTrain states = spikes(static_cast<std::size_t>(bench.range(0)));
  const std::vector<std::int64_t> targets = labels();
  for (auto _ : bench) {
    readout::Training training;
    training.add(states, targets);
    benchmark::DoNotOptimize(training.steps());
  }
}

void least_squares(benchmark::State& bench) {
  const readout::Training training = trained(spikes(static_cast<std::size_t>(bench.range(0))));
  for (auto _ : bench) benchmark::DoNotOptimize(training.least_squares());
}

void ridge(benchmark::State& bench) {
  const readout::Training training = trained(spikes(static_cast<std::size_t>(bench.range(0))));
  for (auto _ : bench) benchmark::DoNotOptimize(training.ridge(1.0));
}

void scores(benchmark::State& bench) {
  const SpikeTrain states = spikes(static_cast<std::size_t>(bench.range(0)));
  const readout::Readout readout = trained(states).ridge(1.0);
  for (auto _ : bench) benchmark::DoNotOptimize(readout.scores(states));
}

void recursive_update(benchmark::State& bench) {
  const auto units = static_cast<std::size_t>(bench.range(0));
  std::vector<std::uint8_t> bytes(steps * units);
  spikes(units).to_bytes(bytes);
  readout::RecursiveLeastSquares online(units, classes);
  std::size_t t = 0;
  for (auto _ : bench) {
    online.add(std::span<const std::uint8_t>(bytes).subspan(t * units, units), static_cast<std::int64_t>(t % classes));
    t = (t + 1) % steps;
  }
}

/// A thousand steps of the counting task, shown by the source or named by a readout.
void a_thousand_steps(benchmark::State& bench, bool closed) {
  const auto units = static_cast<std::size_t>(bench.range(0));
  Parameters parameters = parameters_of(VariantName::lazar2009);
  parameters.ne = units;
  Network network(parameters, 1);
  const SourceSpec counting = source_spec("counting:n=8,pool_size=10");
  readout::ClosedLoop loop(trained(spikes(units)).ridge(1.0), counting);
  RunOptions options{.phase = Phase::training};
  if (closed) {
    options.own_source = &loop;
  } else {
    options.source = counting;
  }
  network.run(1000, {.source = counting});
  for (auto _ : bench) network.run(1000, options);
  bench.counters["steps/s"] =
      benchmark::Counter(1000.0 * static_cast<double>(bench.iterations()), benchmark::Counter::kIsRate);
}

void shown(benchmark::State& bench) { a_thousand_steps(bench, false); }
void closed_loop(benchmark::State& bench) { a_thousand_steps(bench, true); }

}  // namespace

BENCHMARK(add)->Arg(200)->Arg(1000)->Unit(benchmark::kMicrosecond);
BENCHMARK(least_squares)->Arg(200)->Arg(1000)->Unit(benchmark::kMicrosecond);
BENCHMARK(ridge)->Arg(200)->Arg(1000)->Unit(benchmark::kMicrosecond);
BENCHMARK(scores)->Arg(200)->Arg(1000)->Unit(benchmark::kMicrosecond);
BENCHMARK(recursive_update)->Arg(200)->Arg(1000)->Unit(benchmark::kMicrosecond);
BENCHMARK(shown)->Arg(200)->Arg(1000)->Unit(benchmark::kMicrosecond);
BENCHMARK(closed_loop)->Arg(200)->Arg(1000)->Unit(benchmark::kMicrosecond);

}  // namespace sorn::bench

// Whole steps, a hundred in each iteration: steps of the engine in each phase, with and without recording, and steps of
// the plain network.
#include "networks.hpp"
#include "plain/plain_network.hpp"

#include <sorn/recorder.hpp>

#include <benchmark/benchmark.h>

#include <array>

namespace sorn::bench {
namespace {

constexpr std::size_t steps_at_once = 100;

/// A network that has run for a while, and its inputs.
struct Subject {
  Network network;
  Inputs inputs;

  explicit Subject(std::size_t ne) : network(parameters(ne), 1), inputs(parameters(ne).nu, steps_at_once) {
    run(network, inputs, warm_up_steps);
  }
};

Subject subject(const benchmark::State& bench) { return Subject(static_cast<std::size_t>(bench.range(0))); }

/// Counts the steps and the plastic synapses in each of them. The number of these synapses decreases during a run.
class Counter {
public:
  void add(double synapses) noexcept {
    steps_ += static_cast<double>(steps_at_once);
    visits_ += static_cast<double>(steps_at_once) * synapses;
  }
  void report(benchmark::State& bench) const {
    bench.counters["steps/s"] = benchmark::Counter(steps_, benchmark::Counter::kIsRate);
    bench.counters["visits/s"] = benchmark::Counter(visits_, benchmark::Counter::kIsRate);
  }

private:
  double steps_ = 0.0;
  double visits_ = 0.0;
};

void run_engine(benchmark::State& bench, const RunOptions& options) {
  auto [network, inputs] = subject(bench);
  Counter counter;
  for (auto _ : bench) {
    counter.add(plastic_synapses(network));
    run(network, inputs, steps_at_once, options);
  }
  counter.report(bench);
}

void plasticity(benchmark::State& bench) { run_engine(bench, {}); }
void training(benchmark::State& bench) { run_engine(bench, {.phase = Phase::training}); }
void plasticity_without_noise(benchmark::State& bench) { run_engine(bench, {.noise = Noise::off()}); }

/// The time includes the allocation of the recordings.
void plasticity_recorded(benchmark::State& bench) {
  auto [network, inputs] = subject(bench);
  Counter counter;
  for (auto _ : bench) {
    counter.add(plastic_synapses(network));
    Recorder recorder(network, activity_and_count, steps_at_once);
    const std::array<Observer*, 1> observers{&recorder};
    run(network, inputs, steps_at_once, {}, observers);
    benchmark::DoNotOptimize(recorder.recordings().data());
  }
  counter.report(bench);
}

void plain_network(benchmark::State& bench) {
  const auto [network, inputs] = subject(bench);
  plain::PlainNetwork plain(network.parameters(), network.state());
  Counter counter;
  for (auto _ : bench) {
    counter.add(static_cast<double>(plain.ee_count() + plain.ei_count()));
    for (std::size_t t = 0; t < steps_at_once; ++t) plain.step(inputs.step(t), Parameters{}.noise_sigma);
  }
  counter.report(bench);
}

void sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->Arg(200)->Arg(1000)->Arg(10000)->Unit(benchmark::kMicrosecond);
}

BENCHMARK(plasticity)->Apply(sizes);
BENCHMARK(training)->Apply(sizes);
BENCHMARK(plasticity_without_noise)->Apply(sizes);
BENCHMARK(plasticity_recorded)->Apply(sizes);
BENCHMARK(plain_network)->Apply(sizes);

}  // namespace
}  // namespace sorn::bench

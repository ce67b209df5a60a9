// Time of a step and of its parts. Steps a second of the default network is the number that users ask for.
//   cmake -S . -B build/bench -G Ninja -DSORN_BUILD_BENCH=ON && cmake --build build/bench &&
//   build/bench/bench/bench_step
#include "kernels/random.hpp"

#include <sorn/sorn.hpp>

#include <benchmark/benchmark.h>

#include <vector>

namespace {

/// All rules, noise on, uniform inputs; ne is the argument. Larger networks have a sparse W_IE and a tenth of the
/// units driven, so that a tenth fires.
void run_steps(benchmark::State& bench, sorn::RunOptions options) {
  const auto ne = static_cast<std::size_t>(bench.range(0));
  sorn::Parameters p{.ne = ne, .nu = ne / 20};
  if (ne > 500) {
    p.network_type_ie = sorn::Connectivity::sparse;
    p.lambda_ie = 40.0 * 100.0 / static_cast<double>(ne);
  }
  sorn::Network network(p, 1);
  std::vector<double> u(p.nu);
  for (std::size_t f = 0; f < p.nu; ++f) u[f] = static_cast<double>(f % 10) / 10;
  constexpr std::size_t steps_at_once = 100;
  options.inputs = {u.data(), p.nu, steps_at_once, 1, 0};
  network.run(1000, {.inputs = {u.data(), p.nu, 1000, 1, 0}});
  for (auto _ : bench) network.run(steps_at_once, options);
  bench.counters["steps/s"] =
      benchmark::Counter(static_cast<double>(bench.iterations() * steps_at_once), benchmark::Counter::kIsRate);
  bench.counters["synapses"] = static_cast<double>(network.state().wee->synapse_count());
}

void plasticity(benchmark::State& bench) { run_steps(bench, {}); }
void training(benchmark::State& bench) { run_steps(bench, {.phase = sorn::Phase::training}); }
void plasticity_without_noise(benchmark::State& bench) { run_steps(bench, {.noise = sorn::Noise::off()}); }

void gaussian_noise(benchmark::State& bench) {
  std::vector<double> out(static_cast<std::size_t>(bench.range(0)));
  std::uint64_t step = 0;
  for (auto _ : bench) {
    sorn::kernels::fill_gaussian(1, sorn::kernels::Stream::noise_excitatory, step++, out);
    benchmark::DoNotOptimize(out.data());
  }
  bench.SetItemsProcessed(bench.iterations() * bench.range(0));
}

}  // namespace

BENCHMARK(plasticity)->Arg(200)->Arg(1000)->Arg(10000)->Unit(benchmark::kMicrosecond);
BENCHMARK(training)->Arg(200)->Arg(1000)->Arg(10000)->Unit(benchmark::kMicrosecond);
BENCHMARK(plasticity_without_noise)->Arg(200)->Unit(benchmark::kMicrosecond);
BENCHMARK(gaussian_noise)->Arg(240)->Arg(12000);

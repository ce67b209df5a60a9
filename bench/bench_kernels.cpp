// Each kernel on the state of a network that has run for a while. Kernels that follow spikes get the activity of
// another step in every iteration. For kernels that change the state, every change is followed by its opposite, so that
// the state is the same in each iteration.
#include "core/synapse_slice.hpp"
#include "kernels/fire.hpp"
#include "kernels/gaussian.hpp"
#include "kernels/intrinsic.hpp"
#include "kernels/istdp.hpp"
#include "kernels/random.hpp"
#include "kernels/scaling.hpp"
#include "kernels/structural.hpp"
#include "snapshot.hpp"

#include <sorn/network.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>

namespace sorn::bench {
namespace {

using kernels::Stream;

const Snapshot& subject(const benchmark::State& bench) { return snapshot(static_cast<std::size_t>(bench.range(0))); }

const Moment& moment(const Snapshot& s, std::size_t n) { return s.moments[n % s.moments.size()]; }

// --- drive and firing ------------------------------------------------------------------------------------------------

void push_drive_wee(benchmark::State& bench) {
  const Snapshot& s = subject(bench);
  std::vector<double> drive(s.state.ne());
  std::size_t n = 0;
  for (auto _ : bench) {
    kernels::push_drive(s.state.wee->slice(0).columns(), moment(s, n++).active.list(), drive);
    benchmark::ClobberMemory();
  }
}

void push_drive_wei(benchmark::State& bench) {
  const Snapshot& s = subject(bench);
  std::vector<double> drive(s.state.ne());
  std::size_t n = 0;
  for (auto _ : bench) {
    kernels::push_drive(s.state.wei->slice(0).columns(), moment(s, n++).active_y.list(), drive);
    benchmark::ClobberMemory();
  }
}

void push_drive_wie(benchmark::State& bench) {
  const Snapshot& s = subject(bench);
  std::vector<double> drive(s.state.ni());
  std::size_t n = 0;
  for (auto _ : bench) {
    kernels::push_drive(s.wie_rows, moment(s, n++).active.list(), drive);
    benchmark::ClobberMemory();
  }
}

void excitatory_margins(benchmark::State& bench) {
  const Snapshot& s = subject(bench);
  std::vector<double> margin = s.margin_e;
  for (auto _ : bench) {
    kernels::excitatory_margins(s.excitation, s.inhibition, s.input, s.state.te, margin);
    benchmark::ClobberMemory();
  }
}

void inhibitory_margins(benchmark::State& bench) {
  const Snapshot& s = subject(bench);
  std::vector<double> margin = s.margin_i;
  for (auto _ : bench) {
    kernels::inhibitory_margins(s.inhibitory_drive, 0.0, s.state.ti, margin);
    benchmark::ClobberMemory();
  }
}

void fire_excitatory(benchmark::State& bench) {
  const Snapshot& s = subject(bench);
  const std::vector<double> noise(s.margin_e.size());
  std::vector<std::uint8_t> recurrent(s.state.ne());
  std::vector<std::uint8_t> spikes(s.state.ne());
  for (auto _ : bench) {
    kernels::fire_excitatory({}, s.excitation, s.inhibition, noise, s.input, s.state.te, recurrent, spikes);
    benchmark::ClobberMemory();
  }
}

void fire_inhibitory(benchmark::State& bench) {
  const Snapshot& s = subject(bench);
  const std::vector<double> noise(s.margin_i.size());
  std::vector<std::uint8_t> spikes(s.state.ni());
  for (auto _ : bench) {
    kernels::fire_inhibitory({}, s.inhibitory_drive, noise, s.state.ti, spikes);
    benchmark::ClobberMemory();
  }
}

void list_equal(benchmark::State& bench) {
  const Snapshot& s = subject(bench);
  std::vector<std::uint32_t> list(s.state.ne() + kernels::list_padding);
  std::size_t n = 0;
  for (auto _ : bench) benchmark::DoNotOptimize(kernels::list_equal(moment(s, n++).x, 1, list));
}

// --- noise -----------------------------------------------------------------------------------------------------------

void fill_gaussian(benchmark::State& bench) {
  std::vector<double> out(subject(bench).state.ne());
  std::uint64_t step = 0;
  for (auto _ : bench) {
    kernels::fill_gaussian(1, Stream::noise_excitatory, step++, out);
    benchmark::ClobberMemory();
  }
}

void fill_needed_gaussian(benchmark::State& bench) {
  const Snapshot& s = subject(bench);
  kernels::NeededPairs scratch(s.state.ne());
  std::vector<double> out(s.margin_e.size());
  std::uint64_t step = 0;
  for (auto _ : bench) {
    kernels::fill_needed_gaussian(1, Stream::noise_excitatory, step++, 0, Parameters{}.noise_sigma, s.margin_e, scratch,
                                  out);
    benchmark::ClobberMemory();
  }
}

// --- plasticity ------------------------------------------------------------------------------------------------------

void stdp(benchmark::State& bench) {
  const Snapshot& s = subject(bench);
  SynapseMatrix wee = *s.state.wee;
  kernels::StdpScratch scratch(s.state.ne());
  kernels::Vanished vanished(s.state.ne());
  std::size_t n = 0;
  for (auto _ : bench) {
    const Moment& m = moment(s, n / 2);
    const auto spikes = n++ % 2 == 0 ? m.spikes() : m.spikes_reversed();
    kernels::stdp(wee.slice(0).columns(), spikes, s.parameters.eta_stdp, {}, scratch, vanished);
    vanished.clear();  // the synapses stay: the opposite change restores them
  }
}

void intrinsic_plasticity(benchmark::State& bench) {
  const Snapshot& s = subject(bench);
  const Parameters& p = s.parameters;
  std::vector<double> te = s.state.te;
  const std::vector<double> target(te.size(), p.target_rate());
  std::size_t n = 0;
  for (auto _ : bench) {
    const double eta = n % 2 == 0 ? p.eta_ip : -p.eta_ip;
    kernels::intrinsic_plasticity(te, moment(s, n++ / 2).next_x, target, eta, p.te_min, p.te_max);
    benchmark::ClobberMemory();
  }
}

void structural_plasticity(benchmark::State& bench) {
  const Snapshot& s = subject(bench);
  const SynapseSlice& wee = s.state.wee->slice(0);
  const std::uint64_t absent = kernels::absent_pairs(wee.columns(), wee.synapse_count());
  std::uint64_t step = 0;
  for (auto _ : bench) {
    const std::uint64_t word = kernels::random_word(1, Stream::structural, step++, 0);
    benchmark::DoNotOptimize(kernels::absent_pair(wee.columns(), kernels::below(absent, word)));
  }
}

void istdp(benchmark::State& bench) {
  const Snapshot& s = subject(bench);
  SynapseMatrix wei = *s.state.wei;
  kernels::Vanished vanished(s.state.ne());
  std::size_t n = 0;
  for (auto _ : bench) {
    const Moment& m = moment(s, n / 2);
    const double eta = n++ % 2 == 0 ? s.parameters.eta_inhib : -s.parameters.eta_inhib;
    kernels::istdp(wei.slice(0).columns(), m.active_y.list(), m.next_x, eta, s.parameters.mu_ip, 0.0, vanished);
    vanished.clear();
  }
}

/// Marks the columns that a step would change, and scales them.
void scale(benchmark::State& bench, SynapseMatrix matrix, std::vector<std::uint8_t> Moment::*settled) {
  const Snapshot& s = subject(bench);
  kernels::ScalingScratch scratch(s.state.ne());
  kernels::Vanished vanished(s.state.ne());
  const kernels::Columns columns = matrix.slice(0).columns();
  std::size_t n = 0;
  for (auto _ : bench) {
    const auto& marks = moment(s, n++).*settled;
    std::copy(marks.begin(), marks.end(), columns.settled);
    kernels::scale_columns(columns, {}, scratch, vanished);
  }
}

void scale_columns_wee(benchmark::State& bench) { scale(bench, *subject(bench).state.wee, &Moment::wee_settled); }
void scale_columns_wei(benchmark::State& bench) { scale(bench, *subject(bench).state.wei, &Moment::wei_settled); }

void sizes(benchmark::internal::Benchmark* benchmark) { benchmark->Arg(200)->Arg(1000)->Arg(10000); }

BENCHMARK(push_drive_wee)->Apply(sizes);
BENCHMARK(push_drive_wei)->Apply(sizes);
BENCHMARK(push_drive_wie)->Apply(sizes);
BENCHMARK(excitatory_margins)->Apply(sizes);
BENCHMARK(inhibitory_margins)->Apply(sizes);
BENCHMARK(fill_gaussian)->Apply(sizes);
BENCHMARK(fill_needed_gaussian)->Apply(sizes);
BENCHMARK(fire_excitatory)->Apply(sizes);
BENCHMARK(fire_inhibitory)->Apply(sizes);
BENCHMARK(list_equal)->Apply(sizes);
BENCHMARK(stdp)->Apply(sizes);
BENCHMARK(intrinsic_plasticity)->Apply(sizes);
BENCHMARK(structural_plasticity)->Apply(sizes);
BENCHMARK(istdp)->Apply(sizes);
BENCHMARK(scale_columns_wee)->Apply(sizes);
BENCHMARK(scale_columns_wei)->Apply(sizes);

}  // namespace
}  // namespace sorn::bench

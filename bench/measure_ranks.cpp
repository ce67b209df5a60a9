// The data for the predictions of docs/scaling.md: steps of one network on the processes that mpirun started, or on one
// process without mpirun. Prints the processor time of each rank's own work, which excludes other processes on the same
// cores, the wall-clock time, the time of the step's collective call, and memory, as JSON.
#include "networks.hpp"
#include "rank_timing.hpp"
#include "timing.hpp"

#include "team/exchange.hpp"
#include "team/mpi/mpi_session.hpp"

#include <fmt/ranges.h>

#include <bit>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>

using namespace sorn;

namespace {

/// The ranks of a network; measures the time that this rank spends in their calls.
class TimedRanks final : public Ranks {
public:
  explicit TimedRanks(std::shared_ptr<Ranks> ranks) : ranks_(std::move(ranks)) {}
  std::size_t rank() const noexcept override { return ranks_->rank(); }
  std::size_t size() const noexcept override { return ranks_->size(); }
  void all_gather(std::span<std::uint64_t> words, std::span<const std::size_t> bounds) override {
    const double begin = bench::thread_seconds();
    clock += bench::clock_seconds([&] { ranks_->all_gather(words, bounds); });
    processor += bench::thread_seconds() - begin;
  }
  void collect(std::span<const std::byte> bytes, const Take& take) override { ranks_->collect(bytes, take); }

  double clock = 0.0;
  double processor = 0.0;

private:
  std::shared_ptr<Ranks> ranks_;
};

/// Gathers a value of each rank on all ranks.
template <class T>
std::vector<T> of_all(Ranks* ranks, T own) {
  if (ranks == nullptr) return {own};
  std::vector<std::uint64_t> words(ranks->size());
  std::vector<std::size_t> bounds(ranks->size() + 1);
  for (std::size_t r = 0; r < ranks->size(); ++r) bounds[r + 1] = r + 1;
  words[ranks->rank()] = std::bit_cast<std::uint64_t>(own);
  ranks->all_gather(words, bounds);
  std::vector<T> values;
  for (const std::uint64_t word : words) values.push_back(std::bit_cast<T>(word));
  return values;
}

/// Seconds of one collective call that sends the activity of all units to all ranks: the median of several batches, in
/// which the ranks do nothing else.
double collective_seconds(TimedRanks& ranks, std::size_t ne, std::size_t ni, std::size_t driven) {
  constexpr std::size_t batches = 15;
  constexpr Shared all{.excitatory = true, .inhibitory = true};  // a step sends both in one message
  Exchange exchange(ranks, ne, ni, driven, std::span(&all, 1));
  std::vector<std::uint8_t> recurrent(ne), x(ne), y(ni);
  const auto time_of = [&](std::size_t calls) {
    SynapseCounts counts;
    ranks.clock = 0.0;
    for (std::size_t k = 0; k < calls; ++k) {
      exchange.gather(0, Intent::go_on, counts, recurrent, x, y);
      exchange.spread(0, recurrent, x, y);
    }
    return ranks.clock / static_cast<double>(calls);
  };
  time_of(1);
  const auto once = of_all(&ranks, time_of(1));
  const double slowest = *std::max_element(once.begin(), once.end());
  const auto calls = static_cast<std::size_t>(std::clamp(0.01 / slowest, 10.0, 100.0));
  std::vector<double> seconds;
  for (std::size_t b = 0; b < batches; ++b) seconds.push_back(time_of(calls));
  std::nth_element(seconds.begin(), seconds.begin() + batches / 2, seconds.end());
  return seconds[batches / 2];
}

/// Waits for this program's turn, which begins when the file has `turn` bytes.
void wait_for_turn(const std::string& file, std::size_t turn) {
  using namespace std::chrono_literals;
  std::error_code not_yet;
  while (std::filesystem::file_size(file, not_yet) < turn || not_yet) std::this_thread::sleep_for(2ms);
}

class SpikeCounter final : public Observer {
public:
  Outcome on_step(const StepView& view) override {
    spikes += std::count(view.state.x.begin(), view.state.x.end(), 1);
    return Outcome::go_on;
  }
  std::ptrdiff_t spikes = 0;
};

/// The arguments of the program.
struct Plan {
  std::size_t ne, warm_up, steps, windows, slices, threads;
  std::string turns;  // a file; empty: all windows without waiting
};

void measure(const Plan& plan, const std::shared_ptr<TimedRanks>& ranks) {
  const Parameters p = bench::parameters(plan.ne);
  const RunOptions options{.threads = plan.threads};
  const bench::Inputs inputs(p.nu, 20);
  Ranks* const all = ranks.get();
  const bool prints = !ranks || ranks->rank() == 0;

  std::optional<Network> network;
  const double build = bench::clock_seconds([&] {
    if (ranks) {
      network.emplace(p, 1, ranks);
    } else {
      network.emplace(p, 1);
    }
  });
  const auto peak = of_all(all, bench::memory("/proc/self/status", "VmHWM:"));
  bench::run(*network, inputs, 1, {.threads = plan.slices});  // divides the synapses into slices
  bench::run(*network, inputs, plan.warm_up, options);
  SpikeCounter counter;
  Observer* const observers[] = {&counter};
  bench::run(*network, inputs, inputs.steps(), options, observers);
  const auto resident = of_all(all, bench::memory("/proc/self/status", "VmRSS:"));
  const auto proportional = of_all(all, bench::memory("/proc/self/smaps_rollup", "Pss:"));
  const auto synapses = of_all(all, bench::plastic_synapses(*network));
  if (prints) {
    fmt::print(
        "{{\"ne\": {}, \"ranks\": {}, \"slices\": {}, \"threads\": {}, \"build_seconds\": {:.4g}, \"activity\": "
        "{:.4g}, "
        "\"synapses\": [{}], \"resident_bytes\": [{}], \"proportional_bytes\": [{}], \"peak_of_building\": [{}]}}\n",
        p.ne, peak.size(), plan.slices, plan.threads, build,
        static_cast<double>(counter.spikes) / static_cast<double>(inputs.steps() * p.ne), fmt::join(synapses, ", "),
        fmt::join(resident, ", "), fmt::join(proportional, ", "), fmt::join(peak, ", "));
    std::fflush(stdout);
  }
  for (std::size_t w = 0; w < plan.windows; ++w) {
    if (!plan.turns.empty()) wait_for_turn(plan.turns, w + 1);
    bench::run(*network, inputs, 1, options);  // so that all ranks are running
    if (ranks) ranks->clock = ranks->processor = 0.0;
    const double begin = bench::thread_seconds();
    const double clock = bench::clock_seconds([&] { bench::run(*network, inputs, plan.steps, options); });
    const double work = bench::thread_seconds() - begin - (ranks ? ranks->processor : 0.0);
    const auto steps = static_cast<double>(plan.steps);
    const auto clocks = of_all(all, clock / steps);
    const auto works = of_all(all, work / steps);
    const double collective = ranks ? collective_seconds(*ranks, p.ne, network->state().ni(), p.nu) : 0.0;
    const double latency = ranks ? collective_seconds(*ranks, ranks->size(), ranks->size(), 0) : 0.0;
    if (!prints) continue;
    fmt::print("{{\"clock\": {:.6g}, \"work\": [{:.6g}], \"collective\": {:.4g}, \"latency\": {:.4g}}}\n",
               *std::max_element(clocks.begin(), clocks.end()), fmt::join(works, ", "), collective, latency);
    std::fflush(stdout);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto session = team::MpiSession::begin_if_launched();
  return bench::report_errors([&] {
    const bool in_turns = argc == 8;
    const auto n = bench::numbers(in_turns ? argc - 1 : argc, argv, 6,
                                  "NE WARM_UP_STEPS STEPS WINDOWS SLICES THREADS [FILE OF TURNS]");
    std::shared_ptr<TimedRanks> ranks;
    if (session && session->size() > 1) ranks = std::make_shared<TimedRanks>(session->ranks());
    measure({n[0], n[1], n[2], n[3], n[4], n[5], in_turns ? argv[7] : ""}, ranks);
  });
}

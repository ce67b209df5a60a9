// One rank of a network with more ranks than this machine can run: its memory and the processor time of its work, as
// JSON. The other ranks are simulated: a random tenth of their units fires in each step.
#include "networks.hpp"
#include "rank_timing.hpp"
#include "timing.hpp"

#include <sorn/ranks.hpp>
#include <sorn/share.hpp>

#include <cmath>
#include <memory>
#include <optional>

using namespace sorn;

namespace {

/// The rank in the middle of `size` ranks. The other ranks never wait, and their units fire at random.
class MadeUpRanks final : public Ranks {
public:
  explicit MadeUpRanks(std::size_t size) : size_(size) {}
  std::size_t rank() const noexcept override { return size_ / 2; }
  std::size_t size() const noexcept override { return size_; }

  void all_gather(std::span<std::uint64_t> words, std::span<const std::size_t> bounds) override {
    const double begin = bench::thread_seconds();
    for (std::size_t r = 0; r < size_; ++r) {
      if (r == rank()) continue;
      const std::span<std::uint64_t> part = words.subspan(bounds[r], bounds[r + 1] - bounds[r]);
      constexpr std::size_t header = 4;  // as in Exchange: the run continues, no synapses
      std::fill_n(part.begin(), std::min(header, part.size()), 0);
      for (std::size_t k = header; k < part.size(); ++k) part[k] = a_tenth();
    }
    processor += bench::thread_seconds() - begin;
  }
  void collect(std::span<const std::byte> bytes, const Take& take) override { take(0, bytes); }

  double processor = 0.0;  // seconds in all_gather()

private:
  std::uint64_t word() noexcept {  // xorshift64
    state_ ^= state_ << 13U;
    state_ ^= state_ >> 7U;
    return state_ ^= state_ << 17U;
  }
  /// Bits that are set with probability 3/32, from five random bits: the last three and at least one of the first two
  /// are set.
  std::uint64_t a_tenth() noexcept { return (word() | word()) & word() & word() & word(); }

  std::size_t size_;
  std::uint64_t state_ = 88172645463325252U;
};

}  // namespace

int main(int argc, char** argv) {
  return bench::report_errors([&] {
    const auto arguments = bench::numbers(argc, argv, 5, "NE RANKS WARM_UP_STEPS STEPS WINDOWS");
    const Parameters p = bench::parameters(arguments[0]);
    const auto ranks = std::make_shared<MadeUpRanks>(arguments[1]);
    const std::uint64_t before = bench::memory("/proc/self/status", "VmRSS:");
    std::optional<Network> network;
    const bench::Inputs inputs(p.nu, 1);
    const auto run = [&](std::size_t steps) {  // the same inputs in every step
      RunOptions options;
      options.inputs = inputs.view(0, 1);
      options.inputs.steps = steps;
      options.inputs.step_stride = 0;
      network->run(steps, options);
    };

    const double build = bench::clock_seconds([&] { network.emplace(p, 1, ranks); });
    const std::uint64_t peak = bench::memory("/proc/self/status", "VmHWM:") - before;
    run(arguments[2]);
    fmt::print("{{\"ne\": {}, \"ranks\": {}, \"build_seconds\": {:.4g}, \"peak_of_building\": {}, \"synapses\": {},\n",
               p.ne, ranks->size(), build, peak, bench::plastic_synapses(*network));
    fmt::print(" \"work\": [");
    for (std::size_t w = 0; w < arguments[4]; ++w) {
      ranks->processor = 0.0;
      const double begin = bench::thread_seconds();
      run(arguments[3]);
      const double work = bench::thread_seconds() - begin - ranks->processor;
      fmt::print("{}{:.6g}", w == 0 ? "" : ", ", work / static_cast<double>(arguments[3]));
    }
    fmt::print("],\n \"resident_bytes\": {}}}\n", bench::memory("/proc/self/status", "VmRSS:") - before);
  });
}

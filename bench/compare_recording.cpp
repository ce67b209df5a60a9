// A run that records nothing, then the same run recording E, I, R and C of every step into memory: seconds per step of
// each, as JSON. The time includes the allocation of the recordings.
#include "networks.hpp"
#include "timing.hpp"

#include <array>

using namespace sorn;

int main(int argc, char** argv) {
  return bench::report_errors([&] {
    const auto arguments = bench::numbers(argc, argv, 2, "NE STEPS");
    const Parameters p = bench::parameters(arguments[0]);
    const std::size_t steps = arguments[1];
    const bench::Inputs inputs(p.nu, bench::warm_up_steps);
    Network silent(p, 1);
    bench::run(silent, inputs, bench::warm_up_steps);
    Network recorded = silent;

    // The runs alternate, so that other load on the machine affects both equally.
    constexpr std::size_t turns = 20;
    double silent_seconds = 0.0;
    double recorded_seconds = 0.0;
    for (std::size_t turn = 0; turn < turns; ++turn) {
      silent_seconds += bench::seconds([&] { bench::run(silent, inputs, steps / turns); });
      recorded_seconds += bench::seconds([&] {
        Recorder recorder(recorded, bench::activity_and_count, steps / turns);
        const std::array<Observer*, 1> observers{&recorder};
        bench::run(recorded, inputs, steps / turns, {}, observers);
      });
    }
    bench::require(silent.state() == recorded.state(), "recording has changed the run");
    fmt::print("{{\"silent\": {}, \"recorded\": {}}}\n", silent_seconds / static_cast<double>(steps / turns * turns),
               recorded_seconds / static_cast<double>(steps / turns * turns));
  });
}

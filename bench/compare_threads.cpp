// Steps of one network on one thread and on several, which must end in the same bits: wall-clock seconds per step of
// each, as JSON. Windows of both alternate, so that other load on the machine affects both equally.
#include "networks.hpp"
#include "timing.hpp"

#include <optional>

using namespace sorn;

int main(int argc, char** argv) {
  return bench::report_errors([&] {
    const auto arguments = bench::numbers(argc, argv, 5, "NE WARM_UP_STEPS STEPS WINDOWS THREADS");
    const Parameters p = bench::parameters(arguments[0]);
    const std::size_t steps = arguments[2];
    const std::size_t threads = arguments[4];
    const bench::Inputs inputs(p.nu, 20);

    Network several(p, 1);
    bench::run(several, inputs, arguments[1], {.threads = threads});
    Network one(p, several.state());  // its synapses are in one slice, as with one thread
    bench::run(one, inputs, 1, {.threads = 1});
    bench::run(several, inputs, 1, {.threads = threads});
    fmt::print("[");
    for (std::size_t window = 0; window < arguments[3]; ++window) {
      const double alone = bench::clock_seconds([&] { bench::run(one, inputs, steps, {.threads = 1}); });
      const double together = bench::clock_seconds([&] { bench::run(several, inputs, steps, {.threads = threads}); });
      fmt::print("{}{{\"one\": {:.6g}, \"several\": {:.6g}, \"ratio\": {:.3f}}}", window == 0 ? "" : ",\n ",
                 alone / static_cast<double>(steps), together / static_cast<double>(steps), alone / together);
    }
    fmt::print("]\n");
    bench::require(one.state() == several.state(), "threads have changed the run");
  });
}

// The engine and the plain network, one after the other: seconds per step of each, as JSON. Both do the same steps and
// must end in the same bits.
#include "networks.hpp"
#include "plain/plain_network.hpp"
#include "timing.hpp"

using namespace sorn;

int main(int argc, char** argv) {
  return bench::report_errors([&] {
    const auto arguments = bench::numbers(argc, argv, 2, "NE STEPS");
    const Parameters p = bench::parameters(arguments[0]);
    const std::size_t steps = arguments[1];
    const bench::Inputs inputs(p.nu, steps);
    Network network(p, 1);
    bench::run(network, inputs, bench::warm_up_steps);
    plain::PlainNetwork plain(p, network.state());

    const double plain_seconds = bench::seconds([&] {
      for (std::size_t t = 0; t < steps; ++t) plain.step(inputs.step(t), Parameters{}.noise_sigma);
    });
    const double engine_seconds = bench::seconds([&] { bench::run(network, inputs, steps); });
    bench::require(plain.state() == network.state(), "the plain network and the engine have come to different states");
    fmt::print("{{\"engine\": {}, \"plain\": {}}}\n", engine_seconds / static_cast<double>(steps),
               plain_seconds / static_cast<double>(steps));
  });
}

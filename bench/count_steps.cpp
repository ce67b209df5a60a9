// The program for count_instructions.py, which counts the steps of a network without its building. Prints the compiler.
#include "networks.hpp"
#include "timing.hpp"

using namespace sorn;

/// Callgrind finds this function by its name, and counts the instructions in it.
extern "C" [[gnu::noinline]] void sorn_counted_steps(Network& network, const bench::Inputs& inputs) {
  bench::run(network, inputs, inputs.steps());
}

int main(int argc, char** argv) {
  return bench::report_errors([&] {
    const auto arguments = bench::numbers(argc, argv, 3, "NE WARM_UP_STEPS STEPS");
    const Parameters p = bench::parameters(arguments[0]);
    const bench::Inputs inputs(p.nu, arguments[2]);
    Network network(p, 1);
    bench::run(network, inputs, arguments[1]);
    sorn_counted_steps(network, inputs);
    fmt::print("{}\n", SORN_COMPILER);
  });
}

// A network organises itself for 10,000 steps with a rotating one-hot input. Then 1,000 more steps are recorded.
#include <sorn/sorn.hpp>

#include <iostream>
#include <vector>

int main() {
  try {
    sorn::Network network({.ne = 200, .nu = 10}, /*seed=*/42);

    constexpr std::size_t steps = 10'000;
    std::vector<double> inputs(10 * steps, 0.0);  // one row of 10 features for each step
    for (std::size_t t = 0; t < steps; ++t) inputs[t * 10 + t % 10] = 1.0;
    const auto drive = sorn::InputView::step_major(inputs, 10);

    const std::size_t before = network.state().wee->synapse_count();
    network.run(steps, {.inputs = drive});
    std::cout << "W_EE synapses: " << before << " -> " << network.state().wee->synapse_count() << '\n';

    const std::vector<sorn::RecordRequest> what{{sorn::Quantity::excitatory}};
    sorn::Recorder recorder(network, what, 1'000);
    network.run(1'000, {.phase = sorn::Phase::training, .inputs = drive}, {&recorder});

    double spikes = 0;
    for (const auto x : recorder.recordings()[0].spikes()) spikes += x;
    std::cout << "mean rate: " << spikes / (200 * 1'000) << " spikes per unit and step\n";
  } catch (const sorn::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}

// The plain network for Python: the slow implementation with which tests compare the engine.
#include "bindings.hpp"
#include "plain/plain_network.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace sorn::python {

namespace {

template <class T>
nb::object stacked(std::vector<T>&& rows, std::size_t steps) {
  const std::size_t units = rows.size() / steps;
  return numpy_array(std::move(rows), {steps, units});
}

/// Runs the steps of `settings`, and returns the network after them, E, I and R of each step, and the number of
/// synapses of W_EE after it.
nb::tuple run_plain(const SharedNetwork& given_start, const RunSettings& settings) {
  const Network start = given_start.copy();
  const RunOptions& options = settings.options();
  const Parameters& p = start.parameters();
  plain::PlainNetwork network(p, start.state());
  const std::size_t steps = settings.steps();
  std::vector<std::uint8_t> e, i, r;
  std::vector<std::int64_t> synapses;
  const auto column = [](const InputView& view, std::size_t t) {
    std::vector<double> values(view.data == nullptr ? 0 : view.features);
    for (std::size_t f = 0; f < values.size(); ++f) values[f] = view(f, t);
    return values;
  };
  for (std::size_t t = 0; t < steps; ++t) {
    plain::PlainNetwork::Given given{.phase = options.phase, .freeze = options.freeze};
    if (options.new_synapses) {
      given.new_pairs.emplace();
      for (const NewSynapse& one : *options.new_synapses) {
        if (one.step == t) given.new_pairs->push_back({one.pre, one.post});
      }
    }
    std::vector<double> noise = column(options.noise.replay, t);
    const double sigma = options.noise.sigma.value_or(p.noise_sigma);
    if (noise.empty() && sigma > 0.0) noise = plain::noise(network.activity(), p.noise_kind, sigma);
    network.step(column(options.inputs, t), noise, given);
    const State& state = network.activity();
    e.insert(e.end(), state.x.begin(), state.x.end());
    i.insert(i.end(), state.y.begin(), state.y.end());
    r.insert(r.end(), network.recurrent().begin(), network.recurrent().end());
    synapses.push_back(static_cast<std::int64_t>(network.ee_count()));
  }
  return nb::make_tuple(SharedNetwork(Network(p, network.state())), stacked(std::move(e), steps),
                        stacked(std::move(i), steps), stacked(std::move(r), steps),
                        numpy_array(std::move(synapses), {steps}));
}

}  // namespace

void bind_plain(nb::module_& m) {
  m.def(
      "run_plain", &run_plain, nb::arg("start"), nb::arg("settings"),
      nb::sig("def run_plain(start: Network, settings: RunSettings) -> tuple[Network, "
              "numpy.typing.NDArray[numpy.int8], numpy.typing.NDArray[numpy.int8], "
              "numpy.typing.NDArray[numpy.int8], numpy.typing.NDArray[numpy.int64]]"),
      "A run of the plain implementation, which visits every synapse in every step: the network after it, E, I and R, "
      "and the number of W_EE synapses after each step. Only for comparisons.");
}

}  // namespace sorn::python

#include "bindings.hpp"
#include "own_rule.hpp"

#include "support/names.hpp"

#include <sorn/network_batch.hpp>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace sorn::python {

namespace {

using Drives = nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Rewards1 = nb::ndarray<const double, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Mask = nb::ndarray<const std::uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

/// What all arguments of a step but the arrays say. Immutable, so that a loop can use it again.
struct BatchSettings {
  std::vector<Phase> phase;
  std::vector<RuleSet> freeze;
  std::optional<double> noise_sigma;
  std::size_t threads;

  BatchSettings(const std::vector<std::string>& phases, const std::vector<std::vector<std::string>>& freezes,
                nb::handle noise, std::size_t count)
      : threads(count) {
    for (const std::string& one : phases) phase.push_back(phase_named(one));
    for (const std::vector<std::string>& names : freezes) {
      RuleSet rules;
      for (const std::string& rule : names) rules.insert(rule_named(rule));
      freeze.push_back(rules);
    }
    if (PyBool_Check(noise.ptr())) {
      if (noise.ptr() == Py_False) noise_sigma = 0.0;
    } else {
      noise_sigma = nb::cast<double>(noise);
    }
  }
};

/// The values of an array, copied so that no other thread changes them during the step.
template <class Array>
std::vector<double> values_of(const std::optional<Array>& array) {
  return array ? std::vector<double>(array->data(), array->data() + array->size()) : std::vector<double>();
}

std::vector<std::uint8_t> mask_of(const std::optional<Mask>& mask) {
  return mask ? std::vector<std::uint8_t>(mask->data(), mask->data() + mask->size()) : std::vector<std::uint8_t>();
}

using SharedBatch = Shared<NetworkBatch>;

/// Calls change(batch) without Python's lock; if functions of Python may be called, with a copy that then replaces it.
template <class Change>
void batch_changed(SharedBatch& self, Change&& change) {
  const bool on_copy = self.read([](const NetworkBatch& batch) {
    const auto networks = batch.networks();
    return std::any_of(networks.begin(), networks.end(), [](const Network& one) { return calls_python(one.rules()); });
  });
  change_shared(self, on_copy, std::forward<Change>(change));
}

nb::object batch_step(SharedBatch& self, const std::optional<Drives>& inputs, const BatchSettings& settings,
                      const std::optional<Rewards1>& rewards, const std::optional<Mask>& which) {
  const std::vector<double> drives = values_of(inputs);
  const std::vector<double> given = values_of(rewards);
  const std::vector<std::uint8_t> chosen = mask_of(which);
  std::vector<std::uint8_t> spikes;
  std::vector<std::size_t> shape;
  batch_changed(self, [&](NetworkBatch& batch) {
    shape = {batch.size(), batch.ne()};
    spikes.resize(shape[0] * shape[1]);
    batch.step({.inputs = drives,
                .phase = settings.phase,
                .freeze = settings.freeze,
                .noise_sigma = settings.noise_sigma,
                .rewards = given,
                .which = chosen,
                .threads = settings.threads},
               spikes);
  });
  return numpy_array(std::move(spikes), shape);
}

nb::object batch_act(SharedBatch& self, const std::optional<Drives>& inputs, std::size_t threads) {
  const std::vector<double> drives = values_of(inputs);
  std::vector<std::uint8_t> outputs;
  std::vector<std::size_t> shape;
  const OutputKind kind = self.change_long([&](NetworkBatch& batch) {
    shape = {batch.size(), batch.no()};
    outputs.resize(shape[0] * shape[1]);
    batch.act(drives, outputs, threads);
    return batch[0].parameters().output;
  });
  if (kind == OutputKind::threshold) return numpy_array(std::move(outputs), shape);
  const std::size_t no = shape[1];
  std::vector<std::int64_t> actions;
  actions.reserve(shape[0]);
  for (std::size_t k = 0; k < shape[0]; ++k) {
    actions.push_back(Answer{0, std::span(outputs).subspan(k * no, no), OutputKind::winner}.action());
  }
  return numpy_array(std::move(actions), {shape[0]});
}

void batch_learn(SharedBatch& self, const Rewards1& rewards, const BatchSettings& settings) {
  const std::vector<double> given(rewards.data(), rewards.data() + rewards.size());
  batch_changed(self, [&](NetworkBatch& batch) { batch.learn(given, settings.phase, settings.threads); });
}

SharedBatch batch_of(const nb::sequence& networks) {
  std::vector<Network> all;
  for (const nb::handle one : networks) all.push_back(nb::cast<const SharedNetwork&>(one).copy());
  return {NetworkBatch(std::move(all))};
}

void batch_replace(SharedBatch& self, std::size_t k, const SharedNetwork& network) {
  Network wanted = network.copy();
  // The rules of the network that was there are objects of Python, which may end with this function.
  const auto before = self.change([&](NetworkBatch& batch) {
    std::vector<std::shared_ptr<const OwnRule>> rules = batch[k].rules();
    batch.replace(k, std::move(wanted));
    return rules;
  });
}

void batch_set_rules(SharedBatch& self, const nb::sequence& rules) {
  const std::vector<std::shared_ptr<const OwnRule>> wanted = rules_of(rules);
  NetworkBatch batch = self.copy();
  for (std::size_t k = 0; k < batch.size(); ++k) {
    Network network(batch[k]);
    network.set_rules(wanted);
    batch.replace(k, std::move(network));
  }
  self.replace(std::move(batch));
}

nb::object batch_activity(const SharedBatch& self) {
  std::vector<std::uint8_t> spikes;
  const std::size_t networks = self.read([&](const NetworkBatch& batch) {
    spikes.resize(batch.size() * batch.ne());
    batch.activity(spikes);
    return batch.size();
  });
  const std::size_t ne = spikes.size() / networks;
  return numpy_array(std::move(spikes), {networks, ne});
}

/// A number of each network.
template <class Function>
std::vector<std::uint64_t> of_each(const NetworkBatch& batch, Function function) {
  std::vector<std::uint64_t> values;
  for (const Network& one : batch.networks()) values.push_back(function(one.state()));
  return values;
}

}  // namespace

void bind_batch(nb::module_& m) {
  nb::class_<BatchSettings>(m, "BatchSettings", "The settings of a step of many networks. Immutable.")
      .def(nb::init<const std::vector<std::string>&, const std::vector<std::vector<std::string>>&, nb::handle,
                    std::size_t>(),
           nb::kw_only(), nb::arg("phase"), nb::arg("freeze"), nb::arg("noise"), nb::arg("threads"),
           nb::sig("def __init__(self, *, phase: collections.abc.Sequence[str], freeze: "
                   "collections.abc.Sequence[collections.abc.Sequence[str]], noise: bool | float, threads: "
                   "sorn._arguments.Threads) -> None"),
           "Raises UnknownNameError for an unknown phase or plasticity rule.");

  nb::class_<SharedBatch>(m, "NetworkBatch", "Networks that step together.")
      .def_static(
          "built",
          [](const Parameters& parameters, const std::vector<std::uint64_t>& seeds) {
            return SharedBatch(NetworkBatch(parameters, seeds));
          },
          nb::arg("parameters"), nb::arg("seeds"), nb::call_guard<nb::gil_scoped_release>(), "New networks.")
      .def_static("of", &batch_of, nb::arg("networks"),
                  nb::sig("def of(networks: collections.abc.Sequence[Network]) -> NetworkBatch"), "Copies of networks.")
      .def(
          "copy", [](const SharedBatch& self) { return SharedBatch(self.copy()); }, "Independent copies.")
      .def("__len__", reading<NetworkBatch>(&NetworkBatch::size))
      .def(
          "network",
          [](const SharedBatch& self, std::size_t k) {
            return SharedNetwork(self.read([&](const NetworkBatch& batch) { return Network(batch[k]); }));
          },
          nb::arg("k"), "A copy of a network.")
      .def("replace", &batch_replace, nb::arg("k"), nb::arg("network"),
           "Puts a copy of a network in the place of another.")
      .def("set_rules", &batch_set_rules, nb::arg("rules"),
           nb::sig("def set_rules(self, rules: collections.abc.Sequence[OwnRule]) -> None"))
      .def("step", &batch_step, nb::arg("inputs").none(), nb::arg("settings"), nb::arg("rewards").none(),
           nb::arg("which").none() = nb::none(),
           nb::sig("def step(self, inputs: numpy.typing.NDArray[numpy.float64] | None, settings: BatchSettings, "
                   "rewards: numpy.typing.NDArray[numpy.float64] | None, which: numpy.typing.NDArray[numpy.uint8] | "
                   "None = None) -> numpy.typing.NDArray[numpy.int8]"),
           "A step of each network; returns the new excitatory activity.")
      .def("act", &batch_act, nb::arg("inputs").none(), nb::arg("threads"),
           nb::sig("def act(self, inputs: numpy.typing.NDArray[numpy.float64] | None, threads: "
                   "sorn._arguments.Threads) -> numpy.typing.NDArray[typing.Any]"),
           "The first half of a step; returns the actions (n,), or the activity of output units with a threshold.")
      .def("learn", &batch_learn, nb::arg("rewards"), nb::arg("settings"),
           nb::sig("def learn(self, rewards: numpy.typing.NDArray[numpy.float64], settings: BatchSettings) -> None"),
           "The second half of a step. NaN: no reward.")
      .def(
          "reset_activity",
          [](SharedBatch& self, const std::optional<Mask>& which) {
            const std::vector<std::uint8_t> chosen = mask_of(which);
            self.change([&](NetworkBatch& batch) { batch.reset_activity(chosen); });
          },
          nb::arg("which").none(),
          nb::sig("def reset_activity(self, which: numpy.typing.NDArray[numpy.uint8] | None) -> None"))
      .def("activity", &batch_activity, nb::sig("def activity(self) -> numpy.typing.NDArray[numpy.int8]"))
      .def_prop_ro("ne", reading<NetworkBatch>(&NetworkBatch::ne))
      .def_prop_ro("nu", reading<NetworkBatch>([](const NetworkBatch& batch) { return batch[0].parameters().nu; }))
      .def_prop_ro("no", reading<NetworkBatch>(&NetworkBatch::no))
      .def_prop_ro("parameters", reading<NetworkBatch>([](const NetworkBatch& batch) { return batch[0].parameters(); }))
      .def_prop_ro("seeds", reading<NetworkBatch>([](const NetworkBatch& batch) {
                     return of_each(batch, [](const State& state) { return state.seed; });
                   }),
                   nb::sig("def seeds(self) -> list[int]"))
      .def_prop_ro("step_counts", reading<NetworkBatch>([](const NetworkBatch& batch) {
                     return of_each(batch, [](const State& state) { return state.step; });
                   }),
                   nb::sig("def step_counts(self) -> list[int]"));
}

}  // namespace sorn::python

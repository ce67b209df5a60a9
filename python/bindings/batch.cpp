#include "bindings.hpp"
#include "own_rule.hpp"

#include "support/names.hpp"

#include <sorn/network_batch.hpp>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/vector.h>

#include <optional>
#include <utility>

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

nb::object batch_step(NetworkBatch& self, const std::optional<Drives>& inputs, const BatchSettings& settings,
                      const std::optional<Rewards1>& rewards, const std::optional<Mask>& which) {
  std::vector<std::uint8_t> spikes(self.size() * self.ne());
  const std::vector<double> drives = values_of(inputs);
  const std::vector<double> given = values_of(rewards);
  const std::vector<std::uint8_t> chosen = mask_of(which);
  {
    const nb::gil_scoped_release no_gil;
    self.step({.inputs = drives,
               .phase = settings.phase,
               .freeze = settings.freeze,
               .noise_sigma = settings.noise_sigma,
               .rewards = given,
               .which = chosen,
               .threads = settings.threads},
              spikes);
  }
  const std::size_t ne = self.ne();
  return numpy_array(std::move(spikes), {self.size(), ne});
}

nb::object batch_act(NetworkBatch& self, const std::optional<Drives>& inputs, std::size_t threads) {
  std::vector<std::uint8_t> outputs(self.size() * self.no());
  const std::vector<double> drives = values_of(inputs);
  {
    const nb::gil_scoped_release no_gil;
    self.act(drives, outputs, threads);
  }
  const std::size_t no = self.no();
  if (self[0].parameters().output == OutputKind::threshold) return numpy_array(std::move(outputs), {self.size(), no});
  std::vector<std::int64_t> actions;
  actions.reserve(self.size());
  for (std::size_t k = 0; k < self.size(); ++k) {
    actions.push_back(Answer{0, std::span(outputs).subspan(k * no, no), OutputKind::winner}.action());
  }
  return numpy_array(std::move(actions), {self.size()});
}

NetworkBatch batch_of(const nb::sequence& networks) {
  std::vector<Network> all;
  for (const nb::handle one : networks) all.push_back(nb::cast<const Network&>(one));
  return NetworkBatch(std::move(all));
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

  nb::class_<NetworkBatch>(m, "NetworkBatch", "Networks that step together.")
      .def_static(
          "built",
          [](const Parameters& parameters, const std::vector<std::uint64_t>& seeds) {
            return NetworkBatch(parameters, seeds);
          },
          nb::arg("parameters"), nb::arg("seeds"), nb::call_guard<nb::gil_scoped_release>(), "New networks.")
      .def_static("of", &batch_of, nb::arg("networks"),
                  nb::sig("def of(networks: collections.abc.Sequence[Network]) -> NetworkBatch"), "Copies of networks.")
      .def(
          "copy", [](const NetworkBatch& self) { return NetworkBatch(self); }, "Independent copies.")
      .def("__len__", &NetworkBatch::size)
      .def(
          "network", [](const NetworkBatch& self, std::size_t k) { return Network(self[k]); }, nb::arg("k"),
          "A copy of a network.")
      .def(
          "replace", [](NetworkBatch& self, std::size_t k, const Network& network) { self.replace(k, network); },
          nb::arg("k"), nb::arg("network"), "Puts a copy of a network in the place of another.")
      .def(
          "set_rules",
          [](NetworkBatch& self, const nb::sequence& rules) {
            for (std::size_t k = 0; k < self.size(); ++k) {
              Network network(self[k]);
              network.set_rules(rules_of(rules));
              self.replace(k, std::move(network));
            }
          },
          nb::arg("rules"), nb::sig("def set_rules(self, rules: collections.abc.Sequence[OwnRule]) -> None"))
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
      .def(
          "learn",
          [](NetworkBatch& self, const Rewards1& rewards, const BatchSettings& settings) {
            const std::vector<double> given(rewards.data(), rewards.data() + rewards.size());
            const nb::gil_scoped_release no_gil;
            self.learn(given, settings.phase, settings.threads);
          },
          nb::arg("rewards"), nb::arg("settings"),
          nb::sig("def learn(self, rewards: numpy.typing.NDArray[numpy.float64], settings: BatchSettings) -> None"),
          "The second half of a step. NaN: no reward.")
      .def(
          "reset_activity",
          [](NetworkBatch& self, const std::optional<Mask>& which) { self.reset_activity(mask_of(which)); },
          nb::arg("which").none(),
          nb::sig("def reset_activity(self, which: numpy.typing.NDArray[numpy.uint8] | None) -> None"))
      .def(
          "activity",
          [](const NetworkBatch& self) {
            std::vector<std::uint8_t> spikes(self.size() * self.ne());
            self.activity(spikes);
            return numpy_array(std::move(spikes), {self.size(), self.ne()});
          },
          nb::sig("def activity(self) -> numpy.typing.NDArray[numpy.int8]"))
      .def_prop_ro("ne", &NetworkBatch::ne)
      .def_prop_ro("nu", [](const NetworkBatch& self) { return self[0].parameters().nu; })
      .def_prop_ro("no", &NetworkBatch::no)
      .def_prop_ro("parameters", [](const NetworkBatch& self) { return self[0].parameters(); })
      .def_prop_ro(
          "seeds",
          [](const NetworkBatch& self) {
            std::vector<std::uint64_t> seeds;
            for (const Network& one : self.networks()) seeds.push_back(one.state().seed);
            return seeds;
          },
          nb::sig("def seeds(self) -> list[int]"))
      .def_prop_ro(
          "step_counts",
          [](const NetworkBatch& self) {
            std::vector<std::uint64_t> steps;
            for (const Network& one : self.networks()) steps.push_back(one.state().step);
            return steps;
          },
          nb::sig("def step_counts(self) -> list[int]"));
}

}  // namespace sorn::python

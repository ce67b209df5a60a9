// Bindings of the lineage of synapses.
#include "lineage.hpp"

#include "vectors.hpp"

#include "support/format.hpp"

#include <sorn/error.hpp>

#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace sorn::python {

namespace {

template <class To, class Rows, class Member>
nb::object column(const Rows& rows, Member member) {
  std::vector<To> values;
  values.reserve(rows.size());
  for (const auto& row : rows) values.push_back(static_cast<To>(row.*member));
  return vector_array(std::move(values));
}

template <auto member, class T>
nb::object life_column(const SynapseLivesValue& lives) {
  return column<T>(lives.all, member);
}

template <auto member, class T>
nb::object event_column(const Lineage& lineage) {
  return column<T>(lineage.events, member);
}

/// (indptr, indices) of a matrix in compressed columns.
nb::tuple columns_of(const Topology& topology) {
  return nb::make_tuple(vector_array(std::vector<std::int64_t>(topology.start.begin(), topology.start.end())),
                        vector_array(std::vector<std::int64_t>(topology.pre.begin(), topology.pre.end())));
}

std::uint32_t unit(std::int64_t number) {
  constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
  if (number >= 0 && number <= most) return static_cast<std::uint32_t>(number);
  throw ParameterError(formatted("unit {}", number), "must be the number of a unit");
}

Lineage lineage_of(std::uint64_t begin, std::uint64_t end, const Counts& indptr, const Counts& indices,
                   const Counts& steps, const Counts& pre, const Counts& post, const Counts& birth) {
  Lineage lineage{.begin = begin, .end = end, .start = {}, .events = {}};
  lineage.start.start.assign(indptr.data(), indptr.data() + indptr.shape(0));
  lineage.start.n_pre = lineage.start.n_post();
  for (const std::int64_t number : span_of(indices)) lineage.start.pre.push_back(unit(number));
  for (std::size_t k = 0; k < steps.shape(0); ++k) {
    lineage.events.push_back(
        {static_cast<std::uint64_t>(steps.data()[k]), unit(pre.data()[k]), unit(post.data()[k]), birth.data()[k] != 0});
  }
  return lineage;
}

nb::object synapse_counts(const Lineage& lineage) {
  std::vector<std::uint64_t> counts;
  {
    const nb::gil_scoped_release no_gil;
    counts = lineage.synapse_counts();
  }
  return vector_array(std::vector<std::int64_t>(counts.begin(), counts.end()));
}

nb::tuple topology(const Lineage& lineage, std::uint64_t step) {
  Topology found;
  {
    const nb::gil_scoped_release no_gil;
    found = lineage.topology(step);
  }
  return columns_of(found);
}

nb::tuple turnover(const Lineage& lineage, std::uint64_t window) {
  Turnover found = lineage.turnover(window);
  const auto whole = [](const std::vector<std::uint64_t>& values) {
    return vector_array(std::vector<std::int64_t>(values.begin(), values.end()));
  };
  return nb::make_tuple(whole(found.first_step), whole(found.births), whole(found.deaths),
                        vector_array(std::move(found.synapses)));
}

}  // namespace

void bind_lineage(nb::module_& m) {
  nb::class_<SynapseLivesValue>(m, "SynapseLives", "The synapses that a run made, as sorn.criticality.Lifetimes.")
      .def(nb::init<>())
      .def_prop_ro("birth", &life_column<&SynapseLife::birth, std::int64_t>,
                   nb::for_getter(nb::sig("def birth(self) -> numpy.typing.NDArray[numpy.int64]")))
      .def_prop_ro("steps", &life_column<&SynapseLife::steps, std::int64_t>,
                   nb::for_getter(nb::sig("def steps(self) -> numpy.typing.NDArray[numpy.int64]")))
      .def_prop_ro("pre", &life_column<&SynapseLife::pre, std::int64_t>,
                   nb::for_getter(nb::sig("def pre(self) -> numpy.typing.NDArray[numpy.int64]")))
      .def_prop_ro("post", &life_column<&SynapseLife::post, std::int64_t>,
                   nb::for_getter(nb::sig("def post(self) -> numpy.typing.NDArray[numpy.int64]")))
      .def_prop_ro("ended", &life_column<&SynapseLife::ended, std::uint8_t>,
                   nb::for_getter(nb::sig("def ended(self) -> numpy.typing.NDArray[numpy.int8]")));
  nb::class_<Lineage>(m, "Lineage", "Births and deaths of synapses, and those that there were before.")
      .def(
          "__init__",
          [](Lineage* self, std::uint64_t begin, std::uint64_t end, const Counts& indptr, const Counts& indices,
             const Counts& steps, const Counts& pre, const Counts& post, const Counts& birth) {
            new (self) Lineage(lineage_of(begin, end, indptr, indices, steps, pre, post, birth));
          },
          nb::arg("begin"), nb::arg("end"), nb::arg("indptr"), nb::arg("indices"), nb::arg("steps"), nb::arg("pre"),
          nb::arg("post"), nb::arg("birth"))
      .def_prop_ro("begin", [](const Lineage& self) { return self.begin; })
      .def_prop_ro("end", [](const Lineage& self) { return self.end; })
      .def_prop_ro("units", [](const Lineage& self) { return self.start.n_pre; })
      .def_prop_ro("events", [](const Lineage& self) { return self.events.size(); })
      .def_prop_ro("step", &event_column<&SynapseEvent::step, std::int64_t>,
                   nb::for_getter(nb::sig("def step(self) -> numpy.typing.NDArray[numpy.int64]")))
      .def_prop_ro("pre", &event_column<&SynapseEvent::pre, std::int64_t>,
                   nb::for_getter(nb::sig("def pre(self) -> numpy.typing.NDArray[numpy.int64]")))
      .def_prop_ro("post", &event_column<&SynapseEvent::post, std::int64_t>,
                   nb::for_getter(nb::sig("def post(self) -> numpy.typing.NDArray[numpy.int64]")))
      .def_prop_ro("birth", &event_column<&SynapseEvent::birth, std::uint8_t>,
                   nb::for_getter(nb::sig("def birth(self) -> numpy.typing.NDArray[numpy.int8]")))
      .def_prop_ro(
          "start", [](const Lineage& self) { return columns_of(self.start); },
          nb::sig("def start(self) -> tuple[numpy.typing.NDArray[numpy.int64], numpy.typing.NDArray[numpy.int64]]"),
          "indptr and indices of the synapses before the first step.")
      .def("topology", &topology, nb::arg("step"),
           nb::sig("def topology(self, step: int) -> tuple[numpy.typing.NDArray[numpy.int64], "
                   "numpy.typing.NDArray[numpy.int64]]"),
           "indptr and indices of the synapses after a step.")
      .def(
          "lives", [](const Lineage& self) { return SynapseLivesValue{self.lives()}; },
          nb::call_guard<nb::gil_scoped_release>())
      .def("synapse_counts", &synapse_counts, nb::sig("def synapse_counts(self) -> numpy.typing.NDArray[numpy.int64]"),
           "The number of synapses after each step.")
      .def("turnover", &turnover, nb::arg("window"),
           nb::sig("def turnover(self, window: int) -> tuple[numpy.typing.NDArray[numpy.int64], "
                   "numpy.typing.NDArray[numpy.int64], numpy.typing.NDArray[numpy.int64], "
                   "numpy.typing.NDArray[numpy.float64]]"),
           "First step, births, deaths and mean number of synapses of each window.");
}

}  // namespace sorn::python

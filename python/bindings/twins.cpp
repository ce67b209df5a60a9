#include "attendant.hpp"
#include "bindings.hpp"
#include "vectors.hpp"

#include <sorn/change.hpp>
#include <sorn/twins.hpp>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/vector.h>

#include <optional>
#include <utility>

namespace sorn::python {

namespace {

template <class T>
using Rows = nb::ndarray<const T, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

/// A change of a network. Immutable.
struct ChangeValue {
  Change value;
};

std::vector<Change> changes_of(const nb::sequence& changes) {
  std::vector<Change> all;
  for (const nb::handle one : changes) all.push_back(nb::cast<const ChangeValue&>(one).value);
  return all;
}

ChangeValue freeze(const std::vector<std::string>& names) {
  RuleSet rules;
  for (const std::string& name : names) rules.insert(rule_named(name));
  return {changes::Freeze{rules}};
}

ChangeValue set(const nb::dict& values) {
  changes::Set change;
  for (const auto& [key, value] : values) {
    const auto name = nb::cast<std::string>(key);
    static_cast<void>(get_parameter(Parameters{}, name));  // an unknown name is reported before an odd value
    change.values.emplace_back(name, parameter_value(name, value));
  }
  return {change};
}

nb::tuple pair_columns(const std::vector<twins::Pair>& pairs) {
  const auto column = [&](auto&& value) {
    std::vector<std::int64_t> values;
    values.reserve(pairs.size());
    for (const twins::Pair& pair : pairs) values.push_back(static_cast<std::int64_t>(value(pair)));
    return vector_array(std::move(values));
  };
  std::vector<std::int64_t> places;
  for (const twins::Pair& pair : pairs) places.insert(places.end(), {pair.place.unit, pair.place.post});
  return nb::make_tuple(
      column([](const auto& pair) { return pair.network; }), column([](const auto& pair) { return pair.start; }),
      numpy_array(std::move(places), {pairs.size(), 2}), column([](const auto& pair) { return pair.parted; }),
      column([](const auto& pair) { return pair.met; }), column([](const auto& pair) { return pair.merged; }),
      column([](const auto& pair) { return pair.largest; }));
}

nb::tuple divergence(const nb::sequence& networks, const nb::sequence& changes, const RunSettings& settings,
                     std::uint64_t pairs, std::uint64_t steps, std::uint64_t skip, std::uint64_t seed,
                     std::uint64_t stride, std::uint64_t state_stride, std::size_t threads, nb::handle progress) {
  twins::Plan plan{.changes = changes_of(changes),
                   .pairs = pairs,
                   .steps = steps,
                   .skip = skip,
                   .seed = seed,
                   .stride = stride,
                   .state_stride = state_stride,
                   .threads = threads,
                   .options = settings.options()};
  for (const nb::handle one : networks) plan.networks.push_back(nb::cast<const SharedNetwork&>(one).copy());
  twins::Divergence found;
  std::vector<double> mean;
  {
    const nb::gil_scoped_release no_gil;
    found =
        twins::divergence(plan, [&](std::uint64_t done, std::uint64_t total) { let_python_in(progress, done, total); });
    mean = twins::mean_distance(found);
  }
  nb::dict states;
  for (std::size_t k = 0; k < found.states.size(); ++k) {
    states[text(twins::state_distances()[k].name)] =
        numpy_array(std::move(found.states[k]), {found.pairs.size(), found.state_rows()});
  }
  statistics::DerridaMap& map = found.map;
  const std::size_t rows = found.rows();
  return nb::make_tuple(
      numpy_array(std::move(found.activity), {found.pairs.size(), rows}), states, vector_array(std::move(mean)),
      nb::make_tuple(vector_array(std::move(map.distance)), vector_array(std::move(map.next_distance)),
                     vector_array(std::move(map.samples)), map.slope),
      pair_columns(found.pairs));
}

template <class T>
nb::object quantile(const Rows<T>& rows, double share) {
  std::vector<double> found;
  {
    const nb::gil_scoped_release no_gil;
    found = twins::quantile(std::span(rows.data(), rows.size()), rows.shape(1), share);
  }
  return vector_array(std::move(found));
}

}  // namespace

void bind_twins(nb::module_& m) {
  nb::class_<ChangeValue>(m, "Change", "A change of a network. Immutable.")
      .def_static(
          "spike", [](std::optional<std::uint32_t> unit) { return ChangeValue{changes::Spike{unit}}; },
          nb::arg("unit").none())
      .def_static(
          "synapse",
          [](std::optional<std::uint32_t> pre, std::optional<std::uint32_t> post, double weight, bool is_new) {
            changes::Synapse change{.weight = weight, .is_new = is_new};
            if (pre && post) change.between = ChosenPair{*pre, *post};
            return ChangeValue{change};
          },
          nb::arg("pre").none(), nb::arg("post").none(), nb::arg("weight"), nb::arg("new"))
      .def_static(
          "threshold",
          [](std::optional<std::uint32_t> unit, double delta) {
            return ChangeValue{changes::Threshold{unit, delta}};
          },
          nb::arg("unit").none(), nb::arg("delta"))
      .def_static("freeze", &freeze, nb::arg("rules"))
      .def_static("set", &set, nb::arg("values"), nb::sig("def set(values: dict[str, typing.Any]) -> Change"))
      .def_static(
          "lesion",
          [](const std::vector<std::uint32_t>& units, std::size_t drawn) {
            return ChangeValue{changes::Lesion{units, drawn}};
          },
          nb::arg("units"), nb::arg("drawn"));
  m.def(
      "twin",
      [](const SharedNetwork& network, const nb::sequence& changes, std::uint64_t seed, std::uint64_t pair) {
        return SharedNetwork(twin(network.copy(), changes_of(changes), {seed, pair}).network);
      },
      nb::arg("network"), nb::arg("changes"), nb::arg("seed"), nb::arg("pair"),
      nb::sig("def twin(network: Network, changes: collections.abc.Sequence[Change], seed: int, pair: int) -> Network"),
      "A changed copy of a network.");
  m.def(
      "divergence", &divergence, nb::arg("networks"), nb::arg("changes"), nb::arg("settings"), nb::kw_only(),
      nb::arg("pairs"), nb::arg("steps"), nb::arg("skip"), nb::arg("seed"), nb::arg("stride"), nb::arg("state_stride"),
      nb::arg("threads"), nb::arg("progress").none(),
      nb::sig("def divergence(networks: collections.abc.Sequence[Network], changes: collections.abc.Sequence[Change], "
              "settings: RunSettings, *, pairs: int, steps: int, skip: int, seed: int, stride: int, state_stride: "
              "int, threads: sorn._arguments.Threads, progress: object | None) -> "
              "tuple[numpy.typing.NDArray[numpy.int32], dict[str, numpy.typing.NDArray[numpy.float64]], "
              "numpy.typing.NDArray[numpy.float64], tuple[numpy.typing.NDArray[numpy.float64], "
              "numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.int64], float | None], "
              "tuple[numpy.typing.NDArray[numpy.int64], ...]]"),
      "Runs pairs of twins. Returns the distances of activity (pairs, rows) and of states (pairs, rows) by name, the "
      "mean distance in each step, the Derrida map, and columns of the pairs: network, start, place, parted, met, "
      "merged, largest.");
  m.def("twin_quantile", &quantile<std::int32_t>, nb::arg("values"), nb::arg("share"),
        nb::sig("def twin_quantile(values: numpy.typing.NDArray[numpy.int32], share: float) -> "
                "numpy.typing.NDArray[numpy.float64]"),
        "The value below which a share of the pairs lie, in each row.");
  m.def("twin_quantile", &quantile<double>, nb::arg("values"), nb::arg("share"),
        nb::sig("def twin_quantile(values: numpy.typing.NDArray[numpy.float64], share: float) -> "
                "numpy.typing.NDArray[numpy.float64]"),
        "The same for distances of states.");
  m.def(
      "twin_growth",
      [](const Values& mean, std::uint64_t window) -> nb::object {
        const auto found = twins::growth(span_of(mean), window);
        if (!found) return nb::none();
        return nb::make_tuple(found->exponent, found->intercept, found->first, found->last);
      },
      nb::arg("mean"), nb::arg("window"),
      nb::sig("def twin_growth(mean: numpy.typing.NDArray[numpy.float64], window: int) -> "
              "tuple[float, float, int, int] | None"),
      "The exponent, the intercept, and the first and last step of the growth of a mean distance.");
  m.def(
      "state_distances",
      [] {
        nb::list rows;
        for (const twins::StateDistance& row : twins::state_distances()) {
          rows.append(nb::make_tuple(text(row.name), text(row.label), text(row.meaning)));
        }
        return rows;
      },
      nb::sig("def state_distances() -> list[tuple[str, str, str]]"),
      "Name, label and meaning of each distance of states.");
  m.attr("most_pairs") = twins::most_pairs;
}

}  // namespace sorn::python

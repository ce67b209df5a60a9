// The seven entries of a state dictionary, read from and written into the engine's state.
#include "bindings.hpp"
#include "core/state_fields.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <array>
#include <optional>

namespace sorn::python {

namespace {

using Weights = nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Values = nb::ndarray<const double, nb::c_contig, nb::device::cpu>;
using Starts = nb::ndarray<const std::int64_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Indices = nb::ndarray<const std::uint32_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

/// Calls visit(field) with the field of this name.
template <class Visit>
decltype(auto) with_field(std::string_view name, Visit&& visit) {
  for (const WeightField& field : weight_fields) {
    if (field.name == name) return visit(field);
  }
  for (const ThresholdField& field : threshold_fields) {
    if (field.name == name) return visit(field);
  }
  return visit(activity_fields[name == activity_fields[0].name ? 0 : 1]);
}

/// The weight matrix of this name.
const WeightField& weight_field(std::string_view name) {
  for (const WeightField& field : weight_fields) {
    if (field.name == name) return field;
  }
  throw nb::type_error("only weight matrices have compressed columns");
}

/// The dense array of one entry, in the shape that a state dictionary has.
struct Dense {
  const State& state;

  nb::object operator()(const WeightField& field) const {
    const SynapseMatrix& matrix = *(state.*field.values);
    std::vector<double> dense(matrix.n_pre() * matrix.n_post());
    matrix.to_dense(dense);
    return numpy_array(std::move(dense), {matrix.n_pre(), matrix.n_post()});
  }
  nb::object operator()(const ThresholdField& field) const {
    std::vector<double> values = state.*field.values;
    const std::size_t n = values.size();
    return numpy_array(std::move(values), {n, 1});
  }
  nb::object operator()(const ActivityField& field) const {
    auto values = by_unit<double>(state, field);
    const std::size_t n = values.size() / 2;
    return numpy_array(std::move(values), {n, 2});
  }
};

/// Whether an array of the right shape equals the entry of the state.
struct Holds {
  const State& state;
  std::span<const double> values;

  bool operator()(const WeightField& field) const { return (state.*field.values)->equals_dense(values); }
  bool operator()(const ThresholdField& field) const {
    return std::equal(values.begin(), values.end(), (state.*field.values).begin());
  }
  bool operator()(const ActivityField& field) const {
    return std::equal(values.begin(), values.end(), by_unit<double>(state, field).begin());
  }
};

/// Writes an array into one entry of the state, and checks its values. The caller has checked its shape.
struct Assign {
  State& state;
  const Values& array;

  std::span<const double> values() const { return {array.data(), array.size()}; }

  void operator()(const WeightField& field) const {
    const std::size_t n_pre = array.shape(0);
    const std::size_t n_post = array.shape(1);
    validate_weights(field.name, values(), n_pre, n_post, field.zero_diagonal());
    state.*field.values = SynapseMatrix::from_dense(values(), n_pre, n_post, field.plasticity);
  }
  void operator()(const ThresholdField& field) const { (state.*field.values).assign(values().begin(), values().end()); }
  void operator()(const ActivityField& field) const {
    const std::size_t n = array.shape(0);
    for (std::size_t c = 0; c < 2; ++c) {
      std::vector<std::uint8_t> activity(n);
      for (std::size_t i = 0; i < n; ++i) activity[i] = binary(field.name, i, c, array.data()[2 * i + c]);
      state.*field.columns[c] = std::move(activity);
    }
  }

private:
  static std::uint8_t binary(std::string_view name, std::size_t i, std::size_t c, double value) {
    if (value == 0.0) return 0;
    if (value == 1.0) return 1;
    throw StateError(formatted("{}[{}][{}] = {}", name, i, c, value), "activity must be 0 or 1");
  }
};

/// Writes compressed columns (start, pre, weight, n_pre) into a weight matrix of the state.
void assign_columns(State& state, const WeightField& field, const nb::tuple& columns) {
  const auto starts = nb::cast<Starts>(columns[0]);
  const auto pre = nb::cast<Indices>(columns[1]);
  const auto weight = nb::cast<Values>(columns[2]);
  const std::vector<std::size_t> start(starts.data(), starts.data() + starts.size());
  state.*field.values = SynapseMatrix::from_columns(start, {pre.data(), pre.size()}, {weight.data(), weight.size()},
                                                    nb::cast<std::size_t>(columns[3]), field.plasticity, field.name);
}

void assign(State& state, std::string_view name, nb::handle value) {
  if (nb::isinstance<nb::tuple>(value)) {
    return assign_columns(state, weight_field(name), nb::borrow<nb::tuple>(value));
  }
  with_field(name, Assign{state, nb::cast<Values>(value)});
}

/// A network with these parameters and with `state`, in which the given entries are replaced.
Network assembled(const Parameters& parameters, State state, const nb::dict& values) {
  for (const auto& [key, value] : values) assign(state, nb::cast<std::string>(key), value);
  return {parameters, std::move(state)};
}

nb::tuple columns_of(const Network& network, const std::string& name) {
  const SynapseMatrix& matrix = *(network.state().*weight_field(name).values);
  CompressedColumns columns = matrix.compressed(matrix.posts());
  std::vector<std::int64_t> start(columns.start.begin(), columns.start.end());
  const std::size_t n_start = start.size();
  const std::size_t n = columns.pre.size();
  return nb::make_tuple(numpy_array(std::move(start), {n_start}), numpy_array(std::move(columns.pre), {n}),
                        numpy_array(std::move(columns.weight), {n}), matrix.n_pre());
}

bool same_values(State a, const State& b) {
  a.seed = b.seed;
  a.step = b.step;
  return a == b;
}

}  // namespace

void bind_state_values(nb::class_<Network>& network) {
  network
      .def_static(
          "assembled",
          [](const Parameters& parameters, const nb::dict& values, std::uint64_t seed, std::uint64_t step) {
            State state;
            state.seed = seed;
            state.step = step;
            return assembled(parameters, std::move(state), values);
          },
          nb::arg("parameters"), nb::arg("values"), nb::arg("seed"), nb::arg("step"),
          nb::sig(
              "def assembled(parameters: Parameters, values: dict[str, typing.Any], seed: int, step: int) -> Network"),
          "A network from all seven entries of a state dictionary: C-contiguous float64 arrays, or for weights "
          "(start, pre, weight, n_pre).")
      .def(
          "with_values",
          [](const Network& self, const Parameters& parameters, const nb::dict& values) {
            return assembled(parameters, self.state(), values);
          },
          nb::arg("parameters"), nb::arg("values"),
          nb::sig("def with_values(self, parameters: Parameters, values: dict[str, typing.Any]) -> Network"),
          "A copy in which the given entries are replaced.")
      .def(
          "value", [](const Network& self, const std::string& key) { return with_field(key, Dense{self.state()}); },
          nb::arg("key"), nb::sig("def value(self, key: str) -> numpy.typing.NDArray[numpy.float64]"),
          "One entry of the state dictionary as a new array.")
      .def("columns", &columns_of, nb::arg("key"),
           nb::sig("def columns(self, key: str) -> tuple[numpy.typing.NDArray[numpy.int64], "
                   "numpy.typing.NDArray[numpy.uint32], numpy.typing.NDArray[numpy.float64], int]"),
           "The synapses of a weight matrix as (start, pre, weight, n_pre), column by column.")
      .def(
          "holds",
          [](const Network& self, const std::string& key, const Values& array) {
            return with_field(key, Holds{self.state(), {array.data(), array.size()}});
          },
          nb::arg("key"), nb::arg("array").noconvert(),
          nb::sig("def holds(self, key: str, array: numpy.typing.NDArray[numpy.float64]) -> bool"),
          "Whether an array of the entry's shape equals the entry.")
      .def(
          "same_values",
          [](const Network& self, const Network& other) { return same_values(self.state(), other.state()); },
          nb::arg("other"), "Whether all seven entries are equal.");
}

}  // namespace sorn::python

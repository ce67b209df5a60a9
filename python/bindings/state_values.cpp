// The entries of a state dictionary, read from and written into the engine's state: seven that every network has, and
// three that only some have.
#include "bindings.hpp"
#include "core/own_rule.hpp"
#include "core/state_fields.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

namespace sorn::python {

namespace {

using Weights = nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Numbers = nb::ndarray<const double, nb::c_contig, nb::device::cpu>;
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

/// The values of an entry, and their shape in a state dictionary.
using Entry = std::pair<std::vector<double>, std::array<std::size_t, 2>>;

/// The dense values of one of the seven entries.
struct Dense {
  const State& state;

  Entry operator()(const WeightField& field) const {
    const SynapseMatrix& matrix = *(state.*field.values);
    std::vector<double> dense(matrix.n_pre() * matrix.n_post());
    matrix.to_dense(dense);
    return {std::move(dense), {matrix.n_pre(), matrix.n_post()}};
  }
  Entry operator()(const ThresholdField& field) const {
    return {state.*field.values, {(state.*field.values).size(), 1}};
  }
  Entry operator()(const ActivityField& field) const {
    auto values = by_unit<double>(state, field);
    const std::size_t n = values.size() / 2;
    return {std::move(values), {n, 2}};
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

std::uint8_t binary(std::string_view name, std::size_t i, std::size_t c, double value) {
  if (value == 0.0) return 0;
  if (value == 1.0) return 1;
  throw StateError(formatted("{}[{}][{}] = {}", name, i, c, value), "activity must be 0 or 1");
}

/// Writes an array into one entry of the state, and checks its values. The caller has checked its shape.
struct Assign {
  State& state;
  const Numbers& array;

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
};

/// Writes compressed columns (start, pre, weight, n_pre) into a weight matrix of the state.
void assign_columns(State& state, const WeightField& field, const nb::tuple& columns, Zeros zeros) {
  const auto starts = nb::cast<Starts>(columns[0]);
  const auto pre = nb::cast<Indices>(columns[1]);
  const auto weight = nb::cast<Numbers>(columns[2]);
  const std::vector<std::size_t> start(starts.data(), starts.data() + starts.size());
  state.*field.values =
      SynapseMatrix::from_columns(start, {pre.data(), pre.size()}, {weight.data(), weight.size()},
                                  nb::cast<std::size_t>(columns[3]), field.plasticity, field.name, zeros);
}

// The entries that only some networks have.
constexpr std::string_view mask_key = "mask_ee";    // which synapses of Wee exist, if they may rest at 0
constexpr std::string_view target_key = "h_ip";     // target rates of units, if they were given
constexpr std::string_view queue_key = "sp_queue";  // pairs that wait for structural plasticity

constexpr std::string_view memory_keys = "rules/";  // and the name of a rule of a user's own that keeps numbers

bool is_memory(std::string_view name) noexcept { return name.starts_with(memory_keys); }

/// The field of the output layer with this name; null: there is none.
const OutputField* output_field(std::string_view name) noexcept {
  const auto* const found = std::find_if(output_fields.begin(), output_fields.end(),
                                         [&](const OutputField& field) { return field.name == name; });
  return found == output_fields.end() ? nullptr : found;
}

bool is_further(std::string_view name) noexcept {
  return name == mask_key || name == target_key || name == queue_key || name == output_activity ||
         output_field(name) != nullptr || is_memory(name);
}

std::vector<std::string> further_keys(const Network& network) {
  std::vector<std::string> keys;
  if (network.parameters().keep_zero == Toggle::on) keys.emplace_back(mask_key);
  if (!network.state().h_ip.empty()) keys.emplace_back(target_key);
  if (!network.state().sp_queue.empty()) keys.emplace_back(queue_key);
  for (const RuleMemory& memory : network.state().rule_memory) {
    keys.push_back(formatted("{}{}", memory_keys, memory.name));
  }
  const OutputLayer& layer = network.state().output;
  for (const OutputField& field : output_fields) {
    if (!(layer.*field.values).empty()) keys.emplace_back(field.name);
  }
  if (layer.no() > 0) keys.emplace_back(output_activity);
  return keys;
}

/// The values of such an entry.
Entry further_values(const State& state, std::string_view name) {
  const std::size_t ne = state.ne();
  if (name == target_key) return {state.h_ip, {ne, 1}};
  if (name == queue_key) {
    std::vector<double> units;
    for (const ChosenPair& pair : state.sp_queue)
      units.insert(units.end(), {double{} + pair.pre, double{} + pair.post});
    return {units, {state.sp_queue.size(), 2}};
  }
  if (is_memory(name)) {
    for (const RuleMemory& memory : state.rule_memory) {
      if (memory.name == name.substr(memory_keys.size())) return {*memory.values, {ne, memory.width}};
    }
    return {};
  }
  if (name == output_activity) return {{state.output.o.begin(), state.output.o.end()}, {state.output.no(), 1}};
  if (const OutputField* const field = output_field(name)) {
    const auto shape = field->shape(state);
    return {state.output.*(field->values), {shape[0], shape.size() == 2 ? shape[1] : 1}};
  }
  std::vector<double> mask(ne * ne, 0.0);
  for (std::size_t i = 0; i < ne; ++i) {
    for (const std::uint32_t j : state.wee->column(i).pre) mask[j * ne + i] = 1.0;
  }
  return {mask, {ne, ne}};
}

/// W_EE with a synapse for each pair of the mask and for each weight that is not 0.
SynapseMatrix masked(const SynapseMatrix& wee, std::span<const double> mask) {
  const std::size_t ne = wee.n_post();
  std::vector<double> weights(ne * ne);
  wee.to_dense(weights);
  CompressedColumns columns{{0, ne}, {0}, {}, {}};
  for (std::size_t i = 0; i < ne; ++i) {
    for (std::size_t j = 0; j < ne; ++j) {
      if (mask[j * ne + i] == 0.0 && weights[j * ne + i] == 0.0) continue;
      columns.pre.push_back(static_cast<std::uint32_t>(j));
      columns.weight.push_back(weights[j * ne + i]);
    }
    columns.start.push_back(columns.pre.size());
  }
  return SynapseMatrix::from_columns(columns, ne, ne, Plasticity::plastic, "Wee", Zeros::kept);
}

void assign_queue(State& state, std::span<const double> units) {
  state.sp_queue.clear();
  for (std::size_t k = 0; k + 1 < units.size(); k += 2) {
    const auto unit = [&](double value) {
      if (!(value >= 0.0 && value < 4294967296.0) || value != std::floor(value)) {
        throw StateError(formatted("{}[{}] holds {}", queue_key, k / 2, value), "must be the numbers of two units");
      }
      return static_cast<std::uint32_t>(value);
    };
    state.sp_queue.push_back({unit(units[k]), unit(units[k + 1])});
  }
}

void assign_memory(State& state, std::string_view rule, const Numbers& array) {
  set_memory(state, {std::string(rule), array.ndim() == 2 ? array.shape(1) : 0,
                     std::vector<double>(array.data(), array.data() + array.size())});
}

void assign(State& state, std::string_view name, nb::handle value, Zeros resting) {
  if (nb::isinstance<nb::tuple>(value)) {
    const WeightField& field = weight_field(name);
    return assign_columns(state, field, nb::borrow<nb::tuple>(value), field.zero_diagonal() ? resting : Zeros::dropped);
  }
  with_field(name, Assign{state, nb::cast<Numbers>(value)});
}

/// A network with these parameters and with `state`, in which the given entries are replaced. If synapses may rest at
/// 0, those of a replaced Wee are given by mask_ee; without it, synapses of `state` whose weight is now 0 rest.
Network assembled(const Parameters& parameters, State state, const nb::dict& values) {
  const Zeros resting = parameters.keep_zero == Toggle::on ? Zeros::kept : Zeros::dropped;
  const bool replaces_wee = values.contains("Wee") && !nb::isinstance<nb::tuple>(values["Wee"]);
  std::vector<double> mask;
  if (resting == Zeros::kept && state.wee->has_zeros() && replaces_wee) mask = further_values(state, mask_key).first;
  for (const auto& [key, value] : values) {
    const auto name = nb::cast<std::string>(key);
    if (!is_further(name)) {
      assign(state, name, value, resting);
      continue;
    }
    const auto array = nb::cast<Numbers>(value);
    const std::span numbers(array.data(), array.size());
    if (name == mask_key) mask.assign(numbers.begin(), numbers.end());
    if (name == target_key) state.h_ip.assign(numbers.begin(), numbers.end());
    if (name == queue_key) assign_queue(state, numbers);
    if (is_memory(name)) assign_memory(state, std::string_view(name).substr(memory_keys.size()), array);
    if (const OutputField* const field = output_field(name)) {
      (state.output.*(field->values)).assign(numbers.begin(), numbers.end());
    }
    if (name == output_activity) {
      state.output.o.clear();
      for (std::size_t k = 0; k < numbers.size(); ++k) state.output.o.push_back(binary(name, k, 0, numbers[k]));
    }
  }
  if (!mask.empty() && resting == Zeros::kept && mask.size() == state.wee->n_post() * state.wee->n_post()) {
    state.wee = masked(*state.wee, mask);
  }
  return {parameters, std::move(state)};
}

Entry entry_of(const State& state, std::string_view name) {
  return is_further(name) ? further_values(state, name) : with_field(name, Dense{state});
}

nb::object entry_array(const SharedNetwork& self, const std::string& name) {
  auto [values, shape] = self.read([&](const Network& network) { return entry_of(network.state(), name); });
  return numpy_array(std::move(values), {shape[0], shape[1]});
}

nb::tuple columns_of(const SharedNetwork& self, const std::string& name) {
  const auto field = weight_field(name).values;
  const CopyOnWrite<SynapseMatrix> shared = self.read([&](const Network& network) { return network.state().*field; });
  const SynapseMatrix& matrix = *shared;
  CompressedColumns columns = matrix.compressed(matrix.posts());
  std::vector<std::int64_t> start(columns.start.begin(), columns.start.end());
  const std::size_t n_start = start.size();
  const std::size_t n = columns.pre.size();
  return nb::make_tuple(numpy_array(std::move(start), {n_start}), numpy_array(std::move(columns.pre), {n}),
                        numpy_array(std::move(columns.weight), {n}), matrix.n_pre());
}

bool holds(const State& state, const std::string& name, std::span<const double> values) {
  if (!is_further(name)) return with_field(name, Holds{state, values});
  const auto own = further_values(state, name).first;
  return std::equal(values.begin(), values.end(), own.begin(), own.end());
}

/// Both networks may be the same, and another thread may compare them the other way round: one lock at a time.
bool same_values(const SharedNetwork& one, const SharedNetwork& other) {
  State a = one.read(&Network::state);
  return other.read([&](const Network& network) {
    const State& b = network.state();
    a.seed = b.seed;
    a.step = b.step;
    return a == b;
  });
}

}  // namespace

void bind_state_values(nb::class_<SharedNetwork>& network) {
  network
      .def_static(
          "assembled",
          [](const Parameters& parameters, const nb::dict& values, std::uint64_t seed, std::uint64_t step) {
            State state;
            state.seed = seed;
            state.step = step;
            return SharedNetwork(assembled(parameters, std::move(state), values));
          },
          nb::arg("parameters"), nb::arg("values"), nb::arg("seed"), nb::arg("step"),
          nb::sig(
              "def assembled(parameters: Parameters, values: dict[str, typing.Any], seed: int, step: int) -> Network"),
          "A network from all seven entries of a state dictionary: C-contiguous float64 arrays, or for weights "
          "(start, pre, weight, n_pre).")
      .def(
          "with_values",
          [](const SharedNetwork& self, const Parameters& parameters, const nb::dict& values) {
            const Network before = self.copy();
            Network changed = assembled(parameters, before.state(), values);
            changed.set_rules(before.rules());
            return SharedNetwork(std::move(changed));
          },
          nb::arg("parameters"), nb::arg("values"),
          nb::sig("def with_values(self, parameters: Parameters, values: dict[str, typing.Any]) -> Network"),
          "A copy in which the given entries are replaced.")
      .def("value", &entry_array, nb::arg("key"),
           nb::sig("def value(self, key: str) -> numpy.typing.NDArray[numpy.float64]"),
           "One entry of the state dictionary as a new array.")
      .def_prop_ro(
          "further_keys",
          [](const SharedNetwork& self) {
            nb::list keys;
            for (const std::string& key : self.read(further_keys)) keys.append(text(key));
            return keys;
          },
          nb::sig("def further_keys(self) -> list[str]"),
          "The entries of this network's state dictionary besides the seven of every network.")
      .def("columns", &columns_of, nb::arg("key"),
           nb::sig("def columns(self, key: str) -> tuple[numpy.typing.NDArray[numpy.int64], "
                   "numpy.typing.NDArray[numpy.uint32], numpy.typing.NDArray[numpy.float64], int]"),
           "The synapses of a weight matrix as (start, pre, weight, n_pre), column by column.")
      .def(
          "holds",
          [](const SharedNetwork& self, const std::string& key, const Numbers& array) {
            const std::span<const double> values(array.data(), array.size());
            return self.read([&](const Network& network) { return holds(network.state(), key, values); });
          },
          nb::arg("key"), nb::arg("array").noconvert(),
          nb::sig("def holds(self, key: str, array: numpy.typing.NDArray[numpy.float64]) -> bool"),
          "Whether an array of the entry's shape equals the entry.")
      .def("same_values", &same_values, nb::arg("other"), "Whether all seven entries are equal.");
}

}  // namespace sorn::python

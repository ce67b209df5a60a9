#include "io/save.hpp"

#include "core/state_fields.hpp"
#include "io/hdf5/attributes.hpp"
#include "io/hdf5/dataset.hpp"
#include "io/provenance.hpp"
#include "io/schema.hpp"
#include "support/format.hpp"

#include <sorn/share.hpp>
#include <sorn/version.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace sorn::io {

void write_format(hid_t file, std::string_view format) {
  write_attribute(file, schema::format_attribute, std::string(format));
  write_attribute(file, schema::format_version_attribute, schema::format_version);
  write_attribute(file, schema::program_version_attribute, std::string(version));
}

void write_parameters(hid_t file, const Parameters& parameters) {
  const Handle group = create_group(file, schema::parameters);
  for (const ParameterInfo& info : parameter_table()) {
    const ParameterValue value = get_parameter(parameters, info.name);
    const std::string attribute(info.name);
    if (const auto* whole = std::get_if<std::int64_t>(&value)) write_attribute(group, attribute.c_str(), *whole);
    if (const auto* real = std::get_if<double>(&value)) write_attribute(group, attribute.c_str(), *real);
    if (const auto* text = std::get_if<std::string>(&value)) write_attribute(group, attribute.c_str(), *text);
  }
  const std::vector<std::string_view> own = own_rules(parameters.order);
  if (!own.empty()) write_attribute(file, schema::own_rules, joined(own, ","));
}

void write_long_text(hid_t group, const char* name, const std::string& text) {
  if (text.size() <= schema::longest_source_attribute) {
    write_attribute(group, name, text);
  } else {
    write_list(group, name, std::vector<std::uint8_t>(text.begin(), text.end()));
  }
}

void write_run(hid_t file, const RunDescription& run) {
  const Handle group = create_group(file, schema::run);
  write_attribute(group, schema::phase, std::string(name(run.phase)));
  write_attribute(group, schema::freeze, joined(names(run.freeze), ","));
  write_attribute(group, schema::noise, run.noise);
  write_attribute(group, schema::inputs, stored_text(run.inputs));
  if (run.inputs_shape[0] != 0) write_attribute(group, schema::inputs_shape, run.inputs_shape);
  if (!run.inputs_sha256.empty()) write_attribute(group, schema::inputs_sha256, run.inputs_sha256);
  if (run.source) write_long_text(group, schema::source, text(*run.source));
  if (!run.log.empty()) write_long_text(group, schema::log, text(run.log));
  if (!run.signals.empty()) write_attribute(group, schema::signals, joined(run.signals, ","));
  write_attribute(group, schema::first_step, run.first_step);
  write_attribute(group, schema::steps, run.steps);
  if (run.rules.empty()) return;
  const Handle rules = create_group(group, schema::rules);
  for (const GivenRule& rule : run.rules) {
    const Handle own = create_group(rules, rule.name.c_str());
    for (const RuleValue& value : rule.values) write_attribute(own, value.name.c_str(), value.value);
  }
}

namespace {

/// Writes the columns of the [pre][post] matrix, without free room: scipy.sparse.csc_matrix((data, indices, indptr),
/// shape).
void write_matrix(hid_t state, const char* name, const SynapseMatrix& matrix) {
  const CompressedColumns columns = matrix.compressed(matrix.posts());
  const Handle group = create_group(state, name);
  const std::array<std::uint64_t, 2> shape{matrix.n_pre(), matrix.n_post()};
  write_attribute(group, schema::layout, std::string(schema::layout_csc));
  write_attribute(group, schema::shape, shape);
  // Signed integers, as scipy uses them: there are fewer than 2³¹ units.
  write_list(group, schema::indptr, std::vector<std::int64_t>(columns.start.begin(), columns.start.end()));
  const std::size_t synapses = columns.pre.size();
  const std::span indices(reinterpret_cast<const std::int32_t*>(columns.pre.data()), synapses);
  write_dataset(group, schema::indices, std::span(&synapses, 1), indices);
  write_list(group, schema::data, columns.weight);
}

}  // namespace

void write_output(hid_t group, const State& state) {
  for (const OutputField& field : output_fields) {
    const auto& values = state.output.*field.values;
    if (!values.empty()) write_dataset(group, field.name, field.shape(state), std::span<const double>(values));
  }
  if (state.output.no() > 0) write_list(group, output_activity, state.output.o);
}

void write_state(hid_t file, const State& state, ShareNumber number, Activity activity) {
  const Ownership own{state.wee->posts(), state.wie->posts()};
  const Handle group = create_group(file, schema::state);
  write_attribute(group, schema::seed, state.seed);
  write_attribute(group, schema::step, state.step);
  if (number.shares > 1) {
    write_attribute(group, schema::shares, number.shares);
    write_attribute(group, schema::share, number.share);
    write_attribute(group, schema::identity, number.identity);
  }
  for (const ThresholdField& field : threshold_fields) {
    const UnitRange units = units_of(own, field.units);
    const auto first = (state.*field.values).begin() + static_cast<std::ptrdiff_t>(units.begin);
    write_list(group, field.name, std::vector<double>(first, first + static_cast<std::ptrdiff_t>(units.size())));
  }
  if (activity == Activity::included) {
    for (const ActivityField& field : activity_fields) {
      const auto values = by_unit<std::uint8_t>(state, field);
      const std::array<std::size_t, 2> shape{values.size() / 2, 2};
      write_dataset(group, field.name, shape, std::span(values));
    }
    write_output(group, state);
    if (!state.h_ip.empty()) write_list(group, schema::target_rates, state.h_ip);
    if (!state.sp_queue.empty()) {
      std::vector<std::int32_t> units;
      for (const ChosenPair& pair : state.sp_queue) {
        units.push_back(static_cast<std::int32_t>(pair.pre));
        units.push_back(static_cast<std::int32_t>(pair.post));
      }
      const std::array<std::size_t, 2> shape{state.sp_queue.size(), 2};
      write_dataset(group, schema::sp_queue, shape, std::span<const std::int32_t>(units));
    }
  }
  if (!state.rule_memory.empty()) {
    const Handle rules = create_group(group, schema::rules);
    for (const RuleMemory& memory : state.rule_memory) {
      const std::array<std::size_t, 2> shape{own.excitatory.size(), memory.width};
      write_dataset(rules, memory.name.c_str(), shape, std::span<const double>(*memory.values));
    }
  }
  for (const WeightField& field : weight_fields) write_matrix(group, field.name, *(state.*field.values));
}

}  // namespace sorn::io

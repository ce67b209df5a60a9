#include "io/load.hpp"

#include "core/state_fields.hpp"
#include "core/validate.hpp"
#include "io/files/checkpoint_files.hpp"
#include "io/hdf5/attributes.hpp"
#include "io/hdf5/dataset.hpp"
#include "io/provenance.hpp"
#include "io/schema.hpp"
#include "support/format.hpp"
#include "support/identifier.hpp"
#include "support/printable.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace sorn::io {

std::string read_format(hid_t file, std::initializer_list<std::string_view> formats) {
  const std::string format =
      H5Aexists(file, schema::format_attribute) > 0 ? read_text(file, schema::format_attribute) : std::string();
  if (std::find(formats.begin(), formats.end(), format) == formats.end()) {
    if (format == schema::format || format == schema::checkpoint_format) {
      throw FormatError(formatted("format '{}'", format), formatted("must be '{}'", *formats.begin()));
    }
    if (format == schema::share_format) {
      throw FormatError("a share of a checkpoint", "is a part of a network only", "give the checkpoint beside it");
    }
    throw FormatError("a foreign HDF5 file", "a result of sorn has the attribute format = 'sorn-result'");
  }
  const std::uint64_t found = read_count(file, schema::format_version_attribute);
  std::string program_version = read_text(file, schema::program_version_attribute);
  if (found < 1 || found > static_cast<std::uint64_t>(schema::format_version)) {
    throw FormatError(formatted("format version {}", found),
                      formatted("this program reads versions 1 to {}", schema::format_version),
                      formatted("the file was written by sorn {}", program_version.substr(0, 40)));
  }
  return program_version;
}

namespace {

/// The parts of a text that commas join; an empty text has none.
std::vector<std::string> parts_of(std::string_view text) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    parts.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

}  // namespace

Parameters read_parameters(hid_t file) {
  // The file can be read without the rules themselves; only a run needs them.
  if (H5Aexists(file, schema::own_rules) > 0) {
    for (const std::string& rule : parts_of(read_text(file, schema::own_rules))) Rule::own(rule);
  }
  const Handle group = open_group(file, schema::parameters);
  Parameters parameters;
  std::vector<std::string> attributes = attribute_names(group);
  // The variant comes first, since it brings the values of all others.
  std::stable_partition(attributes.begin(), attributes.end(),
                        [](const std::string& name) { return name == "variant"; });
  for (const std::string& attribute : attributes) {
    const Scalar value = read_attribute(group, attribute.c_str());
    ParameterValue parameter;
    if (const auto* whole = std::get_if<std::int64_t>(&value)) parameter = *whole;
    if (const auto* real = std::get_if<double>(&value)) parameter = *real;
    if (const auto* text = std::get_if<std::string>(&value)) parameter = *text;
    // A number above int64 is out of every range. As a real number it is refused with the right message.
    if (const auto* natural = std::get_if<std::uint64_t>(&value)) parameter = static_cast<double>(*natural);
    set_parameter(parameters, attribute, parameter);
  }
  // A missing hyperparameter must not silently get its default, unless the file is older than the hyperparameter.
  const std::uint64_t file_version = read_count(file, schema::format_version_attribute);
  for (const ParameterInfo& info : parameter_table()) {
    const bool may_be_missing = !info.unset.empty() || file_version < static_cast<std::uint64_t>(info.since);
    if (H5Aexists(group, std::string(info.name).c_str()) > 0) continue;
    if (!may_be_missing) throw FormatError(formatted("hyperparameter '{}'", info.name), "is missing");
    // A value that is not set is not written.
    const bool not_set = file_version >= static_cast<std::uint64_t>(info.since);
    if (not_set) set_parameter(parameters, info.name, std::monostate{});
  }
  validate(parameters);
  return parameters;
}

std::optional<std::string> read_long_text(hid_t group, const char* name) {
  if (H5Aexists(group, name) > 0) return read_text(group, name);
  if (H5Lexists(group, name, H5P_DEFAULT) <= 0) return {};
  const std::vector<std::uint8_t> bytes = Dataset::open(group, name).values<std::uint8_t>();
  return std::string(bytes.begin(), bytes.end());
}

namespace {

OptionalSource read_source(hid_t run) {
  const std::optional<std::string> source = read_long_text(run, schema::source);
  if (!source) return {};
  SourceSpec spec = source_spec(*source);
  validate(spec);
  return spec;
}

/// A name in a group of rules of users' own.
void check_rule_name(std::string_view name) {
  if (is_identifier(name)) return;
  throw FormatError(formatted("a rule, or a parameter of one, named '{}'", printable_beginning(name, 80)),
                    formatted("a name is {}", identifier_in_words));
}

std::vector<GivenRule> read_rules(hid_t run) {
  std::vector<GivenRule> all;
  if (H5Lexists(run, schema::rules, H5P_DEFAULT) <= 0) return all;
  const Handle group = open_group(run, schema::rules);
  for (const std::string& name : member_names(group)) {
    check_rule_name(name);
    const Handle own = open_group(group, name.c_str());
    GivenRule rule{name, {}};
    for (const std::string& parameter : attribute_names(own)) {
      const Scalar value = read_attribute(own, parameter.c_str());
      const auto* const real = std::get_if<double>(&value);
      if (real == nullptr) {
        throw FormatError(formatted("'{}' of the rule '{}'", printable_beginning(parameter, 80), name),
                          "must be a real number");
      }
      rule.values.push_back({parameter, *real});
    }
    std::sort(rule.values.begin(), rule.values.end(),
              [](const RuleValue& a, const RuleValue& b) { return a.name < b.name; });
    all.push_back(std::move(rule));
  }
  std::sort(all.begin(), all.end(), [](const GivenRule& a, const GivenRule& b) { return a.name < b.name; });
  return all;
}

}  // namespace

RunDescription read_run(hid_t file) {
  const Handle group = open_group(file, schema::run);
  RunDescription run;
  run.phase = phase_named(read_text(group, schema::phase));
  for (const std::string& rule : parts_of(read_text(group, schema::freeze))) run.freeze.insert(rule_named(rule));
  run.noise = read_text(group, schema::noise);
  run.inputs = read_text(group, schema::inputs);
  if (H5Aexists(group, schema::inputs_shape) > 0) {
    const auto shape = read_counts(group, schema::inputs_shape, 2);
    run.inputs_shape = {shape[0], shape[1]};
  }
  if (H5Aexists(group, schema::inputs_sha256) > 0) {
    run.inputs_sha256 = stored_text(read_text(group, schema::inputs_sha256));
  }
  run.source = read_source(group);
  if (H5Aexists(group, schema::signals) > 0) run.signals = parts_of(read_text(group, schema::signals));
  validate_signal_names(run.signals);
  run.first_step = read_count(group, schema::first_step);
  run.steps = read_count(group, schema::steps);
  run.rules = read_rules(group);
  if (const auto log = read_long_text(group, schema::log)) run.log = run_log(*log);
  return run;
}

namespace {

template <class T>
std::vector<T> read_list(hid_t group, const char* name, std::optional<std::size_t> size = {}) {
  const Dataset dataset = Dataset::open(group, name);
  if (dataset.shape().size() != 1) throw FormatError(formatted("dataset '{}'", name), "must have one dimension");
  if (size) dataset.require_shape(std::span(&*size, 1));
  return dataset.values<T>();
}

/// The columns of the units in `own`; the group holds no others. `all` gives the size of the network.
SynapseMatrix read_matrix(hid_t state, const WeightField& field, const Ownership& own, const Ownership& all,
                          Zeros zeros) {
  const char* const name = field.name;
  const UnitRange posts = units_of(own, field.post);
  const std::size_t n_pre = units_of(all, field.pre).size();
  const std::size_t n_post = units_of(all, field.post).size();
  const Handle group = open_group(state, name);
  if (read_text(group, schema::layout) != schema::layout_csc) {
    throw FormatError(formatted("{}: attribute '{}'", name, schema::layout), "must be 'csc'");
  }
  const auto shape = read_counts(group, schema::shape, 2);
  if (shape[0] != n_pre || shape[1] != n_post) {
    throw FormatError(formatted("{} of shape ({}, {})", name, shape[0], shape[1]),
                      formatted("must have shape ({}, {}), as the thresholds have", n_pre, n_post));
  }
  // A negative start becomes a huge number, which from_columns() refuses.
  const auto starts = read_list<std::int64_t>(group, schema::indptr, posts.size() + 1);
  const auto indices = read_list<std::int64_t>(group, schema::indices);
  CompressedColumns columns{posts, {starts.begin(), starts.end()}, {}, {}};
  columns.weight = read_list<double>(group, schema::data, indices.size());
  columns.pre.reserve(indices.size());
  for (const std::int64_t index : indices) {
    if (index < 0 || static_cast<std::uint64_t>(index) >= n_pre) {
      throw FormatError(formatted("{}: index {}", name, index), formatted("must be in [0, {}]", n_pre - 1));
    }
    columns.pre.push_back(static_cast<std::uint32_t>(index));
  }
  return SynapseMatrix::from_columns(columns, n_pre, n_post, field.plasticity, name, zeros);
}

void read_activity(hid_t group, const ActivityField& field, std::size_t units, State& state) {
  const Dataset dataset = Dataset::open(group, field.name);
  const std::array<std::size_t, 2> shape{units, 2};
  dataset.require_shape(shape);
  const auto values = dataset.values<std::uint8_t>();
  for (std::size_t k = 0; k < values.size(); ++k) (state.*field.columns[k % 2]).push_back(values[k]);
}

/// The pairs that wait for structural plasticity, as (pre, post).
void read_queue(hid_t group, State& state) {
  const Dataset dataset = Dataset::open(group, schema::sp_queue);
  const auto& shape = dataset.shape();
  constexpr std::size_t most = 1000;  // the largest sp_batch
  if (shape.size() != 2 || shape[0] > most || shape[1] != 2) {
    throw FormatError(formatted("dataset '{}'", schema::sp_queue),
                      formatted("must have at most {} rows of 2 units", most));
  }
  const auto units = dataset.values<std::int64_t>();
  for (std::size_t k = 0; k < units.size(); k += 2) {
    // A unit out of range becomes a number that validate() refuses.
    const auto unit = [&](std::size_t n) {
      return units[n] < 0 || units[n] > std::numeric_limits<std::int32_t>::max() ? ~std::uint32_t{0}
                                                                                 : static_cast<std::uint32_t>(units[n]);
    };
    state.sp_queue.push_back({unit(k), unit(k + 1)});
  }
}

/// The output layer of `no` units. The thresholds of the state are known.
void read_output(hid_t group, std::size_t no, State& state) {
  constexpr auto most_rewards = static_cast<std::size_t>(detail::most_rewards);
  for (const OutputField& field : output_fields) {
    if ((field.optional || no == 0) && H5Lexists(group, field.name, H5P_DEFAULT) <= 0) continue;
    const Dataset dataset = Dataset::open(group, field.name);
    std::vector<std::size_t> shape;
    if (field.by_excitatory) shape.push_back(state.ne());
    if (field.by_output) shape.push_back(no);
    if (shape.empty()) {
      shape = dataset.shape();
      if (shape.size() != 1 || shape[0] > most_rewards) {
        throw FormatError(formatted("dataset '{}'", field.name),
                          formatted("must be a list of at most {} numbers", most_rewards));
      }
    }
    dataset.require_shape(shape);
    state.output.*field.values = dataset.values<double>();
  }
  if (no > 0) state.output.o = read_list<std::uint8_t>(group, output_activity, no);
}

std::uint64_t read_share_count(hid_t state) {
  if (H5Aexists(state, schema::shares) <= 0) return 1;
  const std::uint64_t shares = read_count(state, schema::shares);
  constexpr std::uint64_t most = 1U << 24U;
  if (shares == 0 || shares > most) {
    throw FormatError(formatted("attribute '{}' = {}", schema::shares, shares), formatted("must be in [1, {}]", most));
  }
  return shares;
}

/// Reads the memory of rules of users' own for the units in `own`; the group holds no others. It can be read without
/// the rules themselves.
void read_memory(hid_t state, UnitRange own, std::vector<RuleMemory>& all) {
  if (H5Lexists(state, schema::rules, H5P_DEFAULT) <= 0) return;
  const Handle rules = open_group(state, schema::rules);
  for (const std::string& name : member_names(rules)) {
    check_rule_name(name);
    const Dataset dataset = Dataset::open(rules, name);
    const auto& shape = dataset.shape();
    if (shape.size() != 2 || shape[0] != own.size() || shape[1] == 0) {
      throw FormatError(formatted("the memory of the rule '{}'", name),
                        formatted("must have the shape ({}, 1 or more)", own.size()));
    }
    all.push_back({name, shape[1], dataset.values<double>()});
  }
  std::sort(all.begin(), all.end(), [](const RuleMemory& a, const RuleMemory& b) { return a.name < b.name; });
}

/// Reads the thresholds and the incoming synapses of the units in `own`; the group holds no others.
/// @param resting  what becomes of W_EE weights of 0
void read_own(hid_t group, const Ownership& own, const Ownership& all, Zeros resting, State& state) {
  for (const ThresholdField& field : threshold_fields) {
    const UnitRange units = units_of(own, field.units);
    const auto values = read_list<double>(group, field.name, units.size());
    (state.*field.values).assign(units_of(all, field.units).size(), 0.0);
    std::copy(values.begin(), values.end(), (state.*field.values).begin() + static_cast<std::ptrdiff_t>(units.begin));
  }
  for (const WeightField& field : weight_fields) {
    const Zeros zeros = field.zero_diagonal() ? resting : Zeros::dropped;
    state.*field.values = read_matrix(group, field, own, all, zeros);
  }
  read_memory(group, own.excitatory, state.rule_memory);
}

/// Appends the memory of rules for `units`, which `share` has among its own. All shares of a network have the same
/// rules.
void append_memory(const State& share, UnitRange own, UnitRange units, std::vector<RuleMemory>& all) {
  const auto same = [](const RuleMemory& a, const RuleMemory& b) { return a.name == b.name && a.width == b.width; };
  if (!std::equal(all.begin(), all.end(), share.rule_memory.begin(), share.rule_memory.end(), same)) {
    throw FormatError("the memory of rules in the share", "differs from that of other shares in rule or width");
  }
  for (std::size_t k = 0; k < all.size(); ++k) {
    const std::span values(*share.rule_memory[k].values);
    const auto added = values.subspan((units.begin - own.begin) * all[k].width, units.size() * all[k].width);
    std::vector<double>& to = all[k].values.mutate();
    to.insert(to.end(), added.begin(), added.end());
  }
}

/// The mark that only a checkpoint and its shares have in common; files of earlier versions have none.
std::optional<std::uint64_t> read_identity(hid_t state) {
  if (H5Aexists(state, schema::identity) <= 0) return std::nullopt;
  return read_count(state, schema::identity);
}

/// The units in both ranges, if any.
UnitRange common(UnitRange a, UnitRange b) noexcept {
  const std::size_t begin = std::max(a.begin, b.begin);
  return {begin, std::max(begin, std::min(a.end, b.end))};
}

/// Reads the units in `wanted` of a network in several files, one file after the other, so that memory holds only one
/// file besides the wanted units.
void read_shares(hid_t first, const std::filesystem::path& path, std::uint64_t shares, const Ownership& wanted,
                 const Ownership& all, Zeros resting, State& state) {
  for (const ThresholdField& field : threshold_fields) {
    (state.*field.values).assign(units_of(all, field.units).size(), 0.0);
  }
  std::array<CompressedColumns, weight_fields.size()> columns;  // in the order of the shares
  for (std::size_t k = 0; k < columns.size(); ++k) {
    const std::size_t begin = units_of(wanted, weight_fields[k].post).begin;
    columns[k].posts = {begin, begin};
  }
  bool is_first = true;
  const auto add = [&](hid_t group, const Ownership& own) {
    State share;
    read_own(group, own, all, resting, share);
    for (const ThresholdField& field : threshold_fields) {
      const UnitRange units = common(units_of(own, field.units), units_of(wanted, field.units));
      for (std::size_t i = units.begin; i < units.end; ++i) (state.*field.values)[i] = (share.*field.values)[i];
    }
    for (std::size_t k = 0; k < columns.size(); ++k) {
      const WeightField& field = weight_fields[k];
      const UnitRange units = common(units_of(own, field.post), units_of(wanted, field.post));
      for (std::size_t i = units.begin; i < units.end; ++i) columns[k].append((share.*field.values)->column(i));
    }
    if (is_first) {
      for (const RuleMemory& memory : share.rule_memory) state.rule_memory.push_back({memory.name, memory.width, {}});
    }
    is_first = false;
    const UnitRange units = common(own.excitatory, wanted.excitatory);
    if (units.size() > 0) append_memory(share, own.excitatory, units, state.rule_memory);
  };
  const auto identity = read_identity(first);
  for (std::uint64_t share = 0; share < shares; ++share) {
    const Ownership own = ownership(all.excitatory.size(), all.inhibitory.size(), shares, share);
    if (common(own.excitatory, wanted.excitatory).size() + common(own.inhibitory, wanted.inhibitory).size() == 0) {
      continue;
    }
    if (share == 0) {
      add(first, own);
      continue;
    }
    const std::filesystem::path beside = share_path(path, share);
    std::error_code unknown;
    if (!std::filesystem::exists(beside, unknown) && !unknown) {
      throw FormatError(formatted("share '{}' is missing", beside.string()),
                        formatted("the network lies in {} files", shares), "keep them together");
    }
    const Handle file = open_file(beside, Structures::with_checksums, Seal::required);
    naming(beside, [&] {
      read_format(file, {schema::share_format});
      const Handle group = open_group(file, schema::state);
      const bool belongs = read_count(group, schema::seed) == state.seed &&
                           read_count(group, schema::step) == state.step &&
                           read_count(group, schema::shares) == shares && read_count(group, schema::share) == share &&
                           read_identity(group) == identity;
      if (!belongs) throw FormatError("the share", "belongs to another checkpoint");
      add(group, own);
    });
  }
  for (std::size_t k = 0; k < columns.size(); ++k) {
    const WeightField& field = weight_fields[k];
    state.*field.values = SynapseMatrix::from_columns(columns[k], units_of(all, field.pre).size(),
                                                      units_of(all, field.post).size(), field.plasticity, field.name,
                                                      Zeros::kept);  // read_own() has dropped those to drop
  }
}

}  // namespace

void require_size(hid_t file, const Parameters& parameters) {
  const Handle group = open_group(file, schema::state);
  const Ownership own = ownership(parameters.ne, parameters.inhibitory_count(), read_share_count(group), 0);
  for (const ThresholdField& field : threshold_fields) {
    const std::size_t units = units_of(own, field.units).size();
    Dataset::open(group, field.name).require_shape(std::span(&units, 1));
  }
}

State read_state(hid_t file, const std::filesystem::path& path, const Parameters& parameters,
                 const std::optional<Ownership>& wanted) {
  const Handle group = open_group(file, schema::state);
  State state;
  const Ownership all = ownership(parameters.ne, parameters.inhibitory_count(), 1, 0);
  state.seed = read_count(group, schema::seed);
  state.step = read_count(group, schema::step);
  // The real length of the thresholds limits all allocations that follow: the file could claim any ne and ni.
  require_size(file, parameters);
  for (const ActivityField& field : activity_fields) {
    read_activity(group, field, units_of(all, field.units).size(), state);
  }
  if (H5Lexists(group, schema::target_rates, H5P_DEFAULT) > 0) {
    state.h_ip = read_list<double>(group, schema::target_rates, parameters.ne);
  }
  if (H5Lexists(group, schema::sp_queue, H5P_DEFAULT) > 0) read_queue(group, state);
  const Zeros resting = parameters.keep_zero == Toggle::on ? Zeros::kept : Zeros::dropped;
  const std::uint64_t shares = read_share_count(group);
  if (shares > 1) {
    read_shares(group, path, shares, wanted.value_or(all), all, resting, state);
  } else {
    read_own(group, all, all, resting, state);
    if (wanted) state = share_of(state, *wanted);
  }
  read_output(group, parameters.no, state);
  sorn::validate(state);
  return state;
}

void rethrow_naming(const std::filesystem::path& path) {
  const std::string quoted = formatted("'{}'", path.string());
  try {
    throw;
  } catch (const Hdf5Failure& failure) {
    failure.throw_if_system_refused(path);
    throw FormatError(quoted, "the file is damaged: could not " + failure.action(), failure.reason());
  } catch (const IoError& error) {
    throw IoError(formatted("{}: {}", quoted, error.subject()), error.rule(), error.suggestion());
  } catch (const Error& error) {
    throw FormatError(formatted("{}: {}", quoted, error.subject()), error.rule(), error.suggestion());
  }
}

}  // namespace sorn::io

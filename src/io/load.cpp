#include "io/load.hpp"

#include "io/attributes.hpp"
#include "io/dataset.hpp"
#include "io/parts.hpp"
#include "io/schema.hpp"

#include <sorn/error.hpp>
#include <sorn/result_reader.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace sorn {

namespace io {

std::string read_format(hid_t file, std::initializer_list<std::string_view> formats) {
  const std::string format =
      H5Aexists(file, schema::format_attribute) > 0 ? read_text(file, schema::format_attribute) : std::string();
  if (std::find(formats.begin(), formats.end(), format) == formats.end()) {
    if (format == schema::format || format == schema::checkpoint_format) {
      throw FormatError(fmt::format("format '{}'", format), fmt::format("must be '{}'", *formats.begin()));
    }
    throw FormatError("a foreign HDF5 file", "a result of sorn has the attribute format = 'sorn-result'");
  }
  const std::uint64_t found = read_count(file, schema::format_version_attribute);
  std::string program_version = read_text(file, schema::program_version_attribute);
  if (found < 1 || found > static_cast<std::uint64_t>(schema::format_version)) {
    throw FormatError(fmt::format("format version {}", found),
                      fmt::format("this program reads versions 1 to {}", schema::format_version),
                      fmt::format("the file was written by sorn {}", program_version.substr(0, 40)));
  }
  return program_version;
}

Parameters read_parameters(hid_t file) {
  const Handle group = open_group(file, schema::parameters);
  Parameters parameters;
  for (const std::string& attribute : attribute_names(group)) {
    const Scalar value = read_attribute(group, attribute.c_str());
    ParameterValue parameter;
    if (const auto* whole = std::get_if<std::int64_t>(&value)) parameter = *whole;
    if (const auto* real = std::get_if<double>(&value)) parameter = *real;
    if (const auto* text = std::get_if<std::string>(&value)) parameter = *text;
    // Beyond int64 it is out of any range; as a real number it says so.
    if (const auto* natural = std::get_if<std::uint64_t>(&value)) parameter = static_cast<double>(*natural);
    set_parameter(parameters, attribute, parameter);
  }
  // One that is missing must not pass for its default. Only `ni` may be unset.
  for (const ParameterInfo& info : parameter_table()) {
    const std::string attribute(info.name);
    if (attribute != "ni" && H5Aexists(group, attribute.c_str()) <= 0) {
      throw FormatError(fmt::format("hyperparameter '{}'", attribute), "is missing");
    }
  }
  validate(parameters);
  return parameters;
}

RunDescription read_run(hid_t file) {
  const Handle group = open_group(file, schema::run);
  RunDescription run;
  run.phase = phase_named(read_text(group, schema::phase));
  const std::string frozen = read_text(group, schema::freeze);
  for (std::size_t begin = 0; begin < frozen.size();) {
    const std::size_t end = std::min(frozen.find(',', begin), frozen.size());
    run.freeze.insert(rule_named(std::string_view(frozen).substr(begin, end - begin)));
    begin = end + 1;
  }
  run.noise = read_text(group, schema::noise);
  run.inputs = read_text(group, schema::inputs);
  run.first_step = read_count(group, schema::first_step);
  run.steps = read_count(group, schema::steps);
  return run;
}

namespace {

template <class T>
std::vector<T> read_list(hid_t group, const char* name, std::optional<std::size_t> size = {}) {
  const Dataset dataset = Dataset::open(group, name);
  if (dataset.shape().size() != 1) throw FormatError(fmt::format("dataset '{}'", name), "must have one dimension");
  if (size) dataset.require_shape(std::span(&*size, 1));
  return dataset.values<T>();
}

SynapseMatrix read_matrix(hid_t state, const char* name, std::size_t n_pre, std::size_t n_post, Plasticity plasticity) {
  const Handle group = open_group(state, name);
  if (read_text(group, schema::layout) != schema::layout_csc) {
    throw FormatError(fmt::format("{}: attribute '{}'", name, schema::layout), "must be 'csc'");
  }
  const auto shape = read_counts(group, schema::shape, 2);
  if (shape[0] != n_pre || shape[1] != n_post) {
    throw FormatError(fmt::format("{} of shape ({}, {})", name, shape[0], shape[1]),
                      fmt::format("must have shape ({}, {}), as the thresholds have", n_pre, n_post));
  }
  const auto starts = read_list<std::int64_t>(group, schema::indptr, n_post + 1);
  const auto indices = read_list<std::int64_t>(group, schema::indices);
  const auto weights = read_list<double>(group, schema::data, indices.size());
  // A negative start becomes a huge one, which from_columns() refuses.
  const std::vector<std::size_t> start(starts.begin(), starts.end());
  std::vector<std::uint32_t> pre(indices.size());
  for (std::size_t k = 0; k < indices.size(); ++k) {
    if (indices[k] < 0 || static_cast<std::uint64_t>(indices[k]) >= n_pre) {
      throw FormatError(fmt::format("{}: index {}", name, indices[k]), fmt::format("must be in [0, {}]", n_pre - 1));
    }
    pre[k] = static_cast<std::uint32_t>(indices[k]);
  }
  return SynapseMatrix::from_columns(start, pre, weights, n_pre, plasticity, name);
}

void read_activity(hid_t state, const char* name, std::size_t units, std::vector<std::uint8_t>& previous,
                   std::vector<std::uint8_t>& current) {
  const Dataset dataset = Dataset::open(state, name);
  const std::array<std::size_t, 2> shape{units, 2};
  dataset.require_shape(shape);
  const auto columns = dataset.values<std::uint8_t>();
  for (std::size_t i = 0; i < units; ++i) {
    previous.push_back(columns[2 * i]);
    current.push_back(columns[2 * i + 1]);
  }
}

}  // namespace

void require_size(hid_t file, const Parameters& parameters) {
  const Handle group = open_group(file, schema::state);
  const std::size_t ne = parameters.ne;
  const std::size_t ni = parameters.inhibitory_count();
  Dataset::open(group, schema::te).require_shape(std::span(&ne, 1));
  Dataset::open(group, schema::ti).require_shape(std::span(&ni, 1));
}

State read_state(hid_t file, const Parameters& parameters) {
  const Handle group = open_group(file, schema::state);
  State state;
  const std::size_t ne = parameters.ne;
  const std::size_t ni = parameters.inhibitory_count();
  state.seed = read_count(group, schema::seed);
  state.step = read_count(group, schema::step);
  // The thresholds' real length bounds all that is allocated from here on: ne and ni are only numbers in the file.
  state.te = read_list<double>(group, schema::te, ne);
  state.ti = read_list<double>(group, schema::ti, ni);
  read_activity(group, schema::x, ne, state.x_previous, state.x);
  read_activity(group, schema::y, ni, state.y_previous, state.y);
  state.wee = read_matrix(group, schema::wee, ne, ne, Plasticity::plastic);
  state.wei = read_matrix(group, schema::wei, ni, ne, Plasticity::plastic);
  state.wie = read_matrix(group, schema::wie, ne, ni, Plasticity::fixed);
  sorn::validate(state);
  return state;
}

void rethrow_naming(const std::filesystem::path& path) {
  const std::string quoted = fmt::format("'{}'", path.string());
  try {
    throw;
  } catch (const Hdf5Failure& failure) {
    throw FormatError(quoted, "the file is damaged: could not " + failure.action(), failure.reason());
  } catch (const IoError& error) {
    throw IoError(fmt::format("{}: {}", quoted, error.subject()), error.rule(), error.suggestion());
  } catch (const Error& error) {
    throw FormatError(fmt::format("{}: {}", quoted, error.subject()), error.rule(), error.suggestion());
  }
}

Result load(const std::filesystem::path& path, Values values) {
  const ResultReader reader(path);
  Result result{.parameters = reader.parameters(),
                .state = reader.state(),
                .recordings = reader.recordings(),
                .run = reader.run(),
                .program_version = reader.program_version()};
  if (values == Values::read) {
    for (Recording& recording : result.recordings) {
      recording = reader.rows(recording.request.quantity, 0, recording.rows);
    }
  }
  return result;
}

}  // namespace io

Result load_result(const std::filesystem::path& path, bool with_recordings) {
  Result result = io::load(path, with_recordings ? io::Values::read : io::Values::leave_out);
  if (!with_recordings) result.recordings.clear();
  return result;
}

}  // namespace sorn

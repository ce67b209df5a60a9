#include "io/load.hpp"

#include "io/hdf5/attributes.hpp"
#include "io/hdf5/dataset.hpp"
#include "io/parts.hpp"
#include "io/provenance.hpp"
#include "io/schema.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>
#include <sorn/result_reader.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <system_error>
#include <utility>

namespace sorn {

namespace io {

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
  // One that is missing must not pass for its default, unless the file is older than it.
  const std::uint64_t file_version = read_count(file, schema::format_version_attribute);
  for (const ParameterInfo& info : parameter_table()) {
    const bool may_be_missing = !info.unset.empty() || file_version < static_cast<std::uint64_t>(info.since);
    if (!may_be_missing && H5Aexists(group, std::string(info.name).c_str()) <= 0) {
      throw FormatError(formatted("hyperparameter '{}'", info.name), "is missing");
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
  if (H5Aexists(group, schema::inputs_shape) > 0) {
    const auto shape = read_counts(group, schema::inputs_shape, 2);
    run.inputs_shape = {shape[0], shape[1]};
  }
  if (H5Aexists(group, schema::inputs_sha256) > 0) {
    run.inputs_sha256 = stored_text(read_text(group, schema::inputs_sha256));
  }
  run.first_step = read_count(group, schema::first_step);
  run.steps = read_count(group, schema::steps);
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

/// The columns of the units `posts` of n_post.
SynapseMatrix read_matrix(hid_t state, const char* name, std::size_t n_pre, std::size_t n_post, UnitRange posts,
                          Plasticity plasticity) {
  const Handle group = open_group(state, name);
  if (read_text(group, schema::layout) != schema::layout_csc) {
    throw FormatError(formatted("{}: attribute '{}'", name, schema::layout), "must be 'csc'");
  }
  const auto shape = read_counts(group, schema::shape, 2);
  if (shape[0] != n_pre || shape[1] != n_post) {
    throw FormatError(formatted("{} of shape ({}, {})", name, shape[0], shape[1]),
                      formatted("must have shape ({}, {}), as the thresholds have", n_pre, n_post));
  }
  const auto starts = read_list<std::int64_t>(group, schema::indptr, posts.size() + 1);
  const auto indices = read_list<std::int64_t>(group, schema::indices);
  const auto weights = read_list<double>(group, schema::data, indices.size());
  // A negative start becomes a huge one, which from_columns() refuses.
  const std::vector<std::size_t> start(starts.begin(), starts.end());
  std::vector<std::uint32_t> pre(indices.size());
  for (std::size_t k = 0; k < indices.size(); ++k) {
    if (indices[k] < 0 || static_cast<std::uint64_t>(indices[k]) >= n_pre) {
      throw FormatError(formatted("{}: index {}", name, indices[k]), formatted("must be in [0, {}]", n_pre - 1));
    }
    pre[k] = static_cast<std::uint32_t>(indices[k]);
  }
  return SynapseMatrix::share_from_columns(posts, n_post, start, pre, weights, n_pre, plasticity, name);
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

std::uint64_t read_share_count(hid_t state) {
  if (H5Aexists(state, schema::shares) <= 0) return 1;
  const std::uint64_t shares = read_count(state, schema::shares);
  constexpr std::uint64_t most = 1U << 24U;
  if (shares == 0 || shares > most) {
    throw FormatError(formatted("attribute '{}' = {}", schema::shares, shares), formatted("must be in [1, {}]", most));
  }
  return shares;
}

/// Thresholds and incoming synapses of some units.
struct OwnValues {
  std::vector<double> te, ti;
  SynapseMatrix wee, wei, wie;
};

OwnValues read_own(hid_t state, std::size_t ne, std::size_t ni, const Ownership& own) {
  return {read_list<double>(state, schema::te, own.excitatory.size()),
          read_list<double>(state, schema::ti, own.inhibitory.size()),
          read_matrix(state, schema::wee, ne, ne, own.excitatory, Plasticity::plastic),
          read_matrix(state, schema::wei, ni, ne, own.excitatory, Plasticity::plastic),
          read_matrix(state, schema::wie, ne, ni, own.inhibitory, Plasticity::fixed)};
}

/// Puts the columns of some units together from shares that come in their order.
class Joined {
public:
  explicit Joined(UnitRange wanted) : wanted_(wanted) {}

  void add(const SynapseMatrix& share) {
    const std::size_t end = std::min(wanted_.end, share.posts().end);
    for (std::size_t i = std::max(wanted_.begin, share.posts().begin); i < end; ++i) {
      const SynapseMatrix::Column column = share.column(i);
      pre_.insert(pre_.end(), column.pre.begin(), column.pre.end());
      weight_.insert(weight_.end(), column.weight.begin(), column.weight.end());
      start_.push_back(pre_.size());
    }
  }
  SynapseMatrix take(std::size_t n_pre, std::size_t n_post, Plasticity plasticity) {
    return SynapseMatrix::share_from_columns(wanted_, n_post, start_, pre_, weight_, n_pre, plasticity);
  }

private:
  UnitRange wanted_;
  std::vector<std::size_t> start_{0};
  std::vector<std::uint32_t> pre_;
  std::vector<double> weight_;
};

/// Writes the values of `from`, which are those of the units `own`, to where `wanted` has them.
void place(const std::vector<double>& from, UnitRange own, UnitRange wanted, std::vector<double>& to) {
  for (std::size_t i = std::max(own.begin, wanted.begin); i < std::min(own.end, wanted.end); ++i) {
    to[i] = from[i - own.begin];
  }
}

/// What a checkpoint and its shares have in common with no other; those of earlier versions have nothing.
std::optional<std::uint64_t> read_identity(hid_t state) {
  if (H5Aexists(state, schema::identity) <= 0) return std::nullopt;
  return read_count(state, schema::identity);
}

bool overlap(UnitRange a, UnitRange b) noexcept { return std::max(a.begin, b.begin) < std::min(a.end, b.end); }

/// Reads what `wanted` has of a network in several files, one after the other, so that no more than one of them and
/// what is wanted is in memory.
void read_shares(hid_t first, const std::filesystem::path& path, std::uint64_t shares, const Ownership& wanted,
                 State& state) {
  const std::size_t ne = state.x.size();
  const std::size_t ni = state.y.size();
  state.te.assign(ne, 0.0);
  state.ti.assign(ni, 0.0);
  Joined wee(wanted.excitatory);
  Joined wei(wanted.excitatory);
  Joined wie(wanted.inhibitory);
  const auto add = [&](hid_t group, const Ownership& own) {
    const OwnValues values = read_own(group, ne, ni, own);
    place(values.te, own.excitatory, wanted.excitatory, state.te);
    place(values.ti, own.inhibitory, wanted.inhibitory, state.ti);
    wee.add(values.wee);
    wei.add(values.wei);
    wie.add(values.wie);
  };
  const auto identity = read_identity(first);
  for (std::uint64_t share = 0; share < shares; ++share) {
    const Ownership own = ownership(ne, ni, shares, share);
    if (!overlap(own.excitatory, wanted.excitatory) && !overlap(own.inhibitory, wanted.inhibitory)) continue;
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
  state.wee = wee.take(ne, ne, Plasticity::plastic);
  state.wei = wei.take(ni, ne, Plasticity::plastic);
  state.wie = wie.take(ne, ni, Plasticity::fixed);
}

}  // namespace

void require_size(hid_t file, const Parameters& parameters) {
  const Handle group = open_group(file, schema::state);
  const Ownership own = ownership(parameters.ne, parameters.inhibitory_count(), read_share_count(group), 0);
  const std::size_t ne = own.excitatory.size();
  const std::size_t ni = own.inhibitory.size();
  Dataset::open(group, schema::te).require_shape(std::span(&ne, 1));
  Dataset::open(group, schema::ti).require_shape(std::span(&ni, 1));
}

State read_state(hid_t file, const std::filesystem::path& path, const Parameters& parameters,
                 const std::optional<Ownership>& wanted) {
  const Handle group = open_group(file, schema::state);
  State state;
  const std::size_t ne = parameters.ne;
  const std::size_t ni = parameters.inhibitory_count();
  const Ownership all = ownership(ne, ni, 1, 0);
  state.seed = read_count(group, schema::seed);
  state.step = read_count(group, schema::step);
  // Its real length bounds all that is allocated from here on: ne and ni are only numbers in the file.
  require_size(file, parameters);
  read_activity(group, schema::x, ne, state.x_previous, state.x);
  read_activity(group, schema::y, ni, state.y_previous, state.y);
  const std::uint64_t shares = read_share_count(group);
  if (shares > 1) {
    read_shares(group, path, shares, wanted.value_or(all), state);
  } else {
    OwnValues own = read_own(group, ne, ni, all);
    state.te = std::move(own.te);
    state.ti = std::move(own.ti);
    state.wee = std::move(own.wee);
    state.wei = std::move(own.wei);
    state.wie = std::move(own.wie);
    if (wanted) state = share_of(state, *wanted);
  }
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

Result load(const std::filesystem::path& path, Values values) {
  const ResultReader reader(path);
  Result result{.parameters = reader.parameters(),
                .state = reader.state(),
                .recordings = reader.recordings(),
                .run = reader.run(),
                .program_version = reader.program_version(),
                .provenance = reader.provenance()};
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

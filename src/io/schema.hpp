// All names in a result file, and the version of the format. docs/file-format.md describes their content.
#pragma once

#include <sorn/parameters.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sorn::io::schema {

inline constexpr std::string_view format = "sorn-result";
inline constexpr std::string_view checkpoint_format = "sorn-checkpoint";
inline constexpr std::string_view share_format = "sorn-checkpoint-share";
// Version 1 had no checkpoints, no bits for spikes and no dimension scales. Each later version has hyperparameters that
// earlier ones lacked (ParameterInfo::since). Version 6 has recordings in lists. Files of all versions can be read.
inline constexpr std::int64_t format_version = [] {
  int newest = 6;
  for (const ParameterInfo& row : parameter_rows) newest = std::max(newest, row.since);
  return newest;
}();

// attributes of the root group
inline constexpr const char* format_attribute = "format";
inline constexpr const char* format_version_attribute = "format_version";
inline constexpr const char* program_version_attribute = "sorn_version";
inline constexpr const char* own_rules = "own_rules";  // the names of users' own rules in the order of a step
inline constexpr const char* date = "date";
inline constexpr const char* host = "host";
inline constexpr const char* command = "command";

// groups
inline constexpr const char* parameters = "parameters";
inline constexpr const char* run = "run";
inline constexpr const char* state = "state";
inline constexpr const char* recordings = "recordings";

// attributes of /run
inline constexpr const char* phase = "phase";
inline constexpr const char* freeze = "freeze";
inline constexpr const char* noise = "noise";
inline constexpr const char* inputs = "inputs";
inline constexpr const char* inputs_shape = "inputs_shape";
inline constexpr const char* inputs_sha256 = "inputs_sha256";
// The source of input as JSON: an attribute, or, if it is longer than that, a dataset of bytes. Missing: no source.
inline constexpr const char* source = "source";
// The names of the signals, joined by commas. Missing: the run had none. Also the name of their recording.
inline constexpr const char* signals = "signals";
// What watchers did to the run, as JSON like the source. Missing: nothing.
inline constexpr const char* log = "log";
inline constexpr std::size_t longest_source_attribute = 32'768;
inline constexpr const char* first_step = "first_step";  // also an attribute of each recording
inline constexpr const char* steps = "steps";

// attributes of /state, beside the fields of a state (core/state_fields.hpp)
inline constexpr const char* seed = "seed";
inline constexpr const char* step = "step";

// datasets of /state that only some networks have: target rates of units that were given, and the pairs that wait for
// structural plasticity
inline constexpr const char* target_rates = "h_ip";
inline constexpr const char* sp_queue = "sp_queue";

// groups of rules of users' own: in /run one for each rule, with its parameters as attributes; in /state a dataset of
// the memory of each rule that has one
inline constexpr const char* rules = "rules";

// attributes of /state if several ranks wrote the network: each file has the thresholds and the incoming synapses of
// the units of one rank
inline constexpr const char* shares = "shares";  // the number of shares; 1 if it is missing
inline constexpr const char* share = "share";    // the number of this share; the checkpoint itself is 0
// Drawn at random for each checkpoint; all its shares have the same. Missing in files of versions before 1.0.
inline constexpr const char* identity = "identity";

// a synapse matrix, in the convention of scipy.sparse.csc_matrix
inline constexpr const char* shape = "shape";
inline constexpr const char* layout = "layout";
inline constexpr std::string_view layout_csc = "csc";
inline constexpr const char* indptr = "indptr";
inline constexpr const char* indices = "indices";
inline constexpr const char* data = "data";

// A recording in lists is a group. Row r of `indptr` says where the entries of each list of row r begin, and where the
// last list ends. Weights: a list for each column of a matrix, with `indices` and `data` as above. Events of synapses:
// one list, with these entries, and a group of the synapses before the first row
inline constexpr const char* pre = "pre";
inline constexpr const char* post = "post";
inline constexpr const char* birth = "birth";
inline constexpr const char* start = "start";

// attribute of each recording, beside first_step
inline constexpr const char* stride = "stride";
// attribute of statistics of windows: the names of the columns, joined by commas
inline constexpr const char* columns = "columns";

// dimension scales of the recordings; the name of a scale of steps is "step" with stride and window: step_10_from_500
inline constexpr std::string_view step_scale = "step";
inline constexpr const char* excitatory = "excitatory";
inline constexpr const char* inhibitory = "inhibitory";
inline constexpr const char* excitatory_pre = "excitatory_pre";  // the presynaptic units of a weight matrix
inline constexpr const char* inhibitory_pre = "inhibitory_pre";
inline constexpr const char* output = "output";
inline constexpr const char* signal = "signal";    // the signals of a run
inline constexpr const char* measure = "measure";  // with the names of the measures as values
inline constexpr const char* bin = "bin";          // the lower edges of bins
inline constexpr const char* weight_bin = "weight_bin";
inline constexpr const char* scale_class = "CLASS";  // an attribute of HDF5's dimension scales
inline constexpr std::string_view scale_class_name = "DIMENSION_SCALE";
inline constexpr const char* units = "units";

// the states of steps that a run has kept: the group /landmarks. Their bytes, one after the other; the columns of the
// table (landmarks.cpp); and, in a checkpoint, where their full chunks lie and what follows these
inline constexpr const char* landmarks = "landmarks";
inline constexpr const char* states = "states";
inline constexpr const char* chunk_bytes = "chunk_bytes";
inline constexpr const char* chunks = "chunks";
inline constexpr const char* tail = "tail";

// additional content of a checkpoint: the group /resume, with the attributes of the unfinished run,
inline constexpr const char* resume = "resume";
inline constexpr const char* steps_wanted = "steps";
inline constexpr const char* checkpoint_every = "checkpoint_every";
inline constexpr const char* noise_sigma = "noise_sigma";
inline constexpr const char* noise_replayed = "noise_replayed";
inline constexpr const char* driven = "driven";
inline constexpr const char* drive_checksum = "drive_checksum";
inline constexpr const char* overwrite = "overwrite";  // missing in files of versions before 1.0, where it means 1
inline constexpr const char* keep_checkpoints = "keep_checkpoints";  // missing: none
inline constexpr const char* landmark_distance = "landmark_distance";
inline constexpr const char* log_ahead = "log_ahead";  // acts of a log that the run repeats, still to come
inline constexpr const char* record = "record";
// the rows that do not yet fill a chunk of the result file, one dataset for each recording,
inline constexpr const char* tails = "tails";
inline constexpr const char* rows = "rows";  // attribute: rows in the result file
inline constexpr const char* last_chunk_checksum = "last_chunk_checksum";
// the windows of statistics that are not over: one dataset of packed spikes for each, called "0", "1", …,
inline constexpr const char* windows = "windows";
inline constexpr const char* inhibitory_spikes = "inhibitory_spikes";  // attributes
inline constexpr const char* ee_first = "ee_first";
inline constexpr const char* ee_fewest = "ee_fewest";
// and the structures of the result file
inline constexpr const char* file_size = "file_size";
inline constexpr const char* page_numbers = "page_numbers";
inline constexpr const char* page_bytes = "page_bytes";

// A checkpoint begins with a user block of HDF5, little-endian: the magic, the number of bytes after the block, their
// CRC-64, zeros.
inline constexpr std::string_view checkpoint_magic = "sorn checkpoint\n";
inline constexpr std::size_t checkpoint_block = 512;

}  // namespace sorn::io::schema

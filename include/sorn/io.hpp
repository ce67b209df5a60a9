// Files: results in HDF5, and inputs from CSV, .npy and HDF5. They need the component sorn::io. No type of HDF5 appears
// here. HDF5 need not be thread-safe, because all calls take one lock.
#pragma once

#include <sorn/existing.hpp>
#include <sorn/network.hpp>
#include <sorn/own_rule.hpp>
#include <sorn/recorder.hpp>
#include <sorn/run_log.hpp>
#include <sorn/source_spec.hpp>

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sorn {

/// The description of the run that made a result. Nothing is computed from it.
struct RunDescription {
  Phase phase = Phase::plasticity;
  RuleSet freeze;
  std::string noise = "off";                    ///< "off", "replayed" or σ as a decimal number
  std::string inputs = "none";                  ///< the source of the inputs, in the caller's words
  std::uint64_t first_step = 0;                 ///< number of the run's first step
  std::uint64_t steps = 0;                      ///< steps done
  std::array<std::uint64_t, 2> inputs_shape{};  ///< (nu, T) of the inputs; zeros: no inputs, or not known
  std::string inputs_sha256{};                  ///< sha256() of the inputs; empty: no inputs, or not known
  OptionalSource source{};                      ///< the source of input; unset: none, inputs, or a source of a user
  std::vector<std::string> signals{};           ///< the names of the signals, in their order
  std::vector<GivenRule> rules{};  ///< of your own, by ascending name; empty: none, or not known (earlier versions)
  RunLog log{};                    ///< what watchers did; freeze and noise are those of the beginning
  bool operator==(const RunDescription&) const = default;
};

/// The origin of a file. Nothing is computed from it. A text is empty if it is not known, as in files of earlier
/// versions. Texts are UTF-8 without control characters, at most 4096 bytes.
struct Provenance {
  std::string date;     ///< when the run began, or the file was saved, in UTC: "2026-11-28T19:51:32Z"
  std::string host;     ///< name of the machine
  std::string command;  ///< command line of the process, quoted for a shell
  bool operator==(const Provenance&) const = default;
};

/// The content of a result file (docs/file-format.md).
struct Result {
  Parameters parameters;
  State state;  ///< after the run, with its seed and step number
  std::vector<Recording> recordings;
  RunDescription run;
  std::string program_version;  ///< version of the program that wrote the file; save_result() sets it
  Provenance provenance{};      ///< the origin of the file; save_result() sets it
};

/// Writes a result file. It is written under another name and moved into place when it is complete, so that an error
/// leaves an existing file unchanged. A device (/dev/null) receives the bytes. A result that load_result() would refuse
/// is not written. With SOURCE_DATE_EPOCH in the environment the file states that date, and no host and no command
/// line, so that equal results are equal files.
/// @throws IoError, also if the file exists and must not be replaced, or is being written by another process;
///   ParameterError, ShapeError or StateError for a result that contradicts itself
void save_result(const std::filesystem::path& path, const Result& result, Existing existing = Existing::refuse);

/// Reads a result file. Everything in it is checked before use. `with_recordings = false` leaves them out.
/// @throws IoError if it cannot be read, FormatError if it is truncated, damaged or of another format
Result load_result(const std::filesystem::path& path, bool with_recordings = true);

/// Inputs that were read from a file: nu features over T steps.
struct InputArray {
  std::vector<double> values;
  std::size_t features = 0;
  std::size_t steps = 0;
  bool step_major = false;  ///< whether all features of a step are stored together; else all steps of a feature are

  InputView view() const noexcept {
    const auto f = static_cast<std::ptrdiff_t>(features);
    const auto t = static_cast<std::ptrdiff_t>(steps);
    return {values.data(), features, steps, step_major ? 1 : t, step_major ? f : 1};
  }
};

/// What a row of a file of inputs holds.
enum class InputsLayout : std::uint8_t {
  time_by_feature,  ///< a step, with a number for each of nu features: what a .csv file has unless it is said
  feature_by_time,  ///< a feature, with a number for each step: the shape (nu, T) of arrays
};

/// Reads inputs from "name.csv" (a row for each step, with nu numbers), "name.npy" (nu, T) or "name.h5:/dataset" (nu,
/// T); from "-" it reads the text of a .csv file on the standard input.
/// @param layout  what a row of the file holds; unset: that of its kind of file, usual_layout()
/// @throws IoError if it cannot be read, FormatError if it is not such a file, ShapeError if its array is not (nu, T),
///   StateError if a number is not finite
InputArray read_inputs(std::string_view source, std::optional<InputsLayout> layout = std::nullopt);

/// What a row of a file of this kind holds if nothing else is said.
InputsLayout usual_layout(std::string_view source) noexcept;

/// Reads the values of a signal, one for each step, from "name.csv" (a row for each step), "name.npy" (T) or
/// "name.h5:/dataset" (T). Arrays may also have the shape (1, T).
/// @throws IoError if it cannot be read, FormatError if it is not such a file, ShapeError if it holds several signals
std::vector<double> read_signal(std::string_view source);

/// Identifies inputs independently of their source: the SHA-256 of their values as little-endian float64, all features
/// of a step together, step after step, in hexadecimal digits. In Python, for an array of shape (nu, T):
/// hashlib.sha256(np.ascontiguousarray(inputs.T, "<f8")).hexdigest()
std::string sha256(const InputView& inputs);

}  // namespace sorn

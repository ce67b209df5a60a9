// Files: results in HDF5, and inputs from CSV, .npy and HDF5. Link sorn::io for these.
// No HDF5 type appears here; the library's own thread-safety does not matter either, since all calls take one lock.
#pragma once

#include <sorn/existing.hpp>
#include <sorn/network.hpp>
#include <sorn/recorder.hpp>

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sorn {

/// How the recordings and the final state of a result came about. Descriptive: nothing is computed from it.
struct RunDescription {
  Phase phase = Phase::plasticity;
  RuleSet freeze;
  std::string noise = "off";                    ///< "off", "replayed" or σ as a decimal number
  std::string inputs = "none";                  ///< where the inputs came from, in the words of the caller
  std::uint64_t first_step = 0;                 ///< number of the run's first step
  std::uint64_t steps = 0;                      ///< steps done
  std::array<std::uint64_t, 2> inputs_shape{};  ///< (nu, T) of the inputs; zeros: there were none, or it is not known
  std::string inputs_sha256{};                  ///< sha256() of them; empty: there were none, or it is not known
  bool operator==(const RunDescription&) const = default;
};

/// Where a file comes from. Descriptive: nothing is computed from it. A text is empty if it is not known, as in files
/// of earlier versions. Texts are UTF-8 without control characters, at most 4096 bytes.
struct Provenance {
  std::string date;     ///< when the run began, or the file was saved, in UTC: "2026-11-28T19:51:32Z"
  std::string host;     ///< name of the machine
  std::string command;  ///< command line of the process, quoted for a shell
  bool operator==(const Provenance&) const = default;
};

/// What a result file holds (docs/file-format.md).
struct Result {
  Parameters parameters;
  State state;  ///< after the run, with its seed and step number
  std::vector<Recording> recordings;
  RunDescription run;
  std::string program_version;  ///< of the program that wrote it; save_result() fills it in
  Provenance provenance{};      ///< where the file comes from; save_result() fills it in
};

/// Writes a result file. It is written beside its place and moved there when complete, so that an error leaves what
/// was there before. A device (/dev/null) gets the bytes. What load_result() would refuse is not written. With
/// SOURCE_DATE_EPOCH in the environment the file says that date, and neither host nor command line: equal results are
/// equal files then.
/// @throws IoError, also if a file is there that is not to be replaced, or another process writes it; ParameterError,
///   ShapeError or StateError for a result that contradicts itself
void save_result(const std::filesystem::path& path, const Result& result, Existing existing = Existing::refuse);

/// Reads a result file. Everything in it is checked before use. `with_recordings = false` leaves them out.
/// @throws IoError if it cannot be read, FormatError if it is truncated, damaged or foreign
Result load_result(const std::filesystem::path& path, bool with_recordings = true);

/// Inputs that were read from a file: nu features over T steps.
struct InputArray {
  std::vector<double> values;
  std::size_t features = 0;
  std::size_t steps = 0;
  bool step_major = false;  ///< true: all features of a step lie together; false: all steps of a feature do

  InputView view() const noexcept {
    const auto f = static_cast<std::ptrdiff_t>(features);
    const auto t = static_cast<std::ptrdiff_t>(steps);
    return {values.data(), features, steps, step_major ? 1 : t, step_major ? f : 1};
  }
};

/// Reads inputs from "name.csv" (a row a step, nu numbers in it), "name.npy" (nu, T) or "name.h5:/dataset" (nu, T).
/// @throws IoError if it cannot be read, FormatError if it is not such a file, ShapeError if its array is not (nu, T),
///   StateError if a number is not finite
InputArray read_inputs(std::string_view source);

/// What identifies inputs wherever they come from: the SHA-256 of their values as float64, little-endian, all features
/// of a step together, step after step, in hexadecimal digits. In Python, for an array of shape (nu, T):
/// hashlib.sha256(np.ascontiguousarray(inputs.T, "<f8")).hexdigest()
std::string sha256(const InputView& inputs);

}  // namespace sorn

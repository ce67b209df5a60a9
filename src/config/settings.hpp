// What a user asks of a command, from the command line and from a configuration file alike: first as written, with
// where it was written, then as values. The name, meaning and example of each setting stand in one table.
#pragma once

#include <sorn/network.hpp>
#include <sorn/parameters.hpp>
#include <sorn/recorder.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sorn::config {

/// A value as it was written, and the words that errors put before it: "--steps " or "run.toml:3: steps = ".
struct Written {
  std::string label;
  std::string text;
};

/// A change of one hyperparameter.
struct ParameterChange {
  std::string label;  ///< "--set" or "run.toml:3"
  std::string name;
  ParameterValue value;
};

/// All that a user wrote.
struct Settings {
  std::vector<ParameterChange> parameters;  ///< in the order of their precedence, the last one wins
  std::optional<Written> steps, seed, inputs, state, noise, freeze, record, out, checkpoint_every, replicas, threads;
  std::optional<Written> resume;  ///< of the command line only
  bool force = false;             ///< of the command line only: results replace files that are there

  bool sets(std::string_view parameter) const;
};

/// One key of the table [run] of a configuration file; the option on the command line is "--" and the same name, with
/// dashes.
struct RunKey {
  std::string_view name;
  std::string_view words;         ///< {} stands for the names that the key takes
  std::string_view toml_default;  ///< as --dump-default writes it; empty: there is none
  std::string_view toml_example;
  std::optional<Written> Settings::*member;
  std::string (*names)() = nullptr;

  /// What the key is for, in lines that fit into the help of the command.
  std::string meaning() const;
};

inline constexpr std::size_t run_key_count = 11;
extern const std::array<RunKey, run_key_count> run_keys;

/// "--" and the name of a key, with dashes.
std::string option_name(const RunKey& key);

/// What "name=value" asks for. `label` is what errors put before it. @throws ParameterError
ParameterChange parameter_change(const std::string& label, const std::string& text);

/// Applies the changes to `parameters`. @throws ParameterError
void apply(const std::vector<ParameterChange>& changes, Parameters& parameters);

// Each reads one setting. @throws ParameterError that says where the value was written

/// A number of steps, from 1 on.
std::uint64_t read_steps(const Written& written);
std::uint64_t read_seed(const Written& written);
/// Networks of an ensemble, from 1 on.
std::uint64_t read_replicas(const Written& written);
/// From 1 on.
std::size_t read_threads(const Written& written);
/// σ of the noise, which "on" takes from the variant.
double read_noise(const Written& written, const Parameters& parameters);
/// How the command line says that a list has no entries, since an empty text is more likely a variable that is not set.
inline constexpr std::string_view empty_list = "none";

RuleSet read_freeze(const Written& written);
std::vector<RecordRequest> read_record(const Written& written);

}  // namespace sorn::config

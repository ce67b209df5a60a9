// The settings of a command, from the command line and from a configuration file: first as written, with the place
// where they were written, then as values. One table holds the name, the meaning and an example of each setting.
#pragma once

#include "sources/tree.hpp"

#include <sorn/io.hpp>
#include <sorn/network.hpp>
#include <sorn/own_rule.hpp>
#include <sorn/parameters.hpp>
#include <sorn/recorder.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sorn::config {

/// A value as it was written, and the label that errors put before it: "--steps " or "run.toml:3: steps = ".
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

/// A table [input] as it was written.
struct WrittenSource {
  std::string label;  ///< "run.toml: [input]"
  sources::Table table;
};

/// A signal as it was written: its name, and the file with its values.
struct WrittenSignal {
  std::string label;  ///< "--signal" or "run.toml:3"
  std::string name;
  std::string file;
};

/// A rule of a user's own as it was written: its library, and values of its parameters.
struct WrittenRule {
  std::string label;  ///< "--rule"
  std::string file;
  std::vector<RuleValue> values;
};

/// All settings that a user wrote.
struct Settings {
  std::vector<ParameterChange> parameters;  ///< in order; a later change overrides an earlier one
  std::optional<Written> steps, seed, inputs, inputs_layout, state, noise, freeze, record, out, checkpoint_every,
      keep_checkpoints, replicas, threads;
  std::optional<WrittenSource> source;
  std::vector<WrittenSignal> signals;  ///< in order, each name once
  std::vector<WrittenRule> rules;      ///< in order; only on the command line, since their code runs here
  std::optional<Written> resume;       ///< only on the command line
  std::optional<Written> replay_log;   ///< only on the command line
  bool force = false;                  ///< only on the command line: whether results replace existing files

  bool sets(std::string_view parameter) const;
};

/// A key of the table [run] in a configuration file. The option on the command line is "--" and the same name, with
/// dashes.
struct RunKey {
  std::string_view name;
  std::string_view words;         ///< {} stands for the names that the key takes
  std::string_view toml_default;  ///< as --dump-default prints it; empty: no default
  std::string_view toml_example;
  std::optional<Written> Settings::*member;
  std::string (*names)() = nullptr;

  /// The meaning of the key, in lines that fit into the help of the command.
  std::string meaning() const;
};

inline constexpr std::size_t run_key_count = 13;
extern const std::array<RunKey, run_key_count> run_keys;

/// "--" and the name of a key, with dashes.
std::string option_name(const RunKey& key);

/// The change that "name=value" asks for. Errors put `label` before it. @throws ParameterError
ParameterChange parameter_change(const std::string& label, const std::string& text);

/// Adds the signal that "name=file" asks for, or replaces the one with this name. @throws ParameterError
void add_signal(const std::string& label, const std::string& text, std::vector<WrittenSignal>& signals);

/// Adds the rule that "file" or "file:name=value,name=value" asks for. The text is a file if one of this name exists.
/// @throws ParameterError
void add_rule(const std::string& label, const std::string& text, std::vector<WrittenRule>& rules);

/// Applies the changes to `parameters`. @throws ParameterError
void apply(const std::vector<ParameterChange>& changes, Parameters& parameters);

// Each function reads one setting. @throws ParameterError with the place where the value was written

/// A number of steps, from 1 on.
std::uint64_t read_steps(const Written& written);
std::uint64_t read_seed(const Written& written);
/// RunPlan::keep_checkpoints: a number, or "every".
std::uint64_t read_kept(const Written& written);
/// The number of networks in an ensemble, from 1 on.
std::uint64_t read_replicas(const Written& written);
/// The number of threads, from 1 on.
std::size_t read_threads(const Written& written);
/// σ of the noise. For "on" it is that of the variant.
double read_noise(const Written& written, const Parameters& parameters);
/// The names of InputsLayout.
inline constexpr std::array<std::string_view, 2> layout_names{"time-by-feature", "feature-by-time"};

/// The layout of the file of inputs, if it is given. @throws ParameterError if it is given without a file
std::optional<InputsLayout> read_layout(const Settings& given);
/// The word for an empty list on the command line. An empty text is refused, because it is more likely a variable that
/// is not set.
inline constexpr std::string_view empty_list = "none";

RuleSet read_freeze(const Written& written);
std::vector<RecordRequest> read_record(const Written& written);

}  // namespace sorn::config

#include "config/sweep_file.hpp"

#include "config/config.hpp"
#include "config/source.hpp"
#include "config/text.hpp"
#include "io/inputs.hpp"
#include "runs/sweep_run.hpp"
#include "support/error_kinds.hpp"
#include "support/format.hpp"
#include "support/labelled.hpp"
#include "support/names.hpp"

#include <sorn/error.hpp>
#include <sorn/measures.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <functional>
#include <span>
#include <system_error>
#include <utility>

namespace sorn::config {

namespace {

using Entries = std::vector<ConfigEntry>;
using List = std::vector<ConfigValue>;

/// A value as text in a message.
std::string shown(const ConfigValue& value) {
  struct Printer {
    std::string operator()(bool v) const { return v ? "true" : "false"; }
    std::string operator()(std::int64_t v) const { return formatted("{}", v); }
    std::string operator()(double v) const { return formatted("{}", v); }
    std::string operator()(const std::string& v) const { return formatted("\"{}\"", v.substr(0, 80)); }
    std::string operator()(const List& /*v*/) const { return "a list"; }
    std::string operator()(const Entries& /*v*/) const { return "a table"; }
  };
  return std::visit(Printer{}, value.value);
}

[[noreturn]] void refuse(const ConfigEntry& entry, const std::string& rule, std::string suggestion = {}) {
  throw ParameterError(formatted("{}: {} = {}", entry.place, entry.key, shown(entry.value)), rule,
                       std::move(suggestion));
}

std::uint64_t count_of(const ConfigEntry& entry, std::uint64_t least) {
  const auto* whole = std::get_if<std::int64_t>(&entry.value.value);
  if (whole == nullptr || *whole < 0 || static_cast<std::uint64_t>(*whole) < least) {
    refuse(entry, formatted("must be a whole number from {} on", least));
  }
  return static_cast<std::uint64_t>(*whole);
}

std::optional<double> number_in(const ConfigValue& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value.value)) return static_cast<double>(*whole);
  if (const auto* real = std::get_if<double>(&value.value)) return *real;
  return {};
}

double number_of(const ConfigEntry& entry) {
  const auto number = number_in(entry.value);
  if (!number || !std::isfinite(*number)) refuse(entry, "must be a number");
  return *number;
}

bool truth_of(const ConfigEntry& entry) {
  const auto* truth = std::get_if<bool>(&entry.value.value);
  if (truth == nullptr) refuse(entry, "must be true or false");
  return *truth;
}

const std::string& text_of(const ConfigEntry& entry) {
  const auto* text = std::get_if<std::string>(&entry.value.value);
  if (text == nullptr) refuse(entry, "must be a string");
  return *text;
}

std::string types_of(const ParameterInfo* info) {
  if (info != nullptr && info->is_toggle()) return "must be a list of true and false, or strings";
  if (info != nullptr && info->is_order()) return "must be a list of lists of strings";
  return "must be a list of numbers or strings";
}

std::vector<ParameterValue> values_of(const ConfigEntry& entry) {
  const auto* list = std::get_if<List>(&entry.value.value);
  if (list == nullptr) refuse(entry, "must be a list of values", formatted("write {} = [...]", entry.key));
  std::vector<ParameterValue> values;
  const auto table = parameter_table();
  const auto row = std::find_if(table.begin(), table.end(), [&](const auto& info) { return info.name == entry.key; });
  const ParameterInfo* const info = row == table.end() ? nullptr : &*row;
  for (const ConfigValue& value : *list) {
    const auto one = parameter_value(value, info);
    if (!one) {
      throw ParameterError(formatted("{}: {} holds {}", entry.place, entry.key, shown(value)), types_of(info));
    }
    values.push_back(*one);
  }
  return values;
}

/// Throws the error of `throw_unknown_name`, with the place in the file.
[[noreturn]] void unknown_key(const ConfigEntry& entry, std::string_view kind,
                              std::span<const std::string_view> names) {
  try {
    throw_unknown_name(kind, entry.key, names);
  } catch (const UnknownNameError&) {
    rethrow_labelled(entry.place);
  }
}

/// Runs `read`, and puts the place of the value before its error.
template <class Read>
auto at(const ConfigEntry& entry, Read&& read) {
  try {
    return read();
  } catch (const UnknownNameError&) {
    rethrow_labelled(entry.place);
  }
}

/// Runs `read` for a file that the sweep names. If the file is not found, the error says where it is looked for.
template <class Read>
auto of_named_file(const std::string& name, Read&& read) {
  try {
    return read();
  } catch (const IoError& error) {
    std::error_code unknown;
    if (std::filesystem::path(name).is_absolute() || std::filesystem::exists(name, unknown)) throw;
    throw IoError(error.subject(), error.rule(),
                  formatted("{}{}files that a sweep names are looked for from the working folder", error.suggestion(),
                            error.suggestion().empty() ? "" : "; "));
  }
}

DrawRange range_of(const ConfigEntry& entry, const Entries& table) {
  constexpr std::array<std::string_view, 3> keys{"low", "high", "scale"};
  DrawRange range;
  bool has_low = false;
  bool has_high = false;
  for (const ConfigEntry& part : table) {
    if (part.key == keys[0]) {
      range.low = number_of(part);
      has_low = true;
    } else if (part.key == keys[1]) {
      range.high = number_of(part);
      has_high = true;
    } else if (part.key == keys[2]) {
      range.scale = at(part, [&] { return draw_scale_named(text_of(part)); });
    } else {
      unknown_key(part, formatted("key of {}", entry.key), keys);
    }
  }
  if (!has_low || !has_high) {
    throw ParameterError(formatted("{}: {}", entry.place, entry.key), "needs both low and high",
                         formatted("{} = {{ low = 0.001, high = 0.1, scale = \"log\" }}", entry.key));
  }
  return range;
}

SweepDimension dimension_of(const ConfigEntry& entry) {
  if (const auto* table = std::get_if<Entries>(&entry.value.value)) return {entry.key, {}, range_of(entry, *table)};
  return {entry.key, values_of(entry), {}};
}

/// Reads one file and collects all errors in it.
class SweepReader {
public:
  SweepReader(std::string text, const std::string& file)
      : file_(file), config_(parse_extended_config(text, file, "sweep")), problems_(std::move(config_.problems)) {
    result_.sweep.text = std::move(text);
  }

  SweepFile read() {
    read_run();
    read_sweep();
    // Further checks would only repeat the same errors in other words.
    if (problems_.empty()) problems_ = problems(design(), result_.sweep.state, result_.sweep.inputs);
    if (problems_.empty()) return std::move(result_);
    runs::throw_problems(formatted("'{}'", file_), problems_);
  }

private:
  SweepDesign& design() { return result_.sweep.design; }

  template <class Read>
  void attempt(Read&& read) {
    try {
      read();
    } catch (const Error& error) {
      if (!kind_of(error).about_a_value) throw;
      problems_.emplace_back(error.what());
    }
  }

  void read_run() {
    const Settings& given = config_.settings;
    for (const RunKey& key : run_keys) {
      constexpr std::array<std::string_view, 9> allowed{"steps",  "seed",   "inputs", "inputs_layout", "state", "noise",
                                                        "freeze", "record", "out"};
      const auto& written = given.*key.member;
      if (!written || std::find(allowed.begin(), allowed.end(), key.name) != allowed.end()) continue;
      problems_.push_back(formatted("{}{}: must not be in a sweep{}", written->label, written->text,
                                    key.name == "checkpoint_every"
                                        ? ", whose runs are made anew if they were under way when it was broken off"
                                        : ""));
    }
    for (const WrittenSignal& signal : given.signals) {
      problems_.push_back(formatted("{}: signal '{}': must not be in a sweep", signal.label, signal.name));
    }
    if (given.out) result_.out = given.out->text;
    if (given.seed) attempt([&] { design().seed = read_seed(*given.seed); });
    if (given.steps) attempt([&] { design().steps = read_steps(*given.steps); });
    if (given.freeze) attempt([&] { design().freeze = read_freeze(*given.freeze); });
    if (given.record) attempt([&] { design().record = read_record(*given.record); });
    if (given.noise) {
      attempt([&] {
        static_cast<void>(read_noise(*given.noise, Parameters{}));
        design().noise = given.noise->text;
      });
    }
    if (given.state) {
      attempt([&] {
        const std::string& name = given.state->text;
        Result stored = of_named_file(name, [&] { return load_result(name, false); });
        design().base = stored.parameters;
        result_.sweep.state = std::move(stored.state);
      });
    }
    for (const bool variants : {true, false}) {  // the variant first, since it brings values that the others replace
      for (const ParameterChange& change : given.parameters) {
        if ((change.name == "variant") != variants) continue;
        attempt([&] { apply({change}, design().base); });
        design().given.push_back(change.name);
      }
    }
    attempt([&] { design().source = read_source(given); });
    if (design().source && design().source->pool_size && !given.sets("nu"))
      design().base.nu = *design().source->pool_size;
    attempt([&] {
      const auto layout = read_layout(given);
      if (given.inputs && !names_source(given.inputs->text)) read_drive(given, layout);
    });
  }

  void read_drive(const Settings& given, std::optional<InputsLayout> layout) {
    if (given.inputs->text == io::standard_input) {
      throw ParameterError(formatted("{}{}", given.inputs->label, given.inputs->text),
                           "must be a file in a sweep, which reads it again when it continues");
    }
    InputArray inputs = of_named_file(given.inputs->text, [&] { return read_inputs(given.inputs->text, layout); });
    if (!given.sets("nu")) design().base.nu = inputs.features;
    if (!given.steps) design().steps = inputs.steps;
    if (design().steps > inputs.steps) {
      throw ShapeError(formatted("{}{}", given.steps->label, given.steps->text),
                       formatted("'{}' has only {} steps", given.inputs->text, inputs.steps),
                       "ask for fewer, or leave steps out");
    }
    result_.sweep.inputs_sha256 = sha256(inputs.view());
    result_.sweep.inputs = std::move(inputs);
    result_.sweep.inputs_name = given.inputs->text;
  }

  void read_sweep() {
    using Read = std::function<void(const ConfigEntry&)>;
    StatisticsOptions& options = design().options;
    const std::vector<std::pair<std::string_view, Read>> keys{
        {"design", [&](const auto& e) { kind_ = at(e, [&] { return design_kind_named(text_of(e)); }); }},
        {"samples", [&](const auto& e) { design().samples = count_of(e, 1); }},
        {"seeds", [&](const auto& e) { read_seeds(e); }},
        {"statistics", [&](const auto& e) { read_statistics(e); }},
        {"skip", [&](const auto& e) { options.skip = count_of(e, 0); }},
        {"window", [&](const auto& e) { options.window = count_of(e, 1); }},
        {"lag", [&](const auto& e) { options.lag = count_of(e, 0); }},
        {"threshold", [&](const auto& e) { options.threshold = number_of(e); }},
        {"phase", [&](const auto& e) { design().phase = at(e, [&] { return phase_named(text_of(e)); }); }},
        {"files", [&](const auto& e) { design().files = truth_of(e); }},
        {"out", [&](const auto& e) { result_.out = text_of(e); }},
        {"grid", [&](const auto& e) { read_dimensions(e, DesignKind::grid); }},
        {"random", [&](const auto& e) { read_dimensions(e, DesignKind::random); }},
    };
    std::vector<std::string_view> names;
    names.reserve(keys.size());
    for (const auto& [key, read] : keys) names.push_back(key);
    const ConfigEntry* samples = nullptr;
    for (const ConfigEntry& entry : config_.table) {
      if (entry.key == "samples") samples = &entry;
      attempt([&, &e = entry] {
        const auto key = std::find(names.begin(), names.end(), e.key);
        if (key == names.end()) unknown_key(e, "key of [sweep]", names);
        keys[static_cast<std::size_t>(key - names.begin())].second(e);
      });
    }
    if (config_.table.empty()) {
      problems_.emplace_back(
          "there is no table [sweep], which says what to vary; 'sorn sweep --dump-example' prints one");
    }
    settle_kind(samples);
  }

  /// Determines the kind of design, whether the file states it or not.
  void settle_kind(const ConfigEntry* samples) {
    if (kind_ && dimensions_of_ && *kind_ != *dimensions_of_) {
      problems_.push_back(
          formatted("[sweep.{}] does not belong to design = \"{}\"", name(*dimensions_of_), name(*kind_)));
    }
    design().kind = kind_ ? *kind_ : dimensions_of_.value_or(DesignKind::grid);
    if (samples != nullptr && design().kind == DesignKind::grid) {
      problems_.push_back(
          formatted("{}: samples: a grid has as many points as its values make; 'seeds' repeats each", samples->place));
    }
  }

  void read_dimensions(const ConfigEntry& entry, DesignKind kind) {
    const auto* table = std::get_if<Entries>(&entry.value.value);
    if (table == nullptr)
      refuse(entry, "must be a table", formatted("write [sweep.{}] on a line of its own", name(kind)));
    if (dimensions_of_) {
      throw ParameterError(formatted("{}: [sweep.{}]", entry.place, name(kind)),
                           "a sweep has one design, [sweep.grid] or [sweep.random]",
                           "a list in [sweep.random] is chosen from");
    }
    dimensions_of_ = kind;
    for (const ConfigEntry& dimension : *table) {
      attempt([&, &d = dimension] { design().dimensions.push_back(dimension_of(d)); });
    }
  }

  void read_seeds(const ConfigEntry& entry) {
    const auto* list = std::get_if<List>(&entry.value.value);
    if (list == nullptr) {
      design().runs_per_point = count_of(entry, 1);
      return;
    }
    for (const ConfigValue& value : *list) {
      const auto* whole = std::get_if<std::int64_t>(&value.value);
      const auto* digits = std::get_if<std::string>(&value.value);  // whole numbers of TOML end at 2^63 - 1
      std::uint64_t seed = whole != nullptr ? static_cast<std::uint64_t>(*whole) : 0;
      if (whole != nullptr ? *whole < 0 : digits == nullptr || !parse_whole(*digits, seed)) {
        throw ParameterError(formatted("{}: seeds holds {}", entry.place, shown(value)),
                             "must be whole numbers in [0, 18446744073709551615]",
                             "write those above 9223372036854775807 in quotes");
      }
      design().seeds.push_back(seed);
    }
    design().runs_per_point = design().seeds.size();
  }

  void read_statistics(const ConfigEntry& entry) {
    const auto* list = std::get_if<List>(&entry.value.value);
    if (list == nullptr) refuse(entry, "must be a list of names", R"(write statistics = ["mean_rate", "ee_synapses"])");
    for (const ConfigValue& value : *list) {
      const auto* text = std::get_if<std::string>(&value.value);
      if (text == nullptr) {
        throw ParameterError(formatted("{}: statistics holds {}", entry.place, shown(value)),
                             "must be a list of names");
      }
      design().statistics.push_back(*text);
      attempt([&] { at(entry, [&] { return measure_named(*text); }); });
    }
  }

  std::string file_;
  ExtendedConfig config_;
  std::vector<std::string> problems_;
  SweepFile result_;
  std::optional<DesignKind> kind_;
  std::optional<DesignKind> dimensions_of_;
};

}  // namespace

SweepFile parse_sweep(std::string text, const std::string& file) { return SweepReader(std::move(text), file).read(); }

SweepFile read_sweep(const std::filesystem::path& path) { return parse_sweep(read_text(path), path.string()); }

std::string example_sweep() {
  std::string text =
      "# A sweep for 'sorn sweep FILE.toml': many runs, and one table of the results.\n"
      "\n"
      "[parameters]\n"
      "# The hyperparameters of all runs. 'sorn --dump-default' lists all of them with their meanings and ranges.\n"
      "ne = 100\n"
      "lambda_ee = 10\n"
      "\n"
      "[run]\n"
      "# As in a file for --config: steps, seed, inputs, state, noise, freeze, record.\n"
      "steps = 5000\n"
      "# The seed of the sweep. It determines the seeds of the runs and the draws of a random design.\n"
      "seed = 1\n"
      "noise = \"on\"\n"
      "\n"
      "[sweep]\n"
      "# grid: every combination of the values. random: each point is drawn independently.\n"
      "design = \"grid\"\n"
      "# The number of runs of each point, each with its own seed; or a list of seeds, which every point uses.\n"
      "seeds = 3\n"
      "# The columns of the table, a number for each run. Spikes are those of the excitatory neurons.\n";
  for (const Measure& measure : measures()) {
    text += formatted("#   {:<28} {}\n", measure.name, sorn::text(measure));
  }
  text +=
      "statistics = [\"mean_rate\", \"ee_synapses\", \"isi_cv\", \"pairwise_correlation\"]\n"
      "# The number of steps at the beginning that the statistics leave out.\n"
      "skip = 1000\n"
      "# window = 100      # window of the Fano factor, in steps\n"
      "# lag = 2           # lag of the autocorrelation, in steps\n"
      "# threshold = 10    # threshold of avalanches in spikes per step (default: half the mean activity)\n"
      "# phase = \"training\" # weights and thresholds stay the same\n"
      "# files = true      # write a result file of each run into OUT/runs, with the recordings that [run] names\n"
      "# out = \"results\"   # the folder; --out overrides it\n"
      "\n"
      "# Any hyperparameter or switch of a variant, or noise. For example variant = [\"zheng2013\", \"delpapa2017\"], "
      "or\n"
      "# order = [[\"ip\", \"stdp\", \"ssee\"], [\"stdp\", \"ssee\"]]. The first run has the first value of each key; "
      "the last\n"
      "# key changes fastest.\n"
      "[sweep.grid]\n"
      "eta_stdp = [0.002, 0.004, 0.008]\n"
      "mu_ip = [0.01, 0.1]\n"
      "\n"
      "# A random design has this table instead of [sweep.grid], and design = \"random\" and samples = 200 in "
      "[sweep].\n"
      "# Sample k does not depend on the number of samples. So the number may be raised later to continue the sweep.\n"
      "# [sweep.random]\n"
      "# eta_stdp = { low = 0.0005, high = 0.05, scale = \"log\" }\n"
      "# ne = { low = 50, high = 400 }\n"
      "# noise = [\"off\", 0.04, 0.2]\n";
  return text;
}

}  // namespace sorn::config

#include "config/settings.hpp"

#include "config/config.hpp"
#include "config/source.hpp"
#include "config/text.hpp"
#include "core/quantity.hpp"
#include "core/rule.hpp"
#include "support/format.hpp"
#include "support/labelled.hpp"
#include "support/names.hpp"

#include <sorn/ensemble.hpp>
#include <sorn/error.hpp>
#include <sorn/file_run.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <system_error>
#include <utility>

namespace sorn::config {

namespace {

constexpr std::size_t help_width = 65;

std::string rules_in_words() { return joined(rule_names(), ", "); }

/// The text in lines of up to help_width bytes, broken at spaces.
std::string wrapped(std::string text) {
  std::size_t line = 0;
  std::size_t space = std::string::npos;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == ' ') space = at;
    if (at - line < help_width || space == std::string::npos) continue;
    text[space] = '\n';
    line = space + 1;
    space = std::string::npos;
  }
  return text;
}

}  // namespace

std::string RunKey::meaning() const {
  if (names == nullptr) return std::string(words);
  std::string text(words);
  return wrapped(text.replace(text.find("{}"), 2, names()));
}

const std::array<RunKey, run_key_count> run_keys{{
    {"steps", "number of steps to run (default: all steps of the inputs)", "", "1000", &Settings::steps},
    {"seed", "seed of all random numbers: the same seed gives the same bits", "", "1", &Settings::seed},
    {"inputs",
     "inputs of the input units: file.csv (a row for each step),\nfile.npy (nu, T) or file.h5:/dataset (nu, T); - "
     "reads "
     "text from\nthe standard input; or a source, such as\ncounting:n=4,pool_size=10 (default: none)",
     "", R"("inputs.npy")", &Settings::inputs},
    {"inputs_layout",
     "what a row of the file of inputs is: a step (time-by-feature, the\ndefault for text) or an input unit "
     "(feature-by-time, the default\nfor arrays)",
     "", R"("feature-by-time")", &Settings::inputs_layout},
    {"state", "result file to continue from (default: a new network)", "", R"("network.h5")", &Settings::state},
    {"noise", "Gaussian noise: on (the sigma of the variant), off, or a sigma", R"("on")", "0.04", &Settings::noise},
    {"freeze", "plasticity rules to leave out: {}, and names of your own", "[]", R"(["sp"])", &Settings::freeze,
     rules_in_words},
    {"record", "what to record: {}; X/1000: every 1000th step; X@500:900: steps 500 to 899", "[]",
     R"(["E", "C", "WEE/1000"])", &Settings::record, quantities_in_words},
    {"out", "result file to write", "", R"("result.h5")", &Settings::out},
    {"checkpoint_every",
     "steps from one checkpoint to the next; --resume continues from\nthe last one (default: no checkpoints)", "",
     "1000000", &Settings::checkpoint_every},
    {"keep_checkpoints",
     "keep the states of N steps in the result, evenly spaced, or of\nevery checkpoint (every): 'sorn at' and 'sorn "
     "recompute' find any\nother step from them (default: none)",
     "", "1000", &Settings::keep_checkpoints},
    {"replicas",
     "number of networks to run, each with its own seed, which follows\nfrom the seed (default: one network, with the "
     "seed "
     "itself)",
     "", "12", &Settings::replicas},
    {"threads", "number of threads that may work (default: by the size of the\nnetwork and the number of processors)",
     "", "2", &Settings::threads},
}};

namespace {

constexpr std::uint64_t most_steps = 1'000'000'000'000'000;

/// The value in "name=value": a whole number, a real number, or otherwise a text.
ParameterValue parameter_value(std::string_view text) {
  std::int64_t whole = 0;
  if (parse_whole(text, whole)) return whole;
  double real = 0.0;
  if (parse_real(text, real)) return real;
  return std::string(text);
}

/// A whole number from 1 on; `of` says what it counts.
std::uint64_t read_count(const Written& written, std::string_view of, std::uint64_t most) {
  double count = 0.0;  // read as a real number, because 1e6 is a whole number, too
  if (!parse_real(written.text, count) || !(count >= 1.0 && count <= static_cast<double>(most)) ||
      count != std::floor(count)) {
    throw ParameterError(formatted("{}{}", written.label, written.text),
                         formatted("must be a whole number{} in [1, {}]", of, most));
  }
  return static_cast<std::uint64_t>(count);
}

std::string trimmed_label(const Written& written) {
  return written.label.substr(0, written.label.find_last_not_of(" =") + 1);
}

}  // namespace

std::string option_name(const RunKey& key) {
  std::string option = formatted("--{}", key.name);
  std::replace(option.begin(), option.end(), '_', '-');
  return option;
}

bool Settings::sets(std::string_view parameter) const {
  return std::any_of(parameters.begin(), parameters.end(),
                     [&](const ParameterChange& change) { return change.name == parameter; });
}

ParameterChange parameter_change(const std::string& label, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw ParameterError(formatted("{} {}", label, text), "must be name=value",
                         formatted("for example {} eta_stdp=0.004", label));
  }
  return {label, text.substr(0, equals), parameter_value(std::string_view(text).substr(equals + 1))};
}

void add_signal(const std::string& label, const std::string& text, std::vector<WrittenSignal>& signals) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    throw ParameterError(formatted("{} {}", label, text), "must be name=file",
                         formatted("for example {} reward=reward.npy", label));
  }
  WrittenSignal signal{label, text.substr(0, equals), text.substr(equals + 1)};
  const auto same = std::find_if(signals.begin(), signals.end(),
                                 [&](const WrittenSignal& other) { return other.name == signal.name; });
  if (same == signals.end()) {
    signals.push_back(std::move(signal));
  } else if (same->label == label) {
    throw ParameterError(formatted("{} {}", label, text), "is given twice");
  } else {
    *same = std::move(signal);
  }
}

void add_rule(const std::string& label, const std::string& text, std::vector<WrittenRule>& rules) {
  WrittenRule rule{label, text, {}};
  std::error_code unknown;
  const std::size_t colon = text.rfind(':');
  if (colon != std::string::npos && !std::filesystem::exists(text, unknown)) {
    rule.file = text.substr(0, colon);
    const std::size_t earlier = rule.file.rfind(':');
    if (earlier != std::string::npos && rule.file.find('=', earlier) != std::string::npos &&
        !std::filesystem::exists(rule.file, unknown)) {
      throw ParameterError(formatted("{} {}", label, text), "must be file, or file:name=number,name=number",
                           formatted("commas are between values: {} {},{}", label, rule.file, text.substr(colon + 1)));
    }
    for (const std::string_view part : split(std::string_view(text).substr(colon + 1))) {
      const std::size_t equals = part.find('=');
      double value = 0.0;
      if (equals == std::string_view::npos || equals == 0 || !parse_real(part.substr(equals + 1), value)) {
        throw ParameterError(formatted("{} {}", label, text), "must be file, or file:name=number,name=number",
                             formatted("for example {} ./mine.so:eta=0.01", label));
      }
      rule.values.push_back({std::string(part.substr(0, equals)), value});
    }
  }
  rules.push_back(std::move(rule));
}

/// The variant comes first, since it brings the values of all others.
void apply(const std::vector<ParameterChange>& changes, Parameters& parameters) {
  for (const bool variants : {true, false}) {
    for (const ParameterChange& change : changes) {
      if ((change.name == "variant") != variants) continue;
      labelled(change.label, [&] { set_parameter(parameters, change.name, change.value); });
    }
  }
}

std::uint64_t read_steps(const Written& written) { return read_count(written, " of steps", most_steps); }

std::uint64_t read_kept(const Written& written) {
  if (written.text == "every") return every_checkpoint;
  return read_count(written, " of states, or every,", most_steps);
}

std::uint64_t read_seed(const Written& written) {
  std::uint64_t seed = 0;
  if (!parse_whole(written.text, seed)) {
    throw ParameterError(formatted("{}{}", written.label, written.text),
                         "must be a whole number in [0, 18446744073709551615]");
  }
  return seed;
}

std::uint64_t read_replicas(const Written& written) { return read_count(written, "", most_replicas); }

std::size_t read_threads(const Written& written) { return read_count(written, "", most_threads); }

double read_noise(const Written& written, const Parameters& parameters) {
  if (written.text == "on") return parameters.noise_sigma;
  if (written.text == "off") return 0.0;
  double sigma = 0.0;
  if (!parse_real(written.text, sigma) || !(sigma >= 0.0 && sigma <= 1000.0)) {
    throw ParameterError(formatted("{}{}", written.label, written.text),
                         "must be on, off, or a standard deviation in [0, 1000]");
  }
  return sigma;
}

std::optional<InputsLayout> read_layout(const Settings& given) {
  if (!given.inputs_layout) return {};
  const auto layout = labelled(trimmed_label(*given.inputs_layout), [&] {
    return enumerator_named<InputsLayout>("layout of inputs", given.inputs_layout->text, layout_names);
  });
  if (!given.inputs || names_source(given.inputs->text)) {
    throw ParameterError(formatted("{}{}", given.inputs_layout->label, given.inputs_layout->text),
                         "must come with a file of inputs", "give one by --inputs FILE");
  }
  return layout;
}

RuleSet read_freeze(const Written& written) {
  return labelled(trimmed_label(written), [&] {
    RuleSet rules;
    if (written.text == empty_list) return rules;
    for (const std::string_view rule : split(written.text)) rules.insert(rule_named(rule));
    return rules;
  });
}

std::vector<RecordRequest> read_record(const Written& written) {
  return labelled(trimmed_label(written), [&] {
    std::vector<RecordRequest> requests;
    if (written.text == empty_list) return requests;
    const std::vector<std::string_view> texts = split(written.text);
    if (texts.empty()) {
      throw ParameterError(formatted("'{}'", written.text), "must name what to record, such as E,C",
                           "leave it out, or say none, to record nothing");
    }
    for (const std::string_view text : texts) requests.push_back(record_request(text));
    require_distinct(requests);
    return requests;
  });
}

}  // namespace sorn::config

#include "analysis/quantiles.hpp"
#include "cli/commands.hpp"
#include "cli/json.hpp"
#include "cli/run.hpp"
#include "config/text.hpp"
#include "support/format.hpp"
#include "support/printable.hpp"

#include <sorn/avalanche_scaling.hpp>
#include <sorn/branching.hpp>
#include <sorn/criticality.hpp>
#include <sorn/error.hpp>
#include <sorn/recorded_activity.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace sorn::cli {

namespace {

namespace crit = sorn::criticality;
using nlohmann::ordered_json;

struct CriticalityOptions {
  std::vector<std::string> files;
  std::string recording;
  std::uint64_t skip = 0;
  std::string threshold = "half_mean";
  std::size_t bin = 1;
  std::string size = "above";
  std::optional<double> xmin;
  std::optional<double> xmax;
  std::size_t repetitions = 100;
  std::uint64_t seed = 0;
  std::size_t threads = 0;
  std::size_t lags = 0;
  std::string decay = "exponential";
  bool json = false;
};

crit::SizeRule size_rule(const std::string& text) {
  if (text == "above") return crit::SizeRule::above;
  if (text == "all") return crit::SizeRule::all;
  throw ParameterError(formatted("--size {}", text), "must be above or all");
}

/// A power law of sizes or durations, and its errors over avalanches and over networks.
struct Law {
  crit::Assessment found;
  crit::Resampled by_value;
  std::optional<crit::Resampled> by_network;
};

/// What was found, or why nothing was.
template <class T>
struct Maybe {
  std::optional<T> value;
  std::string reason;
};

/// The result of f, or the reason for which it is not defined: too few data.
template <class F>
auto attempt(F&& f) -> Maybe<decltype(f())> {
  try {
    return {f(), {}};
  } catch (const StateError& error) {
    return {{}, error.what()};
  }
}

double median_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return analysis::quantile(values, 0.5);
}

Law law_of(const std::vector<double>& values, const crit::Avalanches& avalanches, const CriticalityOptions& options) {
  const crit::Sample sample(values);
  // A finite network has a steep end of its distribution, which the search must not take for the law.
  const crit::Search search{.xmax = options.xmax.value_or(crit::unbounded), .largest_xmin = median_of(values)};
  const crit::Fit fit = options.xmin ? crit::fit(sample, crit::Family::power_law, options.xmin, search.xmax)
                                     : crit::fit_tail(sample, search);
  std::optional<crit::Bootstrap> bootstrap;
  if (options.repetitions > 0) {
    bootstrap = {.repetitions = options.repetitions, .seed = options.seed, .threads = options.threads};
    if (!options.xmin) bootstrap->search = search;
  }
  constexpr crit::Family alternatives[] = {crit::Family::truncated_power_law, crit::Family::lognormal,
                                           crit::Family::exponential, crit::Family::stretched_exponential};
  const crit::Resampling resampling{.repetitions = 200, .seed = options.seed, .threads = options.threads};
  Law law{.found = crit::assess(sample, fit, alternatives, bootstrap),
          .by_value = crit::resampled(values, fit, {}, resampling),
          .by_network = {}};
  if (avalanches.sources.size() > 1) law.by_network = crit::resampled(values, fit, avalanches.networks, resampling);
  return law;
}

struct Found {
  crit::Avalanches avalanches;
  std::vector<double> durations;
  Maybe<Law> size_law;
  Maybe<Law> duration_law;
  std::optional<crit::SizeScaling> scaling;
  std::optional<crit::Crackling> crackling;
  Maybe<crit::Branching> branching;
};

Found found_in(const CriticalityOptions& options) {
  Found found;
  const crit::AvalancheOptions how{.threshold = crit::threshold_named(options.threshold),
                                   .bin = options.bin,
                                   .size = size_rule(options.size),
                                   .keep_first = false,
                                   .profiles = false};
  const crit::DecayKind decay = crit::decay_named(options.decay);
  std::vector<std::vector<double>> activities;
  std::vector<crit::Avalanches> parts;
  for (const std::string& file : options.files) {
    const ResultReader reader(file);
    const Quantity quantity = options.recording.empty() ? recorded_spikes(reader) : quantity_named(options.recording);
    activities.push_back(read_activity(reader, quantity, options.skip));
    parts.push_back(crit::avalanches(activities.back(), how));
  }
  found.avalanches = crit::pooled(parts);
  found.durations.assign(found.avalanches.durations.begin(), found.avalanches.durations.end());
  found.size_law = attempt([&] { return law_of(found.avalanches.sizes, found.avalanches, options); });
  found.duration_law = attempt([&] { return law_of(found.durations, found.avalanches, options); });
  if (!found.durations.empty()) {
    found.scaling = crit::size_scaling(found.avalanches.sizes, found.avalanches.durations);
  }
  if (found.size_law.value && found.duration_law.value && found.scaling && found.scaling->line) {
    const auto measured = [](const Law& law) {
      return crit::Measurement{law.found.law.parameters[0], law.found.law.errors[0]};
    };
    const crit::Measurement gamma{found.scaling->line->slope, found.scaling->line->slope_error};
    const auto sizes = measured(*found.size_law.value);
    const auto durations = measured(*found.duration_law.value);
    if (sizes.value > 1.0 && durations.value > 1.0 && std::isfinite(gamma.error)) {
      found.crackling = crit::crackling_relation(sizes, durations, gamma);
    }
  }
  // Runs of different lengths count as far as the shortest of them.
  std::size_t steps = activities.front().size();
  for (const auto& activity : activities) steps = std::min(steps, activity.size());
  std::vector<std::span<const double>> trials;
  trials.reserve(activities.size());
  for (const auto& activity : activities) trials.push_back(std::span(activity).first(steps));
  constexpr std::size_t most_lags = 200;
  const std::size_t lags = options.lags > 0 ? options.lags : std::clamp<std::size_t>(steps / 10, 1, most_lags);
  found.branching =
      attempt([&] { return crit::branching_parameter(trials, {.last_lag = lags, .seed = options.seed}, decay); });
  return found;
}

// --- Text

void print_line(std::ostream& out, std::string_view name, const std::string& value, std::string_view meaning) {
  out << formatted("  {:<24} {:>24}  {}\n", name, value, meaning);
}

std::string with_error(double value, double error) {
  return std::isfinite(error) ? formatted("{:.4g} ± {:.2g}", value, error) : formatted("{:.4g}", value);
}

void print_law(std::ostream& out, std::string_view title, const Maybe<Law>& outcome) {
  out << '\n' << title << '\n';
  if (!outcome.value) {
    out << "  undefined: " << outcome.reason << '\n';
    return;
  }
  const crit::Assessment& found = outcome.value->found;
  const crit::Fit& law = found.law;
  out << "  " << found.verdict << '\n';
  print_line(out, "exponent alpha", formatted("{:.4g}", law.parameters[0]), "of the power law that fits best");
  print_line(out, "  error, likelihood", formatted("{:.2g}", law.errors[0]), "if avalanches were independent");
  print_line(out, "  error, avalanches", formatted("{:.2g}", outcome.value->by_value.errors[0]),
             "of samples of single avalanches");
  if (outcome.value->by_network) {
    print_line(out, "  error, networks", formatted("{:.2g}", outcome.value->by_network->errors[0]),
               "of samples of whole networks, which differ: the one to report");
  }
  print_line(
      out, "range",
      std::isinf(law.xmax) ? formatted("from {:.6g}", law.xmin) : formatted("{:.6g} to {:.6g}", law.xmin, law.xmax),
      formatted("{} values, Kolmogorov-Smirnov distance {:.3g}", grouped(law.samples), law.ks_distance));
  for (std::size_t k = 0; k < found.alternatives.size(); ++k) {
    const crit::Comparison& comparison = found.comparisons[k];
    print_line(out, formatted("  {}", crit::name(found.alternatives[k].family)),
               formatted("R = {:.4g}, p = {:.2g}", comparison.ratio, comparison.p),
               comparison.ratio < 0.0 ? "fits better" : "fits worse");
  }
}

void print(std::ostream& out, const Found& found, const CriticalityOptions& options) {
  for (const std::string& file : options.files) out << printable(file) << '\n';
  const crit::Avalanches& all = found.avalanches;
  out << "\navalanches: " << (options.bin == 1 ? "steps" : formatted("bins of {} steps", options.bin))
      << " with more spikes than the threshold (" << options.threshold << ")\n";
  print_line(out, "avalanches", grouped(all.sizes.size()), "");
  for (std::size_t k = 0; k < all.sources.size(); ++k) {
    const crit::AvalancheSource& source = all.sources[k];
    print_line(out, all.sources.size() == 1 ? "threshold" : formatted("threshold, file {}", k + 1),
               formatted("{:.6g}", source.threshold),
               formatted("of {} bins; cut off and left out: {} at the beginning, {} at the end", grouped(source.bins),
                         source.cut_begin, source.cut_end));
  }
  print_law(out, "sizes", found.size_law);
  print_law(out, "durations", found.duration_law);
  out << "\nscaling\n";
  if (found.scaling && found.scaling->line) {
    print_line(out, "gamma", with_error(found.scaling->line->slope, found.scaling->line->slope_error),
               "of the mean size over the duration");
  }
  if (found.crackling) {
    print_line(out, "predicted", with_error(found.crackling->predicted, found.crackling->predicted_error),
               "(alpha of durations - 1)/(alpha of sizes - 1)");
    print_line(out, "dcc", with_error(found.crackling->dcc, found.crackling->dcc_error),
               "deviation from criticality; means nothing if a law is rejected");
  } else {
    out << "  no prediction: it needs both exponents above 1, and three durations\n";
  }
  out << "\nbranching\n";
  if (!found.branching.value) {
    out << "  undefined: " << found.branching.reason << '\n';
    return;
  }
  const crit::Branching& branching = *found.branching.value;
  if (branching.decay) {
    print_line(out, "m", formatted("{:.5g}", branching.decay->branching()),
               branching.m ? formatted("multistep regression over {} lags, 95% within {:.5g} to {:.5g}",
                                       branching.regression.lags.size(), branching.m->low, branching.m->high)
                           : formatted("multistep regression over {} lags", branching.regression.lags.size()));
    print_line(out, "tau", formatted("{:.4g}", branching.decay->tau()), "autocorrelation time in steps");
  } else {
    out << "  undefined: no correlation that decays over some lags\n";
  }
  if (branching.one_step) {
    print_line(out, "one step", formatted("{:.4g}", *branching.one_step),
               "slope of one lag; too small if units are not seen");
  }
}

// --- JSON

ordered_json resampled_json(const crit::Resampled& resampled) {
  return {{"error", resampled.errors[0]}, {"interval", resampled.interval[0]}};
}

ordered_json law_json(const Maybe<Law>& outcome) {
  if (!outcome.value) return {{"undefined", outcome.reason}};
  const crit::Assessment& found = outcome.value->found;
  const crit::Fit& law = found.law;
  ordered_json document{{"verdict", found.verdict},
                        {"alpha", law.parameters[0]},
                        {"error", law.errors[0]},
                        {"by_avalanche", resampled_json(outcome.value->by_value)}};
  if (outcome.value->by_network) document["by_network"] = resampled_json(*outcome.value->by_network);
  document["xmin"] = law.xmin;
  document["xmax"] = law.xmax;  // infinite: null
  document["samples"] = law.samples;
  document["ks_distance"] = law.ks_distance;
  if (found.goodness) document["p"] = found.goodness->p;
  for (std::size_t k = 0; k < found.alternatives.size(); ++k) {
    const crit::Fit& fit = found.alternatives[k];
    ordered_json& entry = document["alternatives"][std::string(crit::name(fit.family))];
    const auto names = crit::parameter_names(fit.family);
    for (std::size_t i = 0; i < names.size(); ++i) entry[std::string(names[i])] = fit.parameters[i];
    entry["ratio"] = found.comparisons[k].ratio;
    entry["p"] = found.comparisons[k].p;
  }
  return document;
}

ordered_json branching_json(const Maybe<crit::Branching>& outcome) {
  if (!outcome.value) return {{"undefined", outcome.reason}};
  const crit::Branching& branching = *outcome.value;
  ordered_json document;
  document["m"] = nullptr;
  if (branching.decay) {
    document["m"] = branching.decay->branching();
    document["tau"] = branching.decay->tau();
  }
  if (branching.m) document["m_interval"] = {branching.m->low, branching.m->high};
  if (branching.one_step) document["one_step"] = *branching.one_step;
  document["lags"] = branching.regression.lags.size();
  return document;
}

void print_json(std::ostream& out, const Found& found, const CriticalityOptions& options) {
  ordered_json document{
      {"files", options.files}, {"threshold", options.threshold}, {"bin", options.bin}, {"size", options.size}};
  for (const crit::AvalancheSource& source : found.avalanches.sources) {
    document["networks"].push_back({{"threshold", source.threshold},
                                    {"bins", source.bins},
                                    {"cut_begin", source.cut_begin},
                                    {"cut_end", source.cut_end}});
  }
  document["avalanches"] = found.avalanches.sizes.size();
  document["sizes"] = law_json(found.size_law);
  document["durations"] = law_json(found.duration_law);
  if (found.scaling && found.scaling->line) {
    document["gamma"] = {{"value", found.scaling->line->slope}, {"error", found.scaling->line->slope_error}};
  }
  if (found.crackling) {
    document["predicted"] = {{"value", found.crackling->predicted}, {"error", found.crackling->predicted_error}};
    document["dcc"] = {{"value", found.crackling->dcc}, {"error", found.crackling->dcc_error}};
  }
  document["branching"] = branching_json(found.branching);
  write_json(out, document);
}

}  // namespace

void add_criticality(CLI::App& app, Action& action) {
  auto options = std::make_shared<CriticalityOptions>();
  CLI::App* command =
      app.add_subcommand("criticality", "avalanches, whether they have power laws, and the branching parameter");
  command->add_option("FILE", options->files, "result files, each of one network")->required()->type_name("");
  command
      ->add_option("--recording", options->recording,
                   "the activity to measure: E, A, I or R (default: E or A if recorded)")
      ->type_name("NAME");
  command->add_option("--skip", options->skip, "leave out this many recorded steps at the beginning")->type_name("N");
  command
      ->add_option("--threshold", options->threshold,
                   "an avalanche lasts while there are more spikes: half_mean, median, a percentile such as 25%,\n"
                   "or a number (default: half_mean)")
      ->type_name("X");
  command->add_option("--bin", options->bin, "steps of a time bin (default: 1)")->type_name("N");
  command->add_option("--size", options->size, "count spikes above the threshold, or all (default: above)")
      ->type_name("above|all");
  command->add_option("--xmin", options->xmin, "fit from this size and duration on (default: sought up to the median)")
      ->type_name("X");
  command->add_option("--xmax", options->xmax, "fit up to this size and duration (default: no limit)")->type_name("X");
  command
      ->add_option("--bootstrap", options->repetitions,
                   "synthetic samples of each power law, for its p; 0: none (default: 100)")
      ->type_name("N");
  command->add_option("--lags", options->lags, "lags of the regression (default: up to 200)")->type_name("N");
  command->add_option("--decay", options->decay, "exponential, exponential_offset or complex (default: exponential)")
      ->type_name("NAME");
  command->add_option("--seed", options->seed, "of all samples (default: 0)")->type_name("N");
  command->add_option("--threads", options->threads, "threads (default: one for each processor)")->type_name("N");
  command->add_flag("--json", options->json, "print JSON instead of a table");
  command->footer(
      "Several files are pooled; errors by whole networks are then given, too, since avalanches of one network are "
      "not\n"
      "independent. A power law is rejected if p < 0.1. An exponent means nothing if its law is rejected.\n"
      "\nExamples:\n"
      "  sorn criticality run.h5 --skip 10000\n"
      "  sorn criticality run-*.h5 --threshold median --bootstrap 1000\n"
      "  sorn criticality run.h5 --xmin 5 --xmax 500 --json\n\n" +
      exit_code_help());
  command->callback([options, &action] {
    action = [options](const Environment& environment) {
      const Found found = found_in(*options);
      if (options->json) {
        print_json(environment.out, found, *options);
      } else {
        print(environment.out, found, *options);
      }
      return done;
    };
  });
}

}  // namespace sorn::cli

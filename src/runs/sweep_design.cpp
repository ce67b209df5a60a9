#include <sorn/sweep_design.hpp>

#include "core/quantity.hpp"
#include "core/validate.hpp"
#include "kernels/random.hpp"
#include "support/format.hpp"
#include "support/names.hpp"

#include <sorn/error.hpp>
#include <sorn/measures.hpp>
#include <sorn/seeds.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <set>

namespace sorn {

namespace {

constexpr double most_noise = 1000.0;
constexpr std::array<std::string_view, 2> kind_names{"grid", "random"};
constexpr std::array<std::string_view, 2> scale_names{"linear", "log"};

/// A dimension's part of the address of a draw: FNV-1a of its name, so that adding or moving a dimension does not
/// change the draws of the others.
std::uint32_t hash(std::string_view name) noexcept {
  std::uint32_t value = 2166136261U;
  for (const char c : name) value = (value ^ static_cast<unsigned char>(c)) * 16777619U;
  return value;
}

const ParameterInfo* info_of(std::string_view name) {
  const auto table = parameter_table();
  const auto row = std::find_if(table.begin(), table.end(), [&](const ParameterInfo& i) { return i.name == name; });
  return row == table.end() ? nullptr : &*row;
}

bool is_integral(const SweepDimension& dimension) {
  const ParameterInfo* info = info_of(dimension.name);
  return info != nullptr && info->integral();
}

/// Nine digits are precise enough for a draw and easy to read. They hide the last bits of exp() and log(), which may
/// differ between the C libraries of two machines.
double rounded(double value) {
  const std::string digits = formatted("{:.9g}", value);
  double result = 0.0;
  std::from_chars(digits.data(), digits.data() + digits.size(), result);
  return result;
}

ParameterValue draw(const SweepDimension& dimension, std::uint64_t word) {
  if (!dimension.range) return dimension.values[kernels::below(dimension.values.size(), word)];
  const auto [low, high, scale] = *dimension.range;
  const bool whole = is_integral(dimension);
  if (whole && scale == DrawScale::linear) {
    const auto first = static_cast<std::int64_t>(low);
    const auto count = static_cast<std::uint64_t>(static_cast<std::int64_t>(high) - first) + 1;
    return first + static_cast<std::int64_t>(kernels::below(count, word));
  }
  const double part = kernels::uniform(word);
  const double value =
      scale == DrawScale::linear ? low + (high - low) * part : low * std::exp(part * std::log(high / low));
  const double drawn = std::clamp(rounded(value), low, high);
  if (whole) return static_cast<std::int64_t>(std::llround(drawn));
  return drawn;
}

/// The index of the value that a point of a grid has in each dimension.
std::vector<std::size_t> digits_of(const SweepDesign& design, std::uint64_t point) {
  std::vector<std::size_t> digits(design.dimensions.size());
  for (std::size_t d = digits.size(); d-- > 0;) {
    const std::uint64_t size = design.dimensions[d].values.size();
    digits[d] = static_cast<std::size_t>(point % size);
    point /= size;
  }
  return digits;
}

std::uint64_t limited_product(std::uint64_t a, std::uint64_t b) noexcept {
  if (a == 0 || b == 0) return 0;
  return a > most_runs / b ? most_runs + 1 : a * b;
}

/// Gives the parameters of a point the values of its variant, except for those that the design gives.
void take_variant(const SweepDesign& design, const ParameterValue& variant, Parameters& parameters) {
  set_parameter(parameters, "variant", variant);
  for (const std::string& name : design.given) {
    if (name != "variant") set_parameter(parameters, name, get_parameter(design.base, name));
  }
}

/// The names of everything that a sweep can vary.
std::vector<std::string_view> dimension_names() {
  std::vector<std::string_view> names;
  for (const ParameterInfo& info : parameter_table()) names.push_back(info.name);
  names.emplace_back("noise");
  return names;
}

/// Collects problems, each of them once.
class Problems {
public:
  void add(std::string problem) {
    if (std::find(found_.begin(), found_.end(), problem) == found_.end()) found_.push_back(std::move(problem));
  }
  /// Runs `check`, and keeps the message of its error. Returns whether there was no error.
  template <class Check>
  bool attempt(std::string_view where, Check&& check) {
    try {
      check();
      return true;
    } catch (const Error& error) {
      add(formatted("{}{}", where, error.what()));
      return false;
    }
  }
  bool empty() const noexcept { return found_.empty(); }
  std::vector<std::string> take() { return std::move(found_); }

private:
  std::vector<std::string> found_;
};

/// The value that the runs use. For a real parameter, 1 and 1.0 give the same value.
/// @throws ParameterError if the dimension cannot have this value
ParameterValue settled(const SweepDimension& dimension, const ParameterValue& value, const Parameters& base) {
  if (dimension.name == "noise") {
    const double sigma = noise_sigma(value, base);
    // The meaning of "on" depends on the variant, which may also be varied.
    if (const auto* words = std::get_if<std::string>(&value); words != nullptr && *words == "on") return value;
    return sigma;
  }
  Parameters scratch = base;
  set_parameter(scratch, dimension.name, value);
  return get_parameter(scratch, dimension.name);
}

void check_values(Problems& problems, const SweepDimension& dimension, const SweepDesign& design) {
  const std::string where = formatted("[sweep.{}] ", name(design.kind));
  if (dimension.values.empty()) problems.add(formatted("{}{}: needs at least one value", where, dimension.name));
  std::set<ParameterValue> seen;
  for (const ParameterValue& value : dimension.values) {
    ParameterValue one;
    if (!problems.attempt(where, [&] { one = settled(dimension, value, design.base); })) continue;
    // In a grid a repeated value would repeat runs; in a random design it makes the value more likely.
    if (!seen.insert(one).second && design.kind == DesignKind::grid) {
      problems.add(formatted("{}{}: {} is there twice; 'seeds' in [sweep] repeats each point", where, dimension.name,
                             text(value)));
    }
  }
}

void check_range(Problems& problems, const SweepDimension& dimension, const Parameters& base) {
  const DrawRange& range = *dimension.range;
  const std::string where = formatted("[sweep.random] {}: ", dimension.name);
  if (!(range.low < range.high)) {
    problems.add(formatted("{}low = {}: must be below high = {}", where, range.low, range.high));
    return;
  }
  if (range.scale == DrawScale::logarithmic && !(range.low > 0.0)) {
    problems.add(formatted("{}low = {}: must be above 0 on a logarithmic scale", where, range.low));
    return;
  }
  for (const double end : {range.low, range.high}) {
    const bool whole = is_integral(dimension) && end == std::floor(end) && std::abs(end) < 1e15;
    const ParameterValue value = whole ? ParameterValue(static_cast<std::int64_t>(end)) : ParameterValue(end);
    if (!problems.attempt(where, [&] { static_cast<void>(settled(dimension, value, base)); })) return;
  }
}

void check_dimensions(Problems& problems, const SweepDesign& design) {
  std::vector<std::string_view> seen;
  for (const SweepDimension& dimension : design.dimensions) {
    const std::string where = formatted("[sweep.{}] ", name(design.kind));
    const auto names = dimension_names();
    if (std::find(names.begin(), names.end(), dimension.name) == names.end()) {
      problems.attempt(where, [&] { throw_unknown_name("name", dimension.name, names); });
      continue;
    }
    if (std::find(seen.begin(), seen.end(), dimension.name) != seen.end()) {
      problems.add(formatted("{}{}: is there twice", where, dimension.name));
    }
    seen.push_back(dimension.name);
    if (dimension.range) {
      if (design.kind == DesignKind::grid) {
        problems.add(formatted("{}{}: a grid needs a list of values, not a range", where, dimension.name));
      } else {
        check_range(problems, dimension, design.base);
      }
      continue;
    }
    check_values(problems, dimension, design);
  }
}

/// The problems of a network with these hyperparameters.
std::vector<std::string> problems_of(const SweepDesign& design, const Parameters& p, const std::optional<State>& state,
                                     const std::optional<InputArray>& inputs) {
  std::vector<std::string> found = state ? problems(p) : build_problems(p);
  if (state && (p.ne != state->ne() || p.inhibitory_count() != state->ni())) {
    found.push_back(formatted("ne = {}, ni = {}: the network in the state file has {} and {} units", p.ne,
                              p.inhibitory_count(), state->ne(), state->ni()));
  }
  if (inputs && p.nu != inputs->features) {
    found.push_back(
        formatted("nu = {}: the inputs have {} features; leave nu out: it follows them", p.nu, inputs->features));
  }
  try {
    check_target_rate(p, {.phase = design.phase, .freeze = design.freeze});
  } catch (const ParameterError& error) {
    found.emplace_back(error.what());
  }
  return found;
}

/// The problem of the source with networks of one size; empty if there is none.
std::string source_problem(const SweepDesign& design, const SweepRun& run, const std::optional<State>& state) {
  try {
    check_source(run.parameters, run.seed, state ? state->step : 0, design.steps, {.source = design.source});
    return {};
  } catch (const Error& error) {
    return error.what();
  }
}

/// Collects the problems of single points. Each kind is reported once, with the first point that has it.
void check_points(Problems& problems, const SweepDesign& design, const std::optional<State>& state,
                  const std::optional<InputArray>& inputs) {
  const std::uint64_t points = point_count(design);
  std::map<std::string, std::pair<std::string, std::uint64_t>> found;  // by rule: the first problem, and the count
  std::map<std::pair<std::size_t, std::size_t>, std::string> of_size;  // problems of the source, by ne and nu
  bool any_fine = false;
  for (std::uint64_t p = 0; p < points; ++p) {
    const SweepRun run = run_of(design, p * design.runs_per_point);
    std::vector<std::string> wrong = problems_of(design, run.parameters, state, inputs);
    if (design.source && wrong.empty()) {
      const auto [known, is_new] = of_size.try_emplace({run.parameters.ne, run.parameters.nu});
      if (is_new) known->second = source_problem(design, run, state);
      if (!known->second.empty()) wrong.push_back(known->second);
    }
    any_fine = any_fine || wrong.empty();
    if (design.kind == DesignKind::random && any_fine) return;
    for (const std::string& problem : wrong) {
      const std::string rule = problem.substr(0, problem.find_first_of(" ="));
      auto& [first, count] = found[rule];
      if (count++ == 0) {
        const std::string at = text(design, run);
        first = at.empty() ? problem : formatted("point {} ({}): {}", p, at, problem);
      }
    }
  }
  for (const auto& [rule, entry] : found) {
    const auto& [first, count] = entry;
    problems.add(count == 1 ? first : formatted("{} (and {} more points)", first, count - 1));
  }
}

}  // namespace

std::string_view name(DesignKind kind) noexcept { return kind_names[static_cast<std::size_t>(kind)]; }

DesignKind design_kind_named(std::string_view text) { return enumerator_named<DesignKind>("design", text, kind_names); }

std::string_view name(DrawScale scale) noexcept { return scale_names[static_cast<std::size_t>(scale)]; }

DrawScale draw_scale_named(std::string_view text) { return enumerator_named<DrawScale>("scale", text, scale_names); }

std::string text(const ParameterValue& value) {
  struct Printer {
    std::string operator()(std::monostate) const { return "none"; }
    std::string operator()(std::int64_t v) const { return formatted("{}", v); }
    std::string operator()(double v) const { return formatted("{}", v); }
    std::string operator()(const std::string& v) const { return v; }
  };
  return std::visit(Printer{}, value);
}

std::string text(const SweepDesign& design, const SweepRun& run) {
  std::string result;
  for (std::size_t d = 0; d < design.dimensions.size(); ++d) {
    if (d > 0) result += ", ";
    result += formatted("{} = {}", design.dimensions[d].name, text(run.values[d]));
  }
  return result;
}

std::uint64_t point_count(const SweepDesign& design) noexcept {
  if (design.kind == DesignKind::random) return std::min(design.samples, most_runs + 1);
  std::uint64_t count = 1;
  for (const SweepDimension& dimension : design.dimensions) count = limited_product(count, dimension.values.size());
  return count;
}

std::uint64_t run_count(const SweepDesign& design) noexcept {
  return limited_product(point_count(design), design.runs_per_point);
}

double noise_sigma(const ParameterValue& noise, const Parameters& parameters) {
  const ParameterValue* value = &noise;
  ParameterValue number;
  if (const auto* words = std::get_if<std::string>(&noise)) {
    if (*words == "on") return parameters.noise_sigma;
    if (*words == "off") return 0.0;
    double read = 0.0;
    const auto [end, error] = std::from_chars(words->data(), words->data() + words->size(), read);
    if (error == std::errc{} && end == words->data() + words->size()) {
      number = read;
      value = &number;
    }
  }
  double sigma = -1.0;
  if (const auto* whole = std::get_if<std::int64_t>(value)) sigma = static_cast<double>(*whole);
  if (const auto* real = std::get_if<double>(value)) sigma = *real;
  if (sigma >= 0.0 && sigma <= most_noise) return sigma;
  throw ParameterError(formatted("noise = {}", text(noise)), "must be on, off, or a standard deviation in [0, 1000]");
}

SweepRun run_of(const SweepDesign& design, std::uint64_t index) {
  SweepRun run;
  run.index = index;
  run.point = index / design.runs_per_point;
  run.seed = design.seeds.empty() ? replica_seed(design.seed, index)
                                  : design.seeds[static_cast<std::size_t>(index % design.runs_per_point)];
  run.parameters = design.base;
  if (design.kind == DesignKind::grid) {
    const std::vector<std::size_t> digits = digits_of(design, run.point);
    for (std::size_t d = 0; d < digits.size(); ++d) run.values.push_back(design.dimensions[d].values[digits[d]]);
  } else {
    for (const SweepDimension& dimension : design.dimensions) {
      run.values.push_back(draw(dimension, kernels::random_word(design.seed, kernels::Stream::sweep_sample, run.point,
                                                                hash(dimension.name))));
    }
  }
  ParameterValue noise = design.noise;
  ParameterValue* varied_noise = nullptr;
  // The variant comes first, since it brings values that the others replace.
  for (std::size_t d = 0; d < design.dimensions.size(); ++d) {
    if (design.dimensions[d].name == "variant") take_variant(design, run.values[d], run.parameters);
  }
  for (std::size_t d = 0; d < design.dimensions.size(); ++d) {
    if (design.dimensions[d].name == "variant") continue;
    if (design.dimensions[d].name == "noise") {
      noise = run.values[d];
      varied_noise = &run.values[d];
    } else {
      set_parameter(run.parameters, design.dimensions[d].name, run.values[d]);
      // The value as the network stores it: an integer becomes real, "sparse" becomes "Sparse".
      run.values[d] = get_parameter(run.parameters, design.dimensions[d].name);
    }
  }
  run.noise = noise_sigma(noise, run.parameters);
  if (varied_noise != nullptr) *varied_noise = run.noise;
  return run;
}

std::vector<std::string> notes(const SweepDesign& design) {
  std::vector<std::string> found;
  for (const std::string& statistic : design.statistics) {
    const std::string_view now = measure_named(statistic).name;
    if (statistic == now) continue;
    found.push_back(formatted("statistic '{}' is now called '{}'; the old name will be read until the next release",
                              statistic, now));
  }
  return found;
}

std::vector<std::string> problems(const SweepDesign& design, const std::optional<State>& state,
                                  const std::optional<InputArray>& inputs) {
  Problems found;
  found.attempt("", [&] { static_cast<void>(noise_sigma(design.noise, design.base)); });
  for (const std::string& name : design.given) {
    found.attempt("given: ", [&] { static_cast<void>(get_parameter(design.base, name)); });
  }
  check_dimensions(found, design);
  if (design.kind == DesignKind::random && design.samples == 0) {
    found.add("[sweep] samples: a random design needs a number of samples, from 1 on");
  }
  if (design.runs_per_point == 0) found.add("[sweep] seeds: needs at least one");
  if (!design.seeds.empty() && design.seeds.size() != design.runs_per_point) {
    found.add(
        formatted("[sweep] seeds: there are {} for {} runs of each point", design.seeds.size(), design.runs_per_point));
  }
  std::set<std::uint64_t> seeds;
  for (const std::uint64_t seed : design.seeds) {
    if (!seeds.insert(seed).second) {
      found.add(formatted("[sweep] seeds: {} is there twice, and would make the same runs again", seed));
    }
  }
  if (design.steps == 0) found.add("[run] steps: is needed, since nothing else says how long to run");
  if (inputs && inputs->values.size() != inputs->features * inputs->steps) {
    found.add(formatted("the inputs have {} values for {} features over {} steps", inputs->values.size(),
                        inputs->features, inputs->steps));
  }
  if (inputs && design.source) found.add("inputs and a source are both given: a run has one of them");
  if (inputs && design.steps > inputs->steps) {
    found.add(formatted("[run] steps = {}: the inputs have only {} steps", design.steps, inputs->steps));
  }
  if (design.steps > 0 && design.options.skip >= design.steps) {
    found.add(formatted("[sweep] skip = {}: must leave one of the {} steps", design.options.skip, design.steps));
  }
  if (design.options.window == 0) found.add("[sweep] window = 0: must be at least one step");
  if (design.options.threshold && !(*design.options.threshold >= 0.0 && std::isfinite(*design.options.threshold))) {
    found.add(formatted("[sweep] threshold = {}: must be a number from 0 on", *design.options.threshold));
  }
  if (design.statistics.empty()) found.add("[sweep] statistics: needs at least one, such as \"mean_rate\"");
  std::set<const Measure*> measured;
  for (const std::string& statistic : design.statistics) {
    found.attempt("[sweep] ", [&] {
      if (!measured.insert(&measure_named(statistic)).second) {
        found.add(formatted("[sweep] statistics: '{}' is there twice", statistic));
      }
    });
  }
  found.attempt("[run] record: ", [&] { require_there(design.record, {.no = 1, .measures = measure_names()}); });
  if (!design.record.empty() && !design.files) {
    found.add("[run] record: is kept only in a file for each run; add 'files = true' to [sweep], or leave it out");
  }
  if (found.empty() && run_count(design) > most_runs) {
    found.add(formatted("more than {} runs: give fewer values, samples or seeds", most_runs));
  }
  if (found.empty()) check_points(found, design, state, inputs);
  return found.take();
}

}  // namespace sorn

#include <sorn/parameters.hpp>

#include "core/memory.hpp"
#include "core/names.hpp"
#include "core/room.hpp"

#include <sorn/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <type_traits>

namespace sorn {

namespace {

constexpr std::string_view model = "docs/model.md";
constexpr std::string_view lazar = "Lazar, Pipa & Triesch 2009, doi 10.3389/neuro.10.023.2009";
constexpr std::string_view zheng = "Zheng, Dimitrakakis & Triesch 2013, doi 10.1371/journal.pcbi.1002848";

constexpr double most_units = 2147483647.0;  // presynaptic indices are 32-bit
constexpr double highest_threshold = 1000.0;
constexpr double smallest_mu_ip = 1e-6;  // iSTDP divides by it

struct Bounds {
  double low;
  double high;
  bool contains(double value) const noexcept { return std::isfinite(value) && value >= low && value <= high; }
};

/// A row of the table together with the bounds that its range states in words.
struct Row {
  ParameterInfo info;
  Bounds bounds;
};

constexpr std::array<Row, 19> rows{{
    {{"ne", "N_E", "units", "a whole number in [2, 2147483647]", "number of excitatory units", model, true},
     {2, most_units}},
    {{"ni", "N_I", "units", "a whole number in [1, 2147483647]", "number of inhibitory units; int(0.2*ne) unless given",
      model, true},
     {1, most_units}},
    {{"nu", "N_U", "units", "a whole number in [1, ne]", "number of input units: the first nu excitatory ones", model,
      true},
     {1, most_units}},
    {{"network_type_ee", "", "", "'Sparse' or 'Dense'", "connectivity from excitatory to excitatory units", model,
      false},
     {0, 0}},
    {{"network_type_ei", "", "", "'Sparse' or 'Dense'", "connectivity from inhibitory to excitatory units", model,
      false},
     {0, 0}},
    {{"network_type_ie", "", "", "'Sparse' or 'Dense'", "connectivity from excitatory to inhibitory units", model,
      false},
     {0, 0}},
    {{"lambda_ee", "λ_EE", "synapses", "a number in [0, ne - 1]",
      "mean number of incoming excitatory synapses of an excitatory unit (Sparse)", model, false},
     {0, most_units}},
    {{"lambda_ei", "λ_EI", "synapses", "a number in [0, ne]",
      "mean number of outgoing synapses of an inhibitory unit (Sparse)", model, false},
     {0, most_units}},
    {{"lambda_ie", "λ_IE", "% of ne", "a number in [0, 100]",
      "mean number of incoming synapses of an inhibitory unit, as a percentage of ne (Sparse)", model, false},
     {0, 100}},
    {{"eta_stdp", "η_stdp", "weight per pairing", "a number in [0, 1]", "learning rate of STDP", lazar, false}, {0, 1}},
    {{"eta_inhib", "η_inhib", "weight per spike", "a number in [0, 1]", "learning rate of inhibitory STDP", zheng,
      false},
     {0, 1}},
    {{"eta_ip", "η_ip", "threshold per spike", "a number in [0, 1]", "learning rate of intrinsic plasticity", lazar,
      false},
     {0, 1}},
    {{"te_max", "T_E max", "drive", "a number in [0, 1000]", "upper bound of excitatory thresholds", model, false},
     {0, highest_threshold}},
    {{"ti_max", "T_I max", "drive", "a number in [0, 1000]", "upper bound of initial inhibitory thresholds", model,
      false},
     {0, highest_threshold}},
    {{"ti_min", "T_I min", "drive", "a number in [0, 1000]", "lower bound of initial inhibitory thresholds", model,
      false},
     {0, highest_threshold}},
    {{"te_min", "T_E min", "drive", "a number in [0, 1000]", "lower bound of excitatory thresholds", model, false},
     {0, highest_threshold}},
    {{"mu_ip", "μ_IP", "spikes per step", "a number in [1e-06, 1]",
      "rate at which inhibitory STDP balances an excitatory unit", zheng, false},
     {smallest_mu_ip, 1}},
    {{"sigma_ip", "σ_IP", "spikes per step", "a number in [0, 1]",
      "spread of the target rates H_IP over units; 0: all have 2*nu/ne", zheng, false},
     {0, 1}},
    {{"variant", "", "", "the name of a variant", "which published network a step follows", model, false}, {0, 0}},
}};

const Row& row_named(std::string_view name) {
  const auto* const found =
      std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.info.name == name; });
  if (found == rows.end()) {
    std::array<std::string_view, rows.size()> names;
    std::transform(rows.begin(), rows.end(), names.begin(), [](const Row& row) { return row.info.name; });
    throw_unknown_name("hyperparameter", name, names);
  }
  return *found;
}

/// Calls visit(field) with the field of this row. `P` is Parameters or const Parameters.
template <class P, class Visit>
decltype(auto) with_field(P& p, const Row& row, Visit&& visit) {
  switch (&row - rows.data()) {
    case 0: return visit(p.ne);
    case 1: return visit(p.ni);
    case 2: return visit(p.nu);
    case 3: return visit(p.network_type_ee);
    case 4: return visit(p.network_type_ei);
    case 5: return visit(p.network_type_ie);
    case 6: return visit(p.lambda_ee);
    case 7: return visit(p.lambda_ei);
    case 8: return visit(p.lambda_ie);
    case 9: return visit(p.eta_stdp);
    case 10: return visit(p.eta_inhib);
    case 11: return visit(p.eta_ip);
    case 12: return visit(p.te_max);
    case 13: return visit(p.ti_max);
    case 14: return visit(p.ti_min);
    case 15: return visit(p.te_min);
    case 16: return visit(p.mu_ip);
    case 17: return visit(p.sigma_ip);
    default: return visit(p.variant);
  }
}

std::string to_text(const ParameterValue& value) {
  struct Printer {
    std::string operator()(std::monostate) const { return "None"; }
    std::string operator()(std::int64_t v) const { return fmt::format("{}", v); }
    std::string operator()(double v) const { return fmt::format("{}", v); }
    std::string operator()(const std::string& v) const { return fmt::format("'{}'", v.substr(0, 80)); }
  };
  return std::visit(Printer{}, value);
}

[[noreturn]] void refuse(const Row& row, const ParameterValue& value) {
  const Parameters defaults;
  const ParameterValue usual = get_parameter(defaults, row.info.name);
  throw ParameterError(fmt::format("{} = {}", row.info.name, to_text(value)), fmt::format("must be {}", row.info.range),
                       std::holds_alternative<std::monostate>(usual)
                           ? std::string("leave it out for int(0.2*ne)")
                           : fmt::format("the default is {}", to_text(usual)));
}

/// The number in a value, if it is one and lies within the row's bounds.
double checked_number(const Row& row, const ParameterValue& value) {
  double number = std::numeric_limits<double>::quiet_NaN();
  if (const auto* whole = std::get_if<std::int64_t>(&value)) number = static_cast<double>(*whole);
  if (const auto* real = std::get_if<double>(&value)) number = *real;
  if (!row.bounds.contains(number)) refuse(row, value);
  if (row.info.integral && number != std::floor(number)) refuse(row, value);
  return number;
}

/// Assigns a value to a field of any of the types that Parameters has.
struct Assign {
  const Row& row;
  const ParameterValue& value;

  void operator()(std::size_t& field) const { field = static_cast<std::size_t>(checked_number(row, value)); }
  void operator()(double& field) const { field = checked_number(row, value); }
  void operator()(std::optional<std::size_t>& field) const {
    if (std::holds_alternative<std::monostate>(value)) {
      field.reset();
    } else {
      field = static_cast<std::size_t>(checked_number(row, value));
    }
  }
  void operator()(Connectivity& field) const { field = connectivity_named(text()); }
  void operator()(VariantName& field) const { field = variant_named(text()); }

private:
  const std::string& text() const {
    const auto* string = std::get_if<std::string>(&value);
    if (string == nullptr) refuse(row, value);
    return *string;
  }
};

struct Read {
  ParameterValue operator()(std::size_t field) const { return static_cast<std::int64_t>(field); }
  ParameterValue operator()(double field) const { return field; }
  ParameterValue operator()(const std::optional<std::size_t>& field) const {
    if (!field) return std::monostate{};
    return static_cast<std::int64_t>(*field);
  }
  ParameterValue operator()(Connectivity field) const { return std::string(name(field)); }
  ParameterValue operator()(VariantName field) const { return std::string(name(field)); }
};

void report(std::vector<std::string>& found, bool broken, std::string text) {
  if (broken) found.push_back(std::move(text));
}

/// Each lambda against the pool that it draws from. The defaults suit the default size: in a smaller network that is
/// not built from them (`building` is false) they have no effect and are no mistake of anybody's.
void report_lambda(std::vector<std::string>& found, const Parameters& p, bool building) {
  const Parameters defaults;
  const auto ne = static_cast<double>(p.ne);
  const bool reads_ee = p.network_type_ee == Connectivity::sparse && (building || p.lambda_ee != defaults.lambda_ee);
  const bool reads_ei = p.network_type_ei == Connectivity::sparse && (building || p.lambda_ei != defaults.lambda_ei);
  report(
      found, reads_ee && p.lambda_ee > ne - 1,
      fmt::format("lambda_ee = {}: must be at most ne - 1 = {}, the other units of the pool", p.lambda_ee, p.ne - 1));
  report(found, reads_ei && p.lambda_ei > ne,
         fmt::format("lambda_ei = {}: must be at most ne = {}, the units of the pool; for so small a network try "
                     "lambda_ei={}",
                     p.lambda_ei, p.ne, std::max<std::size_t>(1, p.ne / 5)));
}

[[noreturn]] void throw_problems(const std::vector<std::string>& found) {
  throw ParameterError("invalid hyperparameters", fmt::format("{}", fmt::join(found, "; ")));
}

}  // namespace

std::string_view name(Connectivity type) noexcept { return type == Connectivity::sparse ? "Sparse" : "Dense"; }

Connectivity connectivity_named(std::string_view text) {
  constexpr std::array<std::string_view, 2> names{"Sparse", "Dense"};
  if (equal_ignoring_case(text, names[0])) return Connectivity::sparse;
  if (equal_ignoring_case(text, names[1])) return Connectivity::dense;
  throw_unknown_name("network type", text, names);
}

std::span<const ParameterInfo> parameter_table() noexcept {
  static const auto table = [] {
    std::array<ParameterInfo, rows.size()> infos;
    std::transform(rows.begin(), rows.end(), infos.begin(), [](const Row& row) { return row.info; });
    return infos;
  }();
  return table;
}

ParameterValue get_parameter(const Parameters& parameters, std::string_view name) {
  return with_field(parameters, row_named(name), Read{});
}

void set_parameter(Parameters& parameters, std::string_view name, const ParameterValue& value) {
  const Row& row = row_named(name);
  with_field(parameters, row, Assign{row, value});
}

std::vector<std::string> problems(const Parameters& p) {
  std::vector<std::string> found;
  for (const Row& row : rows) {
    const ParameterValue value = with_field(p, row, Read{});
    double number = 0.0;
    if (const auto* whole = std::get_if<std::int64_t>(&value)) {
      number = static_cast<double>(*whole);
    } else if (const auto* real = std::get_if<double>(&value)) {
      number = *real;
    } else {
      continue;  // a name or an unset value: right by its type
    }
    report(found, !row.bounds.contains(number),
           fmt::format("{} = {}: must be {}", row.info.name, to_text(value), row.info.range));
  }
  report(found, p.inhibitory_count() == 0,
         fmt::format("ne = {} leaves no inhibitory unit (int(0.2*ne) = 0): give ne >= 5, or ni", p.ne));
  report(found, p.nu > p.ne, fmt::format("nu = {}: must be at most ne = {}", p.nu, p.ne));
  report(found, p.te_min > p.te_max, fmt::format("te_min = {}: must be at most te_max = {}", p.te_min, p.te_max));
  report(found, p.ti_min > p.ti_max, fmt::format("ti_min = {}: must be at most ti_max = {}", p.ti_min, p.ti_max));
  report_lambda(found, p, false);
  return found;
}

std::vector<std::string> build_problems(const Parameters& p, std::size_t shares) {
  std::vector<std::string> found = problems(p);
  if (!found.empty()) return found;  // sizes below would be meaningless
  const auto ne = static_cast<double>(p.ne);
  const auto ni = static_cast<double>(p.inhibitory_count());
  report_lambda(found, p, true);
  const double ee = ne * (p.network_type_ee == Connectivity::sparse ? p.lambda_ee : ne - 1);
  const double ei = ni * (p.network_type_ei == Connectivity::sparse ? p.lambda_ei : ne);
  const double ie = ni * ne * (p.network_type_ie == Connectivity::sparse ? p.lambda_ie / 100 : 1.0);
  const double most = std::max({ee, ei, ie});
  report(
      found, most / static_cast<double>(shares) > most_entries,
      fmt::format("ne = {}, ni = {} would have about {:.3g} {} synapses, of which a matrix holds at most {:.0f}: give "
                  "fewer units, or Sparse networks with a smaller lambda",
                  p.ne, p.inhibitory_count(), most,
                  most == ee   ? "EE"
                  : most == ei ? "EI"
                               : "IE",
                  most_entries));
  const double bytes = network_bytes((ee + ei + ie) / static_cast<double>(shares), ne + ni);
  const double available = physical_memory_bytes();
  report(found, bytes > available,
         fmt::format(
             "ne = {}, ni = {} would need about {:.3g} GB for {:.3g} synapses: this machine has {:.3g} GB{}", p.ne,
             p.inhibitory_count(), bytes / 1e9, ee + ei + ie, available / 1e9,
             p.network_type_ie == Connectivity::dense ? "; try network_type_ie='Sparse' with a small lambda_ie" : ""));
  return found;
}

void validate(const Parameters& parameters) {
  const auto found = problems(parameters);
  if (!found.empty()) throw_problems(found);
}

void validate_for_building(const Parameters& parameters, std::size_t ranks) {
  const auto found = build_problems(parameters, ranks);
  if (!found.empty()) throw_problems(found);
}

}  // namespace sorn

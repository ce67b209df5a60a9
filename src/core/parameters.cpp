#include <sorn/parameters.hpp>

#include "core/build.hpp"
#include "support/format.hpp"
#include "support/memory.hpp"
#include "support/names.hpp"
#include "support/room.hpp"
#include "support/rows.hpp"

#include <sorn/error.hpp>
#include <sorn/variant.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <type_traits>

namespace sorn {

namespace {

/// Converts to the type of any field of Parameters.
struct AnyField {
  template <class T>
  requires std::is_arithmetic_v<T> || std::is_enum_v<T>
  constexpr operator T() const noexcept { return {}; }  // NOLINT(google-explicit-constructor): that is its purpose
  operator Order() const;                               // NOLINT(google-explicit-constructor)
};

/// The number of fields of Parameters: the largest number of values that can initialise it.
template <class... Values>
consteval std::size_t field_count() {
  if constexpr (requires { Parameters{Values{}..., AnyField{}}; }) {
    return field_count<Values..., AnyField>();
  } else {
    return sizeof...(Values);
  }
}
static_assert(parameter_rows.size() == field_count(), "each field of Parameters has one row of parameter_rows");

static_assert(distinct(parameter_rows, &ParameterInfo::name) && distinct(parameter_rows, &ParameterInfo::field),
              "two hyperparameters have one name or one field");

constexpr bool complete(const ParameterInfo& row) {
  const bool may_be_unset = std::holds_alternative<std::optional<std::size_t> Parameters::*>(row.field) ||
                            std::holds_alternative<std::optional<double> Parameters::*>(row.field);
  return !row.name.empty() && !row.range.empty() && !row.meaning.empty() && !row.source.empty() && row.since >= 1 &&
         may_be_unset == !row.unset.empty() && may_be_unset == (row.formula != nullptr);
}
static_assert(std::all_of(parameter_rows.begin(), parameter_rows.end(), complete),
              "a hyperparameter lacks its words, or the formula of the value that it has while it is not set");

const ParameterInfo& row_named(std::string_view name) {
  const auto* const found = std::find_if(parameter_rows.begin(), parameter_rows.end(),
                                         [&](const ParameterInfo& row) { return row.name == name; });
  if (found == parameter_rows.end()) {
    std::array<std::string_view, parameter_rows.size()> names;
    std::transform(parameter_rows.begin(), parameter_rows.end(), names.begin(),
                   [](const ParameterInfo& row) { return row.name; });
    throw_unknown_name("hyperparameter", name, names);
  }
  return *found;
}

/// Calls visit(field) with the field of this row. `P` is Parameters or const Parameters.
template <class P, class Visit>
decltype(auto) with_field(P& p, const ParameterInfo& row, Visit&& visit) {
  return std::visit([&](auto member) { return visit(p.*member); }, row.field);
}

bool in_range(const ParameterInfo& row, double number) noexcept {
  return std::isfinite(number) && number >= row.low && number <= row.high;
}

std::string to_text(const ParameterValue& value) {
  struct Printer {
    std::string operator()(std::monostate) const { return "None"; }
    std::string operator()(std::int64_t v) const { return formatted("{}", v); }
    std::string operator()(double v) const { return formatted("{}", v); }
    std::string operator()(const std::string& v) const { return formatted("'{}'", v.substr(0, 80)); }
  };
  return std::visit(Printer{}, value);
}

[[noreturn]] void refuse(const ParameterInfo& row, const ParameterValue& value) {
  throw ParameterError(formatted("{} = {}", row.name, to_text(value)), formatted("must be {}", row.range),
                       row.unset.empty() ? formatted("the default is {}", to_text(get_parameter({}, row.name)))
                                         : formatted("leave it out for {}", row.unset));
}

/// The number in a value. Refuses a value that is no number or lies outside the row's bounds.
double checked_number(const ParameterInfo& row, const ParameterValue& value) {
  double number = std::numeric_limits<double>::quiet_NaN();
  if (const auto* whole = std::get_if<std::int64_t>(&value)) number = static_cast<double>(*whole);
  if (const auto* real = std::get_if<double>(&value)) number = *real;
  if (!in_range(row, number)) refuse(row, value);
  if (row.integral() && number != std::floor(number)) refuse(row, value);
  return number;
}

/// What an error calls the values of a switch.
std::string kind_of(const ParameterInfo& row) {
  if (std::holds_alternative<Connectivity Parameters::*>(row.field)) return "network type";
  return std::string(row.name);
}

/// Assigns a value to a field of any of the types that Parameters has.
struct Assign {
  const ParameterInfo& row;
  const ParameterValue& value;

  void operator()(std::size_t& field) const { field = static_cast<std::size_t>(checked_number(row, value)); }
  void operator()(double& field) const { field = checked_number(row, value); }
  template <class T>
  void operator()(std::optional<T>& field) const {
    const auto* word = std::get_if<std::string>(&value);
    if (std::holds_alternative<std::monostate>(value) || (word != nullptr && equal_ignoring_case(*word, "none"))) {
      field.reset();
    } else {
      field = static_cast<T>(checked_number(row, value));
    }
  }
  void operator()(Order& field) const { field = order_named(text()); }
  template <class Switch>
  requires std::is_enum_v<Switch>
  void operator()(Switch& field) const {
    std::string_view word = text();
    if constexpr (std::is_same_v<Switch, Toggle>) {  // the words of TOML and Python
      if (equal_ignoring_case(word, "true")) word = name(Toggle::on);
      if (equal_ignoring_case(word, "false")) word = name(Toggle::off);
    }
    const auto& names = switch_names<Switch>;
    const auto* const found = std::find_if(names.begin(), names.end(),
                                           [&](std::string_view name) { return equal_ignoring_case(name, word); });
    if (found == names.end()) throw_unknown_name(kind_of(row), word, names);
    field = static_cast<Switch>(found - names.begin());
  }

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
  template <class T>
  ParameterValue operator()(const std::optional<T>& field) const {
    if (!field) return std::monostate{};
    return (*this)(*field);
  }
  ParameterValue operator()(const Order& field) const { return text(field); }
  template <class Switch>
  requires std::is_enum_v<Switch> ParameterValue operator()(Switch field) const { return std::string(name(field)); }
};

void report(std::vector<std::string>& found, bool broken, std::string text) {
  if (broken) found.push_back(std::move(text));
}

/// Switches of which one makes the other meaningless.
void report_contradictions(std::vector<std::string>& found, const Parameters& p) {
  if (p.inhibition == Inhibition::fast && p.order.inhibitory_first()) {
    found.push_back(
        formatted("inhibition = 'fast' reads the new excitatory activity, but in order = '{}' inhibitory units fire "
                  "before it exists: let 'excitatory' come first, or set inhibition = 'slow'",
                  text(p.order)));
  }
  for (const Rule rule : {Rule::istdp, Rule::ssei}) {
    if (p.wei_plasticity == WeiPlasticity::plastic || !p.order.contains(rule)) continue;
    found.push_back(
        formatted("wei_plasticity = 'static', but the rule '{}' in order = '{}' changes W_EI: leave the "
                  "rule out, or set wei_plasticity = 'plastic'",
                  name(rule), text(p.order)));
  }
  if (p.eta_ds > 0.0 && !p.order.contains(Rule::ssee)) {
    found.push_back(formatted("eta_ds = {} is a rate of the scaling of W_EE, but order = '{}' lacks 'ssee'", p.eta_ds,
                              text(p.order)));
  }
  if (p.always_ip == Toggle::on && !p.order.contains(Rule::ip)) {
    found.push_back(formatted("always_ip = 'on', but order = '{}' lacks 'ip'", text(p.order)));
  }
  for (const Rule rule : {Rule::ostdp, Rule::ip_o, Rule::ssoe}) {
    if (p.no > 0 || !p.order.contains(rule)) continue;
    found.push_back(
        formatted("no = 0, but the rule '{}' in order = '{}' changes output units: set no, or leave the "
                  "rule out",
                  name(rule), text(p.order)));
  }
  if (p.wee_max < p.wee_min) {
    found.push_back(formatted("wee_max = {}: must be at least wee_min = {}", p.wee_max, p.wee_min));
  }
  if (p.order.contains(Rule::sp) && p.sp_probability > 0.0 && p.sp_weight < p.wee_min) {
    found.push_back(formatted("sp_weight = {}: must be at least wee_min = {}, or STDP removes each new synapse",
                              p.sp_weight, p.wee_min));
  }
}

/// Compares each lambda with the size of its pool. The defaults suit the default size. A smaller network may keep them
/// if it is not built from them (`building` is false), since they then have no effect.
void report_lambda(std::vector<std::string>& found, const Parameters& p, bool building) {
  const Parameters defaults;
  const auto ne = static_cast<double>(p.ne);
  const bool percent = p.lambda_unit == LambdaUnit::percent;
  const bool reads_ee = p.network_type_ee != Connectivity::dense && (building || p.lambda_ee != defaults.lambda_ee);
  const bool reads_ei = p.network_type_ei != Connectivity::dense && (building || p.lambda_ei != defaults.lambda_ei);
  if (percent) {
    report(found, reads_ee && p.lambda_ee > 100.0, formatted("lambda_ee = {}: must be at most 100 %", p.lambda_ee));
    report(found, reads_ei && p.lambda_ei > 100.0, formatted("lambda_ei = {}: must be at most 100 %", p.lambda_ei));
    return;
  }
  report(found, reads_ee && p.lambda_ee > ne - 1,
         formatted("lambda_ee = {}: must be at most ne - 1 = {}, the other units of the pool", p.lambda_ee, p.ne - 1));
  report(found, reads_ei && p.lambda_ei > ne,
         formatted("lambda_ei = {}: must be at most ne = {}, the units of the pool; for so small a network try "
                   "lambda_ei={}",
                   p.lambda_ei, p.ne, std::max<std::size_t>(1, p.ne / 5)));
}

}  // namespace

double Parameters::structural_probability() const noexcept {
  if (sp_scaling == SpScaling::network) return sp_probability;
  constexpr double pairs_of_200 = 200.0 * 199.0;
  const auto units = static_cast<double>(ne);
  return std::min(1.0, sp_probability * units * (units - 1.0) / pairs_of_200);
}

ParameterValue get_parameter(const Parameters& parameters, std::string_view name) {
  return with_field(parameters, row_named(name), Read{});
}

ParameterValue effective_parameter(const Parameters& parameters, std::string_view name) {
  const ParameterInfo& row = row_named(name);
  const ParameterValue value = with_field(parameters, row, Read{});
  return std::holds_alternative<std::monostate>(value) ? row.formula(parameters) : value;
}

void set_parameter(Parameters& parameters, std::string_view name, const ParameterValue& value) {
  const ParameterInfo& row = row_named(name);
  if (!std::holds_alternative<VariantName Parameters::*>(row.field)) {
    with_field(parameters, row, Assign{row, value});
    return;
  }
  VariantName chosen{};
  Assign{row, value}(chosen);
  if (chosen != parameters.variant) set_variant(parameters, parameters_of(chosen));
}

std::vector<std::string> problems(const Parameters& p) {
  std::vector<std::string> found;
  for (const ParameterInfo& row : parameter_rows) {
    const ParameterValue value = with_field(p, row, Read{});
    double number = 0.0;
    if (const auto* whole = std::get_if<std::int64_t>(&value)) {
      number = static_cast<double>(*whole);
    } else if (const auto* real = std::get_if<double>(&value)) {
      number = *real;
    } else {
      continue;  // a name or an unset value is always valid
    }
    report(found, !in_range(row, number), formatted("{} = {}: must be {}", row.name, to_text(value), row.range));
  }
  report(found, p.inhibitory_count() == 0,
         formatted("ne = {} leaves no inhibitory unit (int(0.2*ne) = 0): give ne >= 5, or ni", p.ne));
  report(found, p.nu > p.ne, formatted("nu = {}: must be at most ne = {}", p.nu, p.ne));
  report(found, p.te_min > p.te_max, formatted("te_min = {}: must be at most te_max = {}", p.te_min, p.te_max));
  report(found, p.ti_min > p.ti_max, formatted("ti_min = {}: must be at most ti_max = {}", p.ti_min, p.ti_max));
  report(found, p.to_min > p.to_max, formatted("to_min = {}: must be at most to_max = {}", p.to_min, p.to_max));
  report_lambda(found, p, false);
  report_contradictions(found, p);
  return found;
}

namespace {

/// About how many synapses a new network has.
struct SynapseNumbers {
  double ee;
  double ei;
  double ie;
};

SynapseNumbers synapse_numbers(const Parameters& p) noexcept {
  const auto ne = static_cast<double>(p.ne);
  const auto ni = static_cast<double>(p.inhibitory_count());
  const double unit = p.lambda_unit == LambdaUnit::percent ? ne / 100.0 : 1.0;
  return {.ee = ne * (p.network_type_ee == Connectivity::dense ? ne - 1 : p.lambda_ee * unit),
          .ei = ni * (p.network_type_ei == Connectivity::dense ? ne : p.lambda_ei * unit),
          .ie = ni * ne * (p.network_type_ie == Connectivity::dense ? 1.0 : p.lambda_ie / 100)};
}

}  // namespace

double bytes_to_build(const Parameters& p, std::size_t shares) noexcept {
  const auto [ee, ei, ie] = synapse_numbers(p);
  return network_bytes((ee + ei + ie) / static_cast<double>(shares), static_cast<double>(p.ne + p.inhibitory_count()));
}

std::vector<std::string> build_problems(const Parameters& p, std::size_t shares) {
  std::vector<std::string> found = problems(p);
  if (!found.empty()) return found;  // sizes below would be meaningless
  report_lambda(found, p, true);
  const auto [ee, ei, ie] = synapse_numbers(p);
  const double most = std::max({ee, ei, ie});
  report(found, most / static_cast<double>(shares) > most_entries,
         formatted("ne = {}, ni = {} would have about {:.3g} {} synapses, of which a matrix holds at most {:.0f}: give "
                   "fewer units, or Sparse networks with a smaller lambda",
                   p.ne, p.inhibitory_count(), most,
                   most == ee   ? "EE"
                   : most == ei ? "EI"
                                : "IE",
                   most_entries));
  const double bytes = bytes_to_build(p, shares);
  const double available = physical_memory_bytes();
  report(found, bytes > available,
         formatted(
             "ne = {}, ni = {} would need about {:.3g} GB for {:.3g} synapses: this machine has {:.3g} GB{}", p.ne,
             p.inhibitory_count(), bytes / 1e9, ee + ei + ie, available / 1e9,
             p.network_type_ie == Connectivity::dense ? "; try network_type_ie='Sparse' with a small lambda_ie" : ""));
  return found;
}

void validate(const Parameters& parameters) {
  const auto found = problems(parameters);
  if (!found.empty()) throw ParameterError("invalid hyperparameters", joined(found, "; "));
}

}  // namespace sorn

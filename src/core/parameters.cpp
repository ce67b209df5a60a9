#include <sorn/parameters.hpp>

#include "support/format.hpp"
#include "support/memory.hpp"
#include "support/names.hpp"
#include "support/room.hpp"

#include <sorn/error.hpp>

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
constexpr double smallest_target_rate = std::numeric_limits<double>::min();
constexpr double largest_target_rate = 1.0 - std::numeric_limits<double>::epsilon() / 2;  // the largest number below 1

struct Bounds {
  double low;
  double high;
  bool contains(double value) const noexcept { return std::isfinite(value) && value >= low && value <= high; }
};

/// A row for names, which have no bounds.
constexpr Bounds none{0.0, 0.0};
constexpr Bounds fraction{0.0, 1.0};
constexpr Bounds threshold{-highest_threshold, highest_threshold};

/// The field of Parameters that a row describes.
using Field = std::variant<std::size_t Parameters::*, std::optional<std::size_t> Parameters::*, double Parameters::*,
                           std::optional<double> Parameters::*, Connectivity Parameters::*, VariantName Parameters::*>;

/// A row of the table together with its field, and the bounds that its range states in words.
struct Row {
  ParameterInfo info;
  Bounds bounds;
  Field field;
};

constexpr std::array<Row, 22> rows{{
    {{"ne", "N_E", "units", "a whole number in [2, 2147483647]", "number of excitatory units", model, true, "", 1},
     {2, most_units},
     &Parameters::ne},
    {{"ni", "N_I", "units", "a whole number in [1, 2147483647]", "number of inhibitory units", model, true,
      "int(0.2*ne)", 1},
     {1, most_units},
     &Parameters::ni},
    {{"nu", "N_U", "units", "a whole number in [1, ne]", "number of input units: the first nu excitatory ones", model,
      true, "", 1},
     {1, most_units},
     &Parameters::nu},
    {{"network_type_ee", "", "", "'Sparse' or 'Dense'", "connectivity from excitatory to excitatory units", model,
      false, "", 1},
     none,
     &Parameters::network_type_ee},
    {{"network_type_ei", "", "", "'Sparse' or 'Dense'", "connectivity from inhibitory to excitatory units", model,
      false, "", 1},
     none,
     &Parameters::network_type_ei},
    {{"network_type_ie", "", "", "'Sparse' or 'Dense'", "connectivity from excitatory to inhibitory units", model,
      false, "", 1},
     none,
     &Parameters::network_type_ie},
    {{"lambda_ee", "λ_EE", "synapses", "a number in [0, ne - 1]",
      "mean number of incoming excitatory synapses of an excitatory unit (Sparse)", model, false, "", 1},
     {0, most_units},
     &Parameters::lambda_ee},
    {{"lambda_ei", "λ_EI", "synapses", "a number in [0, ne]",
      "mean number of outgoing synapses of an inhibitory unit (Sparse)", model, false, "", 1},
     {0, most_units},
     &Parameters::lambda_ei},
    {{"lambda_ie", "λ_IE", "% of ne", "a number in [0, 100]",
      "mean number of incoming synapses of an inhibitory unit, as a percentage of ne (Sparse)", model, false, "", 1},
     {0, 100},
     &Parameters::lambda_ie},
    {{"eta_stdp", "η_stdp", "weight per pairing", "a number in [0, 1]", "learning rate of STDP", lazar, false, "", 1},
     fraction,
     &Parameters::eta_stdp},
    {{"eta_inhib", "η_inhib", "weight per spike", "a number in [0, 1]", "learning rate of inhibitory STDP", zheng,
      false, "", 1},
     fraction,
     &Parameters::eta_inhib},
    {{"eta_ip", "η_ip", "threshold per spike", "a number in [0, 1]", "learning rate of intrinsic plasticity", lazar,
      false, "", 1},
     fraction,
     &Parameters::eta_ip},
    {{"te_max", "T_E max", "drive", "a number in [-1000, 1000]", "upper bound of excitatory thresholds", model, false,
      "", 1},
     threshold,
     &Parameters::te_max},
    {{"ti_max", "T_I max", "drive", "a number in [-1000, 1000]", "upper bound of initial inhibitory thresholds", model,
      false, "", 1},
     threshold,
     &Parameters::ti_max},
    {{"ti_min", "T_I min", "drive", "a number in [-1000, 1000]", "lower bound of initial inhibitory thresholds", model,
      false, "", 1},
     threshold,
     &Parameters::ti_min},
    {{"te_min", "T_E min", "drive", "a number in [-1000, 1000]", "lower bound of excitatory thresholds", model, false,
      "", 1},
     threshold,
     &Parameters::te_min},
    {{"mu_ip", "μ_IP", "spikes per step", "a number in [1e-06, 1]",
      "inhibitory STDP balances an excitatory unit at the rate mu_ip/(1 + mu_ip)", zheng, false, "", 1},
     {smallest_mu_ip, 1},
     &Parameters::mu_ip},
    {{"h_ip", "H_IP", "spikes per step", "a number above 0 and below 1",
      "target rate of intrinsic plasticity, which falls as 1/ne unless it is set: 0.1 suits a network of any size",
      lazar, false, "2*nu/ne", 3},
     {smallest_target_rate, largest_target_rate},
     &Parameters::h_ip},
    {{"sigma_ip", "σ_IP", "spikes per step", "a number in [0, 1]",
      "spread of the target rates over units; 0: all have H_IP", zheng, false, "", 1},
     fraction,
     &Parameters::sigma_ip},
    {{"sp_probability", "p_SP", "synapses per step", "a number in [0, 1]",
      "probability that a step makes one new excitatory synapse (structural plasticity)", zheng, false, "", 3},
     fraction,
     &Parameters::sp_probability},
    {{"sp_weight", "w_SP", "weight", "a number above 0 and up to 1", "weight of a new excitatory synapse", zheng, false,
      "", 3},
     {std::numeric_limits<double>::min(), 1},
     &Parameters::sp_weight},
    {{"variant", "", "", "the name of a variant", "which published network a step follows", model, false, "", 1},
     none,
     &Parameters::variant},
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
  return std::visit([&](auto member) { return visit(p.*member); }, row.field);
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

[[noreturn]] void refuse(const Row& row, const ParameterValue& value) {
  throw ParameterError(formatted("{} = {}", row.info.name, to_text(value)), formatted("must be {}", row.info.range),
                       row.info.unset.empty()
                           ? formatted("the default is {}", to_text(get_parameter({}, row.info.name)))
                           : formatted("leave it out for {}", row.info.unset));
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
  template <class T>
  void operator()(std::optional<T>& field) const {
    const auto* word = std::get_if<std::string>(&value);
    if (std::holds_alternative<std::monostate>(value) || (word != nullptr && equal_ignoring_case(*word, "none"))) {
      field.reset();
    } else {
      field = static_cast<T>(checked_number(row, value));
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
  template <class T>
  ParameterValue operator()(const std::optional<T>& field) const {
    if (!field) return std::monostate{};
    return (*this)(*field);
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
  report(found, reads_ee && p.lambda_ee > ne - 1,
         formatted("lambda_ee = {}: must be at most ne - 1 = {}, the other units of the pool", p.lambda_ee, p.ne - 1));
  report(found, reads_ei && p.lambda_ei > ne,
         formatted("lambda_ei = {}: must be at most ne = {}, the units of the pool; for so small a network try "
                   "lambda_ei={}",
                   p.lambda_ei, p.ne, std::max<std::size_t>(1, p.ne / 5)));
}

[[noreturn]] void throw_problems(const std::vector<std::string>& found) {
  throw ParameterError("invalid hyperparameters", joined(found, "; "));
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

ParameterValue effective_parameter(const Parameters& parameters, std::string_view name) {
  const Row& row = row_named(name);
  if (row.field == Field(&Parameters::ni)) return Read{}(parameters.inhibitory_count());
  if (row.field == Field(&Parameters::h_ip)) return parameters.target_rate();
  return with_field(parameters, row, Read{});
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
           formatted("{} = {}: must be {}", row.info.name, to_text(value), row.info.range));
  }
  report(found, p.inhibitory_count() == 0,
         formatted("ne = {} leaves no inhibitory unit (int(0.2*ne) = 0): give ne >= 5, or ni", p.ne));
  report(found, p.nu > p.ne, formatted("nu = {}: must be at most ne = {}", p.nu, p.ne));
  report(found, p.te_min > p.te_max, formatted("te_min = {}: must be at most te_max = {}", p.te_min, p.te_max));
  report(found, p.ti_min > p.ti_max, formatted("ti_min = {}: must be at most ti_max = {}", p.ti_min, p.ti_max));
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
  report(found, most / static_cast<double>(shares) > most_entries,
         formatted("ne = {}, ni = {} would have about {:.3g} {} synapses, of which a matrix holds at most {:.0f}: give "
                   "fewer units, or Sparse networks with a smaller lambda",
                   p.ne, p.inhibitory_count(), most,
                   most == ee   ? "EE"
                   : most == ei ? "EI"
                                : "IE",
                   most_entries));
  const double bytes = network_bytes((ee + ei + ie) / static_cast<double>(shares), ne + ni);
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
  if (!found.empty()) throw_problems(found);
}

void validate_for_building(const Parameters& parameters, std::size_t ranks) {
  const auto found = build_problems(parameters, ranks);
  if (!found.empty()) throw_problems(found);
}

}  // namespace sorn

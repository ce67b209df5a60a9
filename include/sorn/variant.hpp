// The published SORNs. Each is a set of values for the fields of Parameters. One step (src/core/step.cpp) and one
// builder read these values; no variant has a step of its own. docs/variants.md compares them.
#pragma once

#include <sorn/parameters.hpp>

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sorn {

/// The value that a variant gives to a hyperparameter or switch.
struct VariantSetting {
  std::string_view parameter;
  std::variant<double, std::string_view> value;
  std::string_view source{};  ///< where the value comes from, if not from the program of the variant
};

/// A published SORN: a row of the table of variants.
struct Variant {
  VariantName id{};
  std::string_view meaning{};      ///< a few words and the program
  std::string_view publication{};  ///< with its DOI
  std::string_view good_for{};     ///< the experiments that it suits
  std::string_view differences{};  ///< where the publication and its program differ; empty: nowhere that is known
  std::string_view program{};      ///< where its values come from
  /// The values that differ from the defaults of Parameters.
  std::span<const VariantSetting> settings{};

  std::string_view name() const noexcept { return sorn::name(id); }
};

/// One row for each VariantName, in their order.
std::span<const Variant> variant_table() noexcept;

const Variant& variant(VariantName which) noexcept;

/// @throws UnknownNameError with the nearest valid name
VariantName variant_named(std::string_view text);

/// The hyperparameters of a variant: `Parameters p = parameters_of(VariantName::zheng2013); p.noise_sigma = 0.1;`
const Parameters& parameters_of(VariantName which);

/// Brings the values of a variant, which may be of a caller's own: each field that has the value of the published
/// variant from which `parameters` started gets its value in `of`. Numbers of units stay.
void set_variant(Parameters& parameters, const Parameters& of);

/// The names of the fields that make a variant: all but the numbers of units and the name of the variant itself.
std::vector<std::string_view> switch_list();

/// The names of the fields in switch_list() whose value is not that of `parameters.variant`.
std::vector<std::string_view> changed_switches(const Parameters& parameters);

/// Where the value comes from that a variant has for this field of Parameters.
std::string_view source_of(VariantName which, std::string_view parameter) noexcept;

}  // namespace sorn

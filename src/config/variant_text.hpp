// Texts about the values of a variant, for tables, summaries and TOML files.
#pragma once

#include <sorn/parameters.hpp>
#include <sorn/variant.hpp>

#include <string>
#include <string_view>

namespace sorn::config {

/// The value of a hyperparameter for a reader: "0.2236", "ip,stdp,ssee", or "0.1 (2*nu/ne)" if a formula gives it.
/// Numbers have four significant digits. An order does not name the populations, unless inhibitory units come first.
std::string shown_value(const Parameters& parameters, std::string_view name);

/// "zheng2013", or "zheng2013, with noise_sigma 0.1 instead of 0.2236".
std::string variant_in_words(const Parameters& parameters);

/// A value as TOML: 0.1, "fast", true, ["ip", "stdp"].
std::string toml_value(const ParameterInfo& info, const ParameterValue& value);

/// Whether the hyperparameter belongs to the table [model] of a dumped configuration, and not to [parameters]:
/// `variant` and the rows after it. Both tables take all hyperparameters.
bool is_in_model(const ParameterInfo& info);

/// Meaning, range and unit as comments, and the line "name = value". A value that a formula gives is a comment, too.
std::string toml_lines(const ParameterInfo& info, const Parameters& parameters);

}  // namespace sorn::config

// Rules of your own from shared libraries, which define what <sorn/rule.h> describes, and from functions of its form.
#pragma once

#include <sorn/own_rule.hpp>

#include <filesystem>
#include <memory>
#include <span>

struct sorn_rule;  // NOLINT(readability-identifier-naming): of <sorn/rule.h>

namespace sorn {

/// Loads a rule for Network::set_rules(), and makes its name known as Rule::own() does. Code of the library runs in
/// this process from here on; the library stays loaded as long as the rule lives.
/// @param library  the file, in the working folder if the path has no folder
/// @param values   of parameters of the rule; the others have their defaults
/// @throws IoError if there is no such file; FormatError if it is no shared library for this machine, does not define
///   sorn_rule_v1(), was made for another version of the interface, or does not describe a rule; ParameterError if the
///   name cannot be that of a rule, or if a value is not finite or given twice; UnknownNameError if the rule has no
///   such parameter
std::shared_ptr<const OwnRule> load_rule(const std::filesystem::path& library, std::span<const RuleValue> values = {});

/// A rule whose function is in this process, such as one of a compiler at run time.
/// @param description  of the rule; it is copied, but its texts and parameters are not
/// @param values       as for load_rule()
/// @param code         what holds the function, the texts and the parameters; the rule keeps it as long as it lives.
///   Null: they exist as long as the process
/// @throws FormatError, ParameterError, UnknownNameError as load_rule()
std::shared_ptr<const OwnRule> rule_of(const sorn_rule& description, std::span<const RuleValue> values = {},
                                       std::shared_ptr<const void> code = nullptr);

}  // namespace sorn

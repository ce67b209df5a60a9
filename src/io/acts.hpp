// Acts of watchers as objects of JSON.
#pragma once

#include "sources/tree.hpp"

#include <sorn/run_log.hpp>

#include <string_view>

namespace sorn::io {

/// The act of an object such as {"act": "freeze", "rule": "stdp"}. The caller has removed all keys of its own.
/// @throws ParameterError
LoggedAct act_of(const sources::Table& object);

/// Removes a whole number that is not negative from an object. @throws ParameterError if it is missing or another value
std::uint64_t taken_number(sources::Table& object, std::string_view key);

/// "freeze 'stdp'", as messages name an act.
std::string in_words(const LoggedAct& act);

/// An act as an object of JSON, with its step.
std::string text(const LoggedAct& act);

}  // namespace sorn::io

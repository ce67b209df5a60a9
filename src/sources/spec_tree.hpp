// A source as a tree of values: the keys of JSON, of configuration files and of Python.
#pragma once

#include "sources/tree.hpp"

#include <sorn/source_spec.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sorn::sources {

/// The fields of a source that differ from their defaults, with the key "source" first.
Table to_table(const SourceSpec& spec);

/// The source that a table describes. It is not validated.
/// @throws ParameterError that names a key whose value has the wrong type, or a missing one; UnknownNameError for an
///   unknown kind or key
SourceSpec from_table(const Table& table);

/// The table that a text stands for: JSON, or the short form "counting:n=4,pool_size=10". @throws ParameterError
Table table_of(std::string_view text);

/// The keys of a kind of sequence, or of every source.
std::vector<std::string_view> keys_of_kind(std::string_view kind);
std::vector<std::string_view> keys_of_sequence();
std::vector<std::string_view> keys_of_source();

}  // namespace sorn::sources

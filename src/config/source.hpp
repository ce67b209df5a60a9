// Sources of input in settings: --inputs counting:n=4, and the table [input] of a configuration file.
#pragma once

#include "config/settings.hpp"

#include <sorn/source_spec.hpp>

#include <string_view>

namespace sorn::config {

/// Whether a text for --inputs is a source, such as counting:n=4, not a file. It is a source if the word before its
/// first colon is a kind of source, or if there is a colon and no point or slash before it.
bool names_source(std::string_view text);

/// The source of these settings, if there is one: --inputs, or else the table [input]. A text of it may be in a file:
/// text:file=corpus.txt.
/// @throws ParameterError, also if a file has both inputs and a table [input]; IoError if a text cannot be read
OptionalSource read_source(const Settings& given);

}  // namespace sorn::config

// Every name that a result file uses, and its version. docs/file-format.md says what they hold.
#pragma once

#include <cstdint>
#include <string_view>

namespace sorn::io::schema {

inline constexpr std::string_view format = "sorn-result";
inline constexpr std::int64_t format_version = 1;

// attributes of the root group
inline constexpr const char* format_attribute = "format";
inline constexpr const char* format_version_attribute = "format_version";
inline constexpr const char* program_version_attribute = "sorn_version";

// groups
inline constexpr const char* parameters = "parameters";
inline constexpr const char* run = "run";
inline constexpr const char* state = "state";
inline constexpr const char* recordings = "recordings";

// attributes of /run
inline constexpr const char* phase = "phase";
inline constexpr const char* freeze = "freeze";
inline constexpr const char* noise = "noise";
inline constexpr const char* inputs = "inputs";
inline constexpr const char* first_step = "first_step";  // also of each recording
inline constexpr const char* steps = "steps";

// attributes, datasets and groups of /state
inline constexpr const char* seed = "seed";
inline constexpr const char* step = "step";
inline constexpr const char* te = "Te";
inline constexpr const char* ti = "Ti";
inline constexpr const char* x = "X";
inline constexpr const char* y = "Y";
inline constexpr const char* wee = "Wee";
inline constexpr const char* wei = "Wei";
inline constexpr const char* wie = "Wie";

// a synapse matrix, in the convention of scipy.sparse.csc_matrix
inline constexpr const char* shape = "shape";
inline constexpr const char* layout = "layout";
inline constexpr std::string_view layout_csc = "csc";
inline constexpr const char* indptr = "indptr";
inline constexpr const char* indices = "indices";
inline constexpr const char* data = "data";

// attribute of each recording, beside first_step
inline constexpr const char* stride = "stride";

}  // namespace sorn::io::schema

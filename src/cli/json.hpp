// Results as JSON, for other programs.
#pragma once

#include <nlohmann/json.hpp>

#include <ostream>
#include <vector>

namespace sorn::cli {

/// Prints a document. A text that is not UTF-8 gets replacement characters, an infinite number is null.
inline void write_json(std::ostream& out, const nlohmann::ordered_json& document) {
  out << document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
}

/// Prints a document for each file: one alone, several as a list.
inline void write_json(std::ostream& out, const std::vector<nlohmann::ordered_json>& documents) {
  write_json(out, documents.size() == 1 ? documents.front() : nlohmann::ordered_json(documents));
}

}  // namespace sorn::cli

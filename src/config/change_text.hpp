// Changes of a network as texts: "spike=5", "synapse=3,7,0.1", "freeze=stdp".
#pragma once

#include <sorn/change.hpp>

#include <array>
#include <string>
#include <string_view>

namespace sorn::config {

/// A kind of change that a text can name.
struct ChangeKind {
  std::string_view name;     ///< "spike"
  std::string_view form;     ///< what may come after it: "[=UNIT]"
  std::string_view meaning;  ///< as a help has it
  Change (*read)(const std::string& label, std::string_view value);
};

inline constexpr std::size_t change_kind_count = 7;
extern const std::array<ChangeKind, change_kind_count> change_kinds;

/// The change of a text; places that it leaves out are drawn. Errors put `label` before it.
/// @throws ParameterError, UnknownNameError
Change change_named(const std::string& label, const std::string& text);

}  // namespace sorn::config

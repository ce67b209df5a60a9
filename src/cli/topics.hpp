// The topics of `sorn help`: the tables that the engine has as rows.
#pragma once

#include <iosfwd>
#include <span>
#include <string_view>

namespace sorn::cli {

struct Topic {
  std::string_view name;
  std::string_view meaning;
  void (*print)(std::ostream& out);
};

/// One row for each topic.
std::span<const Topic> topics() noexcept;

/// Prints the published networks, which `sorn variants` lists, too.
void list_variants(std::ostream& out);

}  // namespace sorn::cli

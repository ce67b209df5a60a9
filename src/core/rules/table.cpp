#include "core/rules/ip.hpp"
#include "core/rules/istdp.hpp"
#include "core/rules/rule.hpp"
#include "core/rules/sp.hpp"
#include "core/rules/ss.hpp"
#include "core/rules/stdp.hpp"
#include "support/names.hpp"

#include <array>
#include <cstddef>

namespace sorn {

namespace {

constexpr std::array table{rules::stdp, rules::ip, rules::sp, rules::istdp, rules::ss};

constexpr bool in_order() {
  for (std::size_t k = 0; k < table.size(); ++k) {
    if (table[k].rule != all_rules[k] || static_cast<std::size_t>(table[k].rule) != k) return false;
  }
  return table.size() == all_rules.size();
}
static_assert(in_order(), "info() takes the number of a rule for that of its row");

}  // namespace

std::span<const RuleInfo> rule_table() noexcept { return table; }

const RuleInfo& info(Rule rule) noexcept { return table[static_cast<std::size_t>(rule)]; }

std::vector<std::string_view> rule_names() {
  std::vector<std::string_view> names;
  names.reserve(table.size());
  for (const RuleInfo& row : table) names.push_back(row.name);
  return names;
}

std::string_view name(Rule rule) noexcept { return info(rule).name; }

Rule rule_named(std::string_view text) {
  for (const RuleInfo& row : table) {
    if (row.name == text) return row.rule;
  }
  throw_unknown_name("plasticity rule to freeze", text, rule_names());
}

}  // namespace sorn

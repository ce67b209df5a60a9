#include "core/rule.hpp"

#include "core/every_rule.hpp"
#include "support/rows.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace sorn {

namespace {

/// Whether each rule has its words and its function.
constexpr bool complete() {
  for (const RuleInfo& row : every_rule) {
    if (row.name.empty() || row.label.empty() || row.meaning.empty() || row.changes == Changes{}) return false;
    const auto is_member = [&](const RuleInfo& other) { return other.group == row.name; };
    if (row.is_group() && std::none_of(every_rule.begin(), every_rule.end(), is_member)) return false;
  }
  return every_rule.size() <= RuleSet::most;
}
static_assert(complete(), "a rule lacks its words or its function");
static_assert(distinct(every_rule, &RuleInfo::name) && distinct(every_rule, &RuleInfo::order),
              "two rules have the same name or the same order");

constexpr std::array rules_in_order = []<std::size_t... row>(std::index_sequence<row...>) {
  return std::array{Rule(row)...};
}
(std::make_index_sequence<every_rule.size()>{});

}  // namespace

constinit const Rule Rule::stdp = rule("stdp");
constinit const Rule Rule::ip = rule("ip");
constinit const Rule Rule::sp = rule("sp");
constinit const Rule Rule::istdp = rule("istdp");
constinit const Rule Rule::ss = rule("ss");
constinit const Rule Rule::ssee = rule("ssee");
constinit const Rule Rule::ssei = rule("ssei");

constinit const std::span<const Rule> all_rules = rules_in_order;

std::span<const RuleInfo> rule_table() noexcept { return every_rule; }

const RuleInfo& info(Rule rule) noexcept { return every_rule[rule.row()]; }

std::vector<std::string_view> rule_names() {
  std::vector<std::string_view> found;
  found.reserve(every_rule.size());
  for (const RuleInfo& row : every_rule) found.push_back(row.name);
  return found;
}

}  // namespace sorn

#include "core/rule.hpp"

#include "core/every_rule.hpp"
#include "support/format.hpp"
#include "support/identifier.hpp"
#include "support/printable.hpp"
#include "support/rows.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <string>
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
  return every_rule.size() <= Rule::first_own;
}
static_assert(complete(), "a rule lacks its words or its function");
static_assert(distinct(every_rule, &RuleInfo::name) && distinct(every_rule, &RuleInfo::order),
              "two rules have the same name or the same order");

constexpr std::array rules_in_order = []<std::size_t... row>(std::index_sequence<row...>) {
  return std::array{Rule(row)...};
}
(std::make_index_sequence<every_rule.size()>{});

/// The names of users' own rules. Names only come to it, so that a reader needs no lock: it sees those that there are.
class OwnNames {
public:
  std::span<const std::string> all() const noexcept { return std::span(names_).first(count_.load()); }
  std::size_t number_of(std::string_view name) {
    const std::lock_guard lock(adding_);
    const auto known = all();
    const auto found = std::find(known.begin(), known.end(), name);
    if (found != known.end()) return static_cast<std::size_t>(found - known.begin());
    const std::size_t count = known.size();
    if (count == names_.size()) {
      throw ParameterError(formatted("rule '{}'", name), formatted("a program can name {} own rules", names_.size()));
    }
    names_[count] = name;
    count_.store(count + 1);
    return count;
  }

private:
  std::array<std::string, Rule::rows - Rule::first_own> names_{};
  std::atomic<std::size_t> count_{0};
  std::mutex adding_;
};

OwnNames& own_names() {
  static OwnNames names;
  return names;
}

}  // namespace

constinit const Rule Rule::stdp = rule("stdp");
constinit const Rule Rule::ip = rule("ip");
constinit const Rule Rule::sp = rule("sp");
constinit const Rule Rule::istdp = rule("istdp");
constinit const Rule Rule::ss = rule("ss");
constinit const Rule Rule::ssee = rule("ssee");
constinit const Rule Rule::ssei = rule("ssei");
constinit const Rule Rule::ostdp = rule("ostdp");
constinit const Rule Rule::ip_o = rule("ip_o");
constinit const Rule Rule::ssoe = rule("ssoe");

constinit const std::span<const Rule> all_rules = rules_in_order;

std::span<const RuleInfo> rule_table() noexcept { return every_rule; }

Rule Rule::own(std::string_view name) {
  const auto refuse = [&](std::string rule) {
    throw ParameterError(formatted("rule '{}'", printable_beginning(name, 80)), std::move(rule));
  };
  if (!is_identifier(name)) refuse(formatted("a name is {}", identifier_in_words));
  if (names_known_stage(name)) refuse("is the name of another stage of a step");
  return Rule(first_own + own_names().number_of(name));
}

std::string_view name(Rule rule) noexcept {
  return rule.is_own() ? own_names().all()[rule.row() - Rule::first_own] : info(rule).name;
}

std::vector<std::string_view> own_rule_names() {
  const auto all = own_names().all();
  return {all.begin(), all.end()};
}

const RuleInfo& info(Rule rule) noexcept { return every_rule[rule.row()]; }

bool names_known_stage(std::string_view text) noexcept {
  const auto has_name = [&](const RuleInfo& row) { return row.name == text; };
  return std::find(act_names.begin(), act_names.end(), text) != act_names.end() ||
         std::any_of(every_rule.begin(), every_rule.end(), has_name);
}

std::vector<std::string_view> rule_names() {
  std::vector<std::string_view> found;
  found.reserve(every_rule.size());
  for (const RuleInfo& row : every_rule) found.push_back(row.name);
  return found;
}

}  // namespace sorn

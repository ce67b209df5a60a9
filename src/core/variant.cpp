#include <sorn/variant.hpp>

#include "core/every_rule.hpp"
#include "core/step.hpp"
#include "support/names.hpp"
#include "support/rows.hpp"

#include <algorithm>

namespace sorn {

namespace {

constexpr std::array<std::string_view, 2> phase_names{"plasticity", "training"};

constexpr std::array<Stage, 8> nambusubramaniyan2021{
    Act::fire_excitatory, Act::fire_inhibitory, Act::share,    rule("stdp"),
    rule("ip"),           rule("sp"),           rule("istdp"), rule("ss")};

constexpr auto table = std::to_array<Variant>({
    {
        .name = "nambusubramaniyan2021",
        .meaning = "the Python package sorn, doi 10.21105/joss.03545",
        .stages = nambusubramaniyan2021,
        .recipe = {.highest_weight = 0.1},
        .noise_sigma = 0.04,
    },
});

constexpr bool complete(const Variant& row) {
  return !row.name.empty() && !row.meaning.empty() && make_a_step(row.stages);
}
static_assert(std::all_of(table.begin(), table.end(), complete), "a variant lacks its words or the stages of a step");
static_assert(distinct(table, &Variant::name), "two variants have the same name");

constexpr std::array variant_names = [] {
  std::array<std::string_view, table.size()> names;
  std::transform(table.begin(), table.end(), names.begin(), [](const Variant& row) { return row.name; });
  return names;
}();

}  // namespace

std::vector<std::string_view> names(RuleSet rules) {
  std::vector<std::string_view> found;
  for (const Rule rule : all_rules) {
    if (rules.contains(rule)) found.push_back(name(rule));
  }
  return found;
}

std::string_view name(Rule rule) noexcept { return info(rule).name; }

Rule rule_named(std::string_view text) {
  for (const Rule rule : all_rules) {
    if (name(rule) == text) return rule;
  }
  throw_unknown_name("plasticity rule to freeze", text, rule_names());
}

std::span<const Variant> variant_table() noexcept { return table; }
const Variant& variant(VariantName which) noexcept { return table[static_cast<std::size_t>(which)]; }
std::string_view name(VariantName which) noexcept { return variant(which).name; }
VariantName variant_named(std::string_view text) {
  return enumerator_named<VariantName>("variant", text, variant_names);
}

std::string_view name(Phase phase) noexcept { return phase_names[static_cast<std::size_t>(phase)]; }
Phase phase_named(std::string_view text) { return enumerator_named<Phase>("phase", text, phase_names); }

}  // namespace sorn

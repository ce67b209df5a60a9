#include "core/own_rule.hpp"

#include "core/rule.hpp"
#include "core/rules/sp.hpp"
#include "kernels/random.hpp"
#include "support/format.hpp"
#include "support/names.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

namespace sorn {

namespace {

constexpr std::string_view weight_promise = "a weight must be a finite number of at least 0";

std::string_view matrix_name(bool is_wee) noexcept { return is_wee ? "W_EE" : "W_EI"; }

/// FNV-1a, by which rules with different names draw different numbers.
std::uint64_t hash(std::string_view text) noexcept {
  std::uint64_t value = 0xcbf29ce484222325U;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return value;
}

double uniform_of(std::uint64_t seed, std::string_view rule, std::uint64_t step, std::uint32_t unit,
                  std::uint32_t draw) noexcept {
  constexpr std::uint64_t apart = 0x9E3779B97F4A7C15U;  // seeds of different draws
  const std::uint64_t own_seed = (seed ^ hash(rule)) + draw * apart;
  return kernels::uniform(kernels::random_word(own_seed, kernels::Stream::own_rule, step, unit));
}

constexpr std::size_t most_memory_width = std::numeric_limits<std::int32_t>::max();

std::size_t checked_memory_width(const OwnRule& rule, const Parameters& parameters) {
  const std::size_t width = rule.memory_width(parameters);
  if (width <= most_memory_width) return width;
  throw ParameterError(formatted("the rule '{}' keeps {} numbers for each unit", rule.name(), width),
                       formatted("must be at most {}", most_memory_width));
}

/// Where the memory of a rule is, or would be.
template <class Memories>
auto place_of_memory(Memories& memories, std::string_view rule) noexcept {
  return std::lower_bound(memories.begin(), memories.end(), rule, [](const RuleMemory& memory, std::string_view name) {
    return memory.name.compare(name) < 0;
  });
}

/// Checks that the run has the signals that a rule needs.
void check_signals(const OwnRule& rule, const RunOptions& options) {
  for (const std::string& wanted : rule.needs()) {
    if (position_of(options.signals, wanted)) continue;
    const std::vector<std::string> given = signal_names(options.signals);
    const std::vector<std::string_view> names(given.begin(), given.end());
    const std::string meant = did_you_mean(wanted, names);
    throw ParameterError(
        formatted("the rule '{}' needs the signal '{}'", rule.name(), wanted),
        given.empty() ? "the run has no signals" : formatted("the run has the signals {}", joined(given, ", ")),
        meant.empty() ? formatted("give the signal, or freeze '{}'", rule.name()) : meant);
  }
}

}  // namespace

std::size_t OwnRule::memory_width(const Parameters& /*parameters*/) const { return 0; }
void OwnRule::begin_memory(const MemoryStart& /*start*/) const {}

const OwnRule* find_rule(const OwnRules& rules, std::string_view name) noexcept {
  const auto found = std::find_if(rules.begin(), rules.end(), [&](const auto& rule) { return rule->name() == name; });
  return found == rules.end() ? nullptr : found->get();
}

void validate_rules(const OwnRules& rules) {
  for (auto rule = rules.begin(); rule != rules.end(); ++rule) {
    if (*rule == nullptr) throw ParameterError("a rule is null", "must be a rule");
    Rule::own((*rule)->name());
    const auto same = [&](const auto& other) { return other->name() == (*rule)->name(); };
    if (std::none_of(rules.begin(), rule, same)) continue;
    throw ParameterError(formatted("rule '{}' is given twice", (*rule)->name()), "each rule has a name of its own");
  }
}

std::vector<GivenRule> described(const OwnRules& rules) {
  std::vector<GivenRule> all;
  for (const auto& rule : rules) {
    GivenRule& one = all.emplace_back(GivenRule{std::string(rule->name()), rule->values()});
    std::sort(one.values.begin(), one.values.end(),
              [](const RuleValue& a, const RuleValue& b) { return a.name < b.name; });
  }
  std::sort(all.begin(), all.end(), [](const GivenRule& a, const GivenRule& b) { return a.name < b.name; });
  return all;
}

void validate_rules_of_run(const Parameters& parameters, const State& state, const OwnRules& rules,
                           const RunOptions& options) {
  for (const Stage& stage : parameters.order.stages()) {
    const auto* const rule = std::get_if<Rule>(&stage);
    if (rule == nullptr || !rule->is_own() || freezes(options.freeze, *rule)) continue;
    const std::string_view wanted = name(*rule);
    const OwnRule* const found = find_rule(rules, wanted);
    if (found == nullptr) {
      throw ParameterError(formatted("order = '{}' names the rule '{}', which the network was not given",
                                     text(parameters.order), wanted),
                           "must be a rule of the table or one that the network is given",
                           formatted("{}, or freeze '{}'", missing_rule_advice, wanted));
    }
    if (found->changes().wei && parameters.wei_plasticity == WeiPlasticity::fixed) {
      throw ParameterError("wei_plasticity = 'static'",
                           formatted("but the rule '{}' in order = '{}' changes W_EI", wanted, text(parameters.order)),
                           formatted("leave '{}' out, or choose 'plastic'", wanted));
    }
    if (options.phase == Phase::plasticity) check_signals(*found, options);
  }
  for (const auto& rule : rules) {
    if (parameters.order.contains(Rule::own(rule->name()))) continue;
    throw ParameterError(formatted("order = '{}' does not name the rule '{}'", text(parameters.order), rule->name()),
                         "must say where the rule acts",
                         formatted("such as '{},{}'", text(parameters.order), rule->name()));
  }
  for (const auto& rule : rules) check_memory(*rule, parameters, state);
}

void check_memory(const OwnRule& rule, const Parameters& parameters, const State& state) {
  const std::size_t width = checked_memory_width(rule, parameters);
  const auto found = place_of_memory(state.rule_memory, rule.name());
  const bool has = found != state.rule_memory.end() && found->name == rule.name();
  if (!has || found->width == width) return;
  throw StateError(formatted("the state has {} numbers for each unit from a rule '{}'", found->width, rule.name()),
                   formatted("the rule of this name that the network is given keeps {}",
                             width == 0 ? "none" : formatted("{}", width)),
                   "give the rule of that run, or give this one another name");
}

RuleMemory* find_memory(State& state, std::string_view rule) noexcept {
  const auto found = place_of_memory(state.rule_memory, rule);
  return found != state.rule_memory.end() && found->name == rule ? &*found : nullptr;
}

void set_memory(State& state, RuleMemory memory) {
  if (RuleMemory* const known = find_memory(state, memory.name)) {
    *known = std::move(memory);
  } else {
    state.rule_memory.insert(place_of_memory(state.rule_memory, memory.name), std::move(memory));
  }
}

void begin_memory(const Parameters& parameters, const OwnRules& rules, State& state) {
  const UnitRange units = state.wee->posts();
  for (const auto& rule : rules) {
    const std::size_t width = checked_memory_width(*rule, parameters);
    if (width == 0 || find_memory(state, rule->name()) != nullptr) continue;
    std::vector<double> values(units.size() * width, 0.0);
    for (std::size_t unit = units.begin; unit < units.end; ++unit) {
      rule->begin_memory({.parameters = parameters,
                          .seed = state.seed,
                          .rule = rule->name(),
                          .unit = unit,
                          .memory = std::span(values).subspan((unit - units.begin) * width, width)});
    }
    set_memory(state, {std::string(rule->name()), width, std::move(values)});
  }
}

/// Rules read the rows of the index by unit, so that each unit must have one.
/// @param more  the number of synapses for which the index must have room, of any units
void give_rows(CopyOnWrite<SynapseMatrix>& matrix, Part& part, std::size_t more) {
  if (matrix->plasticity() == Plasticity::fixed || std::as_const(*matrix).slice(part.slice).indexes_all_rows()) return;
  matrix.mutate().slice(part.slice).index_all_rows(more);
  part.room = 0;
}

void reserve_for(const OwnRule& rule, StepData& s) {
  const std::size_t beside = rules::most_new(s);  // structural plasticity may act before the rule, or after it
  for (Part& part : s.parts) {
    give_rows(s.state.wee, part, 1 + beside);
    give_rows(s.state.wei, part, 1);
  }
  const Changes changes = rule.changes();
  const std::size_t most = rule.most_new();
  if (changes.wee) s.state.wee.mutate();
  if (changes.wei) s.state.wei.mutate();
  if (RuleMemory* const memory = find_memory(s.state, rule.name())) memory->values.mutate();
  if (most == 0) return;
  for (Part& part : s.parts) {
    part.made.reserve(most);
    if (changes.wee) s.state.wee.mutate().slice(part.slice).require_room(most + beside);
    if (changes.wei) s.state.wei.mutate().slice(part.slice).require_room(most);
    part.room = 0;  // the rule may use what structural plasticity had reserved
  }
}

OwnRuleTask::OwnRuleTask(const OwnRule& rule, StepData& step, Part& part) noexcept
    : rule_(rule), step_(step), part_(part), memory_(find_memory(step.state, rule.name())), view_(*this) {}

std::span<double> OwnRuleTask::memory() const noexcept {
  if (memory_ == nullptr) return {};
  const std::size_t first = part_.excitatory.begin - step_.state.wee->posts().begin;
  const std::size_t width = memory_->width;  // reserve_for() has made the copy
  return std::span(memory_->values.mutate()).subspan(first * width, part_.excitatory.size() * width);
}

RuleView::RuleView(OwnRuleTask& task) noexcept
    : step(task.step_.state.step),
      parameters(task.step_.parameters),
      units(task.part_.excitatory),
      x(task.step_.state.x),
      next_x(task.step_.next_x),
      y(task.step_.state.y),
      next_y(task.step_.next_y),
      active_x(task.step_.active.list()),
      active_next_x(task.step_.next_active.list()),
      active_y(task.step_.active_y.list()),
      target(task.part_.of_excitatory(task.step_.target)),
      te(task.part_.of_excitatory(task.step_.state.te)),
      memory_width(task.memory_ == nullptr ? 0 : task.memory_->width),
      memory(task.memory()),
      wee(task.synapses(task.step_.state.wee, task.rule_.changes().wee, true)),
      wei(task.synapses(task.step_.state.wei, task.rule_.changes().wei, false)),
      task_(task) {}

PartSynapses OwnRuleTask::synapses(CopyOnWrite<SynapseMatrix>& matrix, bool changes, bool is_wee) noexcept {
  PartSynapses::Arrays arrays;
  const auto set = [&](const auto& columns) {
    arrays = {.n_pre = columns.n_pre,
              .n_post = columns.n_post,
              .first_post = columns.first_post,
              .start = columns.start,
              .length = columns.length,
              .pre = columns.pre};
    if (matrix->plasticity() == Plasticity::fixed) return;
    const OutgoingIndex::Arrays outgoing = columns.outgoing->arrays();
    arrays.row_start = outgoing.start;
    arrays.row_length = outgoing.length;
    arrays.outgoing = outgoing.synapses;
  };
  if (!changes) {
    const kernels::ConstColumns columns = std::as_const(*matrix).slice(part_.slice).columns();
    set(columns);
    arrays.weight = const_cast<double*>(columns.weight);  // with the bound below 0, no weight is written
    return {arrays, -1.0, is_wee, *this};
  }
  const kernels::Columns columns = matrix.mutate().slice(part_.slice).columns();  // reserve_for() has made the copy
  set(columns);
  arrays.weight = columns.weight;
  arrays.settled = columns.settled;
  return {arrays, is_wee ? step_.wee_bounds.high : 1.0, is_wee, *this};
}

void OwnRuleTask::run() noexcept {
  part_.made.clear();
  try {
    rule_.apply(view_);
  } catch (...) {
    if (!part_.broken) part_.broken = std::current_exception();
  }
  if (part_.broken) return;
  make_synapses();
  const auto remove = [&](CopyOnWrite<SynapseMatrix>& matrix, kernels::Vanished& vanished, SynapseLog* log) {
    if (!vanished.list().empty()) remove_vanished(matrix.mutate().slice(part_.slice), vanished, log);
  };
  remove(step_.state.wee, part_.vanished, &part_.wee_log);
  remove(step_.state.wei, part_.vanished_wei, nullptr);
}

/// The first broken promise of a part is its error.
void OwnRuleTask::break_promise(std::string what, std::string promise) noexcept {
  if (part_.broken) return;
  try {
    throw RuleError(formatted("the rule '{}' {} in step {}", rule_.name(), what, step_.state.step), std::move(promise));
  } catch (...) {
    part_.broken = std::current_exception();
  }
}

void OwnRuleTask::vanish(bool is_wee, std::uint32_t column) noexcept {
  if (!is_wee) {
    part_.vanished_wei.add(column);
  } else if (step_.parameters.keep_zero == Toggle::off) {
    part_.vanished.add(column);
  }
}

void PartSynapses::set_unusual(std::uint32_t entry, std::uint32_t column, double weight) noexcept {
  if (high_ < 0.0) {
    task_->break_promise(formatted("sets a weight of {}", matrix_name(is_wee_)),
                         formatted("it does not say that it changes {}", matrix_name(is_wee_)));
    return;
  }
  if (!(weight >= 0.0 && std::isfinite(weight))) {
    task_->break_promise(formatted("sets {}[{}][{}] = {}", matrix_name(is_wee_), arrays_.pre[entry],
                                   arrays_.first_post + column, weight),
                         std::string(weight_promise));
    return;
  }
  arrays_.weight[entry] = weight;
  arrays_.settled[column] = 0;
  if (weight == 0.0) {
    task_->vanish(is_wee_, column);
  } else {  // above the bound, as it may be until STDP or iSTDP sees it
    (is_wee_ ? task_->part_.wee_unchecked : task_->part_.wei_unchecked) = true;
  }
}

void PartSynapses::make(std::size_t pre, std::size_t post, double weight) noexcept {
  const std::string_view matrix = matrix_name(is_wee_);
  std::vector<MadeSynapse>& made = task_->part_.made;
  const auto refuse = [&](std::string promise) {
    task_->break_promise(formatted("makes {}[{}][{}] = {}", matrix, pre, post, weight), std::move(promise));
  };
  if (high_ < 0.0) return refuse(formatted("it does not say that it changes {}", matrix));
  if (!posts().contains(post)) return refuse("a synapse must lead to a unit of the part");
  if (pre >= n_pre()) return refuse(formatted("the presynaptic unit must be below {}", n_pre()));
  if (is_wee_ && pre == post) return refuse("no unit has a synapse onto itself");
  if (!(weight > 0.0 && std::isfinite(weight))) return refuse("a new weight must be a finite number above 0");
  if (made.size() >= task_->rule_.most_new()) {
    return refuse(formatted("it says that it makes at most {} synapses in a part and a step", task_->rule_.most_new()));
  }
  made.push_back({static_cast<std::uint32_t>(pre), static_cast<std::uint32_t>(post), weight, is_wee_});
  if (weight > high_) (is_wee_ ? task_->part_.wee_unchecked : task_->part_.wei_unchecked) = true;
}

void OwnRuleTask::make_synapses() noexcept {
  for (const MadeSynapse& synapse : part_.made) {
    CopyOnWrite<SynapseMatrix>& matrix = synapse.in_wee ? step_.state.wee : step_.state.wei;
    SynapseLog* const log = synapse.in_wee ? &part_.wee_log : nullptr;
    matrix.mutate().slice(part_.slice).insert_or_set(synapse.pre, synapse.post, synapse.weight, log);
  }
}

void RuleView::set_te(std::size_t unit, double value) noexcept {
  if (!task_.rule_.changes().te) {
    task_.break_promise("sets a threshold", "it does not say that it changes T_E");
  } else if (!units.contains(unit)) {
    task_.break_promise(formatted("sets T_E[{}]", unit), "must be a unit of the part");
  } else if (!std::isfinite(value)) {
    task_.break_promise(formatted("sets T_E[{}] = {}", unit, value), "a threshold must be a finite number");
  } else {
    task_.step_.state.te[unit] = value;
  }
}

std::optional<double> RuleView::signal(std::string_view name) const noexcept {
  const auto position = position_of(task_.step_.given_signals, name);
  if (!position || std::isnan(task_.step_.signals[*position])) return std::nullopt;
  return task_.step_.signals[*position];
}

double RuleView::uniform(std::uint32_t unit, std::uint32_t draw) const noexcept {
  return uniform_of(task_.step_.state.seed, task_.rule_.name(), step, unit, draw);
}

double MemoryStart::uniform(std::uint32_t draw) const noexcept {
  constexpr std::uint64_t before_all_steps = ~std::uint64_t{0};  // above last_step
  return uniform_of(seed, rule, before_all_steps, static_cast<std::uint32_t>(unit), draw);
}

}  // namespace sorn

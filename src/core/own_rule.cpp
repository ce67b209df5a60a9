#include "core/own_rule.hpp"

#include "core/rule.hpp"
#include "core/rules/sp.hpp"
#include "kernels/random.hpp"
#include "support/format.hpp"
#include "support/names.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <cmath>
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

}  // namespace

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

void validate_order(const Parameters& parameters, const OwnRules& rules, const RunOptions& options) {
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
  }
  for (const auto& rule : rules) {
    if (parameters.order.contains(Rule::own(rule->name()))) continue;
    throw ParameterError(formatted("order = '{}' does not name the rule '{}'", text(parameters.order), rule->name()),
                         "must say where the rule acts",
                         formatted("such as '{},{}'", text(parameters.order), rule->name()));
  }
}

void reserve_for(const OwnRule& rule, StepData& s) {
  const Changes changes = rule.changes();
  const std::size_t most = rule.most_new();
  if (changes.wee) s.state.wee.mutate();
  if (changes.wei) s.state.wei.mutate();
  if (most == 0) return;
  const std::size_t beside = rules::most_new(s);  // structural plasticity may act before the rule, or after it
  for (Part& part : s.parts) {
    part.made.reserve(most);
    if (changes.wee) s.state.wee.mutate().slice(part.slice).require_room(most + beside);
    if (changes.wei) s.state.wei.mutate().slice(part.slice).require_room(most);
    part.room = 0;  // the rule may use what structural plasticity had reserved
  }
}

OwnRuleTask::OwnRuleTask(const OwnRule& rule, StepData& step, Part& part) noexcept
    : rule_(rule), step_(step), part_(part), view_(*this) {}

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
  const auto remove = [&](CopyOnWrite<SynapseMatrix>& matrix, kernels::Vanished& vanished) {
    if (!vanished.list().empty()) remove_vanished(matrix.mutate().slice(part_.slice), vanished);
  };
  remove(step_.state.wee, part_.vanished);
  remove(step_.state.wei, part_.vanished_wei);
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
    matrix.mutate().slice(part_.slice).insert_or_set(synapse.pre, synapse.post, synapse.weight);
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
  if (!position) return std::nullopt;
  return task_.step_.signals[*position];
}

double RuleView::uniform(std::uint32_t unit, std::uint32_t draw) const noexcept {
  constexpr std::uint64_t apart = 0x9E3779B97F4A7C15U;  // seeds of different draws
  const std::uint64_t seed = (task_.step_.state.seed ^ hash(task_.rule_.name())) + draw * apart;
  return kernels::uniform(kernels::random_word(seed, kernels::Stream::own_rule, step, unit));
}

}  // namespace sorn

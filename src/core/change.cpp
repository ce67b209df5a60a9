#include <sorn/change.hpp>

#include "core/change.hpp"
#include "kernels/random.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <numeric>
#include <string>
#include <string_view>

namespace sorn {

namespace {

/// Random numbers of one change of a twin.
class Draws {
public:
  Draws(const TwinDraw& draw, std::size_t change) : draw_(draw), unit_(static_cast<std::uint32_t>(change) << 20U) {}

  /// A whole number in [0, n), n > 0.
  std::size_t below(std::size_t n) noexcept {
    const std::uint64_t word = kernels::random_word(draw_.seed, kernels::Stream::twin_change, draw_.pair, unit_++);
    return static_cast<std::size_t>(kernels::below(n, word));
  }

private:
  const TwinDraw& draw_;
  std::uint32_t unit_;
};

/// What a change is made to.
struct Subject {
  State& state;
  Parameters& parameters;
  std::vector<std::uint32_t>& removed;
};

void require_unit(std::string_view name, std::size_t unit, std::size_t ne) {
  if (unit < ne) return;
  throw ParameterError(formatted("{} = {}", name, unit), formatted("must be an excitatory unit, below ne = {}", ne));
}

std::uint32_t chosen_unit(const std::optional<std::uint32_t>& unit, std::size_t ne, Draws& draws) {
  if (!unit) return static_cast<std::uint32_t>(draws.below(ne));
  require_unit("unit", *unit, ne);
  return *unit;
}

/// The matrix without the synapses for which keep(pre, post, weight) is false. It may change the weights of others.
template <class Keep>
SynapseMatrix edited(const SynapseMatrix& matrix, Keep&& keep) {
  CompressedColumns columns;
  columns.start.reserve(matrix.n_post() + 1);
  for (std::size_t post = 0; post < matrix.n_post(); ++post) {
    const auto column = matrix.column(post);
    for (std::size_t k = 0; k < column.pre.size(); ++k) {
      double weight = column.weight[k];
      if (!keep(column.pre[k], post, weight)) continue;
      columns.pre.push_back(column.pre[k]);
      columns.weight.push_back(weight);
    }
    columns.start.push_back(columns.pre.size());
    ++columns.posts.end;
  }
  return SynapseMatrix::from_columns(columns, matrix.n_pre(), matrix.n_post(), matrix.plasticity(), "weights",
                                     Zeros::kept);
}

bool has_synapse(const SynapseMatrix& matrix, const ChosenPair& pair) {
  const auto pre = matrix.column(pair.post).pre;
  return std::binary_search(pre.begin(), pre.end(), pair.pre);
}

/// One of the synapses.
ChosenPair drawn_synapse(const SynapseMatrix& wee, Draws& draws) {
  const std::size_t count = wee.synapse_count();
  if (count == 0) throw StateError("a network without synapses in W_EE", "has none to change");
  std::size_t left = draws.below(count);
  std::uint32_t post = 0;
  while (left >= wee.column(post).pre.size()) left -= wee.column(post++).pre.size();
  return {wee.column(post).pre[left], post};
}

/// One of the pairs of different units that no synapse joins.
ChosenPair drawn_gap(const SynapseMatrix& wee, Draws& draws) {
  const std::size_t ne = wee.n_post();
  const std::size_t count = ne * (ne - 1) - wee.synapse_count();
  if (count == 0) throw StateError("a network with all possible synapses in W_EE", "has no room for another");
  std::size_t left = draws.below(count);
  std::uint32_t post = 0;
  const auto gaps = [&] { return ne - 1 - wee.column(post).pre.size(); };
  while (left >= gaps()) {
    left -= gaps();
    ++post;
  }
  const auto taken = wee.column(post).pre;
  std::uint32_t pre = 0;
  for (;; ++pre) {
    if (pre == post || std::binary_search(taken.begin(), taken.end(), pre)) continue;
    if (left-- == 0) return {pre, post};
  }
}

void require_pair(const ChosenPair& pair, const SynapseMatrix& wee, bool is_new) {
  require_unit("pre", pair.pre, wee.n_pre());
  require_unit("post", pair.post, wee.n_post());
  const std::string synapse = formatted("the synapse from unit {} to unit {}", pair.pre, pair.post);
  if (pair.pre == pair.post) throw ParameterError(synapse, "a unit has no synapse onto itself");
  const bool exists = has_synapse(wee, pair);
  if (exists && is_new) throw ParameterError(synapse, "exists already in W_EE", "change its weight");
  if (!exists && !is_new) throw ParameterError(synapse, "does not exist in W_EE", "a new one can be added");
}

ChangedPlace make(const changes::Spike& change, const Subject& to, Draws& draws) {
  const std::uint32_t unit = chosen_unit(change.unit, to.state.ne(), draws);
  to.state.x[unit] ^= 1U;
  return {unit, -1};
}

ChangedPlace make(const changes::Synapse& change, const Subject& to, Draws& draws) {
  const SynapseMatrix& wee = *to.state.wee;
  if (change.is_new && !(change.weight > 0.0)) {
    throw ParameterError(formatted("weight = {}", change.weight), "the weight of a new synapse must be above 0");
  }
  ChosenPair pair;
  if (change.between) {
    pair = *change.between;
    require_pair(pair, wee, change.is_new);
  } else {
    pair = change.is_new ? drawn_gap(wee, draws) : drawn_synapse(wee, draws);
  }
  if (change.is_new) {
    to.state.wee.mutate().insert(pair.pre, pair.post, change.weight);
  } else {
    to.state.wee = edited(wee, [&](std::uint32_t pre, std::size_t post, double& weight) {
      if (pre != pair.pre || post != pair.post) return true;
      weight = change.weight;
      return weight != 0.0;
    });
  }
  return {pair.pre, pair.post};
}

ChangedPlace make(const changes::Threshold& change, const Subject& to, Draws& draws) {
  const std::uint32_t unit = chosen_unit(change.unit, to.state.ne(), draws);
  to.state.te[unit] += change.delta;
  return {unit, -1};
}

ChangedPlace make(const changes::Freeze& change, const Subject& to, Draws& /*draws*/) {
  Parameters& p = to.parameters;
  std::vector<Stage> left;
  RuleSet gone;
  for (const Stage& stage : p.order.stages()) {
    const auto* const rule = std::get_if<Rule>(&stage);
    if (rule == nullptr || !freezes(change.rules, *rule)) {
      left.push_back(stage);
    } else {
      gone.insert(*rule);
    }
  }
  for (const std::string_view name : names(change.rules)) {
    const RuleSet one{rule_named(name)};
    const auto stages = p.order.stages();
    const bool acts = std::any_of(stages.begin(), stages.end(), [&](const Stage& stage) {
      const auto* const rule = std::get_if<Rule>(&stage);
      return rule != nullptr && freezes(one, *rule);
    });
    if (acts) continue;
    throw ParameterError(formatted("freeze = '{}'", name),
                         formatted("must be a rule that acts in the network: its order is '{}'", text(p.order)));
  }
  p.order = Order(left);
  // These say more about rules that act no longer.
  if (gone.contains(Rule::ip)) p.always_ip = Toggle::off;
  if (gone.contains(Rule::ssee)) p.eta_ds = 0.0;
  return {};
}

ChangedPlace make(const changes::Set& change, const Subject& to, Draws& /*draws*/) {
  for (const auto& [name, value] : change.values) set_parameter(to.parameters, name, value);
  return {};
}

ChangedPlace make(const changes::Lesion& change, const Subject& to, Draws& draws) {
  const std::size_t ne = to.state.ne();
  std::vector<std::uint32_t> units = change.units;
  std::vector<std::uint8_t> gone(ne, 0);
  for (const std::uint32_t unit : units) {
    require_unit("unit", unit, ne);
    if (gone[unit] != 0) throw ParameterError(formatted("unit {} of a lesion", unit), "must come once");
    gone[unit] = 1;
  }
  if (units.size() + change.drawn > ne || units.size() + change.drawn == 0) {
    throw ParameterError(formatted("a lesion of {} units", units.size() + change.drawn),
                         formatted("must be of 1 to ne = {} units", ne));
  }
  std::vector<std::uint32_t> others;
  for (std::uint32_t unit = 0; unit < ne; ++unit) {
    if (gone[unit] == 0) others.push_back(unit);
  }
  for (std::size_t k = 0; k < change.drawn; ++k) {  // Fisher and Yates
    std::swap(others[k], others[k + draws.below(others.size() - k)]);
    units.push_back(others[k]);
    gone[others[k]] = 1;
  }
  State& s = to.state;
  s.wee = edited(*s.wee, [&](std::uint32_t pre, std::size_t post, double&) { return (gone[pre] | gone[post]) == 0; });
  s.wei = edited(*s.wei, [&](std::uint32_t, std::size_t post, double&) { return gone[post] == 0; });
  s.wie = edited(*s.wie, [&](std::uint32_t pre, std::size_t, double&) { return gone[pre] == 0; });
  for (std::size_t k = 0; k < s.output.woe.size(); ++k) {
    if (gone[k / s.output.no()] != 0) s.output.woe[k] = 0.0;
  }
  to.removed.insert(to.removed.end(), units.begin(), units.end());
  return {units.front(), -1};
}

}  // namespace

void require_twins(const Network& network) {
  if (network.ranks()) throw ParameterError("a network over ranks", "cannot have a twin", "use one process");
  if (network.acts()) throw StateError("a twin", "an act() waits for its learn()", "call learn() first");
}

Twin twin_of(State state, const Parameters& parameters, const OwnRules& rules, std::span<const Change> changes,
             const TwinDraw& draw) {
  Parameters changed = parameters;
  std::vector<std::uint32_t> removed;
  ChangedPlace place;
  for (std::size_t k = 0; k < changes.size(); ++k) {
    Draws draws(draw, k);
    const Subject to{state, changed, removed};
    const ChangedPlace here = std::visit([&](const auto& change) { return make(change, to, draws); }, changes[k]);
    if (k == 0) place = here;
  }
  std::sort(removed.begin(), removed.end());
  removed.erase(std::unique(removed.begin(), removed.end()), removed.end());
  Network network(changed, std::move(state));
  network.set_rules(rules);
  return {std::move(network), place, std::move(removed)};
}

Twin twin(const Network& network, std::span<const Change> changes, const TwinDraw& draw) {
  require_twins(network);
  return twin_of(network.state(), network.parameters(), network.rules(), changes, draw);
}

}  // namespace sorn

#include <sorn/twins.hpp>

#include "analysis/derrida.hpp"
#include "analysis/line.hpp"
#include "analysis/quantiles.hpp"
#include "core/change.hpp"
#include "core/own_rule.hpp"
#include "core/validate.hpp"
#include "kernels/activity.hpp"
#include "runs/batch.hpp"
#include "support/format.hpp"
#include "support/labelled.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <map>
#include <utility>

namespace sorn::twins {

namespace {

constexpr std::array<StateDistance, 3> distances{{
    {"weights", "difference of weights",
     "sum of the absolute differences of the weights of W_EE over all pairs of units",
     [](const State& a, const State& b, std::span<const std::uint32_t>) {
       return statistics::weight_distance(*a.wee, *b.wee);
     }},
    {"synapses", "synapses that differ",
     "number of synapses of W_EE that one of the two networks has and the other not",
     [](const State& a, const State& b, std::span<const std::uint32_t>) {
       return static_cast<double>(statistics::differing_synapses(*a.wee, *b.wee));
     }},
    {"thresholds", "difference of thresholds", "sum of the absolute differences of the thresholds T_E over the units",
     [](const State& a, const State& b, std::span<const std::uint32_t> left_out) {
       double sum = 0.0;
       for (std::uint32_t unit = 0; unit < a.te.size(); ++unit) {
         if (!std::binary_search(left_out.begin(), left_out.end(), unit)) sum += std::abs(a.te[unit] - b.te[unit]);
       }
       return sum;
     }},
}};

using Word = std::uint64_t;

constexpr std::uint64_t most_pairs_of_a_group = 32;
constexpr double most_bytes_of_spikes = 8e6;  // of the reference, kept for its twins at a time
constexpr double most_bytes_of_states = 64e6;
constexpr double most_states = 64;

std::size_t words_of(std::size_t neurons) noexcept { return (neurons + 63) / 64; }

/// Consecutive pairs of one network, which a thread runs: the reference once, and each of their twins.
struct Group {
  std::size_t network = 0;
  std::uint64_t first = 0;  // pair
  std::uint64_t pairs = 0;
  std::uint64_t offset = 0;  // steps of the network before the first pair of the group
  bool is_last = false;      // of its network
};

std::vector<Group> groups_of(const Plan& plan) {
  const std::uint64_t threads = runs::thread_count(plan.threads);
  double largest = 0.0;
  for (const Network& network : plan.networks) largest = std::max(largest, runs::bytes_of(network.state()));
  const double fitting = std::max(1.0, most_bytes_of_states / largest);
  std::uint64_t size = std::clamp<std::uint64_t>(plan.pairs / (4 * threads), 1, most_pairs_of_a_group);
  if (fitting < static_cast<double>(size)) size = static_cast<std::uint64_t>(fitting);
  std::vector<Group> groups;
  const std::uint64_t networks = plan.networks.size();
  for (std::uint64_t n = 0; n < networks; ++n) {
    const std::uint64_t begin = n * plan.pairs / networks;
    const std::uint64_t end = (n + 1) * plan.pairs / networks;
    for (std::uint64_t pair = begin; pair < end; pair += size) {
      const std::uint64_t last = std::min(pair + size, end);
      groups.push_back({n, pair, last - pair, (pair - begin) * plan.skip, last == end});
    }
  }
  return groups;
}

/// Steps of the reference of a group.
std::uint64_t reference_steps(const Plan& plan, const Group& group) noexcept {
  const std::uint64_t compared = (group.pairs - 1) * plan.skip + plan.steps;
  return group.is_last ? compared : std::max(compared, group.pairs * plan.skip);
}

/// The options of a part of the run of a network, from its step `offset` on.
RunOptions options_from(const RunOptions& options, std::uint64_t offset) {
  RunOptions part = options;
  part.threads = 1;
  part.undo = true;  // after an error nobody has the network
  for (InputView* view : {&part.inputs, &part.noise.replay}) {
    if (view->data == nullptr) continue;
    view->data += static_cast<std::ptrdiff_t>(offset) * view->step_stride;
    view->steps -= offset;
  }
  return part;
}

/// The activity of a reference in the steps of a part of its run, and its states where a twin begins or is compared.
/// Times are steps from the start of the group.
class Reference final : public Observer {
public:
  /// Is called with the state in which the next group begins.
  using Next = std::function<void(const State&)>;

  Reference(const Plan& plan, const Group& group, const State& start, Next next)
      : plan_(plan), group_(group), words_(words_of(start.ne())), next_(std::move(next)) {
    const double bytes = runs::bytes_of(start);
    most_states_ = static_cast<std::size_t>(std::clamp(most_bytes_of_states / bytes, 2.0, most_states));
    most_rows_ =
        static_cast<std::size_t>(std::max(2.0, most_bytes_of_spikes / static_cast<double>(words_ * sizeof(Word))));
    keep(start);
  }

  Outcome on_step(const StepView& view) override {
    ++now_;
    keep(view.state);
    return states_.size() >= most_states_ || now_ - begin_ + 1 >= most_rows_ ? Outcome::stop : Outcome::go_on;
  }

  /// The next part begins where this one has ended.
  void go_on() {
    std::copy_n(row(now_), words_, spikes_.begin());
    spikes_.resize(words_);
    states_.erase(states_.begin(), states_.lower_bound(now_));
    begin_ = now_;
  }

  std::uint64_t now() const noexcept { return now_; }
  const Word* row(std::uint64_t time) const noexcept { return spikes_.data() + (time - begin_) * words_; }
  const State& state(std::uint64_t time) const { return states_.at(time); }

private:
  void keep(const State& state) {
    spikes_.resize(spikes_.size() + words_);
    kernels::pack_bits(state.x, std::span(spikes_).last(words_));
    if (!group_.is_last && now_ == group_.pairs * plan_.skip) next_(state);
    if (is_needed()) states_.emplace(now_, state);
  }

  /// Whether a twin of the group begins now, or is compared.
  bool is_needed() const noexcept {
    if (plan_.skip == 0) return now_ <= plan_.steps && now_ % plan_.state_stride == 0;
    const std::uint64_t newest = std::min(now_ / plan_.skip, group_.pairs - 1);
    for (std::uint64_t k = newest + 1; k-- > 0;) {
      const std::uint64_t age = now_ - k * plan_.skip;
      if (age > plan_.steps) return false;
      if (age % plan_.state_stride == 0) return true;
    }
    return false;
  }

  const Plan& plan_;
  const Group& group_;
  std::size_t words_;
  Next next_;
  std::size_t most_states_ = 0;
  std::size_t most_rows_ = 0;
  std::uint64_t begin_ = 0;  // time of the first row
  std::uint64_t now_ = 0;
  std::vector<Word> spikes_;
  std::map<std::uint64_t, State> states_;
};

/// Sums over pairs.
struct Sums {
  Sums(std::size_t neurons, std::uint64_t steps) : distances(steps + 1), map(neurons) {}
  std::vector<std::int64_t> distances;
  analysis::DerridaCounts map;
};

/// A twin, which is compared with its reference after each step.
class Follower final : public Observer {
public:
  /// @param place  of the pair in the rows of `all`
  Follower(const Plan& plan, std::size_t network, std::uint64_t pair, std::uint64_t start, const Reference& reference,
           Divergence& all, Sums& sums)
      : twin_(twin_of(reference.state(start), plan.networks[network].parameters(), plan.networks[network].rules(),
                      plan.changes, {plan.seed, pair})),
        reference_(reference),
        known_(plan.networks[network].parameters()),
        all_(all),
        sums_(sums),
        pair_(pair),
        start_(start),
        bits_(words_of(all.neurons)),
        counted_(bits_.size(), ~Word{0}) {
    for (const std::uint32_t unit : twin_.removed) counted_[unit / 64] &= ~(Word{1} << unit % 64);
    compare(twin_.network.state());
    Pair& mine = all_.pairs[pair_];
    mine.network = network;
    mine.place = twin_.place;
    mine.start = twin_.network.state().step;
  }

  Outcome on_step(const StepView& view) override {
    ++age_;
    const std::size_t before = distance_;
    compare(view.state);
    sums_.map.add(before, distance_);
    return has_merged() ? Outcome::stop : Outcome::go_on;
  }

  /// Runs up to a time of the reference, unless the networks have merged.
  void run_to(std::uint64_t time, const RunOptions& options, Observer& job) {
    if (has_merged()) return;
    const std::uint64_t end = std::min(time - start_, all_.steps);
    const std::array<Observer*, 2> observers{this, &job};
    twin_.network.run(end - age_, options, observers);
  }

  std::uint64_t start() const noexcept { return start_; }
  std::uint64_t time() const noexcept { return start_ + age_; }

private:
  bool has_merged() const noexcept { return all_.pairs[pair_].merged >= 0; }

  void compare(const State& state) {
    const std::uint64_t time = start_ + age_;
    kernels::pack_bits(state.x, bits_);
    const Word* const other = reference_.row(time);
    int differing = 0;
    for (std::size_t w = 0; w < bits_.size(); ++w) differing += std::popcount((bits_[w] ^ other[w]) & counted_[w]);
    distance_ = static_cast<std::size_t>(differing);
    sums_.distances[age_] += differing;
    if (age_ % all_.stride == 0) all_.activity[pair_ * all_.rows() + age_ / all_.stride] = differing;
    note(differing);
    if (age_ % all_.state_stride == 0) compare_states(reference_.state(time), state);
  }

  void note(std::int64_t differing) noexcept {
    Pair& mine = all_.pairs[pair_];
    mine.largest = std::max(mine.largest, differing);
    const auto now = static_cast<std::int64_t>(age_);
    if (differing > 0) {
      if (mine.parted < 0) mine.parted = now;
      mine.met = -1;
    } else if (mine.parted >= 0 && mine.met < 0) {
      mine.met = now;
    }
  }

  void compare_states(const State& reference, const State& state) {
    const std::uint64_t row = pair_ * all_.state_rows() + age_ / all_.state_stride;
    double sum = 0.0;
    for (std::size_t k = 0; k < distances.size(); ++k) {
      const double distance = distances[k].of(reference, state, twin_.removed);
      all_.states[k][row] = distance;
      sum += distance;
    }
    if (sum == 0.0 && distance_ == 0 && reference == state && twin_.network.parameters() == known_) {
      all_.pairs[pair_].merged = static_cast<std::int64_t>(age_);
      sums_.map.add(0, 0, static_cast<std::int64_t>(all_.steps - age_));  // which need not be run
    }
  }

  Twin twin_;
  const Reference& reference_;
  const Parameters& known_;  // hyperparameters of the reference
  Divergence& all_;
  Sums& sums_;
  std::uint64_t pair_;
  std::uint64_t start_;       // time of the reference
  std::uint64_t age_ = 0;     // steps done
  std::size_t distance_ = 0;  // now
  std::vector<Word> bits_;
  std::vector<Word> counted_;  // the units that count
};

/// All groups of a plan, which several threads run.
class Groups {
public:
  Groups(const Plan& plan, Divergence& all, const Watch& watch)
      : plan_(plan),
        all_(all),
        groups_(groups_of(plan)),
        starts_(groups_.size()),
        map_(all.neurons),
        batch_(plan.threads, [this, &watch](std::uint64_t done) {
          if (watch) watch(done, total_);
          return Observer::Outcome::go_on;
        }) {
    for (const Group& group : groups_) total_ += group.pairs * plan.steps + reference_steps(plan, group);
  }

  void run() {
    std::vector<std::uint64_t> first;
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      if (groups_[g].offset == 0 && (g == 0 || groups_[g - 1].is_last)) {
        starts_[g] = plan_.networks[groups_[g].network].state();
        first.push_back(g);
      } else {
        ++unknown_;
      }
    }
    batch_.expect_more(unknown_ > 0);
    batch_.run(first, [this](std::uint64_t g, Observer& job) { return run(g, job); });
    batch_.look();
    all_.map = map_.map();
  }

private:
  runs::Batch::Finish run(std::uint64_t g, Observer& job) {
    const Group& group = groups_[g];
    const Network& known = plan_.networks[group.network];
    Network network(known.parameters(), *std::move(starts_[g]));
    starts_[g].reset();
    network.set_rules(known.rules());
    auto sums = std::make_shared<Sums>(all_.neurons, plan_.steps);
    Reference reference(plan_, group, network.state(), [&](const State& state) { begin(g + 1, state); });
    std::vector<std::optional<Follower>> twins(group.pairs);
    const std::uint64_t end = reference_steps(plan_, group);
    while (reference.now() < end) {
      const std::uint64_t before = reference.now();
      const std::array<Observer*, 2> observers{&reference, &job};
      network.run(end - before, options_from(plan_.options, group.offset + before), observers);
      for (std::uint64_t k = 0; k < group.pairs; ++k) {
        if (batch_.stopped()) return {};
        follow(twins[k], group.first + k, k * plan_.skip, before, reference, group.network, group.offset, *sums, job);
      }
      reference.go_on();
    }
    return [this, sums] {
      for (std::size_t t = 0; t < all_.sums.size(); ++t) all_.sums[t] += sums->distances[t];
      map_.add(sums->map);
    };
  }

  /// Runs a twin as far as its reference has come since the time `before`.
  void follow(std::optional<Follower>& twin, std::uint64_t pair, std::uint64_t start, std::uint64_t before,
              const Reference& reference, std::size_t network, std::uint64_t offset, Sums& sums, Observer& job) {
    if (start >= reference.now() || start + plan_.steps <= before) return;
    labelled(formatted("pair {}", pair), [&] {
      if (!twin) twin.emplace(plan_, network, pair, start, reference, all_, sums);
      twin->run_to(reference.now(), options_from(plan_.options, offset + twin->time()), job);
    });
    if (start + plan_.steps <= reference.now()) twin.reset();
  }

  /// The state in which a group begins is known.
  void begin(std::size_t g, const State& state) {
    starts_[g] = state;
    const std::uint64_t number = g;
    batch_.add(std::span(&number, 1), true);
    if (--unknown_ == 0) batch_.expect_more(false);
  }

  const Plan& plan_;
  Divergence& all_;
  std::vector<Group> groups_;
  std::vector<std::optional<State>> starts_;  // of groups that have not begun
  analysis::DerridaCounts map_;
  std::uint64_t total_ = 0;
  std::atomic<std::uint64_t> unknown_{0};  // groups whose start is not known
  runs::Batch batch_;
};

void require_range(std::string_view name, std::uint64_t value, std::uint64_t least, std::uint64_t most) {
  if (value >= least && value <= most) return;
  throw ParameterError(formatted("{} = {}", name, value), formatted("must be {} to {}", least, most));
}

void require_shareable(const RunOptions& options) {
  if (options.own_source != nullptr) {
    throw ParameterError("a source of your own for twins", "cannot show the same to networks that run at the same time",
                         "give a source that this library makes, or the array of its drives");
  }
  if (!options.signals.empty() || options.new_synapses) {
    throw ParameterError("signals or given synapses for twins", "are not supported");
  }
}

/// The steps of the network with the most pairs.
std::uint64_t longest_run(const Plan& plan) noexcept {
  const std::uint64_t networks = plan.networks.size();
  return ((plan.pairs + networks - 1) / networks - 1) * plan.skip + plan.steps;
}

/// Checks a plan before anything is computed.
void check(const Plan& plan) {
  if (plan.networks.empty()) throw ParameterError("twins of no network", "must have one or more");
  require_range("pairs", plan.pairs, plan.networks.size(), most_pairs);
  require_range("steps", plan.steps, 1, last_step);
  require_range("skip", plan.skip, 0, last_step / most_pairs);
  require_range("stride", plan.stride, 1, last_step);
  require_range("state_stride", plan.state_stride, 1, last_step);
  static_cast<void>(runs::thread_count(plan.threads));
  require_shareable(plan.options);
  const Network& first = plan.networks.front();
  for (std::size_t n = 0; n < plan.networks.size(); ++n) {
    const Network& network = plan.networks[n];
    require_twins(network);
    const State& state = network.state();
    if (state.ne() != first.state().ne()) {
      throw ShapeError(formatted("a network with ne = {}", state.ne()),
                       formatted("must have the size of the first: ne = {}", first.state().ne()));
    }
    const std::uint64_t steps = longest_run(plan);
    validate(network.parameters(), state.step, steps, plan.options);
    validate_rules_of_run(network.parameters(), state, network.rules(), plan.options);
    check_source(network.parameters(), state.seed, state.step, steps, plan.options);
    const Network changed = twin(network, plan.changes, {plan.seed, n * plan.pairs / plan.networks.size()}).network;
    validate(changed.parameters(), state.step, plan.steps, plan.options);
    validate_rules_of_run(changed.parameters(), changed.state(), changed.rules(), plan.options);
  }
}

/// Refuses a plan whose result would not fit, in whole numbers that cannot overflow.
void require_memory(const Plan& plan, const Divergence& all) {
  const auto pairs = static_cast<double>(plan.pairs);
  const double rows = pairs * static_cast<double>(all.rows()) * sizeof(std::int32_t);
  const double states = pairs * static_cast<double>(all.state_rows()) * distances.size() * sizeof(double);
  const double sums = static_cast<double>(plan.steps) * sizeof(std::int64_t);
  const auto threads = static_cast<double>(std::min<std::uint64_t>(runs::thread_count(plan.threads), plan.pairs));
  const double kept = 2 * most_bytes_of_states + most_bytes_of_spikes + sums;
  runs::require_memory(formatted("the distances of {} pairs over {} steps", plan.pairs, plan.steps),
                       rows + states + sums + pairs * sizeof(Pair) + threads * kept, "give larger strides");
}

template <class T>
std::vector<double> quantile_of(std::span<const T> values, std::size_t rows, double share) {
  if (!(share >= 0.0 && share <= 1.0)) throw ParameterError(formatted("share = {}", share), "must lie in [0, 1]");
  if (rows == 0 || values.empty() || values.size() % rows != 0) {
    throw ShapeError(formatted("{} values in rows of {}", values.size(), rows), "must be one whole row or more");
  }
  std::vector<double> found(rows);
  std::vector<double> column(values.size() / rows);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t k = 0; k < column.size(); ++k) column[k] = static_cast<double>(values[k * rows + row]);
    std::sort(column.begin(), column.end());
    found[row] = analysis::quantile(column, share);
  }
  return found;
}

}  // namespace

std::span<const StateDistance> state_distances() noexcept { return distances; }

Divergence divergence(const Plan& plan, const Watch& watch) {
  check(plan);
  Divergence all{.neurons = plan.networks.front().state().ne(),
                 .steps = plan.steps,
                 .stride = plan.stride,
                 .state_stride = plan.state_stride};
  require_memory(plan, all);
  all.pairs.resize(plan.pairs);
  all.activity.resize(plan.pairs * all.rows());
  all.states.assign(distances.size(), std::vector<double>(plan.pairs * all.state_rows()));
  all.sums.resize(plan.steps + 1);
  Groups(plan, all, watch).run();
  return all;
}

std::vector<double> mean_distance(const Divergence& divergence) {
  std::vector<double> mean;
  mean.reserve(divergence.sums.size());
  const auto pairs = static_cast<double>(divergence.pairs.size());
  for (const std::int64_t sum : divergence.sums) mean.push_back(static_cast<double>(sum) / pairs);
  return mean;
}

std::vector<double> quantile(std::span<const std::int32_t> values, std::size_t rows, double share) {
  return quantile_of(values, rows, share);
}

std::vector<double> quantile(std::span<const double> values, std::size_t rows, double share) {
  return quantile_of(values, rows, share);
}

std::optional<Growth> growth(std::span<const double> mean, std::uint64_t window) {
  if (window < 2) throw ParameterError(formatted("window = {}", window), "must be two steps or more");
  const auto first = std::find_if(mean.begin(), mean.end(), [](double distance) { return distance > 0.0; });
  std::vector<double> steps;
  std::vector<double> logs;
  for (auto at = first; at != mean.end() && *at > 0.0 && steps.size() <= window; ++at) {
    steps.push_back(static_cast<double>(at - mean.begin()));
    logs.push_back(std::log(*at));
  }
  if (steps.size() < 3) return {};
  const auto begin = static_cast<std::uint64_t>(steps.front());
  const auto end = static_cast<std::uint64_t>(steps.back());
  const auto line = analysis::straight_line(steps, logs);
  if (!line) return Growth{0.0, logs.front(), begin, end};  // all are equal
  return Growth{line->slope, line->intercept, begin, end};
}

}  // namespace sorn::twins

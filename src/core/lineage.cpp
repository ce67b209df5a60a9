#include <sorn/lineage.hpp>

#include "support/format.hpp"

#include <sorn/error.hpp>

#include <algorithm>

namespace sorn {

namespace {

std::uint64_t pair_of(const SynapseEvent& event) noexcept {
  return static_cast<std::uint64_t>(event.pre) << 32U | event.post;
}

/// A topology that changes.
class Columns {
public:
  explicit Columns(const Topology& topology) : n_pre_(topology.n_pre), columns_(topology.n_post()) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const auto first = topology.pre.begin() + static_cast<std::ptrdiff_t>(topology.start[i]);
      columns_[i].assign(first, topology.pre.begin() + static_cast<std::ptrdiff_t>(topology.start[i + 1]));
    }
  }

  /// The synapse is there afterwards, or not.
  void set(const SynapseEvent& event, bool there) {
    if (event.post >= columns_.size() || event.pre >= n_pre_) refuse(event, "there is no such unit");
    std::vector<std::uint32_t>& column = columns_[event.post];
    const auto place = std::lower_bound(column.begin(), column.end(), event.pre);
    const bool is_there = place != column.end() && *place == event.pre;
    if (is_there == there) refuse(event, there ? "it is there already" : "it is not there");
    if (there) {
      column.insert(place, event.pre);
    } else {
      column.erase(place);
    }
  }

  Topology topology() const {
    Topology result{.n_pre = n_pre_};
    for (const std::vector<std::uint32_t>& column : columns_) {
      result.pre.insert(result.pre.end(), column.begin(), column.end());
      result.start.push_back(result.pre.size());
    }
    return result;
  }

private:
  [[noreturn]] static void refuse(const SynapseEvent& event, const char* rule) {
    throw StateError(formatted("the {} of the synapse from {} to {} in step {}", event.birth ? "birth" : "death",
                               event.pre, event.post, event.step),
                     rule);
  }

  std::size_t n_pre_;
  std::vector<std::vector<std::uint32_t>> columns_;
};

}  // namespace

Topology Topology::of(const SynapseMatrix& matrix) {
  Topology topology{.n_pre = matrix.n_pre()};
  topology.pre.reserve(matrix.synapse_count());
  topology.start.reserve(matrix.n_post() + 1);
  for (std::size_t post = 0; post < matrix.n_post(); ++post) {
    const std::span<const std::uint32_t> pre = matrix.column(post).pre;
    topology.pre.insert(topology.pre.end(), pre.begin(), pre.end());
    topology.start.push_back(topology.pre.size());
  }
  return topology;
}

Topology topology_before(const SynapseMatrix& after, std::span<const SynapseEvent> events) {
  Columns columns(Topology::of(after));
  for (const SynapseEvent& event : events) columns.set(event, !event.birth);
  return columns.topology();
}

void SynapseLives::add(const SynapseEvent& event) {
  if (event.birth) {
    alive_[pair_of(event)] = lives_.size();
    lives_.push_back({.pre = event.pre, .post = event.post, .birth = event.step});
    return;
  }
  const auto found = alive_.find(pair_of(event));
  if (found == alive_.end()) return;  // it was there from the start
  SynapseLife& life = lives_[found->second];
  life.steps = event.step - life.birth;
  life.ended = true;
  alive_.erase(found);
}

std::vector<SynapseLife> SynapseLives::until(std::uint64_t end) const {
  std::vector<SynapseLife> lives = lives_;
  for (SynapseLife& life : lives) {
    if (!life.ended) life.steps = end - life.birth;
  }
  return lives;
}

Topology Lineage::topology(std::uint64_t step) const {
  if (step < begin || step >= end) {
    throw ParameterError(formatted("step = {}", step),
                         begin == end ? std::string("no step of the lineage was recorded")
                                      : formatted("the lineage was recorded from step {} to {}", begin, end - 1));
  }
  Columns columns(start);
  for (const SynapseEvent& event : events) {
    if (event.step > step) break;
    columns.set(event, event.birth);
  }
  return columns.topology();
}

std::vector<SynapseLife> Lineage::lives() const {
  SynapseLives lives;
  for (const SynapseEvent& event : events) lives.add(event);
  return lives.until(end);
}

std::vector<std::uint64_t> Lineage::synapse_counts() const {
  std::vector<std::uint64_t> counts(end - begin);
  std::uint64_t count = start.synapse_count();
  auto event = events.begin();
  for (std::uint64_t step = begin; step < end; ++step) {
    for (; event != events.end() && event->step == step; ++event) {
      if (!event->birth && count == 0) {
        throw StateError(formatted("the death of a synapse in step {}", step), "none is there");
      }
      count = event->birth ? count + 1 : count - 1;
    }
    counts[step - begin] = count;
  }
  return counts;
}

Turnover Lineage::turnover(std::uint64_t window) const {
  if (window == 0 || window > end - begin) {
    throw ParameterError(formatted("window = {}", window),
                         formatted("must be a number of steps from 1 to {}, those of the lineage", end - begin));
  }
  const std::uint64_t windows = (end - begin) / window;
  Turnover turnover;
  double count = static_cast<double>(start.synapse_count());
  auto event = events.begin();
  for (std::uint64_t w = 0; w < windows; ++w) {
    const std::uint64_t first = begin + w * window;
    std::uint64_t births = 0;
    std::uint64_t deaths = 0;
    double sum = count * static_cast<double>(window);  // of the counts on entry to each step
    for (; event != events.end() && event->step < first + window; ++event) {
      const auto later = static_cast<double>(first + window - 1 - event->step);  // steps that it concerns
      sum += event->birth ? later : -later;
      count += event->birth ? 1.0 : -1.0;
      ++(event->birth ? births : deaths);
    }
    turnover.first_step.push_back(first);
    turnover.births.push_back(births);
    turnover.deaths.push_back(deaths);
    turnover.synapses.push_back(sum / static_cast<double>(window));
  }
  return turnover;
}

}  // namespace sorn

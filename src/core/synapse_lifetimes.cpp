#include <sorn/synapse_lifetimes.hpp>

#include "core/synapse_slice.hpp"

#include <algorithm>

namespace sorn {

namespace {

std::uint64_t pair_of(std::uint32_t pre, std::size_t post) noexcept {
  return static_cast<std::uint64_t>(pre) << 32U | static_cast<std::uint64_t>(post);
}

}  // namespace

SynapseLifetimes::SynapseLifetimes(const Network& network) : end_(network.state().step) {
  remember(*network.state().wee);
}

/// Almost always nothing has changed. Then whole arrays are equal, which is found faster than by visiting columns. The
/// entries behind the end of a column mean nothing; where they differ, the columns are visited in vain.
bool SynapseLifetimes::knows(const SynapseMatrix& wee) const noexcept {
  if (slices_.size() != wee.slices()) return false;
  for (std::size_t k = 0; k < slices_.size(); ++k) {
    const Structure& known = slices_[k];
    if (known.posts != wee.slice(k).posts()) return false;
    const kernels::ConstColumns now = wee.slice(k).columns();
    if (!std::equal(known.length.begin(), known.length.end(), now.length) ||
        !std::equal(known.start.begin(), known.start.end(), now.start) ||
        !std::equal(known.pre.begin(), known.pre.end(), now.pre)) {
      return false;
    }
  }
  return true;
}

void SynapseLifetimes::remember(const SynapseMatrix& wee) {
  slices_.resize(wee.slices());
  for (std::size_t k = 0; k < slices_.size(); ++k) {
    Structure& known = slices_[k];
    const kernels::ConstColumns now = wee.slice(k).columns();
    known.posts = wee.slice(k).posts();
    known.start.assign(now.start, now.start + now.n_post);
    known.length.assign(now.length, now.length + now.n_post);
    std::uint32_t entries = 0;
    for (std::size_t i = 0; i < now.n_post; ++i) entries = std::max(entries, now.start[i] + now.length[i]);
    known.pre.assign(now.pre, now.pre + entries);
  }
}

std::span<const std::uint32_t> SynapseLifetimes::known_column(std::size_t post) const noexcept {
  const auto known = std::find_if(slices_.begin(), slices_.end(),
                                  [post](const Structure& structure) { return structure.posts.contains(post); });
  const std::size_t i = post - known->posts.begin;
  return std::span(known->pre).subspan(known->start[i], known->length[i]);
}

Observer::Outcome SynapseLifetimes::on_step(const StepView& view) {
  const SynapseMatrix& wee = *view.state.wee;
  end_ = view.step + 1;
  if (knows(wee)) return Outcome::go_on;
  for (std::size_t post = wee.posts().begin; post < wee.posts().end; ++post) {
    const auto before = known_column(post);
    const auto now = wee.column(post).pre;
    if (!std::equal(before.begin(), before.end(), now.begin(), now.end())) compare(post, before, now, view.step);
  }
  remember(wee);
  return Outcome::go_on;
}

void SynapseLifetimes::compare(std::size_t post, std::span<const std::uint32_t> before,
                               std::span<const std::uint32_t> now, std::uint64_t step) {
  auto old = before.begin();
  for (const std::uint32_t pre : now) {
    for (; old != before.end() && *old < pre; ++old) end(pair_of(*old, post), step);
    if (old != before.end() && *old == pre) {
      ++old;
    } else {
      begin(pair_of(pre, post), step);
    }
  }
  for (; old != before.end(); ++old) end(pair_of(*old, post), step);
}

void SynapseLifetimes::begin(std::uint64_t pair, std::uint64_t step) {
  alive_[pair] = lives_.size();
  lives_.push_back(
      {.pre = static_cast<std::uint32_t>(pair >> 32U), .post = static_cast<std::uint32_t>(pair), .birth = step});
}

void SynapseLifetimes::end(std::uint64_t pair, std::uint64_t step) {
  const auto found = alive_.find(pair);
  if (found == alive_.end()) return;  // it was there from the start
  SynapseLife& life = lives_[found->second];
  life.steps = step - life.birth;
  life.ended = true;
  alive_.erase(found);
}

std::vector<SynapseLife> SynapseLifetimes::lives() const {
  std::vector<SynapseLife> lives = lives_;
  for (SynapseLife& life : lives) {
    if (!life.ended) life.steps = end_ - life.birth;
  }
  return lives;
}

}  // namespace sorn

// All random numbers are addressed by unit and draw, so that the incoming synapses of one unit can be built without the
// others.
#include "core/build.hpp"

#include "core/synapse_slice.hpp"
#include "kernels/columns.hpp"
#include "kernels/gaussian.hpp"
#include "kernels/random.hpp"
#include "kernels/scaling.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>
#include <sorn/share.hpp>
#include <sorn/state.hpp>
#include <sorn/unit_range.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace sorn {

namespace {

using kernels::Stream;

std::uint32_t index32(std::size_t i) noexcept { return static_cast<std::uint32_t>(i); }

double initial_weight(const Recipe& recipe, std::uint64_t seed, Stream stream, std::size_t post, std::size_t k) {
  return recipe.highest_weight * kernels::uniform(kernels::random_word(seed, stream, post, index32(k)));
}

/// int(N(mean, 1)) for each of `count` units, truncated and clamped to [1, most].
std::vector<std::size_t> degrees(std::uint64_t seed, Stream stream, std::size_t count, double mean, std::size_t most) {
  std::vector<double> deviation(count);
  kernels::fill_gaussian(seed, stream, 0, deviation);
  std::vector<std::size_t> degree(count);
  std::transform(deviation.begin(), deviation.end(), degree.begin(), [&](double z) {
    const double drawn = std::clamp(std::trunc(mean + z), 1.0, static_cast<double>(most));
    return static_cast<std::size_t>(drawn);
  });
  return degree;
}

/// Draws distinct numbers below n, ascending (Floyd's algorithm); keeps its scratch memory between draws.
class DistinctSampler {
public:
  explicit DistinctSampler(std::size_t n) : taken_(n, false) {}

  /// Appends `count` ≤ n numbers to `out`; draw d uses the random word at (seed, stream, owner, d).
  void sample(std::uint64_t seed, Stream stream, std::size_t owner, std::size_t count,
              std::vector<std::uint32_t>& out) {
    const std::size_t n = taken_.size();
    const auto first = static_cast<std::ptrdiff_t>(out.size());
    for (std::size_t d = 0; d < count; ++d) {
      const std::size_t last = n - count + d;
      std::size_t pick = kernels::below(last + 1, kernels::random_word(seed, stream, owner, index32(d)));
      if (taken_[pick]) pick = last;
      taken_[pick] = true;
      out.push_back(index32(pick));
    }
    std::sort(out.begin() + first, out.end());
    for (auto it = out.begin() + first; it != out.end(); ++it) taken_[*it] = false;
  }

private:
  std::vector<bool> taken_;
};

// The next three functions return columns without weights.

CompressedColumns all_pairs(std::size_t n_pre, UnitRange posts, bool skip_self) {
  CompressedColumns wiring{posts};
  for (std::size_t i = posts.begin; i < posts.end; ++i) {
    for (std::size_t j = 0; j < n_pre; ++j) {
      if (!(skip_self && i == j)) wiring.pre.push_back(index32(j));
    }
    wiring.start.push_back(wiring.pre.size());
  }
  return wiring;
}

/// Each postsynaptic unit draws its presynaptic partners.
CompressedColumns incoming(std::uint64_t seed, Stream degree_stream, Stream partner_stream, std::size_t n_pre,
                           UnitRange posts, double mean, bool skip_self) {
  const std::size_t candidates = skip_self ? n_pre - 1 : n_pre;
  const auto degree = degrees(seed, degree_stream, posts.end, mean, candidates);
  DistinctSampler sampler(candidates);
  CompressedColumns wiring{posts};
  for (std::size_t i = posts.begin; i < posts.end; ++i) {
    sampler.sample(seed, partner_stream, i, degree[i], wiring.pre);
    if (skip_self) {
      for (auto it = wiring.pre.begin() + static_cast<std::ptrdiff_t>(wiring.start.back()); it != wiring.pre.end();
           ++it) {
        if (*it >= i) ++*it;
      }
    }
    wiring.start.push_back(wiring.pre.size());
  }
  return wiring;
}

/// Each presynaptic unit draws the units that it projects to; a unit that was never drawn draws two partners itself.
/// Each of the `n_post` units can be drawn, but only synapses onto `posts` are kept.
CompressedColumns outgoing(std::uint64_t seed, std::size_t n_pre, std::size_t n_post, UnitRange posts, double mean) {
  const auto degree = degrees(seed, Stream::wei_degree, n_pre, mean, n_post);
  std::vector<std::vector<std::uint32_t>> partners(posts.size());
  DistinctSampler candidates(n_post);
  std::vector<std::uint32_t> drawn;
  for (std::size_t k = 0; k < n_pre; ++k) {
    drawn.clear();
    candidates.sample(seed, Stream::wei_partner, k, degree[k], drawn);
    for (const std::uint32_t post : drawn) {
      if (posts.contains(post)) partners[post - posts.begin].push_back(index32(k));
    }
  }
  DistinctSampler orphans(n_pre);
  CompressedColumns wiring{posts};
  for (std::size_t i = posts.begin; i < posts.end; ++i) {
    auto& own = partners[i - posts.begin];
    if (own.empty()) orphans.sample(seed, Stream::wei_orphan, i, std::min<std::size_t>(2, n_pre), own);
    wiring.pre.insert(wiring.pre.end(), own.begin(), own.end());
    wiring.start.push_back(wiring.pre.size());
  }
  return wiring;
}

/// Gives every synapse a weight of the recipe and divides each column by its sum.
SynapseMatrix weighted(const Recipe& recipe, std::uint64_t seed, Stream stream, CompressedColumns wiring,
                       std::size_t n_pre, std::size_t n_post, Plasticity plasticity) {
  const UnitRange posts = wiring.posts;
  wiring.weight.resize(wiring.pre.size());
  for (std::size_t i = 0; i < posts.size(); ++i) {
    for (std::size_t k = wiring.start[i]; k < wiring.start[i + 1]; ++k) {
      wiring.weight[k] = initial_weight(recipe, seed, stream, posts.begin + i, k - wiring.start[i]);
    }
  }
  auto matrix = SynapseMatrix::from_columns(wiring, n_pre, n_post, plasticity);
  SynapseSlice& slice = matrix.slice(0);
  kernels::ScalingScratch scratch(posts.size());
  kernels::Vanished vanished(posts.size());
  kernels::scale_columns(slice.columns(), scratch, vanished);
  slice.remove_gone(vanished.list());
  return matrix;
}

/// Thresholds of `count` units: drawn for those in `own`, 0 elsewhere.
std::vector<double> thresholds(std::uint64_t seed, Stream stream, std::size_t count, UnitRange own, double low,
                               double high) {
  std::vector<double> values(count, 0.0);
  for (std::size_t i = own.begin; i < own.end; ++i) {
    const double drawn = low + (high - low) * kernels::uniform(kernels::random_word(seed, stream, 0, index32(i)));
    values[i] = std::min(drawn, high);  // rounding must not leave the range
  }
  return values;
}

/// Which of `count` units are active on entry to the first step, each with this probability.
std::vector<std::uint8_t> activity(std::uint64_t seed, Stream stream, std::size_t count, double probability) {
  std::vector<std::uint8_t> active(count, 0);
  for (std::size_t i = 0; probability > 0.0 && i < count; ++i) {
    active[i] = kernels::uniform(kernels::random_word(seed, stream, 0, index32(i))) < probability ? 1 : 0;
  }
  return active;
}

}  // namespace

double target_rate(const Parameters& p, const Recipe& recipe) noexcept {
  if (p.h_ip) return *p.h_ip;
  return recipe.target_rate ? *recipe.target_rate : 2.0 * static_cast<double>(p.nu) / static_cast<double>(p.ne);
}

State build_share(const Parameters& p, const Recipe& recipe, std::uint64_t seed, std::size_t ranks, std::size_t rank) {
  const auto found = build_problems(p, ranks);
  if (!found.empty()) throw ParameterError("invalid hyperparameters", joined(found, "; "));
  const std::size_t ne = p.ne;
  const std::size_t ni = p.inhibitory_count();
  const Ownership own = ownership(ne, ni, ranks, rank);

  const auto ee_wiring = [&] {
    return p.network_type_ee == Connectivity::dense
               ? all_pairs(ne, own.excitatory, true)
               : incoming(seed, Stream::wee_degree, Stream::wee_partner, ne, own.excitatory, p.lambda_ee, true);
  };
  const auto ei_wiring = [&] {
    return p.network_type_ei == Connectivity::dense ? all_pairs(ni, own.excitatory, false)
                                                    : outgoing(seed, ni, ne, own.excitatory, p.lambda_ei);
  };
  const auto ie_wiring = [&] {
    return p.network_type_ie == Connectivity::dense
               ? all_pairs(ne, own.inhibitory, false)
               : incoming(seed, Stream::wie_degree, Stream::wie_partner, ne, own.inhibitory,
                          p.lambda_ie / 100.0 * static_cast<double>(ne), false);
  };
  State state;
  state.wee = weighted(recipe, seed, Stream::wee_weight, ee_wiring(), ne, ne, Plasticity::plastic);
  state.wei = weighted(recipe, seed, Stream::wei_weight, ei_wiring(), ni, ne, Plasticity::plastic);
  state.wie = weighted(recipe, seed, Stream::wie_weight, ie_wiring(), ne, ni, Plasticity::fixed);
  state.te = thresholds(seed, Stream::threshold_excitatory, ne, own.excitatory, p.te_min, p.te_max);
  state.ti = thresholds(seed, Stream::threshold_inhibitory, ni, own.inhibitory, p.ti_min, p.ti_max);
  state.x_previous.assign(ne, 0);
  state.x = activity(seed, Stream::activity_excitatory, ne, recipe.active_excitatory);
  state.y_previous.assign(ni, 0);
  state.y = activity(seed, Stream::activity_inhibitory, ni, recipe.active_inhibitory);
  state.seed = seed;
  return state;
}

}  // namespace sorn

// All random numbers are addressed by unit and draw, so that the incoming synapses of one unit can be built without the
// others.
#include "core/build.hpp"

#include "core/synapse_slice.hpp"
#include "kernels/columns.hpp"
#include "kernels/gaussian.hpp"
#include "kernels/outputs.hpp"
#include "kernels/random.hpp"
#include "kernels/scaling.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>
#include <sorn/share.hpp>
#include <sorn/state.hpp>
#include <sorn/unit_range.hpp>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace sorn {

namespace {

using kernels::Stream;

std::uint32_t index32(std::size_t i) noexcept { return static_cast<std::uint32_t>(i); }

double initial_weight(const Parameters& p, std::uint64_t seed, Stream stream, std::size_t post, std::size_t k) {
  return p.initial_weight * kernels::uniform(kernels::random_word(seed, stream, post, index32(k)));
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

/// Each postsynaptic unit draws its presynaptic partners. @param degree  their number, degree(post)
template <class Degree>
CompressedColumns incoming(std::uint64_t seed, Stream stream, std::size_t n_pre, UnitRange posts, bool skip_self,
                           Degree degree) {
  DistinctSampler sampler(skip_self ? n_pre - 1 : n_pre);
  CompressedColumns wiring{posts};
  for (std::size_t i = posts.begin; i < posts.end; ++i) {
    sampler.sample(seed, stream, i, degree(i), wiring.pre);
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
/// Without the diagonal, a unit's draw of the unit with its own number is dropped.
CompressedColumns outgoing(std::uint64_t seed, std::size_t n_pre, std::size_t n_post, UnitRange posts, double mean,
                           bool diagonal) {
  const auto degree = degrees(seed, Stream::wei_degree, n_pre, mean, n_post);
  std::vector<std::vector<std::uint32_t>> partners(posts.size());
  DistinctSampler candidates(n_post);
  std::vector<std::uint32_t> drawn;
  for (std::size_t k = 0; k < n_pre; ++k) {
    drawn.clear();
    candidates.sample(seed, Stream::wei_partner, k, degree[k], drawn);
    for (const std::uint32_t post : drawn) {
      if (posts.contains(post) && (diagonal || post != k)) partners[post - posts.begin].push_back(index32(k));
    }
  }
  DistinctSampler orphans(n_pre);
  CompressedColumns wiring{posts};
  for (std::size_t i = posts.begin; i < posts.end; ++i) {
    auto& own = partners[i - posts.begin];
    if (own.empty()) {
      orphans.sample(seed, Stream::wei_orphan, i, std::min<std::size_t>(2, n_pre), own);
      if (!diagonal) std::erase(own, index32(i));
    }
    wiring.pre.insert(wiring.pre.end(), own.begin(), own.end());
    wiring.start.push_back(wiring.pre.size());
  }
  return wiring;
}

/// After so many draws without any partner a unit draws one partner. Even a probability of 1 in 100 pairs needs it only
/// once in 10²⁷ units in a population of 100 units.
constexpr std::size_t most_draws = 64;

/// Each postsynaptic unit draws whether it has a synapse from each of `n_pre` units, and draws again if it has none.
/// @param allowed  whether allowed(pre, post)
template <class Allowed>
CompressedColumns bernoulli(std::uint64_t seed, Stream stream, std::size_t n_pre, UnitRange posts, double probability,
                            Allowed allowed) {
  CompressedColumns wiring{posts};
  for (std::size_t i = posts.begin; i < posts.end; ++i) {
    const std::size_t begin = wiring.pre.size();
    for (std::size_t draw = 0; draw < most_draws && wiring.pre.size() == begin; ++draw) {
      for (std::size_t j = 0; j < n_pre; ++j) {
        const double u = kernels::uniform(kernels::random_word(seed, stream, i, index32(draw * n_pre + j)));
        if (u < probability && allowed(j, i)) wiring.pre.push_back(index32(j));
      }
    }
    if (wiring.pre.size() == begin) {
      const auto word = kernels::random_word(seed, stream, i, index32(most_draws * n_pre));
      const std::size_t drawn = kernels::below(n_pre, word);
      const std::size_t next = drawn + 1 < n_pre ? drawn + 1 : 0;
      const std::size_t j = allowed(drawn, i) ? drawn : next;
      if (allowed(j, i)) wiring.pre.push_back(index32(j));
    }
    wiring.start.push_back(wiring.pre.size());
  }
  return wiring;
}

/// A number from Binomial(n, probability) for a unit, drawn again while it is 0; then one less, but at least 1.
std::size_t binomial_degree(std::uint64_t seed, Stream stream, std::size_t post, std::size_t n, double probability) {
  std::size_t count = 0;
  for (std::size_t draw = 0; draw < most_draws && count == 0; ++draw) {
    for (std::size_t j = 0; j < n; ++j) {
      const auto word = kernels::random_word(seed, stream, post, index32(draw * n + j));
      count += kernels::uniform(word) < probability ? 1 : 0;
    }
  }
  return count < 2 ? 1 : count - 1;
}

/// The random streams of one matrix.
struct Streams {
  Stream degree, partner, pair, weight;
};
constexpr Streams streams_ee{Stream::wee_degree, Stream::wee_partner, Stream::wee_pair, Stream::wee_weight};
constexpr Streams streams_ei{Stream::wei_degree, Stream::wei_partner, Stream::wei_pair, Stream::wei_weight};
constexpr Streams streams_ie{Stream::wie_degree, Stream::wie_partner, Stream::wie_pair, Stream::wie_weight};

/// The synapses onto the units `posts`, without weights.
/// @param mean         mean number of incoming synapses, of Connectivity::sparse
/// @param probability  of a pair, of Connectivity::binomial and bernoulli
/// @param self         whether unit i may have a synapse from unit i of the presynaptic population
CompressedColumns wired(Connectivity type, const Streams& streams, std::uint64_t seed, std::size_t n_pre,
                        UnitRange posts, double mean, double probability, bool self) {
  const auto allowed = [self](std::size_t j, std::size_t i) { return self || i != j; };
  switch (type) {
    case Connectivity::dense: return all_pairs(n_pre, posts, !self);
    case Connectivity::bernoulli: return bernoulli(seed, streams.pair, n_pre, posts, probability, allowed);
    case Connectivity::sparse: {
      const auto degree = degrees(seed, streams.degree, posts.end, mean, self ? n_pre : n_pre - 1);
      return incoming(seed, streams.partner, n_pre, posts, !self, [&](std::size_t i) { return degree[i]; });
    }
    case Connectivity::binomial: break;
  }
  return incoming(seed, streams.partner, n_pre, posts, !self, [&](std::size_t i) {
    return std::min(binomial_degree(seed, streams.pair, i, n_pre, probability), self ? n_pre : n_pre - 1);
  });
}

/// Divides each column by its sum.
void scale(SynapseMatrix& matrix, const Parameters& p) {
  SynapseSlice& slice = matrix.slice(0);
  kernels::ScalingScratch scratch(matrix.posts().size());
  kernels::Vanished vanished(matrix.posts().size());
  kernels::scale_columns(slice.columns(), {p.scaling_min, 0.0}, scratch, vanished);
  slice.remove_gone(vanished.list(), nullptr);
}

/// Gives every synapse a weight and divides each column by its sum.
SynapseMatrix weighted(const Parameters& p, std::uint64_t seed, Stream stream, CompressedColumns wiring,
                       std::size_t n_pre, std::size_t n_post, Plasticity plasticity) {
  const UnitRange posts = wiring.posts;
  wiring.weight.resize(wiring.pre.size());
  for (std::size_t i = 0; i < posts.size(); ++i) {
    for (std::size_t k = wiring.start[i]; k < wiring.start[i + 1]; ++k) {
      wiring.weight[k] = initial_weight(p, seed, stream, posts.begin + i, k - wiring.start[i]);
    }
  }
  auto matrix = SynapseMatrix::from_columns(wiring, n_pre, n_post, plasticity);
  scale(matrix, p);
  return matrix;
}

/// Scales a whole W_EE once by incoming and outgoing sums.
void scale_both_ways(SynapseMatrix& wee, const Parameters& p) {
  SynapseSlice& slice = wee.slice(0);
  std::vector<double> outgoing(p.ne, 0.0);
  kernels::add_outgoing(slice.columns(), outgoing);
  kernels::complete_outgoing(outgoing, p.scaling_min);
  kernels::Vanished vanished(p.ne);
  kernels::scale_both_ways(slice.columns(), {p.scaling_min, 0.0}, p.eta_ds, outgoing, vanished);
  slice.remove_gone(vanished.list(), nullptr);
}

double random_between(double low, double high, std::uint64_t word) noexcept {
  return std::min(low + (high - low) * kernels::uniform(word), high);  // rounding must not leave the range
}

/// Thresholds of `count` units: for those in `own`, 0 elsewhere.
std::vector<double> thresholds(ThresholdStart start, std::uint64_t seed, Stream stream, std::size_t count,
                               UnitRange own, double low, double high, bool shuffle) {
  std::vector<double> values(count, 0.0);
  if (start == ThresholdStart::uniform) {
    for (std::size_t i = own.begin; i < own.end; ++i) {
      values[i] = random_between(low, high, kernels::random_word(seed, stream, 0, index32(i)));
    }
    return values;
  }
  const auto place = shuffle ? kernels::permutation(count, seed, stream) : std::vector<std::size_t>{};
  for (std::size_t i = own.begin; i < own.end; ++i) {
    const auto k = static_cast<double>(shuffle ? place[i] : i);
    values[i] = low + (k + 0.5) * (high - low) / static_cast<double>(count);
  }
  return values;
}

/// Which of `count` units are active on entry to the first step. @param probability  of unit i
template <class Probability>
std::vector<std::uint8_t> activity(std::uint64_t seed, Stream stream, std::size_t count, Probability probability) {
  std::vector<std::uint8_t> active(count, 0);
  for (std::size_t i = 0; i < count; ++i) {
    if (probability(i) <= 0.0) continue;
    active[i] = kernels::uniform(kernels::random_word(seed, stream, 0, index32(i))) < probability(i) ? 1 : 0;
  }
  return active;
}

/// The output layer of a new network: all pairs, whose weights onto each output unit sum to 1.
OutputLayer output_layer(const Parameters& p, std::uint64_t seed) {
  OutputLayer layer;
  layer.woe.resize(p.ne * p.no);
  layer.o.assign(p.no, 0);
  layer.to =
      thresholds(ThresholdStart::uniform, seed, Stream::threshold_output, p.no, {0, p.no}, p.to_min, p.to_max, false);
  for (std::size_t j = 0; j < p.ne; ++j) {
    for (std::size_t k = 0; k < p.no; ++k) layer.woe[j * p.no + k] = initial_weight(p, seed, Stream::woe_weight, k, j);
  }
  std::vector<std::uint8_t> settled(p.no, 0);
  kernels::scale_outputs(layer.woe, p.scaling_min, settled);
  return layer;
}

}  // namespace

std::vector<double> target_rates(const Parameters& p, std::uint64_t seed) {
  constexpr double smallest_target = 1e-9;
  std::vector<double> target(p.ne, p.target_rate());
  if (p.sigma_ip == 0.0 && p.width_ip == 0.0) return target;
  std::vector<double> deviation(p.ne);
  kernels::fill_gaussian(seed, Stream::target_rate, 0, deviation);
  for (std::size_t i = 0; i < p.ne; ++i) {
    const double u = kernels::uniform(kernels::random_word(seed, Stream::target_width, 0, index32(i)));
    const double rate = (target[i] + p.sigma_ip * deviation[i]) + p.width_ip * (2.0 * u - 1.0);
    target[i] = std::clamp(rate, smallest_target, 1.0 - smallest_target);
  }
  return target;
}

State built_share(const Parameters& p, std::uint64_t seed, std::size_t ranks, std::size_t rank) {
  const auto found = build_problems(p, ranks);
  if (!found.empty()) throw ParameterError("invalid hyperparameters", joined(found, "; "));
  if (p.eta_ds > 0.0 && ranks > 1) {  // the sums of rows need the columns of all ranks
    return share_of(built_share(p, seed, 1, 0), ownership(p.ne, p.inhibitory_count(), ranks, rank));
  }
  const std::size_t ne = p.ne;
  const std::size_t ni = p.inhibitory_count();
  const auto units = static_cast<double>(ne);
  const Ownership own = ownership(ne, ni, ranks, rank);
  const double synapses = p.lambda_unit == LambdaUnit::percent ? units / 100.0 : 1.0;  // of one unit of lambda
  const double mean_ee = p.lambda_ee * synapses;
  const double mean_ei = p.lambda_ei * synapses;
  const double share_ie = p.lambda_ie / 100.0;

  const bool draws_targets = p.network_type_ei == Connectivity::sparse;  // each inhibitory unit draws its targets
  const CompressedColumns ee =
      wired(p.network_type_ee, streams_ee, seed, ne, own.excitatory, mean_ee, mean_ee / units, false);
  const CompressedColumns ei = draws_targets
                                   ? outgoing(seed, ni, ne, own.excitatory, mean_ei, p.ei_diagonal == Toggle::on)
                                   : wired(p.network_type_ei, streams_ei, seed, ni, own.excitatory, 0.0,
                                           mean_ei / units, p.ei_diagonal == Toggle::on);
  const CompressedColumns ie =
      wired(p.network_type_ie, streams_ie, seed, ne, own.inhibitory, share_ie * units, share_ie, true);

  State state;
  state.wee = weighted(p, seed, streams_ee.weight, ee, ne, ne, Plasticity::plastic);
  state.wei = weighted(p, seed, streams_ei.weight, ei, ni, ne, Plasticity::plastic);
  state.wie = weighted(p, seed, streams_ie.weight, ie, ne, ni, Plasticity::fixed);
  if (p.eta_ds > 0.0) scale_both_ways(state.wee.mutate(), p);
  state.te =
      thresholds(p.threshold_start, seed, Stream::threshold_excitatory, ne, own.excitatory, p.te_min, p.te_max, true);
  state.ti =
      thresholds(p.threshold_start, seed, Stream::threshold_inhibitory, ni, own.inhibitory, p.ti_min, p.ti_max, false);
  const std::vector<double> target = target_rates(p, seed);
  state.x_previous.assign(ne, 0);
  state.x = activity(seed, Stream::activity_excitatory, ne, [&](std::size_t i) {
    return p.activity_start == ActivityStart::probability ? p.active_excitatory : target[i];
  });
  state.y_previous.assign(ni, 0);
  state.y = activity(seed, Stream::activity_inhibitory, ni, [&](std::size_t) { return p.active_inhibitory; });
  state.output = output_layer(p, seed);
  state.seed = seed;
  return state;
}

}  // namespace sorn

#include "plain/plain_network.hpp"

#include "core/build.hpp"
#include "kernels/random.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numbers>
#include <set>
#include <string_view>
#include <utility>

namespace sorn::plain {

namespace {

/// ln(u) for u in (0, 1), to about 1e-15: u = m·2^e with m in [√½, √2), ln m = 2·artanh((m−1)/(m+1)) by its series.
double natural_log(double u) noexcept {
  constexpr std::uint64_t sqrt_half = std::bit_cast<std::uint64_t>(0.5 * std::numbers::sqrt2);
  constexpr std::uint64_t one = std::bit_cast<std::uint64_t>(1.0);
  // After the bits of √½ are subtracted, the exponent field holds the exponent for which m lies in [√½, √2).
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(u) + (one - sqrt_half);
  // The biased exponent as a double, without an integer conversion: it is placed in the low mantissa bits of 2⁵².
  const double exponent = std::bit_cast<double>((bits >> 52U) | 0x4330000000000000U) - (0x1p52 + 1023.0);
  const double m = std::bit_cast<double>((bits & 0x000FFFFFFFFFFFFFU) + sqrt_half);
  const double s = (m - 1.0) / (m + 1.0);
  const double z = s * s;
  double series = 1.0 / 19.0;
  series = series * z + 1.0 / 17.0;
  series = series * z + 1.0 / 15.0;
  series = series * z + 1.0 / 13.0;
  series = series * z + 1.0 / 11.0;
  series = series * z + 1.0 / 9.0;
  series = series * z + 1.0 / 7.0;
  series = series * z + 1.0 / 5.0;
  series = series * z + 1.0 / 3.0;
  return exponent * std::numbers::ln2 + (2.0 * s + 2.0 * s * z * series);
}

/// sin and cos of 2π·turn/2³². The nearest quarter turn is split off exactly, in integers; the rest lies within
/// ±π/4, where the Taylor series are exact to 1e-15.
struct SineCosine {
  double sine;
  double cosine;
};

SineCosine sine_cosine(std::uint32_t turn) noexcept {
  const std::uint32_t quarter = (turn + 0x20000000U) >> 30U;
  const auto rest = static_cast<std::int32_t>(turn - (quarter << 30U));
  const double angle = static_cast<double>(rest) * (std::numbers::pi * 0x1p-31);
  const double z = angle * angle;
  double sine = -1.0 / 1307674368000.0;
  sine = sine * z + 1.0 / 6227020800.0;
  sine = sine * z - 1.0 / 39916800.0;
  sine = sine * z + 1.0 / 362880.0;
  sine = sine * z - 1.0 / 5040.0;
  sine = sine * z + 1.0 / 120.0;
  sine = sine * z - 1.0 / 6.0;
  sine = angle + angle * z * sine;
  double cosine = 1.0 / 20922789888000.0;
  cosine = cosine * z - 1.0 / 87178291200.0;
  cosine = cosine * z + 1.0 / 479001600.0;
  cosine = cosine * z - 1.0 / 3628800.0;
  cosine = cosine * z + 1.0 / 40320.0;
  cosine = cosine * z - 1.0 / 720.0;
  cosine = cosine * z + 1.0 / 24.0;
  cosine = cosine * z - 1.0 / 2.0;
  cosine = cosine * z + 1.0;
  // Rotate back by `quarter` quarter turns: an odd number swaps sine and cosine; then the signs are set.
  const bool swap = (quarter & 1U) != 0;
  const double s = swap ? cosine : sine;
  const double c = swap ? sine : cosine;
  const double s_sign = (quarter & 2U) != 0 ? -1.0 : 1.0;
  const double c_sign = ((quarter + 1U) & 2U) != 0 ? -1.0 : 1.0;
  return {s * s_sign, c * c_sign};
}

/// Σ_j W[j][i]·a_j of every unit i.
std::vector<double> drive(const Synapses& synapses, std::span<const std::uint8_t> activity) {
  std::vector<double> sums(synapses.pre.size());
  for (std::size_t i = 0; i < sums.size(); ++i) {
    double sum = 0.0;
    for (std::size_t k = 0; k < synapses.pre[i].size(); ++k) {
      sum += synapses.weight[i][k] * static_cast<double>(activity[synapses.pre[i][k]]);
    }
    sums[i] = sum;
  }
  return sums;
}

/// Replaces every weight by next(weight, j, i), and removes synapses for which that is 0 unless they may rest.
template <class Next>
void update(Synapses& synapses, bool keep_zero, Next next) {
  for (std::size_t i = 0; i < synapses.pre.size(); ++i) {
    auto& pre = synapses.pre[i];
    auto& weight = synapses.weight[i];
    std::size_t kept = 0;
    for (std::size_t k = 0; k < pre.size(); ++k) {
      const double changed = next(weight[k], pre[k], i);
      if (changed == 0.0 && !keep_zero) continue;
      pre[kept] = pre[k];
      weight[kept++] = changed;
    }
    pre.resize(kept);
    weight.resize(kept);
  }
}

double sum_of(std::span<const double> weights) {
  double sum = 0.0;
  for (const double w : weights) sum += w;
  return sum;
}

/// Divides every column by its sum, or by `smallest` if the sum is smaller. A column of sum 0 stays.
void scale(Synapses& synapses, double smallest, bool keep_zero) {
  std::vector<double> sums;
  sums.reserve(synapses.weight.size());
  for (const auto& column : synapses.weight) sums.push_back(sum_of(column));
  update(synapses, keep_zero, [&](double w, std::size_t, std::size_t i) {
    const double divisor = std::max(sums[i], smallest);
    return divisor == 0.0 ? w : w / divisor;
  });
}

/// Scaling by incoming and outgoing sums.
void scale_both_ways(Synapses& synapses, double smallest, double eta, bool keep_zero) {
  const auto n = static_cast<double>(synapses.n_pre);
  const double least = std::max(smallest, std::numeric_limits<double>::min());
  std::vector<double> incoming;
  std::vector<double> outgoing(synapses.n_pre, 0.0);
  for (std::size_t i = 0; i < synapses.pre.size(); ++i) {
    incoming.push_back(std::max(sum_of(synapses.weight[i]), least));
    for (std::size_t k = 0; k < synapses.pre[i].size(); ++k) outgoing[synapses.pre[i][k]] += synapses.weight[i][k];
  }
  for (double& sum : outgoing) sum = std::max(sum * n / n, least);
  update(synapses, keep_zero, [&](double w, std::size_t j, std::size_t i) {
    return (1.0 - eta) * w + eta * (w / (0.5 * incoming[i] + 0.5 * outgoing[j]));
  });
}

/// A number in (0, 1) for a unit: 32 bits of the block of its four units.
double uniform_of_unit(std::uint64_t seed, kernels::Stream stream, std::uint64_t step, std::size_t unit) {
  const auto words = kernels::random_block(seed, stream, step, static_cast<std::uint32_t>(unit / 4));
  return (static_cast<double>(words[unit % 4]) + 0.5) * 0x1p-32;
}

}  // namespace

std::vector<double> gaussian(std::uint64_t seed, kernels::Stream stream, std::uint64_t step, std::size_t count) {
  std::vector<double> numbers(count);
  for (std::size_t i = 0; i < count; i += 2) {
    const auto words = kernels::random_block(seed, stream, step, static_cast<std::uint32_t>(i / 4));
    const double u = (static_cast<double>(words[i % 4]) + 0.5) * 0x1p-32;
    const double r = std::sqrt(-2.0 * natural_log(u));
    const SineCosine direction = sine_cosine(words[i % 4 + 1]);
    numbers[i] = r * direction.cosine;
    if (i + 1 < count) numbers[i + 1] = r * direction.sine;
  }
  return numbers;
}

std::vector<double> noise(const State& state, NoiseKind kind, double sigma) {
  constexpr kernels::Stream excitatory = kernels::Stream::noise_excitatory;
  constexpr kernels::Stream inhibitory = kernels::Stream::noise_inhibitory;
  std::vector<double> numbers;
  if (kind == NoiseKind::gaussian) {
    numbers = gaussian(state.seed, excitatory, state.step, state.ne());
    const auto others = gaussian(state.seed, inhibitory, state.step, state.ni());
    numbers.insert(numbers.end(), others.begin(), others.end());
  } else {
    for (std::size_t i = 0; i < state.ne(); ++i) {
      numbers.push_back(uniform_of_unit(state.seed, excitatory, state.step, i));
    }
    for (std::size_t k = 0; k < state.ni(); ++k) {
      numbers.push_back(uniform_of_unit(state.seed, inhibitory, state.step, k));
    }
  }
  for (double& z : numbers) z *= sigma;
  return numbers;
}

Synapses::Synapses(const SynapseMatrix& matrix) : n_pre(matrix.n_pre()) {
  for (std::size_t i = 0; i < matrix.n_post(); ++i) {
    const auto column = matrix.column(i);
    pre.emplace_back(column.pre.begin(), column.pre.end());
    weight.emplace_back(column.weight.begin(), column.weight.end());
  }
}

SynapseMatrix Synapses::matrix(Plasticity plasticity) const {
  CompressedColumns columns;
  for (std::size_t i = 0; i < pre.size(); ++i) columns.append({pre[i], weight[i]});
  return SynapseMatrix::from_columns(columns, n_pre, pre.size(), plasticity, "weights", Zeros::kept);
}

std::size_t Synapses::count() const {
  std::size_t sum = 0;
  for (const auto& column : pre) sum += column.size();
  return sum;
}

namespace {

using kernels::Stream;
using Partners = std::vector<std::set<std::uint32_t>>;  // the presynaptic units of each postsynaptic unit

/// `count` different numbers below n (Floyd's algorithm).
std::set<std::uint32_t> distinct(std::uint64_t seed, Stream stream, std::size_t owner, std::size_t n,
                                 std::size_t count) {
  std::set<std::uint32_t> taken;
  for (std::size_t d = 0; d < count; ++d) {
    const auto last = static_cast<std::uint32_t>(n - count + d);
    const auto word = kernels::random_word(seed, stream, owner, static_cast<std::uint32_t>(d));
    const auto pick = static_cast<std::uint32_t>(kernels::below(std::size_t{last} + 1, word));
    taken.insert(taken.contains(pick) ? last : pick);
  }
  return taken;
}

/// int(N(mean, 1)), at least 1 and at most `most`, for each of `count` units.
std::vector<std::size_t> degrees(std::uint64_t seed, Stream stream, std::size_t count, double mean, std::size_t most) {
  std::vector<std::size_t> degree;
  for (const double z : gaussian(seed, stream, 0, count)) {
    const double drawn = std::trunc(mean + z);
    degree.push_back(static_cast<std::size_t>(std::min(std::max(drawn, 1.0), static_cast<double>(most))));
  }
  return degree;
}

Partners all_pairs(std::size_t n_pre, std::size_t n_post, bool skip_self) {
  Partners partners(n_post);
  for (std::size_t i = 0; i < n_post; ++i) {
    for (std::size_t j = 0; j < n_pre; ++j) {
      if (!skip_self || i != j) partners[i].insert(static_cast<std::uint32_t>(j));
    }
  }
  return partners;
}

/// Each postsynaptic unit draws its partners.
Partners incoming(std::uint64_t seed, Stream stream, std::size_t n_pre, std::span<const std::size_t> degree,
                  bool skip_self) {
  const std::size_t candidates = skip_self ? n_pre - 1 : n_pre;
  Partners partners(degree.size());
  for (std::size_t i = 0; i < degree.size(); ++i) {
    for (const std::uint32_t j : distinct(seed, stream, i, candidates, std::min(degree[i], candidates))) {
      partners[i].insert(skip_self && j >= i ? j + 1 : j);
    }
  }
  return partners;
}

/// Each presynaptic unit draws the units that it projects to. A unit that none of them drew draws two partners itself.
Partners outgoing(std::uint64_t seed, std::size_t n_pre, std::size_t n_post, double mean, bool skip_self) {
  const auto degree = degrees(seed, Stream::wei_degree, n_pre, mean, n_post);
  Partners partners(n_post);
  for (std::size_t k = 0; k < n_pre; ++k) {
    for (const std::uint32_t i : distinct(seed, Stream::wei_partner, k, n_post, degree[k])) {
      if (!skip_self || i != k) partners[i].insert(static_cast<std::uint32_t>(k));
    }
  }
  for (std::size_t i = 0; i < n_post; ++i) {
    if (!partners[i].empty()) continue;
    partners[i] = distinct(seed, Stream::wei_orphan, i, n_pre, std::min<std::size_t>(2, n_pre));
    if (skip_self) partners[i].erase(static_cast<std::uint32_t>(i));
  }
  return partners;
}

/// The numbers of `n` that are below the probability, in the first of up to 64 draws that has any.
std::vector<std::size_t> hits(std::uint64_t seed, Stream stream, std::size_t owner, std::size_t n, double probability,
                              std::size_t never) {
  std::vector<std::size_t> found;
  for (std::size_t draw = 0; draw < 64 && found.empty(); ++draw) {
    for (std::size_t j = 0; j < n; ++j) {
      const auto word = kernels::random_word(seed, stream, owner, static_cast<std::uint32_t>(draw * n + j));
      if (kernels::uniform(word) < probability && j != never) found.push_back(j);
    }
  }
  return found;
}

constexpr std::size_t none = ~std::size_t{0};

/// Each pair with the same probability.
Partners bernoulli(std::uint64_t seed, Stream stream, std::size_t n_pre, std::size_t n_post, double probability,
                   bool skip_self) {
  Partners partners(n_post);
  for (std::size_t i = 0; i < n_post; ++i) {
    const std::size_t never = skip_self ? i : none;
    for (const std::size_t j : hits(seed, stream, i, n_pre, probability, never)) {
      partners[i].insert(static_cast<std::uint32_t>(j));
    }
    if (!partners[i].empty()) continue;
    const auto word = kernels::random_word(seed, stream, i, static_cast<std::uint32_t>(64 * n_pre));
    std::size_t j = kernels::below(n_pre, word);
    if (j == never) j = (j + 1) % n_pre;
    if (j != never) partners[i].insert(static_cast<std::uint32_t>(j));
  }
  return partners;
}

/// What distinguishes the three matrices when they are built.
struct Wiring {
  Connectivity type;
  Stream degree, partner, pair, weight;
  std::size_t n_pre, n_post;
  double mean;         // incoming synapses of a unit
  double probability;  // of a pair
  bool skip_self;
};

Partners wired(std::uint64_t seed, const Wiring& w) {
  const std::size_t candidates = w.skip_self ? w.n_pre - 1 : w.n_pre;
  if (w.type == Connectivity::dense) return all_pairs(w.n_pre, w.n_post, w.skip_self);
  if (w.type == Connectivity::bernoulli) {
    return bernoulli(seed, w.pair, w.n_pre, w.n_post, w.probability, w.skip_self);
  }
  std::vector<std::size_t> degree;
  if (w.type == Connectivity::sparse) {
    degree = degrees(seed, w.degree, w.n_post, w.mean, candidates);
  } else {
    for (std::size_t i = 0; i < w.n_post; ++i) {
      const std::size_t drawn = hits(seed, w.pair, i, w.n_pre, w.probability, none).size();
      degree.push_back(drawn < 2 ? 1 : drawn - 1);
    }
  }
  return incoming(seed, w.partner, w.n_pre, degree, w.skip_self);
}

Synapses weighted(const Parameters& p, std::uint64_t seed, const Wiring& w, const Partners& partners) {
  Synapses synapses;
  synapses.n_pre = w.n_pre;
  for (std::size_t i = 0; i < partners.size(); ++i) {
    auto& weight = synapses.weight.emplace_back();
    for (std::size_t k = 0; k < partners[i].size(); ++k) {
      const auto word = kernels::random_word(seed, w.weight, i, static_cast<std::uint32_t>(k));
      weight.push_back(p.initial_weight * kernels::uniform(word));
    }
    synapses.pre.emplace_back(partners[i].begin(), partners[i].end());
  }
  scale(synapses, p.scaling_min, false);
  return synapses;
}

/// A number in [low, high] for each of `count` units.
std::vector<double> uniform(std::uint64_t seed, Stream stream, std::size_t count, double low, double high) {
  std::vector<double> values;
  for (std::size_t i = 0; i < count; ++i) {
    const auto word = kernels::random_word(seed, stream, 0, static_cast<std::uint32_t>(i));
    values.push_back(std::min(low + (high - low) * kernels::uniform(word), high));
  }
  return values;
}

/// Evenly spaced numbers in [low, high], in the order of `place`.
std::vector<double> grid(const std::vector<std::size_t>& place, double low, double high) {
  std::vector<double> values;
  values.reserve(place.size());
  for (const std::size_t k : place) {
    values.push_back(low + (static_cast<double>(k) + 0.5) * (high - low) / static_cast<double>(place.size()));
  }
  return values;
}

std::vector<std::size_t> in_order(std::size_t n) {
  std::vector<std::size_t> order(n);
  for (std::size_t k = 0; k < n; ++k) order[k] = k;
  return order;
}

/// Exchanges each place, from the last to the second, with one at or before it.
std::vector<std::size_t> shuffled(std::uint64_t seed, Stream stream, std::size_t n) {
  auto order = in_order(n);
  for (std::size_t last = n - 1; last > 0; --last) {
    const auto word = kernels::random_word(seed, stream, 0, static_cast<std::uint32_t>(last));
    std::swap(order[last], order[kernels::below(last + 1, word)]);
  }
  return order;
}

std::vector<std::uint8_t> active(std::uint64_t seed, Stream stream, std::span<const double> probability) {
  std::vector<std::uint8_t> values;
  const auto u = uniform(seed, stream, probability.size(), 0.0, 1.0);
  values.reserve(u.size());
  for (std::size_t i = 0; i < u.size(); ++i) values.push_back(u[i] < probability[i] ? 1 : 0);
  return values;
}

/// The target rate of each unit.
std::vector<double> targets(const Parameters& p, const State& state) {
  if (!state.h_ip.empty()) return state.h_ip;
  const auto z = gaussian(state.seed, Stream::target_rate, 0, p.ne);
  const auto u = uniform(state.seed, Stream::target_width, p.ne, 0.0, 1.0);
  std::vector<double> rates;
  for (std::size_t i = 0; i < p.ne; ++i) {
    const double rate = (p.target_rate() + p.sigma_ip * z[i]) + p.width_ip * (2.0 * u[i] - 1.0);
    const bool drawn = p.sigma_ip > 0.0 || p.width_ip > 0.0;
    rates.push_back(drawn ? std::clamp(rate, 1e-9, 1.0 - 1e-9) : p.target_rate());
  }
  return rates;
}

/// Divides the weights onto each output unit by their sum.
void scale_outputs(OutputLayer& layer, double smallest) {
  const std::size_t no = layer.no();
  for (std::size_t k = 0; k < no; ++k) {
    double sum = 0.0;
    for (std::size_t j = 0; j * no < layer.woe.size(); ++j) sum += layer.woe[j * no + k];
    if (smallest > 0.0 && sum < smallest) sum = smallest;
    if (sum == 0.0) continue;
    for (std::size_t j = 0; j * no < layer.woe.size(); ++j) layer.woe[j * no + k] /= sum;
  }
}

}  // namespace

State build(const Parameters& p, std::uint64_t seed) {
  const std::size_t ne = p.ne;
  const std::size_t ni = p.inhibitory_count();
  const auto units = static_cast<double>(ne);
  const double lambda = p.lambda_unit == LambdaUnit::percent ? units / 100.0 : 1.0;
  const bool no_diagonal = p.ei_diagonal == Toggle::off;
  const Wiring ee{.type = p.network_type_ee,
                  .degree = Stream::wee_degree,
                  .partner = Stream::wee_partner,
                  .pair = Stream::wee_pair,
                  .weight = Stream::wee_weight,
                  .n_pre = ne,
                  .n_post = ne,
                  .mean = p.lambda_ee * lambda,
                  .probability = p.lambda_ee * lambda / units,
                  .skip_self = true};
  const Wiring ei{.type = p.network_type_ei,
                  .degree = Stream::wei_degree,
                  .partner = Stream::wei_partner,
                  .pair = Stream::wei_pair,
                  .weight = Stream::wei_weight,
                  .n_pre = ni,
                  .n_post = ne,
                  .mean = p.lambda_ei * lambda,
                  .probability = p.lambda_ei * lambda / units,
                  .skip_self = no_diagonal};
  const Wiring ie{.type = p.network_type_ie,
                  .degree = Stream::wie_degree,
                  .partner = Stream::wie_partner,
                  .pair = Stream::wie_pair,
                  .weight = Stream::wie_weight,
                  .n_pre = ne,
                  .n_post = ni,
                  .mean = p.lambda_ie / 100.0 * units,
                  .probability = p.lambda_ie / 100.0,
                  .skip_self = false};
  const Partners ei_partners =
      p.network_type_ei == Connectivity::sparse ? outgoing(seed, ni, ne, ei.mean, no_diagonal) : wired(seed, ei);
  State state;
  Synapses wee = weighted(p, seed, ee, wired(seed, ee));
  if (p.eta_ds > 0.0) scale_both_ways(wee, p.scaling_min, p.eta_ds, false);
  state.wee = wee.matrix(Plasticity::plastic);
  state.wei = weighted(p, seed, ei, ei_partners).matrix(Plasticity::plastic);
  state.wie = weighted(p, seed, ie, wired(seed, ie)).matrix(Plasticity::fixed);
  if (p.threshold_start == ThresholdStart::uniform) {
    state.te = uniform(seed, Stream::threshold_excitatory, ne, p.te_min, p.te_max);
    state.ti = uniform(seed, Stream::threshold_inhibitory, ni, p.ti_min, p.ti_max);
  } else {
    state.te = grid(shuffled(seed, Stream::threshold_excitatory, ne), p.te_min, p.te_max);
    state.ti = grid(in_order(ni), p.ti_min, p.ti_max);
  }
  state.seed = seed;
  std::vector<double> probability = targets(p, state);
  if (p.activity_start == ActivityStart::probability) probability.assign(ne, p.active_excitatory);
  state.output.to = uniform(seed, Stream::threshold_output, p.no, p.to_min, p.to_max);
  state.output.o.assign(p.no, 0);
  state.output.woe.resize(ne * p.no);
  for (std::size_t k = 0; k < p.no; ++k) {
    for (std::size_t j = 0; j < ne; ++j) {
      const auto word = kernels::random_word(seed, Stream::woe_weight, k, static_cast<std::uint32_t>(j));
      state.output.woe[j * p.no + k] = p.initial_weight * kernels::uniform(word);
    }
  }
  scale_outputs(state.output, p.scaling_min);
  state.x_previous.assign(ne, 0);
  state.x = active(seed, Stream::activity_excitatory, probability);
  state.y_previous.assign(ni, 0);
  state.y = active(seed, Stream::activity_inhibitory, std::vector<double>(ni, p.active_inhibitory));
  return state;
}

PlainNetwork::PlainNetwork(const Parameters& parameters, const State& state)
    : p_(parameters), last_(state), wee_(*state.wee), wei_(*state.wei), wie_(*state.wie), recurrent_(state.ne(), 0) {}

void PlainNetwork::step(std::span<const double> u, std::span<const double> noise, const Given& given) {
  State& s = last_;
  const std::size_t ne = s.ne();
  const std::size_t ni = s.ni();
  const auto fires = [&](double value) {
    return static_cast<std::uint8_t>(p_.comparison == Comparison::greater ? value > 0.0 : value >= 0.0);
  };
  /// The drive with noise and input, minus the threshold.
  const auto margin = [&](double drive, double threshold, double xi, double input) {
    return p_.threshold_place == ThresholdPlace::last ? ((drive + xi) + input) - threshold
                                                      : ((drive - threshold) + xi) + input;
  };
  const auto xi = [&](std::size_t unit) { return noise.empty() ? 0.0 : noise[unit]; };

  std::vector<std::uint8_t> x(ne);
  const auto e = drive(wee_, s.x);
  const auto h = drive(wei_, s.y);
  for (std::size_t i = 0; i < ne; ++i) {
    const double input = i < u.size() ? p_.input_gain * u[i] : 0.0;
    recurrent_[i] = fires(margin(e[i] - h[i], s.te[i], xi(i), 0.0));
    x[i] = fires(margin(e[i] - h[i], s.te[i], xi(i), input));
    const bool random =
        p_.spike_probability > 0.0 && uniform_of_unit(s.seed, Stream::random_spike, s.step, i) < p_.spike_probability;
    if (random) x[i] = 1;
  }
  std::vector<std::uint8_t> y(ni);
  const auto q = drive(wie_, p_.inhibition == Inhibition::fast ? x : s.x);
  for (std::size_t k = 0; k < ni; ++k) y[k] = fires(margin(q[k], s.ti[k], xi(ne + k), 0.0));

  const std::vector<std::uint8_t> z = p_.readout_lag == 0 ? x : s.x;
  const std::vector<std::uint8_t> o = outputs(z);
  modulate(given);

  const bool keep_zero = p_.keep_zero == Toggle::on;
  // Until the next STDP, a weight that scaling makes smaller than the lower bound stays.
  const bool scaling_keeps = keep_zero || p_.wee_min > 0.0;
  const std::map<std::string_view, std::function<void()>> rules{
      {"stdp", [&] { stdp(x); }},
      {"ip",
       [&] {
         const auto target = targets(p_, s);
         for (std::size_t i = 0; i < ne; ++i) {
           s.te[i] += p_.eta_ip * (x[i] - target[i]);
           if (p_.clip_te == Toggle::on) s.te[i] = std::min(std::max(s.te[i], p_.te_min), p_.te_max);
         }
       }},
      {"sp", [&] { structural_plasticity(given); }},
      {"istdp", [&] { inhibitory_stdp(x); }},
      {"ssee",
       [&] {
         if (p_.eta_ds > 0.0) {
           scale_both_ways(wee_, p_.scaling_min, p_.eta_ds, scaling_keeps);
         } else {
           scale(wee_, p_.scaling_min, scaling_keeps);
         }
       }},
      {"ostdp", [&] { output_stdp(x, z, o); }},
      {"ip_o",
       [&] {
         if (!given.reward) return;
         OutputLayer& layer = s.output;
         for (std::size_t k = 0; k < layer.no(); ++k) {
           layer.to[k] += p_.eta_ip_o * (o[k] - (layer.h_o.empty() ? p_.output_target() : layer.h_o[k]));
         }
       }},
      {"ssoe", [&] { scale_outputs(s.output, p_.scaling_min); }},
      {"ssei", [&] { scale(wei_, p_.scaling_min, p_.wei_min > 0.0); }},
  };
  for (const Stage& stage : p_.order.stages()) {
    const auto* const rule = std::get_if<Rule>(&stage);
    if (rule == nullptr || freezes(given.freeze, *rule)) continue;
    const bool always = *rule == Rule::ip && p_.always_ip == Toggle::on;
    if (given.phase == Phase::plasticity || always) rules.at(name(*rule))();
  }

  s.x_previous = std::exchange(s.x, x);
  s.y_previous = std::exchange(s.y, y);
  s.output.o = o;
  ++s.step;
}

/// The new activity of the output units, which read z.
std::vector<std::uint8_t> PlainNetwork::outputs(std::span<const std::uint8_t> z) const {
  const OutputLayer& layer = last_.output;
  std::vector<double> margin;
  for (std::size_t k = 0; k < layer.no(); ++k) {
    double sum = 0.0;
    for (std::size_t j = 0; j < z.size(); ++j) sum += layer.woe[j * layer.no() + k] * z[j];
    margin.push_back(sum - layer.to[k]);
  }
  std::vector<std::uint8_t> o;
  bool found = false;
  for (const double value : margin) {
    bool fires = p_.comparison == Comparison::greater ? value > 0.0 : value >= 0.0;
    if (p_.output != OutputKind::threshold) fires = value == *std::max_element(margin.begin(), margin.end());
    if (p_.output == OutputKind::winner && found) fires = false;
    found = found || fires;
    o.push_back(fires ? 1 : 0);
  }
  return o;
}

/// The reward minus the sum of the last n rewards divided by n.
void PlainNetwork::modulate(const Given& given) {
  std::vector<double>& rewards = last_.output.rewards;
  modulation_ = 0.0;
  const bool learns = p_.no > 0 || p_.recurrent == RecurrentLearning::reward;
  if (!learns || !given.reward) return;
  const std::size_t n = p_.reward_window;
  double sum = 0.0;
  for (std::size_t k = rewards.size() - std::min(n, rewards.size()); k < rewards.size(); ++k) sum += rewards[k];
  modulation_ = n == 0 ? *given.reward : *given.reward - sum / static_cast<double>(n);
  if (given.phase == Phase::training) return;
  rewards.push_back(*given.reward);
  while (rewards.size() > n) rewards.erase(rewards.begin());
}

void PlainNetwork::output_stdp(std::span<const std::uint8_t> x, std::span<const std::uint8_t> z,
                               std::span<const std::uint8_t> o) {
  std::vector<double>& weights = last_.output.woe;
  const std::size_t no = o.size();
  const double change = modulation_ * p_.eta_oe;
  for (std::size_t j = 0; j < x.size(); ++j) {
    for (std::size_t k = 0; k < no; ++k) {
      double& weight = weights[j * no + k];
      const double pairing = p_.output_learning == OutputLearning::output ? o[k] * z[j]
                             : weight != 0.0                              ? x[0] * last_.x[j] - last_.x[0] * x[j]
                                                                          : 0.0;
      weight = std::max(std::min(weight + change * pairing, p_.woe_max), p_.woe_min);
    }
  }
}

void PlainNetwork::stdp(std::span<const std::uint8_t> x) {
  double eta = p_.eta_stdp;
  if (p_.recurrent == RecurrentLearning::reward) eta = modulation_ * p_.eta_stdp;
  if (p_.recurrent == RecurrentLearning::off) eta = 0.0;
  update(wee_, p_.keep_zero == Toggle::on, [&](double w, std::size_t j, std::size_t i) {
    const double next = w + eta * (x[i] * last_.x[j] - last_.x[i] * x[j]);
    if (next > p_.wee_max) return p_.wee_max;
    return next <= 0.0 || next < p_.wee_min ? 0.0 : next;
  });
}

void PlainNetwork::inhibitory_stdp(std::span<const std::uint8_t> x) {
  update(wei_, false, [&](double w, std::size_t k, std::size_t i) {
    const double next = w - p_.eta_inhib * (last_.y[k] * (1.0 - x[i] * (1.0 + 1.0 / p_.mu_ip)));
    if (next > 1.0) return 1.0;
    return next <= 0.0 ? p_.wei_min : next;
  });
}

/// The absent pair with this number; absent pairs are numbered column by column.
ChosenPair PlainNetwork::absent_pair(std::uint64_t rank) const {
  const std::size_t n = wee_.n_pre;
  for (std::size_t post = 0; post < n; ++post) {
    const auto& pre = wee_.pre[post];
    for (std::size_t j = 0; j < n; ++j) {
      if (j == post || std::binary_search(pre.begin(), pre.end(), j)) continue;
      if (rank-- == 0) return {static_cast<std::uint32_t>(j), static_cast<std::uint32_t>(post)};
    }
  }
  return {};
}

/// Gives a pair the weight of a new synapse.
void PlainNetwork::connect(const ChosenPair& pair) {
  auto& pre = wee_.pre[pair.post];
  auto& weight = wee_.weight[pair.post];
  const auto place = std::lower_bound(pre.begin(), pre.end(), pair.pre);
  const auto entry = weight.begin() + (place - pre.begin());
  if (place != pre.end() && *place == pair.pre) {
    *entry = p_.sp_weight;
    return;
  }
  weight.insert(entry, p_.sp_weight);
  pre.insert(place, pair.pre);
}

void PlainNetwork::structural_plasticity(const Given& given) {
  if (given.new_pairs) {
    for (const ChosenPair& pair : *given.new_pairs) connect(pair);
    return;
  }
  const auto words = kernels::random_block(last_.seed, Stream::structural, last_.step, 0);
  const auto word64 = [&](std::size_t k) { return words[k] | static_cast<std::uint64_t>(words[k + 1]) << 32U; };
  if (kernels::uniform(word64(0)) >= p_.structural_probability()) return;
  const std::uint64_t absent = wee_.n_pre * (wee_.n_pre - 1) - wee_.count();
  if (absent == 0) return;
  auto& queue = last_.sp_queue;
  queue.push_back(absent_pair(kernels::below(absent, word64(2))));
  if (queue.size() < p_.sp_batch) return;
  for (const ChosenPair& pair : queue) connect(pair);
  queue.clear();
}

void PlainNetwork::step(std::span<const double> u, double sigma) {
  step(u, sigma > 0.0 ? noise(last_, p_.noise_kind, sigma) : std::vector<double>{});
}

State PlainNetwork::state() const {
  State state = last_;
  state.wee = wee_.matrix(Plasticity::plastic);
  state.wei = wei_.matrix(Plasticity::plastic);
  return state;
}

}  // namespace sorn::plain

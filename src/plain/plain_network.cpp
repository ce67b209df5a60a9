#include "plain/plain_network.hpp"

#include "core/build.hpp"
#include "kernels/random.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
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

/// Adds change(j, i) to every weight, cuts weights above 1 to 1 and removes weights at or below 0.
template <class Change>
void learn(Synapses& synapses, Change change) {
  for (std::size_t i = 0; i < synapses.pre.size(); ++i) {
    auto& pre = synapses.pre[i];
    auto& weight = synapses.weight[i];
    std::size_t kept = 0;
    for (std::size_t k = 0; k < pre.size(); ++k) {
      const double next = std::min(weight[k] + change(pre[k], i), 1.0);
      if (next <= 0.0) continue;
      pre[kept] = pre[k];
      weight[kept++] = next;
    }
    pre.resize(kept);
    weight.resize(kept);
  }
}

void scale(Synapses& synapses) {
  for (std::size_t i = 0; i < synapses.pre.size(); ++i) {
    auto& pre = synapses.pre[i];
    auto& weight = synapses.weight[i];
    double sum = 0.0;
    for (const double w : weight) sum += w;
    if (sum == 0.0) continue;
    std::size_t kept = 0;  // a weight may underflow
    for (std::size_t k = 0; k < pre.size(); ++k) {
      const double next = weight[k] / sum;
      if (next == 0.0) continue;
      pre[kept] = pre[k];
      weight[kept++] = next;
    }
    pre.resize(kept);
    weight.resize(kept);
  }
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

std::vector<double> noise(const State& state, double sigma) {
  auto numbers = gaussian(state.seed, kernels::Stream::noise_excitatory, state.step, state.ne());
  const auto inhibitory = gaussian(state.seed, kernels::Stream::noise_inhibitory, state.step, state.ni());
  numbers.insert(numbers.end(), inhibitory.begin(), inhibitory.end());
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
  return SynapseMatrix::from_columns(columns, n_pre, pre.size(), plasticity);
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
Partners incoming(std::uint64_t seed, Stream degree_stream, Stream partner_stream, std::size_t n_pre,
                  std::size_t n_post, double mean, bool skip_self) {
  const std::size_t candidates = skip_self ? n_pre - 1 : n_pre;
  const auto degree = degrees(seed, degree_stream, n_post, mean, candidates);
  Partners partners(n_post);
  for (std::size_t i = 0; i < n_post; ++i) {
    for (const std::uint32_t j : distinct(seed, partner_stream, i, candidates, degree[i])) {
      partners[i].insert(skip_self && j >= i ? j + 1 : j);
    }
  }
  return partners;
}

/// Each presynaptic unit draws the units that it projects to. A unit that none of them drew draws two partners itself.
Partners outgoing(std::uint64_t seed, std::size_t n_pre, std::size_t n_post, double mean) {
  const auto degree = degrees(seed, Stream::wei_degree, n_pre, mean, n_post);
  Partners partners(n_post);
  for (std::size_t k = 0; k < n_pre; ++k) {
    for (const std::uint32_t i : distinct(seed, Stream::wei_partner, k, n_post, degree[k])) {
      partners[i].insert(static_cast<std::uint32_t>(k));
    }
  }
  for (std::size_t i = 0; i < n_post; ++i) {
    if (partners[i].empty()) {
      partners[i] = distinct(seed, Stream::wei_orphan, i, n_pre, std::min<std::size_t>(2, n_pre));
    }
  }
  return partners;
}

SynapseMatrix weighted(const Recipe& recipe, std::uint64_t seed, Stream stream, const Partners& partners,
                       std::size_t n_pre, Plasticity plasticity) {
  Synapses synapses;
  synapses.n_pre = n_pre;
  for (std::size_t i = 0; i < partners.size(); ++i) {
    auto& weight = synapses.weight.emplace_back();
    for (std::size_t k = 0; k < partners[i].size(); ++k) {
      const auto word = kernels::random_word(seed, stream, i, static_cast<std::uint32_t>(k));
      weight.push_back(recipe.highest_weight * kernels::uniform(word));
    }
    synapses.pre.emplace_back(partners[i].begin(), partners[i].end());
  }
  scale(synapses);
  return synapses.matrix(plasticity);
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

std::vector<std::uint8_t> active(std::uint64_t seed, Stream stream, std::size_t count, double probability) {
  std::vector<std::uint8_t> values;
  for (const double u : uniform(seed, stream, count, 0.0, 1.0)) values.push_back(u < probability ? 1 : 0);
  return values;
}

}  // namespace

State build(const Parameters& p, const Recipe& recipe, std::uint64_t seed) {
  const std::size_t ne = p.ne;
  const std::size_t ni = p.inhibitory_count();
  const Partners ee = p.network_type_ee == Connectivity::dense
                          ? all_pairs(ne, ne, true)
                          : incoming(seed, Stream::wee_degree, Stream::wee_partner, ne, ne, p.lambda_ee, true);
  const Partners ei =
      p.network_type_ei == Connectivity::dense ? all_pairs(ni, ne, false) : outgoing(seed, ni, ne, p.lambda_ei);
  const Partners ie = p.network_type_ie == Connectivity::dense
                          ? all_pairs(ne, ni, false)
                          : incoming(seed, Stream::wie_degree, Stream::wie_partner, ne, ni,
                                     p.lambda_ie / 100.0 * static_cast<double>(ne), false);
  State state;
  state.wee = weighted(recipe, seed, Stream::wee_weight, ee, ne, Plasticity::plastic);
  state.wei = weighted(recipe, seed, Stream::wei_weight, ei, ni, Plasticity::plastic);
  state.wie = weighted(recipe, seed, Stream::wie_weight, ie, ne, Plasticity::fixed);
  state.te = uniform(seed, Stream::threshold_excitatory, ne, p.te_min, p.te_max);
  state.ti = uniform(seed, Stream::threshold_inhibitory, ni, p.ti_min, p.ti_max);
  state.x_previous.assign(ne, 0);
  state.x = active(seed, Stream::activity_excitatory, ne, recipe.active_excitatory);
  state.y_previous.assign(ni, 0);
  state.y = active(seed, Stream::activity_inhibitory, ni, recipe.active_inhibitory);
  state.seed = seed;
  return state;
}

PlainNetwork::PlainNetwork(const Parameters& parameters, const State& state)
    : PlainNetwork(parameters, variant(parameters.variant), state) {}

PlainNetwork::PlainNetwork(const Parameters& parameters, const Variant& variant, const State& state)
    : p_(parameters),
      variant_(variant),
      last_(state),
      wee_(*state.wee),
      wei_(*state.wei),
      wie_(*state.wie),
      recurrent_(state.ne(), 0) {}

void PlainNetwork::step(std::span<const double> u, std::span<const double> noise, Phase phase, RuleSet freeze) {
  State& s = last_;
  const std::size_t ne = s.ne();
  const std::size_t ni = s.ni();
  const auto xi = [&](std::size_t unit) { return noise.empty() ? 0.0 : noise[unit]; };
  std::vector<std::uint8_t> x(ne);
  std::vector<std::uint8_t> y(ni);
  std::vector<std::uint8_t> known = s.x;  // the excitatory activity that all units know

  const auto act = [&](Act what) {
    switch (what) {
      case Act::fire_excitatory: {
        const auto e = drive(wee_, s.x);
        const auto h = drive(wei_, s.y);
        for (std::size_t i = 0; i < ne; ++i) {
          const double input = i < u.size() ? u[i] : 0.0;
          recurrent_[i] = ((e[i] - h[i]) + xi(i)) - s.te[i] > 0.0 ? 1 : 0;
          x[i] = (((e[i] - h[i]) + xi(i)) + input) - s.te[i] > 0.0 ? 1 : 0;
        }
        break;
      }
      case Act::fire_inhibitory: {
        const auto d = drive(wie_, known);
        for (std::size_t k = 0; k < ni; ++k) y[k] = (d[k] + xi(ne + k)) - s.ti[k] > 0.0 ? 1 : 0;
        break;
      }
      case Act::share: known = x; break;
    }
  };
  const std::map<std::string_view, std::function<void()>> rules{
      {"stdp",
       [&] {
         learn(wee_, [&](std::size_t j, std::size_t i) { return p_.eta_stdp * (x[i] * s.x[j] - s.x[i] * x[j]); });
       }},
      {"ip",
       [&] {
         for (std::size_t i = 0; i < ne; ++i) {
           const double t = s.te[i] + p_.eta_ip * (x[i] - target_rate(p_, variant_.recipe));
           s.te[i] = std::min(std::max(t, p_.te_min), p_.te_max);
         }
       }},
      {"sp", [&] { structural_plasticity(); }},
      {"istdp",
       [&] {
         learn(wei_, [&](std::size_t k, std::size_t i) {
           return -p_.eta_inhib * s.y[k] * (1.0 - x[i] * (1.0 + 1.0 / p_.mu_ip));
         });
       }},
      {"ss",
       [&] {
         scale(wee_);
         scale(wei_);
       }},
  };
  for (const Stage& stage : variant_.stages) {
    if (const auto* what = std::get_if<Act>(&stage)) act(*what);
    const auto* rule = std::get_if<Rule>(&stage);
    if (rule != nullptr && phase == Phase::plasticity && !freeze.contains(*rule)) rules.at(name(*rule))();
  }

  s.x_previous = std::exchange(s.x, x);
  s.y_previous = std::exchange(s.y, y);
  ++s.step;
}

void PlainNetwork::structural_plasticity() {
  const auto words = kernels::random_block(last_.seed, kernels::Stream::structural, last_.step, 0);
  const auto word64 = [&](std::size_t k) { return words[k] | static_cast<std::uint64_t>(words[k + 1]) << 32U; };
  if (kernels::uniform(word64(0)) >= p_.sp_probability) return;
  const std::size_t n = wee_.n_pre;
  const std::uint64_t absent = n * (n - 1) - wee_.count();
  if (absent == 0) return;
  std::uint64_t rank = kernels::below(absent, word64(2));
  std::size_t post = 0;
  while (rank >= n - 1 - wee_.pre[post].size()) rank -= n - 1 - wee_.pre[post++].size();
  auto& pre = wee_.pre[post];
  for (std::size_t j = 0; j < n; ++j) {
    if (j == post || std::binary_search(pre.begin(), pre.end(), j)) continue;
    if (rank-- > 0) continue;
    const auto place = std::lower_bound(pre.begin(), pre.end(), j);
    wee_.weight[post].insert(wee_.weight[post].begin() + (place - pre.begin()), p_.sp_weight);
    pre.insert(place, static_cast<std::uint32_t>(j));
    return;
  }
}

void PlainNetwork::step(std::span<const double> u, double sigma) { step(u, noise(last_, sigma)); }

State PlainNetwork::state() const {
  State state = last_;
  state.wee = wee_.matrix(Plasticity::plastic);
  state.wei = wei_.matrix(Plasticity::plastic);
  return state;
}

}  // namespace sorn::plain

// The switches of a variant that take one of a few named values. Other switches are numbers (parameters.hpp).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sorn {

/// The published networks. A Variant describes each.
enum class VariantName : std::uint8_t {
  nambusubramaniyan2021,  ///< the default
  lazar2009,
  zheng2013,
  hartmann2015,
  delpapa2017,
  sorn_v2,
  sorn_v2_tasks,
  rmsorn,
  xing2019,
  rmsorn_pypi,
};

/// How a population is wired when a network is built (docs/model.md, "Building a network").
enum class Connectivity : std::uint8_t {
  sparse,     ///< a random subset, of a size drawn around lambda
  dense,      ///< all pairs (for excitatory → excitatory, all but the diagonal)
  binomial,   ///< incoming synapses: a number drawn from a binomial distribution, without 0, minus 1, at least 1
  bernoulli,  ///< each pair with the same probability; a unit without input draws again
};

/// The unit of lambda_ee and lambda_ei.
enum class LambdaUnit : std::uint8_t { synapses, percent };

/// The excitatory activity that drives the inhibitory units.
enum class Inhibition : std::uint8_t {
  slow,  ///< x, of the previous step
  fast,  ///< x', of the same step
};

/// When a unit fires.
enum class Comparison : std::uint8_t {
  greater,   ///< its drive minus its threshold is above 0
  at_least,  ///< its drive minus its threshold is 0 or more
};

/// When the threshold is subtracted. The results differ in their last bits.
enum class ThresholdPlace : std::uint8_t {
  last,   ///< ((recurrent drive + noise) + input) − threshold
  first,  ///< ((recurrent drive − threshold) + noise) + input
};

/// The distribution of the noise that is added to the drive.
enum class NoiseKind : std::uint8_t {
  gaussian,  ///< mean 0, standard deviation σ
  uniform,   ///< between 0 and σ
};

/// Whether the synapses of W_EI can change.
enum class WeiPlasticity : std::uint8_t {
  plastic,
  fixed,  ///< "static" in texts
};

/// How the probability of structural plasticity depends on the number of units.
enum class SpScaling : std::uint8_t {
  network,  ///< sp_probability for the whole network
  pairs,    ///< sp_probability · ne·(ne − 1)/(200·199), at most 1: the same for each pair of units
};

/// The thresholds of a new network.
enum class ThresholdStart : std::uint8_t {
  uniform,  ///< drawn from the range
  grid,     ///< evenly spaced in the range: shuffled for excitatory units, ascending for inhibitory ones
};

/// The probability that an excitatory unit is active before the first step.
enum class ActivityStart : std::uint8_t {
  probability,  ///< active_excitatory
  target_rate,  ///< the target rate of the unit
};

/// Which output units fire.
enum class OutputKind : std::uint8_t {
  winner,     ///< the one with the largest drive minus threshold; of equal ones, the first
  winners,    ///< all with the largest drive minus threshold
  threshold,  ///< those whose drive minus threshold the `comparison` accepts
};

/// How the reward changes STDP of W_EE.
enum class RecurrentLearning : std::uint8_t {
  on,      ///< it does not
  reward,  ///< the modulation is a factor of its rate
  off,     ///< there is no STDP
};

/// The activity that STDP of W_OE takes for that of the output unit.
enum class OutputLearning : std::uint8_t {
  output,  ///< that of the output unit
  unit_0,  ///< that of excitatory unit 0: a slip of the program rmsorn
};

enum class Toggle : std::uint8_t { off, on };

namespace detail {
template <class Enum>
struct Names;
template <>
struct Names<VariantName> {
  static constexpr std::array<std::string_view, 10> names{
      "nambusubramaniyan2021", "lazar2009", "zheng2013", "hartmann2015", "delpapa2017", "sorn_v2",
      "sorn_v2_tasks",         "rmsorn",    "xing2019",  "rmsorn_pypi"};
};
template <>
struct Names<Connectivity> {
  static constexpr std::array<std::string_view, 4> names{"Sparse", "Dense", "Binomial", "Bernoulli"};
};
template <>
struct Names<LambdaUnit> {
  static constexpr std::array<std::string_view, 2> names{"synapses", "percent"};
};
template <>
struct Names<Inhibition> {
  static constexpr std::array<std::string_view, 2> names{"slow", "fast"};
};
template <>
struct Names<Comparison> {
  static constexpr std::array<std::string_view, 2> names{"greater", "at_least"};
};
template <>
struct Names<ThresholdPlace> {
  static constexpr std::array<std::string_view, 2> names{"last", "first"};
};
template <>
struct Names<NoiseKind> {
  static constexpr std::array<std::string_view, 2> names{"gaussian", "uniform"};
};
template <>
struct Names<WeiPlasticity> {
  static constexpr std::array<std::string_view, 2> names{"plastic", "static"};
};
template <>
struct Names<SpScaling> {
  static constexpr std::array<std::string_view, 2> names{"network", "pairs"};
};
template <>
struct Names<ThresholdStart> {
  static constexpr std::array<std::string_view, 2> names{"uniform", "grid"};
};
template <>
struct Names<ActivityStart> {
  static constexpr std::array<std::string_view, 2> names{"probability", "target_rate"};
};
template <>
struct Names<OutputKind> {
  static constexpr std::array<std::string_view, 3> names{"winner", "winners", "threshold"};
};
template <>
struct Names<RecurrentLearning> {
  static constexpr std::array<std::string_view, 3> names{"on", "reward", "off"};
};
template <>
struct Names<OutputLearning> {
  static constexpr std::array<std::string_view, 2> names{"output", "unit_0"};
};
template <>
struct Names<Toggle> {
  static constexpr std::array<std::string_view, 2> names{"off", "on"};
};
}  // namespace detail

/// The names of all values of a switch, in their order.
template <class Switch>
inline constexpr auto switch_names = detail::Names<Switch>::names;

/// The name of a value, as texts, files and Python use it.
template <class Switch>
requires requires { detail::Names<Switch>::names; }
constexpr std::string_view name(Switch value) noexcept { return switch_names<Switch>[static_cast<std::size_t>(value)]; }

}  // namespace sorn

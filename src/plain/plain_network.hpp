// A plain implementation of the model: every step visits every synapse of every unit, one after the other, adds up
// every column, divides every weight and draws every random number. The engine must give the same bits, and its speed
// is measured against this. Not part of the library.
#pragma once

#include "kernels/random.hpp"

#include <sorn/network.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace sorn::plain {

/// Standard normal numbers, one pair at a time: the arithmetic of kernels::fill_gaussian() in plain C++.
std::vector<double> gaussian(std::uint64_t seed, kernels::Stream stream, std::uint64_t step, std::size_t count);

/// The noise of the next step of a state, of this kind and with this σ: ne + ni values.
std::vector<double> noise(const State& state, NoiseKind kind, double sigma);

/// Incoming synapses, column by column, each in ascending presynaptic index.
struct Synapses {
  std::size_t n_pre = 0;
  std::vector<std::vector<std::uint32_t>> pre;
  std::vector<std::vector<double>> weight;

  Synapses() = default;
  explicit Synapses(const SynapseMatrix& matrix);
  SynapseMatrix matrix(Plasticity plasticity) const;
  std::size_t count() const;
};

/// A new network.
State build(const Parameters& parameters, std::uint64_t seed);

/// A network of any variant.
class PlainNetwork {
public:
  PlainNetwork(const Parameters& parameters, const State& state);

  /// What a step is given.
  struct Given {
    Phase phase = Phase::plasticity;
    RuleSet freeze{};
    /// The pairs that structural plasticity joins in this step, instead of its own choice.
    std::optional<std::vector<ChosenPair>> new_pairs{};
    std::optional<double> reward{};
  };

  /// One step with the input `u` (up to ne values) and given noise (ne + ni values, or empty for none).
  void step(std::span<const double> u, std::span<const double> noise, const Given& given);
  void step(std::span<const double> u, std::span<const double> noise) { step(u, noise, Given()); }

  /// One step with the noise that the engine draws, of this σ.
  void step(std::span<const double> u, double sigma);

  State state() const;
  /// The state without the weights, which are those at the beginning.
  const State& activity() const { return last_; }
  /// R of the last step: what the activity would have been without the input.
  const std::vector<std::uint8_t>& recurrent() const { return recurrent_; }
  /// m of the last step: its reward minus the baseline.
  double modulation() const { return modulation_; }
  std::size_t ee_count() const { return wee_.count(); }
  std::size_t ei_count() const { return wei_.count(); }

private:
  void stdp(std::span<const std::uint8_t> x);
  void inhibitory_stdp(std::span<const std::uint8_t> x);
  std::vector<std::uint8_t> outputs(std::span<const std::uint8_t> z) const;
  void modulate(const Given& given);
  void output_stdp(std::span<const std::uint8_t> x, std::span<const std::uint8_t> z, std::span<const std::uint8_t> o);
  void structural_plasticity(const Given& given);
  ChosenPair absent_pair(std::uint64_t rank) const;
  void connect(const ChosenPair& pair);

  Parameters p_;
  State last_;  // activity, thresholds, queue, seed and step; its weights are the initial ones
  Synapses wee_, wei_, wie_;
  std::vector<std::uint8_t> recurrent_;
  double modulation_ = 0.0;
};

}  // namespace sorn::plain

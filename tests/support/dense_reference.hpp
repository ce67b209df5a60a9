// An independent reading of the model on dense matrices: slow, plain, and the oracle of the engine.
#pragma once

#include <sorn/network.hpp>

#include <cstdint>
#include <vector>

namespace sorn::test {

/// The network as the model writes it, with every matrix dense, [pre][post].
class DenseReference {
public:
  DenseReference(const Parameters& parameters, const State& state);

  /// One step with given noise (ne + ni values, or empty for none) and input (nu values, or empty).
  void step(const std::vector<double>& u, const std::vector<double>& noise, Phase phase, RuleSet freeze);

  /// What the engine's state should be now.
  State state() const;
  std::size_t ee_count() const;
  std::size_t ei_count() const;
  const std::vector<std::uint8_t>& recurrent() const { return recurrent_; }

private:
  using Matrix = std::vector<std::vector<double>>;

  static std::vector<double> drive(const Matrix& w, const std::vector<std::uint8_t>& activity);
  static void clip(Matrix& w);
  static void scale(Matrix& w);
  void structural_plasticity();

  Parameters p_;
  State from_;
  Matrix wee_, wei_, wie_;
  std::vector<double> te_, ti_;
  std::vector<std::uint8_t> x_previous_, x_, y_previous_, y_, recurrent_;
  std::uint64_t step_;
};

}  // namespace sorn::test

// A file keeps every state bit for bit.
#include "helpers/any_parameters.hpp"
#include "helpers/temporary_folder.hpp"

#include <sorn/io.hpp>
#include <sorn/sorn.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <cstring>

namespace sorn {
namespace {

/// Any weight or threshold that a state may hold: all bit patterns from the smallest denormal up to 10⁶.
double any_weight() {
  const auto bits = *rc::gen::arbitrary<std::uint64_t>();
  double value = 0.0;
  std::memcpy(&value, &bits, sizeof value);
  value = std::abs(value);
  return value <= 1e6 ? value : 0.5;  // half of all patterns are larger or NaN
}

std::vector<std::uint8_t> any_activity(std::size_t units) {
  return *rc::gen::container<std::vector<std::uint8_t>>(units, rc::gen::inRange<std::uint8_t>(0, 2));
}

SynapseMatrix any_matrix(std::size_t n_pre, std::size_t n_post, bool zero_diagonal, Plasticity plasticity) {
  std::vector<double> dense(n_pre * n_post, 0.0);
  for (std::size_t k = 0; k < dense.size(); ++k) {
    if (zero_diagonal && k / n_post == k % n_post) continue;
    if (*rc::gen::inRange(0, 3) == 0) dense[k] = any_weight();
  }
  return SynapseMatrix::from_dense(dense, n_pre, n_post, plasticity);
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

RC_GTEST_PROP(ResultFileProperty, KeepsEveryState, ()) {
  const auto ne = *rc::gen::inRange<std::size_t>(2, 13);
  const auto ni = *rc::gen::inRange<std::size_t>(1, 5);
  Result written;
  written.parameters.ne = ne;
  written.parameters.ni = ni;
  written.parameters.nu = *rc::gen::inRange<std::size_t>(1, ne + 1);
  written.parameters.eta_ip = *rc::gen::map(rc::gen::inRange(0, 1000000), [](int n) { return n / 1e6; });
  State& state = written.state;
  for (std::size_t i = 0; i < ne; ++i) state.te.push_back(*rc::gen::element(1.0, -1.0) * any_weight());
  for (std::size_t i = 0; i < ni; ++i) state.ti.push_back(any_weight());
  state.x = any_activity(ne);
  state.x_previous = any_activity(ne);
  state.y = any_activity(ni);
  state.y_previous = any_activity(ni);
  state.wee = any_matrix(ne, ne, true, Plasticity::plastic);
  state.wei = any_matrix(ni, ne, false, Plasticity::plastic);
  state.wie = any_matrix(ne, ni, false, Plasticity::fixed);
  state.seed = *rc::gen::arbitrary<std::uint64_t>();
  state.step = *rc::gen::arbitrary<std::uint64_t>() & last_step;
  for (const Rule rule : all_rules) {
    if (*rc::gen::arbitrary<bool>()) written.run.freeze.insert(rule);
  }
  Recording recording;
  recording.request = {Quantity::te, *rc::gen::inRange<std::uint64_t>(1, 1000)};
  recording.row_shape = {ne};
  recording.rows = *rc::gen::inRange<std::size_t>(0, 20);
  std::vector<double> values(recording.rows * ne);
  for (double& value : values) value = any_weight();
  recording.values = values;
  written.recordings = {recording};

  static const test::TemporaryFolder folder;
  save_result(folder / "any.h5", written, Existing::replace);
  const Result read = load_result(folder / "any.h5");
  RC_ASSERT(read.state == written.state);
  RC_ASSERT(same_bits(read.state.te, written.state.te));
  RC_ASSERT(read.parameters == written.parameters);
  RC_ASSERT(read.recordings == written.recordings);
  RC_ASSERT(read.run == written.run);
}

RC_GTEST_PROP(ResultFileProperty, ContinuesARunFromAnyStep, ()) {
  const auto steps = *rc::gen::inRange<std::size_t>(2, 60);
  const auto cut = *rc::gen::inRange<std::size_t>(0, steps + 1);
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  Parameters parameters = test::any_parameters();
  parameters.sigma_ip = *rc::gen::element(0.0, 0.01);
  Network whole(parameters, seed);
  whole.run(steps);
  Network first(parameters, seed);
  first.run(cut);
  static const test::TemporaryFolder folder;
  save_result(folder / "cut.h5",
              {.parameters = parameters, .state = first.state(), .recordings = {}, .run = {}, .program_version = {}},
              Existing::replace);
  const Result loaded = load_result(folder / "cut.h5");
  Network second(loaded.parameters, loaded.state);
  second.run(steps - cut);
  RC_ASSERT(second.state() == whole.state());
}

}  // namespace
}  // namespace sorn

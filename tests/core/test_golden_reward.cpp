// Trajectories of programs that learn from reward: the engine and the plain network give every spike, action,
// modulation and threshold of them. Their weights agree within the rounding of sums, which these programs add up in
// another order. Each .npz in tests/golden/variants with an output layer is a test.
#include "helpers/golden_files.hpp"
#include "helpers/npz.hpp"
#include "plain/plain_network.hpp"

#include <sorn/sorn.hpp>
#include <sorn/variant.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

namespace sorn {
namespace {

using nlohmann::json;

constexpr double rounding = 1e-12;  // of sums in another order

std::vector<std::uint8_t> bytes_of(const std::vector<double>& numbers) {
  std::vector<std::uint8_t> bytes(numbers.size());
  std::transform(numbers.begin(), numbers.end(), bytes.begin(), [](double n) { return static_cast<std::uint8_t>(n); });
  return bytes;
}

/// The largest mean over windows of all rewards so far: the baseline of the package rmsorn.
double largest_mean(const std::vector<double>& rewards, const std::vector<std::size_t>& windows) {
  double largest = -std::numeric_limits<double>::infinity();
  std::vector<double> sums{0.0};
  std::partial_sum(rewards.begin(), rewards.end(), std::back_inserter(sums));
  for (const std::size_t window : windows) {
    if (window > rewards.size()) continue;
    double total = 0.0;
    for (std::size_t i = 0; i + window < sums.size(); ++i) {
      total += (sums[i + window] - sums[i]) / static_cast<double>(window);
    }
    largest = std::max(largest, total / static_cast<double>(rewards.size() - window + 1));
  }
  return largest;
}

/// A trajectory: the network at its beginning, what it was given, and what it must give.
class RewardTrajectory {
public:
  explicit RewardTrajectory(const std::filesystem::path& path)
      : arrays_(test::read_npz(path)), meta_(json::parse(arrays_.at("meta").text())) {
    is_package_ = meta_.contains("package");
    steps = meta_.at("T").get<std::size_t>();
    is_package_ ? read_package() : read_program();
    read_state();
  }

  std::vector<double> numbers(const char* key) const { return arrays_.at(key).numbers(); }

  /// The reward that the network is given in a step.
  double reward(std::size_t t) const {
    const auto rewards = numbers("rewards");
    if (!is_package_) return rewards[t];
    const auto windows = meta_.at("windows").get<std::vector<std::size_t>>();
    return rewards[t] - largest_mean({rewards.begin(), rewards.begin() + static_cast<std::ptrdiff_t>(t) + 1}, windows);
  }

  InputView inputs() const { return InputView::feature_major(inputs_, parameters.nu); }

  void expect_step(std::size_t t, const State& state, double modulation) const {
    expect_row("E", t, state.x);
    expect_row("I", t, state.y);
    expect_row("O", t, state.output.o);
    EXPECT_NEAR(modulation, numbers("m")[t], rounding) << t;
  }

  void expect_counts(std::size_t t, std::size_t synapses, std::span<const std::uint8_t> recurrent) const {
    if (!is_package_) return;
    EXPECT_EQ(static_cast<double>(synapses), numbers("C")[t]) << t;
    expect_row("R", t, recurrent);
  }

  void expect_final(const State& state) const {
    EXPECT_EQ(state.te, numbers("final_Te"));
    expect_matrix(*state.wee, "final_Wee");
    expect_matrix(*state.wei, "final_Wei");
    expect_matrix(*state.wie, "final_Wie");
    const auto woe = numbers("final_Woe");
    for (std::size_t k = 0; k < woe.size(); ++k) ASSERT_NEAR(state.output.woe[k], woe[k], rounding) << k;
    EXPECT_EQ(state.output.to, numbers(is_package_ ? "init_To" : "final_To"));
  }

  Parameters parameters;
  State initial;
  std::size_t steps = 0;

private:
  void read_sizes() {
    parameters.ne = meta_.at("ne").get<std::size_t>();
    parameters.ni = meta_.at("ni").get<std::size_t>();
  }

  void read_package() {
    parameters = parameters_of(VariantName::rmsorn_pypi);
    read_sizes();
    parameters.nu = meta_.at("nu").get<std::size_t>();
    parameters.eta_stdp = parameters.eta_oe = meta_.at("eta_stdp").get<double>();
    parameters.eta_ip = meta_.at("eta_ip").get<double>();
  }

  void read_program() {
    const auto number = [&](const char* key) { return meta_.at(key).get<double>(); };
    ASSERT_EQ(number("f_ee"), 1.0);
    ASSERT_EQ(number("f_oe"), 0.0);
    parameters = parameters_of(VariantName::xing2019);
    read_sizes();
    parameters.nu = parameters.ne;
    parameters.no = meta_.at("no").get<std::size_t>();
    parameters.inhibition = meta_.at("fast_inhibit").get<bool>() ? Inhibition::fast : Inhibition::slow;
    parameters.eta_stdp = number("eta_stdp_ee");
    parameters.eta_oe = number("eta_stdp_oe");
    parameters.eta_ip = number("eta_ip_e");
    parameters.eta_ip_o = number("eta_ip_o");
    parameters.h_ip = number("h_ip_e");
    parameters.reward_window = meta_.at("window").get<std::size_t>();
    parameters.recurrent = meta_.at("recurrent_reward").get<bool>() ? RecurrentLearning::reward : RecurrentLearning::on;
    parameters.sp_probability = 0.0;  // off in these files
    const json& rates = meta_.at("h_ip_o");
    initial.output.h_o =
        rates.is_array() ? rates.get<std::vector<double>>() : std::vector<double>(parameters.no, rates.get<double>());
  }

  void read_state() {
    const std::size_t ne = parameters.ne;
    const std::size_t ni = parameters.inhibitory_count();
    initial.wee = SynapseMatrix::from_dense(numbers("init_Wee"), ne, ne, Plasticity::plastic);
    initial.wei = SynapseMatrix::from_dense(numbers("init_Wei"), ni, ne, Plasticity::plastic);
    initial.wie = SynapseMatrix::from_dense(numbers("init_Wie"), ne, ni, Plasticity::fixed);
    initial.te = numbers("init_Te");
    initial.ti = numbers("init_Ti");
    initial.x_previous.assign(ne, 0);
    initial.y_previous.assign(ni, 0);
    initial.x = is_package_ ? second_column("init_X") : bytes_of(numbers("init_x"));
    initial.y = is_package_ ? second_column("init_Y") : bytes_of(numbers("init_y"));
    initial.output.o = is_package_ ? second_column("init_O") : bytes_of(numbers("init_o"));
    initial.output.woe = numbers("init_Woe");
    initial.output.to = numbers("init_To");
    inputs_ = numbers("inputs");
  }

  std::vector<std::uint8_t> second_column(const char* key) const {
    const auto both = numbers(key);
    std::vector<double> column;
    for (std::size_t k = 1; k < both.size(); k += 2) column.push_back(both[k]);
    return bytes_of(column);
  }

  void expect_row(const char* key, std::size_t t, std::span<const std::uint8_t> found) const {
    const auto all = numbers(key);
    const auto* const row = all.data() + t * found.size();
    EXPECT_TRUE(std::equal(found.begin(), found.end(), row)) << key << " in step " << t;
  }

  void expect_matrix(const SynapseMatrix& matrix, const char* key) const {
    const auto expected = numbers(key);
    std::vector<double> found(expected.size());
    matrix.to_dense(found);
    for (std::size_t k = 0; k < found.size(); ++k) {
      ASSERT_NEAR(found[k], expected[k], rounding) << key << " " << k;
      ASSERT_EQ(found[k] > 0.0, expected[k] > 0.0) << key << " " << k;
    }
  }

  std::map<std::string, test::NpzArray> arrays_;
  json meta_;
  bool is_package_ = false;
  std::vector<double> inputs_;
};

class FollowRewards final : public Observer {
public:
  explicit FollowRewards(const RewardTrajectory& trajectory) : trajectory_(trajectory) {}
  Outcome on_step(const StepView& view) override {
    trajectory_.expect_step(view.step, view.state, view.modulation);
    trajectory_.expect_counts(view.step, view.ee_count, view.recurrent);
    return Outcome::go_on;
  }

private:
  const RewardTrajectory& trajectory_;
};

class GoldenReward : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(GoldenReward, IsReproducedByTheEngine) {
  const RewardTrajectory trajectory(GetParam());
  std::vector<double> rewards(trajectory.steps);
  for (std::size_t t = 0; t < rewards.size(); ++t) rewards[t] = trajectory.reward(t);
  for (const std::size_t threads : {1U, 3U}) {
    Network network(trajectory.parameters, trajectory.initial);
    FollowRewards follow(trajectory);
    const RunOptions options{.inputs = trajectory.inputs(),
                             .threads = threads,
                             .signals = {{.name = "reward", .values = Signal::Values(rewards)}}};
    EXPECT_EQ(network.run(trajectory.steps, options, {&follow}), trajectory.steps);
    trajectory.expect_final(network.state());
  }
}

TEST_P(GoldenReward, IsReproducedByHalvesOfSteps) {
  const RewardTrajectory trajectory(GetParam());
  Network network(trajectory.parameters, trajectory.initial);
  const InputView inputs = trajectory.inputs();
  for (std::size_t t = 0; t < trajectory.steps; ++t) {
    std::vector<double> u(inputs.features);
    for (std::size_t f = 0; f < u.size(); ++f) u[f] = inputs(f, t);
    const auto o = network.act(u);
    const std::vector<std::uint8_t> answer(o.begin(), o.end());
    Network other(trajectory.parameters, network.state());  // goes on between the halves
    network = other;
    network.learn(trajectory.reward(t));
    EXPECT_EQ(network.state().output.o, answer);
    trajectory.expect_step(t, network.state(), trajectory.numbers("m")[t]);
  }
  trajectory.expect_final(network.state());
}

TEST_P(GoldenReward, IsReproducedByThePlainNetwork) {
  const RewardTrajectory trajectory(GetParam());
  plain::PlainNetwork network(trajectory.parameters, trajectory.initial);
  const InputView inputs = trajectory.inputs();
  for (std::size_t t = 0; t < trajectory.steps; ++t) {
    std::vector<double> u(inputs.features);
    for (std::size_t f = 0; f < u.size(); ++f) u[f] = inputs(f, t);
    const std::size_t synapses = network.ee_count();
    network.step(u, {}, {.reward = trajectory.reward(t)});
    trajectory.expect_step(t, network.activity(), network.modulation());
    trajectory.expect_counts(t, synapses, network.recurrent());
  }
  trajectory.expect_final(network.state());
}

INSTANTIATE_TEST_SUITE_P(Files, GoldenReward, testing::ValuesIn(test::golden_variants(true)),
                         [](const auto& test) { return test.param.stem().string(); });

}  // namespace
}  // namespace sorn

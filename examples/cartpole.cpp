// A policy that sees only the spikes of a self-organizing network balances a pole on a cart: the closed loop of
// examples/cartpole.py (encoder, network, readout, learning) without Python.
//
//   cartpole [SEED [EPISODES]]                                    learns; the defaults are 1 and 1000
//   cartpole trajectory X VELOCITY ANGLE ANGULAR_VELOCITY PUSHES  the cart alone, under pushes such as RLLR
#include <sorn/sorn.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iomanip>
#include <iostream>
#include <numbers>
#include <numeric>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace {

constexpr std::size_t ne = 128;          // excitatory units, all of them read by the policy
constexpr std::size_t per_variable = 8;  // input units for each variable of the cart; makes nu = ne/4 and H_IP = 1/2
constexpr std::size_t plasticity_episodes = 20;
constexpr std::size_t longest_episode = 500;
constexpr double gamma_discount = 0.99;
constexpr double step_size = 0.005;  // of the policy
constexpr double value_step = 0.25;  // of the baseline

// --- the cart ---------------------------------------------------------------------------------------------------

// The equations of Barto, Sutton & Anderson 1983 (doi 10.1109/TSMC.1983.6313077) without friction, with Euler's method,
// as in CartPole-v1 of Gymnasium. Units: metres, seconds, radians. The angle is measured from the upright position.
struct Cart {
  std::array<double, 4> state{};  // position, velocity, angle, angular velocity

  void push(bool right) {
    constexpr double gravity = 9.8, cart_mass = 1.0, pole_mass = 0.1, half_length = 0.5, force = 10.0, tau = 0.02;
    constexpr double mass = cart_mass + pole_mass;
    auto& [x, velocity, angle, spin] = state;
    const double sine = std::sin(angle);
    const double cosine = std::cos(angle);
    const double thrust = ((right ? force : -force) + pole_mass * half_length * spin * spin * sine) / mass;
    const double angular_acceleration =
        (gravity * sine - cosine * thrust) / (half_length * (4.0 / 3.0 - pole_mass * cosine * cosine / mass));
    const double acceleration = thrust - pole_mass * half_length * angular_acceleration * cosine / mass;
    x += tau * velocity;
    velocity += tau * acceleration;
    angle += tau * spin;
    spin += tau * angular_acceleration;
  }

  bool fell() const {
    constexpr double track = 2.4;
    constexpr double steepest = 12.0 * std::numbers::pi / 180.0;
    return std::abs(state[0]) > track || std::abs(state[2]) > steepest;
  }
};

// --- what the policy sees ---------------------------------------------------------------------------------------

// Population code. The preferred values of a variable's units are spread evenly over ±span. "On" units are driven the
// more the further the variable is above their preferred value, "off" units (every second one) the further it is
// below. At the preferred value the drive is 0.5, the middle of the range of the thresholds.
std::array<double, 4 * per_variable> encode(const Cart& cart) {
  constexpr std::array span{1.5, 1.5, 0.12, 1.5};  // m, m/s, rad, rad/s
  constexpr double gain = 4.0;                     // drive per span
  std::array<double, 4 * per_variable> drive{};
  for (std::size_t unit = 0; unit < drive.size(); ++unit) {
    const std::size_t variable = unit / per_variable;
    const double preferred = -1.0 + 2.0 * static_cast<double>(unit % per_variable) / (per_variable - 1);
    const double sign = unit % 2 == 0 ? 1.0 : -1.0;
    drive[unit] = 0.5 + gain * sign * (cart.state[variable] / span[variable] - preferred);
  }
  return drive;
}

// --- how it learns ----------------------------------------------------------------------------------------------

using Spikes = std::vector<std::uint8_t>;

// The steps of one episode.
struct Episode {
  std::vector<Spikes> spikes;
  std::vector<std::size_t> actions;
  bool fell = false;
};

// A softmax policy over the actions 0 (left) and 1 (right) and, as its baseline, a value; both linear in the spikes.
class Readout {
public:
  double probability_of_right(const Spikes& spikes) const {
    return 1.0 / (1.0 + std::exp(sum(weights_[0], spikes) - sum(weights_[1], spikes)));
  }

  // REINFORCE with a learned baseline; every step is rewarded with 1.
  void learn(const Episode& episode) {
    Columns gradient{};
    Column value_change{};
    double spike_count = 0.0;
    // If only the clock ended it, the pole stood: the value of the last step stands for all that would have come.
    double following = episode.fell ? 0.0 : sum(value_, episode.spikes.back());
    for (std::size_t t = episode.actions.size(); t-- > 0;) {
      const Spikes& spikes = episode.spikes[t];
      following = 1.0 + gamma_discount * following;  // the discounted return of this step
      const double advantage = following - sum(value_, spikes);
      const double right = probability_of_right(spikes);
      const double dlog_right = (episode.actions[t] == 1 ? 1.0 : 0.0) - right;  // d log π / d z[1] = -d log π / d z[0]
      for (std::size_t i = 0; i < ne; ++i) {
        if (spikes[i] == 0) continue;
        gradient[0][i] -= advantage * dlog_right;
        gradient[1][i] += advantage * dlog_right;
        value_change[i] += advantage;
        spike_count += 1.0;
      }
    }
    ascend(gradient);
    if (spike_count == 0.0) return;
    for (std::size_t i = 0; i < ne; ++i) value_[i] += value_step * value_change[i] / spike_count;
  }

private:
  using Column = std::array<double, ne>;
  using Columns = std::array<Column, 2>;  // one for each action

  static double sum(const Column& weights, const Spikes& spikes) {
    double total = 0.0;
    for (std::size_t i = 0; i < ne; ++i) total += weights[i] * spikes[i];
    return total;
  }

  // A step of Adam (Kingma & Ba 2015) uphill.
  void ascend(const Columns& gradient) {
    constexpr double beta1 = 0.9, beta2 = 0.999, tiny = 1e-8;
    beta1_power_ *= beta1;
    beta2_power_ *= beta2;
    for (std::size_t action = 0; action < 2; ++action) {
      for (std::size_t i = 0; i < ne; ++i) {
        const double g = gradient[action][i];
        mean_[action][i] = beta1 * mean_[action][i] + (1.0 - beta1) * g;
        square_[action][i] = beta2 * square_[action][i] + (1.0 - beta2) * g * g;
        const double mean = mean_[action][i] / (1.0 - beta1_power_);
        const double square = square_[action][i] / (1.0 - beta2_power_);
        weights_[action][i] += step_size * mean / (std::sqrt(square) + tiny);
      }
    }
  }

  Columns weights_{};
  Column value_{};
  Columns mean_{}, square_{};  // of the gradient
  double beta1_power_ = 1.0, beta2_power_ = 1.0;
};

// --- the loop ---------------------------------------------------------------------------------------------------

// Uniform in [0, 1). The distributions of the standard library may differ from one library to another.
double uniform(std::mt19937_64& random) { return static_cast<double>(random() >> 11U) * 0x1p-53; }

Episode play(sorn::Network& network, sorn::Phase phase, const Readout& readout, std::mt19937_64& random) {
  Cart cart;
  for (double& value : cart.state) value = -0.05 + 0.1 * uniform(random);
  Episode episode;
  while (!episode.fell && episode.actions.size() < longest_episode) {
    const auto spikes = network.step(encode(cart), {.phase = phase, .noise = sorn::Noise::off()});
    episode.spikes.emplace_back(spikes.begin(), spikes.end());
    const bool right = uniform(random) < readout.probability_of_right(episode.spikes.back());
    episode.actions.push_back(right ? 1 : 0);
    cart.push(right);
    episode.fell = cart.fell();
  }
  return episode;
}

// Mean of the last 100 values, or of all if they are fewer.
double recent_mean(std::span<const double> rewards) {
  const auto last = rewards.last(std::min<std::size_t>(100, rewards.size()));
  return std::accumulate(last.begin(), last.end(), 0.0) / static_cast<double>(last.size());
}

// @throws std::invalid_argument
void train(std::uint64_t seed, std::size_t episodes) {
  if (episodes == 0) throw std::invalid_argument("there must be at least one episode");
  sorn::Network network({.ne = ne, .nu = 4 * per_variable}, seed);
  std::mt19937_64 random(seed);
  Readout readout;
  std::vector<double> rewards;
  const auto begin = std::chrono::steady_clock::now();
  for (std::size_t number = 1; number <= episodes; ++number) {
    const auto phase = number <= plasticity_episodes ? sorn::Phase::plasticity : sorn::Phase::training;
    const Episode episode = play(network, phase, readout, random);
    readout.learn(episode);
    rewards.push_back(static_cast<double>(episode.actions.size()));
    if (number % 50 == 0) {
      std::cout << "episode " << std::setw(4) << number << ": mean reward of the last "
                << std::min<std::size_t>(100, number) << ' ' << recent_mean(rewards) << '\n'
                << std::flush;
    }
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  const double steps = std::accumulate(rewards.begin(), rewards.end(), 0.0);
  std::cout << "mean reward of the last " << std::min<std::size_t>(100, episodes) << " of " << episodes
            << " episodes, seed " << seed << ": " << recent_mean(rewards) << '\n';
  std::clog << steps << " steps in " << seconds.count() << " s: " << static_cast<double>(episodes) / seconds.count()
            << " episodes/s, " << steps / seconds.count() << " steps/s\n";  // apart from what a seed determines
}

// @throws std::invalid_argument
void print_trajectory(Cart cart, std::string_view pushes) {
  if (pushes.find_first_not_of("LR") != std::string_view::npos) throw std::invalid_argument("pushes are L and R");
  std::cout << std::setprecision(10);
  for (const char push : pushes) {
    cart.push(push == 'R');
    const auto& [x, velocity, angle, spin] = cart.state;
    std::cout << x << ' ' << velocity << ' ' << angle << ' ' << spin << '\n';
  }
}

// The whole text as a number. @throws std::invalid_argument
template <class Number>
Number parsed(const std::string& text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw std::invalid_argument("'" + text + "' is not a number that fits here");
  }
  return value;
}

}  // namespace

int main(int argc, char* argv[]) {
  try {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    std::cout << std::fixed << std::setprecision(1);
    std::clog << std::fixed << std::setprecision(1);
    if (arguments.size() == 6 && arguments[0] == "trajectory") {
      Cart cart;
      for (std::size_t i = 0; i < 4; ++i) cart.state[i] = parsed<double>(arguments[i + 1]);
      print_trajectory(cart, arguments[5]);
    } else if (arguments.size() <= 2) {
      train(arguments.empty() ? 1 : parsed<std::uint64_t>(arguments[0]),
            arguments.size() < 2 ? 1000 : parsed<std::size_t>(arguments[1]));
    } else {
      throw std::invalid_argument("too many arguments");
    }
  } catch (const std::invalid_argument& error) {
    std::cerr << error.what() << "\nusage: cartpole [SEED [EPISODES]]\n";
    return 2;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
  }
}

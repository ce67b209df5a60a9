// A network as a page drives it: numbers go in and out by the address of arrays. Everything is computed here; the page
// only draws. The same file is compiled for this machine by the tests, which compare the bits.
#include "living_network.hpp"

#include <sorn/error.hpp>
#include <sorn/network.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

namespace {

/// Writes the spikes of each step into a row of a raster, and the numbers that are drawn over time.
class Raster : public sorn::Observer {
public:
  std::vector<std::uint8_t> spikes{};
  std::vector<float> traces{};  // of each step: mean activity of E, mean activity of I, synapses

  void begin(std::size_t steps, std::size_t ne) {
    spikes.clear();
    traces.clear();
    spikes.reserve(steps * ne);
    traces.reserve(3 * steps);
  }

  Outcome on_step(const sorn::StepView& view) override {
    const auto mean = [](const std::vector<std::uint8_t>& x) {
      return static_cast<float>(std::count(x.begin(), x.end(), 1)) /
             static_cast<float>(std::max<std::size_t>(x.size(), 1));
    };
    spikes.insert(spikes.end(), view.state.x.begin(), view.state.x.end());
    traces.insert(traces.end(), {mean(view.state.x), mean(view.state.y), static_cast<float>(view.ee_count)});
    return Outcome::go_on;
  }
};

struct Page {
  std::optional<sorn::Network> network{};
  sorn::RuleSet frozen{};
  double noise = 0.0;
  Raster raster{};
  std::vector<float> weights{};                   // ne·ne, [pre][post]
  std::array<std::uint32_t, weight_bins> bins{};  // of the logarithm of the weights
  std::string text{};                             // of the last error, or a hash
};

Page page;

/// Calls f, and keeps the words of an error. @returns whether there was none
template <class F>
int attempt(F&& f) noexcept {
  try {
    f();
    return 1;
  } catch (const std::exception& error) {
    page.text = error.what();
    return 0;
  }
}

}  // namespace

extern "C" {

int network_new(int ne, double seed) {
  return attempt([&] {
    sorn::Parameters parameters;
    parameters.ne = static_cast<std::size_t>(std::max(ne, 0));
    parameters.nu = std::min(parameters.nu, parameters.ne);
    page.network.emplace(parameters, static_cast<std::uint64_t>(seed));
    page.noise = parameters.noise_sigma;
  });
}

int network_set(const char* name, double value) {
  return attempt([&] {
    sorn::Parameters parameters = page.network->parameters();
    sorn::set_parameter(parameters, name, value);
    page.network->set_parameters(parameters);
  });
}

double network_get(const char* name) {
  double found = std::nan("");
  attempt([&] {
    const auto value = sorn::effective_parameter(page.network->parameters(), name);
    if (const auto* const real = std::get_if<double>(&value)) found = *real;
  });
  return found;
}

void network_noise(double sigma) { page.noise = sigma; }

int network_freeze(const char* name, int rests) {
  return attempt([&] {
    const sorn::Rule rule = sorn::rule_named(name);
    sorn::RuleSet frozen;
    for (const sorn::Rule other : sorn::all_rules) {
      if (other != rule && page.frozen.contains(other)) frozen.insert(other);
    }
    if (rests != 0) frozen.insert(rule);
    page.frozen = frozen;
  });
}

int network_run(int steps) {
  return attempt([&] {
    const auto count = static_cast<std::size_t>(std::max(steps, 0));
    page.raster.begin(count, page.network->parameters().ne);
    sorn::RunOptions options;
    options.noise = sorn::Noise::drawn(page.noise);
    options.freeze = page.frozen;
    page.network->run(count, options, {&page.raster});
  });
}

const std::uint8_t* network_spikes() { return page.raster.spikes.data(); }
const float* network_traces() { return page.raster.traces.data(); }

const float* network_weights() {
  const std::size_t ne = page.network->parameters().ne;
  const sorn::SynapseMatrix& wee = *page.network->state().wee;
  page.weights.assign(ne * ne, 0.0F);
  page.bins.fill(0);
  for (std::size_t post = 0; post < ne; ++post) {
    const auto column = wee.column(post);
    for (std::size_t k = 0; k < column.pre.size(); ++k) {
      page.weights[column.pre[k] * ne + post] = static_cast<float>(column.weight[k]);
      const double place = (std::log10(column.weight[k]) - lowest_exponent) / -lowest_exponent;
      page.bins[static_cast<std::size_t>(std::clamp(place, 0.0, 0.999999) * weight_bins)] += 1;
    }
  }
  return page.weights.data();
}

const std::uint32_t* network_weight_bins() { return page.bins.data(); }

double network_step() { return static_cast<double>(page.network->state().step); }

const char* network_hash() {
  // FNV-1a of the bytes of the state.
  std::uint64_t hash = 14695981039346656037U;
  const auto add = [&](const void* data, std::size_t size) {
    const auto* const bytes = static_cast<const unsigned char*>(data);
    for (std::size_t k = 0; k < size; ++k) hash = (hash ^ bytes[k]) * 1099511628211U;
  };
  const auto add_values = [&](const auto& values) { add(values.data(), values.size() * sizeof(values[0])); };
  const sorn::State& state = page.network->state();
  add_values(state.x);
  add_values(state.y);
  add_values(state.te);
  for (const sorn::SynapseMatrix* const matrix : {&*state.wee, &*state.wei}) {
    for (std::size_t post = 0; post < matrix->n_post(); ++post) {
      add_values(matrix->column(post).pre);
      add_values(matrix->column(post).weight);
    }
  }
  constexpr std::string_view digits = "0123456789abcdef";
  page.text.clear();
  for (int shift = 60; shift >= 0; shift -= 4) page.text += digits[hash >> shift & 15U];
  return page.text.c_str();
}

const char* network_error() { return page.text.c_str(); }

}  // extern "C"

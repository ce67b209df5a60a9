// External states: any arrays give an error of this library, or a network that runs and stays valid.
#include "bytes.hpp"
#include "helpers/consistency.hpp"

#include <sorn/error.hpp>
#include <sorn/network.hpp>
#include <sorn/recorder.hpp>

#include <cmath>

using namespace sorn;
using fuzz::Bytes;

namespace {

std::vector<double> numbers(Bytes& bytes, std::size_t count) {
  std::vector<double> values(count);
  for (double& value : values) value = bytes.number();
  return values;
}

/// n in most cases, else a number near n.
std::size_t about(Bytes& bytes, std::size_t n) {
  const std::size_t other = bytes.below(64);
  return other < 4 ? other : n;
}

std::vector<std::uint8_t> activity(Bytes& bytes, std::size_t units) {
  std::vector<std::uint8_t> values(about(bytes, units));
  const bool any = bytes.below(16) == 0;
  for (auto& value : values) value = any ? bytes.take<std::uint8_t>() : static_cast<std::uint8_t>(bytes.flag());
  return values;
}

SynapseMatrix dense_matrix(Bytes& bytes, std::string_view name, std::size_t n_pre, std::size_t n_post,
                           Plasticity plasticity) {
  std::vector<double> weights(about(bytes, n_pre * n_post), 0.0);
  for (std::size_t k = 0; k < weights.size(); ++k) {
    if (name == "Wee" && n_post > 0 && k / n_post == k % n_post) continue;
    if (bytes.below(3) != 0) weights[k] = bytes.number();
  }
  validate_weights(name, weights, n_pre, n_post, name == "Wee");
  SynapseMatrix matrix = SynapseMatrix::from_dense(weights, n_pre, n_post, plasticity);
  fuzz::expect(matrix.equals_dense(weights), "a matrix holds the weights that it was made of");
  return matrix;
}

SynapseMatrix compressed_matrix(Bytes& bytes, std::string_view name, std::size_t n_pre, std::size_t n_post,
                                Plasticity plasticity) {
  std::vector<std::size_t> start{bytes.below(64) == 0 ? std::size_t{1} : 0};
  std::vector<std::uint32_t> pre;
  const bool anything = bytes.below(4) == 0;
  for (std::size_t i = 0; i < n_post; ++i) {
    if (anything) {
      const std::size_t length = bytes.below(n_pre + 2);
      for (std::size_t k = 0; k < length; ++k) {
        pre.push_back(static_cast<std::uint32_t>(bytes.flag() ? bytes.below(n_pre + 2) : bytes.take<std::uint32_t>()));
      }
      start.push_back(bytes.below(16) == 0 ? bytes.take<std::size_t>() : pre.size());
    } else {
      for (std::uint32_t j = 0; j < n_pre; ++j) {
        if (bytes.flag() && !(name == "Wee" && j == i)) pre.push_back(j);
      }
      start.push_back(pre.size());
    }
  }
  const auto weights = numbers(bytes, about(bytes, pre.size()));
  SynapseMatrix matrix = SynapseMatrix::from_columns(start, pre, weights, n_pre, plasticity, name);
  // Before validate(), a matrix may hold negative weights.
  const bool sound = std::all_of(weights.begin(), weights.end(), [](double w) { return w >= 0.0; });
  if (sound) fuzz::expect(test::inconsistency(matrix).empty(), "a sound matrix", test::inconsistency(matrix));
  return matrix;
}

SynapseMatrix matrix(Bytes& bytes, std::string_view name, std::size_t n_pre, std::size_t n_post) {
  const Plasticity plasticity = bytes.flag() ? Plasticity::plastic : Plasticity::fixed;  // states may have either
  n_pre = about(bytes, n_pre);
  n_post = about(bytes, n_post);
  return bytes.flag() ? dense_matrix(bytes, name, n_pre, n_post, plasticity)
                      : compressed_matrix(bytes, name, n_pre, n_post, plasticity);
}

Parameters parameters(Bytes& bytes, std::size_t ne, std::size_t ni) {
  Parameters p;
  p.ne = about(bytes, ne);
  p.ni = about(bytes, ni);
  p.nu = about(bytes, 1);
  for (double* field : {&p.lambda_ee, &p.lambda_ei, &p.lambda_ie, &p.eta_stdp, &p.eta_inhib, &p.eta_ip, &p.te_max,
                        &p.ti_max, &p.ti_min, &p.te_min, &p.mu_ip, &p.sigma_ip, &p.sp_probability, &p.sp_weight}) {
    if (bytes.below(4) == 0) *field = bytes.number();
  }
  if (bytes.below(4) == 0) p.h_ip = bytes.number();
  return p;
}

void check(const Network& network) {
  const State& state = network.state();
  validate(state);  // finite, not negative, 0 or 1, no synapse of a unit onto itself
  for (const auto* m : {&state.wee, &state.wei, &state.wie}) {
    fuzz::expect(test::inconsistency(**m).empty(), "sound matrices", test::inconsistency(**m));
  }
}

void build_and_run(Bytes& bytes) {
  const std::size_t ne = bytes.below(9);
  const std::size_t ni = bytes.below(5);
  const Parameters p = parameters(bytes, ne, ni);
  State state;
  state.te = numbers(bytes, about(bytes, ne));
  state.ti = numbers(bytes, about(bytes, ni));
  state.x_previous = activity(bytes, ne);
  state.x = activity(bytes, ne);
  state.y_previous = activity(bytes, ni);
  state.y = activity(bytes, ni);
  state.seed = bytes.take<std::uint64_t>();
  state.step = bytes.take<std::uint64_t>() & last_step;
  state.wee = matrix(bytes, "Wee", ne, ne);
  state.wei = matrix(bytes, "Wei", ni, ne);
  state.wie = matrix(bytes, "Wie", ne, ni);
  Network network(p, state);
  fuzz::expect(network.state() == state, "a network holds the state that it was made of");

  // From here on only a call may be refused; then it must change nothing.
  const std::size_t steps = 1 + bytes.below(4);
  const auto inputs = numbers(bytes, p.nu * steps);
  const auto noise = numbers(bytes, (ne + ni) * steps);
  RunOptions options;
  for (const Rule rule : all_rules) {
    if (bytes.below(4) == 0) options.freeze.insert(rule);
  }
  if (bytes.flag()) options.inputs = {inputs.data(), p.nu, steps, 1, static_cast<std::ptrdiff_t>(p.nu)};
  if (bytes.flag()) {
    options.noise = Noise::replayed({noise.data(), ne + ni, steps, 1, static_cast<std::ptrdiff_t>(ne + ni)});
  } else if (bytes.flag()) {
    options.noise = Noise::gaussian(bytes.number());
  }
  try {
    const std::vector<RecordRequest> requests{{bytes.flag() ? Quantity::wei : Quantity::excitatory,
                                               bytes.flag() ? bytes.below(5) : bytes.take<std::uint64_t>()}};
    Recorder recorder(network, requests, steps);
    Observer* const observers[] = {&recorder};
    network.run(steps, options, observers);
  } catch (const Error&) {
    fuzz::expect(network.state() == state, "a refused run leaves the state as it was");
  }
  check(network);
  network.run(steps);
  check(network);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes(data, size);
  try {
    build_and_run(bytes);
  } catch (const Error&) {
  }
  return 0;
}

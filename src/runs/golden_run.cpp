#include "runs/golden_run.hpp"

#include "io/files/checksum.hpp"
#include "runs/golden_hashes.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace sorn::runs {

Parameters golden_parameters(VariantName variant) {
  Parameters p = parameters_of(variant);
  p.ne = 120;
  if (p.h_ip) return p;
  p.nu = 6;  // the same target rate, 2·nu/ne
  return p;
}

std::vector<double> golden_inputs(const Parameters& parameters) {
  std::vector<double> values(parameters.nu * golden_steps, 0.0);
  for (std::size_t k = 0; k < values.size(); k += 5) values[k] = 1.0;
  return values;
}

std::vector<Signal> golden_rewards(const Parameters& parameters) {
  if (parameters.no == 0) return {};
  return {{"reward", [](const Answer& answer) {
             const bool right = (answer.action() + static_cast<std::int64_t>(answer.step)) % 3 == 0;
             return answer.step % 5 == 4 ? std::nullopt : std::optional(right ? 1.0 : 0.0);
           }}};
}

std::uint64_t run_golden(VariantName variant, std::size_t threads) {
  const Parameters parameters = golden_parameters(variant);
  const std::vector<double> inputs = golden_inputs(parameters);
  Network network(parameters, golden_seed);
  network.run(golden_steps, {.inputs = InputView::step_major(inputs, parameters.nu),
                             .threads = threads,
                             .signals = golden_rewards(parameters)});
  return hash_of(network.state());
}

std::optional<std::uint64_t> golden_hash(VariantName variant) {
  const auto* const row = std::find_if(golden_hashes.begin(), golden_hashes.end(),
                                       [&](const GoldenHash& known) { return known.variant == name(variant); });
  if (row == golden_hashes.end()) return {};
  return row->hash;
}

std::uint64_t hash_of(const State& state) {
  std::uint64_t hash = io::crc64(std::as_bytes(std::span(&state.step, 1)));
  const auto add = [&](const auto& values) { hash = io::crc64(std::as_bytes(std::span(values)), hash); };
  for (const auto* matrix : {&state.wee, &state.wei, &state.wie}) {
    const CompressedColumns columns = (*matrix)->compressed((*matrix)->posts());
    add(columns.start);
    add(columns.pre);
    add(columns.weight);
  }
  add(state.te);
  add(state.ti);
  add(state.x);
  add(state.y);
  if (state.output.no() > 0) {
    add(state.output.woe);
    add(state.output.to);
    add(state.output.o);
  }
  for (const ChosenPair& pair : state.sp_queue) add(std::array<std::uint32_t, 2>{pair.pre, pair.post});
  return hash;
}

}  // namespace sorn::runs

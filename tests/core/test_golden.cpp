// The golden trajectories: every spike, count, weight and threshold, bit for bit. Each .npz in tests/golden is a test.
#include "helpers/npz.hpp"

#include <sorn/sorn.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <numeric>

namespace sorn {
namespace {

using Arrays = std::map<std::string, test::NpzArray>;

std::vector<std::filesystem::path> golden_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(SORN_TEST_GOLDEN_DIR)) {
    if (entry.path().extension() == ".npz") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// Column `c` of a (units, 2) activity array.
std::vector<std::uint8_t> activity(const test::NpzArray& array, std::size_t c) {
  const auto numbers = array.numbers();
  std::vector<std::uint8_t> column(array.shape()[0]);
  for (std::size_t i = 0; i < column.size(); ++i) column[i] = static_cast<std::uint8_t>(numbers[2 * i + c]);
  return column;
}

SynapseMatrix matrix(const test::NpzArray& array, Plasticity plasticity) {
  return SynapseMatrix::from_dense(array.numbers(), array.shape()[0], array.shape()[1], plasticity);
}

State stored_state(const Arrays& arrays, const std::string& prefix) {
  State s;
  s.wee = matrix(arrays.at(prefix + "_Wee"), Plasticity::plastic);
  s.wei = matrix(arrays.at(prefix + "_Wei"), Plasticity::plastic);
  s.wie = matrix(arrays.at(prefix + "_Wie"), Plasticity::fixed);
  s.te = arrays.at(prefix + "_Te").numbers();
  s.ti = arrays.at(prefix + "_Ti").numbers();
  s.x_previous = activity(arrays.at(prefix + "_X"), 0);
  s.x = activity(arrays.at(prefix + "_X"), 1);
  s.y_previous = activity(arrays.at(prefix + "_Y"), 0);
  s.y = activity(arrays.at(prefix + "_Y"), 1);
  return s;
}

Parameters stored_parameters(const nlohmann::json& meta, const State& state) {
  Parameters p;
  p.ni = state.ni();
  for (const ParameterInfo& info : parameter_table()) {
    const auto found = meta.find(info.name);
    if (found == meta.end()) continue;
    if (found->is_string()) {
      set_parameter(p, info.name, found->get<std::string>());
    } else {
      set_parameter(p, info.name, found->get<double>());
    }
  }
  return p;
}

std::vector<double> recorded(const Recording& recording) {
  return std::visit(
      [](const auto& values) {
        std::vector<double> reals;
        if constexpr (std::is_arithmetic_v<typename std::decay_t<decltype(values)>::value_type>) {
          reals.assign(values.begin(), values.end());
        }
        return reals;
      },
      recording.values);
}

class Golden : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(Golden, IsReproducedBitForBit) {
  const Arrays arrays = test::read_npz(GetParam());
  const auto meta = nlohmann::json::parse(arrays.at("meta").text());
  const auto steps = meta.at("timesteps").get<std::size_t>();
  const auto inputs = arrays.at("inputs").numbers();
  const State initial = stored_state(arrays, "init");

  RunOptions options;
  options.phase = phase_named(meta.at("phase").get<std::string>());
  options.noise = Noise::off();
  options.inputs = {inputs.data(), arrays.at("inputs").shape()[0], steps,
                    static_cast<std::ptrdiff_t>(arrays.at("inputs").shape()[1]), 1};
  for (const auto& rule : meta.at("freeze")) options.freeze.insert(rule_named(rule.get<std::string>()));

  Network network(stored_parameters(meta, initial), initial);
  const std::vector<RecordRequest> requests{{Quantity::excitatory}, {Quantity::inhibitory}, {Quantity::recurrent},
                                            {Quantity::ee_count},   {Quantity::ei_count},   {Quantity::te}};
  Recorder recorder(network, requests, steps);
  Observer* const observers[] = {&recorder};
  ASSERT_EQ(network.run(steps, options, observers), steps);

  const char* const names[] = {"E", "I", "R", "C", "C_ei"};
  for (std::size_t k = 0; k < std::size(names); ++k) {
    EXPECT_EQ(recorded(recorder.recordings()[k]), arrays.at(names[k]).numbers()) << names[k];
  }
  State expected = stored_state(arrays, "final");
  expected.step = steps;
  EXPECT_EQ(network.state(), expected);

  const auto te = recorded(recorder.recordings()[5]);
  const auto te_mean = arrays.at("Te_mean").numbers();
  const auto ne = static_cast<std::ptrdiff_t>(initial.ne());
  for (std::size_t t = 0; t < steps; ++t) {
    const auto row = te.begin() + static_cast<std::ptrdiff_t>(t) * ne;
    EXPECT_NEAR(std::accumulate(row, row + ne, 0.0) / static_cast<double>(ne), te_mean[t], 1e-12);
  }
}

INSTANTIATE_TEST_SUITE_P(Files, Golden, testing::ValuesIn(golden_files()),
                         [](const auto& test) { return test.param.stem().string(); });

}  // namespace
}  // namespace sorn

// Trajectories of the authors' own programs with all their random draws: the engine and the plain network give every
// spike, synapse, weight and threshold of them, bit for bit. Each .npz in tests/golden/variants is a test.
#include "helpers/golden_files.hpp"
#include "helpers/npz.hpp"
#include "plain/plain_network.hpp"

#include <sorn/sorn.hpp>
#include <sorn/variant.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sorn {
namespace {

using Arrays = std::map<std::string, test::NpzArray>;
using nlohmann::json;

/// The synapses of a dense array: those of a mask, which may rest at 0, or the weights above 0.
SynapseMatrix matrix(const std::vector<double>& dense, const std::optional<std::vector<double>>& mask,
                     std::size_t n_pre, std::size_t n_post, Plasticity plasticity) {
  CompressedColumns columns{{0, n_post}, {0}, {}, {}};
  for (std::size_t i = 0; i < n_post; ++i) {
    for (std::size_t j = 0; j < n_pre; ++j) {
      const std::size_t at = j * n_post + i;
      if (mask ? (*mask)[at] == 0.0 : dense[at] == 0.0) continue;
      columns.pre.push_back(static_cast<std::uint32_t>(j));
      columns.weight.push_back(dense[at]);
    }
    columns.start.push_back(columns.pre.size());
  }
  return SynapseMatrix::from_columns(columns, n_pre, n_post, plasticity, "weights", Zeros::kept);
}

/// Bits as numpy.packbits(axis=1) writes them.
std::vector<std::uint8_t> unpacked(const test::NpzArray& array, std::size_t units) {
  const auto bytes = array.numbers();
  const std::size_t row = array.shape()[1];
  std::vector<std::uint8_t> bits;
  for (std::size_t t = 0; t < array.shape()[0]; ++t) {
    for (std::size_t i = 0; i < units; ++i) {
      const auto byte = static_cast<unsigned>(bytes[t * row + i / 8]);
      bits.push_back(static_cast<std::uint8_t>(byte >> (7 - i % 8) & 1U));
    }
  }
  return bits;
}

/// A trajectory: the network at its beginning, what a run is given, and what it must give.
struct Trajectory {
  Arrays arrays;
  json meta;
  std::size_t ne, ni, steps;
  Parameters parameters;
  State initial;
  std::vector<double> inputs, noise;  // (T, ne), (T, ne + ni)
  std::vector<NewSynapse> synapses;
  std::size_t freeze_at;
  RuleSet frozen;

  explicit Trajectory(const std::filesystem::path& path)
      : arrays(test::read_npz(path)),
        meta(json::parse(arrays.at("meta").text())),
        ne(meta.at("ne").get<std::size_t>()),
        ni(meta.at("ni").get<std::size_t>()),
        steps(meta.at("T").get<std::size_t>()) {
    read_parameters();
    read_state();
    read_drive();
    const auto at = meta.at("freeze_at").get<std::int64_t>();
    freeze_at = at < 0 ? steps : static_cast<std::size_t>(at);
    for (const Rule rule : all_rules) {
      for (const auto& name : meta.at("frozen")) {
        if (name == std::string(sorn::name(rule))) frozen.insert(rule);  // noise is given in any case
      }
    }
  }

  void read_parameters() {
    const auto text_of = [&](const char* key) { return meta.at(key).get<std::string>(); };
    const auto number = [&](const char* key) { return meta.at(key).get<double>(); };
    Parameters& p = parameters;
    p = parameters_of(variant_named(text_of("variant")));
    p.ne = ne;
    p.ni = ni;
    p.nu = ne;
    p.h_ip = 0.1;  // the state has the rate of each unit
    p.inhibition = text_of("inhibition_reads") == "x'" ? Inhibition::fast : Inhibition::slow;
    p.comparison = text_of("threshold") == ">=" ? Comparison::at_least : Comparison::greater;
    p.eta_stdp = number("eta_stdp");
    p.eta_ip = number("eta_ip");
    p.eta_inhib = number("eta_inhib");
    p.mu_ip = number("mu_ip_istdp");
    p.input_gain = number("gain");
    p.eta_ds = number("eta_double_scaling");
    if (number("sp_weight") > 0.0) p.sp_weight = number("sp_weight");
    const bool prunes = meta.at("prune").get<bool>();
    p.keep_zero = prunes ? Toggle::off : Toggle::on;
    p.wee_min = prunes || p.variant == VariantName::hartmann2015 ? number("prune_below") : 0.0;
    p.wee_max = meta.at("ee_upper").is_null() ? 1e6 : number("ee_upper");
    const bool scales_ei = meta.at("scale_ei").get<bool>();
    const bool istdp_runs = meta.at("istdp_runs").get<bool>();
    p.wei_plasticity = scales_ei || istdp_runs ? WeiPlasticity::plastic : WeiPlasticity::fixed;
    std::string order;
    for (const auto& entry : meta.at("order")) {
      const auto rule = entry.get<std::string>();
      if ((rule == "istdp" && !istdp_runs) || (rule == "ssei" && !scales_ei)) continue;
      order += rule + ",";
    }
    p.order = order_named(order);
    p.always_ip = Toggle::off;
    ASSERT_EQ(problems(p), std::vector<std::string>{});
  }

  void read_state() {
    const auto numbers = [&](const char* key) { return arrays.at(key).numbers(); };
    initial.wee = matrix(numbers("init_Wee"), numbers("init_mask_ee"), ne, ne, Plasticity::plastic);
    initial.wei = matrix(numbers("init_Wei"), numbers("mask_ei"), ni, ne, Plasticity::plastic);
    initial.wie = matrix(numbers("init_Wie"), {}, ne, ni, Plasticity::fixed);
    initial.te = numbers("init_Te");
    initial.ti = numbers("init_Ti");
    initial.h_ip = numbers("h_ip");
    initial.x_previous.assign(ne, 0);
    initial.y_previous.assign(ni, 0);
    for (const double x : column_1("init_X")) initial.x.push_back(static_cast<std::uint8_t>(x));
    for (const double y : column_1("init_Y")) initial.y.push_back(static_cast<std::uint8_t>(y));
  }

  std::vector<double> column_1(const char* key) const {
    const auto both = arrays.at(key).numbers();
    std::vector<double> column;
    for (std::size_t k = 1; k < both.size(); k += 2) column.push_back(both[k]);
    return column;
  }

  void read_drive() {
    const auto pools = arrays.at("pools").numbers();
    const std::size_t alphabet = arrays.at("pools").shape()[1];
    const auto symbols = arrays.at("symbols").numbers();
    for (std::size_t t = 0; t < steps; ++t) {
      for (std::size_t i = 0; i < ne; ++i) {
        inputs.push_back(symbols[t] < 0 ? 0.0 : pools[i * alphabet + static_cast<std::size_t>(symbols[t])]);
      }
    }
    const double sigma = meta.at("sigma").get<double>();
    const double scale = meta.at("noise_scale").get<double>();
    if (arrays.contains("noise_e")) {
      const auto e = arrays.at("noise_e").numbers();
      const auto i = arrays.at("noise_i").numbers();
      for (std::size_t t = 0; t < steps; ++t) {
        for (std::size_t k = 0; k < ne; ++k) noise.push_back(sigma * (e[t * ne + k] * scale));
        for (std::size_t k = 0; k < ni; ++k) noise.push_back(sigma * (i[t * ni + k] * scale));
      }
    }
    const auto events = arrays.at("sp_events").numbers();
    for (std::size_t k = 0; k + 2 < events.size(); k += 3) {
      synapses.push_back({static_cast<std::uint64_t>(events[k]), static_cast<std::uint32_t>(events[k + 1]),
                          static_cast<std::uint32_t>(events[k + 2])});
    }
  }

  std::span<const double> row(const std::vector<double>& values, std::size_t t) const {
    const std::size_t width = values.size() / steps;
    return std::span(values).subspan(t * width, width);
  }

  void expect_final(const State& state) const {
    const auto numbers = [&](const char* key) { return arrays.at(key).numbers(); };
    EXPECT_EQ(state.te, numbers("final_Te"));
    EXPECT_EQ(*state.wee, matrix(numbers("final_Wee"), numbers("final_mask_ee"), ne, ne, Plasticity::plastic));
    const bool changes = arrays.contains("final_Wei");
    EXPECT_EQ(*state.wei, changes ? matrix(numbers("final_Wei"), {}, ni, ne, Plasticity::plastic) : *initial.wei);
    EXPECT_EQ(state.ti, initial.ti);
    EXPECT_EQ(state.wie, initial.wie);
  }
};

/// Compares the spikes of every step, and the synapses after it, with the file.
class Follow final : public Observer {
public:
  explicit Follow(const Trajectory& trajectory)
      : e_(unpacked(trajectory.arrays.at("E"), trajectory.ne)),
        i_(unpacked(trajectory.arrays.at("I"), trajectory.ni)),
        r_(unpacked(trajectory.arrays.at("R"), trajectory.ne)),
        synapses_(trajectory.arrays.at("n_synapses_after").numbers()) {}

  Outcome on_step(const StepView& view) override {
    step(view.state.x, view.state.y, view.recurrent, view.state.wee->synapse_count());
    return Outcome::go_on;
  }

  void step(std::span<const std::uint8_t> x, std::span<const std::uint8_t> y, std::span<const std::uint8_t> recurrent,
            std::size_t synapses) {
    wrong_e += differing(x, e_);
    wrong_i += differing(y, i_);
    wrong_r += differing(recurrent, r_);
    wrong_synapses += static_cast<double>(synapses) != synapses_[t_] ? 1 : 0;
    ++t_;
  }

  void expect_none_wrong() const {
    EXPECT_EQ(t_, synapses_.size());
    EXPECT_EQ(wrong_e, 0U);
    EXPECT_EQ(wrong_i, 0U);
    EXPECT_EQ(wrong_r, 0U);
    EXPECT_EQ(wrong_synapses, 0U);
  }

private:
  std::size_t differing(std::span<const std::uint8_t> found, const std::vector<std::uint8_t>& all) const {
    std::size_t count = 0;
    for (std::size_t i = 0; i < found.size(); ++i) count += found[i] != all[t_ * found.size() + i] ? 1 : 0;
    return count;
  }

  std::vector<std::uint8_t> e_, i_, r_;
  std::vector<double> synapses_;
  std::size_t t_ = 0;
  std::size_t wrong_e = 0, wrong_i = 0, wrong_r = 0, wrong_synapses = 0;
};

class GoldenVariant : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(GoldenVariant, IsReproducedBitForBitByTheEngine) {
  const Trajectory trajectory(GetParam());
  for (const std::size_t threads : {1U, 3U}) {
    Network network(trajectory.parameters, trajectory.initial);
    Follow follow(trajectory);
    const auto run = [&](std::size_t first, std::size_t last, RuleSet freeze) {
      if (first == last) return;
      std::vector<NewSynapse> synapses;
      for (NewSynapse one : trajectory.synapses) {
        if (one.step < first || one.step >= last) continue;
        one.step -= first;
        synapses.push_back(one);
      }
      const std::size_t ne = trajectory.ne;
      const std::size_t units = ne + trajectory.ni;
      const auto part_of = [&](const std::vector<double>& values, std::size_t width) {
        return InputView::step_major(std::span(values).subspan(first * width, (last - first) * width), width);
      };
      const RunOptions options{
          .freeze = freeze,
          .noise = trajectory.noise.empty() ? Noise::off() : Noise::replayed(part_of(trajectory.noise, units)),
          .inputs = part_of(trajectory.inputs, ne),
          .new_synapses = synapses,
          .threads = threads};
      network.run(last - first, options, {&follow});
    };
    run(0, trajectory.freeze_at, {});
    run(trajectory.freeze_at, trajectory.steps, trajectory.frozen);
    follow.expect_none_wrong();
    trajectory.expect_final(network.state());
  }
}

TEST_P(GoldenVariant, IsReproducedBitForBitByThePlainNetwork) {
  const Trajectory trajectory(GetParam());
  plain::PlainNetwork network(trajectory.parameters, trajectory.initial);
  Follow follow(trajectory);
  for (std::size_t t = 0; t < trajectory.steps; ++t) {
    std::vector<ChosenPair> pairs;
    for (const NewSynapse& one : trajectory.synapses) {
      if (one.step == t) pairs.push_back({one.pre, one.post});
    }
    network.step(trajectory.row(trajectory.inputs, t), trajectory.row(trajectory.noise, t),
                 {.freeze = t >= trajectory.freeze_at ? trajectory.frozen : RuleSet{}, .new_pairs = pairs});
    const State& state = network.activity();
    follow.step(state.x, state.y, network.recurrent(), network.ee_count());
  }
  follow.expect_none_wrong();
  trajectory.expect_final(network.state());
}

INSTANTIATE_TEST_SUITE_P(Files, GoldenVariant, testing::ValuesIn(test::golden_variants(false)),
                         [](const auto& test) { return test.param.stem().string(); });

}  // namespace
}  // namespace sorn

// 'sorn stats' prints the results of the library, and refuses invalid arguments.
#include "helpers/command.hpp"

#include <sorn/io.hpp>
#include <sorn/sorn.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>

namespace sorn {
namespace {

using nlohmann::json;
using test::read_file;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class StatsCommand : public test::Command {
protected:
  StatsCommand() {
    run({"simulate", "--steps", "500", "--seed", "1", "--record", "E,I,C", "--set", "ne=60", "--out", "run.h5"});
  }

  static SpikeTrain spikes(const std::string& file, std::size_t which, std::size_t skip = 0) {
    return SpikeTrain::from_recording(load_result(file).recordings.at(which), skip);
  }
};

TEST_F(StatsCommand, PrintsTheSummaryOfTheLibrary) {
  const json found = json::parse(
      run({"stats", "run.h5", "--json", "--skip", "100", "--window", "20", "--lag", "3", "--threshold", "2.5"}).out);
  EXPECT_EQ(found["recording"], "E");
  EXPECT_EQ(found["first_step"], 100);
  const auto summary =
      statistics::summary(spikes("run.h5", 0, 100), {.fano_window = 20, .lag = 3, .avalanche_threshold = 2.5});
  EXPECT_EQ(found["spikes"].size(), summary.lines().size());
  for (const auto& [measure, number] : summary.lines()) {
    const json& value = found["spikes"].at(std::string(measure->name));
    if (!number) {
      EXPECT_TRUE(value.is_null()) << measure->name;
    } else if (measure->kind == MeasureKind::real) {
      EXPECT_EQ(value, *number) << measure->name;
    } else {
      EXPECT_EQ(value, static_cast<std::uint64_t>(*number)) << measure->name;
    }
  }
  const Result result = load_result("run.h5");
  const auto& counts = std::get<std::vector<std::int64_t>>(result.recordings.at(2).values);
  const json& connections = found["connections"];
  EXPECT_EQ(connections["ee_first"], counts[100]);
  EXPECT_EQ(connections["ee_fewest"], *std::min_element(counts.begin() + 100, counts.end()));
  EXPECT_EQ(connections["ee_synapses"], result.state.wee->synapse_count());
  // Names of version 1.0 are kept for one release.
  EXPECT_EQ(connections["first"], connections["ee_first"]);
  EXPECT_EQ(connections["fewest"], connections["ee_fewest"]);
  EXPECT_EQ(connections["synapses"], connections["ee_synapses"]);
  const auto fit = statistics::lognormal_fit(statistics::weights_of(*result.state.wee), 0.01);
  EXPECT_EQ(connections["lognormal_mu"], fit->mu);
}

TEST_F(StatsCommand, PrintsATable) {
  const std::string text = run({"stats", "run.h5", "--recording", "I"}).out;
  EXPECT_THAT(text, AllOf(StartsWith("run.h5\n"), HasSubstr("spikes of I, every step, from step 0 on"),
                          HasSubstr("E->E synapses after the run"), HasSubstr("spikes per neuron and step")));
  const auto summary = statistics::summary(spikes("run.h5", 1));
  EXPECT_THAT(text, HasSubstr(fmt::format("  mean_rate {:>31.6g}  ", *summary["mean_rate"])));
}

TEST_F(StatsCommand, PrintsUndefinedForTooFewSteps) {
  run({"simulate", "--steps", "40", "--seed", "1", "--record", "E", "--set", "ne=60", "--out", "few.h5"});
  const test::Outcome found = run({"stats", "few.h5", "--neurons", "neurons.csv"});
  EXPECT_THAT(found.out, HasSubstr("  fano_factor                     undefined  "));
  EXPECT_THAT(found.out, HasSubstr("  fano_neurons                            0  "));
  const json numbers = json::parse(run({"stats", "few.h5", "--json"}).out)["spikes"];
  EXPECT_TRUE(numbers["fano_factor"].is_null());
  const statistics::IntervalVariation variation = statistics::interval_variation(spikes("few.h5", 0));
  double sum = 0.0;
  int neurons = 0;
  for (std::size_t n = 0; n < 60; ++n) {
    if (statistics::interspike_intervals(spikes("few.h5", 0), n).size() < 2) continue;
    sum += variation.cv[n];
    ++neurons;
  }
  EXPECT_EQ(numbers["isi_neurons"], neurons);
  EXPECT_DOUBLE_EQ(numbers["isi_cv"], sum / neurons);
  const std::string table = read_file("neurons.csv");
  int rows = 0;
  for (std::size_t at = table.find(",\n"); at != std::string::npos; at = table.find(",\n", at + 1)) ++rows;
  EXPECT_EQ(rows, 60) << "every row ends with an empty Fano factor";
  run({"simulate", "--steps", "1", "--seed", "1", "--record", "E", "--set", "ne=60", "--out", "one.h5"});
  EXPECT_THAT(run({"stats", "one.h5", "--against", "one.h5"}).out,
              HasSubstr("derrida_slope                   undefined"));
}

TEST_F(StatsCommand, ComparesTwoRuns) {
  run({"simulate", "--steps", "500", "--seed", "1", "--noise", "0.05", "--record", "E", "--set", "ne=60", "--out",
       "other.h5"});
  const json found = json::parse(run({"stats", "run.h5", "--against", "other.h5", "--json"}).out)["divergence"];
  const auto distance = statistics::hamming_distance(spikes("run.h5", 0), spikes("other.h5", 0));
  EXPECT_EQ(found["largest_hamming_distance"], *std::max_element(distance.begin(), distance.end()));
  EXPECT_EQ(found["last_hamming_distance"], distance.back());
  EXPECT_EQ(found["derrida_slope"], *statistics::derrida_map(spikes("run.h5", 0), spikes("other.h5", 0)).slope);
  EXPECT_TRUE(json::parse(run({"stats", "run.h5", "--against", "run.h5", "--json"}).out)["divergence"]["derrida_slope"]
                  .is_null());

  run({"simulate", "--steps", "400", "--seed", "1", "--record", "E", "--set", "ne=60", "--out", "short.h5"});
  EXPECT_THAT(failure(3, {"stats", "run.h5", "--against", "short.h5"}), HasSubstr("(500, 60) and (400, 60)"));
  run({"train", "--state", "run.h5", "--steps", "500", "--record", "E", "--out", "later.h5"});
  EXPECT_THAT(failure(3, {"stats", "run.h5", "--against", "later.h5"}), HasSubstr("begins at step 500"));
  run({"simulate", "--steps", "500", "--record", "E/2", "--set", "ne=60", "--out", "sparse.h5"});
  EXPECT_THAT(failure(3, {"stats", "run.h5", "--against", "sparse.h5"}), HasSubstr("must hold E recorded as in"));
}

TEST_F(StatsCommand, WritesNeuronsAndSpikesAsCsv) {
  run({"stats", "run.h5", "--neurons", "neurons.csv", "--spikes", "spikes.csv", "--skip", "10"});
  const SpikeTrain train = spikes("run.h5", 0, 10);
  const std::string neurons = read_file("neurons.csv");
  EXPECT_EQ(std::count(neurons.begin(), neurons.end(), '\n'), 61);
  EXPECT_THAT(neurons, StartsWith("neuron,spikes,rate,isi_cv,isi_lv,fano_factor\n0,"));
  EXPECT_THAT(neurons, HasSubstr(fmt::format("\n59,{},{},", train.spike_count(59),
                                             static_cast<double>(train.spike_count(59)) / 490)));
  const std::string list = read_file("spikes.csv");
  std::size_t count = 0;
  for (std::size_t n = 0; n < 60; ++n) count += train.spike_count(n);
  EXPECT_EQ(std::count(list.begin(), list.end(), '\n'), count + 1);
  EXPECT_THAT(list, HasSubstr(fmt::format("\n7,{}\n", statistics::spike_times(train, 7).front() + 10)));
}

TEST_F(StatsCommand, ReportsMissingData) {
  run({"init", "--out", "new.h5"});
  const test::Outcome no_spikes = run({"stats", "new.h5"});
  EXPECT_THAT(no_spikes.err, HasSubstr("no spikes were recorded; --record E keeps them"));
  EXPECT_THAT(no_spikes.out, HasSubstr("connection_fraction"));
  EXPECT_THAT(failure(3, {"stats", "new.h5", "--spikes", "s.csv"}), HasSubstr("'new.h5': holds no spikes"));
  EXPECT_THAT(failure(3, {"stats", "run.h5", "--recording", "R"}), HasSubstr("holds no such recording"));
  EXPECT_THAT(failure(3, {"stats", "run.h5", "--recording", "C"}), HasSubstr("must be E, I, R or O"));
  EXPECT_THAT(failure(3, {"stats", "run.h5", "--recording", "X"}), HasSubstr("'X'"));
  EXPECT_THAT(failure(3, {"stats", "run.h5", "--skip", "500"}), HasSubstr("must leave one of the 500 rows of E"));
  EXPECT_THAT(failure(3, {"stats", "run.h5", "--window", "0"}), HasSubstr("window = 0"));
  EXPECT_THAT(failure(3, {"stats", "run.h5", "--threshold", "-1"}), HasSubstr("threshold = -1"));
  EXPECT_THAT(failure(2, {"stats", "run.h5", "--skip", "-1"}), HasSubstr("--skip: -1 is no whole number from 0 on"));
  EXPECT_THAT(failure(2, {"stats", "run.h5", "--lag", "1e3"}), HasSubstr("--lag: 1e3 is no whole number from 0 on"));
  const std::string before = read_file("run.h5");
  EXPECT_THAT(failure(3, {"stats", "run.h5", "--neurons", "./run.h5"}), HasSubstr("must be another file"));
  EXPECT_THAT(failure(3, {"stats", "run.h5", "--spikes", "run.h5"}), HasSubstr("must be another file"));
  EXPECT_THAT(failure(3, {"stats", "run.h5", "--spikes", "a.csv", "--neurons", "a.csv"}), HasSubstr("--spikes a.csv"));
  EXPECT_EQ(read_file("run.h5"), before);
  EXPECT_THAT(failure(2, {"stats"}), HasSubstr("FILE"));
  EXPECT_THAT(failure(4, {"stats", "none.h5"}), HasSubstr("none.h5"));
  EXPECT_THAT(failure(4, {"stats", "run.h5", "--spikes", "no/such/folder.csv"}), HasSubstr("no/such"));
  run({"simulate", "--steps", "50", "--record", "E/5", "--out", "strided.h5"});
  EXPECT_THAT(run({"stats", "strided.h5"}).err, HasSubstr("recorded every 5 steps: intervals, windows"));
}

}  // namespace
}  // namespace sorn

// The table of measures: each row is complete, values during a run equal those from recordings, and the page of the
// documentation equals the table. tests/python/test_measures.py has a plain oracle for each row.
#include "analysis/run_record.hpp"

#include <sorn/error.hpp>
#include <sorn/measures.hpp>
#include <sorn/network.hpp>
#include <sorn/recorder.hpp>
#include <sorn/statistics.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <random>
#include <set>
#include <sstream>

namespace sorn {
namespace {

TEST(Measures, HaveCompleteRowsAndDistinctNames) {
  std::set<std::string_view> names;
  for (const Measure& row : measures()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name << " is there twice";
    EXPECT_EQ(&measure_named(row.name), &row);
    EXPECT_FALSE(row.label.empty() || row.meaning.empty()) << row.name << " lacks its words";
    EXPECT_TRUE(row.kind == MeasureKind::real || !row.unit.empty()) << row.name << " does not say what it counts";
    for (const std::string_view alias : row.aliases) {
      if (alias.empty()) continue;
      EXPECT_TRUE(names.insert(alias).second) << alias << " is there twice";
      EXPECT_EQ(&measure_named(alias), &row);
    }
  }
  EXPECT_THROW(measure_named("mean_rat"), UnknownNameError);
  EXPECT_THROW(measure_named(""), UnknownNameError);
}

class CountedMeasures : public testing::TestWithParam<std::uint64_t> {};

TEST_P(CountedMeasures, AreEqualDuringARunAndFromRecordings) {
  const std::uint64_t skip = GetParam();
  constexpr std::size_t steps = 777;
  const Parameters parameters{.ne = 60, .nu = 5, .lambda_ee = 6, .lambda_ei = 8};
  const statistics::SummaryOptions options{.fano_window = 20, .lag = 3};
  Network network(parameters, 5);
  const std::size_t ni = network.state().ni();
  analysis::RunCounter counter(parameters.ne, ni, skip);
  counter.keep_train(steps);
  const std::array<RecordRequest, 3> requests{{{Quantity::excitatory}, {Quantity::inhibitory}, {Quantity::ee_count}}};
  Recorder recorder(network, requests, steps);
  const std::array<Observer*, 2> observers{&counter, &recorder};
  network.run(steps, {}, observers);
  analysis::RunRecord online(counter.observed(network.state()), options);

  const SpikeTrain train = SpikeTrain::from_recording(recorder.recordings()[0], skip);
  const SpikeTrain inhibitory = SpikeTrain::from_recording(recorder.recordings()[1], skip);
  const auto& all = std::get<std::vector<std::int64_t>>(recorder.recordings()[2].values);
  const auto counts = std::span(all).subspan(skip);
  analysis::Observed recorded{.state = &network.state(), .train = &train};
  recorded.synapses = {static_cast<std::uint64_t>(counts.front()),
                       static_cast<std::uint64_t>(*std::min_element(counts.begin(), counts.end()))};
  recorded.saw_inhibitory = true;
  recorded.inhibitory_rate = statistics::summary(inhibitory)["mean_rate"];
  analysis::RunRecord afterwards(recorded, options);
  const std::vector<double> a = analysis::values(measures(), online);
  const std::vector<double> b = analysis::values(measures(), afterwards);
  for (std::size_t k = 0; k < measures().size(); ++k) {
    EXPECT_EQ(std::bit_cast<std::uint64_t>(a[k]), std::bit_cast<std::uint64_t>(b[k]))
        << measures()[k].name << ": " << a[k] << " and " << b[k];
  }
  EXPECT_EQ(analysis::summary_of(online).lines().size(), measures().size())
      << "a run that is observed has all measures";
}

INSTANTIATE_TEST_SUITE_P(Steps, CountedMeasures, testing::Values(0, 150, 776));

TEST(Measures, AreUndefinedIfTheRecordLacksTheirData) {
  const Network network({.ne = 40, .nu = 5}, 1);
  analysis::RunRecord record({.state = &network.state()});
  const std::vector<double> values = analysis::values(measures(), record);
  for (std::size_t k = 0; k < values.size(); ++k) {
    EXPECT_EQ(std::isnan(values[k]), measures()[k].needs != MeasureNeeds::state) << measures()[k].name;
  }
}

// The regression uses exact sums for whole numbers and floating-point sums for others: both must agree.
TEST(Measures, BranchingRatioOfWholeNumbersAgreesWithReals) {
  std::mt19937 random(7);
  std::vector<double> whole;
  for (int t = 0; t < 500; ++t) whole.push_back(static_cast<double>(random() % 50));
  std::vector<double> other;
  for (const double value : whole) other.push_back(value * 0.3);
  constexpr auto regression = statistics::BranchingEstimator::regression;
  EXPECT_NEAR(*statistics::branching_ratio(whole, regression), *statistics::branching_ratio(other, regression), 1e-13);
  whole.back() = 0x1p33;  // too large for exact sums
  other.back() = 0x1p33 * 0.3;
  EXPECT_NEAR(*statistics::branching_ratio(whole, regression) / *statistics::branching_ratio(other, regression), 1.0,
              1e-13);
}

std::string measures_page() {
  std::string page =
      "# Measures of a run\n\n"
      "Made from the table in `src/analysis/measures.cpp`. A name is one number, the same in every bit, wherever it "
      "is\n"
      "asked for: `sorn stats`, the tables of ensembles and sweeps (`statistics = [...]`), reports, "
      "`Statistics.summary`\n"
      "in Python. [What is measured](statistics.md) has the equations. Measures of spikes are of the excitatory "
      "neurons\n"
      "in ensembles and sweeps, and of those that were recorded in `sorn stats`.\n\n"
      "What a measure needs decides who can have it. A sweep has all of them, and keeps a spike train only where one "
      "is\n"
      "asked for that needs it. An ensemble has all that need no spike train. `sorn stats` has those that the "
      "recordings\n"
      "of the file define: E, I or R for spikes, C for the number of synapses in each step. A recording of `stats` "
      "has\n"
      "all of them for every window of steps ([statistics during a run](online-statistics.md)).\n\n"
      "| name | meaning | unit | kind | needs | earlier names |\n|---|---|---|---|---|---|\n";
  for (const Measure& row : measures()) {
    std::string aliases;
    for (const std::string_view alias : row.aliases) {
      if (!alias.empty()) aliases += fmt::format("{}`{}`", aliases.empty() ? "" : ", ", alias);
    }
    page += fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", row.name, row.meaning, row.unit, name(row.kind),
                        name(row.needs), aliases);
  }
  page += "\nEarlier names are read until the next release, with a warning.\n";
  return page;
}

TEST(Docs, MeasuresPageMatchesTheTable) {
  const std::string path = SORN_TEST_DOCS_DIR "/measures.md";
  if (std::getenv("SORN_REGENERATE") != nullptr) std::ofstream(path) << measures_page();
  std::ifstream file(path);
  std::stringstream committed;
  committed << file.rdbuf();
  EXPECT_EQ(committed.str(), measures_page()) << "run this test with SORN_REGENERATE=1 to write the page anew";
}

}  // namespace
}  // namespace sorn

// Designs, journals and tables of sweeps.
#include "helpers/temporary_folder.hpp"
#include "io/table.hpp"
#include "runs/sweep_run.hpp"

#include <sorn/error.hpp>
#include <sorn/recorder.hpp>
#include <sorn/seeds.hpp>
#include <sorn/statistics.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <map>

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

namespace sorn::runs {

using test::message_of;
using test::read_file;
using test::TemporaryFolder;
using test::write_file;

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

SweepDesign small_grid() {
  return {.base = {.ne = 20, .nu = 4, .lambda_ee = 5, .lambda_ei = 8},
          .dimensions = {{"eta_stdp", {0.001, 0.002}, {}}, {"mu_ip", {0.01, 0.05, 0.1}, {}}},
          .runs_per_point = 2,
          .steps = 50,
          .statistics = {"mean_rate", "ee_synapses"}};
}

SweepDesign small_random() {
  SweepDesign design = small_grid();
  design.kind = DesignKind::random;
  design.samples = 8;
  design.runs_per_point = 1;
  design.dimensions = {{"eta_stdp", {}, DrawRange{1e-4, 1e-1, DrawScale::logarithmic}},
                       {"nu", {}, DrawRange{1, 20, DrawScale::linear}},
                       {"noise", {std::string("off"), 0.1, std::string("on")}, {}}};
  return design;
}

const SweepJournal::Description steps_of_50{{"steps", "50"}, {"noise", "on"}};

}  // namespace

TEST(Grid, LastDimensionChangesFastest) {
  const SweepDesign design = small_grid();
  EXPECT_THAT(problems(design), IsEmpty());
  EXPECT_EQ(point_count(design), 6);
  EXPECT_EQ(run_count(design), 12);
  std::vector<std::string> points;
  for (std::uint64_t k = 0; k < run_count(design); k += 2) points.push_back(text(design, run_of(design, k)));
  EXPECT_THAT(points, ElementsAre("eta_stdp = 0.001, mu_ip = 0.01", "eta_stdp = 0.001, mu_ip = 0.05",
                                  "eta_stdp = 0.001, mu_ip = 0.1", "eta_stdp = 0.002, mu_ip = 0.01",
                                  "eta_stdp = 0.002, mu_ip = 0.05", "eta_stdp = 0.002, mu_ip = 0.1"));
  const SweepRun run = run_of(design, 7);
  EXPECT_EQ(run.point, 3);
  EXPECT_EQ(run.parameters.eta_stdp, 0.002);
  EXPECT_EQ(run.parameters.mu_ip, 0.01);
  EXPECT_EQ(run.seed, replica_seed(1, 7));
  EXPECT_EQ(run.noise, Parameters().noise_sigma);
}

TEST(Grid, GivenSeedsAreTheSameAtEveryPoint) {
  SweepDesign design = small_grid();
  design.seeds = {7, 9};
  EXPECT_EQ(run_of(design, 0).seed, 7);
  EXPECT_EQ(run_of(design, 11).seed, 9);
}

TEST(Grid, WithoutDimensionsIsAnEnsemble) {
  SweepDesign design = small_grid();
  design.dimensions.clear();
  design.runs_per_point = 5;
  EXPECT_EQ(run_count(design), 5);
  EXPECT_EQ(run_of(design, 4).parameters, design.base);
}

TEST(Random, SampleDependsOnlyOnItsIndexTheSeedAndTheName) {
  SweepDesign design = small_random();
  EXPECT_THAT(problems(design), IsEmpty());
  const SweepRun before = run_of(design, 3);
  design.samples = 1000;
  EXPECT_EQ(run_of(design, 3), before);
  std::swap(design.dimensions[0], design.dimensions[1]);
  EXPECT_EQ(run_of(design, 3).parameters, before.parameters);
  design.dimensions.erase(design.dimensions.begin());
  EXPECT_EQ(run_of(design, 3).parameters.eta_stdp, before.parameters.eta_stdp);
  design.seed = 2;
  EXPECT_NE(run_of(design, 3).parameters.eta_stdp, before.parameters.eta_stdp);
}

/// The draws must never change, like the seeds.
TEST(Random, DrawsTheCommittedNumbers) {
  const SweepDesign design = small_random();
  EXPECT_EQ(text(design, run_of(design, 0)), "eta_stdp = 0.000385932858, nu = 12, noise = 0");
  EXPECT_EQ(text(design, run_of(design, 5)), "eta_stdp = 0.012297941, nu = 10, noise = 0.1");
}

TEST(Random, DrawsFillTheirRanges) {
  SweepDesign design = small_random();
  design.samples = 4000;
  double logs = 0.0;
  std::map<std::size_t, int> nus;
  std::map<double, int> noises;
  for (std::uint64_t k = 0; k < design.samples; ++k) {
    const SweepRun run = run_of(design, k);
    ASSERT_GE(run.parameters.eta_stdp, 1e-4);
    ASSERT_LE(run.parameters.eta_stdp, 1e-1);
    logs += std::log10(run.parameters.eta_stdp);
    ++nus[run.parameters.nu];
    ++noises[run.noise];
  }
  EXPECT_NEAR(logs / static_cast<double>(design.samples), -2.5, 0.06);
  ASSERT_EQ(nus.size(), 20);
  for (const auto& [nu, count] : nus) EXPECT_NEAR(count, 200, 75) << nu;
  ASSERT_EQ(noises.size(), 3);
  for (const auto& [noise, count] : noises) EXPECT_NEAR(count, 1333, 150) << noise;
}

TEST(Design, ReportsAllProblemsAtOnce) {
  SweepDesign design = small_grid();
  design.dimensions = {
      {"eta_sdtp", {0.1}, {}}, {"mu_ip", {}, {}}, {"te_max", {-2000.0, 2.0}, {}}, {"noise", {-1.0}, {}}};
  design.steps = 0;
  design.runs_per_point = 0;
  design.statistics = {"mean_rat", "ee_synapses", "ee_synapses"};
  EXPECT_THAT(problems(design),
              ElementsAre(AllOf(HasSubstr("unknown name 'eta_sdtp'"), HasSubstr("did you mean 'eta_stdp'?")),
                          HasSubstr("mu_ip: needs at least one value"), HasSubstr("te_max = -2000"),
                          HasSubstr("noise = -1: must be on, off"), HasSubstr("seeds: needs at least one"),
                          HasSubstr("steps: is needed"), HasSubstr("did you mean 'mean_rate'?"),
                          HasSubstr("'ee_synapses' is there twice")));
}

TEST(Design, RefusesValuesThatRepeatRuns) {
  SweepDesign design = small_grid();
  design.seeds = {7, 9, 7};
  design.runs_per_point = 3;
  design.dimensions = {{"eta_stdp", {0.1, 0.2, 0.1}, {}},
                       {"te_max", {std::int64_t{1}, 1.0}, {}},
                       {"noise", {std::string("off"), 0.0, std::string("on")}, {}}};
  EXPECT_THAT(problems(design),
              ElementsAre(AllOf(HasSubstr("[sweep.grid] eta_stdp: 0.1 is there twice"), HasSubstr("'seeds'")),
                          HasSubstr("te_max: 1 is there twice"), HasSubstr("noise: 0 is there twice"),
                          HasSubstr("[sweep] seeds: 7 is there twice")));
  design = small_random();
  design.dimensions = {{"nu", {std::int64_t{4}, std::int64_t{4}, std::int64_t{8}}, {}}};
  EXPECT_THAT(problems(design), IsEmpty()) << "a random design draws a repeated value twice as often";
}

TEST(Design, RefusesContradictoryPointsOfAGrid) {
  SweepDesign design = small_grid();
  design.dimensions = {{"te_min", {0.0, 2.0}, {}}, {"te_max", {1.0, 1.5, 3.0}, {}}};
  EXPECT_THAT(problems(design), ElementsAre(AllOf(HasSubstr("point 3 (te_min = 2, te_max = 1): te_min = 2: must be"),
                                                  HasSubstr("(and 1 more points)"))));
}

TEST(Design, RefusesPointsOfAGridWithAnImpossibleTargetRate) {
  SweepDesign design = small_grid();
  design.dimensions = {{"nu", {std::int64_t{4}, std::int64_t{10}, std::int64_t{20}}, {}}};
  EXPECT_THAT(problems(design), ElementsAre(AllOf(HasSubstr("point 1 (nu = 10): H_IP = 2*nu/ne = 1, from nu = 10"),
                                                  HasSubstr("(and 1 more points)"))));
  design.freeze = {Rule::ip};
  EXPECT_THAT(problems(design), IsEmpty());
  design.freeze = {};
  design.phase = Phase::training;
  EXPECT_THAT(problems(design), IsEmpty());
  design.phase = Phase::plasticity;
  design.base.h_ip = 0.1;
  EXPECT_THAT(problems(design), IsEmpty());
  design.dimensions.push_back({"h_ip", {0.05, 0.1}, {}});
  EXPECT_THAT(problems(design), IsEmpty());
  EXPECT_EQ(run_of(design, 2).parameters.h_ip, 0.1);
}

SweepDesign small_variants() {
  SweepDesign design = small_grid();
  design.runs_per_point = 1;
  design.base = {.ne = 40, .lambda_ee = 5};
  design.dimensions = {
      {"noise_sigma", {0.3, 0.04}, {}},
      {"variant", {std::string("zheng2013"), std::string("nambusubramaniyan2021"), std::string("sorn_v2")}, {}}};
  return design;
}

TEST(Design, AVariantBringsItsValuesButThoseThatAreGiven) {
  SweepDesign design = small_variants();
  EXPECT_THAT(problems(design), IsEmpty());
  for (std::uint64_t k = 0; k < run_count(design); ++k) {
    const SweepRun run = run_of(design, k);
    Parameters expected = parameters_of(variant_named(std::get<std::string>(run.values[1])));
    expected.ne = 40;
    expected.lambda_ee = 5;  // differs from the value of the design's variant, and is kept without being given
    expected.noise_sigma = k < 3 ? 0.3 : 0.04;  // the varied value holds even if it is that of the default variant
    EXPECT_EQ(run.parameters, expected);
    EXPECT_EQ(run.noise, expected.noise_sigma);
  }
  design.given = {"eta_ip", "mu_ip"};  // with the values of the default variant
  EXPECT_EQ(run_of(design, 0).parameters.mu_ip, Parameters{}.mu_ip);
  EXPECT_EQ(run_of(design, 0).parameters.h_ip, 0.1);
  design.base = parameters_of(VariantName::zheng2013);
  EXPECT_EQ(run_of(design, 1).parameters.mu_ip, 0.1);
  design.given = {"my_ip"};
  EXPECT_THAT(problems(design), ElementsAre(HasSubstr("did you mean 'mu_ip'")));
}

TEST(Design, DescriptionNamesGivenValuesIfTheVariantIsVaried) {
  SweepDesign design = small_variants();
  const auto with = [&](std::vector<std::string> given) {
    design.given = std::move(given);
    return description(design);
  };
  EXPECT_NE(with({}), with({"mu_ip"}));
  EXPECT_EQ(with({"mu_ip", "eta_ip"}), with({"eta_ip", "mu_ip", "eta_ip"}));
  design.dimensions.pop_back();
  EXPECT_EQ(with({}), with({"mu_ip"})) << "without variants all values hold, and older journals have no such line";
}

TEST(Design, VariesSwitches) {
  SweepDesign design = small_grid();
  design.runs_per_point = 1;
  design.dimensions = {{"order", {std::string("ip,stdp,ssee"), std::string("ip, stdp, ssee, ssei")}, {}},
                       {"keep_zero", {std::string("true"), std::string("off")}, {}},
                       {"inhibition", {std::string("fast")}, {}}};
  EXPECT_THAT(problems(design), IsEmpty());
  const SweepRun run = run_of(design, 2);
  EXPECT_EQ(run.parameters.order, (Order{Rule::ip, Rule::stdp, Rule::ss}));
  EXPECT_EQ(run.parameters.keep_zero, Toggle::on);
  EXPECT_EQ(run.parameters.inhibition, Inhibition::fast);
  EXPECT_THAT(text(design, run), HasSubstr("keep_zero = on, inhibition = fast"));
  EXPECT_THAT(description(design), Contains(testing::Pair("grid of order", "[ip,stdp,ssee], [ip, stdp, ssee, ssei]")));
  design.dimensions[0].values.emplace_back(std::string("excitatory,inhibitory,ip,stdp,ssee"));
  EXPECT_THAT(problems(design), ElementsAre(HasSubstr("is there twice")));
  design.dimensions[0].values = {std::string("inhibitory,excitatory,ip")};
  EXPECT_THAT(problems(design), ElementsAre(HasSubstr("inhibition = 'fast' reads")));
}

// Otherwise folders of sweeps from before these hyperparameters would belong to other designs.
TEST(Design, DescriptionOmitsNewerHyperparametersWithDefaultValues) {
  SweepDesign design = small_grid();
  const auto names = [&] {
    std::vector<std::string> found;
    for (const auto& [key, value] : description(design)) found.push_back(key);
    return found;
  };
  EXPECT_THAT(names(), AllOf(Contains("mu_ip"), Not(Contains("h_ip")), Not(Contains("sp_probability"))));
  design.base.h_ip = 0.1;
  EXPECT_THAT(names(), Contains("h_ip"));
}

TEST(Design, RefusesRandomPointsOnlyIfAllAreInvalid) {
  SweepDesign design = small_random();
  design.dimensions = {{"te_min", {}, DrawRange{0.0, 4.0, DrawScale::linear}}};
  EXPECT_THAT(problems(design), IsEmpty());
  design.dimensions[0].range->low = 3.0;
  EXPECT_THAT(problems(design), ElementsAre(HasSubstr("(and 7 more points)")));
}

TEST(Design, RefusesUnknownVariants) {
  SweepDesign design = small_grid();
  design.dimensions = {{"variant", {std::string("zheng2031")}, {}}};
  EXPECT_THAT(problems(design), ElementsAre(HasSubstr("unknown variant 'zheng2031'")));
}

TEST(Design, RefusesTooManyRuns) {
  SweepDesign design = small_grid();
  design.dimensions.clear();
  std::vector<ParameterValue> values;
  for (int k = 1; k <= 1000; ++k) values.emplace_back(0.001 * k);
  for (const char* name : {"eta_stdp", "eta_ip", "eta_inhib", "mu_ip", "te_max"}) {
    design.dimensions.push_back({name, values, {}});
  }
  EXPECT_EQ(run_count(design), most_runs + 1);
  EXPECT_THAT(problems(design), ElementsAre(HasSubstr("more than 10000000 runs")));
}

// --- Outcomes and the journal ----------------------------------------------------------------------------------------

TEST(Outcome, IsTheSameAfterWritingAndReading) {
  const SweepOutcome ok{.index = 12, .values = {0.1, -0.0, nan, 1e300}, .seconds = 0.25};
  const auto back = outcome_of(line_of(ok));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->index, 12);
  EXPECT_EQ(back->seconds, 0.25);
  EXPECT_EQ(line_of(*back), line_of(ok)) << "every bit is kept, also of NaN and -0";
  const SweepOutcome failed{.index = 3, .error = "a \\ line\nand \\n another, with blanks ", .seconds = 1};
  ASSERT_TRUE(outcome_of(line_of(failed)));
  EXPECT_EQ(outcome_of(line_of(failed))->error, failed.error);
  EXPECT_THAT(line_of(failed), Not(HasSubstr("\n")));
}

TEST(Outcome, IsEmptyForADamagedLine) {
  std::string line = line_of({.index = 12, .values = {0.1, 0.2}, .seconds = 0.25});
  for (std::size_t size = 0; size < line.size(); ++size) EXPECT_FALSE(outcome_of(line.substr(0, size))) << size;
  for (char& c : line) {
    const char before = c;
    c = before == '1' ? '2' : '1';
    EXPECT_FALSE(outcome_of(line)) << line;
    c = before;
  }
}

TEST(Journal, KeepsAppendedOutcomes) {
  const TemporaryFolder folder;
  {
    SweepJournal journal(folder / "j", steps_of_50);
    EXPECT_THAT(journal.outcomes(), IsEmpty());
    journal.append({.index = 4, .values = {1.5}});
    journal.append({.index = 0, .error = "why"});
    journal.append({.index = 0, .values = {2.5}});
  }
  const SweepJournal journal(folder / "j", steps_of_50);
  ASSERT_EQ(journal.outcomes().size(), 2);
  EXPECT_THAT(journal.outcomes().at(4).values, ElementsAre(1.5));
  EXPECT_FALSE(journal.outcomes().at(0).failed()) << "the last outcome counts";
}

/// A journal that is truncated at any byte can be opened, and has the complete lines.
TEST(Journal, CanBeContinuedAfterTruncationAtAnyByte) {
  const TemporaryFolder folder;
  {
    SweepJournal journal(folder / "j", steps_of_50);
    for (std::uint64_t k = 0; k < 3; ++k) journal.append({.index = k, .values = {0.5, static_cast<double>(k)}});
  }
  const std::string whole = read_file(folder / "j");
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    write_file(folder / "torn", whole.substr(0, size));
    std::size_t kept = 0;
    {
      SweepJournal journal(folder / "torn", steps_of_50);
      kept = journal.outcomes().size();
      EXPECT_EQ(journal.damaged_lines(), 0);
      for (std::uint64_t k = kept; k < 3; ++k) journal.append({.index = k, .values = {0.5, static_cast<double>(k)}});
    }
    EXPECT_EQ(read_file(folder / "torn"), whole) << size;
    EXPECT_EQ(SweepJournal(folder / "torn", steps_of_50).outcomes().size(), 3);
  }
}

TEST(Journal, IgnoresDamagedLines) {
  const TemporaryFolder folder;
  {
    SweepJournal journal(folder / "j", steps_of_50);
    for (std::uint64_t k = 0; k < 3; ++k) journal.append({.index = k, .values = {0.5}});
  }
  std::string text = read_file(folder / "j");
  text[text.find("\n1 ok") + 4] = 'K';
  write_file(folder / "j", text);
  const SweepJournal journal(folder / "j", steps_of_50);
  EXPECT_EQ(journal.damaged_lines(), 1);
  EXPECT_EQ(journal.outcomes().size(), 2);
}

TEST(Journal, RefusesAnotherSweepAndOtherFiles) {
  const TemporaryFolder folder;
  { const SweepJournal journal(folder / "j", steps_of_50); }
  EXPECT_THAT(message_of<ParameterError>([&] {
                const SweepJournal other(folder / "j", {{"steps", "60"}, {"noise", "on"}});
              }),
              AllOf(HasSubstr("steps is '50' there and '60' here"), HasSubstr("--out")));
  EXPECT_THAT(message_of<ParameterError>([&] {
                const SweepJournal other(folder / "j", {{"steps", "50"}});
              }),
              HasSubstr("noise is 'on' there and nothing here"));
  write_file(folder / "k", "something else\n");
  EXPECT_THAT(message_of<FormatError>([&] { const SweepJournal other(folder / "k", steps_of_50); }),
              HasSubstr("not the journal of a sweep"));
}

TEST(Journal, AllowsOneProcessAtATime) {
  const TemporaryFolder folder;
  const SweepJournal journal(folder / "j", steps_of_50);
  EXPECT_THAT(message_of<IoError>([&] { const SweepJournal other(folder / "j", steps_of_50); }),
              HasSubstr("another process is working on this sweep"));
}

// --- Tables ----------------------------------------------------------------------------------------------------------

TEST(Table, QuotesTextsThatWouldEndACell) {
  const io::Table table{{"run", std::vector<std::int64_t>{0, 1}},
                        {"x", std::vector<double>{0.1, nan}},
                        {"error", std::vector<std::string>{"", "a, \"b\"\nc"}}};
  EXPECT_EQ(io::csv(table), "run,x,error\n0,0.1,\n1,,\"a, \"\"b\"\"\nc\"\n");
}

TEST(Table, HasARowForEachRunThatEnded) {
  const SweepDesign design = small_random();
  const std::map<std::uint64_t, SweepOutcome> outcomes{
      {0, {.index = 0, .values = {0.1, 20}}}, {2, {.index = 2, .error = "why"}}, {99, {.index = 99, .values = {1, 2}}}};
  const SweepRun first = run_of(design, 0);
  const SweepRun third = run_of(design, 2);
  EXPECT_EQ(io::csv(table_of(design, outcomes)),
            fmt::format("run,point,seed,eta_stdp,nu,noise,mean_rate,ee_synapses,error\n"
                        "0,0,{},{},{},{},0.1,20,\n"
                        "2,2,{},{},{},{},,,why\n",
                        first.seed, first.parameters.eta_stdp, first.parameters.nu, first.noise, third.seed,
                        third.parameters.eta_stdp, third.parameters.nu, third.noise));
}

}  // namespace sorn::runs

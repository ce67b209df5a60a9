// Sweeps: on threads, with interruptions, and shared among processes, which are threads here.
#include "analysis/run_record.hpp"
#include "helpers/reproducible.hpp"
#include "helpers/temporary_folder.hpp"
#include "runs/sweep_run.hpp"
#include "runs/sweep_sharing.hpp"
#include "support/format.hpp"
#include "support/memory.hpp"
#include "team/channel.hpp"

#include <sorn/ensemble.hpp>
#include <sorn/error.hpp>
#include <sorn/measures.hpp>
#include <sorn/network.hpp>
#include <sorn/sweep.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string_view>
#include <thread>
#include <vector>

using testing::AllOf;
using testing::HasSubstr;

namespace sorn::runs {

using test::message_of;
using test::read_file;
using test::TemporaryFolder;

namespace {

Sweep small_sweep() {
  Sweep sweep;
  sweep.design = {.base = {.ne = 20, .nu = 4, .lambda_ee = 5, .lambda_ei = 8},
                  .dimensions = {{"eta_stdp", {0.001, 0.002, 0.004}, {}}, {"noise", {0.0, 0.1}, {}}},
                  .runs_per_point = 3,
                  .steps = 300,
                  .statistics = {"mean_rate", "ee_synapses", "isi_cv"}};
  sweep.text = "# a sweep\n";
  return sweep;
}

TEST(SweepSource, DrivesEachRun) {
  Sweep sweep = small_sweep();
  sweep.design.source = source_spec("counting:n=2,pool_size=3");
  const SweepReport report = run_sweep(sweep);
  const SweepRun run = run_of(sweep.design, 4);
  Network network(run.parameters, run.seed);
  network.run(300, {.noise = Noise::gaussian(run.noise), .source = sweep.design.source});
  EXPECT_EQ(report.outcomes.at(4).values.at(1), static_cast<double>(network.state().wee->synapse_count()));
  Network without(run.parameters, run.seed);
  without.run(300, {.noise = Noise::gaussian(run.noise)});
  EXPECT_NE(without.state(), network.state());
  sweep.design.source = source_spec("counting:n=2,pool_size=4");
  EXPECT_THAT(message_of<ParameterError>([&] { run_sweep(sweep); }), HasSubstr("6 disjoint pools of 4 units"));
}

/// The tables of a sweep in its own folder.
struct Tables {
  std::string csv;
  std::string hdf5;
  bool operator==(const Tables&) const = default;
};

Tables tables_in(const SweepFolder& folder) { return {read_file(folder.csv()), read_file(folder.hdf5())}; }

Tables tables_of(const Sweep& sweep, const SweepExecution& execution) {
  const TemporaryFolder folder;
  run_sweep(sweep, SweepFolder(folder / "out"), execution);
  return tables_in(SweepFolder(folder / "out"));
}

/// Processes that are threads: each has a box for received messages.
class Boxes {
public:
  explicit Boxes(std::size_t size) : boxes_(size) {}

  class End final : public team::Channel {
  public:
    End(Boxes& boxes, std::size_t rank) : boxes_(boxes), rank_(rank) {}
    std::size_t rank() const noexcept override { return rank_; }
    std::size_t size() const noexcept override { return boxes_.boxes_.size(); }
    void send(std::size_t to, std::string_view content) override {
      const std::lock_guard lock(boxes_.mutex_);
      boxes_.boxes_[to].push_back({rank_, std::string(content)});
    }
    std::optional<team::Message> receive() override {
      const std::lock_guard lock(boxes_.mutex_);
      auto& box = boxes_.boxes_[rank_];
      if (box.empty()) return {};
      team::Message message = std::move(box.front());
      box.pop_front();
      return message;
    }

  private:
    Boxes& boxes_;
    std::size_t rank_;
  };

private:
  std::mutex mutex_;
  std::vector<std::deque<team::Message>> boxes_;
};

}  // namespace

/// Its thresholds drift. With an eta_stdp of 0.004 it breaks its promise.
class Drift final : public OwnRule {
public:
  explicit Drift(double rate) : rate_(rate) {}
  std::string_view name() const noexcept override { return "drift"; }
  Changes changes() const noexcept override { return {.te = true}; }
  std::vector<RuleValue> values() const override { return {{"rate", rate_}}; }
  void apply(RuleView& s) const override {
    const double most = s.parameters.eta_stdp == 0.004 ? std::numeric_limits<double>::infinity() : 0.0;
    for (std::size_t unit = s.units.begin; unit < s.units.end; ++unit) {
      s.set_te(unit, s.te[unit - s.units.begin] + rate_ + most);
    }
  }

private:
  double rate_;
};

TEST(Sweep, RunsRulesOfUsersOwn) {
  Sweep sweep = small_sweep();
  sweep.rules = {std::make_shared<Drift>(0.001)};
  EXPECT_THAT(message_of<ParameterError>([&] { run_sweep(sweep); }), HasSubstr("does not name the rule 'drift'"));
  Rule::own("drift");
  sweep.design.base.order = order_named("stdp,ip,drift,ss");
  const SweepReport report = run_sweep(sweep, {.threads = 2});
  const SweepRun run = run_of(sweep.design, 4);
  Network network(run.parameters, run.seed);
  network.set_rules(sweep.rules);
  network.run(300, {.noise = Noise::gaussian(run.noise)});
  EXPECT_EQ(report.outcomes.at(4).values.at(1), static_cast<double>(network.state().wee->synapse_count()));
  EXPECT_EQ(report.progress.failed, 6U);
  EXPECT_THAT(report.outcomes.at(17).error, HasSubstr("the rule 'drift' sets T_E[0] = inf in step 0"));

  const std::uint64_t before = fingerprint(sweep);
  sweep.rules = {std::make_shared<Drift>(0.002)};
  EXPECT_NE(fingerprint(sweep), before);
  sweep.rules = {};
  EXPECT_THAT(message_of<ParameterError>([&] { run_sweep(sweep); }), HasSubstr("which the network was not given"));
}

TEST(Sweep, HasTheSameTablesOnAnyNumberOfThreads) {
  const test::ReproducibleFiles reproducible;
  const Sweep sweep = small_sweep();
  const Tables alone = tables_of(sweep, {.threads = 1});
  EXPECT_EQ(tables_of(sweep, {.threads = 2}), alone);
  EXPECT_EQ(tables_of(sweep, {.threads = 5}), alone);
  EXPECT_THAT(alone.csv, HasSubstr("run,point,seed,eta_stdp,noise,mean_rate,ee_synapses,isi_cv,error\n"));
}

TEST(Sweep, ARunEqualsASingleRun) {
  const Sweep sweep = small_sweep();
  const SweepRun run = run_of(sweep.design, 7);
  Network network(run.parameters, run.seed);
  network.run(300, {.noise = Noise::gaussian(run.noise)});
  const auto outcome = run_one(sweep, 7);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->values[1], network.state().wee->synapse_count());
}

std::vector<std::uint64_t> bits(std::span<const double> values) {
  std::vector<std::uint64_t> found;
  for (const double value : values) found.push_back(std::bit_cast<std::uint64_t>(value));
  return found;
}

TEST(SweepThread, OfSeedsEqualsTheEnsembleAndSingleRunsBitForBit) {
  constexpr std::uint64_t replicas = 40;
  Sweep sweep = small_sweep();
  SweepDesign& design = sweep.design;
  design.dimensions.clear();
  design.seed = 9;
  design.runs_per_point = replicas;
  design.statistics.clear();
  for (const Measure& measure : measures()) design.statistics.emplace_back(measure.name);
  const SweepReport report = sorn::run_sweep(sweep, {.threads = 3});
  const EnsembleOutcome ensemble = run_ensemble({.replicas = replicas,
                                                 .seed = design.seed,
                                                 .threads = 2,
                                                 .parameters = design.base,
                                                 .run = {.steps = design.steps},
                                                 .keep = Keep::statistics});
  ASSERT_EQ(report.outcomes.size(), replicas);
  for (const ReplicaStatistics& row : ensemble.statistics) {
    const SweepRun run = run_of(design, row.replica);
    EXPECT_EQ(run.seed, row.seed);
    Network network(run.parameters, run.seed);
    analysis::RunCounter counter(network.state().ne(), network.state().ni());
    counter.keep_train(design.steps);
    Observer* const observers[] = {&counter};
    network.run(design.steps, {.noise = Noise::gaussian(run.noise)}, observers);
    analysis::RunRecord record(counter.observed(network.state()));
    const std::vector<double>& values = report.outcomes.at(row.replica).values;
    EXPECT_EQ(bits(values), bits(analysis::values(design.statistics, record)));
    // The measures of ensembles are the first rows of the table of measures.
    EXPECT_EQ(bits(std::span(values).first(row.values.size())), bits(row.values));
  }
}

TEST(SweepThread, HasTheSameOutcomesInMemoryAndInAFolder) {
  const Sweep sweep = small_sweep();
  const TemporaryFolder folder;
  const SweepReport in_folder = sorn::run_sweep(sweep, SweepFolder(folder / "out"), {.threads = 2});
  std::vector<std::uint64_t> done;
  const SweepReport in_memory = sorn::run_sweep(sweep, {.threads = 3, .watch = [&](const SweepProgress& progress) {
                                                          done.push_back(progress.done);
                                                          return Observer::Outcome::go_on;
                                                        }});
  ASSERT_EQ(in_memory.outcomes.size(), run_count(sweep.design));
  for (const auto& [index, outcome] : in_memory.outcomes) {
    EXPECT_EQ(bits(outcome.values), bits(in_folder.outcomes.at(index).values));
  }
  EXPECT_EQ(done.front(), 0U);
  EXPECT_EQ(done.back(), run_count(sweep.design));
  EXPECT_TRUE(std::ranges::is_sorted(done));
  EXPECT_EQ(in_memory.processors, 3U);
}

TEST(SweepThread, StopsWhenItsWatchThrows) {
  Sweep sweep = small_sweep();
  sweep.design.steps = 1'000'000'000;
  sweep.design.statistics = {"mean_rate"};
  struct Interrupt {};
  int looks = 0;
  const auto interrupt = [&](const SweepProgress&) {
    if (++looks == 2) throw Interrupt();
    return Observer::Outcome::go_on;
  };
  EXPECT_THROW(sorn::run_sweep(sweep, {.threads = 2, .watch = interrupt}), Interrupt);
}

/// An error of writing a file ends the sweep; it is no outcome of a run.
TEST(SweepThread, EndsWithAnErrorIfAFileCannotBeWritten) {
  Sweep sweep = small_sweep();
  sweep.design.files = true;
  const TemporaryFolder folder;
  const SweepFolder out(folder / "out");
  for (std::uint64_t k = 5; k < run_count(sweep.design); ++k) std::filesystem::create_directories(out.run(k));
  EXPECT_THROW(sorn::run_sweep(sweep, out, {.threads = 3, .overwrite = true}), IoError);
  EXPECT_FALSE(std::filesystem::exists(out.csv()));
}

TEST(Sweep, RefusesInvalidSweepsBeforeTheFirstRun) {
  const TemporaryFolder folder;
  const auto message = [&](auto change) {
    Sweep sweep = small_sweep();
    SweepExecution execution{.threads = 2};
    change(sweep, execution);
    const std::string in_memory = message_of<ParameterError>([&] { sorn::run_sweep(sweep, execution); });
    EXPECT_EQ(message_of<ParameterError>([&] { sorn::run_sweep(sweep, SweepFolder(folder / "out"), execution); }),
              in_memory);
    EXPECT_THAT(folder.names(), testing::IsEmpty());
    return in_memory;
  };
  EXPECT_THAT(message([](Sweep& sweep, auto&) { sweep.design.steps = 0; }), HasSubstr("the sweep: [run] steps"));
  EXPECT_THAT(message([](Sweep& sweep, auto&) {
                sweep.design.statistics = {"mean_rat"};
                sweep.design.runs_per_point = 0;
              }),
              AllOf(HasSubstr("the sweep: 2 things are wrong:\n"), HasSubstr("mean_rat")));
  EXPECT_THAT(message([](Sweep& sweep, auto&) {
                sweep.design.seeds = {1, 2};
              }),
              HasSubstr("seeds: there are 2 for 3 runs of each point"));
  EXPECT_THAT(message([](auto&, SweepExecution& execution) { execution.threads = 5000; }), HasSubstr("threads = 5000"));
  EXPECT_THAT(message([](Sweep& sweep, auto&) {
                Parameters other = sweep.design.base;
                other.ne = 30;
                sweep.state = Network(other, 1).state();
              }),
              HasSubstr("has 30 and 6 units"));
  EXPECT_THAT(message([](Sweep& sweep, auto&) {
                sweep.inputs = InputArray{std::vector<double>(40), 4, 10, false};
              }),
              HasSubstr("the inputs have only 10 steps"));
  EXPECT_THAT(message([](Sweep& sweep, auto&) {
                sweep.inputs = InputArray{std::vector<double>(10), 4, 300, false};
              }),
              HasSubstr("the inputs have 10 values for 4 features over 300 steps"));
  EXPECT_THAT(message([](Sweep& sweep, SweepExecution& execution) {
                // One network fits into memory, a thousand at the same time do not.
                sweep.design.base.ni = 200;
                sweep.design.base.ne = static_cast<std::size_t>(physical_memory_bytes() / 24 / 800);
                sweep.design.runs_per_point = 1000;
                execution.threads = 1000;
              }),
              AllOf(HasSubstr("1000 networks at a time would need"), HasSubstr("give fewer threads")));
}

TEST(Sweep, HasTheValueOfTheFormulaWhereAHyperparameterIsNotSet) {
  for (const bool first : {true, false}) {
    Sweep sweep = small_sweep();
    sweep.design.runs_per_point = 1;
    sweep.design.dimensions = {{"h_ip", {std::monostate{}, 0.1}}};
    if (!first) std::swap(sweep.design.dimensions[0].values[0], sweep.design.dimensions[0].values[1]);
    const double formula = Parameters(sweep.design.base).target_rate();
    const std::string csv = tables_of(sweep, {.threads = 1}).csv;
    EXPECT_THAT(csv, HasSubstr(formatted(",{},", formula)));
    EXPECT_THAT(csv, HasSubstr(",0.1,"));
  }
}

TEST(Sweep, WithoutATextWritesNoDescription) {
  Sweep sweep = small_sweep();
  sweep.text.clear();
  const TemporaryFolder folder;
  const SweepFolder out(folder / "out");
  sorn::run_sweep(sweep, out);
  EXPECT_FALSE(std::filesystem::exists(out.description()));
  EXPECT_TRUE(std::filesystem::exists(out.hdf5()));
}

TEST(Sweep, ContinuesAfterAnyInterruptionWithoutRepetition) {
  const test::ReproducibleFiles reproducible;
  const Sweep sweep = small_sweep();
  const Tables whole = tables_of(sweep, {.threads = 1});
  const TemporaryFolder folder;
  const SweepFolder out(folder / "out");
  std::uint64_t made = 0;
  for (std::uint64_t allowed = 1; made < run_count(sweep.design); ++allowed) {
    const SweepReport report = run_sweep(
        sweep, out, {.threads = 2, .watch = [&](const SweepProgress& p) {
                       return p.done - p.done_before >= allowed ? Observer::Outcome::stop : Observer::Outcome::go_on;
                     }});
    EXPECT_EQ(report.progress.done_before, made);
    made = report.progress.done;
    EXPECT_EQ(report.stopped, made < run_count(sweep.design));
    EXPECT_EQ(std::filesystem::exists(out.csv()), !report.stopped);
  }
  EXPECT_EQ(tables_in(out), whole);
  EXPECT_EQ(read_file(out.description()), sweep.text);
}

TEST(Sweep, StopsInTheMiddleOfARun) {
  Sweep sweep = small_sweep();
  sweep.design.steps = 1'000'000'000;
  sweep.design.statistics = {"mean_rate"};
  const TemporaryFolder folder;
  const auto begin = std::chrono::steady_clock::now();
  const auto stop_soon = [&](const SweepProgress&) {
    const bool soon = std::chrono::steady_clock::now() - begin > std::chrono::milliseconds(50);
    return soon ? Observer::Outcome::stop : Observer::Outcome::go_on;
  };
  const SweepReport report = run_sweep(sweep, SweepFolder(folder / "out"), {.threads = 2, .watch = stop_soon});
  EXPECT_TRUE(report.stopped);
  EXPECT_EQ(report.progress.done, 0);
}

TEST(Sweep, CanBeExtendedByMoreSamples) {
  const test::ReproducibleFiles reproducible;
  Sweep sweep = small_sweep();
  sweep.design.kind = DesignKind::random;
  sweep.design.samples = 5;
  sweep.design.runs_per_point = 1;
  const TemporaryFolder folder;
  const SweepFolder out(folder / "out");
  run_sweep(sweep, out, {.threads = 2});
  sweep.design.samples = 7;
  EXPECT_EQ(run_sweep(sweep, out, {.threads = 2}).progress.done_before, 5);
  EXPECT_EQ(tables_in(out), tables_of(sweep, {.threads = 1}));
}

TEST(Sweep, RecordsAFailedRunAndMakesTheOthers) {
  Sweep sweep = small_sweep();
  sweep.design.kind = DesignKind::random;
  sweep.design.samples = 10;
  sweep.design.runs_per_point = 1;
  sweep.design.dimensions = {{"te_min", {0.1, 2.0}, {}}};
  const TemporaryFolder folder;
  const SweepFolder out(folder / "out");
  const SweepReport report = run_sweep(sweep, out, {.threads = 2});
  EXPECT_FALSE(report.stopped);
  EXPECT_GT(report.progress.failed, 0);
  EXPECT_LT(report.progress.failed, 10);
  EXPECT_THAT(read_file(out.csv()), HasSubstr(",2,,,,invalid hyperparameters: te_min = 2: must be at most te_max = 1"));
  EXPECT_EQ(run_sweep(sweep, out, {.threads = 2}).progress.done_before, 10) << "a failed run counts as ended";
  EXPECT_EQ(run_sweep(sweep, out, {.threads = 2, .repeat_failed = true}).progress.done_before,
            10 - report.progress.failed);
}

TEST(Sweep, WritesAFileOfEachRunIfRequested) {
  const test::ReproducibleFiles reproducible;
  Sweep sweep = small_sweep();
  sweep.design.dimensions.clear();
  sweep.design.files = true;
  sweep.design.record = {{Quantity::ee_count}};
  const TemporaryFolder folder;
  const SweepFolder out(folder / "out");
  run_sweep(sweep, out, {.threads = 2});
  const Result result = load_result(out.run(2));
  EXPECT_EQ(result.state.seed, run_of(sweep.design, 2).seed);
  EXPECT_EQ(result.recordings.at(0).rows, 300);
  sweep.design.files = false;
  sweep.design.record.clear();
  EXPECT_EQ(read_file(out.csv()), tables_of(sweep, {.threads = 1}).csv) << "files do not change results";
}

TEST(Sweep, RepeatsARunWhoseFileWasRemoved) {
  const test::ReproducibleFiles reproducible;
  Sweep sweep = small_sweep();
  sweep.design.files = true;
  const TemporaryFolder folder;
  const SweepFolder out(folder / "out");
  const std::uint64_t count = run_count(sweep.design);
  run_sweep(sweep, out, {.threads = 2});
  const Tables whole = tables_in(out);
  const std::string kept = read_file(out.run(1));
  std::filesystem::remove(out.run(2));
  std::filesystem::remove(out.csv());
  const SweepReport report = run_sweep(sweep, out, {.threads = 2});
  EXPECT_EQ(report.progress.done_before, count - 1);
  EXPECT_EQ(report.progress.done, count);
  EXPECT_EQ(load_result(out.run(2)).state.seed, run_of(sweep.design, 2).seed);
  EXPECT_EQ(read_file(out.run(1)), kept) << "existing files must not change";
  EXPECT_EQ(tables_in(out), whole);

  std::filesystem::remove_all(out.run(0).parent_path());
  EXPECT_EQ(run_sweep(sweep, out, {.threads = 2}).progress.done_before, 0);
  for (std::uint64_t k = 0; k < count; ++k) EXPECT_TRUE(std::filesystem::exists(out.run(k)));
  EXPECT_EQ(run_sweep(sweep, out, {.threads = 2}).progress.done_before, count);

  sweep.design.files = false;
  std::filesystem::remove_all(out.run(0).parent_path());
  EXPECT_EQ(tables_of(sweep, {.threads = 1}), whole);
}

TEST(Sweep, UsesAStateAndInputs) {
  Sweep sweep = small_sweep();
  Network network(sweep.design.base, 3);
  network.run(100);
  sweep.state = network.state();
  sweep.inputs = InputArray{std::vector<double>(4 * 300, 0.5), 4, 300, true};
  EXPECT_THAT(problems(sweep.design, sweep.state, sweep.inputs), testing::IsEmpty());
  const SweepRun run = run_of(sweep.design, 8);
  network.set_parameters(run.parameters);
  network.reseed(run.seed);
  network.run(300, {.noise = Noise::gaussian(run.noise), .inputs = sweep.inputs->view()});
  EXPECT_EQ(run_one(sweep, 8)->values[1], network.state().wee->synapse_count());
  const auto before = fingerprint(sweep);
  sweep.inputs->values[7] = 0.25;
  EXPECT_NE(fingerprint(sweep), before);
  sweep.design.dimensions = {{"ne", {std::int64_t{30}}, {}}};
  EXPECT_THAT(problems(sweep.design, sweep.state, sweep.inputs),
              testing::Contains(HasSubstr("the network in the state file has 20 and 4 units")));
}

TEST(Sweep, DoesNotOverwriteAnotherTable) {
  const TemporaryFolder folder;
  for (const char* name : {"table.csv", "table.h5", "sweep.toml"}) {
    test::write_file(folder / name, "precious");
    EXPECT_THAT(message_of<IoError>([&] { run_sweep(small_sweep(), SweepFolder(folder.path()), {}); }),
                HasSubstr("exists already"));
    EXPECT_THAT(folder.names(), testing::ElementsAre(name));
    EXPECT_EQ(test::read_file(folder / name), "precious");
    std::filesystem::remove(folder / name);
  }
  test::write_file(folder / "table.csv", "precious");
  run_sweep(small_sweep(), SweepFolder(folder.path()), {.overwrite = true});
  EXPECT_NE(test::read_file(folder / "table.csv"), "precious");
}

TEST(Sweep, RefusesAJournalThatIsALinkOrAFolder) {
  for (int way = 0; way < 4; ++way) {
    const TemporaryFolder folder;
    const auto journal = folder / "runs.journal";
    test::write_file(folder / "victim", "");
    if (way == 0) std::filesystem::create_symlink("victim", journal);
    if (way == 1) std::filesystem::create_symlink("nowhere", journal);
    if (way == 2) std::filesystem::create_hard_link(folder / "victim", journal);
    if (way == 3) std::filesystem::create_directory(journal);
    EXPECT_THROW(run_sweep(small_sweep(), SweepFolder(folder.path()), {}), IoError) << way;
    EXPECT_EQ(test::read_file(folder / "victim"), "");
    EXPECT_EQ(folder.names().size(), 2U);
  }
}

TEST(SharedSweep, HasTheSameTablesAndRepeatsNothing) {
  const test::ReproducibleFiles reproducible;
  const Sweep sweep = small_sweep();
  const Tables alone = tables_of(sweep, {.threads = 1});
  for (const std::size_t size : {2UL, 3UL, 5UL}) {
    const TemporaryFolder folder;
    const SweepFolder out(folder / "out");
    Boxes boxes(size);
    std::atomic<std::uint64_t> helped{0};
    std::vector<std::jthread> others;
    for (std::size_t rank = 1; rank < size; ++rank) {
      others.emplace_back([&, rank] {
        Boxes::End end(boxes, rank);
        helped += help(sweep, out, end, {});
      });
    }
    Boxes::End end(boxes, 0);
    const SweepReport report = run_sweep(sweep, out, {}, &end);
    others.clear();
    EXPECT_EQ(report.processors, size);
    EXPECT_GT(helped, 0);
    EXPECT_EQ(tables_in(out), alone);
    const std::string journal = read_file(out.journal());
    EXPECT_EQ(std::count(journal.begin(), journal.end(), '\n'),
              std::ssize(description(sweep)) + 2 + static_cast<std::ptrdiff_t>(run_count(sweep.design)));
  }
}

TEST(SharedSweep, OtherProcessesMakeTheRunsOfAStoppedProcess) {
  const test::ReproducibleFiles reproducible;
  const Sweep sweep = small_sweep();
  const TemporaryFolder folder;
  const SweepFolder out(folder / "out");
  Boxes boxes(2);
  std::jthread other([&] {
    Boxes::End end(boxes, 1);
    std::atomic<int> asked{0};
    help(sweep, out, end, [&] { return ++asked > 3; });
  });
  Boxes::End end(boxes, 0);
  const SweepReport report = run_sweep(sweep, out, {}, &end);
  EXPECT_FALSE(report.stopped);
  EXPECT_EQ(tables_in(out), tables_of(sweep, {.threads = 1}));
}

TEST(SharedSweep, EndsTheOtherProcessesAfterAnError) {
  const Sweep sweep = small_sweep();
  const TemporaryFolder folder;
  test::write_file(folder / "table.csv", "precious");
  Boxes boxes(3);
  std::vector<std::jthread> others;
  for (std::size_t rank = 1; rank < 3; ++rank) {
    others.emplace_back([&, rank] {
      Boxes::End end(boxes, rank);
      EXPECT_EQ(help(sweep, SweepFolder(folder.path()), end, {}), 0);
    });
  }
  Boxes::End end(boxes, 0);
  EXPECT_THROW(run_sweep(sweep, SweepFolder(folder.path()), {}, &end), IoError);
}

TEST(SharedSweep, DetectsThatAProcessReadAnotherFile) {
  Sweep other_sweep = small_sweep();
  other_sweep.design.steps = 301;
  const TemporaryFolder folder;
  Boxes boxes(2);
  std::jthread other([&] {
    Boxes::End end(boxes, 1);
    EXPECT_THAT(message_of<FormatError>([&] { help(other_sweep, SweepFolder(folder / "out"), end, {}); }),
                HasSubstr("process 0 has read another one"));
    end.send(0, "stopped");
  });
  Boxes::End end(boxes, 0);
  run_sweep(small_sweep(), SweepFolder(folder / "out"), {}, &end);
}

}  // namespace sorn::runs

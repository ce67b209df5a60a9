// The command's ensembles.
#include "helpers/command.hpp"

#include <sorn/ensemble.hpp>
#include <sorn/io.hpp>

#include <csignal>
#include <sstream>
#include <thread>

namespace sorn {
namespace {

using test::run_command;
using testing::AllOf;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class EnsembleCommandThread : public test::Command {
protected:
  /// Expects the file of a replica to equal that of the single run with its seed.
  static void expect_single_run(const std::string& file, std::vector<std::string> arguments, std::uint64_t seed) {
    arguments.insert(arguments.end(), {"--seed", fmt::format("{}", seed), "--out", "single.h5"});
    run(arguments);
    const Result replica = load_result(file);
    const Result single = load_result("single.h5");
    EXPECT_EQ(replica.state, single.state) << file;
    EXPECT_EQ(replica.recordings, single.recordings) << file;
    EXPECT_EQ(replica.parameters, single.parameters) << file;
    EXPECT_EQ(replica.run, single.run) << file;
    std::filesystem::remove("single.h5");
  }
};

TEST_F(EnsembleCommandThread, FilesEqualThoseOfSingleRuns) {
  const std::vector<std::string> what{"simulate", "--steps", "200",      "--record", "E,C/10",
                                      "--set",    "ne=60",   "--freeze", "sp"};
  for (const std::string threads : {"1", "2", "5"}) {
    std::vector<std::string> arguments = what;
    arguments.insert(arguments.end(),
                     {"--replicas", "11", "--seed", "3", "--threads", threads, "--out", "a.h5", "--force"});
    const std::string text = run(arguments).out;
    EXPECT_THAT(text,
                AllOf(HasSubstr("11 replicas, 2,200 steps of plasticity in "), HasSubstr("seed       3\n"),
                      HasSubstr("results in a-00.h5 to a-10.h5"), HasSubstr(fmt::format("{}", replica_seed(3, 10))),
                      ContainsRegex("mean_rate +0\\.[0-9]+ +0\\.[0-9]+ "), ContainsRegex("ee_synapses +[0-9]+\\.")));
    EXPECT_EQ(folder.names().size(), 11U);
    for (const std::uint64_t k : {0U, 7U, 10U})
      expect_single_run(fmt::format("a-{:02}.h5", k), what, replica_seed(3, k));
  }
}

TEST_F(EnsembleCommandThread, ContinuesFromAStateWithInputs) {
  test::write_file("in.csv", "1,0\n0,1\n1,1\n0,0\n");
  run({"init", "--seed", "1", "--set", "ne=50", "--out", "n.h5"});
  for (const std::string command : {"simulate", "train"}) {
    const std::vector<std::string> what{command,   "--state", "n.h5",     "--inputs", "in.csv",
                                        "--steps", "3",       "--record", "I"};
    std::vector<std::string> arguments = what;
    arguments.insert(arguments.end(), {"--replicas", "2", "--seed", "8", "--out", "b", "--force"});
    EXPECT_THAT(run(arguments).err, HasSubstr("only the first 3 are used"));
    for (const std::uint64_t k : {0U, 1U}) expect_single_run(fmt::format("b-{}", k), what, replica_seed(8, k));
  }
}

TEST_F(EnsembleCommandThread, KeepsOnlyStatisticsIfRequested) {
  test::write_file("e.toml", "[run]\nreplicas = 30\nthreads = 2\nsteps = 20\nout = \"none\"\n");
  const std::string text = run({"simulate", "--config", "e.toml", "--set", "ne=60"}).out;
  EXPECT_THAT(text, AllOf(HasSubstr("30 replicas, 600 steps"), HasSubstr("(drawn; --seed"), HasSubstr("over replicas"),
                          Not(HasSubstr("E rate")), Not(HasSubstr("results in"))));
  EXPECT_THAT(folder.names(), ElementsAre("e.toml"));
  EXPECT_THAT(run({"simulate", "--config", "e.toml", "--quiet"}).out, IsEmpty());
  EXPECT_THAT(failure(2, {"simulate", "--steps", "5", "--out", "none"}), HasSubstr("--out none needs --replicas"));
  EXPECT_THAT(failure(3, {"simulate", "--replicas", "2", "--steps", "5", "--out", "none", "--record", "E"}),
              HasSubstr("recording E"));
  EXPECT_THAT(failure(3, {"simulate", "--replicas", "2", "--steps", "5", "--out", "none", "--checkpoint-every", "2"}),
              HasSubstr("checkpoint_every = 2"));
}

TEST_F(EnsembleCommandThread, WritesATableOfStatistics) {
  const std::vector<std::string> what{"simulate", "--replicas", "3", "--steps", "20", "--seed", "1", "--set", "ne=60"};
  std::vector<std::string> arguments = what;
  arguments.insert(arguments.end(), {"--out", "t.csv"});
  EXPECT_THAT(run(arguments).out, HasSubstr("table in   t.csv"));
  EXPECT_THAT(folder.names(), ElementsAre("t.csv"));

  EnsemblePlan plan;
  plan.replicas = 3;
  plan.seed = 1;
  plan.run.steps = 20;
  plan.parameters.ne = 60;
  plan.keep = Keep::statistics;
  const auto rows = run_ensemble(plan).statistics;
  std::istringstream table(test::read_file("t.csv"));
  std::string line;
  std::getline(table, line);
  std::string header = "replica,seed,steps";
  for (const Measure& measure : measures_without_train()) header += fmt::format(",{}", measure.name);
  EXPECT_EQ(line, header);
  for (const ReplicaStatistics& row : rows) {
    std::getline(table, line);
    EXPECT_EQ(line, fmt::format("{},{},20,{}", row.replica, row.seed, fmt::join(row.values, ",")));
  }
  EXPECT_FALSE(std::getline(table, line));

  std::vector<std::string> silent = what;
  silent[0] = "train";
  silent.insert(silent.end(), {"--noise", "off", "--set", "te_min=1", "--set", "ti_min=0.5", "--out", "s.csv"});
  run(silent);
  EXPECT_THAT(test::read_file("s.csv"), HasSubstr(",20,0,0,0,0,0,60,0,,,,")) << "undefined values are empty";
  silent.back() = "no/s.csv";
  EXPECT_THAT(failure(4, silent), HasSubstr("no/s.csv"));
  silent.back() = "S.CSV";
  run(silent);
  EXPECT_EQ(test::read_file("S.CSV").substr(0, 12), "replica,seed");
  for (const std::string name : {"single.csv", "single.Csv"}) {
    EXPECT_THAT(failure(2, {"simulate", "--steps", "5", "--out", name}),
                HasSubstr("--out " + name + ": a table of statistics needs --replicas"));
  }
  EXPECT_FALSE(std::filesystem::exists("single.csv"));
}

TEST_F(EnsembleCommandThread, UsesADefaultName) {
  run({"simulate", "--replicas", "2", "--steps", "5"});
  EXPECT_THAT(folder.names(), ElementsAre("sorn-result-0.h5", "sorn-result-1.h5"));
  EXPECT_THAT(failure(4, {"simulate", "--replicas", "2", "--steps", "5"}),
              HasSubstr("'sorn-result-0.h5' exists already"));
}

TEST_F(EnsembleCommandThread, RefusesInvalidArguments) {
  for (const std::string number : {"0", "1000001", "1.5", "-3", "many", ""}) {
    EXPECT_THAT(failure(3, {"simulate", "--replicas", number, "--steps", "5", "--out", "a.h5"}),
                HasSubstr("--replicas " + number + ": must be a whole number in [1, 1000000]"));
  }
  for (const std::string number : {"0", "5000", "two"}) {
    EXPECT_THAT(failure(3, {"simulate", "--replicas", "2", "--threads", number, "--steps", "5", "--out", "a.h5"}),
                HasSubstr("--threads " + number + ": must be a whole number in [1, 4096]"));
    EXPECT_THAT(failure(3, {"simulate", "--threads", number, "--steps", "5", "--out", "a.h5"}), HasSubstr("--threads"));
  }
  EXPECT_THAT(failure(4, {"simulate", "--replicas", "2", "--steps", "5", "--out", "no/a.h5"}), HasSubstr("no/a-0.h5"));
  EXPECT_THAT(failure(3, {"simulate", "--replicas", "2", "--steps", "5", "--out", "/dev/null"}),
              HasSubstr("files can be called after"));
  EXPECT_THAT(failure(2, {"simulate", "--replicas", "2", "--out", "a.h5"}), HasSubstr("--steps N is needed"));
  EXPECT_THAT(folder.names(), IsEmpty());
}

TEST_F(EnsembleCommandThread, CanBeResumedAfterASignal) {
  const std::vector<std::string> what{"simulate", "--steps", "40000", "--set", "ne=50", "--record", "C/100"};
  std::vector<std::string> arguments = what;
  arguments.insert(arguments.end(),
                   {"--checkpoint-every", "5000", "--replicas", "6", "--seed", "5", "--threads", "2", "--out", "a.h5"});
  std::atomic<int> signal{0};
  std::jthread later([&] {
    while (!std::filesystem::exists("a-0.h5.checkpoint-0")) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    signal = SIGTERM;
  });
  const test::Outcome outcome = run_command(arguments, true, &signal);
  later.join();
  EXPECT_EQ(outcome.code, 143);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("terminated: stopped after "), HasSubstr("of 240,000 steps")));
  if (std::filesystem::exists("a-0.h5")) {  // the signal came after all first checkpoints
    EXPECT_THAT(outcome.err, HasSubstr("--replicas 6 --resume a.h5 continues them"));
    EXPECT_THAT(failure(4, {"simulate", "--replicas", "6", "--steps", "5", "--out", "a.h5"}), HasSubstr("broken off"));
    EXPECT_THAT(failure(4, {"simulate", "--replicas", "7", "--resume", "a.h5"}), HasSubstr("replica 6 has left"));
    EXPECT_THAT(failure(2, {"simulate", "--replicas", "6", "--resume", "a.h5", "--seed", "5"}),
                HasSubstr("--resume contradict"));
    const test::Outcome rest = run_command({"simulate", "--replicas", "6", "--resume", "a.h5", "--threads", "3"}, true);
    EXPECT_EQ(rest.code, 0) << rest.err;
    EXPECT_THAT(rest.err, HasSubstr("\x1b[K")) << "progress is shown and removed";
    EXPECT_THAT(failure(4, {"simulate", "--replicas", "6", "--resume", "a.h5"}), HasSubstr("no checkpoint"));
    EXPECT_THAT(folder.names(), ElementsAre("a-0.h5", "a-1.h5", "a-2.h5", "a-3.h5", "a-4.h5", "a-5.h5"));
    for (std::uint64_t k = 0; k < 6; ++k) {
      std::vector<std::string> single = what;
      single.insert(single.end(), {"--seed", fmt::format("{}", replica_seed(5, k)), "--out", "single.h5", "--force"});
      run(single);
      const std::string file = fmt::format("a-{}.h5", k);
      EXPECT_EQ(load_result(file).state, load_result("single.h5").state);
      EXPECT_EQ(load_result(file).recordings, load_result("single.h5").recordings);
    }
  }
}

TEST_F(EnsembleCommandThread, LeavesValidFilesAtASignal) {
  std::atomic<int> signal{0};
  std::jthread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    signal = SIGINT;
  });
  const test::Outcome outcome =
      run_command({"simulate", "--steps", "1e9", "--replicas", "5", "--threads", "2", "--record", "E", "--out", "a.h5"},
                  false, &signal);
  EXPECT_EQ(outcome.code, 130);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("interrupted: stopped after "), HasSubstr("0 of 5 replicas are complete"),
                                 HasSubstr("results so far")));
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("results in a-0.h5 to a-1.h5\n"),
                                 HasSubstr("replicas 2 to 4; existing files of these names are from an earlier run")));
  EXPECT_THAT(folder.names(), ElementsAre("a-0.h5", "a-1.h5"));
  for (const std::string& file : folder.names()) EXPECT_GT(load_result(file).run.steps, 0U);
}

TEST_F(EnsembleCommandThread, ReportsThatATableIsOfIncompleteReplicas) {
  std::atomic<int> signal{0};
  std::jthread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    signal = SIGINT;
  });
  const test::Outcome outcome = run_command(
      {"simulate", "--steps", "1e9", "--replicas", "5", "--threads", "2", "--out", "t.csv"}, false, &signal);
  EXPECT_EQ(outcome.code, 130);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("table in   t.csv"), HasSubstr("not begun  replicas 2 to 4\n"),
                                 ContainsRegex("over incomplete replicas +mean")));
  EXPECT_THAT(test::read_file("t.csv"), HasSubstr("\n1,"));
}

}  // namespace
}  // namespace sorn

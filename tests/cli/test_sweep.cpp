// 'sorn sweep', in-process.
#include "config/sweep_file.hpp"
#include "helpers/command.hpp"
#include "helpers/reproducible.hpp"
#include "runs/sweep_run.hpp"
#include "team/channel.hpp"
#include "team/processes.hpp"

#include <sorn/error.hpp>
#include <sorn/io.hpp>

#include <csignal>

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

namespace sorn::test {

namespace {

const std::string small = R"(
[parameters]
ne = 20
nu = 4
lambda_ee = 5
lambda_ei = 8
[run]
steps = 100
seed = 3
[sweep]
seeds = 2
statistics = ["mean_rate", "ee_synapses"]
[sweep.grid]
mu_ip = [0.1, 0.01]
eta_stdp = [0.002, 0.001]
)";

const std::string some_fail = R"(
[parameters]
ne = 20
nu = 4
lambda_ee = 5
lambda_ei = 8
[run]
steps = 20
[sweep]
samples = 10
statistics = ["mean_rate"]
[sweep.random]
te_min = [0.1, 2.0]
)";

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  return text.replace(text.find(what), what.size(), by);
}

/// Simulates several processes.
class Several final : public team::Processes {
public:
  std::size_t rank() const noexcept override { return 0; }
  std::size_t size() const noexcept override { return 3; }
  std::unique_ptr<team::Channel> open_channel() override { return nullptr; }
  std::shared_ptr<Ranks> ranks() override { return nullptr; }
};

class SweepCommand : public Command {};

}  // namespace

TEST_F(SweepCommand, SweepsOverAGrid) {
  const test::ReproducibleFiles reproducible;
  write_file("sweep.toml", small);
  EXPECT_THAT(run({"sweep", "sweep.toml", "--out", "out", "--threads", "2"}).out,
              AllOf(StartsWith("8 runs in "), HasSubstr("2 threads"), HasSubstr("% of the processors' time in runs"),
                    HasSubstr("out/table.csv and table.h5")));
  const std::string table = read_file("out/table.csv");
  EXPECT_THAT(table, StartsWith("run,point,seed,mu_ip,eta_stdp,mean_rate,ee_synapses,error\n"))
      << "in the order of the file";
  EXPECT_THAT(table, HasSubstr("\n2,1,"));
  EXPECT_THAT(table, HasSubstr(",0.1,0.001,")) << "the last key changes fastest";
  EXPECT_EQ(read_file("out/sweep.toml"), small);
  EXPECT_THAT(run({"sweep", "sweep.toml", "--out", "out"}).out,
              StartsWith("nothing to do: 8 runs had been made before\n"));
  EXPECT_THAT(run({"sweep", "sweep.toml", "--out", "again", "--quiet"}).out, IsEmpty());
  EXPECT_EQ(read_file("again/table.h5"), read_file("out/table.h5"));
}

TEST_F(SweepCommand, ARowEqualsTheRunOfItsValues) {
  write_file("sweep.toml", small);
  run({"sweep", "sweep.toml", "--out", "out"});
  const Sweep sweep = config::read_sweep("sweep.toml").sweep;
  const SweepRun chosen = run_of(sweep.design, 5);
  run({"simulate", "--set", "ne=20", "--set", "nu=4", "--set", "lambda_ee=5", "--set", "lambda_ei=8", "--set",
       "mu_ip=0.01", "--set", "eta_stdp=0.002", "--steps", "100", "--seed", fmt::format("{}", chosen.seed), "--out",
       "run.h5"});
  EXPECT_THAT(read_file("out/table.csv"), HasSubstr(fmt::format("\n5,2,{},0.01,0.002,", chosen.seed)));
  EXPECT_EQ(runs::run_one(sweep, 5)->values[1], load_result("run.h5", false).state.wee->synapse_count());
}

TEST_F(SweepCommand, SweepsOverVariantsAndSwitches) {
  const std::string text = R"(
[model]
mu_ip = 0.01
[parameters]
ne = 40
lambda_ee = 5
variant = "sorn_v2"
[run]
steps = 30
[sweep]
statistics = ["mean_rate"]
[sweep.grid]
order = [["ip", "stdp", "ssee"], "stdp, ssee"]
variant = ["zheng2013", "delpapa2017"]
keep_zero = [true, "off"]
)";
  const Sweep sweep = config::parse_sweep(text, "s.toml").sweep;
  ASSERT_EQ(run_count(sweep.design), 8U);
  Parameters expected = parameters_of(VariantName::delpapa2017);
  expected.mu_ip = 0.01;  // given, although it is the value of the default variant
  expected.ne = 40;
  expected.lambda_ee = 5;
  expected.order = Order{Rule::ip, Rule::stdp, Rule::ssee};
  expected.keep_zero = Toggle::on;
  EXPECT_EQ(run_of(sweep.design, 2).parameters, expected);
  write_file("s.toml", text);
  run({"sweep", "s.toml", "--out", "v", "--quiet"});
  EXPECT_THAT(read_file("v/table.csv"), HasSubstr(R"(,"excitatory,inhibitory,ip,stdp,ssee",delpapa2017,on,)"));
  // A value that is not given any more makes another sweep.
  write_file("s.toml", replaced(text, "mu_ip = 0.01", ""));
  EXPECT_THAT(failure(3, {"sweep", "s.toml", "--out", "v"}), HasSubstr("journal of another sweep"));
  write_file("s.toml", replaced(text, R"(["ip", "stdp", "ssee"], "stdp, ssee")", R"(["ip", 3])"));
  EXPECT_THAT(failure(3, {"sweep", "s.toml"}), HasSubstr("order holds a list: must be a list of lists of strings"));
  write_file("s.toml", replaced(text, R"([true, "off"])", "[true, [1]]"));
  EXPECT_THAT(failure(3, {"sweep", "s.toml"}), HasSubstr("keep_zero holds a list: must be a list of true and false"));
}

TEST_F(SweepCommand, ListsTheRunsOfASweep) {
  write_file("sweep.toml", small);
  EXPECT_THAT(run({"sweep", "sweep.toml", "--dry-run"}).out,
              AllOf(StartsWith("run 0: point 0, seed "), HasSubstr(", mu_ip = 0.1, eta_stdp = 0.002\n")));
  EXPECT_FALSE(std::filesystem::exists("sorn-sweep"));
}

TEST_F(SweepCommand, ExampleOfASweepRuns) {
  write_file("sweep.toml", replaced(run({"sweep", "--dump-example"}).out, "steps = 5000", "steps = 1200"));
  EXPECT_THAT(run({"sweep", "sweep.toml"}).out, StartsWith("18 runs in "));
  EXPECT_TRUE(std::filesystem::exists("sorn-sweep/table.csv"));
}

TEST_F(SweepCommand, ReportsAllProblemsOfASweep) {
  write_file("sweep.toml", R"(
[parameters]
etas = 3
ne = -1
[run]
steps = -3
checkpoint_every = 5
inputs = "missing.npy"
[sweep]
design = "gird"
statistics = ["cv", 3]
foo = 1
skip = "none"
[sweep.random]
mu_ip = { low = 1, hihg = 2 }
te_max = 3
)");
  // A missing file is a file error by itself.
  EXPECT_THAT(failure(4, {"sweep", "sweep.toml"}),
              AllOf(HasSubstr("missing.npy"), HasSubstr("from the working folder")));
  write_file("sweep.toml", replaced(read_file("sweep.toml"), "inputs = \"missing.npy\"\n", ""));
  EXPECT_THAT(failure(3, {"sweep", "sweep.toml"}),
              AllOf(HasSubstr("'sweep.toml': 11 things are wrong:\n  sweep.toml:3: unknown hyperparameter 'etas'"),
                    HasSubstr("\n  sweep.toml:4: ne = -1: must be"), HasSubstr("\n  sweep.toml:6: steps = -3"),
                    HasSubstr("checkpoint_every = 5: must not be in a sweep"), HasSubstr("did you mean 'grid'?"),
                    HasSubstr("did you mean 'isi_cv'?"), HasSubstr("statistics holds 3"),
                    HasSubstr("unknown key of [sweep] 'foo'"), HasSubstr("skip = \"none\": must be a whole number")));
  EXPECT_FALSE(std::filesystem::exists("sorn-sweep"));
}

TEST_F(SweepCommand, RefusesInvalidSweeps) {
  const auto refusal_of = [&](std::string_view what, std::string_view by) {
    write_file("sweep.toml", replaced(small, what, by));
    return failure(3, {"sweep", "sweep.toml"});
  };
  EXPECT_THAT(refusal_of("seeds = 2", "samples = 2"), HasSubstr("a grid has as many points as its values make"));
  EXPECT_THAT(refusal_of("seeds = 2", "design = \"random\""), HasSubstr("[sweep.grid] does not belong to design"));
  EXPECT_THAT(refusal_of("mu_ip = [0.1, 0.01]", "mu_ip = { low = 0.1, high = 0.2 }"), HasSubstr("not a range"));
  EXPECT_THAT(refusal_of("seed = 3", "record = [\"E\"]"), HasSubstr("add 'files = true'"));
  EXPECT_THAT(refusal_of("seeds = 2", "skip = 100"), HasSubstr("must leave one of the 100 steps"));
  EXPECT_THAT(refusal_of("mu_ip = [0.1, 0.01]", "variant = [\"zheng2031\"]"), HasSubstr("unknown variant"));
  write_file("sweep.toml", "[run]\nsteps = 5\n");
  EXPECT_THAT(failure(3, {"sweep", "sweep.toml"}), HasSubstr("there is no table [sweep]"));
  write_file("sweep.toml", "[sweep\n");
  EXPECT_THAT(failure(4, {"sweep", "sweep.toml"}), HasSubstr("not valid TOML"));
  EXPECT_THAT(failure(2, {"sweep"}), HasSubstr("SWEEP.toml is needed"));
  EXPECT_THAT(failure(3, {"sweep", "sweep.toml", "--threads", "0"}), HasSubstr("--threads 0: must be"));
  EXPECT_THAT(failure(3, {"sweep", "sweep.toml", "--threads", "4097"}), HasSubstr("in [1, 4096]"));
}

TEST_F(SweepCommand, SeedsHave64Bits) {
  const auto with = [](std::string_view what, std::string_view by) {
    return config::parse_sweep(replaced(small, what, by), "sweep.toml").sweep.design;
  };
  EXPECT_EQ(with("seed = 3", "seed = \"18446744073709551615\"").seed, 18446744073709551615U);
  EXPECT_THAT(with("seeds = 2", R"(seeds = [7, "9223372036854775808", "18446744073709551615"])").seeds,
              testing::ElementsAre(7U, 9223372036854775808U, 18446744073709551615U));
  const auto refusal_of = [&](int code, std::string_view what, std::string_view by) {
    write_file("sweep.toml", replaced(small, what, by));
    return failure(code, {"sweep", "sweep.toml"});
  };
  EXPECT_THAT(
      refusal_of(3, "seeds = 2", R"(seeds = ["18446744073709551616"])"),
      AllOf(HasSubstr("seeds holds \"18446744073709551616\": must be whole numbers in"), HasSubstr("in quotes")));
  EXPECT_THAT(refusal_of(3, "seeds = 2", R"(seeds = ["-1"])"), HasSubstr("seeds holds \"-1\""));
  EXPECT_THAT(refusal_of(3, "seeds = 2", "seeds = [-1]"), HasSubstr("seeds holds -1"));
  EXPECT_THAT(refusal_of(3, "seeds = 2", "seeds = [true]"), HasSubstr("seeds holds true"));
  EXPECT_THAT(refusal_of(4, "seed = 3", "seed = 9223372036854775808"),
              AllOf(HasSubstr("sweep.toml:9: not valid TOML"), HasSubstr("write it in quotes")));
}

TEST_F(SweepCommand, RefusesToContinueAnotherSweep) {
  write_file("sweep.toml", small);
  run({"sweep", "sweep.toml", "--out", "out"});
  write_file("sweep.toml", "# a comment changes nothing\n" + small);
  run({"sweep", "sweep.toml", "--out", "out"});
  write_file("sweep.toml", replaced(small, "0.001]", "0.003]"));
  EXPECT_THAT(failure(3, {"sweep", "sweep.toml", "--out", "out"}),
              AllOf(HasSubstr("grid of eta_stdp is '0.002, 0.001' there and '0.002, 0.003' here"),
                    HasSubstr("give another folder with --out")));
}

TEST_F(SweepCommand, ExitsWith3AndNamesFailedRuns) {
  write_file("sweep.toml", some_fail);
  const Outcome outcome = run_command({"sweep", "sweep.toml", "--out", "out"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, AllOf(StartsWith("sorn: error: "), HasSubstr(" of 10 runs failed"),
                                 HasSubstr("the column 'error' of out/table.csv says why"),
                                 HasSubstr("When the cause is fixed, --repeat-failed")));
  EXPECT_THAT(read_file("out/table.csv"), HasSubstr("te_min = 2: must be at most te_max = 1"));
  EXPECT_THAT(run_command({"sweep", "sweep.toml", "--out", "out", "--repeat-failed"}).out,
              AllOf(Not(HasSubstr("nothing to do")), HasSubstr("of 10 runs had been made before")));
}

TEST_F(SweepCommand, StopsASweepCleanly) {
  write_file("sweep.toml", replaced(small, "steps = 100", "steps = 100000000"));
  const std::atomic<int> signal{SIGTERM};
  const Outcome outcome = run_command({"sweep", "sweep.toml", "--out", "out"}, false, &signal);
  EXPECT_EQ(outcome.code, 143);
  EXPECT_THAT(outcome.err, AllOf(StartsWith("sorn: terminated: 0 of 8 runs have ended"),
                                 HasSubstr("the same command continues with the others")));
  EXPECT_FALSE(std::filesystem::exists("out/table.csv"));
}

TEST_F(SweepCommand, ShowsProgressOnATerminal) {
  write_file("sweep.toml", small);
  EXPECT_THAT(run_command({"sweep", "sweep.toml", "--out", "a"}, true).err, HasSubstr("0 of 8 runs"));
  EXPECT_THAT(run_command({"sweep", "sweep.toml", "--out", "b"}, false).err, IsEmpty());
  EXPECT_THAT(run_command({"sweep", "sweep.toml", "--out", "c", "--quiet"}, true).err, IsEmpty());
}

TEST_F(SweepCommand, RefusesSeveralProcessesThatCannotShareWork) {
  Several processes;
  std::ostringstream out;
  std::ostringstream err;
  const cli::Environment environment{out, err, false, nullptr, nullptr, &processes};
  EXPECT_EQ(cli::run_cli(std::vector<std::string>{"info", "run.h5"}, environment), 2);
  EXPECT_THAT(err.str(), HasSubstr("'sorn info' works in one process, and 3 were started together"));
  EXPECT_EQ(cli::run_cli(std::vector<std::string>{"sweep", "x.toml", "--threads", "2"}, environment), 2);
  EXPECT_THAT(err.str(), HasSubstr("--threads 2: processes that share a sweep"));
}

}  // namespace sorn::test

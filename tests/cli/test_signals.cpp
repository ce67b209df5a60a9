// --signal and [signals]: what a run of the command is given beside its inputs.
#include "helpers/command.hpp"

#include <sorn/ensemble.hpp>
#include <sorn/io.hpp>

#include <csignal>

namespace sorn {
namespace {

using test::run_command;
using test::write_file;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class SignalsCommand : public test::Command {
protected:
  SignalsCommand() {
    std::string reward;
    std::string mark;
    for (int t = 0; t < 40; ++t) {
      reward += fmt::format("{:.3f}\n", 0.125 * t);
      mark += fmt::format("{:.1f}\n", t < 20 ? 0.0 : 1.0);
    }
    write_file("reward.csv", reward);
    write_file("mark.txt", mark);
  }

  /// Checks the signals reward and mark that a result holds, in this order.
  static void expect_both(const Result& result) {
    EXPECT_THAT(result.run.signals, ElementsAre("reward", "mark"));
    const auto values = result.recordings.back().reals();
    ASSERT_EQ(values.size(), 80U);
    for (std::size_t t = 0; t < 40; ++t) {
      EXPECT_EQ(values[2 * t], 0.125 * static_cast<double>(t));
      EXPECT_EQ(values[2 * t + 1], t < 20 ? 0.0 : 1.0);
    }
  }
};

TEST_F(SignalsCommand, AreReadFromFilesAndRecorded) {
  run({"simulate", "--steps", "40", "--seed", "1", "--signal", "reward=reward.csv", "--signal", "mark=mark.txt",
       "--record", "E,signals", "--out", "a.h5"});
  expect_both(load_result("a.h5"));
  EXPECT_THAT(run({"info", "a.h5"}).out, HasSubstr("signals reward, mark"));
  run({"train", "--steps", "40", "--seed", "1", "--signal", "reward=reward.csv", "mark=mark.txt", "--record", "signals",
       "--out", "b.h5"});
  expect_both(load_result("b.h5"));
}

TEST_F(SignalsCommand, AreNamedInAConfigurationFile) {
  write_file("run.toml",
             "[run]\nsteps = 40\nseed = 1\nrecord = ['signals']\n"
             "[signals]\nreward = 'none.csv'\nmark = 'mark.txt'\n");
  EXPECT_THAT(failure(4, {"simulate", "--config", "run.toml"}), HasSubstr("none.csv"));
  run({"simulate", "--config", "run.toml", "--signal", "reward=reward.csv", "--out", "a.h5"});
  expect_both(load_result("a.h5"));
  write_file("bad.toml", "[run]\nsteps = 40\n[signals]\nreward = 0.5\n");
  EXPECT_THAT(failure(3, {"simulate", "--config", "bad.toml"}),
              AllOf(HasSubstr("bad.toml:4: reward"), HasSubstr("the file of its values")));
}

TEST_F(SignalsCommand, AreNeededAgainByAResumedRun) {
  const std::vector<std::string> signals{"--signal", "reward=reward.csv", "--signal", "mark=mark.txt"};
  std::vector<std::string> begin{
      "simulate", "--steps", "40", "--seed", "1", "--record", "signals", "--out", "a.h5", "--checkpoint-every", "10"};
  begin.insert(begin.end(), signals.begin(), signals.end());
  const std::atomic<int> signal{SIGTERM};
  EXPECT_EQ(run_command(begin, false, &signal).code, 143);
  EXPECT_THAT(failure(3, {"simulate", "--resume", "a.h5"}),
              AllOf(HasSubstr("no signals for a run with signals reward, mark"), HasSubstr("give the same again")));
  EXPECT_THAT(failure(3, {"simulate", "--resume", "a.h5", "--signal", "mark=mark.txt"}), HasSubstr("signals mark for"));
  run({"simulate", "--resume", "a.h5", "--signal", "mark=mark.txt", "--signal", "reward=reward.csv"});
  expect_both(load_result("a.h5"));
}

TEST_F(SignalsCommand, AreTheSameForAllReplicas) {
  run({"simulate", "--steps", "40", "--seed", "1", "--replicas", "2", "--signal", "reward=reward.csv", "mark=mark.txt",
       "--record", "signals", "--out", "a.h5"});
  run({"simulate", "--steps", "40", "--seed", "1", "--replicas", "2", "--signal", "reward=reward.csv", "mark=mark.txt",
       "--record", "signals", "--out", "b.h5", "--checkpoint-every", "10"});
  for (const char* out : {"a.h5", "b.h5"}) {
    for (std::uint64_t replica = 0; replica < 2; ++replica) expect_both(load_result(replica_file(out, replica, 2)));
  }
}

TEST_F(SignalsCommand, AreCheckedBeforeTheRun) {
  const auto refusal = [&](int code, const std::string& given, const char* steps = "40") {
    return failure(code, {"simulate", "--steps", steps, "--signal", given});
  };
  for (const char* incomplete : {"reward", "=reward.csv", "reward="}) {
    EXPECT_THAT(refusal(3, incomplete), AllOf(HasSubstr("must be name=file"), HasSubstr("reward=reward.npy")));
  }
  EXPECT_THAT(refusal(3, "Reward=reward.csv"), HasSubstr("signal 'Reward': a name is a lower-case letter"));
  EXPECT_THAT(refusal(3, "noise=reward.csv"), HasSubstr("has the name of a setting of a run"));
  EXPECT_THAT(refusal(3, "reward=reward.csv", "41"), HasSubstr("'reward' has 40 values: must have 41"));
  EXPECT_THAT(refusal(4, "reward=none.csv"), HasSubstr("none.csv"));
  EXPECT_THAT(failure(3, {"simulate", "--steps", "5", "--signal", "reward=reward.csv", "reward=mark.txt"}),
              HasSubstr("--signal reward=mark.txt: is given twice"));
  EXPECT_THAT(failure(3, {"simulate", "--steps", "5", "--record", "signals"}), HasSubstr("the run has no signals"));
  const auto sweep_refusal = [&](const std::string& table) {
    write_file("sweep.toml",
               "[run]\nsteps = 40\nrecord = ['signals']\n" + table +
                   "[sweep]\nfiles = true\nstatistics = ['mean_rate']\n[sweep.grid]\neta_ip = [0.01, 0.02]\n");
    return failure(3, {"sweep", "sweep.toml"});
  };
  EXPECT_THAT(sweep_refusal("[signals]\nreward = 'reward.csv'\n"),
              HasSubstr("sweep.toml:5: signal 'reward': must not be in a sweep"));
  EXPECT_THAT(sweep_refusal(""), HasSubstr("record signals: the run has no signals"));
  EXPECT_THAT(folder.names(), Not(testing::Contains(HasSubstr(".h5"))));
}

TEST_F(SignalsCommand, LongerThanTheRunAreNoted) {
  const auto noted = [&](std::vector<std::string> further) {
    std::vector<std::string> arguments{"simulate",          "--steps", "10",      "--signal",
                                       "reward=reward.csv", "--out",   "none.h5", "--force"};
    arguments.insert(arguments.end(), further.begin(), further.end());
    return run(arguments).err;
  };
  EXPECT_THAT(noted({}), HasSubstr("note: signal 'reward' has 40 values; only the first 10 are used"));
  EXPECT_THAT(noted({"--quiet"}), IsEmpty());
}

}  // namespace
}  // namespace sorn

// Long runs of the command: the files that they leave, and how they are resumed.
#include "helpers/command.hpp"

#include <sorn/io.hpp>
#include <sorn/version.hpp>

#include <csignal>

namespace sorn {
namespace {

using test::run_command;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ResumeCommand : public test::Command {
protected:
  /// Makes a run that a signal stops before its first step. It leaves a checkpoint and a file.
  static void stop_at_once(std::vector<std::string> further = {}) {
    const std::atomic<int> signal{SIGTERM};
    std::vector<std::string> arguments{"simulate", "--steps",           "500",   "--seed", "4",
                                       "--record", "E,C/10,TE@100:200", "--out", "a.h5",   "--checkpoint-every",
                                       "100"};
    arguments.insert(arguments.end(), further.begin(), further.end());
    const test::Outcome outcome = run_command(arguments, false, &signal);
    EXPECT_EQ(outcome.code, 143);
    EXPECT_THAT(outcome.err, AllOf(HasSubstr("terminated: stopped after 0 of 500 steps"), HasSubstr("--resume a.h5")));
  }
};

TEST_F(ResumeCommand, ReachesTheSameEnd) {
  run({"simulate", "--steps", "500", "--seed", "4", "--record", "E,C/10,TE@100:200", "--out", "whole.h5"});
  stop_at_once();
  EXPECT_THAT(folder.names(), ElementsAre("a.h5", "a.h5.checkpoint-0", "whole.h5"));
  EXPECT_THAT(run({"info", "a.h5.checkpoint-0"}).out, HasSubstr("a checkpoint of sorn"));
  const std::string text = run({"simulate", "--resume", "a.h5"}).out;
  EXPECT_THAT(text, AllOf(HasSubstr("500 steps of plasticity"), HasSubstr("resumed    after 0 of 500 steps"),
                          HasSubstr("TE (100 x 200)"), HasSubstr("result in  a.h5")));
  const Result resumed = load_result("a.h5");
  const Result whole = load_result("whole.h5");
  EXPECT_EQ(resumed.state, whole.state);
  EXPECT_EQ(resumed.recordings, whole.recordings);
  EXPECT_EQ(resumed.run, whole.run);
  EXPECT_THAT(folder.names(), ElementsAre("a.h5", "whole.h5"));
}

TEST_F(ResumeCommand, NeedsOnlyTheFileOfARunWithASource) {
  const std::vector<std::string> source{"--inputs", "random_symbols:symbols=5,pool_size=7,seed=3"};
  std::vector<std::string> whole{"simulate", "--steps",           "500",   "--seed",  "4",
                                 "--record", "E,C/10,TE@100:200", "--out", "whole.h5"};
  whole.insert(whole.end(), source.begin(), source.end());
  run(whole);
  stop_at_once(source);
  EXPECT_THAT(failure(2, {"simulate", "--resume", "a.h5", source[0], source[1]}),
              HasSubstr("the checkpoint holds the source"));
  run({"simulate", "--resume", "a.h5"});
  EXPECT_EQ(load_result("a.h5").state, load_result("whole.h5").state);
  EXPECT_EQ(load_result("a.h5").run, load_result("whole.h5").run);
}

TEST_F(ResumeCommand, CanExtendTheRun) {
  stop_at_once();
  run({"simulate", "--resume", "a.h5.checkpoint-0", "--steps", "700", "--checkpoint-every", "1e3"});
  EXPECT_EQ(load_result("a.h5").run.steps, 700U);
}

TEST_F(ResumeCommand, RefusesSettingsThatTheRunHasFixed) {
  stop_at_once();
  for (const std::vector<std::string>& settled : std::vector<std::vector<std::string>>{{"--seed", "5"},
                                                                                       {"--record", "E"},
                                                                                       {"--out", "b.h5"},
                                                                                       {"--state", "b.h5"},
                                                                                       {"--noise", "off"},
                                                                                       {"--freeze", "ip"}}) {
    std::vector<std::string> arguments{"simulate", "--resume", "a.h5"};
    arguments.insert(arguments.end(), settled.begin(), settled.end());
    EXPECT_THAT(failure(2, arguments),
                AllOf(HasSubstr(settled[0] + ' ' + settled[1]), HasSubstr("--resume contradict")));
  }
  EXPECT_THAT(failure(2, {"simulate", "--resume", "a.h5", "--set", "eta_ip=0.1"}), HasSubstr("'eta_ip' cannot change"));
  EXPECT_THAT(failure(3, {"train", "--resume", "a.h5"}),
              AllOf(HasSubstr("phase 'training'"), HasSubstr("of plasticity")));
  EXPECT_THAT(failure(3, {"simulate", "--resume", "a.h5", "--checkpoint-every", "0"}),
              HasSubstr("--checkpoint-every 0"));
  EXPECT_THAT(folder.names(), ElementsAre("a.h5", "a.h5.checkpoint-0")) << "the run must not change";
}

TEST_F(ResumeCommand, NeedsTheInputsOfTheRun) {
  test::write_file("x.csv", "0.1\n0.5\n0.9\n");
  const std::atomic<int> signal{SIGINT};
  run_command({"simulate", "--inputs", "x.csv", "--out", "a.h5", "--checkpoint-every", "1"}, false, &signal);
  EXPECT_THAT(failure(3, {"simulate", "--resume", "a.h5"}),
              AllOf(HasSubstr("inputs from 'x.csv'"), HasSubstr("give them again")));
  std::filesystem::rename("x.csv", "y.csv");
  run({"simulate", "--resume", "a.h5", "--inputs", "y.csv"});
  EXPECT_EQ(load_result("a.h5").run.inputs, "y.csv");
}

TEST_F(ResumeCommand, ReportsAMissingCheckpoint) {
  EXPECT_THAT(failure(4, {"simulate", "--resume", "a.h5"}), HasSubstr("no checkpoint of 'a.h5'"));
  stop_at_once();
  EXPECT_THAT(failure(4, {"simulate", "--steps", "5", "--out", "a.h5"}),
              AllOf(HasSubstr("broken off"), HasSubstr("remove 'a.h5.checkpoint-*' to begin anew")));
  test::write_file("a.h5.checkpoint-0", "no");
  EXPECT_THAT(failure(4, {"simulate", "--resume", "a.h5"}), HasSubstr("a.h5.checkpoint-0"));
}

}  // namespace
}  // namespace sorn

// `sorn at` and `sorn recompute`. tests/runs compares the bits.
#include "helpers/command.hpp"

#include <sorn/io.hpp>
#include <sorn/result_reader.hpp>

#include <algorithm>
#include <csignal>

namespace sorn {
namespace {

using test::run_command;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class PastCommand : public test::Command {
protected:
  static void simulate(std::vector<std::string> further) {
    std::vector<std::string> arguments{"simulate", "--steps", "300", "--seed", "4", "--set", "ne=50", "lambda_ee=8"};
    arguments.insert(arguments.end(), further.begin(), further.end());
    run(arguments);
  }
};

TEST_F(PastCommand, FindsAnyStep) {
  simulate({"--keep-checkpoints", "6", "--out", "run.h5"});
  EXPECT_THAT(run({"info", "run.h5"}).out, HasSubstr("kept states: 6, of step 0 and then every 50 steps ("));
  EXPECT_THAT(run({"info", "run.h5", "--json"}).out, HasSubstr("\"kept_states\""));
  EXPECT_THAT(run({"at", "run.h5", "1.2e2", "--out", "there.h5"}).out,
              AllOf(HasSubstr("the network after step 120, computed from that after step 100"),
                    HasSubstr("network in there.h5")));
  // It goes on to the same end.
  run({"simulate", "--state", "there.h5", "--steps", "180", "--out", "end.h5"});
  EXPECT_EQ(load_result("end.h5").state, load_result("run.h5").state);
  EXPECT_THAT(failure(3, {"at", "run.h5", "301", "--out", "no.h5"}),
              HasSubstr("step 301: the run goes from step 0 to step 300"));
  EXPECT_THAT(failure(3, {"at", "run.h5", "2.5", "--out", "no.h5"}), HasSubstr("STEP 2.5: must be a whole number"));
  EXPECT_THAT(failure(4, {"at", "run.h5", "3", "--out", "there.h5"}), HasSubstr("--force"));
  EXPECT_THAT(failure(4, {"at", "missing.h5", "3", "--out", "no.h5"}), HasSubstr("missing.h5"));
  EXPECT_THAT(folder.names(), ElementsAre("end.h5", "run.h5", "there.h5"));
}

TEST_F(PastCommand, RecordsAgain) {
  simulate({"--keep-checkpoints", "every", "--checkpoint-every", "70", "--out", "run.h5"});
  simulate({"--record", "E@80:200,TE/9@80:200", "--out", "whole.h5"});
  EXPECT_THAT(run({"recompute", "run.h5", "--record", "E@80:200,TE/9@80:200", "--out", "part.h5"}).out,
              HasSubstr("recorded the steps 80 to 199 of run.h5"));
  const Result part = load_result("part.h5");
  const Result whole = load_result("whole.h5");
  EXPECT_EQ(part.recordings, whole.recordings);
  EXPECT_EQ(part.run.first_step, 80U);
  EXPECT_EQ(part.run.steps, 120U);
  run({"at", "run.h5", "200", "--out", "end.h5"});
  EXPECT_EQ(part.state, load_result("end.h5").state);
  EXPECT_THAT(failure(3, {"recompute", "run.h5", "--record", "E@300:400", "--out", "no.h5"}),
              HasSubstr("the run has those from 0 to before 300"));
  EXPECT_THAT(failure(2, {"recompute", "run.h5", "--record", "none", "--out", "no.h5"}), HasSubstr("--record"));
}

TEST_F(PastCommand, AsksForInputs) {
  std::string lines;
  for (int step = 0; step < 300; ++step) lines += step % 3 == 0 ? "1,0\n" : "0,0.5\n";
  test::write_file("u.csv", lines);
  simulate({"--inputs", "u.csv", "--keep-checkpoints", "3", "--out", "run.h5"});
  EXPECT_THAT(failure(3, {"at", "run.h5", "150", "--out", "no.h5"}), HasSubstr("the run has inputs from 'u.csv'"));
  run({"at", "run.h5", "150", "--inputs", "u.csv", "--out", "there.h5"});
  run({"simulate", "--steps", "150", "--seed", "4", "--set", "ne=50", "lambda_ee=8", "--inputs", "u.csv", "--out",
       "half.h5", "--quiet"});
  EXPECT_EQ(load_result("there.h5").state, load_result("half.h5").state);
  std::replace(lines.begin(), lines.end(), '5', '6');
  test::write_file("u.csv", lines);
  EXPECT_THAT(failure(3, {"at", "run.h5", "150", "--inputs", "u.csv", "--out", "no.h5"}),
              HasSubstr("differ from those that the run has had"));
}

TEST_F(PastCommand, StopsAtASignal) {
  simulate({"--keep-checkpoints", "2", "--out", "run.h5"});
  const std::atomic<int> signal{SIGINT};
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"at", "run.h5", "100", "--out", "no.h5"},
        std::vector<std::string>{"recompute", "run.h5", "--record", "E", "--out", "no.h5"}}) {
    const test::Outcome outcome = run_command(arguments, false, &signal);
    EXPECT_EQ(outcome.code, 130);
    EXPECT_THAT(outcome.err, HasSubstr("interrupted; nothing was written"));
  }
  EXPECT_THAT(folder.names(), ElementsAre("run.h5"));
}

}  // namespace
}  // namespace sorn

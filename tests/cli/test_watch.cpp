// `sorn watch`, and logs in the command. tests/runs steers runs, tests/python the page.
#include "helpers/command.hpp"

#include <sorn/io.hpp>

namespace sorn {
namespace {

using testing::AllOf;
using testing::HasSubstr;

using WatchCommand = test::Command;

TEST_F(WatchCommand, RepeatsALog) {
  const std::vector<std::string> start{"simulate", "--steps", "300", "--seed", "4", "--set", "ne=50", "lambda_ee=8"};
  const auto simulate = [&](std::vector<std::string> further) {
    further.insert(further.begin(), start.begin(), start.end());
    return further;
  };
  test::write_file("log.json", R"([{"step": 99, "act": "freeze", "rule": "stdp"}, {"step": 1200, "act": "pause"}])");
  EXPECT_THAT(failure(3, simulate({"--replay-log", "log.json", "--out", "run.h5"})),
              HasSubstr("act 'pause' of step 1200: the run goes from step 0 to step 300"));
  test::write_file("log.json",
                   R"([{"step": 99, "act": "freeze", "rule": "stdp"}, {"step": 120, "act": "noise", "sigma": 0.2}])");
  run(simulate({"--replay-log", "log.json", "--out", "run.h5"}));
  EXPECT_THAT(run({"info", "run.h5"}).out,
              AllOf(HasSubstr("  acts    freeze 'stdp' after step 99\n          noise 0.2 after step 120\n"),
                    HasSubstr("  frozen  nothing\n"), HasSubstr("  noise   0.04\n")));
  EXPECT_THAT(run({"info", "run.h5", "--json"}).out, HasSubstr("\"sigma\": 0.2"));
  run(simulate({"--replay-log", "run.h5", "--out", "again.h5"}));
  EXPECT_EQ(load_result("again.h5").state, load_result("run.h5").state);
  EXPECT_EQ(load_result("again.h5").run, load_result("run.h5").run);
  run(simulate({"--out", "without.h5"}));
  EXPECT_NE(load_result("without.h5").state, load_result("run.h5").state);

  EXPECT_THAT(failure(4, simulate({"--replay-log", "none.json"})), HasSubstr("none.json"));
  test::write_file("log.json", "[3]");
  EXPECT_THAT(failure(4, simulate({"--replay-log", "log.json"})), HasSubstr("log.json"));
  EXPECT_THAT(failure(2, simulate({"--replay-log", "run.h5", "--replicas", "2"})), HasSubstr("single run"));
  EXPECT_THAT(failure(2, simulate({"--watch", "--replicas", "2"})), HasSubstr("sorn watch FILE"));
  EXPECT_THAT(failure(2, {"simulate", "--resume", "run.h5", "--replay-log", "run.h5"}), HasSubstr("rest of a log"));
}

TEST_F(WatchCommand, SaysHowToWatch) {
  EXPECT_THAT(run({"simulate", "--steps", "9", "--set", "ne=50", "lambda_ee=8", "--watch", "--out", "run.h5"}).err,
              HasSubstr("sorn watch /"));
}

TEST_F(WatchCommand, RefusesWhatCannotBeWatched) {
  EXPECT_THAT(failure(2, {"watch"}), HasSubstr("FILE"));
  for (const char* port : {"70000", "-1", "http"}) {
    EXPECT_THAT(failure(3, {"watch", "run.h5", "--port", port}), HasSubstr("from 0 to 65535"));
  }
  EXPECT_THAT(failure(4, {"watch", "none/run.h5"}), HasSubstr("no folder 'none'"));
  std::filesystem::create_directory("results");
  EXPECT_THAT(failure(4, {"watch", "results"}), HasSubstr("'results' is a folder"));
}

}  // namespace
}  // namespace sorn

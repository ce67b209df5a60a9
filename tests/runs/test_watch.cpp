// Runs that are watched and steered, and their logs: a run that repeats a log ends with the same bits.
#include "runs/watch.hpp"

#include "helpers/small_parameters.hpp"
#include "helpers/temporary_folder.hpp"
#include "runs/replay.hpp"

#include <sorn/error.hpp>
#include <sorn/file_run.hpp>
#include <sorn/result_reader.hpp>
#include <sorn/time_travel.hpp>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace sorn {
namespace {

namespace fs = std::filesystem;

using namespace std::chrono_literals;
using test::message_of;
using test::read_file;
using test::small_parameters;
using test::TemporaryFolder;
using test::write_file;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr auto frozen_stdp = [](std::uint64_t step) {
  return LoggedAct{.step = step, .kind = ActKind::freeze, .rule = "stdp"};
};

/// Acts of each kind that a run of 300 steps can repeat.
const RunLog some_log{{.step = 40, .kind = ActKind::pause},
                      {.step = 40, .kind = ActKind::step, .steps = 10},
                      frozen_stdp(50),
                      {.step = 50, .kind = ActKind::go_on},
                      {.step = 120, .kind = ActKind::noise, .sigma = 0.2},
                      {.step = 200, .kind = ActKind::unfreeze, .rule = "stdp"},
                      {.step = 200, .kind = ActKind::freeze, .rule = "ss"}};

/// What a watcher does to a run, without a browser.
class Watcher {
public:
  explicit Watcher(const fs::path& result) : folder_(result.string() + ".watch") {
    fs::create_directory(folder_);
    fs::permissions(folder_, fs::perms::owner_all);
    write_file(folder_ / "acts", "");
    beat();
  }

  /// Leaves a sign of life, whose time differs from the one before.
  void beat() {
    write_file(folder_ / "heartbeat", "");
    const std::array<timespec, 2> times{timespec{++beats_, 0}, timespec{beats_, 0}};
    ASSERT_EQ(utimensat(AT_FDCWD, (folder_ / "heartbeat").c_str(), times.data(), 0), 0);
  }
  void write(std::string_view line) const { std::ofstream(folder_ / "acts", std::ios::app) << line; }
  void ask(std::string_view act) { write("{\"n\": " + std::to_string(++asked_) + ", " + std::string(act) + "}\n"); }
  std::string frame() const { return read_file(folder_ / "frame"); }
  const fs::path& folder() const noexcept { return folder_; }

private:
  fs::path folder_;
  time_t beats_ = 1000;
  int asked_ = 0;
};

class WatchTest : public testing::Test {
protected:
  TemporaryFolder folder;
  fs::path file = folder / "run.h5";

  static Network network() { return {small_parameters, 7}; }

  /// The result of a run of 300 steps that repeats a log.
  Result repeated(const RunLog& log, std::string_view name = "repeated.h5") const {
    FileRun(folder / name, network(), {.steps = 300, .record = {{Quantity::excitatory}}, .replay = log}).run();
    return load_result(folder / name);
  }
};

// --- the log

TEST_F(WatchTest, ALogIsATextAndBack) {
  EXPECT_EQ(run_log(text(some_log)), some_log);
  EXPECT_EQ(text(RunLog{}), "[]");
  EXPECT_EQ(text(RunLog{frozen_stdp(3)}), R"([{"step": 3, "act": "freeze", "rule": "stdp"}])");
  EXPECT_EQ(run_log(R"([{"act": "noise", "step": 1e3, "sigma": 0}])"),
            (RunLog{{.step = 1000, .kind = ActKind::noise, .sigma = 0.0}}));
}

TEST_F(WatchTest, WhatIsNoLogIsRefused) {
  const auto problem = [](std::string_view json) { return message_of<ParameterError>([&] { run_log(json); }); };
  EXPECT_THAT(problem("{}"), HasSubstr("list"));
  EXPECT_THAT(problem("[1]"), HasSubstr("object"));
  EXPECT_THAT(problem(R"([{"act": "pause"}])"), HasSubstr("'step'"));
  EXPECT_THAT(problem(R"([{"step": -1, "act": "pause"}])"), HasSubstr("-1"));
  EXPECT_THAT(problem(R"([{"step": 1, "act": "stop"}])"), AllOf(HasSubstr("stop"), HasSubstr("pause, continue")));
  EXPECT_THAT(problem(R"([{"step": 1, "act": "freeze"}])"), HasSubstr("'rule'"));
  EXPECT_THAT(problem(R"([{"step": 1, "act": "step", "steps": 0}])"), HasSubstr("from 1 on"));
  EXPECT_THAT(problem(R"([{"step": 1, "act": "noise", "sigma": "much"}])"), HasSubstr("number"));
  EXPECT_THAT(problem(R"([{"step": 1, "act": "pause", "rule": "ip"}])"), HasSubstr("'rule'"));
  EXPECT_THAT(problem(R"([{"step": 2, "act": "pause"}, {"step": 1, "act": "continue"}])"), HasSubstr("descend"));
}

TEST_F(WatchTest, ALogThatTheRunContradictsIsRefused) {
  const auto problem = [&](const RunLog& log) { return message_of<ParameterError>([&] { repeated(log); }); };
  EXPECT_THAT(problem({frozen_stdp(301)}), AllOf(HasSubstr("'freeze 'stdp'' of step 301"), HasSubstr("to step 300")));
  EXPECT_THAT(problem({frozen_stdp(9), frozen_stdp(8)}), HasSubstr("after one of step 9"));
  EXPECT_THAT(problem({frozen_stdp(8), frozen_stdp(9)}), HasSubstr("frozen already"));
  EXPECT_THAT(problem({{.step = 1, .kind = ActKind::unfreeze, .rule = "ip"}}), HasSubstr("not frozen"));
  EXPECT_THAT(problem({{.step = 1, .kind = ActKind::noise, .sigma = -1.0}}), HasSubstr("-1"));
  EXPECT_THROW(repeated({{.step = 1, .kind = ActKind::freeze, .rule = "stpd"}}), UnknownNameError);
  EXPECT_THAT(folder.names(), IsEmpty());
}

TEST_F(WatchTest, RepeatsALogToTheBit) {
  Network expected = network();
  RunOptions options;
  expected.run(50, options);
  options.freeze = {Rule::stdp};
  expected.run(70, options);
  options.noise = Noise::drawn(0.2);
  expected.run(80, options);
  options.freeze = {Rule::ss};
  expected.run(100, options);

  const Result result = repeated(some_log);
  EXPECT_EQ(result.state, expected.state());
  EXPECT_EQ(result.run.log, some_log);
  EXPECT_EQ(result.run.freeze, RuleSet{}) << "that of the beginning";
  EXPECT_EQ(result.run.noise, "0.04");
  EXPECT_NE(result.state, repeated({}, "other.h5").state);
  EXPECT_EQ(read_run_log(folder / "repeated.h5"), some_log);
  write_file(folder / "log.json", text(some_log));
  EXPECT_EQ(read_run_log(folder / "log.json"), some_log);
  write_file(folder / "log.json", "[{}]");
  EXPECT_THAT(message_of<FormatError>([&] { read_run_log(folder / "log.json"); }), HasSubstr("log.json"));
  EXPECT_THROW(read_run_log(folder / "none.json"), IoError);
}

TEST_F(WatchTest, ALongLogFitsIntoAFile) {
  RunLog log(3000, {.step = 10, .kind = ActKind::pause});
  log.push_back(frozen_stdp(20));
  EXPECT_EQ(repeated(log).run.log, log);
}

TEST_F(WatchTest, AResumedRunGoesOnWithItsLog) {
  const Result expected = repeated(some_log);
  class Stop final : public Observer {
  public:
    explicit Stop(std::uint64_t step) : step_(step) {}
    Outcome on_step(const StepView& view) override { return view.state.step == step_ ? Outcome::stop : Outcome::go_on; }

  private:
    std::uint64_t step_;
  };
  for (const std::uint64_t step : {30U, 50U, 125U, 200U}) {
    Stop stop(step);
    Observer* const observers[] = {&stop};
    RunPlan plan{.steps = 300, .record = {{Quantity::excitatory}}, .checkpoint_every = 50, .replay = some_log};
    EXPECT_EQ(FileRun(file, network(), plan).run(observers), step);
    FileRun::resumed(file).run();
    const Result result = load_result(file);
    EXPECT_EQ(result.state, expected.state) << step;
    EXPECT_EQ(result.recordings, expected.recordings);
    EXPECT_EQ(result.run, expected.run);
    fs::remove(file);
  }
}

TEST_F(WatchTest, ThePastHasTheLogToo) {
  const RunPlan plan{.steps = 300, .record = {{Quantity::excitatory}}, .keep_checkpoints = 7, .replay = some_log};
  FileRun(file, network(), plan).run();
  const RecordRequest part{Quantity::excitatory, 1, 100, 250};
  const Recomputed again = recompute(file, std::span(&part, 1), 100, 250);
  const Recording rows = ResultReader(file).rows(Quantity::excitatory, 100, 150);
  EXPECT_EQ(again.recordings.at(0).values, rows.values);
  EXPECT_EQ(again.run.freeze, RuleSet{Rule::stdp});
  EXPECT_EQ(again.run.noise, "0.04");
  EXPECT_EQ(again.run.log, RunLog(some_log.begin() + 4, some_log.end()));
  EXPECT_EQ(network_at(file, 300).network.state(), load_result(file).state);
  Network start = network_at(file, 210).network;
  start.run(90, {.freeze = {Rule::ss}, .noise = Noise::drawn(0.2)});
  EXPECT_EQ(start.state(), load_result(file).state);
}

// --- the files of a watcher

TEST_F(WatchTest, AWatcherGivesSignsOfLife) {
  runs::Watch watch(file);
  EXPECT_FALSE(watch.is_watched());
  Watcher watcher(file);
  EXPECT_FALSE(watch.is_watched()) << "the file may be that of one that was killed";
  EXPECT_FALSE(watch.is_watched());
  watcher.beat();
  EXPECT_TRUE(watch.is_watched());
  EXPECT_TRUE(watch.is_watched()) << "it may miss some beats";
  fs::remove_all(watcher.folder());
  EXPECT_FALSE(watch.is_watched());
  const Watcher another(file);
  fs::last_write_time(another.folder() / "heartbeat", fs::file_time_type::clock::now());
  EXPECT_TRUE(watch.is_watched()) << "it is of this moment";
}

TEST_F(WatchTest, AFolderOfOthersIsNotBelieved) {
  Watcher watcher(file);
  runs::Watch watch(file);
  fs::permissions(watcher.folder(), fs::perms::all);
  static_cast<void>(watch.is_watched());
  watcher.beat();
  EXPECT_FALSE(watch.is_watched()) << "others can write into it";
  fs::permissions(watcher.folder(), fs::perms::owner_all);
  fs::rename(watcher.folder(), folder / "elsewhere");
  fs::create_directory_symlink(folder / "elsewhere", watcher.folder());
  static_cast<void>(watch.is_watched());
  watcher.beat();
  EXPECT_FALSE(watch.is_watched()) << "it is a link";
}

TEST_F(WatchTest, ReadsActsLineByLine) {
  Watcher watcher(file);
  watcher.ask(R"("act": "pause")");
  runs::Watch watch(file);  // a new run with the same file: the act was meant for the one before
  static_cast<void>(watch.is_watched());
  EXPECT_FALSE(watch.next_act());
  watcher.write(R"({"n": 5, "act": "step", )");
  EXPECT_TRUE(watch.has_acts());
  EXPECT_FALSE(watch.next_act()) << "the line is not complete";
  watcher.write("\"steps\": 20}\n{\"n\": 6, \"act\": \"freeze\", \"rule\": \"ip\"}\n");
  auto act = watch.next_act();
  ASSERT_TRUE(act);
  EXPECT_EQ(act->number, 5U);
  EXPECT_EQ(act->act, (LoggedAct{.kind = ActKind::step, .steps = 20}));
  act = watch.next_act();
  ASSERT_TRUE(act);
  EXPECT_EQ(act->act.rule, "ip");
  EXPECT_FALSE(watch.has_acts());
  for (const std::string line : {"nonsense", R"({"n": 6, "act": "pause"})", R"({"n": 7, "act": "jump"})", "[]"}) {
    watcher.write(line + "\n");
    EXPECT_FALSE(watch.next_act()) << line;
  }
  watcher.write(std::string(5000, 'x') + "\n");
  for (int k = 0; k < 6; ++k) EXPECT_FALSE(watch.next_act());
  EXPECT_FALSE(watch.has_acts());
  watcher.write("{\"n\": 8, \"act\": \"pause\"}\n");
  EXPECT_TRUE(watch.next_act());

  fs::remove(watcher.folder() / "acts");  // another watcher begins anew
  watcher.write("{\"n\": 1, \"act\": \"continue\"}\n");
  act = watch.next_act();
  ASSERT_TRUE(act);
  EXPECT_EQ(act->act.kind, ActKind::go_on);

  const Network one = network();
  const RunOptions options;
  watch.publish({"paused", 0, 3, 10, one, options, some_log});
  EXPECT_THAT(watcher.frame(),
              AllOf(HasSubstr(R"("state":"paused")"), HasSubstr(R"("done":3,"wanted":10)"), HasSubstr(R"("acts":1)"),
                    HasSubstr(R"("problem":"'act' = \"jump\": must be one of pause, continue)"),
                    HasSubstr("a line of more than 1000 bytes"), HasSubstr(R"("act": "freeze", "rule": "stdp")")));
}

TEST_F(WatchTest, AFrameShowsTheLastSteps) {
  Watcher watcher(file);
  runs::Watch watch(file);
  static_cast<void>(watch.is_watched());
  watcher.beat();
  ASSERT_TRUE(watch.is_watched());
  class Collect final : public Observer {
  public:
    explicit Collect(runs::Watch& watch) : watch_(watch) {}
    Outcome on_step(const StepView& view) override {
      watch_.collect(view);
      return Outcome::go_on;
    }

  private:
    runs::Watch& watch_;
  };
  Collect collect(watch);
  Network one = network();
  const RunOptions options;
  one.run(20, options, {&collect});
  watch.publish({"running", 0, 20, 500, one, options, {}});
  EXPECT_THAT(watcher.frame(), HasSubstr(R"("raster":{"first":0,"steps":20,)"));
  one.run(20, options, {&collect});
  watch.publish({"running", 0, 40, 500, one, options, {}});
  EXPECT_THAT(watcher.frame(), HasSubstr(R"("raster":{"first":0,"steps":40,)")) << "there was room for more";
  one.run(400, options, {&collect});
  watch.publish({"running", 0, 440, 500, one, options, {}});
  EXPECT_THAT(watcher.frame(), HasSubstr(R"("raster":{"first":40,"steps":300,)")) << "the steps until it was full";
  one.run(60, options, {&collect});
  watch.publish({"ended", 0, 500, 500, one, options, {}});
  EXPECT_THAT(watcher.frame(), HasSubstr(R"("raster":{"first":440,"steps":60,)")) << "a gap lies before them";
  EXPECT_THAT(watcher.frame(), Not(HasSubstr("null,\"raster\"")));
}

// --- a run that is steered

/// A watcher that lives in the run. It does the next thing when the frame shows that the one before was done.
class Steering final : public Observer {
public:
  struct Task {
    std::string act;    ///< what it asks for
    std::string until;  ///< what the frame shows then
  };
  Steering(const fs::path& result, std::vector<Task> tasks) : watcher_(result), tasks_(std::move(tasks)) {}

  Outcome on_step(const StepView& /*view*/) override {
    std::this_thread::sleep_for(1ms);  // few steps while the run looks ten times a second
    return on_wait();
  }
  Outcome on_wait() override {
    if (std::chrono::steady_clock::now() > give_up_) return Outcome::stop;
    watcher_.beat();
    if (next_ > 0 && watcher_.frame().find(tasks_[next_ - 1].until) == std::string::npos) return Outcome::go_on;
    if (next_ == 0 && watcher_.frame().empty()) return Outcome::go_on;
    if (next_ == tasks_.size()) return Outcome::stop;
    watcher_.ask(tasks_[next_++].act);
    return Outcome::go_on;
  }

  bool done() const noexcept { return next_ == tasks_.size(); }
  Watcher& watcher() noexcept { return watcher_; }

private:
  Watcher watcher_;
  std::vector<Task> tasks_;
  std::size_t next_ = 0;
  std::chrono::steady_clock::time_point give_up_ = std::chrono::steady_clock::now() + 60s;
};

TEST_F(WatchTest, ASteeredRunCanBeRepeatedToTheBit) {
  Steering steering(file, {{R"("act": "freeze", "rule": "stdp")", R"("frozen":["stdp"])"},
                           {R"("act": "noise", "sigma": 0.1)", R"("noise":0.1)"},
                           {R"("act": "pause")", R"("state":"paused")"},
                           {R"("act": "step", "steps": 3)", R"("n":4,"problem":null)"},
                           {R"("act": "unfreeze", "rule": "stdp")", R"("frozen":[])"},
                           {R"("act": "freeze", "rule": "hebb")", "hebb"},
                           {R"("act": "continue")", R"("state":"running")"}});
  const RunPlan plan{.steps = 1'000'000, .record = {{Quantity::excitatory}}};
  Observer* const observers[] = {&steering};
  const std::uint64_t steps = FileRun(file, network(), plan).run(observers);
  ASSERT_TRUE(steering.done()) << steering.watcher().frame();
  EXPECT_THAT(steering.watcher().frame(), HasSubstr(R"("state":"stopped")"));

  const Result result = load_result(file);
  const RunLog& log = result.run.log;
  std::vector<ActKind> kinds;
  for (const LoggedAct& act : log) kinds.push_back(act.kind);
  using enum ActKind;
  EXPECT_THAT(kinds, ElementsAre(freeze, noise, pause, step, unfreeze, go_on));
  EXPECT_EQ(log[3].step, log[2].step) << "a pause stands";
  EXPECT_EQ(log[5].step, log[3].step + 3) << "three steps were done, and no other";

  FileRun(folder / "again.h5", network(), {.steps = steps, .record = plan.record, .replay = log}).run();
  const Result again = load_result(folder / "again.h5");
  EXPECT_EQ(again.state, result.state);
  EXPECT_EQ(again.recordings, result.recordings);
  EXPECT_EQ(again.run, result.run);
}

TEST_F(WatchTest, APausedRunCanBeStoppedAndResumed) {
  Steering steering(file, {{R"("act": "freeze", "rule": "ip")", R"("frozen":["ip"])"},
                           {R"("act": "pause")", R"("state":"paused")"},
                           {R"("act": "noise", "sigma": 0)", R"("noise":0,)"}});
  Observer* const observers[] = {&steering};
  const std::uint64_t steps = FileRun(file, network(), {.steps = 1'000'000, .checkpoint_every = 1}).run(observers);
  ASSERT_TRUE(steering.done());
  const RunLog log = read_run_log(file);
  ASSERT_EQ(log.size(), 3U);
  EXPECT_EQ(log.back(), (LoggedAct{.step = steps, .kind = ActKind::noise})) << "after the checkpoint of this step";
  fs::remove_all(steering.watcher().folder());

  FileRun::resumed(file, {.steps = steps + 50}).run();
  FileRun(folder / "again.h5", network(), {.steps = steps + 50, .replay = log}).run();
  EXPECT_EQ(load_result(file).state, load_result(folder / "again.h5").state);
}

TEST_F(WatchTest, ARunThatRepeatsALogIsNotChanged) {
  const RunLog log{frozen_stdp(900'000)};
  Steering steering(file, {{R"("act": "noise", "sigma": 0.5)", "repeats a log up to step 900000"},
                           {R"("act": "continue")", "not paused"},
                           {R"("act": "pause")", R"("state":"paused")"},
                           {R"("act": "pause")", "paused already"}});
  Observer* const observers[] = {&steering};
  FileRun(file, network(), {.steps = 1'000'000, .replay = log}).run(observers);
  ASSERT_TRUE(steering.done()) << steering.watcher().frame();
  EXPECT_EQ(read_run_log(file).size(), 1U) << "the pause";
}

}  // namespace
}  // namespace sorn

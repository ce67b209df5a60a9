// Runs into files: what they record, and that interruptions do not change the result.
#include "helpers/small_parameters.hpp"
#include "helpers/temporary_folder.hpp"
#include "io/checkpoint.hpp"
#include "io/files/checksum.hpp"
#include "io/files/staged_file.hpp"
#include "io/hdf5/chunk_codec.hpp"
#include "io/hdf5/hdf5.hpp"
#include "io/result_stream.hpp"

#include <sorn/error.hpp>
#include <sorn/file_run.hpp>
#include <sorn/result_reader.hpp>
#include <sorn/sorn.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <csignal>
#include <cstring>
#include <functional>

namespace sorn {
namespace {

using test::exit_code_of_child;
using test::message_of;
using test::read_file;
using test::TemporaryFolder;
using test::write_file;
using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

const std::vector<RecordRequest> everything{
    {Quantity::excitatory},        {Quantity::inhibitory, 3}, {Quantity::recurrent, 1, 100, 250},
    {Quantity::ee_count, 2},       {Quantity::ei_count},      {Quantity::ie_count, 50},
    {Quantity::te, 10, 5, 300},    {Quantity::ti, 100},       {Quantity::wee, 70},
    {Quantity::wei, 100, 0, 1000}, {Quantity::wie, 1000}};

RunPlan plan_of(std::uint64_t steps, std::uint64_t checkpoint_every = 0) {
  RunPlan plan;
  plan.steps = steps;
  plan.record = everything;
  plan.checkpoint_every = checkpoint_every;
  return plan;
}

/// Stops the run, or throws, after a given step.
class StopAfter final : public Observer {
public:
  explicit StopAfter(std::uint64_t step, bool throws = false) : step_(step), throws_(throws) {}
  Outcome on_step(const StepView& view) override {
    if (view.state.step < step_) return Outcome::go_on;
    if (throws_) throw std::runtime_error("enough");
    return Outcome::stop;
  }

private:
  std::uint64_t step_;
  bool throws_;
};

void run_until(FileRun run, std::uint64_t step) {
  StopAfter stop(step);
  Observer* const observers[] = {&stop};
  run.run(observers);
}

void expect_equal(const Result& a, const Result& b) {
  EXPECT_EQ(a.parameters, b.parameters);
  EXPECT_EQ(a.state, b.state);
  EXPECT_EQ(a.recordings, b.recordings);
  EXPECT_EQ(a.run, b.run);
}

class FileRunTest : public testing::Test {
protected:
  TemporaryFolder folder;
  std::filesystem::path file = folder / "run.h5";

  /// The result of the run without interruptions.
  Result reference(std::uint64_t steps) {
    FileRun(folder / "reference.h5", Network(test::small_parameters, 7), plan_of(steps)).run();
    return load_result(folder / "reference.h5");
  }
};

TEST_F(FileRunTest, RecordsTheSameAsTheRecorder) {
  constexpr std::size_t steps = 400;
  Network network(test::small_parameters, 7);
  Recorder recorder(network, everything, steps);
  Observer* const observers[] = {&recorder};
  network.run(steps, {}, observers);

  FileRun run(file, Network(test::small_parameters, 7), plan_of(steps));
  EXPECT_EQ(run.run(), steps);
  EXPECT_EQ(run.network().state(), network.state());
  const Result result = load_result(file);
  EXPECT_EQ(result.state, network.state());
  EXPECT_EQ(result.run, (RunDescription{Phase::plasticity, {}, "0.04", "none", 0, steps}));
  ASSERT_EQ(result.recordings.size(), everything.size());
  for (std::size_t k = 0; k < everything.size(); ++k) {
    const Recording& in_memory = recorder.recordings()[k];
    EXPECT_EQ(result.recordings[k].values, in_memory.values) << text(everything[k]);
    EXPECT_EQ(result.recordings[k].rows, in_memory.rows) << text(everything[k]);
    EXPECT_EQ(result.recordings[k].first_step, in_memory.first_step) << text(everything[k]);
  }
  EXPECT_THAT(folder.names(), ElementsAre("run.h5"));
}

TEST_F(FileRunTest, WritesManyChunks) {
  constexpr std::size_t steps = 60'000;  // almost three chunks of E, two dozen of TE
  RunPlan plan;
  plan.steps = steps;
  plan.record = {{Quantity::excitatory}, {Quantity::te}, {Quantity::ee_count}};
  Network network(test::small_parameters, 3);
  Recorder recorder(network, plan.record, steps);
  Observer* const observers[] = {&recorder};
  network.run(steps, {}, observers);
  FileRun(file, Network(test::small_parameters, 3), plan).run();
  const ResultReader reader(file);
  for (std::size_t k = 0; k < plan.record.size(); ++k) {
    const Recording whole = reader.rows(plan.record[k].quantity, 0, steps);
    EXPECT_EQ(whole.values, recorder.recordings()[k].values);
  }
  const Recording part = reader.rows(Quantity::ee_count, 59'990, 10);
  EXPECT_EQ(part.first_step, 59'990U);
  const auto& all = std::get<std::vector<std::int64_t>>(recorder.recordings()[2].values);
  EXPECT_EQ(std::get<std::vector<std::int64_t>>(part.values), std::vector(all.end() - 10, all.end()));
}

TEST_F(FileRunTest, CanBeResumedWithThousandsOfChunks) {
  constexpr std::size_t steps = 12'000;
  RunPlan plan;
  plan.steps = 2;  // the chunks have two rows, although the run becomes longer
  plan.record = {{Quantity::excitatory}, {Quantity::ee_count}};
  plan.checkpoint_every = 100'000;
  run_until(FileRun(file, Network(test::small_parameters, 3), plan), 1);
  for (const std::uint64_t stop : {5'000U, 8'001U}) run_until(FileRun::resumed(file, {.steps = steps}), stop);
  FileRun::resumed(file).run();
  Network network(test::small_parameters, 3);
  Recorder recorder(network, plan.record, steps);
  Observer* const observers[] = {&recorder};
  network.run(steps, {}, observers);
  EXPECT_EQ(load_result(file).recordings, recorder.recordings());
}

TEST_F(FileRunTest, SplitsLargeRowsIntoChunks) {
  const Parameters large{.ne = 700, .nu = 3, .lambda_ee = 8, .lambda_ei = 10};  // a row of WEE takes four chunks
  RunPlan plan;
  plan.steps = 3;
  plan.record = {{.quantity = Quantity::wee, .dense = true}};
  plan.checkpoint_every = 1;
  run_until(FileRun(file, Network(large, 3), plan), 2);
  FileRun::resumed(file).run();
  const Recording recorded = load_result(file).recordings[0];
  Network network(large, 3);
  Recorder recorder(network, plan.record, 3);
  Observer* const observers[] = {&recorder};
  network.run(3, {}, observers);
  EXPECT_EQ(recorded.values, recorder.recordings()[0].values);
}

TEST_F(FileRunTest, EndsLikeAnUninterruptedRun) {
  const Result whole = reference(1000);
  for (const std::uint64_t stop : {1U, 99U, 100U, 101U, 555U, 999U}) {
    std::filesystem::remove(file);
    run_until(FileRun(file, Network(test::small_parameters, 7), plan_of(1000, 100)), stop);
    EXPECT_EQ(load_result(file).run.steps, stop) << "a stopped run leaves a valid file";
    FileRun run = FileRun::resumed(file);
    EXPECT_EQ(run.steps_done(), stop);
    EXPECT_EQ(run.run(), 1000U);
    EXPECT_EQ(run.network().state(), whole.state);
    expect_equal(load_result(file), whole);
    EXPECT_THAT(folder.names(), ElementsAre("reference.h5", "run.h5"));
  }
}

TEST_F(FileRunTest, CanBeResumedAfterAKill) {
  const Result whole = reference(1000);
  EXPECT_EQ(-SIGKILL, exit_code_of_child([&]() -> int {
    class Kill final : public Observer {
      Outcome on_step(const StepView& view) override {
        if (view.state.step == 555) std::raise(SIGKILL);
        return Outcome::go_on;
      }
    } kill;
    Observer* const observers[] = {&kill};
    return static_cast<int>(FileRun(file, Network(test::small_parameters, 7), plan_of(1000, 100)).run(observers));
  }));
  EXPECT_THAT(folder.names(), ElementsAre(AllOf(StartsWith(".sorn-"), EndsWith(".tmp")), "reference.h5",
                                          "run.h5.checkpoint-400", "run.h5.checkpoint-500", "run.h5.partial"))
      << "the file of the claim is left, without its lock";
  FileRun run = FileRun::resumed(file);
  EXPECT_EQ(run.steps_done(), 500U);
  run.run();
  expect_equal(load_result(file), whole);
  EXPECT_THAT(folder.names(), ElementsAre("reference.h5", "run.h5"));
}

TEST_F(FileRunTest, CanBeResumedFromAnOlderCheckpoint) {
  const Result whole = reference(1000);
  run_until(FileRun(file, Network(test::small_parameters, 7), plan_of(1000, 100)), 555);
  FileRun run = FileRun::resumed(folder / "run.h5.checkpoint-500");
  EXPECT_EQ(run.steps_done(), 500U);
  EXPECT_FALSE(std::filesystem::exists(folder / "run.h5.checkpoint-555")) << "it belongs to steps that were cut off";
  run.run();
  expect_equal(load_result(file), whole);
}

// Written by the last program without h_ip, sp_probability and sp_weight, which have their defaults here.
TEST_F(FileRunTest, CanBeResumedFromACheckpointOfVersion2) {
  constexpr std::uint64_t done = 19'494;
  for (const char* name : {"stopped_v2.h5", "stopped_v2.h5.checkpoint-19494"}) {
    std::filesystem::copy_file(std::filesystem::path(SORN_TEST_GOLDEN_DIR) / name, folder / name);
  }
  FileRun run = FileRun::resumed(folder / "stopped_v2.h5", {.steps = done + 100});
  EXPECT_EQ(run.steps_done(), done);
  run.run();
  const Parameters parameters{.ne = 30, .nu = 3, .lambda_ee = 5, .lambda_ei = 8};
  Network straight(parameters, 17);
  straight.run(done + 100);
  const Result result = load_result(folder / "stopped_v2.h5");
  EXPECT_EQ(result.parameters, parameters);
  EXPECT_EQ(result.state, straight.state());
}

TEST_F(FileRunTest, CanBeMovedAndExtended) {
  const Result whole = reference(1500);
  run_until(FileRun(file, Network(test::small_parameters, 7), plan_of(1000, 100)), 555);
  const TemporaryFolder elsewhere;
  for (const std::string& name : folder.names()) {
    if (name != "reference.h5") std::filesystem::rename(folder / name, elsewhere / name);
  }
  FileRun::resumed(elsewhere / "run.h5", {.steps = 1500, .checkpoint_every = 7}).run();
  expect_equal(load_result(elsewhere / "run.h5"), whole);
}

TEST_F(FileRunTest, KeepsItsStepsIfAnObserverThrows) {
  StopAfter stop(123, true);
  Observer* const observers[] = {&stop};
  FileRun run(file, Network(test::small_parameters, 7), plan_of(1000, 100));
  EXPECT_THROW(run.run(observers), std::runtime_error);
  EXPECT_EQ(load_result(file).run.steps, 123U);
  EXPECT_EQ(FileRun::resumed(file).steps_done(), 123U);
}

TEST_F(FileRunTest, CanBeResumedOnlyWithTheSameInputs) {
  constexpr std::size_t steps = 300;
  std::vector<double> values(3 * steps);
  for (std::size_t k = 0; k < values.size(); ++k) values[k] = static_cast<double>(k % 17) / 17.0;
  const InputView inputs{values.data(), 3, steps, steps, 1};
  RunPlan plan = plan_of(steps, 50);
  plan.options.inputs = inputs;
  plan.inputs = "values.npy";
  FileRun(folder / "reference.h5", Network(test::small_parameters, 7), plan).run();
  run_until(FileRun(file, Network(test::small_parameters, 7), plan), 120);

  EXPECT_THAT(message_of<ParameterError>([&] { FileRun::resumed(file); }),
              AllOf(HasSubstr("inputs from 'values.npy'"), HasSubstr("give them again")));
  std::vector<double> others = values;
  others[119] += 1e-9;
  EXPECT_THAT(message_of<StateError>([&] {
                FileRun::resumed(file, {.inputs = {others.data(), 3, steps, steps, 1}});
              }),
              HasSubstr("differ from those that the run has had"));
  EXPECT_THROW(FileRun::resumed(file, {.inputs = {values.data(), 3, 200, steps, 1}}), ShapeError);
  FileRun::resumed(file, {.inputs = inputs}).run();
  expect_equal(load_result(file), load_result(folder / "reference.h5"));
}

TEST_F(FileRunTest, CanBeResumedWithItsSourceAlone) {
  RunPlan plan = plan_of(300, 50);
  plan.record.push_back({Quantity::symbol});
  plan.options.source = source_spec("counting:n=3,pools=overlapping,pool_size=5,wait_min=1,wait_var=4");
  FileRun(folder / "reference.h5", Network(test::small_parameters, 7), plan).run();
  run_until(FileRun(file, Network(test::small_parameters, 7), plan), 120);
  const std::vector<double> values(3 * 300, 0.5);
  EXPECT_THROW(FileRun::resumed(file, {.inputs = InputView::step_major(values, 3)}), ParameterError);
  FileRun::resumed(file).run();
  const Result result = load_result(file);
  expect_equal(result, load_result(folder / "reference.h5"));
  EXPECT_EQ(result.run.source, plan.options.source);
  EXPECT_EQ(result.run.inputs, "counting");
}

TEST_F(FileRunTest, RefusesASourceThatEndsBeforeTheRun) {
  RunPlan plan = plan_of(300, 50);
  plan.options.source = source_spec("text:text=ABC,repeat=false");
  EXPECT_THAT(message_of<ParameterError>([&] { FileRun(file, Network(test::small_parameters, 7), plan); }),
              HasSubstr("ends before step 3"));
  EXPECT_THAT(folder.names(), testing::IsEmpty());
  plan.options.source = source_spec("text:text=ABC,end=400");
  run_until(FileRun(file, Network(test::small_parameters, 7), plan), 120);
  EXPECT_THAT(message_of<ParameterError>([&] { FileRun::resumed(file, {.steps = 401}); }),
              HasSubstr("ends before step 400"));
  FileRun::resumed(file, {.steps = 400}).run();
}

/// Shows a unit that depends on the step.
class OwnSource final : public Source {
public:
  void seek(std::uint64_t step) override { step_ = step; }
  Shown next() override {
    unit_ = static_cast<std::uint32_t>(step_++ % 7);
    return {Symbol{2}, std::span(&unit_, 1), std::span(&drive_, 1)};
  }
  std::size_t reach() const noexcept override { return 7; }

private:
  std::uint64_t step_ = 0;
  std::uint32_t unit_ = 0;
  double drive_ = 1.0;
};

TEST_F(FileRunTest, NeedsASourceOfAUserAgain) {
  OwnSource source;
  RunPlan plan = plan_of(300, 50);
  plan.options.own_source = &source;
  FileRun(folder / "reference.h5", Network(test::small_parameters, 7), plan).run();
  run_until(FileRun(file, Network(test::small_parameters, 7), plan), 120);
  EXPECT_THAT(message_of<ParameterError>([&] { FileRun::resumed(file); }),
              AllOf(HasSubstr("inputs from 'own source'"), HasSubstr("give them again")));
  FileRun::resumed(file, {.own_source = &source}).run();
  expect_equal(load_result(file), load_result(folder / "reference.h5"));
}

TEST_F(FileRunTest, NeedsItsSignalsAgain) {
  constexpr std::size_t steps = 300;
  std::vector<double> reward(steps);
  for (std::size_t t = 0; t < steps; ++t) reward[t] = 1.0 / static_cast<double>(t + 1);
  const Signal mark{"mark", [](std::uint64_t step) { return static_cast<double>(step % 5); }};
  RunPlan plan = plan_of(steps, 50);
  plan.record.push_back({Quantity::signals, 3});
  EXPECT_THAT(message_of<ParameterError>([&] { FileRun(file, Network(test::small_parameters, 7), plan); }),
              AllOf(HasSubstr("record signals/3"), HasSubstr("the run has no signals")));
  EXPECT_TRUE(folder.names().empty());
  plan.options.signals = {mark, {"reward", reward}};
  FileRun(folder / "reference.h5", Network(test::small_parameters, 7), plan).run();
  const Result reference = load_result(folder / "reference.h5");
  EXPECT_THAT(reference.run.signals, ElementsAre("mark", "reward"));
  const auto values = reference.recordings.back().reals();
  ASSERT_EQ(values.size(), 200U);
  for (std::size_t row = 0; row < 100; ++row) {
    EXPECT_EQ(values[2 * row], static_cast<double>(3 * row % 5));
    EXPECT_EQ(values[2 * row + 1], reward[3 * row]);
  }

  run_until(FileRun(file, Network(test::small_parameters, 7), plan), 120);
  const auto refusal = [&](std::vector<Signal> signals) {
    return message_of<ParameterError>([&] { FileRun::resumed(file, {.signals = std::move(signals)}); });
  };
  EXPECT_THAT(refusal({}), HasSubstr("no signals for a run with signals mark, reward"));
  EXPECT_THAT(refusal({mark}), AllOf(HasSubstr("signals mark for"), HasSubstr("give the same again")));
  EXPECT_THAT(refusal({mark, {"prize", reward}}), HasSubstr("signals mark, prize for"));
  EXPECT_THROW(FileRun::resumed(file, {.signals = {mark, {"reward", std::span(reward).first(299)}}}), ShapeError);
  std::vector<double> changed = reward;
  changed[119] = 2.0;
  EXPECT_THAT(message_of<StateError>([&] {
                FileRun::resumed(file, {.signals = {mark, {"reward", changed}}});
              }),
              HasSubstr("signals of the first 120 steps"));
  FileRun::resumed(file, {.signals = {{"reward", reward}, mark}}).run();  // in any order
  expect_equal(load_result(file), reference);

  plan.options.signals.clear();
  plan.record.pop_back();
  plan.overwrite = true;
  run_until(FileRun(file, Network(test::small_parameters, 7), plan), 120);
  EXPECT_THAT(refusal({mark}), AllOf(HasSubstr("for a run with no signals"), HasSubstr("leave them out")));
}

TEST_F(FileRunTest, IsCompleteUpToTheStepInWhichASignalFails) {
  RunPlan plan = plan_of(300, 50);
  plan.record.push_back({Quantity::signals});
  plan.options.signals = {{"reward", [](std::uint64_t step) { return step == 120 ? std::nan("") : 1.0; }}};
  FileRun run(file, Network(test::small_parameters, 7), plan);
  EXPECT_THAT(message_of<StateError>([&] { run.run(); }), HasSubstr("in step 120"));
  EXPECT_EQ(load_result(file).state.step, 120U);
  EXPECT_EQ(load_result(file).recordings.back().rows, 120U);
  EXPECT_THAT(folder.names(), testing::Contains("run.h5.checkpoint-120"));
}

TEST_F(FileRunTest, ReplaysNoiseAndRefusesNewInputs) {
  constexpr std::size_t steps = 200;
  std::vector<double> noise(60 * steps, 0.01);
  RunPlan plan = plan_of(steps, 10);
  plan.options.noise = Noise::replayed({noise.data(), 60, steps, steps, 1});
  FileRun(folder / "reference.h5", Network(test::small_parameters, 7), plan).run();
  run_until(FileRun(file, Network(test::small_parameters, 7), plan), 35);
  EXPECT_THROW(FileRun::resumed(file), ParameterError);
  EXPECT_THROW(FileRun::resumed(
                   file, {.inputs = {noise.data(), 3, steps, steps, 1}, .noise = {noise.data(), 60, steps, steps, 1}}),
               ParameterError);
  FileRun::resumed(file, {.noise = {noise.data(), 60, steps, steps, 1}}).run();
  expect_equal(load_result(file), load_result(folder / "reference.h5"));
}

// --- what it refuses

TEST_F(FileRunTest, DoesNotReplaceAnInterruptedRun) {
  run_until(FileRun(file, Network(test::small_parameters, 7), plan_of(1000, 100)), 555);
  const std::string before = read_file(file);
  for (const std::uint64_t every : {0U, 100U}) {
    EXPECT_THAT(message_of<IoError>([&] { FileRun(file, Network(test::small_parameters, 1), plan_of(200, every)); }),
                AllOf(HasSubstr("broken off"), HasSubstr("run.h5.checkpoint-*")));
  }
  EXPECT_EQ(read_file(file), before);
}

TEST_F(FileRunTest, AllowsOneWriterAtATime) {
  const FileRun running(file, Network(test::small_parameters, 7), plan_of(1000, 100));
  for (const auto& attempt : std::vector<std::function<void()>>{
           [&] { FileRun::resumed(file); },
           [&] { FileRun(file, Network(test::small_parameters, 7), plan_of(1000, 100)); },
           [&] { FileRun(file, Network(test::small_parameters, 7), plan_of(1000)); },
       }) {
    EXPECT_THAT(message_of<IoError>(attempt), HasSubstr("another process is writing it"));
  }
}

TEST_F(FileRunTest, ReportsAMissingCheckpoint) {
  EXPECT_THAT(message_of<IoError>([&] { FileRun::resumed(file); }), HasSubstr("no checkpoint of"));
  FileRun(file, Network(test::small_parameters, 7), plan_of(200)).run();
  EXPECT_THAT(message_of<IoError>([&] { FileRun::resumed(file); }), HasSubstr("came to its end"));
  EXPECT_THAT(message_of<IoError>([&] { FileRun::resumed(folder / "run.h5.checkpoint-5"); }),
              HasSubstr("No such file"));
}

TEST_F(FileRunTest, CanBeResumedByItsPartialFile) {
  run_until(FileRun(file, Network(test::small_parameters, 7), plan_of(1000, 100)), 555);
  std::filesystem::rename(file, folder / "run.h5.partial");
  EXPECT_THAT(
      message_of<FormatError>([&] { write_file(folder / "x.partial", "x"), load_result(folder / "x.partial"); }),
      HasSubstr("its checkpoints can be read"));
  EXPECT_EQ(FileRun::resumed(folder / "run.h5.partial").steps_done(), 555U);
  std::filesystem::remove(folder / "run.h5.partial");
  EXPECT_THAT(message_of<IoError>([&] { FileRun::resumed(file); }),
              AllOf(HasSubstr("run.h5.partial' is not there"), HasSubstr("beside the checkpoint")));
  EXPECT_THROW(FileRun::resumed(folder.path()), IoError);
}

TEST_F(FileRunTest, RefusesInvalidPlans) {
  const auto refused = [&](const RunPlan& plan) { FileRun(file, Network(test::small_parameters, 7), plan); };
  EXPECT_THROW(refused({}), ParameterError);
  RunPlan plan{.steps = 10, .record = {{Quantity::excitatory}, {Quantity::excitatory, 2}}};
  EXPECT_THAT(message_of<ParameterError>([&] { refused(plan); }), HasSubstr("'E' comes twice"));
  plan.record = {{Quantity::excitatory, 0}};
  EXPECT_THROW(refused(plan), ParameterError);
  plan.record = {{Quantity::excitatory, 1, 5, 5}};
  EXPECT_THROW(refused(plan), ParameterError);
  plan.record = {{Quantity::excitatory, 1, 10, 20}};
  EXPECT_THAT(message_of<ParameterError>([&] { refused(plan); }),
              AllOf(HasSubstr("record E@10:20"), HasSubstr("has none of these steps, but 0 to 9")));
  plan.record = {};
  plan.options.noise.sigma = -1;
  EXPECT_THROW(refused(plan), ParameterError);
  EXPECT_THROW(FileRun("/dev/null", Network(test::small_parameters, 7), plan_of(200, 5)), IoError);
  EXPECT_TRUE(folder.names().empty());
}

TEST_F(FileRunTest, NamesADamagedCheckpointAndSuggestsTheOneBefore) {
  run_until(FileRun(file, Network(test::small_parameters, 7), plan_of(1000, 100)), 555);
  const auto newest = folder / "run.h5.checkpoint-555";
  const std::string whole = read_file(newest);
  for (std::size_t at = 0; at < whole.size(); at += 97) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    write_file(newest, damaged);
    EXPECT_THAT(
        message_of<FormatError>([&] { FileRun::resumed(file); }),
        AllOf(HasSubstr("run.h5.checkpoint-555"), HasSubstr("resume '" + (folder / "run.h5.checkpoint-500").string())))
        << "with a bit of byte " << at << " wrong";
  }
  write_file(newest, std::string_view(whole).substr(0, whole.size() / 2));
  EXPECT_THAT(message_of<FormatError>([&] { FileRun::resumed(file); }), HasSubstr("checkpoint-500"));
  write_file(folder / "run.h5.checkpoint-500", "");
  EXPECT_THAT(message_of<FormatError>([&] { FileRun::resumed(file); }), HasSubstr("no other checkpoint"));
}

TEST_F(FileRunTest, RefusesAFileOfAnotherRun) {
  RunPlan plan;
  plan.steps = 100'000;
  plan.record = {{Quantity::excitatory}};
  plan.checkpoint_every = 50'000;
  const auto other = folder / "other.h5";
  run_until(FileRun(file, Network(test::small_parameters, 7), plan), 60'000);
  run_until(FileRun(other, Network(test::small_parameters, 8), plan), 60'000);
  std::filesystem::rename(other, file);
  const std::string before = read_file(file);
  EXPECT_THAT(message_of<FormatError>([&] { FileRun::resumed(file); }), HasSubstr("not those of the checkpoint"));
  EXPECT_EQ(read_file(file), before) << "the file must not change";
}

TEST_F(FileRunTest, RefusesATruncatedFile) {
  run_until(FileRun(file, Network(test::small_parameters, 7), plan_of(1000, 100)), 555);
  const std::string before = read_file(file).substr(0, 1000);
  write_file(file, before);
  EXPECT_THAT(message_of<FormatError>([&] { FileRun::resumed(file); }),
              AllOf(HasSubstr("run.h5' of 1000 bytes"), HasSubstr("when its checkpoint was written")));
  EXPECT_EQ(read_file(file), before);
}

TEST_F(FileRunTest, ReadsStructuresAtTheEndOfAFile) {
  const std::vector<std::byte> structure(10'000, std::byte{7});
  io::Stage stage;
  {
    io::StagedFile staged(file, true);
    staged.write_at(0, structure, io::Content::structure);
    stage = staged.stage();
    staged.keep();
  }
  io::StagedFile again(file, stage);
  std::vector<std::byte> found(structure.size());
  EXPECT_TRUE(again.read_at(0, found));
  EXPECT_EQ(found, structure);
}

TEST_F(FileRunTest, LoadsACheckpointAsAState) {
  run_until(FileRun(file, Network(test::small_parameters, 7), plan_of(1000, 100)), 555);
  const Result checkpoint = load_result(folder / "run.h5.checkpoint-500");
  Network network(test::small_parameters, 7);
  network.run(500);
  EXPECT_EQ(checkpoint.state, network.state());
  EXPECT_TRUE(checkpoint.recordings.empty());
}

}  // namespace
}  // namespace sorn

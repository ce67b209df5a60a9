// The network of any step of a run, and recordings that the run did not make. Random runs are compared in
// test_file_run_properties.cpp.
#include "helpers/own_rules.hpp"
#include "helpers/small_parameters.hpp"
#include "helpers/temporary_folder.hpp"
#include "io/landmarks.hpp"

#include <sorn/error.hpp>
#include <sorn/file_run.hpp>
#include <sorn/result_reader.hpp>
#include <sorn/sorn.hpp>
#include <sorn/time_travel.hpp>
#include <sorn/variant.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sorn {
namespace {

using test::message_of;
using test::read_file;
using test::small_parameters;
using test::TemporaryFolder;
using test::write_file;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Calls a function after each step.
class Look final : public Observer {
public:
  explicit Look(std::function<void(const StepView&)> see) : see_(std::move(see)) {}
  Outcome on_step(const StepView& view) override {
    see_(view);
    return Outcome::go_on;
  }

private:
  std::function<void(const StepView&)> see_;
};

class TimeTravel : public testing::Test {
protected:
  TemporaryFolder folder;
  std::filesystem::path file = folder / "run.h5";

  static Network network() { return {small_parameters, 7}; }

  /// A run of 1000 steps that keeps states and records nothing.
  void run(std::uint64_t keep_checkpoints, std::uint64_t checkpoint_every = 0) const {
    FileRun(file, network(),
            {.steps = 1000, .checkpoint_every = checkpoint_every, .keep_checkpoints = keep_checkpoints})
        .run();
  }

  std::vector<std::uint64_t> kept(const std::filesystem::path& path) const {
    std::vector<std::uint64_t> steps;
    const io::LandmarkReader reader(path);
    for (const io::Landmark& landmark : reader.table()) steps.push_back(landmark.step);
    return steps;
  }

  void expect_state(std::uint64_t step, std::uint64_t from) const {
    const PastNetwork past = network_at(file, step);
    EXPECT_EQ(past.network.state(), test::after(network(), step));
    EXPECT_EQ(past.from_step, from);
    EXPECT_THAT(past.warnings, IsEmpty());
  }
};

TEST_F(TimeTravel, KeepsANumberOfStates) {
  run(4);
  EXPECT_THAT(kept(file), ElementsAre(0, 250, 500, 750));
  EXPECT_THAT(folder.names(), ElementsAre("run.h5"));
  expect_state(0, 0);
  expect_state(249, 0);
  expect_state(250, 250);
  expect_state(700, 500);
  expect_state(999, 750);
  expect_state(1000, 1000);
}

TEST_F(TimeTravel, KeepsTheStateOfEachCheckpoint) {
  run(every_checkpoint, 300);
  EXPECT_THAT(kept(file), ElementsAre(0, 300, 600, 900));
  EXPECT_THAT(folder.names(), ElementsAre("run.h5"));
  expect_state(899, 600);
}

TEST_F(TimeTravel, KeepsAtMostAsManyStatesAsSteps) {
  FileRun(file, network(), {.steps = 3, .keep_checkpoints = 10}).run();
  EXPECT_THAT(kept(file), ElementsAre(0, 1, 2));
}

TEST_F(TimeTravel, NeedsCheckpointsToKeepEachOfThem) {
  EXPECT_THAT(message_of<Error>([&] { run(every_checkpoint); }), HasSubstr("needs checkpoint_every"));
  EXPECT_THAT(folder.names(), IsEmpty());
}

TEST_F(TimeTravel, NeedsNoLandmarksIfTheNetworkWasNew) {
  run(0);
  EXPECT_THAT(kept(file), IsEmpty());
  expect_state(300, 0);
}

TEST_F(TimeTravel, KeepsLandmarksOfAnInterruptedRun) {
  {
    FileRun first(file, network(), {.steps = 1000, .checkpoint_every = 200, .keep_checkpoints = 20});
    first.run({}, 430);
  }
  EXPECT_THAT(kept(file), ElementsAre(0, 50, 100, 150, 200, 250, 300, 350, 400));
  expect_state(333, 300);
  FileRun::resumed(folder / "run.h5.checkpoint-400").run();  // the end of the first part is done again
  std::vector<std::uint64_t> all;
  for (std::uint64_t step = 0; step < 1000; step += 50) all.push_back(step);
  EXPECT_EQ(kept(file), all);
  expect_state(449, 400);
  expect_state(951, 950);
}

TEST_F(TimeTravel, DoublesTheDistanceInALongerRun) {
  FileRun(file, network(), {.steps = 400, .checkpoint_every = 100, .keep_checkpoints = 4}).run({}, 320);
  EXPECT_THAT(kept(file), ElementsAre(0, 100, 200, 300));
  FileRun::resumed(file, {.steps = 1000}).run();
  EXPECT_THAT(kept(file), ElementsAre(0, 400, 800));
  expect_state(799, 400);
}

TEST_F(TimeTravel, ReadsARunThatIsStillGoingOn) {
  FileRun unfinished(file, network(), {.steps = 1000, .checkpoint_every = 500, .keep_checkpoints = 100});
  Look look([&](const StepView& view) {
    if (view.state.step != 777) return;
    EXPECT_THAT(folder.names(), testing::Contains("run.h5.checkpoint-500"));
    expect_state(123, 120);
    expect_state(500, 500);
    EXPECT_THAT(message_of<Error>([&] { network_at(file, 501); }),
                HasSubstr("step 501: the run goes from step 0 to step 500"));
  });
  Observer* const observers[] = {&look};
  unfinished.run(observers);
}

TEST_F(TimeTravel, PassesOverDamagedLandmarks) {
  run(100);
  const std::string whole = read_file(file);
  std::uint64_t offset = 0;
  {
    const io::LandmarkReader reader(file);
    // The bytes of this landmark, found by its checksum's content: one bit of each of ten places is flipped.
    const io::Landmark& landmark = reader.table()[37];
    const State state = reader.state(landmark, small_parameters);
    const std::string thresholds(reinterpret_cast<const char*>(state.te.data()), state.te.size() * sizeof(double));
    offset = whole.find(thresholds);
    ASSERT_NE(offset, std::string::npos);
  }
  for (std::size_t byte = 0; byte < 50 * sizeof(double); byte += 40) {
    std::string damaged = whole;
    damaged[offset + byte] = static_cast<char>(damaged[offset + byte] ^ 4);
    write_file(file, damaged);
    const PastNetwork past = network_at(file, 375);
    EXPECT_EQ(past.network.state(), test::after(network(), 375));
    EXPECT_EQ(past.from_step, 360U);
    EXPECT_THAT(past.warnings, ElementsAre(AllOf(HasSubstr("the landmark of step 370 is damaged"),
                                                 HasSubstr("do not match their checksum"))));
    const RecordRequest request{Quantity::te};
    EXPECT_EQ(recompute(file, {&request, 1}, 365, 385).recordings[0].values, [&] {
      write_file(file, whole);
      return recompute(file, {&request, 1}, 365, 385).recordings[0].values;
    }());
  }
}

TEST_F(TimeTravel, NoFlippedBitChangesANetwork) {
  run(9);
  const std::string whole = read_file(file);
  const State expected = test::after(network(), 940);
  std::size_t found = 0;
  for (std::size_t k = 0; k < 60; ++k) {
    std::string damaged = whole;
    const std::size_t place = (k * 7919 + 13) * 31 % whole.size();
    damaged[place] = static_cast<char>(static_cast<unsigned char>(damaged[place]) ^ (1U << (k % 8)));
    write_file(file, damaged);
    try {
      const PastNetwork past = network_at(file, 940);
      EXPECT_EQ(past.network.state(), expected) << place;
      found += past.warnings.empty() ? 0 : 1;
    } catch (const Error&) {
      ++found;
    }
  }
  EXPECT_GT(found, 5U);  // most bytes belong to other landmarks
}

TEST_F(TimeTravel, RecordsWhatWasNotRecorded) {
  const std::vector<RecordRequest> requests{{Quantity::excitatory}, {Quantity::wee, 50}, {Quantity::te, 7, 300, 420}};
  run(30);
  Network whole = network();
  Recorder recorder(whole, requests, 1000);
  Observer* const observers[] = {&recorder};
  whole.run(1000, {}, observers);
  for (const std::size_t threads : {1U, 2U, 5U}) {
    EXPECT_EQ(recompute(file, requests, 0, 1000, threads).recordings, recorder.recordings());
  }
  const Recording part = recompute(file, {requests.data(), 1}, 131, 145).recordings[0];
  EXPECT_EQ(part.rows, 14U);
  EXPECT_EQ(part.first_step, 131U);
  const auto all = recorder.recordings()[0].spikes();
  const std::size_t ne = small_parameters.ne;
  const auto expected = all.subspan(131 * ne, 14 * ne);
  EXPECT_TRUE(std::equal(part.spikes().begin(), part.spikes().end(), expected.begin(), expected.end()));
}

/// Windows that begin before a kept state or before the wanted steps, and events on both sides of kept states.
TEST_F(TimeTravel, RecordsWindowsAndEventsAcrossKeptStates) {
  const std::vector<RecordRequest> requests{{Quantity::stats, 70}, {Quantity::isis, 100}, {Quantity::synapses}};
  FileRun(file, network(), {.steps = 1000, .record = requests, .keep_checkpoints = 7}).run();
  constexpr std::uint64_t begin = 95;
  const Recomputed again = recompute(file, requests, begin, 930, 2);
  const ResultReader stored(file);
  // The rows whose last step is from 95 to 929
  const Recording expected[] = {stored.rows(Quantity::stats, 1, 12), stored.rows(Quantity::isis, 0, 9),
                                stored.rows(Quantity::synapses, begin, 835)};
  ASSERT_EQ(again.recordings.size(), 3U);
  for (std::size_t k = 0; k < 3; ++k) {
    const Recording& found = again.recordings[k];
    EXPECT_EQ(found.rows, expected[k].rows) << k;
    EXPECT_EQ(found.first_step, expected[k].first_step) << k;
    EXPECT_EQ(found.start, expected[k].start) << k;
    EXPECT_EQ(found.columns, expected[k].columns) << k;
  }
  EXPECT_EQ(again.recordings[0].first_step, 70U);
  EXPECT_TRUE(std::ranges::equal(std::as_bytes(again.recordings[0].reals()), std::as_bytes(expected[0].reals())));
  EXPECT_EQ(again.recordings[1].values, expected[1].values);
  EXPECT_EQ(again.recordings[2].values, expected[2].values);
  EXPECT_FALSE(again.recordings[2].lineage().events.empty());
  EXPECT_EQ(again.recordings[2].lineage().topology(929), stored.lineage().topology(929));
}

TEST_F(TimeTravel, RefusesStepsThatTheRunDoesNotHave) {
  Network later = network();
  later.run(100);
  FileRun(file, later, {.steps = 50, .keep_checkpoints = 5}).run();
  EXPECT_THAT(message_of<Error>([&] { network_at(file, 99); }),
              HasSubstr("step 99: the run goes from step 100 to step 150"));
  EXPECT_THAT(message_of<Error>([&] { network_at(file, 151); }),
              HasSubstr("step 151: the run goes from step 100 to step 150"));
  const RecordRequest request{Quantity::excitatory};
  EXPECT_THAT(message_of<Error>([&] {
                recompute(file, {&request, 1}, 90, 120);
              }),
              HasSubstr("the steps from 90 to before 120: the run has those from 100 to before 150"));
  EXPECT_THROW(recompute(file, {&request, 1}, 120, 120), ParameterError);
  EXPECT_EQ(network_at(file, 117).network.state(), test::after(network(), 117));
}

TEST_F(TimeTravel, RefusesABeginningThatItDoesNotKnow) {
  Network later = network();
  later.run(100);
  FileRun(file, later, {.steps = 50}).run();
  EXPECT_THAT(message_of<Error>([&] { network_at(file, 117); }), HasSubstr("of step 100: is not in the file"));
  EXPECT_EQ(network_at(file, 150).network.state(), test::after(network(), 150));

  // A network of step 0 that no seed has built: its matrix contradicts that, or what was recorded.
  for (const bool other_wie : {true, false}) {
    State state = network().state();
    const State other = build_state(small_parameters, 8);
    (other_wie ? state.wie : state.wee) = other_wie ? other.wie : other.wee;
    RunPlan plan{.steps = 50, .record = {{Quantity::ee_count}}, .overwrite = true};
    FileRun(file, {small_parameters, state}, plan).run();
    EXPECT_THAT(message_of<Error>([&] { network_at(file, 30); }), HasSubstr("is not the one that seed 7 builds"));
    plan.keep_checkpoints = 2;
    FileRun(file, {small_parameters, state}, plan).run();
    EXPECT_EQ(network_at(file, 30).network.state(), test::after({small_parameters, state}, 30));
  }
}

TEST_F(TimeTravel, AsksForTheDriveOfTheRun) {
  std::vector<double> inputs(300);
  for (std::size_t k = 0; k < inputs.size(); ++k) inputs[k] = static_cast<double>(k % 7) / 7;
  std::vector<double> marks(100, 0.5);
  for (const std::uint64_t keep : {0U, 10U}) {
    RunOptions options;
    options.inputs = InputView::step_major(inputs, 3);
    options.signals = {{"mark", Signal::Values(marks)}};
    FileRun(file, network(),
            {.steps = 100, .options = options, .keep_checkpoints = keep, .inputs = "some.npy", .overwrite = true})
        .run();
    Continuation given{.inputs = options.inputs, .signals = options.signals};
    EXPECT_EQ(network_at(file, 55, given).network.state(), test::after(network(), 55, options));
    EXPECT_THAT(message_of<Error>([&] { network_at(file, 55, {.signals = options.signals}); }),
                HasSubstr("the run has inputs from 'some.npy': they are not in the file; give them again"));
    EXPECT_THAT(message_of<Error>([&] { network_at(file, 55, {.inputs = options.inputs}); }),
                HasSubstr("no signals for a run with signals mark"));
    auto other = inputs;
    other[160] += 1e-9;  // of step 53
    given.inputs = InputView::step_major(other, 3);
    const std::string refusal = message_of<Error>([&] { network_at(file, 55, given); });
    EXPECT_THAT(refusal, HasSubstr("give those that it began with"));
    if (keep == 0) {
      EXPECT_THAT(refusal, AllOf(HasSubstr(sha256(given.inputs)), HasSubstr(sha256(options.inputs))));
    } else {
      EXPECT_THAT(refusal, HasSubstr("inputs, noise or signals of the steps 50 to 60"));
      EXPECT_EQ(network_at(file, 45, given).network.state(), test::after(network(), 45, options));
    }
    given.inputs = InputView::step_major(std::span(inputs).first(270), 3);
    EXPECT_THAT(message_of<Error>([&] { network_at(file, 55, given); }),
                HasSubstr("inputs of 90 steps: the run has done 100"));
    given.inputs = InputView::step_major(inputs, 2);
    EXPECT_THAT(message_of<Error>([&] { network_at(file, 55, given); }), HasSubstr("inputs with 2 features"));
  }
}

TEST_F(TimeTravel, AsksForRulesOfAUsersOwn) {
  const auto rule = std::make_shared<test::Rewarded>();
  const Network start = test::network_with(test::rule_parameters, rule, "excitatory,inhibitory,stdp,rewarded,ip,ss");
  std::vector<double> rewards(100, 0.0);
  for (std::size_t k = 0; k < rewards.size(); k += 9) rewards[k] = 1.0;
  RunOptions options;
  options.signals = {{"reward", Signal::Values(rewards)}};
  FileRun(file, start, {.steps = 100, .options = options, .keep_checkpoints = 8}).run();
  const PastNetwork past = network_at(file, 60, {.signals = options.signals, .rules = {rule}});
  EXPECT_EQ(past.network.state(), test::after(start, 60, options));
  EXPECT_FALSE(past.network.state().rule_memory.empty());
  EXPECT_THAT(message_of<Error>([&] { network_at(file, 60, {.signals = options.signals}); }), HasSubstr("rewarded"));
  EXPECT_THAT(message_of<Error>([&] {
                network_at(file, 60, {.signals = options.signals, .rules = {std::make_shared<test::Rewarded>(0.5)}});
              }),
              HasSubstr("the rule 'rewarded' with eta = 0.5: it began the run with eta = 0.01"));
}

TEST_F(TimeTravel, LeavesOtherFilesAsTheyWere) {
  setenv("SOURCE_DATE_EPOCH", "0", 1);
  const RunPlan plan{.steps = 50, .record = {{Quantity::excitatory}}};
  FileRun(file, network(), plan).run();
  const std::string without = read_file(file);
  EXPECT_EQ(without.find("landmarks"), std::string::npos);
  RunPlan keeps = plan;
  keeps.keep_checkpoints = 5;
  for (const char* const name : {"a.h5", "b.h5"}) FileRun(folder / name, network(), keeps).run();
  unsetenv("SOURCE_DATE_EPOCH");
  EXPECT_EQ(read_file(folder / "a.h5"), read_file(folder / "b.h5"));
  EXPECT_EQ(load_result(folder / "a.h5").recordings, load_result(file).recordings);
  EXPECT_EQ(load_result(folder / "a.h5").state, load_result(file).state);
}

TEST_F(TimeTravel, PacksAnyState) {
  for (const Variant& variant : variant_table()) {
    const Parameters& parameters = parameters_of(variant.id);
    Network some(parameters, 3);
    some.run(5);
    io::Sections sections;
    io::pack(some.state(), sections);
    std::vector<std::span<const std::byte>> spans(sections.begin(), sections.end());
    EXPECT_EQ(io::unpacked(spans, parameters), some.state()) << variant.name();
    for (std::size_t k = 0; k < sections.size(); ++k) {  // too short: an error, and no crash
      if (sections[k].empty()) continue;
      const auto whole = spans[k];
      spans[k] = whole.first(whole.size() - 1);
      EXPECT_THROW(io::unpacked(spans, parameters), Error) << k;
      spans[k] = whole;
    }
  }
}

/// Without the checksum of a landmark they are refused, or give a valid state.
TEST_F(TimeTravel, WrongBytesMakeNoWrongState) {
  Network some = network();
  some.run(5);
  io::Sections sections;
  io::pack(some.state(), sections);
  for (std::size_t k = 0; k < 200; ++k) {
    io::Sections wrong = sections;
    std::vector<std::byte>& section = wrong[k % wrong.size()];
    if (section.empty()) continue;
    section[k * 7919 % section.size()] ^= static_cast<std::byte>(1U << (k / 17 % 8));
    const std::vector<std::span<const std::byte>> spans(wrong.begin(), wrong.end());
    try {
      const State state = io::unpacked(spans, small_parameters);
      EXPECT_NO_THROW(validate(state));
      Network(small_parameters, state).run(3);
    } catch (const Error&) {
      continue;
    }
  }
}

}  // namespace
}  // namespace sorn

// Result files are read as they were written.
#include "helpers/results.hpp"
#include "io/hdf5/attributes.hpp"

#include <sorn/error.hpp>
#include <sorn/io.hpp>
#include <sorn/sorn.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>

namespace sorn {
namespace {

using io::Handle;
using test::example;
using test::expect_equal;
using test::message_of;
using test::ResultFile;
using test::tamper;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(ResultFile, IsReadAsItWasWritten) {
  const Result written = example();
  save_result(path, written);
  const Result read = load_result(path);
  expect_equal(read, written);
  EXPECT_EQ(read.program_version, version);
  EXPECT_THAT(folder.names(), ElementsAre("result.h5"));
}

TEST_F(ResultFile, KeepsExtremeNumbers) {
  Result written = example();
  written.parameters.ni = written.state.ni();
  written.parameters.eta_stdp = std::numeric_limits<double>::denorm_min();
  written.parameters.mu_ip = 0.1 + 0.2;
  written.state.seed = std::numeric_limits<std::uint64_t>::max();
  written.state.step = last_step;
  written.state.te[0] = -0.0;
  written.state.te[1] = std::numeric_limits<double>::denorm_min();
  written.recordings.clear();
  save_result(path, written);
  const Result read = load_result(path);
  expect_equal(read, written);
  EXPECT_TRUE(std::signbit(read.state.te[0]));
}

TEST_F(ResultFile, WithRowsBeyondTheLastStepIsNotWritten) {
  Result written = example(10);
  written.recordings.resize(2);
  Recording& spikes = written.recordings[1];  // a row for each of ten steps
  spikes.first_step = last_step - 9;
  save_result(path, written);
  expect_equal(load_result(path), written);
  spikes.first_step = last_step - 8;
  EXPECT_THAT(message_of<StateError>([&] { save_result(path, written, Existing::replace); }),
              HasSubstr("its 10 rows would reach beyond step 9223372036854775807"));
}

TEST_F(ResultFile, KeepsRecordingsWithoutRowsAndNetworksWithoutSynapses) {
  Result written = example(1);
  written.recordings[0].rows = 0;
  written.recordings[0].values = std::vector<double>{};
  written.state.wee = SynapseMatrix(written.state.ne(), written.state.ne());
  save_result(path, written);
  expect_equal(load_result(path), written);
}

TEST_F(ResultFile, KeepsSignalsAndTheirNames) {
  Result written = example(4);
  written.run.signals = {"reward", "mark_2"};
  Recording& signals = written.recordings.emplace_back();
  signals.request = {Quantity::signals, 2};
  signals.row_shape = {2};
  signals.rows = 2;
  signals.values = std::vector<double>{0.1, -3.0, 0.2, 1e300};
  save_result(path, written);
  expect_equal(load_result(path), written);

  const auto refused_with = [&](std::vector<std::string> names) {
    Result broken = written;
    broken.run.signals = std::move(names);
    save_result(folder / "broken.h5", broken);
  };
  EXPECT_THROW(refused_with({"reward"}), ShapeError);
  EXPECT_THROW(refused_with({"reward", "reward"}), ParameterError);
  EXPECT_THROW(refused_with({"reward", "Mark"}), ParameterError);
  EXPECT_THAT(message_of<ParameterError>([&] { refused_with({}); }), HasSubstr("the run has no signals"));
  EXPECT_THAT(folder.names(), ElementsAre("result.h5"));
}

TEST_F(ResultFile, WithSignalsThatContradictThemselvesIsRefused) {
  Result written = example(2);
  written.run.signals = {"reward", "mark"};
  Recording& signals = written.recordings.emplace_back();
  signals.request = {Quantity::signals};
  signals.row_shape = {2};
  signals.rows = 1;
  signals.values = std::vector<double>{0.1, -3.0};
  for (const char* names : {"", "reward", "reward,", "reward,reward", "reward,Mark", "reward,mark,c", ",", "a,u"}) {
    save_result(path, written, Existing::replace);
    tamper(path, [&](hid_t file) {
      const Handle run = io::open_group(file, "run");
      H5Adelete(run, "signals");
      if (*names != '\0') io::write_attribute(run, "signals", std::string(names));
    });
    EXPECT_THROW(load_result(path), FormatError) << names;
  }
}

TEST_F(ResultFile, KeepsTheSourceOfARun) {
  std::string corpus;
  for (std::size_t k = 0; k < 300'000; ++k) corpus += k % 7 == 0 ? "é" : "ab";  // too long for an attribute of HDF5
  for (const std::string& text : {std::string("ABé\"_"), corpus}) {
    Result written;
    written.state = build_state(written.parameters, 1);
    written.run.source = SourceSpec{.sequence = {.shows = sources::Text{text, true}}, .gain = 0.1};
    save_result(folder / "text.h5", written, Existing::replace);
    EXPECT_EQ(load_result(folder / "text.h5").run, written.run);
  }
}

/// A program that had a rule of its own, "golden_rule", wrote this file. Nothing else in this program names the rule.
TEST_F(ResultFile, WithAnOwnRuleIsReadWithoutTheRule) {
  const Result read = load_result(SORN_TEST_GOLDEN_DIR "/own_rule.h5");
  EXPECT_EQ(text(read.parameters.order), "excitatory,inhibitory,stdp,golden_rule,ssee,ssei");
  EXPECT_EQ(read.state.step, 40U);
  Network network(read.parameters, read.state);
  EXPECT_THAT(message_of<ParameterError>([&] { network.run(1); }),
              AllOf(HasSubstr("'golden_rule'"), HasSubstr("was not given")));
  network.run(1, {.freeze = {rule_named("golden_rule")}});
  save_result(path, read);
  EXPECT_EQ(load_result(path).parameters, read.parameters);
}

TEST_F(ResultFile, SpansManyChunks) {
  const Result written = example(2000, 1000);  // E alone takes 2 MB
  save_result(path, written);
  expect_equal(load_result(path), written);
}

TEST_F(ResultFile, OfVersion1IsStillRead) {
  const Result old = load_result(SORN_TEST_GOLDEN_DIR "/result_v1.h5");
  const Parameters parameters{.ne = 30, .nu = 3, .lambda_ee = 5, .lambda_ei = 8};
  const std::vector<RecordRequest> requests{{Quantity::excitatory},
                                            {Quantity::inhibitory},
                                            {Quantity::ee_count},
                                            {Quantity::te, 3},
                                            {.quantity = Quantity::wee, .stride = 20, .dense = true}};
  constexpr std::size_t steps = 40;
  Network network(parameters, 17);
  Recorder recorder(network, requests, steps);
  Observer* const observers[] = {&recorder};
  network.run(steps, {}, observers);
  expect_equal(old, {.parameters = parameters,
                     .state = network.state(),
                     .recordings = recorder.take(),
                     .run = {.phase = Phase::plasticity,
                             .freeze = {},
                             .noise = "0.04",
                             .inputs = "none",
                             .first_step = 0,
                             .steps = steps},
                     .program_version = {}});
}

// The last version without h_ip, sp_probability and sp_weight wrote this file: they have their defaults.
TEST_F(ResultFile, OfVersion2IsStillRead) {
  const Result old = load_result(SORN_TEST_GOLDEN_DIR "/result_v2.h5");
  const Parameters parameters{.ne = 30, .nu = 3, .lambda_ee = 5, .lambda_ei = 8, .sigma_ip = 0.02};
  const std::vector<RecordRequest> requests{{Quantity::excitatory},
                                            {Quantity::inhibitory},
                                            {Quantity::ee_count},
                                            {Quantity::te, 3},
                                            {.quantity = Quantity::wee, .stride = 20, .dense = true}};
  constexpr std::size_t steps = 40;
  Network network(parameters, 17);
  Recorder recorder(network, requests, steps);
  Observer* const observers[] = {&recorder};
  network.run(steps, {}, observers);
  EXPECT_EQ(old.parameters, parameters);
  EXPECT_EQ(old.state, network.state());
  EXPECT_EQ(old.recordings, recorder.take());
  save_result(path, old);
  EXPECT_EQ(load_result(path).parameters, parameters);
}

// The last version with only the hyperparameters of format version 3 wrote this file: later ones have their defaults.
TEST_F(ResultFile, OfVersion3IsStillRead) {
  const Result old = load_result(SORN_TEST_GOLDEN_DIR "/result_v3.h5");
  const Parameters parameters{.ne = 30,
                              .nu = 3,
                              .lambda_ee = 5,
                              .lambda_ei = 8,
                              .h_ip = 0.15,
                              .sigma_ip = 0.02,
                              .sp_probability = 0.5,
                              .sp_weight = 0.01};
  const std::vector<RecordRequest> requests{{Quantity::excitatory},
                                            {Quantity::inhibitory},
                                            {Quantity::recurrent},
                                            {Quantity::ee_count},
                                            {Quantity::ei_count},
                                            {Quantity::te, 3},
                                            {Quantity::ti, 20},
                                            {.quantity = Quantity::wee, .stride = 20, .dense = true},
                                            {.quantity = Quantity::wei, .stride = 20, .dense = true}};
  constexpr std::size_t steps = 40;
  Network network(parameters, 17);
  Recorder recorder(network, requests, steps);
  Observer* const observers[] = {&recorder};
  const RunOptions options{.freeze = {Rule::ip}};
  network.run(steps, options, observers);
  EXPECT_EQ(old.parameters, parameters);
  EXPECT_EQ(old.state, network.state());
  EXPECT_EQ(old.recordings, recorder.take());
  EXPECT_EQ(old.run.freeze, options.freeze);
  save_result(path, old);
  EXPECT_EQ(load_result(path).parameters, parameters);
}

TEST_F(ResultFile, LacksOnlyHyperparametersNewerThanItsVersion) {
  save_result(path, example());
  const auto without = [&](const char* name) {
    tamper(path, [&](hid_t file) {
      const Handle group(H5Gopen2(file, "parameters", H5P_DEFAULT), H5Gclose, "open");
      ASSERT_GE(H5Adelete(group, name), 0);
    });
  };
  without("sp_weight");
  EXPECT_THAT(message_of<FormatError>([&] { load_result(path); }), HasSubstr("'sp_weight': is missing"));
  const auto of_version = [&](std::int64_t version) {
    tamper(path, [&](hid_t file) {
      H5Adelete(file, "format_version");
      io::write_attribute(file, "format_version", version);
    });
  };
  of_version(2);
  EXPECT_EQ(load_result(path).parameters.sp_weight, 0.001);
  without("eta_ip");
  EXPECT_THAT(message_of<FormatError>([&] { load_result(path); }), HasSubstr("'eta_ip': is missing"));
}

TEST_F(ResultFile, KeepsWhetherTheTargetRateIsSet) {
  Result written = example();
  for (const std::optional<double> h_ip : {std::optional<double>{}, std::optional<double>{0.2}}) {
    written.parameters.h_ip = h_ip;
    written.parameters.sp_probability = 0.5;
    written.parameters.te_min = -0.5;
    save_result(path, written, Existing::replace);
    EXPECT_EQ(load_result(path).parameters, written.parameters);
  }
}

TEST_F(ResultFile, MayHaveATargetRateThatRunsRefuse) {
  Result written = example();
  written.parameters.nu = written.parameters.ne;
  save_result(path, written);
  EXPECT_EQ(load_result(path).parameters.target_rate(), 2.0);
}

TEST_F(ResultFile, OmitsRecordingsOnRequest) {
  Result written = example();
  save_result(path, written);
  written.recordings.clear();
  expect_equal(load_result(path, false), written);
}

TEST_F(ResultFile, ContinuesARunBitForBit) {
  Parameters parameters;
  Network whole(parameters, 5);
  whole.run(5);
  Network first(parameters, 5);
  first.run(2);
  save_result(path,
              {.parameters = parameters, .state = first.state(), .recordings = {}, .run = {}, .program_version = {}});
  Result loaded = load_result(path);
  Network second(loaded.parameters, loaded.state);
  second.run(3);
  EXPECT_EQ(second.state(), whole.state());
}

TEST_F(ResultFile, IsNotWrittenIfItCouldNotBeRead) {
  Result broken = example();
  broken.state.te[3] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(save_result(path, broken), StateError);
  broken = example();
  broken.parameters.ne += 1;
  EXPECT_THROW(save_result(path, broken), ShapeError);
  broken = example();
  broken.recordings.push_back(broken.recordings[0]);
  EXPECT_THAT(message_of<ParameterError>([&] { save_result(path, broken); }), HasSubstr("'TE' twice"));
  broken = example();
  broken.recordings[0].rows += 1;
  EXPECT_THROW(save_result(path, broken), ShapeError);
  broken = example();
  std::get<std::vector<double>>(broken.recordings[0].values)[7] = std::numeric_limits<double>::infinity();
  EXPECT_THAT(message_of<StateError>([&] { save_result(path, broken); }), HasSubstr("'TE' holds inf"));
  broken = example();
  std::get<std::vector<std::int64_t>>(broken.recordings[2].values)[1] = -1;
  EXPECT_THAT(message_of<StateError>([&] { save_result(path, broken); }), HasSubstr("'C' holds -1"));
  broken = example();
  auto& events = std::get<std::vector<SynapseEvent>>(broken.recordings.back().values);
  ASSERT_FALSE(events.empty());
  events.push_back(events.back());
  EXPECT_THROW(save_result(path, broken), StateError);
  EXPECT_TRUE(folder.names().empty());
}

}  // namespace
}  // namespace sorn

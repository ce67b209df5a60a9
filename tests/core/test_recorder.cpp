#include "core/quantity.hpp"

#include <sorn/error.hpp>
#include <sorn/recorder.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <numeric>
#include <sstream>

namespace sorn {
namespace {

const Parameters twenty_units{.ne = 20, .nu = 2, .lambda_ee = 5, .lambda_ei = 8};

template <class T>
const std::vector<T>& values(const Recording& recording) {
  return std::get<std::vector<T>>(recording.values);
}

TEST(Quantity, IsFoundByEitherName) {
  EXPECT_EQ(quantity_named("E"), Quantity::excitatory);
  EXPECT_EQ(quantity_named("ExcitatoryActivation"), Quantity::excitatory);
  EXPECT_EQ(quantity_named("IEConnectionCounts"), Quantity::ie_count);
  EXPECT_EQ(quantity_named("WIE"), Quantity::wie);
  EXPECT_EQ(name(Quantity::ei_count), "C_ei");
  EXPECT_THROW((void)quantity_named("W"), UnknownNameError);
}

TEST(Quantity, IsDescribedInTheTableAndInTheDocs) {
  std::stringstream page;
  page << std::ifstream(SORN_TEST_DOCS_DIR "/file-format.md").rdbuf();
  for (const QuantityInfo& row : quantity_table()) {
    EXPECT_EQ(quantity_named(row.name), row.quantity);
    EXPECT_EQ(quantity_named(row.callback), row.quantity);
    EXPECT_FALSE(row.kind.empty() || row.meaning.empty()) << row.name;
    EXPECT_THAT(page.str(), testing::HasSubstr("`" + std::string(row.name) + "`")) << row.name;
  }
}

TEST(RecordRequest, IsParsed) {
  EXPECT_EQ(record_request("E"), (RecordRequest{Quantity::excitatory, 1}));
  EXPECT_EQ(record_request("WEE/1000"), (RecordRequest{Quantity::wee, 1000}));
  for (const auto* bad : {"WEE/", "WEE/0", "WEE/-1", "WEE/1.5", "WEE/1e3", "WEE/x", "WEE/99999999999999999999"}) {
    EXPECT_THROW((void)record_request(bad), ParameterError) << bad;
  }
  EXPECT_THROW((void)record_request("EE/10"), UnknownNameError);
  EXPECT_EQ(record_request("WEE:dense/10@5:"), (RecordRequest{Quantity::wee, 10, 5, RecordRequest::no_end, true}));
  EXPECT_EQ(text(record_request("WEE:dense/10@5:")), "WEE:dense/10@5:");
  for (const auto* bad : {"WEE:", "WEE:sparse", "E:dense", "E:5", "synapses/2", "synapses:dense"}) {
    EXPECT_THROW((void)record_request(bad), ParameterError) << bad;
  }
}

TEST(RecordRequest, OfStatisticsIsRecordedAtTheEndOfEachWindow) {
  const auto rows_of = [](const RecordRequest& request, std::uint64_t begin, std::uint64_t end) {
    std::vector<std::uint64_t> rows;
    std::uint64_t next = next_recorded(request, begin);
    for (std::uint64_t step = begin; step < end; ++step) {
      if (!records(request, step)) continue;
      EXPECT_EQ(next_recorded(request, step), next);
      EXPECT_EQ(recorded_in(request, next), step);
      rows.push_back(next);
      next += request.stride;
    }
    EXPECT_EQ(rows_between(request, begin, end), rows.size());
    return rows;
  };
  using Steps = std::vector<std::uint64_t>;
  EXPECT_EQ(rows_of({Quantity::stats, 10}, 0, 30), (Steps{0, 10, 20}));
  EXPECT_EQ(rows_of({Quantity::stats, 10}, 0, 29), (Steps{0, 10}));
  EXPECT_EQ(rows_of({Quantity::stats, 10}, 15, 30), (Steps{10, 20}));
  EXPECT_EQ(rows_of({Quantity::stats, 10}, 19, 20), (Steps{10}));
  EXPECT_EQ(rows_of({Quantity::stats, 10, 5, 39}, 0, 50), (Steps{10, 20}));
  EXPECT_EQ(rows_of({Quantity::stats, 10, 40}, 0, 55), (Steps{40}));
  EXPECT_EQ(rows_of({Quantity::stats, 10, 11, 19}, 0, 55), (Steps{}));
  EXPECT_EQ(rows_of({Quantity::te, 10}, 15, 45), (Steps{20, 30, 40}));
  const RecordRequest longest{Quantity::stats, RecordRequest::no_end};
  EXPECT_EQ(rows_of(longest, 5, 20), (Steps{}));
}

TEST(Recorder, KeepsActivityCountsThresholdsAndWeights) {
  Network network(twenty_units, 1);
  const std::vector<RecordRequest> requests{{Quantity::excitatory}, {Quantity::ee_count}, {Quantity::te},
                                            {Quantity::wee},        {Quantity::wie},      {Quantity::inhibitory},
                                            {Quantity::activity}};
  Recorder recorder(network, requests, 3);
  Observer* const observers[] = {&recorder};
  std::vector<std::uint8_t> x;
  std::vector<std::int64_t> counts;
  std::vector<std::int64_t> active;
  std::vector<double> te;
  std::vector<double> wee;
  for (int t = 0; t < 3; ++t) {
    counts.push_back(static_cast<std::int64_t>(network.state().wee->synapse_count()));
    network.run(1, {}, observers);
    const State& s = network.state();
    x.insert(x.end(), s.x.begin(), s.x.end());
    active.push_back(std::accumulate(s.x.begin(), s.x.end(), std::int64_t{0}));
    te.insert(te.end(), s.te.begin(), s.te.end());
    std::vector<double> dense(400);
    s.wee->to_dense(dense);
    wee.insert(wee.end(), dense.begin(), dense.end());
  }
  const auto& r = recorder.recordings();
  EXPECT_EQ(values<std::uint8_t>(r[0]), x);
  EXPECT_EQ(values<std::int64_t>(r[1]), counts);
  EXPECT_EQ(values<double>(r[2]), te);
  EXPECT_EQ(values<double>(r[3]), wee);
  EXPECT_EQ(r[4].row_shape, (std::vector<std::size_t>{20, 4}));
  EXPECT_EQ(values<double>(r[4]).size(), 3U * 80U);
  EXPECT_EQ(r[5].row_shape, (std::vector<std::size_t>{4}));
  EXPECT_TRUE(r[6].row_shape.empty());
  EXPECT_EQ(values<std::int64_t>(r[6]), active);
  for (const auto& recording : r) EXPECT_EQ(recording.rows, 3U);
}

TEST(Recorder, CountsTheActiveUnits) {
  Network network({.ne = 50, .lambda_ee = 5, .lambda_ei = 8}, 1);
  const std::vector<RecordRequest> requests{{Quantity::excitatory}, {Quantity::activity}};
  Recorder recorder(network, requests, 200);
  network.run(200, {}, {&recorder});
  const auto spikes = recorder.recordings()[0].spikes();
  const auto active = recorder.recordings()[1].counts();
  ASSERT_EQ(active.size(), 200U);
  for (std::size_t t = 0; t < 200; ++t) {
    const auto row = spikes.subspan(t * 50, 50);
    EXPECT_EQ(active[t], std::accumulate(row.begin(), row.end(), std::int64_t{0})) << t;
  }
  EXPECT_GT(std::accumulate(active.begin(), active.end(), std::int64_t{0}), 200);
}

TEST(Recorder, WithAStrideGivesTheSameRowsInSeveralRuns) {
  const std::vector<RecordRequest> every_seventh{{Quantity::te, 7}};
  const auto record = [&](const std::vector<std::size_t>& pieces) {
    Network network(twenty_units, 1);
    std::vector<double> all;
    for (const std::size_t steps : pieces) {
      Recorder recorder(network, every_seventh, steps);
      Observer* const observers[] = {&recorder};
      network.run(steps, {}, observers);
      const auto& r = recorder.recordings()[0];
      EXPECT_EQ(values<double>(r).size(), r.rows * 20);
      EXPECT_EQ(r.first_step % 7, 0U);
      all.insert(all.end(), values<double>(r).begin(), values<double>(r).end());
    }
    return all;
  };
  const auto whole = record({50});
  EXPECT_EQ(whole.size(), 8U * 20U);
  EXPECT_EQ(record({3, 4, 1, 20, 22}), whole);
}

TEST(Recorder, WithTheLargestStrideHasAtMostOneRow) {
  const std::vector<RecordRequest> once{{Quantity::te, ~std::uint64_t{0}}};
  Network network(twenty_units, 1);
  for (const std::size_t rows : {1U, 0U}) {
    Recorder recorder(network, once, 5);
    EXPECT_EQ(values<double>(recorder.recordings()[0]).capacity(), rows * 20);
    EXPECT_EQ(recorder.recordings()[0].first_step, rows == 1 ? 0 : once[0].stride);
    Observer* const observers[] = {&recorder};
    network.run(5, {}, observers);
    EXPECT_EQ(recorder.recordings()[0].rows, rows);
  }
}

TEST(Recorder, RefusesRecordingsThatExceedMemory) {
  const Network network(twenty_units, 1);
  const std::vector<RecordRequest> weights{{Quantity::wee}};
  try {
    Recorder(network, weights, 1'000'000'000'000);
    FAIL();
  } catch (const ParameterError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("recording WEE needs 3.2e+06 GB"));
    EXPECT_THAT(error.what(), testing::HasSubstr("stride"));
  }
}

TEST(Recording, GivesItsValuesByTheirType) {
  Network network(twenty_units, 1);
  const std::vector<RecordRequest> requests{{Quantity::excitatory}, {Quantity::ee_count}, {Quantity::te}};
  Recorder recorder(network, requests, 3);
  network.run(3, {}, {&recorder});
  const std::vector<Recording> recordings = recorder.take();
  EXPECT_EQ(recordings[0].spikes().size(), 60U);
  EXPECT_EQ(recordings[1].counts().size(), 3U);
  EXPECT_EQ(recordings[2].reals().back(), network.state().te.back());
  EXPECT_THROW((void)recordings[0].reals(), ParameterError);
  EXPECT_THROW((void)recordings[1].spikes(), ParameterError);
  EXPECT_THROW((void)recordings[2].counts(), ParameterError);
}

TEST(InputView, ReadsArraysInEitherOrder) {
  const std::vector<double> values{1, 2, 3, 4, 5, 6};
  const InputView steps = InputView::step_major(values, 2);
  const InputView features = InputView::feature_major(values, 2);
  EXPECT_EQ(steps.steps, 3U);
  EXPECT_EQ(features.steps, 3U);
  EXPECT_EQ(steps(1, 2), 6.0);
  EXPECT_EQ(steps(0, 1), 3.0);
  EXPECT_EQ(features(1, 0), 4.0);
  EXPECT_EQ(features(0, 2), 3.0);
  EXPECT_THROW(InputView::step_major(values, 4), ShapeError);
  EXPECT_THROW(InputView::feature_major(values, 0), ShapeError);
}

}  // namespace
}  // namespace sorn

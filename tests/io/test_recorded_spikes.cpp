// Spikes of a file, read in blocks, are those of the recording.
#include "helpers/temporary_folder.hpp"

#include <sorn/io.hpp>
#include <sorn/recorded_spikes.hpp>
#include <sorn/sorn.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace sorn {
namespace {

constexpr std::size_t ne = 40;
constexpr std::size_t recorded_rows = 60'000;  // more than two chunks of the file

class RecordedSpikesTest : public testing::Test {
protected:
  static void SetUpTestSuite() {
    folder_ = new test::TemporaryFolder;
    const Network network({.ne = ne, .nu = 4}, 3);
    Recording spikes;
    spikes.request = {Quantity::excitatory};
    spikes.row_shape = {ne};
    spikes.rows = recorded_rows;
    std::vector<std::uint8_t> values(recorded_rows * ne);
    std::uint64_t x = 1;
    for (std::uint8_t& value : values) {
      x = x * 6364136223846793005ULL + 1442695040888963407ULL;
      value = x >> 61U == 0 ? 1 : 0;
    }
    spikes.values = values;
    Recording counts;
    counts.request = {Quantity::activity};
    counts.rows = 3;
    counts.values = std::vector<std::int64_t>{1, 2, 3};
    save_result(*folder_ / "run.h5", {network.parameters(), network.state(), {spikes, counts}, {}, {}});
  }
  static void TearDownTestSuite() { delete folder_; }

  static inline test::TemporaryFolder* folder_ = nullptr;
  ResultReader reader{*folder_ / "run.h5"};
};

TEST_F(RecordedSpikesTest, AreThoseOfTheRecording) {
  const Recording recording = reader.rows(Quantity::excitatory, 0, recorded_rows);
  for (const std::size_t skip : {std::size_t{0}, std::size_t{12'345}}) {
    const SpikeTrain train = SpikeTrain::from_recording(recording, skip);
    RecordedSpikes stored(reader, Quantity::excitatory, skip);
    EXPECT_EQ(stored.steps(), recorded_rows - skip);
    EXPECT_EQ(stored.neurons(), ne);
    EXPECT_EQ(SpikeTrain::part_of(stored, 0, stored.steps()), train);
    EXPECT_EQ(SpikeTrain::part_of(stored, 30'001, 777).spike_count(5),
              SpikeTrain::part_of(train, 30'001, 777).spike_count(5));
    const statistics::Summary found = statistics::summary(stored);
    const statistics::Summary expected = statistics::summary(train);
    for (std::size_t k = 0; k < found.lines().size(); ++k) {
      EXPECT_EQ(std::bit_cast<std::uint64_t>(found.lines()[k].value.value_or(-1.0)),
                std::bit_cast<std::uint64_t>(expected.lines()[k].value.value_or(-1.0)))
          << found.lines()[k].measure->name;
    }
    std::size_t told = 0;
    stored.on_block([&](std::size_t steps) { told += steps; });
    static_cast<void>(statistics::spike_counts(stored));
    EXPECT_EQ(told, stored.steps());
  }
}

TEST_F(RecordedSpikesTest, RefusesWhatHoldsNoSpikes) {
  EXPECT_THROW(RecordedSpikes(reader, Quantity::activity), ParameterError);
  EXPECT_THROW(RecordedSpikes(reader, Quantity::inhibitory), ParameterError);
  EXPECT_THROW(RecordedSpikes(reader, Quantity::excitatory, recorded_rows + 1), ParameterError);
  EXPECT_EQ(RecordedSpikes(reader, Quantity::excitatory, recorded_rows).steps(), 0U);
  std::vector<std::uint64_t> words(ne);
  EXPECT_THROW(reader.spikes(Quantity::excitatory, recorded_rows - 10, 64, words), ParameterError);
  EXPECT_THROW(reader.spikes(Quantity::excitatory, 0, 65, words), ShapeError);
}

}  // namespace
}  // namespace sorn

// Packing spikes into bits and out again.
#include "helpers/message_of.hpp"

#include <sorn/sorn.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <vector>

namespace sorn {
namespace {

using test::message_of;
using testing::HasSubstr;

/// (steps, neurons) zeros and ones without a regular pattern, which could hide errors of packing.
std::vector<std::uint8_t> some_spikes(std::size_t steps, std::size_t neurons) {
  std::vector<std::uint8_t> bytes(steps * neurons);
  std::uint64_t x = 88172645463325252ULL;
  for (std::uint8_t& byte : bytes) {
    x ^= x << 13U;
    x ^= x >> 7U;
    x ^= x << 17U;
    byte = static_cast<std::uint8_t>(x >> 40U & 1U);
  }
  return bytes;
}

SpikeTrain train_of(const std::vector<std::uint8_t>& bytes, std::size_t steps, std::size_t neurons) {
  return SpikeTrain::from_array(bytes.data(), steps, neurons, static_cast<std::ptrdiff_t>(neurons), 1);
}

struct Shape {
  std::size_t steps;
  std::size_t neurons;
};

inline void PrintTo(const Shape& shape, std::ostream* out) {
  *out << shape.steps << " steps, " << shape.neurons << " neurons";
}

class PackedShape : public testing::TestWithParam<Shape> {};

INSTANTIATE_TEST_SUITE_P(SpikeTrains, PackedShape,
                         testing::Values(Shape{0, 3}, Shape{3, 0}, Shape{1, 1}, Shape{7, 8}, Shape{63, 9}, Shape{64, 7},
                                         Shape{65, 16}, Shape{200, 201}, Shape{128, 40}));

TEST_P(PackedShape, IsUnchangedByPackingAndUnpacking) {
  const auto [steps, neurons] = GetParam();
  const auto bytes = some_spikes(steps, neurons);
  const SpikeTrain train = train_of(bytes, steps, neurons);
  std::vector<std::uint8_t> back(bytes.size(), 7);
  train.to_bytes(back);
  EXPECT_EQ(back, bytes);

  SpikeTrain same(steps, neurons);
  for (std::size_t n = 0; n < neurons; ++n) {
    std::size_t count = 0;
    for (std::size_t t = 0; t < steps; ++t) {
      EXPECT_EQ(train.fired(t, n), bytes[t * neurons + n] == 1);
      if (train.fired(t, n)) same.set(t, n);
      count += bytes[t * neurons + n];
    }
    EXPECT_EQ(train.spike_count(n), count);
  }
  EXPECT_EQ(same, train) << "no bits beyond the last step";
}

TEST_P(PackedShape, IsTheSameForAnyTypeAndLayout) {
  const auto [steps, neurons] = GetParam();
  const auto bytes = some_spikes(steps, neurons);
  const SpikeTrain train = train_of(bytes, steps, neurons);
  const std::vector<double> reals(bytes.begin(), bytes.end());
  const std::vector<std::int64_t> integers(bytes.begin(), bytes.end());
  const auto row = static_cast<std::ptrdiff_t>(neurons);
  EXPECT_EQ(SpikeTrain::from_array(reals.data(), steps, neurons, row, 1), train);
  EXPECT_EQ(SpikeTrain::from_array(integers.data(), steps, neurons, row, 1), train);

  std::vector<std::uint8_t> transposed(bytes.size());
  for (std::size_t t = 0; t < steps; ++t) {
    for (std::size_t n = 0; n < neurons; ++n) transposed[n * steps + t] = bytes[t * neurons + n];
  }
  EXPECT_EQ(SpikeTrain::from_array(transposed.data(), steps, neurons, 1, static_cast<std::ptrdiff_t>(steps)), train);
}

TEST(SpikeTrains, ErrorsNameTheFirstEntryThatIsNoSpike) {
  auto bytes = some_spikes(100, 10);
  bytes[70 * 10 + 3] = 2;
  bytes[90 * 10 + 1] = 255;
  EXPECT_THAT(message_of<StateError>([&] { train_of(bytes, 100, 10); }),
              testing::AllOf(HasSubstr("spike_train[70, 3] = 2"), HasSubstr("must be 0 or 1")));
  std::vector<double> reals{0.0, -0.0, 1.0, std::numeric_limits<double>::quiet_NaN()};
  EXPECT_THAT(message_of<StateError>([&] { SpikeTrain::from_array(reals.data(), 2, 2, 2, 1); }),
              HasSubstr("spike_train[1, 1] = nan"));
  reals[3] = 0.5;
  EXPECT_THAT(message_of<StateError>([&] { SpikeTrain::from_array(reals.data(), 2, 2, 2, 1); }), HasSubstr("= 0.5"));
  reals[3] = 1.0;
  EXPECT_EQ(SpikeTrain::from_array(reals.data(), 2, 2, 2, 1).spike_count(0), 1U) << "-0 is 0";
  const std::vector<std::int64_t> negative{0, -1};
  EXPECT_THAT(message_of<StateError>([&] { SpikeTrain::from_array(negative.data(), 1, 2, 2, 1); }), HasSubstr("= -1"));
}

TEST(SpikeTrains, CanBeMadeFromARecording) {
  Network network({.ne = 50, .nu = 5}, 3);
  for (const auto format : {ActivityFormat::byte, ActivityFormat::real}) {
    const std::vector<RecordRequest> requests{record_request("E"), record_request("I"), record_request("C")};
    Recorder recorder(network, requests, 100, format);
    Network copy = network;
    const std::array<Observer*, 1> observers{&recorder};
    copy.run(100, {}, observers);
    const SpikeTrain train = SpikeTrain::from_recording(recorder.recordings()[0]);
    EXPECT_EQ(train.steps(), 100U);
    EXPECT_EQ(train.neurons(), 50U);
    for (std::size_t n = 0; n < 50; ++n) EXPECT_EQ(train.fired(99, n), copy.state().x[n] == 1);
    EXPECT_EQ(SpikeTrain::from_recording(recorder.recordings()[1], 40).steps(), 60U);
    EXPECT_THAT(message_of<ParameterError>([&] { SpikeTrain::from_recording(recorder.recordings()[2]); }),
                HasSubstr("a recording of C: holds no spikes"));
    EXPECT_THAT(message_of<ParameterError>([&] { SpikeTrain::from_recording(recorder.recordings()[0], 101); }),
                HasSubstr("skip = 101"));
  }
}

}  // namespace
}  // namespace sorn

// The spikes of a result file of any size, read in blocks. They need the component sorn::io.
#pragma once

#include <sorn/result_reader.hpp>
#include <sorn/spike_source.hpp>

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace sorn {

/// A recording of E, I, R or O in a file. A block takes a few megabytes, whatever the length of the recording.
class RecordedSpikes final : public SpikeSource {
public:
  /// The rows after the first `skip`. The reader must outlive this object.
  /// @throws ParameterError if the quantity holds no spikes, was not recorded, or has fewer rows than `skip`
  RecordedSpikes(const ResultReader& reader, Quantity quantity, std::size_t skip = 0);

  SpikeBlock block(std::size_t first, std::size_t count, std::vector<Word>& room) const override;
  std::size_t steps_a_block() const noexcept override;
  std::size_t threads() const noexcept override { return 0; }

  /// Calls tell(steps of the block) before each block that is read, to show the progress.
  void on_block(std::function<void(std::size_t)> tell) { tell_ = std::move(tell); }

private:
  const ResultReader* reader_;
  Quantity quantity_;
  std::size_t skip_;
  std::function<void(std::size_t)> tell_;
};

}  // namespace sorn

// Result files, read in parts. They need the component sorn::io.
#pragma once

#include <sorn/io.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace sorn {

/// The states of a run that its file keeps beside the last one (RunPlan::keep_checkpoints).
struct KeptStates {
  std::vector<std::uint64_t> steps;  ///< steps that the network had done (State::step), ascending; empty: none are kept
  std::uint64_t bytes = 0;           ///< that they take in the file
};

/// An open result file or checkpoint of any size. Opening it reads no values.
class ResultReader {
public:
  /// @throws IoError if it cannot be read, FormatError if it is truncated, damaged or of another format
  explicit ResultReader(const std::filesystem::path& path);
  ResultReader(ResultReader&&) noexcept;
  ResultReader& operator=(ResultReader&&) noexcept;
  ~ResultReader();

  const Parameters& parameters() const noexcept;
  const RunDescription& run() const noexcept;
  /// The seed of the random numbers of the network.
  std::uint64_t seed() const noexcept;
  /// The version of the program that wrote the file.
  const std::string& program_version() const noexcept;
  /// The origin of the file, as texts that a terminal can show safely.
  const Provenance& provenance() const noexcept;
  /// Whether the file is a checkpoint: the state of a run that is not over, without its recordings.
  bool is_checkpoint() const noexcept;
  /// The recordings without their values.
  const std::vector<Recording>& recordings() const noexcept;

  /// Reads which states the file keeps. network_at() computes others from them. @throws FormatError
  KeptStates kept_states() const;

  /// Reads the state of the network after the run, and checks it completely. @throws FormatError
  State state() const;

  /// Reads `count` rows of a recording, from row `first` on.
  /// @throws ParameterError if it was not recorded or has fewer rows; IoError, FormatError
  Recording rows(Quantity quantity, std::size_t first, std::size_t count) const;

  /// Reads the same rows of a recording of spikes as bits: bit k % 64 of words[n · w + k / 64] tells whether unit n
  /// fires in row first + k, with w = ⌈count / 64⌉ words for each unit. Bits beyond the last row are 0.
  /// @param threads  how many unpack them; 0: one for each processor
  /// @throws as rows(), and ParameterError if it holds no spikes; ShapeError if `words` has another size
  void spikes(Quantity quantity, std::size_t first, std::size_t count, std::span<std::uint64_t> words,
              std::size_t threads = 1) const;

  /// Reads the weights of one row of WEE, WEI or WIE as columns, without making them dense. In a dense row the weights
  /// other than 0 are synapses.
  /// @throws as rows(); ParameterError for another quantity
  CompressedColumns columns(Quantity weights, std::size_t row) const;

  /// The number of births and deaths among the recorded `synapses`, without reading them.
  /// @throws ParameterError if they were not recorded
  std::uint64_t event_count() const;

  /// Reads the recorded births and deaths of `synapses`, and which there were before. @throws as rows()
  Lineage lineage() const;

private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace sorn

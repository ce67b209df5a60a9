// Result files that are read a part at a time. Link sorn::io for these.
#pragma once

#include <sorn/io.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace sorn {

/// An open result file, or checkpoint, of any size: opening it reads no values.
class ResultReader {
public:
  /// @throws IoError if it cannot be read, FormatError if it is truncated, damaged or foreign
  explicit ResultReader(const std::filesystem::path& path);
  ResultReader(ResultReader&&) noexcept;
  ResultReader& operator=(ResultReader&&) noexcept;
  ~ResultReader();

  const Parameters& parameters() const noexcept;
  const RunDescription& run() const noexcept;
  /// The seed of the network, which addresses its random numbers.
  std::uint64_t seed() const noexcept;
  /// The version of the program that wrote the file.
  const std::string& program_version() const noexcept;
  /// Where the file comes from, safe to be shown.
  const Provenance& provenance() const noexcept;
  /// Whether the file is a checkpoint: the state of a run that is not over, without its recordings.
  bool is_checkpoint() const noexcept;
  /// What was recorded, without the values.
  const std::vector<Recording>& recordings() const noexcept;

  /// Reads the network's state after the run, and checks all of it. @throws FormatError
  State state() const;

  /// Reads `count` rows of a recording, from row `first` on.
  /// @throws ParameterError if it was not recorded or has fewer rows; IoError, FormatError
  Recording rows(Quantity quantity, std::size_t first, std::size_t count) const;

private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace sorn

// Landmarks: the states of some steps of a run, which its result keeps, so that other steps can be computed from them.
#pragma once

#include "io/hdf5/dataset.hpp"
#include "io/hdf5/hdf5.hpp"
#include "io/packed_state.hpp"

#include <sorn/parameters.hpp>
#include <sorn/state.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

namespace sorn::io {

/// Bytes among those of all landmarks of a run, and their checksum.
struct LandmarkPlace {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint64_t checksum = 0;  ///< CRC-64
};

/// A row of the table of landmarks.
struct Landmark {
  std::uint64_t step = 0;  ///< steps that the network has done
  LandmarkPlace place;
  /// Of the inputs, the replayed noise and the arrays of signals of the run's steps before this one.
  std::uint64_t drive_checksum = 0;
};

/// The landmarks of an unfinished run. With this and its file they can be read, and the run can be resumed.
struct LandmarkProgress {
  std::vector<Landmark> table;
  std::vector<std::uint64_t> chunks;  ///< where each full chunk of their bytes begins in the file of the run
  std::uint64_t chunk_bytes = 0;
  std::vector<std::uint8_t> tail;  ///< the bytes that do not fill a chunk yet
};

/// Appends landmarks to a result file. Every 64th holds a whole state, and the others only those sections that differ
/// from it, so that a damaged byte costs at most 64 of them. Functions that use the file need a Session; add(), thin()
/// and progress() do not.
class LandmarkWriter {
public:
  /// @param state  the first of the run, for the size of a chunk
  LandmarkWriter(hid_t file, const State& state);
  /// Continues the landmarks of a file. @throws FormatError if the file does not match
  LandmarkWriter(hid_t file, const LandmarkProgress& progress);

  /// Adds the state of a whole network. True if store() must follow.
  bool add(const State& state, std::uint64_t drive_checksum);
  /// Writes the full chunks.
  void store();
  /// Keeps only the landmarks whose distance from step `first` is a multiple of `distance`.
  void thin(std::uint64_t first, std::uint64_t distance);
  LandmarkProgress progress() const;

  /// Writes the rest and the table. No landmark may follow.
  void finish(std::uint64_t drive_checksum);
  void close() noexcept;

private:
  void write_chunk(std::span<const std::byte> bytes);

  Handle group_, dataset_;
  std::size_t chunk_bytes_ = 0;
  std::vector<std::uint64_t> chunks_;
  std::vector<std::byte> buffer_;  // what follows the full chunks
  std::vector<Landmark> table_;
  Sections sections_;
  Sections whole_;  // those of the last landmark that holds a whole state
  LandmarkPlace whole_place_;
  std::size_t since_whole_ = 0;
  std::vector<std::byte> body_;
};

void write_progress(hid_t resume, const LandmarkProgress& progress);
/// None if the run keeps no landmarks. @throws FormatError
std::optional<LandmarkProgress> read_landmark_progress(hid_t resume);

/// The table of the landmarks in a result or a checkpoint; empty if there are none. @throws FormatError
std::vector<Landmark> read_landmarks(hid_t file);

/// The landmarks of a result or a checkpoint. May be used by several threads.
class LandmarkReader {
public:
  /// @throws IoError, FormatError
  explicit LandmarkReader(const std::filesystem::path& path);
  LandmarkReader(const LandmarkReader&) = delete;
  LandmarkReader& operator=(const LandmarkReader&) = delete;
  ~LandmarkReader();

  /// In the order of the steps; empty if the run has kept none.
  const std::vector<Landmark>& table() const noexcept { return table_; }
  /// The checksum of the drive of all steps that the run has done; unset without landmarks.
  std::optional<std::uint64_t> drive_checksum() const noexcept { return drive_checksum_; }

  /// The state of a landmark of a network with these hyperparameters.
  /// @throws FormatError if it is damaged, IoError
  State state(const Landmark& landmark, const Parameters& parameters) const;

private:
  std::vector<std::byte> bytes(const LandmarkPlace& place) const;
  std::vector<std::byte> of_unfinished_run(const LandmarkPlace& place) const;

  std::filesystem::path path_;
  Handle file_;
  std::optional<Dataset> states_;  // in a result
  LandmarkProgress progress_;      // in a checkpoint
  int descriptor_ = -1;            // of the file of the unfinished run
  std::vector<Landmark> table_;
  std::optional<std::uint64_t> drive_checksum_;
};

}  // namespace sorn::io

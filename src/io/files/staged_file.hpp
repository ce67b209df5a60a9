// A file that a run of weeks writes, whose states a checkpoint can keep.
#pragma once

#include "io/files/atomic_file.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

namespace sorn::io {

/// What a file was at one moment: its length, and those of its pages that hold structures of HDF5.
struct Stage {
  static constexpr std::size_t page_bytes = 4096;

  std::uint64_t size = 0;
  std::vector<std::uint64_t> numbers;  ///< page k begins at byte numbers[k] · page_bytes; ascending
  std::vector<std::uint8_t> bytes;     ///< page_bytes for each
};

/// Values of datasets go to the disk at once, and stay where they are. Structures, which HDF5 writes again and again,
/// are kept in memory until commit(): the file on the disk is no HDF5 file before, but together with a Stage it is one,
/// and what is written later does not change that. Structures take about a 20,000th of what they describe.
class StagedFile final : public Storage {
public:
  /// A new file. `resumable` ones are collected under a name that another process finds.
  /// @throws IoError as AtomicFile
  StagedFile(const std::filesystem::path& target, bool resumable, Existing existing = Existing::refuse,
             std::shared_ptr<Claim> claim = nullptr);

  /// The file as it was at a moment. On the disk it is left as it is, so that its content can be looked at, until
  /// cut_off() removes what was written later. @throws IoError as AtomicFile; FormatError if it is shorter than then
  StagedFile(const std::filesystem::path& target, const Stage& stage, Existing existing = Existing::refuse,
             std::shared_ptr<Claim> claim = nullptr);
  void cut_off() noexcept;

  void write_at(std::uint64_t offset, std::span<const std::byte> bytes, Content content) noexcept override;
  bool read_at(std::uint64_t offset, std::span<std::byte> bytes) noexcept override;
  void resize(std::uint64_t size) noexcept override;
  std::uint64_t size() const noexcept override { return size_; }
  int failure() const noexcept override { return file_.failure(); }

  /// What the file is now, its values safe on the disk. @throws IoError if this or any write before failed
  Stage stage();

  /// From now on the file outlives a failure: there is a Stage of it.
  void keep() noexcept { file_.keep(); }

  /// Writes the structures, and puts the file in its place. @throws IoError if this or any write before failed
  void commit();

private:
  using Page = std::array<std::byte, Stage::page_bytes>;

  Page& page(std::uint64_t number);
  template <class Visit>
  void for_each_page(std::uint64_t offset, std::size_t size, Visit&& visit);

  AtomicFile file_;
  std::map<std::uint64_t, std::unique_ptr<Page>> pages_;
  std::uint64_t size_ = 0;
  bool looks_only_ = false;  // until cut_off()
};

}  // namespace sorn::io

// A result file that is written during a long run. A checkpoint can keep a state of it.
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

/// The state of a file at one moment: its length, and the pages that hold structures of HDF5.
struct Stage {
  static constexpr std::size_t page_bytes = 4096;

  std::uint64_t size = 0;
  std::vector<std::uint64_t> numbers;  ///< page k begins at byte numbers[k] · page_bytes; ascending
  std::vector<std::uint8_t> bytes;     ///< page_bytes bytes for each page
};

/// Values of datasets go to the disk at once, and stay where they are. HDF5 rewrites its structures again and again, so
/// they stay in memory until commit(). Before that, the file on the disk is no HDF5 file, but together with a Stage it
/// is one, and later writes do not change that. Structures take about 1/20,000 of the size of the data.
class StagedFile final : public Storage {
public:
  /// A new file. If it is `resumable`, it is collected under a name that another process can find.
  /// @throws IoError as AtomicFile
  StagedFile(const std::filesystem::path& target, bool resumable, Existing existing = Existing::refuse,
             std::shared_ptr<Claim> claim = nullptr);

  /// The file as it was at `stage`. The file on the disk stays unchanged, so that its content can be read, until
  /// cut_off() removes later bytes. @throws IoError as AtomicFile; FormatError if the file is shorter than at `stage`
  StagedFile(const std::filesystem::path& target, const Stage& stage, Existing existing = Existing::refuse,
             std::shared_ptr<Claim> claim = nullptr);
  void cut_off() noexcept;

  void write_at(std::uint64_t offset, std::span<const std::byte> bytes, Content content) noexcept override;
  bool read_at(std::uint64_t offset, std::span<std::byte> bytes) noexcept override;
  void resize(std::uint64_t size) noexcept override;
  std::uint64_t size() const noexcept override { return size_; }
  int failure() const noexcept override { return file_.failure(); }

  /// The present state of the file, with its values safe on the disk. @throws IoError if this or any write before
  /// failed
  Stage stage();

  /// From now on the file is kept after a failure, because a Stage of it exists.
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

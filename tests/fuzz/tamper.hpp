// Makes damaged HDF5 files from a valid one. The fuzzer's bytes determine each change.
#pragma once

#include "bytes.hpp"

#include <hdf5.h>

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace sorn::fuzz {

/// The file with some changed bytes, or truncated. The checksums of HDF5 detect most of these changes.
std::string with_changed_bytes(std::string_view file, Bytes& bytes);

/// The file after changes through HDF5 itself: links, groups, datasets and attributes are removed, moved, replaced by
/// others of any type, shape and layout, or get other values. The file is valid for HDF5. A user block is not changed.
std::string with_changed_content(std::string_view file, Bytes& bytes);

/// The file after one change through HDF5.
std::string changed(std::string_view file, const std::function<void(hid_t)>& change);

/// The same content in the structures of HDF5 1.6, which h5py writes by default. They have no checksums. The lists of
/// dimension scales are left out.
std::string in_old_structures(std::string_view file);

/// A folder for the temporary files of this process. libFuzzer does not remove it; scripts/fuzz.sh does.
class ScratchFolder {
public:
  ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder();
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

private:
  std::filesystem::path path_;
};

void write_file(const std::filesystem::path& path, std::string_view content);
std::string read_file(const std::filesystem::path& path);

}  // namespace sorn::fuzz

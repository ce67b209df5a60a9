// Damaged HDF5 files made from a sound one. Each way takes its instructions from the fuzzer's bytes.
#pragma once

#include "bytes.hpp"

#include <hdf5.h>

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace sorn::fuzz {

/// The file with some of its bytes changed, or its end cut off. HDF5 finds most of that by its checksums.
std::string with_changed_bytes(std::string_view file, Bytes& bytes);

/// The file after changes through HDF5 itself: links, groups, datasets and attributes that are removed, moved, replaced
/// by others of any type, shape and layout, or given other values. HDF5 finds nothing wrong with it.
/// A user block stays as it is.
std::string with_changed_content(std::string_view file, Bytes& bytes);

/// The file after one change through HDF5.
std::string changed(std::string_view file, const std::function<void(hid_t)>& change);

/// The same content in the structures of HDF5 1.6, as h5py writes them unless told otherwise. They have no checksums.
/// Lists of dimension scales are left out.
std::string in_old_structures(std::string_view file);

/// A folder of this process where temporary files go. libFuzzer ends without removing it: scripts/fuzz.sh does.
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

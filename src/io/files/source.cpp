#include "io/files/source.hpp"

#include "io/files/atomic_file.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

namespace sorn::io {

namespace {

/// An open file that knows its name.
class OpenFile {
public:
  explicit OpenFile(std::filesystem::path path)
      : path_(std::move(path)), descriptor_(open(path_.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (descriptor_ < 0) throw_system_error("read", path_, errno);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() { close(descriptor_); }

  std::size_t fill(std::span<std::byte> bytes) const {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t got = ::read(descriptor_, bytes.data() + done, bytes.size() - done);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) throw_system_error("read", path_, errno);
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }

  std::optional<std::uint64_t> size() const {
    struct stat status {};
    if (fstat(descriptor_, &status) != 0) throw_system_error("read", path_, errno);
    if (S_ISDIR(status.st_mode)) throw_system_error("read", path_, EISDIR);
    // Files that the system generates when they are read (/proc) have the size 0.
    if (!S_ISREG(status.st_mode) || status.st_size <= 0) return std::nullopt;
    return static_cast<std::uint64_t>(status.st_size);
  }

private:
  std::filesystem::path path_;
  int descriptor_;
};

}  // namespace

Source open_source(const std::filesystem::path& path) {
  const auto file = std::make_shared<const OpenFile>(path);
  return {[file](std::span<std::byte> bytes) { return file->fill(bytes); }, file->size()};
}

Source source_of(std::string_view content) {
  return {[content](std::span<std::byte> bytes) mutable {
            const std::size_t count = std::min(bytes.size(), content.size());
            if (count > 0) std::memcpy(bytes.data(), content.data(), count);
            content.remove_prefix(count);
            return count;
          },
          content.size()};
}

std::string read_short_text(const std::filesystem::path& path, std::size_t most, std::string_view what) {
  const auto too_long = [&] {
    return FormatError(formatted("'{}' of more than {} bytes", path.string(), most),
                       formatted("is too long for {}", what));
  };
  const Source source = open_source(path);
  if (source.size.value_or(0) > most) throw too_long();
  std::string text;
  std::array<char, 1U << 16U> piece{};
  for (;;) {
    const std::size_t got = source.read(std::as_writable_bytes(std::span(piece)));
    text.append(piece.data(), got);
    if (text.size() > most) throw too_long();
    if (got < piece.size()) return text;
  }
}

std::string advice_on_content(std::string_view beginning) {
  const auto begins = [&](std::string_view with) { return beginning.starts_with(with); };
  if (begins("\x89HDF\r\n\x1a\n")) return "it is an HDF5 file: give it the ending .h5";
  if (begins("\x93NUMPY")) return "it is a .npy file of NumPy: give it the ending .npy";
  if (begins("PK\x03\x04")) {
    return "it is a .zip archive, as .npz and spreadsheets are: save the one array with numpy.save, or the sheet as "
           "CSV";
  }
  if (begins("\x1f\x8b")) return "it is packed by gzip: unpack it first";
  if (begins("MATLAB 5.0")) return "it is a file of MATLAB: save it with save(…, '-v7.3'), which writes HDF5";
  // Pickles of protocol 2 and later begin like this.
  if (beginning.size() > 1 && beginning[0] == '\x80' && beginning[1] >= 2 && beginning[1] <= 5) {
    return "it is a pickle of Python: 'sorn convert FILE.pkl FILE.h5' makes a result file of a pickled state";
  }
  return {};
}

}  // namespace sorn::io

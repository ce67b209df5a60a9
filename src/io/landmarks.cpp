#include "io/landmarks.hpp"

#include "io/files/atomic_file.hpp"
#include "io/files/checkpoint_files.hpp"
#include "io/files/checksum.hpp"
#include "io/hdf5/attributes.hpp"
#include "io/load.hpp"
#include "io/schema.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <utility>

namespace sorn::io {

namespace {

constexpr std::size_t landmarks_a_whole = 64;

/// The columns of the table, each a list in the file.
struct Column {
  const char* name;
  std::uint64_t (*get)(const Landmark&);
  void (*set)(Landmark&, std::uint64_t);
};
constexpr std::array<Column, 5> columns{{
    {"steps", [](const Landmark& row) { return row.step; }, [](Landmark& row, std::uint64_t v) { row.step = v; }},
    {"offsets", [](const Landmark& row) { return row.place.offset; },
     [](Landmark& row, std::uint64_t v) { row.place.offset = v; }},
    {"sizes", [](const Landmark& row) { return row.place.size; },
     [](Landmark& row, std::uint64_t v) { row.place.size = v; }},
    {"checksums", [](const Landmark& row) { return row.place.checksum; },
     [](Landmark& row, std::uint64_t v) { row.place.checksum = v; }},
    {"drive_checksums", [](const Landmark& row) { return row.drive_checksum; },
     [](Landmark& row, std::uint64_t v) { row.drive_checksum = v; }},
}};

void write_table(hid_t group, const std::vector<Landmark>& table) {
  for (const Column& column : columns) {
    std::vector<std::uint64_t> values;
    values.reserve(table.size());
    for (const Landmark& row : table) values.push_back(column.get(row));
    write_list(group, column.name, values);
  }
}

/// Reads the table of landmarks that have `bytes` bytes together.
std::vector<Landmark> read_table(hid_t group, std::uint64_t bytes) {
  std::vector<Landmark> table;
  for (const Column& column : columns) {
    const Dataset dataset = Dataset::open(group, column.name);
    const std::size_t rows = dataset.size();
    if (&column == columns.data()) table.resize(rows);
    const std::size_t expected = table.size();
    dataset.require_shape(std::span(&expected, 1));
    const auto values = dataset.values<std::uint64_t>();
    for (std::size_t k = 0; k < rows; ++k) column.set(table[k], values[k]);
  }
  for (std::size_t k = 0; k < table.size(); ++k) {
    const LandmarkPlace& place = table[k].place;
    const bool inside = place.size <= bytes && place.offset <= bytes - place.size;
    if (!inside || (k > 0 && table[k].step <= table[k - 1].step)) {
      throw FormatError(formatted("the landmark of step {}", table[k].step),
                        "must follow the others, and be in the file");
    }
  }
  return table;
}

bool has_member(hid_t parent, const char* name) { return H5Lexists(parent, name, H5P_DEFAULT) > 0; }

std::uint64_t byte_count(const LandmarkProgress& progress) {
  return progress.chunks.size() * progress.chunk_bytes + progress.tail.size();
}

std::uint64_t number_in(ByteReader& reader) {
  std::uint64_t number = 0;
  std::memcpy(&number, reader.take(sizeof number).data(), sizeof number);
  return number;
}

/// A landmark: the place of the one that holds a whole state, which is empty if it does so itself, and its sections.
/// The length of a section is stored plus 1; 0: it is that of the whole state.
struct Body {
  LandmarkPlace whole;
  std::vector<std::optional<std::span<const std::byte>>> sections;

  explicit Body(std::span<const std::byte> bytes) {
    ByteReader reader(bytes);
    for (std::uint64_t* const number : {&whole.offset, &whole.size, &whole.checksum}) *number = number_in(reader);
    while (!reader.at_end()) {
      const std::uint64_t length = reader.number();
      sections.push_back(length == 0 ? std::nullopt : std::optional(reader.take(length - 1)));
    }
  }
};

}  // namespace

LandmarkWriter::LandmarkWriter(hid_t file, const State& state) {
  pack(state, sections_);
  std::size_t bytes = 0;
  for (const auto& section : sections_) bytes += section.size();
  // The last chunk is stored whole, so that it must not be large beside the others.
  constexpr std::size_t smallest = 1U << 14U;
  constexpr std::size_t largest = 1U << 20U;
  chunk_bytes_ = std::clamp(std::bit_ceil(bytes), smallest, largest);
  constexpr const char* action = "make room for landmarks";
  group_ = create_group(file, schema::landmarks);
  const hsize_t none = 0;
  const hsize_t most = H5S_UNLIMITED;
  const hsize_t chunk = chunk_bytes_;
  const Handle space(H5Screate_simple(1, &none, &most), H5Sclose, action);
  const Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, action);
  leave_out_times(creation);
  require(H5Pset_chunk(creation, 1, &chunk), action);
  dataset_ = Handle(H5Dcreate2(group_, schema::states, H5T_STD_U8LE, space, H5P_DEFAULT, creation, H5P_DEFAULT),
                    H5Dclose, action);
}

LandmarkWriter::LandmarkWriter(hid_t file, const LandmarkProgress& progress)
    : group_(open_group(file, schema::landmarks)),
      chunk_bytes_(progress.chunk_bytes),
      chunks_(progress.chunks),
      table_(progress.table) {
  constexpr const char* action = "open the landmarks";
  require_member(group_, schema::states, "dataset");
  dataset_ = Handle(H5Dopen2(group_, schema::states, H5P_DEFAULT), H5Dclose, action);
  const Handle space(H5Dget_space(dataset_), H5Sclose, action);
  const Handle type(H5Dget_type(dataset_), H5Tclose, action);
  const Handle creation(H5Dget_create_plist(dataset_), H5Pclose, action);
  hsize_t extent = 0;
  hsize_t chunk = 0;
  const bool fits = H5Sget_simple_extent_ndims(space) == 1 && H5Sget_simple_extent_dims(space, &extent, nullptr) == 1 &&
                    extent == chunks_.size() * chunk_bytes_ && H5Pget_chunk(creation, 1, &chunk) == 1 &&
                    chunk == chunk_bytes_ && H5Pget_nfilters(creation) == 0 && H5Tequal(type, H5T_STD_U8LE) > 0;
  if (!fits) throw FormatError("the landmarks of the run", "are not those of the checkpoint");
  const auto tail = std::as_bytes(std::span(progress.tail));
  buffer_.assign(tail.begin(), tail.end());
}

bool LandmarkWriter::add(const State& state, std::uint64_t drive_checksum) {
  pack(state, sections_);
  const bool is_whole = since_whole_ == 0 || whole_.size() != sections_.size();
  const LandmarkPlace whole = is_whole ? LandmarkPlace{} : whole_place_;
  body_.clear();
  for (const std::uint64_t& number : {whole.offset, whole.size, whole.checksum}) {
    append_bytes(body_, std::as_bytes(std::span(&number, 1)));
  }
  for (std::size_t k = 0; k < sections_.size(); ++k) {
    if (!is_whole && sections_[k] == whole_[k]) {
      append_number(body_, 0);
    } else {
      append_number(body_, sections_[k].size() + 1);
      append_bytes(body_, sections_[k]);
    }
  }
  const LandmarkPlace place{chunks_.size() * chunk_bytes_ + buffer_.size(), body_.size(), crc64(body_)};
  append_bytes(buffer_, body_);
  table_.push_back({state.step, place, drive_checksum});
  if (is_whole) {
    whole_place_ = place;
    std::swap(whole_, sections_);
    since_whole_ = 0;
  }
  since_whole_ = (since_whole_ + 1) % landmarks_a_whole;
  return buffer_.size() >= chunk_bytes_;
}

/// Writes the next chunk, of which `bytes` are used.
void LandmarkWriter::write_chunk(std::span<const std::byte> bytes) {
  constexpr const char* action = "write a landmark";
  const hsize_t place = chunks_.size() * chunk_bytes_;
  const hsize_t extent = place + bytes.size();
  require(H5Dset_extent(dataset_, &extent), action);
  if (bytes.size() == chunk_bytes_) {
    require(H5Dwrite_chunk(dataset_, H5P_DEFAULT, 0, &place, chunk_bytes_, bytes.data()), action);
  } else {
    std::vector<std::byte> padded(bytes.begin(), bytes.end());
    padded.resize(chunk_bytes_);
    require(H5Dwrite_chunk(dataset_, H5P_DEFAULT, 0, &place, chunk_bytes_, padded.data()), action);
  }
  unsigned skipped_filters = 0;
  haddr_t address = HADDR_UNDEF;
  hsize_t size = 0;
  require(H5Dget_chunk_info_by_coord(dataset_, &place, &skipped_filters, &address, &size), action);
  chunks_.push_back(address);
}

void LandmarkWriter::store() {
  std::size_t done = 0;
  for (; buffer_.size() - done >= chunk_bytes_; done += chunk_bytes_) {
    write_chunk(std::span(buffer_).subspan(done, chunk_bytes_));
  }
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(done));
}

void LandmarkWriter::thin(std::uint64_t first, std::uint64_t distance) {
  std::erase_if(table_, [&](const Landmark& row) { return (row.step - first) % distance != 0; });
}

LandmarkProgress LandmarkWriter::progress() const {
  LandmarkProgress progress{table_, chunks_, chunk_bytes_, {}};
  const auto* const first = reinterpret_cast<const std::uint8_t*>(buffer_.data());
  progress.tail.assign(first, first + buffer_.size());
  return progress;
}

void LandmarkWriter::finish(std::uint64_t drive_checksum) {
  store();
  if (!buffer_.empty()) write_chunk(buffer_);
  write_table(group_, table_);
  write_attribute(group_, schema::drive_checksum, drive_checksum);
}

void LandmarkWriter::close() noexcept {
  dataset_ = {};
  group_ = {};
}

void write_progress(hid_t resume, const LandmarkProgress& progress) {
  const Handle group = create_group(resume, schema::landmarks);
  write_attribute(group, schema::chunk_bytes, progress.chunk_bytes);
  write_list(group, schema::chunks, progress.chunks);
  write_list(group, schema::tail, progress.tail);
  write_table(group, progress.table);
}

std::optional<LandmarkProgress> read_landmark_progress(hid_t resume) {
  if (!has_member(resume, schema::landmarks)) return std::nullopt;
  const Handle group = open_group(resume, schema::landmarks);
  LandmarkProgress progress;
  progress.chunk_bytes = read_count(group, schema::chunk_bytes);
  progress.chunks = Dataset::open(group, schema::chunks).values<std::uint64_t>();
  progress.tail = Dataset::open(group, schema::tail).values<std::uint8_t>();
  constexpr std::uint64_t largest = 1U << 30U;
  if (progress.chunk_bytes == 0 || progress.chunk_bytes > largest || progress.tail.size() >= progress.chunk_bytes) {
    throw FormatError(formatted("chunks of {} bytes", progress.chunk_bytes), "no landmarks have such");
  }
  progress.table = read_table(group, byte_count(progress));
  return progress;
}

std::vector<Landmark> read_landmarks(hid_t file) {
  if (has_member(file, schema::landmarks)) {
    const Handle group = open_group(file, schema::landmarks);
    return read_table(group, Dataset::open(group, schema::states).size());
  }
  if (!has_member(file, schema::resume)) return {};
  const auto progress = read_landmark_progress(open_group(file, schema::resume));
  return progress ? progress->table : std::vector<Landmark>();
}

LandmarkReader::LandmarkReader(const std::filesystem::path& path) : path_(path) {
  const Session session;
  try {
    file_ = open_file(path);
    naming(path, [&] {
      if (has_member(file_, schema::landmarks)) {
        const Handle group = open_group(file_, schema::landmarks);
        states_ = Dataset::open(group, schema::states);
        table_ = read_table(group, states_->size());
        drive_checksum_ = read_count(group, schema::drive_checksum);
        return;
      }
      const auto target = target_of_checkpoint(path);
      if (!target || !has_member(file_, schema::resume)) return;
      const Handle resume = open_group(file_, schema::resume);
      auto progress = read_landmark_progress(resume);
      if (!progress) return;
      progress_ = *std::move(progress);
      table_ = progress_.table;
      drive_checksum_ = read_count(resume, schema::drive_checksum);
      for (const auto& file : {partial_path(*target), *target}) {
        if (descriptor_ < 0) descriptor_ = open(file.c_str(), O_RDONLY | O_CLOEXEC);
      }
    });
  } catch (...) {
    states_.reset();
    file_ = {};
    throw;
  }
}

LandmarkReader::~LandmarkReader() {
  const Session session(Session::Closing::only);
  states_.reset();
  file_ = {};
  if (descriptor_ >= 0) close(descriptor_);
}

/// From the file that the run is writing, whose structures are not on the disk.
std::vector<std::byte> LandmarkReader::of_unfinished_run(const LandmarkPlace& place) const {
  std::vector<std::byte> bytes(place.size);
  const auto tail = std::as_bytes(std::span(progress_.tail));
  for (std::size_t done = 0; done < bytes.size();) {
    const std::uint64_t chunk = (place.offset + done) / progress_.chunk_bytes;
    const auto within = static_cast<std::size_t>((place.offset + done) % progress_.chunk_bytes);
    const bool is_stored = chunk < progress_.chunks.size();
    const std::size_t room = (is_stored ? progress_.chunk_bytes : tail.size()) - within;
    const auto part = std::span(bytes).subspan(done, std::min(room, bytes.size() - done));
    if (!is_stored) {
      std::copy_n(tail.begin() + static_cast<std::ptrdiff_t>(within), part.size(), part.begin());
    } else if (read_fully(descriptor_, progress_.chunks[chunk] + within, part) != static_cast<ssize_t>(part.size())) {
      throw FormatError("the landmarks of the run", "cannot be read from its unfinished file");
    }
    done += part.size();
  }
  return bytes;
}

std::vector<std::byte> LandmarkReader::bytes(const LandmarkPlace& place) const {
  const std::uint64_t all = states_ ? states_->size() : byte_count(progress_);
  if (place.size > all || place.offset > all - place.size) {
    throw FormatError("the whole state of a landmark", "must be in the file");
  }
  std::vector<std::byte> bytes;
  if (states_) {
    const Session session;
    const auto rows = states_->rows<std::uint8_t>(place.offset, place.size);
    const auto raw = std::as_bytes(std::span(rows));
    bytes.assign(raw.begin(), raw.end());
  } else {
    bytes = of_unfinished_run(place);
  }
  if (crc64(bytes) != place.checksum) throw FormatError("its bytes", "do not match their checksum");
  return bytes;
}

State LandmarkReader::state(const Landmark& landmark, const Parameters& parameters) const {
  return naming(path_, [&] {
    const std::vector<std::byte> own = bytes(landmark.place);
    const Body body(own);
    const std::vector<std::byte> of_whole = body.whole.size > 0 ? bytes(body.whole) : std::vector<std::byte>();
    const std::optional<Body> whole = body.whole.size > 0 ? std::optional<Body>(of_whole) : std::nullopt;
    std::vector<std::span<const std::byte>> sections;
    for (std::size_t k = 0; k < body.sections.size(); ++k) {
      auto section = body.sections[k];
      if (!section && whole && k < whole->sections.size()) section = whole->sections[k];
      if (!section) throw FormatError("a section of a landmark", "is missing");
      sections.push_back(*section);
    }
    State state = unpacked(sections, parameters);
    if (state.step != landmark.step) {
      throw FormatError(formatted("a state after {} steps", state.step),
                        formatted("must be that after {}", landmark.step));
    }
    return state;
  });
}

}  // namespace sorn::io

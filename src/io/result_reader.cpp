#include <sorn/recorded_spikes.hpp>
#include <sorn/result_reader.hpp>

#include "core/quantity.hpp"
#include "io/hdf5/attributes.hpp"
#include "io/hdf5/bit_rows.hpp"
#include "io/landmarks.hpp"
#include "io/load.hpp"
#include "io/provenance.hpp"
#include "io/recordings.hpp"
#include "io/schema.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>
#include <sorn/spike_train.hpp>

#include <algorithm>

namespace sorn {

namespace {

void require_spikes(Quantity quantity) {
  if (info(quantity).is_spikes()) return;
  throw ParameterError(formatted("a recording of {}", name(quantity)),
                       formatted("holds no spikes: {} do", listed(quantity_names(&QuantityInfo::is_spikes), "and")));
}

const Recording* found_in(const ResultReader& reader, Quantity quantity) {
  const auto& recordings = reader.recordings();
  const auto at = std::find_if(recordings.begin(), recordings.end(),
                               [&](const Recording& one) { return one.request.quantity == quantity; });
  return at == recordings.end() ? nullptr : &*at;
}

/// The rows that remain. @throws ParameterError
std::size_t rows_of(const ResultReader& reader, Quantity quantity, std::size_t skip) {
  require_spikes(quantity);
  const Recording* const recording = found_in(reader, quantity);
  if (recording == nullptr) throw ParameterError(formatted("'{}'", name(quantity)), "was not recorded");
  if (skip > recording->rows) {
    throw ParameterError(formatted("skip = {}", skip), formatted("must be at most the {} rows", recording->rows));
  }
  return recording->rows - skip;
}

std::size_t units_of(const ResultReader& reader, Quantity quantity) {
  return found_in(reader, quantity)->row_shape.at(0);
}

}  // namespace

struct ResultReader::Implementation {
  std::filesystem::path path;
  io::Handle file;
  std::string program_version;
  Provenance provenance;
  bool is_checkpoint = false;
  Parameters parameters;
  RunDescription run;
  std::uint64_t seed = 0;
  std::vector<io::StoredRecording> stored;
  std::vector<Recording> recordings;

  explicit Implementation(std::filesystem::path name) : path(std::move(name)) {
    const io::Session session;
    file = io::open_file(path);
    try {
      io::naming(path, [&] {
        program_version = io::read_format(file, {io::schema::format, io::schema::checkpoint_format});
        provenance = io::read_provenance(file);
        is_checkpoint = io::read_text(file, io::schema::format_attribute) == io::schema::checkpoint_format;
        parameters = io::read_parameters(file);
        run = io::read_run(file);
        seed = io::read_count(io::open_group(file, io::schema::state), io::schema::seed);
        io::require_size(file, parameters);
        stored = io::open_recordings(file, sizes());
      });
    } catch (...) {
      close();
      throw;
    }
    for (const io::StoredRecording& one : stored) recordings.push_back(one.recording);
  }
  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;
  ~Implementation() {
    const io::Session session(io::Session::Closing::only);
    close();
  }

  Sizes sizes() const noexcept { return sizes_of(parameters, run.signals.size()); }

  const io::StoredRecording& recording(Quantity quantity) const {
    const auto found = std::find_if(stored.begin(), stored.end(), [&](const io::StoredRecording& one) {
      return one.recording.request.quantity == quantity;
    });
    if (found != stored.end()) return *found;
    throw ParameterError(formatted("'{}'", name(quantity)), "was not recorded",
                         formatted("'{}' tells what was", path.string()));
  }
  /// The recording with these rows. @throws ParameterError
  const io::StoredRecording& rows(Quantity quantity, std::size_t first, std::size_t count) const;

  void close() noexcept {
    stored.clear();
    file = {};
  }
};

ResultReader::ResultReader(const std::filesystem::path& path)
    : implementation_(std::make_unique<Implementation>(path)) {}
ResultReader::ResultReader(ResultReader&&) noexcept = default;
ResultReader& ResultReader::operator=(ResultReader&&) noexcept = default;
ResultReader::~ResultReader() = default;

const Parameters& ResultReader::parameters() const noexcept { return implementation_->parameters; }
const RunDescription& ResultReader::run() const noexcept { return implementation_->run; }
std::uint64_t ResultReader::seed() const noexcept { return implementation_->seed; }
const std::string& ResultReader::program_version() const noexcept { return implementation_->program_version; }
const Provenance& ResultReader::provenance() const noexcept { return implementation_->provenance; }
bool ResultReader::is_checkpoint() const noexcept { return implementation_->is_checkpoint; }
const std::vector<Recording>& ResultReader::recordings() const noexcept { return implementation_->recordings; }

KeptStates ResultReader::kept_states() const {
  const io::Session session;
  return io::naming(implementation_->path, [&] {
    KeptStates kept;
    for (const io::Landmark& landmark : io::read_landmarks(implementation_->file)) {
      kept.steps.push_back(landmark.step);
      kept.bytes += landmark.place.size;
    }
    return kept;
  });
}

State ResultReader::state() const {
  const io::Session session;
  return io::naming(implementation_->path, [&] {
    return io::read_state(implementation_->file, implementation_->path, implementation_->parameters);
  });
}

const io::StoredRecording& ResultReader::Implementation::rows(Quantity quantity, std::size_t first,
                                                              std::size_t count) const {
  const io::StoredRecording& found = recording(quantity);
  const std::size_t held = found.recording.rows;
  if (first > held || count > held - first) {
    throw ParameterError(formatted("rows {} to {} of '{}'", first, first + count, name(quantity)),
                         formatted("there are {}", held));
  }
  return found;
}

Recording ResultReader::rows(Quantity quantity, std::size_t first, std::size_t count) const {
  const io::StoredRecording& stored = implementation_->rows(quantity, first, count);
  const io::Session session;
  return io::naming(implementation_->path,
                    [&] { return io::read_rows(stored, first, count, implementation_->sizes()); });
}

void ResultReader::spikes(Quantity quantity, std::size_t first, std::size_t count, std::span<std::uint64_t> words,
                          std::size_t threads) const {
  require_spikes(quantity);
  const io::StoredRecording& stored = implementation_->rows(quantity, first, count);
  const std::size_t needed = (count + 63) / 64 * stored.recording.row_shape.at(0);
  if (words.size() != needed) {
    throw ShapeError(formatted("room for {} words of spikes", words.size()), formatted("must be for {}", needed));
  }
  if (words.empty()) return;
  if (!stored.dataset.front().holds_bits()) {
    const SpikeTrain train = SpikeTrain::from_recording(rows(quantity, first, count));
    for (std::size_t unit = 0; unit < train.neurons(); ++unit) {
      const auto row = train.words(unit);
      std::copy(row.begin(), row.end(), words.begin() + static_cast<std::ptrdiff_t>(unit * row.size()));
    }
    return;
  }
  io::naming(implementation_->path, [&] {
    io::StoredBits bits;
    {
      const io::Session session;
      bits = stored.dataset.front().stored_bits(first, count);
    }
    io::unpack_words(bits, first, count, words, threads);
  });
}

RecordedSpikes::RecordedSpikes(const ResultReader& reader, Quantity quantity, std::size_t skip)
    : SpikeSource{rows_of(reader, quantity, skip), units_of(reader, quantity)},  // in this order
      reader_(&reader),
      quantity_(quantity),
      skip_(skip) {}

SpikeBlock RecordedSpikes::block(std::size_t first, std::size_t count, std::vector<Word>& room) const {
  if (tell_) tell_(count);
  const std::size_t words = (count + steps_per_word - 1) / steps_per_word;
  room.resize(words * neurons());
  reader_->spikes(quantity_, skip_ + first, count, room, threads());
  return {room.data(), words, neurons(), first, count};
}

std::size_t RecordedSpikes::steps_a_block() const noexcept {
  // Some chunks of the file, so that threads can share them and few are unpacked twice.
  constexpr std::size_t block_words = std::size_t{1} << 18U;
  constexpr std::size_t most_words = 4096;
  return std::clamp<std::size_t>(block_words / std::max<std::size_t>(1, neurons()), 64, most_words) * steps_per_word;
}

CompressedColumns ResultReader::columns(Quantity weights, std::size_t row) const {
  if (!info(weights).is_weights()) {
    throw ParameterError(formatted("columns of '{}'", name(weights)),
                         formatted("must be weights: {}", listed(quantity_names(&QuantityInfo::is_weights), "or")));
  }
  const io::StoredRecording& found = implementation_->recording(weights);
  if (row >= found.recording.rows) {
    throw ParameterError(formatted("row {} of '{}'", row, name(weights)),
                         formatted("there are {}", found.recording.rows));
  }
  const io::Session session;
  return io::naming(implementation_->path, [&] { return io::read_columns(found, row); });
}

std::uint64_t ResultReader::event_count() const {
  return io::event_count(implementation_->recording(Quantity::synapses));
}

Lineage ResultReader::lineage() const {
  return rows(Quantity::synapses, 0, implementation_->recording(Quantity::synapses).recording.rows).lineage();
}

}  // namespace sorn

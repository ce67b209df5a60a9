#include <sorn/result_reader.hpp>

#include "io/hdf5/attributes.hpp"
#include "io/landmarks.hpp"
#include "io/load.hpp"
#include "io/provenance.hpp"
#include "io/recordings.hpp"
#include "io/schema.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>

#include <algorithm>

namespace sorn {

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

Recording ResultReader::rows(Quantity quantity, std::size_t first, std::size_t count) const {
  const io::StoredRecording& found = implementation_->recording(quantity);
  const std::size_t rows = found.recording.rows;
  if (first > rows || count > rows - first) {
    throw ParameterError(formatted("rows {} to {} of '{}'", first, first + count, name(quantity)),
                         formatted("there are {}", rows));
  }
  const io::Session session;
  return io::naming(implementation_->path,
                    [&] { return io::read_rows(found, first, count, implementation_->sizes()); });
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

// Untrusted result files: foreign bytes, a valid file with damaged bytes, and a file whose content was changed through
// HDF5 itself. Each gives an error that names the file, or a usable result, at once and row by row.
#include "io/hdf5/hdf5.hpp"
#include "tamper.hpp"

#include <sorn/error.hpp>
#include <sorn/io.hpp>
#include <sorn/network.hpp>
#include <sorn/result_reader.hpp>

#include <optional>

using namespace sorn;
using fuzz::Bytes;
using fuzz::expect;

// HDF5 leaks memory when it refuses a file. The tests under the sanitizers detect leaks of our own reader.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }

namespace {

const fuzz::ScratchFolder& folder() {
  static const fuzz::ScratchFolder scratch;
  return scratch;
}

/// A small file with every kind of content of a result file.
const std::string& sound_file() {
  static const std::string content = [] {
    Parameters parameters;
    parameters.ne = 7;
    parameters.ni = 3;
    parameters.nu = 2;
    parameters.lambda_ee = 3;
    parameters.lambda_ei = 3;
    Network network(parameters, 17);
    const std::vector<RecordRequest> requests{{Quantity::excitatory, 1},
                                              {Quantity::ee_count, 1},
                                              {Quantity::te, 2},
                                              {Quantity::wee, 4},
                                              {Quantity::synapses}};
    constexpr std::size_t steps = 6;
    Recorder recorder(network, requests, steps);
    Observer* const observers[] = {&recorder};
    network.run(steps, {}, observers);
    const auto path = folder() / "sound.h5";
    save_result(path, {.parameters = parameters,
                       .state = network.state(),
                       .recordings = recorder.take(),
                       .run = {.freeze = {Rule::sp}, .noise = "0.04", .steps = steps},
                       .program_version = {}});
    return fuzz::read_file(path);
  }();
  return content;
}

struct AnyFile {
  std::string content;
  /// Inputs may be in files of other programs with old structures, which HDF5 does not verify: it may crash if one of
  /// them is damaged. The reader refuses result files with such structures (tests/fuzz/README.md).
  bool may_hold_inputs;
};

AnyFile any_file(Bytes& bytes) {
  static const std::string old_file = fuzz::in_old_structures(sound_file());
  static const std::string version_1 = fuzz::read_file(SORN_TEST_GOLDEN_DIR "/result_v1.h5");
  switch (bytes.below(8)) {
    case 0: return {std::string(bytes.rest()), false};
    case 1: return {with_changed_bytes(old_file, bytes), false};
    case 2: return {with_changed_bytes(sound_file(), bytes), true};
    case 3: return {with_changed_content(old_file, bytes), true};
    case 4: return {with_changed_bytes(version_1, bytes), true};
    case 5: return {with_changed_content(version_1, bytes), true};
    default: return {with_changed_content(sound_file(), bytes), true};
  }
}

/// Reads the file, which the reader may refuse.
template <class Read>
auto attempt(const std::filesystem::path& path, Read&& read) -> std::optional<decltype(read())> {
  const auto named = [&](const Error& error) {
    expect(error.subject().find(path.string()) != std::string::npos, "errors name the file", error.what());
  };
  try {
    return read();
  } catch (const FormatError& error) {
    named(error);
  } catch (const IoError& error) {  // the values need more memory than this machine has
    named(error);
  } catch (const ShapeError& error) {
    named(error);
  } catch (const StateError& error) {
    named(error);
  }
  return std::nullopt;
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

bool same_bits(const std::vector<SynapseEvent>& a, const std::vector<SynapseEvent>& b) { return a == b; }

/// Whether recordings are equal; they may contain NaN.
bool same_recordings(const std::vector<Recording>& a, const std::vector<Recording>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Recording& p, const Recording& q) {
    const auto as_q = [&](const auto& values) {
      return same_bits(values, std::get<std::decay_t<decltype(values)>>(q.values));
    };
    return p.request == q.request && p.row_shape == q.row_shape && p.first_step == q.first_step && p.rows == q.rows &&
           p.start == q.start && p.values.index() == q.values.index() && std::visit(as_q, p.values);
  });
}

/// Expects `part` to be `count` rows of `whole` from `first` on.
void expect_part(const Recording& part, const Recording& whole, std::size_t first, std::size_t count) {
  expect(part.rows == count && part.row_shape == whole.row_shape, "as many rows as were asked for");
  if (const auto* const events = std::get_if<std::vector<SynapseEvent>>(&part.values)) {
    std::vector<SynapseEvent> expected = whole.lineage().events;
    std::erase_if(expected, [&](const SynapseEvent& event) {
      return event.step < part.first_step || event.step - part.first_step >= count;
    });
    expect(*events == expected, "the events of these rows");
    return;
  }
  std::visit(
      [&](const auto& values) {
        const auto& all = std::get<std::decay_t<decltype(values)>>(whole.values);
        const std::size_t row = whole.rows == 0 ? 0 : all.size() / whole.rows;
        expect(values.size() == count * row, "a value for each place");
        const std::vector expected(all.begin() + static_cast<std::ptrdiff_t>(first * row),
                                   all.begin() + static_cast<std::ptrdiff_t>((first + count) * row));
        expect(same_bits(values, expected), "the same values in one piece and in parts");
      },
      part.values);
}

void expect_same(const Result& a, const Result& b, std::string_view promise) {
  expect(a.parameters == b.parameters && a.state == b.state && a.run == b.run, promise);
  expect(same_recordings(a.recordings, b.recordings), promise);
}

/// Reads some rows, inside the recording or beyond its end.
void read_rows(const ResultReader& reader, const std::filesystem::path& path, const std::optional<Result>& whole,
               std::size_t first, std::size_t count) {
  const std::size_t recordings = reader.recordings().size();
  for (std::size_t k = 0; k < recordings; ++k) {
    const Recording& outline = reader.recordings()[k];
    const bool there = first <= outline.rows && count <= outline.rows - first;
    try {
      const auto part = attempt(path, [&] { return reader.rows(outline.request.quantity, first, count); });
      expect(there, "only rows that there are can be read");
      if (part && whole) expect_part(*part, whole->recordings.at(k), first, count);
      expect(part.has_value() || !whole.has_value(), "what can be read can be read in parts");
    } catch (const ParameterError& error) {
      expect(!there, "rows that there are can be asked for", error.what());
    }
  }
}

/// Uses a result: writes it, reads it again, and runs its network.
void use(Result result, const std::filesystem::path& copy) {
  save_result(copy, result, Existing::replace);
  expect_same(load_result(copy), result, "what is read, written and read again is the same");
  Network network(result.parameters, std::move(result.state));
  const State before = network.state();
  try {
    network.run(3);
  } catch (const ParameterError&) {  // valid, but no step is left, or nu allows no target rate
    expect(network.state() == before, "a refused run leaves the state as it was");
  }
  validate(network.state());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes(data, size);
  const auto path = folder() / "any.h5";
  // From one of the first rows or any row; a few rows, or more than are possible.
  const std::size_t first = bytes.below(8) == 0 ? bytes.take<std::size_t>() : bytes.below(8);
  const std::size_t count = bytes.below(8) == 0 ? bytes.take<std::size_t>() : bytes.below(4);
  const AnyFile file = any_file(bytes);
  fuzz::write_file(path, file.content);

  const auto outline = attempt(path, [&] { return load_result(path, false); });
  auto result = attempt(path, [&] { return load_result(path); });
  expect(outline.has_value() || !result.has_value(), "what can be read can be read in outline");
  const auto reader = attempt(path, [&] { return ResultReader(path); });
  if (reader) read_rows(*reader, path, result, first, count);
  if (result) {
    use(std::move(*result), folder() / "copy.h5");
  }
  if (!file.may_hold_inputs) return 0;
  for (const char* dataset : {"recordings/TE", "recordings/C", "state/X"}) {
    const auto inputs = attempt(path, [&] { return read_inputs(path.string() + ":/" + dataset); });
    if (inputs) expect(inputs->values.size() == inputs->features * inputs->steps, "a number for each place");
  }
  return 0;
}

// Untrusted checkpoints and their result files. Checksums detect damaged checkpoints. A changed checkpoint with a
// correct checksum gives an error of this library, or a run that reaches its end.
#include "io/checkpoint.hpp"
#include "io/files/checksum.hpp"
#include "io/hdf5/attributes.hpp"
#include "io/hdf5/dataset.hpp"
#include "io/schema.hpp"
#include "tamper.hpp"

#include <sorn/error.hpp>
#include <sorn/file_run.hpp>

#include <map>
#include <optional>

using namespace sorn;
using fuzz::Bytes;
using fuzz::expect;

// HDF5 leaks memory when it refuses a file. The tests under the sanitizers detect leaks of our own reader.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }

namespace {

constexpr std::uint64_t all_steps = 20;  // number of steps of a complete run
constexpr std::size_t nu = 2;

const fuzz::ScratchFolder& folder() {
  static const fuzz::ScratchFolder scratch;
  return scratch;
}

InputView inputs() {
  static const std::vector<double> values = [] {
    std::vector<double> numbers;
    for (std::size_t k = 0; k < nu * all_steps; ++k) numbers.push_back(static_cast<double>(k % 7) / 7.0);
    return numbers;
  }();
  return {values.data(), nu, all_steps, 1, static_cast<std::ptrdiff_t>(nu)};
}

/// The contents of a run's files, by name.
using Files = std::map<std::string, std::string>;

const std::string result_file = "run.h5";

Files files_of_run() {
  Files files;
  for (const auto& entry : std::filesystem::directory_iterator(folder().path())) {
    files[entry.path().filename().string()] = fuzz::read_file(entry.path());
  }
  return files;
}

void put(const Files& files) {
  for (const auto& [name, content] : files_of_run()) std::filesystem::remove(folder() / name);
  for (const auto& [name, content] : files) fuzz::write_file(folder() / name, content);
}

/// A stopped run with valid files, and the state at its end.
struct Sound {
  bool driven = false;
  std::string checkpoint{};  ///< the name of its file
  Files files{};
  Result result{};
};

/// Stops a run after a given step.
class StopAfter final : public Observer {
public:
  explicit StopAfter(std::uint64_t step) : step_(step) {}
  Outcome on_step(const StepView& view) override { return view.state.step < step_ ? Outcome::go_on : Outcome::stop; }

private:
  std::uint64_t step_;
};

/// A run whose first plan is shorter than its final number of steps. The first plan determines the size of the chunks.
Sound stopped_run(bool driven, std::uint64_t planned, std::uint64_t stop) {
  Parameters parameters;
  parameters.ne = 7;
  parameters.ni = 3;
  parameters.nu = nu;
  parameters.lambda_ee = 3;
  parameters.lambda_ei = 3;
  RunPlan plan;
  plan.steps = planned;
  plan.checkpoint_every = 100;
  plan.record = {
      {Quantity::excitatory}, {Quantity::ee_count}, {Quantity::te, 2}, {Quantity::wee, 4, 0, 15}, {Quantity::synapses}};
  if (driven) {
    plan.options.inputs = inputs();
    plan.inputs = "inputs.csv";
  }
  put({});
  const InputView again = plan.options.inputs;
  const auto path = folder() / result_file;
  const auto run_until = [&](FileRun run, std::uint64_t step) {
    StopAfter stopper(step);
    Observer* const observers[] = {&stopper};
    run.run(observers);
  };
  run_until(FileRun(path, Network(parameters, 17), plan), std::min(planned - 1, stop));
  if (stop >= planned) run_until(FileRun::resumed(path, {.inputs = again, .steps = all_steps}), stop);

  Sound sound{.driven = driven, .checkpoint = io::checkpoint_path(path, stop).filename().string()};
  const Files left = files_of_run();
  for (const std::string& name : {result_file, sound.checkpoint}) sound.files[name] = left.at(name);
  FileRun::resumed(path, {.inputs = again}).run();
  sound.result = load_result(path);
  return sound;
}

const Sound& sound_run(bool driven) {
  static const Sound free_run = stopped_run(false, 8, 13);   // one and a half chunks
  static const Sound driven_run = stopped_run(true, 20, 5);  // a part of the first chunk
  return driven ? driven_run : free_run;
}

// --- changes ---

/// The content after a block with its correct checksum, as at the beginning of a checkpoint.
std::string sealed(std::string content) {
  const std::uint64_t length = content.size();
  const std::uint64_t checksum = io::crc64(std::as_bytes(std::span(content)));
  std::string block(io::schema::checkpoint_magic);
  block.append(reinterpret_cast<const char*>(&length), sizeof length);
  block.append(reinterpret_cast<const char*>(&checksum), sizeof checksum);
  block.resize(io::schema::checkpoint_block);
  return block + content;
}

std::string unsealed(const std::string& checkpoint) { return checkpoint.substr(io::schema::checkpoint_block); }

/// The result file that a checkpoint describes: the file on the disk with the structures of the checkpoint.
std::string with_pages(std::string file, const io::Stage& stage) {
  file.resize(stage.size);
  for (std::size_t k = 0; k < stage.numbers.size(); ++k) {
    const std::size_t begin = stage.numbers[k] * io::Stage::page_bytes;
    const std::size_t length = std::min(io::Stage::page_bytes, file.size() - begin);
    std::memcpy(file.data() + begin, stage.bytes.data() + k * io::Stage::page_bytes, length);
  }
  return file;
}

template <class T>
void replace_list(hid_t group, const char* name, const std::vector<T>& values) {
  const std::size_t size = values.size();
  io::require(H5Ldelete(group, name, H5P_DEFAULT), "remove");
  io::write_dataset(group, name, std::span(&size, 1), std::span<const T>(values));
}

/// A checkpoint without its block that describes another result file and contains all of it as structures.
std::string with_result(const std::string& content, std::string result) {
  const std::uint64_t size = result.size();
  std::vector<std::uint64_t> numbers((size + io::Stage::page_bytes - 1) / io::Stage::page_bytes);
  for (std::size_t k = 0; k < numbers.size(); ++k) numbers[k] = k;
  result.resize(numbers.size() * io::Stage::page_bytes);
  const std::vector<std::uint8_t> pages(result.begin(), result.end());
  return fuzz::changed(content, [&](hid_t file) {
    const io::Handle group(H5Gopen2(file, io::schema::resume, H5P_DEFAULT), H5Gclose, "open");
    io::require(H5Adelete(group, io::schema::file_size), "remove");
    io::write_attribute(group, io::schema::file_size, size);
    replace_list(group, io::schema::page_numbers, numbers);
    replace_list(group, io::schema::page_bytes, pages);
  });
}

/// Files that the fuzzer has changed, and the expected outcome.
struct Case {
  Files files;
  bool intact = false;   ///< the checkpoint is as it was written
  bool damaged = false;  ///< the checkpoint must be refused
};

/// The result file that a valid checkpoint describes.
std::string described_result(const Sound& sound) {
  put(sound.files);
  const io::Checkpoint checkpoint = io::load_checkpoint(folder() / sound.checkpoint);
  return with_pages(sound.files.at(result_file), checkpoint.progress.stage);
}

/// Changes the structures of the result file in a checkpoint, and updates the checksum.
void change_pages(const Sound& sound, Files& files, Bytes& bytes) {
  static std::map<bool, std::string> described;
  static std::map<bool, std::string> in_old_structures;
  std::string& ours = described[sound.driven];
  if (ours.empty()) {
    ours = described_result(sound);
    in_old_structures[sound.driven] = fuzz::in_old_structures(ours);
  }
  std::string changed = bytes.below(8) == 0 ? in_old_structures.at(sound.driven) : ours;
  const std::size_t kind = bytes.below(4);
  if (kind > 0) changed = fuzz::with_changed_content(changed, bytes);
  if (kind < 2) changed = fuzz::with_changed_bytes(changed, bytes);
  files[sound.checkpoint] = sealed(with_result(unsealed(sound.files.at(sound.checkpoint)), changed));
  // Give the file the expected length, so that the length alone is no reason to refuse it.
  std::string& file = files[result_file];
  file.resize(std::max(file.size(), changed.size()));
}

Case any_case(const Sound& sound, Bytes& bytes) {
  Case made{.files = sound.files};
  std::string& checkpoint = made.files[sound.checkpoint];
  const std::string& original = sound.files.at(sound.checkpoint);
  switch (bytes.below(8)) {
    case 0:
      checkpoint = fuzz::with_changed_bytes(original, bytes);
      made.intact = checkpoint == original;
      made.damaged = !made.intact;
      break;
    case 1: checkpoint = sealed(fuzz::with_changed_bytes(unsealed(original), bytes)); break;
    case 2:
    case 3: checkpoint = sealed(fuzz::with_changed_content(unsealed(original), bytes)); break;
    case 4:
    case 5: change_pages(sound, made.files, bytes); break;
    default: {
      made.intact = true;
      std::string& file = made.files[result_file];
      switch (bytes.below(8)) {
        case 0: file = std::string(bytes.rest()); break;
        case 1: file = fuzz::with_changed_content(file, bytes); break;
        case 2: made.files.erase(result_file); break;
        default: file = fuzz::with_changed_bytes(file, bytes);
      }
    }
  }
  return made;
}

// --- use ---

/// Calls `use`, which may throw an error that names the file. `contradicted`: it may also refuse the given arguments.
template <class Use>
bool attempt(bool contradicted, Use&& use) {
  const auto named = [&](const Error& error) {
    expect(error.subject().find(folder().path().string()) != std::string::npos, "errors name the file", error.what());
  };
  try {
    use();
    return true;
  } catch (const FormatError& error) {
    named(error);
  } catch (const IoError& error) {
    named(error);
  } catch (const Error& error) {
    expect(contradicted, "what is wrong in a file is a format error", error.what());
  }
  return false;
}

Continuation any_continuation(const Sound& sound, Bytes& bytes) {
  Continuation continuation;
  if (sound.driven == (bytes.below(8) != 0)) continuation.inputs = inputs();
  if (bytes.below(8) == 0) continuation.steps = bytes.flag() ? bytes.below(64) : bytes.take<std::uint64_t>();
  if (bytes.below(8) == 0) continuation.checkpoint_every = bytes.below(16);
  return continuation;
}

/// Runs to the end if few steps are left.
void finish(FileRun run, const Case& made, const Sound& sound) {
  constexpr std::uint64_t most = 200;
  expect(run.steps_done() <= run.plan().steps, "no run has done more than it is to do");
  if (run.plan().steps - run.steps_done() > most) return;
  const bool ends_alike = run.plan().steps == all_steps;
  const bool ran = attempt(false, [&] { run.run(); });
  if (!made.intact) {
    attempt(false, [&] { load_result(folder() / result_file); });
    return;
  }
  expect(ran, "what a sound checkpoint describes can be completed");
  if (!ends_alike) return;
  expect(run.network().state() == sound.result.state, "a run ends as if nothing had happened");
  if (made.files == sound.files) {
    const Result result = load_result(folder() / result_file);
    expect(result.recordings == sound.result.recordings && result.state == sound.result.state,
           "and with the same file");
    expect(files_of_run().size() == 1, "and no other");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes(data, size);
  const Sound& sound = sound_run(bytes.flag());
  const Continuation continuation = any_continuation(sound, bytes);
  const bool newest = bytes.flag();
  const bool was_killed = bytes.flag();
  Case made = any_case(sound, bytes);
  if (was_killed) {  // before the result had its name
    if (auto result = made.files.extract(result_file)) {
      result.key() += ".partial";
      made.files.insert(std::move(result));
    }
  }
  put(made.files);

  const auto path = folder() / sound.checkpoint;
  const bool loaded = attempt(false, [&] { io::load_checkpoint(path); });
  expect(!(loaded && made.damaged), "a checksum tells of each change");
  expect(loaded || !made.intact, "a sound checkpoint can be read");
  std::optional<FileRun> run;
  const bool resumed =
      attempt(true, [&] { run.emplace(FileRun::resumed(newest ? folder() / result_file : path, continuation)); });
  expect(loaded || !resumed, "only what can be read can be resumed");
  if (resumed) {
    finish(std::move(*run), made, sound);
  } else {
    expect(files_of_run() == made.files, "what is refused stays as it is");
  }
  return 0;
}

#include "bindings.hpp"

#include "config/sweep_file.hpp"
#include <sorn/sweep.hpp>
#include "support/format.hpp"

#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <chrono>
#include <map>
#include <optional>
#include <thread>
#include <tuple>

namespace sorn::python {

namespace {

using runs::Sweep;
using runs::SweepOutcome;

/// (values, error, seconds): an outcome without its index.
using Result = std::tuple<std::vector<double>, std::string, double>;

/// Lets Python in a few times a second, for Ctrl-C. Only the thread that called has something to look for.
class SignalCheck {
public:
  /// True; throws what a signal's handler raised. Called without the GIL.
  bool operator()() {
    if (std::this_thread::get_id() != caller_) return true;
    const auto now = Clock::now();
    if (now - last_ < std::chrono::milliseconds(200)) return true;
    last_ = now;
    const nb::gil_scoped_acquire gil;
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
    return true;
  }

private:
  using Clock = std::chrono::steady_clock;
  std::thread::id caller_ = std::this_thread::get_id();
  Clock::time_point last_ = Clock::now();
};

Result result_of(const SweepOutcome& outcome) { return {outcome.values, outcome.error, outcome.seconds}; }

Result run(const Sweep& sweep, std::uint64_t index) {
  const nb::gil_scoped_release no_gil;
  SignalCheck check;
  return result_of(*run_one(sweep, index, [&] { return check(); }));
}

/// Tells a Python function how far a sweep is, a few times a second and at the end.
std::function<void(const runs::SweepProgress&)> reporter(nb::handle progress) {
  if (progress.is_none()) return {};
  return [progress, last = std::chrono::steady_clock::time_point()](const runs::SweepProgress& state) mutable {
    const auto now = std::chrono::steady_clock::now();
    if (state.done < state.runs && now - last < std::chrono::milliseconds(200)) return;
    last = now;
    const nb::gil_scoped_acquire gil;
    progress(state.done, state.runs);
  };
}

std::map<std::uint64_t, Result> run_all(const Sweep& sweep, std::size_t threads, nb::handle progress) {
  std::map<std::uint64_t, Result> results;
  const auto report = reporter(progress);
  const nb::gil_scoped_release no_gil;
  SignalCheck check;
  for (const auto& [index, outcome] : run_in_memory(
           sweep, threads, [&] { return !check(); }, report)) {
    results[index] = result_of(outcome);
  }
  return results;
}

void run_in_folder(const Sweep& sweep, const std::filesystem::path& folder, std::size_t threads, bool repeat_failed,
                   bool overwrite, nb::handle progress) {
  const auto report = reporter(progress);
  const nb::gil_scoped_release no_gil;
  SignalCheck check;
  run_sweep(sweep, runs::SweepFolder(folder),
            {.threads = threads, .stop = [&] { return !check(); }, .overwrite = overwrite, .report = report},
            repeat_failed);
}

/// The outcomes in a folder's journal.
std::map<std::uint64_t, Result> recorded(const Sweep& sweep, const std::filesystem::path& folder) {
  const runs::SweepJournal journal(runs::SweepFolder(folder).journal(), description(sweep));
  std::map<std::uint64_t, Result> results;
  for (const auto& [index, outcome] : journal.outcomes()) results[index] = result_of(outcome);
  return results;
}

struct ColumnObject {
  template <class T>
  nb::object operator()(std::vector<T>& values) const {
    const std::size_t size = values.size();
    return numpy_array(std::move(values), {size});
  }
  nb::object operator()(std::vector<std::string>& values) const {
    nb::list texts;
    for (const std::string& value : values) texts.append(nb::cast(value));  // errors may have several lines
    return texts;
  }
};

nb::list table(const Sweep& sweep, const std::map<std::uint64_t, Result>& results) {
  std::map<std::uint64_t, SweepOutcome> outcomes;
  for (const auto& [index, result] : results) {
    const auto& [values, error, seconds] = result;
    outcomes[index] = {.index = index, .values = values, .error = error, .seconds = seconds};
  }
  nb::list columns;
  for (io::Column& column : table_of(sweep.design, outcomes)) {
    columns.append(nb::make_tuple(column.name, std::visit(ColumnObject{}, column.values)));
  }
  return columns;
}

nb::tuple describe(const Sweep& sweep, std::uint64_t index) {
  const runs::SweepRun run = run_of(sweep.design, index);
  return nb::make_tuple(run.point, run.seed, run.parameters, run.noise);
}

}  // namespace

void bind_sweep(nb::module_& m) {
  nb::class_<Sweep>(m, "Sweep", "A sweep as a file describes it, checked, with the inputs and the state that it names.")
      .def(
          "__init__",
          [](Sweep* self, std::string text, const std::string& file) {
            new (self) Sweep(config::parse_sweep(std::move(text), file).sweep);
          },
          nb::arg("text"), nb::arg("file"), "Errors call the text `file`.")
      .def_static(
          "read", [](const std::filesystem::path& path) { return config::read_sweep(path).sweep; }, nb::arg("path"),
          nb::sig("def read(path: str) -> Sweep"), "The sweep that a file describes.")
      .def_prop_ro(
          "count", [](const Sweep& sweep) { return run_count(sweep.design); }, "The number of runs.")
      .def_prop_ro(
          "fingerprint", [](const Sweep& sweep) { return fingerprint(sweep); },
          "A number that sweeps with the same runs have in common.")
      .def_prop_ro(
          "varied",
          [](const Sweep& sweep) {
            std::vector<std::string> names;
            for (const runs::Dimension& dimension : sweep.design.dimensions) names.push_back(dimension.name);
            return names;
          },
          "What is varied, in the order of the file.")
      .def_prop_ro(
          "statistics", [](const Sweep& sweep) { return sweep.design.statistics; },
          "The statistics that are kept of each run.")
      .def_prop_ro(
          "text", [](const Sweep& sweep) { return sweep.text; }, "The file.")
      .def_prop_ro(
          "notes", [](const Sweep& sweep) { return notes(sweep.design); }, "What it says in words of earlier versions.")
      .def("describe", &describe, nb::arg("index"),
           nb::sig("def describe(self, index: int) -> tuple[int, int, Parameters, float]"),
           "(point, seed, hyperparameters, sigma of the noise) of a run.")
      .def("run", &run, nb::arg("index"), "(values of the statistics, error, seconds) of a run.")
      .def("run_all", &run_all, nb::arg("threads"), nb::arg("progress").none(),
           nb::sig("def run_all(self, threads: int, progress: object | None) -> dict[int, tuple[list[float], str, "
                   "float]]"),
           "The same of all runs, by index.")
      .def("run_in_folder", &run_in_folder, nb::arg("folder"), nb::arg("threads"), nb::arg("repeat_failed"),
           nb::arg("overwrite"), nb::arg("progress").none(),
           nb::sig("def run_in_folder(self, folder: str, threads: int, repeat_failed: bool, overwrite: bool, progress: "
                   "object | None) "
                   "-> None"),
           "As the command does it: what the folder's journal holds is not repeated.")
      .def("recorded", &recorded, nb::arg("folder"),
           nb::sig("def recorded(self, folder: str) -> dict[int, tuple[list[float], str, float]]"),
           "What the journal of a folder holds.")
      .def("table", &table, nb::arg("results"),
           nb::sig("def table(self, results: dict[int, tuple[list[float], str, float]]) -> list[tuple[str, "
                   "typing.Any]]"),
           "The columns of the table: an array for each, a list for texts.");
  m.def(
      "example_sweep", [] { return config::example_sweep(); }, "A commented file to start from.");
}

}  // namespace sorn::python

#include "attendant.hpp"
#include "bindings.hpp"
#include "own_rule.hpp"

#include "config/sweep_file.hpp"
#include "runs/sweep_run.hpp"

#include <sorn/sweep.hpp>

#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <chrono>
#include <map>
#include <optional>
#include <tuple>

namespace sorn::python {

namespace {

/// (values, error, seconds): an outcome without its index.
using Result = std::tuple<std::vector<double>, std::string, double>;

Result result_of(const SweepOutcome& outcome) { return {outcome.values, outcome.error, outcome.seconds}; }

Result run_of_sweep(const Sweep& sweep, std::uint64_t index) {
  Attendant attendant;
  const nb::gil_scoped_release no_gil;
  return result_of(*runs::run_one(sweep, index, &attendant));
}

std::map<std::uint64_t, Result> execute(const Sweep& sweep, const std::optional<std::filesystem::path>& folder,
                                        std::size_t threads, bool repeat_failed, bool overwrite, nb::handle progress) {
  using Clock = std::chrono::steady_clock;
  const SweepWatch watch = [&, last = Clock::time_point()](const SweepProgress& state) mutable {
    const auto now = Clock::now();
    if (state.done == state.runs || now - last >= between_visits) {
      last = now;
      let_python_in(progress, state.done, state.runs);
    }
    return Observer::Outcome::go_on;
  };
  const SweepExecution execution{
      .threads = threads, .overwrite = overwrite, .repeat_failed = repeat_failed, .watch = watch};
  const nb::gil_scoped_release no_gil;
  const SweepReport report = folder ? run_sweep(sweep, SweepFolder(*folder), execution) : run_sweep(sweep, execution);
  std::map<std::uint64_t, Result> results;
  for (const auto& [index, outcome] : report.outcomes) results.emplace(index, result_of(outcome));
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
  for (io::Column& column : runs::table_of(sweep.design, outcomes)) {
    columns.append(nb::make_tuple(column.name, std::visit(ColumnObject{}, column.values)));
  }
  return columns;
}

nb::tuple describe(const Sweep& sweep, std::uint64_t index) {
  const SweepRun run = run_of(sweep.design, index);
  return nb::make_tuple(run.point, run.seed, run.parameters, run.noise);
}

}  // namespace

void bind_sweep(nb::module_& m) {
  nb::class_<Sweep>(m, "Sweep", "A sweep from a description, checked, with the inputs and the state that it names.")
      .def(
          "__init__",
          [](Sweep* self, std::string text, const std::string& file) {
            new (self) Sweep(config::parse_sweep(std::move(text), file).sweep);
          },
          nb::arg("text"), nb::arg("file"), "Errors use `file` as the name of the text.")
      .def_static(
          "read", [](const std::filesystem::path& path) { return config::read_sweep(path).sweep; }, nb::arg("path"),
          nb::sig("def read(path: str) -> Sweep"), "The sweep that a file describes.")
      .def_prop_rw(
          "rules", [](const Sweep& sweep) { return objects_of(sweep.rules); },
          [](Sweep& sweep, const nb::sequence& rules) { sweep.rules = rules_of(rules); },
          nb::for_getter(nb::sig("def rules(self) -> tuple[OwnRule, ...]")),
          nb::for_setter(nb::sig("def rules(self, value: collections.abc.Sequence[OwnRule], /) -> None")),
          "The rules of your own of all runs.")
      .def_prop_ro(
          "count", [](const Sweep& sweep) { return run_count(sweep.design); }, "The number of runs.")
      .def_prop_ro(
          "fingerprint", [](const Sweep& sweep) { return runs::fingerprint(sweep); },
          "A number that is equal for sweeps with the same runs.")
      .def_prop_ro(
          "varied",
          [](const Sweep& sweep) {
            std::vector<std::string> names;
            for (const SweepDimension& dimension : sweep.design.dimensions) names.push_back(dimension.name);
            return names;
          },
          "What is varied, in the order of the file.")
      .def_prop_ro(
          "statistics", [](const Sweep& sweep) { return sweep.design.statistics; },
          "The statistics that are computed for each run.")
      .def_prop_ro(
          "text", [](const Sweep& sweep) { return sweep.text; }, "The text of the description.")
      .def_prop_ro(
          "notes", [](const Sweep& sweep) { return notes(sweep.design); },
          "The outdated names in the description, each with its new spelling.")
      .def("describe", &describe, nb::arg("index"),
           nb::sig("def describe(self, index: int) -> tuple[int, int, Parameters, float]"),
           "(point, seed, hyperparameters, sigma of the noise) of a run.")
      .def("run", &run_of_sweep, nb::arg("index"), "(values of the statistics, error, seconds) of a run.")
      .def("execute", &execute, nb::arg("folder").none(), nb::kw_only(), nb::arg("threads"), nb::arg("repeat_failed"),
           nb::arg("overwrite"), nb::arg("progress").none(),
           nb::sig("def execute(self, folder: str | None, *, threads: int, repeat_failed: bool, overwrite: bool, "
                   "progress: object | None) -> dict[int, tuple[list[float], str, float]]"),
           "Makes all runs; returns (values, error, seconds) by index. With a folder, like the command, it does not "
           "repeat the runs in the folder's journal.")
      .def("table", &table, nb::arg("results"),
           nb::sig("def table(self, results: dict[int, tuple[list[float], str, float]]) -> list[tuple[str, "
                   "typing.Any]]"),
           "The columns of the table: an array for each, a list for texts.");
  m.def(
      "example_sweep", [] { return config::example_sweep(); }, "A commented example of a sweep file.");
}

}  // namespace sorn::python

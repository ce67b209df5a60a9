// Result files, through sorn::io.
#include "bindings.hpp"

#include <sorn/io.hpp>

#include <fmt/format.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

namespace sorn::python {

namespace {

template <class T>
using Rows = nb::ndarray<const T, nb::c_contig, nb::device::cpu>;

template <class T>
bool take_rows(Recording& recording, nb::handle object) {
  Rows<T> array;
  if (!nb::try_cast(object, array, false)) return false;
  recording.rows = array.shape(0);
  for (std::size_t d = 1; d < array.ndim(); ++d) recording.row_shape.push_back(array.shape(d));
  recording.values = std::vector<T>(array.data(), array.data() + array.size());
  return true;
}

/// From (text such as "WEE/1000", number of the first row's step, array).
Recording recording_of(const nb::tuple& item) {
  Recording recording;
  recording.request = record_request(nb::cast<std::string>(item[0]));
  recording.first_step = nb::cast<std::uint64_t>(item[1]);
  const nb::handle array = item[2];
  if (!take_rows<std::uint8_t>(recording, array) && !take_rows<std::int64_t>(recording, array) &&
      !take_rows<double>(recording, array)) {
    throw nb::type_error("a recording must be a C-contiguous array of uint8, int64 or float64");
  }
  return recording;
}

RunDescription description_of(const nb::dict& run) {
  RunDescription description;
  description.phase = phase_named(nb::cast<std::string>(run["phase"]));
  for (const nb::handle rule : nb::borrow<nb::iterable>(run["freeze"])) {
    description.freeze.insert(rule_named(nb::cast<std::string>(rule)));
  }
  description.noise = nb::cast<std::string>(run["noise"]);
  description.inputs = nb::cast<std::string>(run["inputs"]);
  description.first_step = nb::cast<std::uint64_t>(run["first_step"]);
  description.steps = nb::cast<std::uint64_t>(run["steps"]);
  return description;
}

void save(const std::string& path, const Network& network, const nb::list& recordings, const nb::dict& run) {
  Result result;
  result.parameters = network.parameters();
  result.state = network.state();
  for (const nb::handle item : recordings) result.recordings.push_back(recording_of(nb::borrow<nb::tuple>(item)));
  result.run = description_of(run);
  const nb::gil_scoped_release no_gil;
  save_result(path, result);
}

Network load(const std::string& path) {
  Result result = load_result(path, false);
  return {result.parameters, std::move(result.state)};
}

nb::dict dictionary_of(const RunDescription& description) {
  nb::list freeze;
  for (const Rule rule : all_rules) {
    if (description.freeze.contains(rule)) freeze.append(text(name(rule)));
  }
  nb::dict run;
  run["phase"] = text(name(description.phase));
  run["freeze"] = nb::tuple(freeze);
  run["noise"] = text(description.noise);
  run["inputs"] = text(description.inputs);
  run["first_step"] = description.first_step;
  run["steps"] = description.steps;
  return run;
}

/// The inverse of save(): recordings as it takes them, and the run.
nb::tuple load_recordings(const std::string& path) {
  Result result;
  {
    const nb::gil_scoped_release no_gil;
    result = load_result(path);
  }
  nb::list recordings;
  for (Recording& recording : result.recordings) {
    const std::string request = fmt::format("{}/{}", name(recording.request.quantity), recording.request.stride);
    const std::uint64_t first_step = recording.first_step;
    recordings.append(nb::make_tuple(request, first_step, numpy_array(std::move(recording))));
  }
  return nb::make_tuple(recordings, dictionary_of(result.run), text(result.program_version));
}

}  // namespace

void bind_files(nb::module_& m) {
  m.def("save", &save, nb::arg("path"), nb::arg("network"), nb::arg("recordings"), nb::arg("run"),
        nb::sig("def save(path: str, network: Network, recordings: list[tuple[str, int, "
                "numpy.typing.NDArray[typing.Any]]], run: dict[str, typing.Any]) -> None"),
        "Writes a result file. `recordings` lists (text, first step, array); `run` describes how they came about.");
  m.def("load", &load, nb::arg("path"), nb::call_guard<nb::gil_scoped_release>(),
        "The network that a result file holds.");
  m.def("load_recordings", &load_recordings, nb::arg("path"),
        nb::sig("def load_recordings(path: str) -> tuple[list[tuple[str, int, numpy.typing.NDArray[typing.Any]]], "
                "dict[str, typing.Any], str]"),
        "The recordings and the run of a result file as save() takes them, and the version that wrote it.");
}

}  // namespace sorn::python

// Bindings of result files (sorn::io).
#include "bindings.hpp"

#include "lineage.hpp"
#include "vectors.hpp"

#include "core/quantity.hpp"
#include "io/files/atomic_file.hpp"
#include "support/format.hpp"
#include "support/printable.hpp"

#include <sorn/io.hpp>
#include <sorn/result_reader.hpp>

#include <nanobind/stl/pair.h>
#include <nanobind/stl/vector.h>

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <utility>

namespace sorn::python {

namespace {

template <class T>
using Rows = nb::ndarray<const T, nb::c_contig, nb::device::cpu>;

/// Reads rows of numbers of type T, which the recording holds as Stored.
template <class T, class Stored = T>
bool take_rows(Recording& recording, nb::handle object) {
  Rows<T> array;
  if (!nb::try_cast(object, array, false)) return false;
  recording.rows = array.shape(0);
  for (std::size_t d = 1; d < array.ndim(); ++d) recording.row_shape.push_back(array.shape(d));
  recording.values = std::vector<Stored>(array.data(), array.data() + array.size());
  return true;
}

/// Converts (text such as "WEE/1000", step of the first row, array, names of the columns or ()).
Recording recording_of(const nb::tuple& item) {
  Recording recording;
  recording.request = record_request(nb::cast<std::string>(item[0]));
  recording.first_step = nb::cast<std::uint64_t>(item[1]);
  recording.columns = nb::cast<std::vector<std::string>>(item[3]);
  const nb::handle array = item[2];
  if (nb::isinstance<Lineage>(array)) {
    const auto& lineage = nb::cast<const Lineage&>(array);
    recording.rows = lineage.end - lineage.begin;
    recording.values = lineage.events;
    recording.start = lineage.start;
    return recording;
  }
  if (!take_rows<std::int8_t, std::uint8_t>(recording, array) && !take_rows<std::uint8_t>(recording, array) &&
      !take_rows<std::int64_t>(recording, array) && !take_rows<double>(recording, array)) {
    throw nb::type_error("a recording must be a C-contiguous array of int8, uint8, int64 or float64");
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
  if (run.contains("source")) description.source = source_spec(nb::cast<std::string>(run["source"]));
  if (run.contains("signals")) description.signals = nb::cast<std::vector<std::string>>(run["signals"]);
  if (run.contains("rules")) {
    for (const auto& [rule, values] : nb::borrow<nb::dict>(run["rules"])) {
      GivenRule given{nb::cast<std::string>(rule), {}};
      for (const auto& [name, value] : nb::borrow<nb::dict>(values)) {
        given.values.push_back({nb::cast<std::string>(name), nb::cast<double>(value)});
      }
      description.rules.push_back(std::move(given));
    }
  }
  description.first_step = nb::cast<std::uint64_t>(run["first_step"]);
  description.steps = nb::cast<std::uint64_t>(run["steps"]);
  if (run.contains("inputs_sha256")) {  // the run had inputs
    const auto shape = nb::cast<std::pair<std::uint64_t, std::uint64_t>>(run["inputs_shape"]);
    description.inputs_shape = {shape.first, shape.second};
    description.inputs_sha256 = nb::cast<std::string>(run["inputs_sha256"]);
  }
  return description;
}

void save(const std::filesystem::path& path, const SharedNetwork& network, const nb::list& recordings,
          const nb::dict& run, bool overwrite) {
  Result result;
  network.read([&](const Network& one) {
    result.parameters = one.parameters();
    result.state = one.state();
  });
  for (const nb::handle item : recordings) result.recordings.push_back(recording_of(nb::borrow<nb::tuple>(item)));
  result.run = description_of(run);
  const nb::gil_scoped_release no_gil;
  save_result(path, result, existing(overwrite));
}

void write_file(const std::filesystem::path& path, const nb::bytes& content, bool overwrite) {
  const std::span bytes(static_cast<const std::byte*>(content.data()), content.size());
  const nb::gil_scoped_release no_gil;
  io::AtomicFile file(path, existing(overwrite));
  file.write_at(0, bytes);
  file.commit();
}

/// Claims a target for this writer while the object lives; does nothing for a device or a pipe.
struct PythonClaim {
  std::shared_ptr<io::Claim> claim;
};

/// A dictionary with the fields of sorn.Provenance; None for unknown values.
nb::dict provenance_of(const Provenance& provenance, const std::string& version, const RunDescription& run) {
  const auto or_none = [](const std::string& known) -> nb::object { return known.empty() ? nb::none() : text(known); };
  nb::dict result;
  result["date"] = or_none(provenance.date);
  result["version"] = text(version);
  result["host"] = or_none(provenance.host);
  result["command"] = or_none(provenance.command);
  result["inputs"] = text(run.inputs);
  result["inputs_shape"] = run.inputs_shape[0] == 0
                               ? nb::object(nb::none())
                               : nb::object(nb::make_tuple(run.inputs_shape[0], run.inputs_shape[1]));
  result["inputs_sha256"] = or_none(run.inputs_sha256);
  return result;
}

nb::tuple load(const std::filesystem::path& path) {
  std::optional<Network> network;
  Result result;
  {
    const nb::gil_scoped_release no_gil;
    result = load_result(path, false);
    network.emplace(result.parameters, std::move(result.state));
  }
  return nb::make_tuple(SharedNetwork(*std::move(network)),
                        provenance_of(result.provenance, result.program_version, result.run));
}

nb::dict values_of(const GivenRule& rule) {
  nb::dict values;
  for (const RuleValue& value : rule.values) values[text(value.name)] = value.value;
  return values;
}

nb::dict dictionary_of(const RunDescription& description) {
  nb::list freeze;
  for (const std::string_view name : names(description.freeze)) freeze.append(text(name));
  nb::dict run;
  run["phase"] = text(name(description.phase));
  run["freeze"] = nb::tuple(freeze);
  run["noise"] = text(description.noise);
  run["inputs"] = text(description.inputs);
  if (description.source) run["source"] = nb::cast(text(*description.source));
  if (!description.signals.empty()) {
    nb::list signals;
    for (const std::string& name : description.signals) signals.append(text(name));
    run["signals"] = nb::tuple(signals);
  }
  if (!description.rules.empty()) {
    nb::dict rules;
    for (const GivenRule& rule : description.rules) rules[text(rule.name)] = values_of(rule);
    run["rules"] = rules;
  }
  run["first_step"] = description.first_step;
  run["steps"] = description.steps;
  if (!description.inputs_sha256.empty()) {
    run["inputs_shape"] = nb::make_tuple(description.inputs_shape[0], description.inputs_shape[1]);
    run["inputs_sha256"] = text(description.inputs_sha256);
  }
  return run;
}

/// The names of the columns of `stats`.
nb::tuple columns_of(const ResultReader& reader) {
  nb::list names;
  for (const Recording& recording : reader.recordings()) {
    for (const std::string& column : recording.columns) names.append(text(column));
  }
  return nb::tuple(names);
}

/// (short name, stride, number of the first row's step, shape, type of the values) of each recording. Those of events
/// have their number.
nb::list descriptions(const ResultReader& reader) {
  nb::list result;
  for (const Recording& recording : reader.recordings()) {
    nb::list shape;
    shape.append(info(recording.request.quantity).is_events() ? reader.event_count() : recording.rows);
    for (const std::size_t extent : recording.row_shape) shape.append(extent);
    const char* const type = std::array{"int8", "int64", "float64", "event"}[recording.values.index()];
    result.append(nb::make_tuple(text(name(recording.request.quantity)), recording.request.stride, recording.first_step,
                                 nb::tuple(shape), type));
  }
  return result;
}

nb::object rows(const ResultReader& reader, const std::string& quantity, std::size_t first, std::size_t count) {
  Recording recording;
  {
    const nb::gil_scoped_release no_gil;
    recording = reader.rows(quantity_named(quantity), first, count);
  }
  return numpy_array(std::move(recording));
}

nb::object lineage(const ResultReader& reader) {
  Lineage read;
  {
    const nb::gil_scoped_release no_gil;
    read = reader.lineage();
  }
  return nb::cast(std::move(read));
}

/// (indptr, indices, data) of one row of weights.
nb::tuple columns_of_row(const ResultReader& reader, const std::string& quantity, std::size_t row) {
  CompressedColumns read;
  {
    const nb::gil_scoped_release no_gil;
    read = reader.columns(quantity_named(quantity), row);
  }
  return nb::make_tuple(vector_array(std::vector<std::int64_t>(read.start.begin(), read.start.end())),
                        vector_array(std::vector<std::int64_t>(read.pre.begin(), read.pre.end())),
                        vector_array(std::move(read.weight)));
}

}  // namespace

void bind_files(nb::module_& m) {
  m.def(
      "printable", [](const std::string& s) { return printable(s, LineEnds::kept); }, nb::arg("text"),
      "The text with escapes for characters that could control a terminal and for bytes that are not UTF-8. Ends of "
      "lines stay.");
  m.def(
      "throw_system_error",
      [](const std::string& action, const std::filesystem::path& path, int code) {
        io::throw_system_error(action, path, code);
      },
      nb::arg("action"), nb::arg("path"), nb::arg("code"),
      nb::sig("def throw_system_error(action: str, path: str, code: int) -> typing.NoReturn"),
      "Raises IoError: cannot <action> '<path>', the system's message for the code, and what to do.");
  m.def("save", &save, nb::arg("path"), nb::arg("network"), nb::arg("recordings"), nb::arg("run"), nb::arg("overwrite"),
        nb::sig("def save(path: str, network: Network, recordings: list[tuple[str, int, "
                "numpy.typing.NDArray[typing.Any], tuple[str, ...]]], run: dict[str, typing.Any], overwrite: bool) -> "
                "None"),
        "Writes a result file. `recordings` lists (text, first step, array, names of the columns); `run` describes the "
        "run.");
  m.def("load", &load, nb::arg("path"), nb::sig("def load(path: str) -> tuple[Network, dict[str, typing.Any]]"),
        "The network in a result file, and the file's provenance.");
  m.def(
      "inputs_sha256",
      [](const Array2& inputs) {
        const nb::gil_scoped_release no_gil;
        return sha256(InputView{inputs.data(), inputs.shape(0), inputs.shape(1), inputs.stride(0), inputs.stride(1)});
      },
      nb::arg("inputs"), "The hash that identifies inputs (nu, T) in result files.");
  m.def("write_file", &write_file, nb::arg("path"), nb::arg("content"), nb::arg("overwrite"),
        nb::sig("def write_file(path: str, content: bytes, overwrite: bool) -> None"),
        "Writes a file, which appears whole or not at all, or writes the bytes into a device or a pipe.");
  m.def(
      "require_writable",
      [](const std::filesystem::path& path, bool overwrite) { io::require_writable(path, existing(overwrite)); },
      nb::arg("path"), nb::arg("overwrite"), nb::sig("def require_writable(path: str, overwrite: bool) -> None"),
      "Raises the error that write_file() would raise now.");
  nb::class_<PythonClaim>(m, "Claim", "Claims a target for this writer during the object's lifetime.")
      .def(
          "__init__",
          [](PythonClaim* self, const std::filesystem::path& path) { new (self) PythonClaim{io::claimed(path)}; },
          nb::arg("path"), nb::sig("def __init__(self, path: str) -> None"))
      .def_prop_ro(
          "path",
          [](const PythonClaim& self) { return path_text(self.claim ? self.claim->file() : std::filesystem::path()); },
          nb::sig("def path(self) -> str"), "The path of the claim's own file.");
  nb::class_<ResultReader>(m, "ResultReader", "An open result file or checkpoint.")
      .def(
          "__init__",
          [](ResultReader* self, const std::filesystem::path& path) {
            const nb::gil_scoped_release no_gil;
            new (self) ResultReader(path);
          },
          nb::arg("path"), nb::sig("def __init__(self, path: str) -> None"))
      .def_prop_ro("parameters", [](const ResultReader& self) { return self.parameters(); })
      .def_prop_ro(
          "run", [](const ResultReader& self) { return dictionary_of(self.run()); },
          nb::sig("def run(self) -> dict[str, typing.Any]"),
          "Phase, freeze, noise, inputs, first_step and steps; with inputs also inputs_shape and inputs_sha256; with "
          "signals also their names.")
      .def_prop_ro(
          "seed", [](const ResultReader& self) { return self.seed(); }, "The seed of the network.")
      .def_prop_ro(
          "version", [](const ResultReader& self) { return text(self.program_version()); },
          nb::sig("def version(self) -> str"), "The version of the program that wrote the file.")
      .def_prop_ro(
          "provenance",
          [](const ResultReader& self) { return provenance_of(self.provenance(), self.program_version(), self.run()); },
          nb::sig("def provenance(self) -> dict[str, typing.Any]"), "The fields of sorn.Provenance.")
      .def_prop_ro("recordings", &descriptions,
                   nb::sig("def recordings(self) -> list[tuple[str, int, int, tuple[int, ...], str]]"),
                   "(short name, stride, step of the first row, shape, type of the values) of each recording.")
      .def_prop_ro(
          "kept_steps",
          [](const ResultReader& self) {
            const KeptStates kept = self.kept_states();
            std::vector<std::int64_t> steps(kept.steps.begin(), kept.steps.end());
            const std::size_t count = steps.size();
            return numpy_array(std::move(steps), {count});
          },
          nb::sig("def kept_steps(self) -> numpy.typing.NDArray[numpy.int64]"),
          "The steps of the states that the run has kept.")
      .def_prop_ro(
          "log", [](const ResultReader& self) { return text(self.run().log); }, nb::sig("def log(self) -> str"),
          "What watchers did to the run, as JSON.")
      .def_prop_ro("measures", &columns_of, nb::sig("def measures(self) -> tuple[str, ...]"),
                   "The names of the columns of 'stats'; empty if it was not recorded.")
      .def("rows", &rows, nb::arg("name"), nb::arg("first"), nb::arg("count"),
           nb::sig("def rows(self, name: str, first: int, count: int) -> numpy.typing.NDArray[typing.Any]"),
           "Some rows of a recording.")
      .def("columns", &columns_of_row, nb::arg("name"), nb::arg("row"),
           nb::sig("def columns(self, name: str, row: int) -> tuple[numpy.typing.NDArray[numpy.int64], "
                   "numpy.typing.NDArray[numpy.int64], numpy.typing.NDArray[numpy.float64]]"),
           "indptr, indices and data of one row of weights.")
      .def("lineage", &lineage, nb::sig("def lineage(self) -> Lineage"), "The recorded births and deaths of synapses.")
      .def(
          "network", [](const ResultReader& self) { return SharedNetwork(Network(self.parameters(), self.state())); },
          nb::call_guard<nb::gil_scoped_release>(), "The network after the run.");
}

}  // namespace sorn::python

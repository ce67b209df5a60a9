#include "bindings.hpp"
#include "source.hpp"

#include "core/quantity.hpp"
#include "core/validate.hpp"
#include "support/names.hpp"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/vector.h>

#include <optional>
#include <utility>

namespace sorn::python {

namespace {

RuleSet rules_named(const nb::tuple& names) {
  RuleSet rules;
  for (const nb::handle rule : names) rules.insert(rule_named(nb::cast<std::string>(rule)));
  return rules;
}

/// The rows (step, pre, post) of an array. Numbers out of range become ones that the engine refuses.
std::vector<NewSynapse> synapses_of(nb::handle array) {
  const auto rows = nb::cast<nb::ndarray<const std::int64_t, nb::shape<-1, 3>, nb::c_contig, nb::device::cpu>>(array);
  std::vector<NewSynapse> synapses;
  for (std::size_t k = 0; k < rows.shape(0); ++k) {
    const std::int64_t* const row = rows.data() + 3 * k;
    const auto unit = [](std::int64_t number) {
      return number < 0 || number > 0xFFFFFFFF ? ~std::uint32_t{0} : static_cast<std::uint32_t>(number);
    };
    synapses.push_back({static_cast<std::uint64_t>(row[0]), unit(row[1]), unit(row[2])});
  }
  return synapses;
}

nb::str str(std::string_view text) { return nb::str(text.data(), text.size()); }

}  // namespace

RecordPlan::RecordPlan(const std::vector<std::string>& texts, bool real)
    : activity(real ? ActivityFormat::real : ActivityFormat::byte) {
  for (const std::string& text : texts) requests.push_back(record_request(text));
}

RunSettings::RunSettings(std::uint64_t steps, const std::string& phase, nb::tuple freeze, nb::object noise,
                         nb::object inputs, std::size_t threads, nb::object record, nb::handle new_synapses,
                         nb::object source, nb::handle signals)
    : steps_(steps),
      freeze_(std::move(freeze)),
      noise_(std::move(noise)),
      inputs_(std::move(inputs)),
      source_(std::move(source)),
      record_(std::move(record)),
      signals_(signals),
      own_source_(source_) {
  options_.phase = phase_named(phase);
  options_.freeze = rules_named(freeze_);
  options_.threads = threads;
  if (PyFloat_Check(noise_.ptr())) {
    options_.noise = Noise::drawn(PyFloat_AsDouble(noise_.ptr()));
  } else if (PyBool_Check(noise_.ptr())) {
    options_.noise = noise_.ptr() == Py_True ? Noise::usual() : Noise::off();
  } else {
    held_noise_ = HeldArray(noise_);
    options_.noise = Noise::replayed(held_noise_.view());
  }
  if (!inputs_.is_none()) {
    held_inputs_ = HeldArray(inputs_);
    options_.inputs = held_inputs_.view();
  }
  if (!new_synapses.is_none()) {
    new_synapses_ = synapses_of(new_synapses);
    options_.new_synapses = new_synapses_;
  }
  options_.signals = signals_.signals();
  if (nb::isinstance<SourceSpec>(source_)) options_.source = nb::cast<const SourceSpec&>(source_);
  options_.own_source = own_source_.get();
}

RunPlan RunSettings::plan(const OutputFile* file) const {
  RunPlan plan{.steps = steps_,
               .options = options_,
               .record = record().requests,
               .inputs = inputs_.is_none() ? "none" : "array"};
  if (file != nullptr) {
    plan.checkpoint_every = file->checkpoint_every;
    plan.keep_checkpoints = file->keep_checkpoints;
    plan.overwrite = file->overwrite;
    plan.replay = file->replay;
  }
  return plan;
}

void bind_settings(nb::module_& m) {
  nb::class_<RecordPlan>(m, "RecordPlan", "Quantities to record, such as 'E' or 'WEE/1000'.")
      .def(nb::init<const std::vector<std::string>&, bool>(), nb::arg("texts"), nb::arg("real"))
      .def_prop_ro(
          "requests",
          [](const RecordPlan& plan) {
            nb::list result;
            for (const RecordRequest& r : plan.requests) {
              result.append(nb::make_tuple(str(name(r.quantity)), r.stride, r.begin));
            }
            return result;
          },
          nb::sig("def requests(self) -> list[tuple[str, int, int]]"),
          "(short name, stride, first step of the window) of each quantity.")
      .def(
          "first_steps",
          [](const RecordPlan& plan, std::uint64_t begin) {
            nb::list result;
            for (const RecordRequest& request : plan.requests) result.append(next_recorded(request, begin));
            return result;
          },
          nb::arg("begin"), nb::sig("def first_steps(self, begin: int) -> list[int]"),
          "The first recorded step of each quantity, in a run that begins with step `begin`.");

  nb::class_<OutputFile>(m, "OutputFile", "The file into which a run streams its recordings. Immutable.")
      .def(
          "__init__",
          [](OutputFile* self, const std::filesystem::path& path, std::uint64_t checkpoint_every,
             std::optional<std::uint64_t> keep_checkpoints, bool overwrite,
             const std::optional<std::filesystem::path>& replay_log) {
            RunLog replay = replay_log ? read_run_log(*replay_log) : RunLog();
            new (self) OutputFile{path, checkpoint_every, keep_checkpoints.value_or(every_checkpoint), overwrite,
                                  std::move(replay)};
          },
          nb::kw_only(), nb::arg("path"), nb::arg("checkpoint_every"), nb::arg("keep_checkpoints").none(),
          nb::arg("overwrite"), nb::arg("replay_log").none(),
          nb::sig("def __init__(self, *, path: str, checkpoint_every: int, keep_checkpoints: int | None, overwrite: "
                  "bool, replay_log: str | None) -> None"),
          "With keep_checkpoints=None the states of all checkpoints are kept.")
      .def_prop_ro(
          "path", [](const OutputFile& file) { return path_text(file.path); }, nb::sig("def path(self) -> str"));

  nb::class_<RunSettings>(m, "RunSettings",
                          "The settings of one run. Immutable. `noise` is True for the variant's standard deviation, "
                          "False for no noise, a float for another standard deviation, or an array (ne + ni, T) to "
                          "replay. With threads=0 the engine chooses the number.")
      .def(nb::init<std::uint64_t, const std::string&, nb::tuple, nb::object, nb::object, std::size_t, nb::object,
                    nb::handle, nb::object, nb::handle>(),
           nb::kw_only(), nb::arg("steps"), nb::arg("phase"), nb::arg("freeze"), nb::arg("noise"),
           nb::arg("inputs").none(), nb::arg("threads"), nb::arg("record"), nb::arg("new_synapses").none() = nb::none(),
           nb::arg("source").none() = nb::none(), nb::arg("signals").none() = nb::none(),
           nb::sig("def __init__(self, *, steps: sorn._arguments.Steps, phase: sorn._names.Phase, freeze: tuple[str, "
                   "...], noise: bool | float | numpy.typing.NDArray[numpy.float64], inputs: "
                   "numpy.typing.NDArray[numpy.float64] | None, threads: sorn._arguments.Threads, record: RecordPlan, "
                   "new_synapses: numpy.typing.NDArray[numpy.int64] | None = None, source: SourceSpec | CustomSource | "
                   "ClosedLoop | None = None, signals: dict[str, Rewards | numpy.typing.NDArray[numpy.float64] | "
                   "collections.abc.Callable[[int], "
                   "float]] | None = None) -> None"),
           "Raises UnknownNameError for an unknown phase or plasticity rule.")
      .def_prop_ro("steps", &RunSettings::steps, nb::sig("def steps(self) -> sorn._arguments.Steps"))
      .def_prop_ro(
          "phase", [](const RunSettings& settings) { return str(settings.phase()); },
          nb::sig("def phase(self) -> sorn._names.Phase"))
      .def_prop_ro("freeze", &RunSettings::freeze, nb::sig("def freeze(self) -> tuple[str, ...]"))
      .def_prop_ro("noise", &RunSettings::noise,
                   nb::sig("def noise(self) -> bool | float | numpy.typing.NDArray[numpy.float64]"))
      .def_prop_ro("inputs", &RunSettings::inputs,
                   nb::sig("def inputs(self) -> numpy.typing.NDArray[numpy.float64] | None"))
      .def_prop_ro("source", &RunSettings::source,
                   nb::sig("def source(self) -> SourceSpec | CustomSource | ClosedLoop | None"))
      .def_prop_ro("signal_names", &RunSettings::signal_names, nb::sig("def signal_names(self) -> tuple[str, ...]"))
      .def_prop_ro("record", &RunSettings::record_object, nb::sig("def record(self) -> RecordPlan"))
      .def(
          "check_target_rate",
          [](const RunSettings& settings, const Parameters& parameters) {
            check_target_rate(parameters, settings.options());
          },
          nb::arg("parameters"),
          "Raises ParameterError if a run would adapt thresholds to a rate that units cannot reach.");
}

}  // namespace sorn::python

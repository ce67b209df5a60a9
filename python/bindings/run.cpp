#include "attendant.hpp"
#include "bindings.hpp"
#include "lineage.hpp"
#include "own_rule.hpp"
#include "source.hpp"

#include <sorn/file_run.hpp>
#include <sorn/measures.hpp>
#include <sorn/online_statistics.hpp>
#include <sorn/synapse_lifetimes.hpp>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/unique_ptr.h>

#include <array>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace sorn::python {

namespace {

/// The network with the parameters and the seed of a run.
Network prepared(Network network, const Parameters& parameters, std::optional<std::uint64_t> seed) {
  if (parameters != network.parameters()) network.set_parameters(parameters);
  if (seed) network.reseed(*seed);
  return network;
}

nb::tuple run_network(const SharedNetwork& start, const Parameters& parameters, std::optional<std::uint64_t> seed,
                      const RunSettings& settings, nb::handle progress, SynapseLivesValue* lives) {
  const std::uint64_t steps = settings.steps();
  RunOptions options = settings.options();
  options.undo = true;  // the copy is discarded after an error
  Network network = prepared(start.copy(), parameters, seed);
  const std::vector<RecordRequest>& requests = settings.record().requests;
  Recorder recorder(network, requests, steps, settings.record().activity, options.signals.size(), measure_names());
  OnlineStatistics statistics(network, requests, recorder);
  Attendant attendant(progress, steps);
  std::vector<Observer*> observers{&statistics, &attendant};
  std::optional<SynapseLifetimes> lifetimes;
  if (lives != nullptr) observers.push_back(&lifetimes.emplace(network));
  {
    const nb::gil_scoped_release no_gil;
    network.run(steps, options, observers);
  }
  if (lives != nullptr) lives->all = lifetimes->lives();
  attendant.finish();
  nb::list arrays;
  for (Recording& recording : recorder.take()) arrays.append(numpy_array(std::move(recording)));
  return nb::make_tuple(SharedNetwork(std::move(network)), arrays);
}

/// A run into a file, and the arrays that drive it.
class PythonFileRun {
public:
  /// @param settings  must outlive this object
  PythonFileRun(const SharedNetwork& start, const Parameters& parameters, std::optional<std::uint64_t> seed,
                const RunSettings& settings, const OutputFile& file) {
    RunPlan plan = settings.plan(&file);
    Network network = start.copy();
    const nb::gil_scoped_release no_gil;
    run_.emplace(file.path, prepared(std::move(network), parameters, seed), std::move(plan));
  }

  /// Resumes a run.
  PythonFileRun(const std::filesystem::path& path, nb::handle inputs, nb::object source, nb::handle noise,
                std::optional<std::uint64_t> steps, std::optional<std::uint64_t> checkpoint_every, std::size_t threads,
                bool overwrite, nb::handle signals, const nb::sequence& rules)
      : source_(std::move(source)),
        own_source_(source_),
        inputs_(inputs.is_none() ? HeldArray() : HeldArray(inputs)),
        noise_(noise.is_none() ? HeldArray() : HeldArray(noise)),
        signals_(signals) {
    const Continuation continuation{.inputs = inputs_.view(),
                                    .noise = noise_.view(),
                                    .own_source = own_source_.get(),
                                    .steps = steps,
                                    .checkpoint_every = checkpoint_every,
                                    .threads = threads,
                                    .overwrite = overwrite,
                                    .signals = signals_.signals(),
                                    .rules = rules_of(rules)};
    const nb::gil_scoped_release no_gil;
    run_.emplace(FileRun::resumed(path, continuation));
  }

  std::uint64_t steps_left() const noexcept { return run_->plan().steps - run_->steps_done(); }
  nb::object file() const { return path_text(run_->file()); }

  /// Runs, and returns the network.
  SharedNetwork run(nb::handle progress) {
    Attendant attendant(progress, steps_left());
    {
      const nb::gil_scoped_release no_gil;
      const std::array<Observer*, 1> observers{&attendant};
      run_->run(observers);
    }
    attendant.finish();
    return run_->take_network();
  }

private:
  nb::object source_ = nb::none();  // a CustomValue or a ClosedLoopValue of a resumed run
  OwnSource own_source_;
  HeldArray inputs_;  // of a resumed run; a new run reads the inputs of its settings
  HeldArray noise_;
  HeldSignals signals_;
  std::optional<FileRun> run_;
};

}  // namespace

void bind_run(nb::module_& m) {
  m.def("run", &run_network, nb::arg("start"), nb::arg("parameters"), nb::arg("seed").none(), nb::arg("settings"),
        nb::arg("progress").none(), nb::arg("lives").none() = nb::none(),
        nb::sig("def run(start: Network, parameters: Parameters, seed: int | None, settings: RunSettings, progress: "
                "object | None, lives: SynapseLives | None = None) -> "
                "tuple[Network, list[numpy.typing.NDArray[typing.Any]]]"),
        "Runs a copy of `start` and returns it with one array for each quantity of the settings' record. `lives` "
        "receives the synapses that the run makes.");
  nb::class_<PythonFileRun>(m, "FileRun", "A run that streams into a result file.")
      .def(nb::init<const SharedNetwork&, const Parameters&, std::optional<std::uint64_t>, const RunSettings&,
                    const OutputFile&>(),
           nb::arg("start"), nb::arg("parameters"), nb::arg("seed").none(), nb::arg("settings"), nb::arg("file"),
           nb::keep_alive<1, 5>())
      .def_static(
          "resumed",
          [](const std::filesystem::path& path, nb::handle inputs, nb::object source, nb::handle noise,
             std::optional<std::uint64_t> steps, std::optional<std::uint64_t> checkpoint_every, std::size_t threads,
             bool overwrite, nb::handle signals, const nb::sequence& rules) {
            return std::make_unique<PythonFileRun>(path, inputs, std::move(source), noise, steps, checkpoint_every,
                                                   threads, overwrite, signals, rules);
          },
          nb::arg("path"), nb::arg("inputs").none(), nb::arg("source").none(), nb::arg("noise").none(),
          nb::arg("steps").none(), nb::arg("checkpoint_every").none(), nb::arg("threads"), nb::arg("overwrite"),
          nb::arg("signals").none() = nb::none(), nb::arg("rules") = nb::tuple(),
          nb::sig("def resumed(path: str, inputs: object | None, source: CustomSource | ClosedLoop | None, noise: "
                  "object | None, "
                  "steps: int | None, "
                  "checkpoint_every: "
                  "int | None, threads: int, overwrite: bool, signals: dict[str, Rewards | "
                  "numpy.typing.NDArray[numpy.float64] | "
                  "collections.abc.Callable[[int], float]] | None = None, rules: collections.abc.Sequence[OwnRule] = "
                  "()) -> FileRun"),
          "Resumes an interrupted run; `noise` is None unless the run replays noise.")
      .def_prop_ro("steps_left", &PythonFileRun::steps_left)
      .def_prop_ro("file", &PythonFileRun::file, nb::sig("def file(self) -> str"))
      .def("run", &PythonFileRun::run, nb::arg("progress").none(),
           nb::sig("def run(self, progress: object | None) -> Network"), "Runs to the end and returns the network.");
}

}  // namespace sorn::python

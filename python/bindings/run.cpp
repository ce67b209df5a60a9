#include "bindings.hpp"

#include "core/quantity.hpp"

#include <sorn/file_run.hpp>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <array>
#include <chrono>
#include <memory>
#include <optional>

namespace sorn::python {

namespace {

/// Lets Python in a few times a second during a run: for Ctrl-C, and for the caller's progress function.
class Attendant final : public Observer {
public:
  Attendant(nb::handle progress, std::size_t total) : progress_(progress), total_(total) {}

  Outcome on_step(const StepView& /*view*/) override {
    ++done_;
    if (++since_look_ >= steps_between_looks_) look();
    return Outcome::go_on;
  }

  /// Reports the end of the run. Needs the GIL.
  void finish() {
    if (!progress_.is_none()) progress_(done_, total_);
  }

private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds interval{200};

  /// Reading the clock costs as much as a step of a small network, so the steps between two readings are doubled while
  /// they take less than a quarter of the interval.
  void look() {
    const auto now = Clock::now();
    if (now - last_look_ < interval / 4) steps_between_looks_ *= 2;
    last_look_ = now;
    since_look_ = 0;
    if (now - last_visit_ < interval) return;
    const nb::gil_scoped_acquire gil;
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
    if (!progress_.is_none()) progress_(done_, total_);
    last_visit_ = Clock::now();
  }

  nb::handle progress_;
  std::size_t total_;
  std::size_t done_ = 0;
  std::size_t since_look_ = 0;
  std::size_t steps_between_looks_ = 1;
  Clock::time_point last_look_ = Clock::now();
  Clock::time_point last_visit_ = last_look_;
};

/// A copy of `start`, with the parameters and the seed of a run.
Network prepared(const Network& start, const Parameters& parameters, std::optional<std::uint64_t> seed) {
  Network network(start);
  if (parameters != network.parameters()) network.set_parameters(parameters);
  if (seed) network.reseed(*seed);
  return network;
}

nb::tuple run(const Network& start, const Parameters& parameters, std::optional<std::uint64_t> seed, std::size_t steps,
              const std::string& phase, nb::handle freeze, nb::handle noise, nb::handle inputs, std::size_t threads,
              const RecordPlan& plan, nb::handle progress) {
  const CallOptions options(parameters, phase, freeze, noise, inputs, threads);
  Network network = prepared(start, parameters, seed);
  Recorder recorder(network, plan.requests, steps, plan.activity);
  Attendant attendant(progress, steps);
  {
    const nb::gil_scoped_release no_gil;
    const std::array<Observer*, 2> observers{&recorder, &attendant};
    network.run(steps, options.run_options(), observers);
  }
  attendant.finish();
  nb::list arrays;
  for (Recording& recording : recorder.take()) arrays.append(numpy_array(std::move(recording)));
  return nb::make_tuple(std::move(network), arrays);
}

/// A run into a file, and the arrays that drive it.
class PythonFileRun {
public:
  PythonFileRun(const std::filesystem::path& path, const Network& start, const Parameters& parameters,
                std::optional<std::uint64_t> seed, std::uint64_t steps, const std::string& phase, nb::handle freeze,
                nb::handle noise, nb::handle inputs, std::size_t threads, const RecordPlan& plan,
                std::uint64_t checkpoint_every, bool overwrite)
      : options_(parameters, phase, freeze, noise, inputs, threads) {
    RunPlan file_plan{.steps = steps,
                      .options = options_.run_options(),
                      .record = plan.requests,
                      .checkpoint_every = checkpoint_every,
                      .inputs = inputs.is_none() ? "none" : "array",
                      .overwrite = overwrite};
    const nb::gil_scoped_release no_gil;
    run_.emplace(path, prepared(start, parameters, seed), std::move(file_plan));
  }

  /// Goes on with a run.
  PythonFileRun(const std::filesystem::path& path, nb::handle inputs, nb::handle noise,
                std::optional<std::uint64_t> steps, std::optional<std::uint64_t> checkpoint_every, std::size_t threads,
                bool overwrite)
      : options_(Parameters{}, std::string(name(Phase::plasticity)), nb::tuple(), noise, inputs) {
    const Continuation continuation{.inputs = options_.run_options().inputs,
                                    .noise = options_.run_options().noise.replay,
                                    .steps = steps,
                                    .checkpoint_every = checkpoint_every,
                                    .threads = threads,
                                    .overwrite = overwrite};
    const nb::gil_scoped_release no_gil;
    run_.emplace(FileRun::resumed(path, continuation));
  }

  std::uint64_t steps_left() const noexcept { return run_->plan().steps - run_->steps_done(); }
  nb::object file() const { return path_text(run_->file()); }

  /// Runs, and returns the network.
  Network run(nb::handle progress) {
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
  CallOptions options_;
  std::optional<FileRun> run_;
};

}  // namespace

RecordPlan::RecordPlan(const std::vector<std::string>& texts, bool real)
    : activity(real ? ActivityFormat::real : ActivityFormat::byte) {
  for (const std::string& text : texts) requests.push_back(record_request(text));
}

namespace {

nb::list quantities() {
  nb::list rows;
  for (const QuantityInfo& info : quantity_table()) {
    nb::dict row;
    row["name"] = text(info.name);
    row["callback"] = text(info.callback);
    row["kind"] = text(info.kind);
    row["meaning"] = text(info.meaning);
    row["type"] = text(name(info.type()));
    rows.append(row);
  }
  return rows;
}

}  // namespace

void bind_run(nb::module_& m) {
  m.def("quantities", &quantities, nb::sig("def quantities() -> list[dict[str, str]]"),
        "What can be recorded: short name, name as a callback, kind ('spikes' …), meaning, and the type of its values "
        "('spike', 'count' or 'real').");
  nb::class_<RecordPlan>(m, "RecordPlan", "Quantities to record, such as 'E' or 'WEE/1000'.")
      .def(nb::init<const std::vector<std::string>&, bool>(), nb::arg("texts"), nb::arg("real"))
      .def_prop_ro(
          "requests",
          [](const RecordPlan& plan) {
            nb::list result;
            for (const RecordRequest& r : plan.requests) {
              const std::string_view quantity = name(r.quantity);
              result.append(nb::make_tuple(nb::str(quantity.data(), quantity.size()), r.stride, r.begin));
            }
            return result;
          },
          nb::sig("def requests(self) -> list[tuple[str, int, int]]"),
          "(short name, stride, first step of the window) of each.");
  m.def("run", &run, nb::arg("start"), nb::arg("parameters"), nb::arg("seed").none(), nb::arg("steps"),
        nb::arg("phase"), nb::arg("freeze"), nb::arg("noise"), nb::arg("inputs").none(), nb::arg("threads"),
        nb::arg("plan"), nb::arg("progress").none(),
        nb::sig("def run(start: Network, parameters: Parameters, seed: int | None, steps: int, phase: str, freeze: "
                "object, noise: object, inputs: object | None, threads: int, plan: RecordPlan, progress: object | "
                "None) -> tuple[Network, list[numpy.typing.NDArray[typing.Any]]]"),
        "Runs a copy of `start` and returns it with one array for each quantity of the plan.");
  nb::class_<PythonFileRun>(m, "FileRun", "A run that streams into a result file.")
      .def(
          nb::init<const std::filesystem::path&, const Network&, const Parameters&, std::optional<std::uint64_t>,
                   std::uint64_t, const std::string&, nb::handle, nb::handle, nb::handle, std::size_t,
                   const RecordPlan&, std::uint64_t, bool>(),
          nb::arg("path"), nb::arg("start"), nb::arg("parameters"), nb::arg("seed").none(), nb::arg("steps"),
          nb::arg("phase"), nb::arg("freeze"), nb::arg("noise"), nb::arg("inputs").none(), nb::arg("threads"),
          nb::arg("plan"), nb::arg("checkpoint_every"), nb::arg("overwrite"),
          nb::sig("def __init__(self, path: str, start: Network, parameters: Parameters, seed: int | None, steps: int, "
                  "phase: str, freeze: object, noise: object, inputs: object | None, threads: int, plan: RecordPlan, "
                  "checkpoint_every: int, overwrite: bool) -> None"))
      .def_static(
          "resumed",
          [](const std::filesystem::path& path, nb::handle inputs, nb::handle noise, std::optional<std::uint64_t> steps,
             std::optional<std::uint64_t> checkpoint_every, std::size_t threads, bool overwrite) {
            return std::make_unique<PythonFileRun>(path, inputs, noise, steps, checkpoint_every, threads, overwrite);
          },
          nb::arg("path"), nb::arg("inputs").none(), nb::arg("noise"), nb::arg("steps").none(),
          nb::arg("checkpoint_every").none(), nb::arg("threads"), nb::arg("overwrite"),
          nb::sig("def resumed(path: str, inputs: object | None, noise: object, steps: int | None, checkpoint_every: "
                  "int | None, threads: int, overwrite: bool) -> FileRun"),
          "Goes on with a run that was broken off; `noise` is False unless the run replays some.")
      .def_prop_ro("steps_left", &PythonFileRun::steps_left)
      .def_prop_ro("file", &PythonFileRun::file, nb::sig("def file(self) -> str"))
      .def("run", &PythonFileRun::run, nb::arg("progress").none(),
           nb::sig("def run(self, progress: object | None) -> Network"), "Runs to the end and returns the network.");
}

}  // namespace sorn::python

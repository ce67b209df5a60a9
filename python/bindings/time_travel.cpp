// Bindings of the past of a run (sorn/time_travel.hpp).
#include "attendant.hpp"
#include "bindings.hpp"
#include "own_rule.hpp"
#include "source.hpp"

#include <sorn/time_travel.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sorn::python {

namespace {

/// What drives a run and its file does not hold.
class Drive {
public:
  Drive(nb::handle inputs, nb::object source, nb::handle noise, nb::handle signals, const nb::sequence& rules,
        std::size_t threads)
      : source_(std::move(source)),
        own_source_(source_),
        inputs_(inputs.is_none() ? HeldArray() : HeldArray(inputs)),
        noise_(noise.is_none() ? HeldArray() : HeldArray(noise)),
        signals_(signals),
        rules_(rules_of(rules)),
        threads_(threads) {}

  Continuation continuation() const {
    return {.inputs = inputs_.view(),
            .noise = noise_.view(),
            .own_source = own_source_.get(),
            .threads = threads_,
            .signals = signals_.signals(),
            .rules = rules_};
  }
  std::size_t threads() const noexcept { return threads_; }

private:
  nb::object source_;  // a CustomSource or a ClosedLoopValue
  OwnSource own_source_;
  HeldArray inputs_;
  HeldArray noise_;
  HeldSignals signals_;
  std::vector<std::shared_ptr<const OwnRule>> rules_;
  std::size_t threads_;
};

nb::list texts(const std::vector<std::string>& all) {
  nb::list result;
  for (const std::string& one : all) result.append(text(one));
  return result;
}

nb::tuple find_network(const std::filesystem::path& path, std::uint64_t step, const Drive& drive) {
  std::optional<PastNetwork> past;
  {
    const nb::gil_scoped_release no_gil;
    Attendant attendant;
    past.emplace(network_at(path, step, drive.continuation(), &attendant));
  }
  return nb::make_tuple(SharedNetwork(std::move(past->network)), texts(past->warnings));
}

nb::tuple record_again(const std::filesystem::path& path, const RecordPlan& record, std::uint64_t begin,
                       std::uint64_t end, const Drive& drive, nb::handle progress) {
  Recomputed recomputed;
  {
    const nb::gil_scoped_release no_gil;
    recomputed = recompute(path, record.requests, begin, end, drive.threads(), drive.continuation(),
                           [&](std::uint64_t done, std::uint64_t total) {
                             let_python_in(progress, done, total);
                             return Observer::Outcome::go_on;
                           });
  }
  nb::list arrays;
  for (Recording& recording : recomputed.recordings) arrays.append(numpy_array(std::move(recording)));
  return nb::make_tuple(arrays, texts(recomputed.warnings));
}

}  // namespace

void bind_time_travel(nb::module_& m) {
  nb::class_<Drive>(m, "Drive", "What drives a run and its file does not hold. Immutable.")
      .def(nb::init<nb::handle, nb::object, nb::handle, nb::handle, const nb::sequence&, std::size_t>(),
           nb::arg("inputs").none(), nb::arg("source").none(), nb::arg("noise").none(), nb::arg("signals").none(),
           nb::arg("rules"), nb::arg("threads"),
           nb::sig("def __init__(self, inputs: object | None, source: CustomSource | ClosedLoop | None, noise: object "
                   "| None, signals: dict[str, Rewards | numpy.typing.NDArray[numpy.float64] | "
                   "collections.abc.Callable[[int], float]] | None, rules: collections.abc.Sequence[OwnRule], threads: "
                   "int) -> None"));
  m.def(
      "past_steps",
      [](const std::filesystem::path& path) {
        const PastSteps steps = past_steps(path);
        return nb::make_tuple(steps.begin, steps.end);
      },
      nb::arg("path"), nb::sig("def past_steps(path: str) -> tuple[int, int]"),
      "The first step of a run, and the step after its last one.");
  m.def("network_at", &find_network, nb::arg("path"), nb::arg("step"), nb::arg("drive"),
        nb::sig("def network_at(path: str, step: int, drive: Drive) -> tuple[Network, list[str]]"),
        "The network of a step of a run, and warnings.");
  m.def("recompute", &record_again, nb::arg("path"), nb::arg("record"), nb::arg("begin"), nb::arg("end"),
        nb::arg("drive"), nb::arg("progress").none(),
        nb::sig("def recompute(path: str, record: RecordPlan, begin: int, end: int, drive: Drive, progress: object | "
                "None) -> tuple[list[numpy.typing.NDArray[typing.Any]], list[str]]"),
        "Records steps of a run again: an array for each quantity, and warnings.");
}

}  // namespace sorn::python

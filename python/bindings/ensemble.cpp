#include "attendant.hpp"
#include "bindings.hpp"
#include "own_rule.hpp"

#include <sorn/ensemble.hpp>

#include <utility>

namespace sorn::python {

namespace {

template <class T, class Value>
nb::object column(const std::vector<ReplicaStatistics>& rows, Value&& value) {
  std::vector<T> values;
  values.reserve(rows.size());
  for (const ReplicaStatistics& row : rows) values.push_back(static_cast<T>(value(row)));
  return numpy_array(std::move(values), {rows.size()});
}

nb::str str(std::string_view text) { return nb::str(text.data(), text.size()); }

/// The table, a column for each measure.
nb::dict columns(const std::vector<ReplicaStatistics>& rows) {
  nb::dict table;
  table["replica"] = column<std::int64_t>(rows, [](const auto& row) { return row.replica; });
  table["seed"] = column<std::uint64_t>(rows, [](const auto& row) { return row.seed; });
  table["steps"] = column<std::int64_t>(rows, [](const auto& row) { return row.steps; });
  for (const Measure& measure : measures_without_train()) {
    const auto value = [&](const ReplicaStatistics& row) { return row[measure.name]; };
    table[str(measure.name)] =
        measure.kind == MeasureKind::count ? column<std::int64_t>(rows, value) : column<double>(rows, value);
  }
  return table;
}

nb::dict pooled_columns(const std::vector<ReplicaStatistics>& rows) {
  nb::dict table;
  for (const Measure& measure : measures_without_train()) {
    const Pooled all = pooled(rows, measure);
    table[str(measure.name)] = nb::make_tuple(all.mean, all.deviation, all.lowest, all.highest, all.replicas);
  }
  return table;
}

nb::tuple run_replicas(const SharedNetwork* start, const Parameters& parameters, std::uint64_t seed,
                       const RunSettings& settings, const OutputFile* file, const nb::sequence& rules,
                       std::uint64_t replicas, std::size_t threads, nb::handle progress) {
  EnsemblePlan plan{.replicas = replicas,
                    .seed = seed,
                    .threads = threads,
                    .parameters = parameters,
                    .rules = rules_of(rules),
                    .run = settings.plan(file),
                    .keep = file != nullptr ? Keep::files : Keep::networks,
                    .out = file != nullptr ? file->path : std::filesystem::path()};
  if (start != nullptr) plan.start = start->read(&Network::state);
  const EnsembleWatch watch = [&](std::uint64_t done, std::uint64_t total) {
    let_python_in(progress, done, total);
    return Observer::Outcome::go_on;
  };
  EnsembleOutcome outcome;
  {
    const nb::gil_scoped_release no_gil;
    outcome = run_ensemble(plan, watch);
  }
  nb::list networks;
  for (Network& network : outcome.networks) networks.append(SharedNetwork(std::move(network)));
  nb::list recordings;
  for (std::vector<Recording>& replica : outcome.recordings) {
    nb::list arrays;
    for (Recording& recording : replica) arrays.append(numpy_array(std::move(recording)));
    recordings.append(arrays);
  }
  return nb::make_tuple(columns(outcome.statistics), pooled_columns(outcome.statistics), networks, recordings);
}

}  // namespace

void bind_ensemble(nb::module_& m) {
  m.attr("most_replicas") = most_replicas;
  m.attr("most_threads") = most_threads;
  m.def("replica_seed", &replica_seed, nb::arg("seed"), nb::arg("replica"), "The seed of a replica.");
  m.def(
      "replica_file",
      [](const std::filesystem::path& out, std::uint64_t replica, std::uint64_t replicas) {
        return path_text(replica_file(out, replica, replicas));
      },
      nb::arg("out"), nb::arg("replica"), nb::arg("replicas"),
      nb::sig("def replica_file(out: str, replica: int, replicas: int) -> str"), "The result file of a replica.");
  m.def("ensemble", &run_replicas, nb::arg("start").none(), nb::arg("parameters"), nb::arg("seed"), nb::arg("settings"),
        nb::arg("file").none(), nb::kw_only(), nb::arg("rules"), nb::arg("replicas"), nb::arg("threads"),
        nb::arg("progress").none(),
        nb::sig("def ensemble(start: Network | None, parameters: Parameters, seed: int, settings: RunSettings, file: "
                "OutputFile | None, *, rules: collections.abc.Sequence[OwnRule], replicas: int, threads: "
                "sorn._arguments.Threads, progress: object | None) -> "
                "tuple[dict[str, numpy.typing.NDArray[typing.Any]], "
                "dict[str, tuple[float, float, float, float, int]], list[Network], "
                "list[list[numpy.typing.NDArray[typing.Any]]]]"),
        "Runs an ensemble. Returns its table, the pooled measures (mean, deviation, lowest, highest, replicas), and, "
        "without `file`, networks and recordings.");
}

}  // namespace sorn::python

// Spike trains and their statistics. Measures that are not defined become None, or NaN in an array.
#include "vectors.hpp"

#include "analysis/run_record.hpp"
#include "support/names.hpp"

#include <sorn/error.hpp>
#include <sorn/statistics.hpp>

#include <nanobind/stl/optional.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace sorn::python {

namespace {

namespace stats = sorn::statistics;

template <class T>
using Entries = nb::ndarray<const T, nb::ndim<2>, nb::device::cpu>;

template <class T>
void construct(SpikeTrain* self, const Entries<T>& spikes, const std::string& name) {
  const nb::gil_scoped_release no_gil;
  new (self) SpikeTrain(SpikeTrain::from_array(spikes.data(), spikes.shape(0), spikes.shape(1), spikes.stride(0),
                                               spikes.stride(1), name));
}

nb::object to_array(const SpikeTrain& train) {
  std::vector<std::uint8_t> bytes(train.steps() * train.neurons());
  unlocked([&] {
    train.to_bytes(bytes);
    return 0;
  });
  return numpy_array(std::move(bytes), {train.steps(), train.neurons()});
}

nb::tuple correlation(const SpikeTrain& train) {
  std::optional<double> mean;
  std::vector<double> matrix = unlocked([&] {
    std::vector<double> values = stats::correlation_matrix(train);
    mean = stats::mean_of_matrix(values);
    return values;
  });
  return nb::make_tuple(numpy_array(std::move(matrix), {train.neurons(), train.neurons()}), mean);
}

nb::tuple fano_factor(const SpikeTrain& train, std::size_t neuron, std::size_t window) {
  const stats::FanoFactor fano = stats::fano_factor(train, neuron, window);
  return nb::make_tuple(fano.mean, fano.variance, fano.ratio);
}

std::vector<std::size_t> numbers_of(const Counts& values) {
  std::vector<std::size_t> numbers;
  numbers.reserve(values.size());
  for (const std::int64_t value : span_of(values)) numbers.push_back(static_cast<std::size_t>(value));
  return numbers;
}

nb::object isi_exponential(const SpikeTrain& train, std::int64_t shortest, std::int64_t longest) {
  const auto found = unlocked([&] { return stats::isi_exponential(train, shortest, longest); });
  if (!found) return nb::none();
  return nb::make_tuple(found->decay, found->r_squared, found->intervals);
}

nb::object fano_across_trials(const SpikeTrain& train, const Counts& onsets, const Counts& offsets, std::size_t window,
                              const Counts& units) {
  return vector_array(unlocked(
      [&] { return stats::fano_across_trials(train, span_of(onsets), span_of(offsets), window, numbers_of(units)); }));
}

nb::tuple nearest_states(const SpikeTrain& states, const SpikeTrain& references, std::uint64_t seed) {
  stats::NearestStates found = unlocked([&] { return stats::nearest_states(states, references, seed); });
  return nb::make_tuple(vector_array(std::move(found.reference)), vector_array(std::move(found.distance)));
}

nb::object pattern_histogram(const SpikeTrain& train, const Counts& units) {
  return vector_array(unlocked([&] { return stats::pattern_histogram(train, numbers_of(units)); }));
}

nb::tuple interval_variation(const SpikeTrain& train) {
  stats::IntervalVariation variation = unlocked([&] { return stats::interval_variation(train); });
  return nb::make_tuple(vector_array(std::move(variation.cv)), vector_array(std::move(variation.lv)));
}

nb::tuple avalanches(const Values& activity, std::optional<double> threshold) {
  stats::Avalanches found = unlocked([&] { return stats::avalanches(span_of(activity), threshold); });
  return nb::make_tuple(vector_array(std::move(found.sizes)), vector_array(std::move(found.durations)),
                        found.threshold);
}

nb::tuple derrida_map(const SpikeTrain& actual, const SpikeTrain& perturbed) {
  stats::DerridaMap map = unlocked([&] { return stats::derrida_map(actual, perturbed); });
  return nb::make_tuple(vector_array(std::move(map.distance)), vector_array(std::move(map.next_distance)),
                        vector_array(std::move(map.samples)), map.slope);
}

nb::object lognormal_fit(const Values& weights, double cutoff) {
  const auto fit = unlocked([&] { return stats::lognormal_fit(span_of(weights), cutoff); });
  if (!fit) return nb::none();
  return nb::make_tuple(fit->mu, fit->sigma, fit->samples, fit->ks_distance);
}

/// All measures of the data given, by name; None if a measure is undefined.
nb::dict measured(const SpikeTrain* train, const SharedNetwork* network, std::optional<Counts> ee_counts,
                  std::size_t window, std::size_t lag, std::optional<double> threshold) {
  std::optional<State> state;  // a copy: another thread may change the network meanwhile
  if (network != nullptr) state = network->read(&Network::state);
  analysis::Observed observed{.state = state ? &*state : nullptr, .train = train};
  if (ee_counts && ee_counts->size() > 0) {
    const std::span counts(ee_counts->data(), ee_counts->size());
    observed.synapses = {static_cast<std::uint64_t>(counts.front()),
                         static_cast<std::uint64_t>(*std::min_element(counts.begin(), counts.end()))};
  }
  const stats::SummaryOptions options{.fano_window = window, .lag = lag, .avalanche_threshold = threshold};
  const stats::Summary found = unlocked([&] {
    analysis::RunRecord record(observed, options);
    return analysis::summary_of(record);
  });
  nb::dict values;
  for (const auto& [measure, value] : found.lines()) {
    const nb::object name = text(measure->name);
    if (!value) {
      values[name] = nb::none();
    } else if (measure->kind == MeasureKind::count) {
      values[name] = static_cast<std::uint64_t>(*value);
    } else {
      values[name] = *value;
    }
  }
  return values;
}

nb::list measure_table() {
  nb::list table;
  for (const Measure& row : measures()) {
    nb::dict entry;
    entry["name"] = text(row.name);
    entry["label"] = text(row.label);
    entry["meaning"] = text(row.meaning);
    entry["unit"] = text(row.unit);
    entry["kind"] = text(name(row.kind));
    entry["needs"] = text(name(row.needs));
    entry["group"] = text(name(row.group));
    entry["headline"] = row.headline;
    nb::list aliases;
    for (const std::string_view alias : row.aliases) {
      if (!alias.empty()) aliases.append(text(alias));
    }
    entry["aliases"] = nb::tuple(aliases);
    table.append(entry);
  }
  return table;
}

nb::dict least_data() {
  nb::dict table;
  for (const stats::LeastData& row : stats::least_data) {
    table[text(row.measure)] = nb::make_tuple(row.least, text(row.of), text(row.where));
  }
  return table;
}

stats::BranchingEstimator estimator_named(std::string_view text) {
  if (text == "mean_ratio") return stats::BranchingEstimator::mean_ratio;
  if (text == "regression") return stats::BranchingEstimator::regression;
  throw_unknown_name("method", text, std::array<std::string_view, 2>{"mean_ratio", "regression"});
}

}  // namespace

void bind_spike_train(nb::module_& m) {
  nb::class_<SpikeTrain>(m, "SpikeTrain", "Bit-packed spikes, see sorn.SpikeTrain.")
      .def("__init__", &construct<std::uint8_t>, nb::arg("spikes").noconvert(), nb::arg("name"))
      .def("__init__", &construct<std::int64_t>, nb::arg("spikes").noconvert(), nb::arg("name"))
      .def("__init__", &construct<double>, nb::arg("spikes").noconvert(), nb::arg("name"))
      .def_prop_ro("steps", &SpikeTrain::steps)
      .def_prop_ro("neurons", &SpikeTrain::neurons)
      .def(
          "same_spikes", [](const SpikeTrain& a, const SpikeTrain& b) { return a == b; }, nb::arg("other"))
      .def("to_array", &to_array, nb::sig("def to_array(self) -> numpy.typing.NDArray[numpy.int8]"))
      .def("firing_rate", &stats::firing_rate, nb::arg("neuron"), nb::arg("bin_size"))
      .def(
          "network_activity",
          [](const SpikeTrain& t) { return vector_array(unlocked([&] { return stats::network_activity(t); })); },
          nb::sig("def network_activity(self) -> numpy.typing.NDArray[numpy.int64]"))
      .def(
          "spike_times",
          [](const SpikeTrain& t, std::size_t neuron) { return vector_array(stats::spike_times(t, neuron)); },
          nb::arg("neuron"), nb::sig("def spike_times(self, neuron: int) -> numpy.typing.NDArray[numpy.int64]"))
      .def(
          "interspike_intervals",
          [](const SpikeTrain& t, std::size_t neuron) { return vector_array(stats::interspike_intervals(t, neuron)); },
          nb::arg("neuron"),
          nb::sig("def interspike_intervals(self, neuron: int) -> numpy.typing.NDArray[numpy.int64]"))
      .def("interval_variation", &interval_variation,
           nb::sig("def interval_variation(self) -> tuple[numpy.typing.NDArray[numpy.float64], "
                   "numpy.typing.NDArray[numpy.float64]]"))
      .def("fano_factor", &fano_factor, nb::arg("neuron"), nb::arg("window"),
           nb::sig("def fano_factor(self, neuron: int, window: int) -> tuple[float, float | None, float | None]"))
      .def("isi_exponential", &isi_exponential, nb::arg("shortest"), nb::arg("longest"),
           nb::sig("def isi_exponential(self, shortest: int, longest: int) -> tuple[float, float, int] | None"))
      .def("fano_across_trials", &fano_across_trials, nb::arg("onsets"), nb::arg("offsets"), nb::arg("window"),
           nb::arg("units"),
           nb::sig("def fano_across_trials(self, onsets: numpy.typing.NDArray[numpy.int64], offsets: "
                   "numpy.typing.NDArray[numpy.int64], window: int, units: numpy.typing.NDArray[numpy.int64]) -> "
                   "numpy.typing.NDArray[numpy.float64]"))
      .def("nearest_states", &nearest_states, nb::arg("references"), nb::arg("seed"),
           nb::sig("def nearest_states(self, references: SpikeTrain, seed: int) -> "
                   "tuple[numpy.typing.NDArray[numpy.int64], numpy.typing.NDArray[numpy.int64]]"))
      .def("pattern_histogram", &pattern_histogram, nb::arg("units"),
           nb::sig("def pattern_histogram(self, units: numpy.typing.NDArray[numpy.int64]) -> "
                   "numpy.typing.NDArray[numpy.int64]"))
      .def("correlation", &correlation,
           nb::sig("def correlation(self) -> tuple[numpy.typing.NDArray[numpy.float64], float | None]"))
      .def("synchrony", &stats::synchrony, nb::call_guard<nb::gil_scoped_release>())
      .def("spike_source_entropy", &stats::spike_source_entropy, nb::arg("sources"))
      .def(
          "hamming_distance",
          [](const SpikeTrain& a, const SpikeTrain& b) {
            return vector_array(unlocked([&] { return stats::hamming_distance(a, b); }));
          },
          nb::arg("perturbed"),
          nb::sig("def hamming_distance(self, perturbed: SpikeTrain) -> numpy.typing.NDArray[numpy.int64]"))
      .def("derrida_map", &derrida_map, nb::arg("perturbed"),
           nb::sig("def derrida_map(self, perturbed: SpikeTrain) -> tuple[numpy.typing.NDArray[numpy.float64], "
                   "numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.int64], float | None]"));
}

void bind_statistics(nb::module_& m) {
  m.attr("smallest_fitted_weight") = stats::smallest_fitted_weight;
  m.def("measures", &measure_table, nb::sig("def measures() -> list[dict[str, typing.Any]]"),
        "The table of measures: name, label, meaning, unit, kind, needs, group, headline and aliases of each.");
  m.def("measured", &measured, nb::arg("train").none(), nb::arg("network").none(), nb::arg("ee_counts").none(),
        nb::arg("window"), nb::arg("lag"), nb::arg("threshold").none(),
        nb::sig("def measured(train: SpikeTrain | None, network: Network | None, ee_counts: "
                "numpy.typing.NDArray[numpy.int64] | None, window: int, lag: int, threshold: float | None) -> "
                "dict[str, typing.Any]"),
        "All measures of the data given, by name; None if a measure is undefined.");
  m.def("least_data", &least_data, nb::sig("def least_data() -> dict[str, tuple[int, str, str]]"),
        "The least data of each measure: (number, what is counted, further condition).");
  m.def(
      "scale_dependent_smoothness",
      [](const Values& rates) { return stats::scale_dependent_smoothness(span_of(rates)); }, nb::arg("rates"));
  m.def(
      "scale_independent_smoothness",
      [](const Values& rates) { return stats::scale_independent_smoothness(span_of(rates)); }, nb::arg("rates"));
  m.def(
      "autocorrelation",
      [](const Values& rates, std::size_t lag) { return stats::autocorrelation(span_of(rates), lag); },
      nb::arg("rates"), nb::arg("lag"));
  m.def(
      "branching_ratio",
      [](const Values& activity, const std::string& method) {
        return stats::branching_ratio(span_of(activity), estimator_named(method));
      },
      nb::arg("activity"), nb::arg("method"));
  m.def("avalanches", &avalanches, nb::arg("activity"), nb::arg("threshold").none(),
        nb::sig("def avalanches(activity: numpy.typing.NDArray[numpy.float64], threshold: float | None) -> "
                "tuple[numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.int64], float]"));
  m.def(
      "fano_regression",
      [](const Values& counts, std::size_t units) { return stats::fano_regression(span_of(counts), units); },
      nb::arg("counts"), nb::arg("units"));
  m.def(
      "pattern_divergence",
      [](const Values& p, const Values& q, double pseudo_count) {
        return unlocked([&] { return stats::pattern_divergence(span_of(p), span_of(q), pseudo_count); });
      },
      nb::arg("p"), nb::arg("q"), nb::arg("pseudo_count"));
  m.attr("most_pattern_units") = stats::most_pattern_units;
  m.def("connection_fraction", &stats::connection_fraction, nb::arg("synapses"), nb::arg("n_pre"), nb::arg("n_post"));
  m.def("lognormal_fit", &lognormal_fit, nb::arg("weights"), nb::arg("cutoff"),
        nb::sig("def lognormal_fit(weights: numpy.typing.NDArray[numpy.float64], cutoff: float) -> "
                "tuple[float, float, int, float] | None"));
}

}  // namespace sorn::python

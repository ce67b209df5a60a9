// Spike trains and their statistics. Measures that are not defined become None, or NaN in an array.
#include "vectors.hpp"

#include "analysis/collectors.hpp"
#include "analysis/exponential_curve.hpp"
#include "analysis/run_record.hpp"
#include "support/names.hpp"

#include <sorn/error.hpp>
#include <sorn/recorded_spikes.hpp>
#include <sorn/statistics.hpp>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>

#include <algorithm>
#include <array>
#include <functional>
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

nb::tuple correlation(const SpikeSource& source) {
  std::optional<double> mean;
  std::vector<double> matrix = unlocked([&] {
    std::vector<double> values = stats::correlation_matrix(source);
    mean = stats::mean_of_matrix(values);
    return values;
  });
  return nb::make_tuple(numpy_array(std::move(matrix), {source.neurons(), source.neurons()}), mean);
}

nb::tuple fano_factor(const SpikeSource& source, std::size_t neuron, std::size_t window) {
  const stats::FanoFactor fano = unlocked([&] { return stats::fano_factor(source, neuron, window); });
  return nb::make_tuple(fano.mean, fano.variance, fano.ratio);
}

std::vector<std::size_t> numbers_of(const Counts& values) {
  std::vector<std::size_t> numbers;
  numbers.reserve(values.size());
  for (const std::int64_t value : span_of(values)) numbers.push_back(static_cast<std::size_t>(value));
  return numbers;
}

nb::object isi_exponential(const SpikeSource& source, std::int64_t shortest, std::int64_t longest) {
  const auto found = unlocked([&] { return stats::isi_exponential(source, shortest, longest); });
  if (!found) return nb::none();
  return nb::make_tuple(found->decay, found->r_squared, found->intervals);
}

nb::object fano_across_trials(const SpikeSource& source, const Counts& onsets, const Counts& offsets,
                              std::size_t window, const Counts& units) {
  return vector_array(unlocked(
      [&] { return stats::fano_across_trials(source, span_of(onsets), span_of(offsets), window, numbers_of(units)); }));
}

nb::tuple nearest_states(const SpikeSource& states, const SpikeSource& references, std::uint64_t seed) {
  stats::NearestStates found = unlocked([&] { return stats::nearest_states(states, references, seed); });
  return nb::make_tuple(vector_array(std::move(found.reference)), vector_array(std::move(found.distance)));
}

nb::object pattern_histogram(const SpikeSource& source, const Counts& units) {
  return vector_array(unlocked([&] { return stats::pattern_histogram(source, numbers_of(units)); }));
}

nb::tuple interval_variation(const SpikeSource& source) {
  stats::IntervalVariation variation = unlocked([&] { return stats::interval_variation(source); });
  return nb::make_tuple(vector_array(std::move(variation.cv)), vector_array(std::move(variation.lv)));
}

nb::tuple interval_counts(const SpikeSource& source, std::optional<std::size_t> neuron) {
  stats::IntervalCounts found = unlocked([&] { return stats::interval_counts(source, neuron); });
  return nb::make_tuple(vector_array(std::move(found.lengths)), vector_array(std::move(found.counts)));
}

nb::tuple spike_list(const SpikeSource& source) {
  stats::SpikeList found = unlocked([&] { return stats::spike_list(source); });
  return nb::make_tuple(vector_array(std::move(found.steps)), vector_array(std::move(found.neurons)));
}

nb::object spikes_in_bins(const SpikeSource& source, std::size_t size) {
  std::vector<std::int64_t> counts = unlocked([&] { return stats::spikes_in_bins(source, size); });
  return numpy_array(std::move(counts), {(source.steps() + size - 1) / size, source.neurons()});
}

nb::tuple arrays_of(stats::Avalanches&& found) {
  return nb::make_tuple(vector_array(std::move(found.sizes)), vector_array(std::move(found.durations)),
                        found.threshold);
}

nb::tuple arrays_of(stats::SeriesInBins&& found) {
  return nb::make_tuple(vector_array(std::move(found.lowest)), vector_array(std::move(found.sum)),
                        vector_array(std::move(found.highest)));
}

nb::tuple avalanches(const Values& activity, std::optional<double> threshold) {
  return arrays_of(unlocked([&] { return stats::avalanches(span_of(activity), threshold); }));
}

nb::tuple derrida_map(const SpikeSource& actual, const SpikeSource& perturbed) {
  stats::DerridaMap map = unlocked([&] { return stats::derrida_map(actual, perturbed); });
  return nb::make_tuple(vector_array(std::move(map.distance)), vector_array(std::move(map.next_distance)),
                        vector_array(std::move(map.samples)), map.slope);
}

stats::BranchingEstimator estimator_named(std::string_view text) {
  if (text == "mean_ratio") return stats::BranchingEstimator::mean_ratio;
  if (text == "regression") return stats::BranchingEstimator::regression;
  throw_unknown_name("method", text, std::array<std::string_view, 2>{"mean_ratio", "regression"});
}

/// Whole numbers in a file, one in each row, which are read part by part.
class RecordedSeries {
public:
  RecordedSeries(const ResultReader& reader, const std::string& quantity)
      : reader_(&reader), quantity_(quantity_named(quantity)) {
    for (const Recording& recording : reader.recordings()) {
      if (recording.request.quantity == quantity_) values_ = recording.rows;
    }
    static_cast<void>(reader.rows(quantity_, 0, 0).counts());  // refuses any other type
  }

  std::size_t values() const noexcept { return values_; }

  template <class SeriesCollector>
  void collect(SeriesCollector& collector) const {
    const analysis::Series series = [&](const std::function<void(std::span<const double>)>& take) {
      constexpr std::size_t at_once = std::size_t{1} << 18U;
      std::vector<double> part;
      for (std::size_t first = 0; first < values_; first += at_once) {
        const Recording rows = reader_->rows(quantity_, first, std::min(at_once, values_ - first));
        part.assign(rows.counts().begin(), rows.counts().end());
        take(part);
      }
    };
    unlocked([&] {
      analysis::collect(series, collector);
      return 0;
    });
  }

private:
  const ResultReader* reader_;
  Quantity quantity_;
  std::size_t values_ = 0;
};

std::optional<double> branching_ratio(const RecordedSeries& series, const std::string& method) {
  if (estimator_named(method) == stats::BranchingEstimator::regression) {
    analysis::WholeSums sums;
    series.collect(sums);
    if (const auto whole = sums.result()) return whole->branching_ratio();
    throw ParameterError("a recording with counts above 2^32", "has no branching ratio");
  }
  analysis::MeanRatio ratio;
  series.collect(ratio);
  return ratio.result();
}

nb::tuple avalanches_of(const RecordedSeries& series, std::optional<double> threshold) {
  stats::Avalanches found;
  analysis::AvalancheScan scan(threshold, [&](double size, std::int64_t duration) {
    found.sizes.push_back(size);
    found.durations.push_back(duration);
  });
  series.collect(scan);
  found.threshold = scan.threshold();
  return arrays_of(std::move(found));
}

stats::SeriesInBins bins_of(const RecordedSeries& series, std::size_t size) {
  analysis::SeriesBins bins(size);
  series.collect(bins);
  return std::move(bins).result();
}

nb::object lognormal_fit(const Values& weights, double cutoff) {
  const auto fit = unlocked([&] { return stats::lognormal_fit(span_of(weights), cutoff); });
  if (!fit) return nb::none();
  return nb::make_tuple(fit->mu, fit->sigma, fit->samples, fit->ks_distance);
}

/// All measures of the data given, by name; None if a measure is undefined.
nb::dict measured(const SpikeSource* spikes, const SharedNetwork* network,
                  std::optional<std::pair<std::uint64_t, std::uint64_t>> ee_counts, std::size_t window, std::size_t lag,
                  std::optional<double> threshold) {
  std::optional<State> state;  // a copy: another thread may change the network meanwhile
  if (network != nullptr) state = network->read(&Network::state);
  analysis::Observed observed{.state = state ? &*state : nullptr, .train = spikes};
  if (ee_counts) observed.synapses = {ee_counts->first, ee_counts->second};
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

}  // namespace

void bind_spike_train(nb::module_& m) {
  nb::class_<SpikeSource>(m, "SpikeSource", "Spikes in memory or in a file, which are read in blocks.")
      .def_prop_ro("steps", &SpikeSource::steps)
      .def_prop_ro("neurons", &SpikeSource::neurons)
      .def("part", &SpikeTrain::part_of, nb::arg("first"), nb::arg("count"), nb::call_guard<nb::gil_scoped_release>(),
           "Some steps, in memory.")
      .def(
          "spike_counts",
          [](const SpikeSource& t) { return vector_array(unlocked([&] { return stats::spike_counts(t); })); },
          nb::sig("def spike_counts(self) -> numpy.typing.NDArray[numpy.int64]"), "The spikes of each neuron.")
      .def("spike_list", &spike_list,
           nb::sig("def spike_list(self) -> tuple[numpy.typing.NDArray[numpy.int64], "
                   "numpy.typing.NDArray[numpy.int64]]"),
           "Steps and neurons of all spikes, ordered by step.")
      .def("spikes_in_bins", &spikes_in_bins, nb::arg("size"),
           nb::sig("def spikes_in_bins(self, size: int) -> numpy.typing.NDArray[numpy.int64]"),
           "The spikes of each neuron in bins of steps: (bins, neurons).")
      .def(
          "in_bins",
          [](const SpikeSource& t, std::size_t size) {
            return arrays_of(unlocked([&] { return stats::activity_in_bins(t, size); }));
          },
          nb::arg("size"),
          nb::sig("def in_bins(self, size: int) -> tuple[numpy.typing.NDArray[numpy.float64], "
                  "numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64]]"),
          "The lowest, the sum and the highest of the activity in bins of steps.")
      .def(
          "activity_histogram",
          [](const SpikeSource& t) { return vector_array(unlocked([&] { return stats::activity_histogram(t); })); },
          nb::sig("def activity_histogram(self) -> numpy.typing.NDArray[numpy.int64]"),
          "The number of steps with 0, 1, 2 … spikes.")
      .def("interval_counts", &interval_counts, nb::arg("neuron").none(),
           nb::sig("def interval_counts(self, neuron: int | None) -> tuple[numpy.typing.NDArray[numpy.int64], "
                   "numpy.typing.NDArray[numpy.int64]]"),
           "The lengths of intervals that occur, and how often each does.")
      .def(
          "branching_ratio",
          [](const SpikeSource& t, const std::string& method) {
            return unlocked([&] { return stats::branching_ratio(t, estimator_named(method)); });
          },
          nb::arg("method"))
      .def(
          "avalanches",
          [](const SpikeSource& t, std::optional<double> threshold) {
            return arrays_of(unlocked([&] { return stats::avalanches(t, threshold); }));
          },
          nb::arg("threshold").none(),
          nb::sig("def avalanches(self, threshold: float | None) -> tuple[numpy.typing.NDArray[numpy.float64], "
                  "numpy.typing.NDArray[numpy.int64], float]"))
      .def("firing_rate", &stats::firing_rate, nb::arg("neuron"), nb::arg("bin_size"),
           nb::call_guard<nb::gil_scoped_release>())
      .def(
          "network_activity",
          [](const SpikeSource& t) { return vector_array(unlocked([&] { return stats::network_activity(t); })); },
          nb::sig("def network_activity(self) -> numpy.typing.NDArray[numpy.int64]"))
      .def(
          "spike_times",
          [](const SpikeSource& t, std::size_t neuron) {
            return vector_array(unlocked([&] { return stats::spike_times(t, neuron); }));
          },
          nb::arg("neuron"), nb::sig("def spike_times(self, neuron: int) -> numpy.typing.NDArray[numpy.int64]"))
      .def(
          "interspike_intervals",
          [](const SpikeSource& t, std::size_t neuron) {
            return vector_array(unlocked([&] { return stats::interspike_intervals(t, neuron); }));
          },
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
           nb::sig("def nearest_states(self, references: SpikeSource, seed: int) -> "
                   "tuple[numpy.typing.NDArray[numpy.int64], numpy.typing.NDArray[numpy.int64]]"))
      .def("pattern_histogram", &pattern_histogram, nb::arg("units"),
           nb::sig("def pattern_histogram(self, units: numpy.typing.NDArray[numpy.int64]) -> "
                   "numpy.typing.NDArray[numpy.int64]"))
      .def("correlation", &correlation,
           nb::sig("def correlation(self) -> tuple[numpy.typing.NDArray[numpy.float64], float | None]"))
      .def("synchrony", &stats::synchrony, nb::call_guard<nb::gil_scoped_release>())
      .def("spike_source_entropy", &stats::spike_source_entropy, nb::arg("sources"),
           nb::call_guard<nb::gil_scoped_release>())
      .def(
          "hamming_distance",
          [](const SpikeSource& a, const SpikeSource& b) {
            return vector_array(unlocked([&] { return stats::hamming_distance(a, b); }));
          },
          nb::arg("perturbed"),
          nb::sig("def hamming_distance(self, perturbed: SpikeSource) -> numpy.typing.NDArray[numpy.int64]"))
      .def("derrida_map", &derrida_map, nb::arg("perturbed"),
           nb::sig("def derrida_map(self, perturbed: SpikeSource) -> tuple[numpy.typing.NDArray[numpy.float64], "
                   "numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.int64], float | None]"));
  nb::class_<SpikeTrain, SpikeSource>(m, "SpikeTrain", "Bit-packed spikes, see sorn.SpikeTrain.")
      .def("__init__", &construct<std::uint8_t>, nb::arg("spikes").noconvert(), nb::arg("name"))
      .def("__init__", &construct<std::int64_t>, nb::arg("spikes").noconvert(), nb::arg("name"))
      .def("__init__", &construct<double>, nb::arg("spikes").noconvert(), nb::arg("name"))
      .def(
          "same_spikes", [](const SpikeTrain& a, const SpikeTrain& b) { return a == b; }, nb::arg("other"))
      .def("to_array", &to_array, nb::sig("def to_array(self) -> numpy.typing.NDArray[numpy.int8]"));
}

void bind_recorded_spikes(nb::module_& m) {
  nb::class_<RecordedSpikes, SpikeSource>(m, "RecordedSpikes", "Spikes in a result file, which are read in blocks.")
      .def(
          "__init__",
          [](RecordedSpikes* self, const ResultReader& reader, const std::string& quantity) {
            new (self) RecordedSpikes(reader, quantity_named(quantity));
          },
          nb::arg("reader"), nb::arg("quantity"), nb::keep_alive<1, 2>());
  nb::class_<RecordedSeries>(m, "RecordedSeries", "Counts in a result file, which are read in blocks.")
      .def(nb::init<const ResultReader&, const std::string&>(), nb::arg("reader"), nb::arg("quantity"),
           nb::keep_alive<1, 2>())
      .def("__len__", &RecordedSeries::values)
      .def(
          "in_bins", [](const RecordedSeries& s, std::size_t size) { return arrays_of(bins_of(s, size)); },
          nb::arg("size"),
          nb::sig("def in_bins(self, size: int) -> tuple[numpy.typing.NDArray[numpy.float64], "
                  "numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64]]"),
          "The lowest, the sum and the highest of the values in bins.")
      .def(
          "ends",
          [](const RecordedSeries& s) {
            const stats::SeriesInBins found = bins_of(s, std::max<std::size_t>(1, s.values()));
            return nb::make_tuple(found.first, found.last, found.least, found.least_at);
          },
          nb::sig("def ends(self) -> tuple[float, float, float, int]"),
          "The first and the last value, the smallest value and its first place.")
      .def("scale_dependent_smoothness",
           [](const RecordedSeries& s) {
             analysis::Changes changes;
             s.collect(changes);
             return changes.scale_dependent_smoothness();
           })
      .def("scale_independent_smoothness",
           [](const RecordedSeries& s) {
             analysis::Changes changes;
             s.collect(changes);
             return changes.scale_independent_smoothness();
           })
      .def(
          "autocorrelation",
          [](const RecordedSeries& s, std::size_t lag) {
            analysis::LaggedProducts products(s.values(), lag);
            s.collect(products);
            return products.result();
          },
          nb::arg("lag"))
      .def("branching_ratio", &branching_ratio, nb::arg("method"))
      .def("avalanches", &avalanches_of, nb::arg("threshold").none(),
           nb::sig("def avalanches(self, threshold: float | None) -> tuple[numpy.typing.NDArray[numpy.float64], "
                   "numpy.typing.NDArray[numpy.int64], float]"));
}

void bind_statistics(nb::module_& m) {
  m.attr("smallest_fitted_weight") = stats::smallest_fitted_weight;
  m.def("measures", &measure_table, nb::sig("def measures() -> list[dict[str, typing.Any]]"),
        "The table of measures: name, label, meaning, unit, kind, needs, group, headline and aliases of each.");
  m.def("measured", &measured, nb::arg("spikes").none(), nb::arg("network").none(), nb::arg("ee_counts").none(),
        nb::arg("window"), nb::arg("lag"), nb::arg("threshold").none(),
        nb::sig("def measured(spikes: SpikeSource | None, network: Network | None, ee_counts: "
                "tuple[int, int] | None, window: int, lag: int, threshold: float | None) -> "
                "dict[str, typing.Any]"),
        "All measures of the data given, by name; None if a measure is undefined. `ee_counts`: the W_EE synapses on "
        "entry to the first step, and on entry to the step with the fewest.");
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
  m.def(
      "exponential_curve",
      [](const Values& x, const Values& y, const Values& deviations, double shortest, double longest) {
        if (x.size() == 0 || x.size() != y.size() || x.size() != deviations.size()) {
          throw ShapeError("points of a curve", "must be as many of each number, and one at least");
        }
        const auto curve = analysis::exponential_curve(span_of(x), span_of(y), span_of(deviations), shortest, longest);
        return nb::make_tuple(curve.height, curve.constant);
      },
      nb::arg("x"), nb::arg("y"), nb::arg("deviations"), nb::arg("shortest"), nb::arg("longest"),
      nb::sig("def exponential_curve(x: numpy.typing.NDArray[numpy.float64], y: numpy.typing.NDArray[numpy.float64], "
              "deviations: numpy.typing.NDArray[numpy.float64], shortest: float, longest: float) -> "
              "tuple[float, float]"),
      "Height and time constant of the exponential decay through points.");
  m.attr("most_pattern_units") = stats::most_pattern_units;
  m.def("connection_fraction", &stats::connection_fraction, nb::arg("synapses"), nb::arg("n_pre"), nb::arg("n_post"));
  m.def("lognormal_fit", &lognormal_fit, nb::arg("weights"), nb::arg("cutoff"),
        nb::sig("def lognormal_fit(weights: numpy.typing.NDArray[numpy.float64], cutoff: float) -> "
                "tuple[float, float, int, float] | None"));
}

}  // namespace sorn::python

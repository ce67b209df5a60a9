// Neuronal avalanches, how they scale, and how activity carries on.
#include "vectors.hpp"

#include <sorn/avalanche_scaling.hpp>
#include <sorn/avalanches.hpp>
#include <sorn/branching.hpp>
#include <sorn/density.hpp>
#include <sorn/lifetimes.hpp>
#include <sorn/recorded_activity.hpp>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/vector.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sorn::python {

namespace {

namespace crit = sorn::criticality;

using Bytes = Vector<std::uint8_t>;

template <class T>
nb::object copied(const std::vector<T>& values) {
  return vector_array(std::vector<T>(values));
}

crit::AvalancheOptions options_of(const std::string& threshold, std::size_t bin, bool all, bool keep_first,
                                  bool profiles) {
  return {.threshold = crit::threshold_named(threshold),
          .bin = bin,
          .size = all ? crit::SizeRule::all : crit::SizeRule::above,
          .keep_first = keep_first,
          .profiles = profiles};
}

nb::list sources_of(const crit::Avalanches& avalanches) {
  nb::list sources;
  for (const crit::AvalancheSource& source : avalanches.sources) {
    sources.append(nb::make_tuple(source.threshold, source.bins, source.cut_begin, source.cut_end));
  }
  return sources;
}

nb::object line_tuple(const std::optional<crit::Line>& line) {
  if (!line) return nb::none();
  return nb::make_tuple(line->slope, line->intercept, line->slope_error);
}

nb::tuple size_scaling(const Values& sizes, const Counts& durations, std::int64_t shortest, std::int64_t longest) {
  crit::SizeScaling found = crit::size_scaling(span_of(sizes), span_of(durations), shortest, longest);
  return nb::make_tuple(vector_array(std::move(found.durations)), vector_array(std::move(found.mean_sizes)),
                        vector_array(std::move(found.counts)), line_tuple(found.line));
}

nb::tuple shape_collapse(const crit::Avalanches& avalanches, std::int64_t shortest, std::int64_t longest,
                         std::uint64_t least, double lowest, double highest) {
  crit::ShapeCollapse found;
  {
    const nb::gil_scoped_release no_gil;
    found = crit::shape_collapse(avalanches, {shortest, longest, least, lowest, highest});
  }
  const std::size_t rows = found.durations.size();
  const std::size_t columns = found.places.size();
  return nb::make_tuple(found.gamma, found.error, vector_array(std::move(found.durations)),
                        vector_array(std::move(found.counts)), vector_array(std::move(found.places)),
                        numpy_array(std::move(found.shapes), {rows, columns}));
}

nb::tuple finite_size_scaling(const Values& units, const std::vector<Values>& sizes, const Values& orders) {
  std::vector<std::span<const double>> spans;
  spans.reserve(sizes.size());
  for (const Values& values : sizes) spans.push_back(span_of(values));
  const crit::FiniteSizeScaling found = crit::finite_size_scaling(span_of(units), spans, span_of(orders));
  std::vector<double> slopes;
  std::vector<double> errors;
  for (const crit::Line& line : found.growth) {
    slopes.push_back(line.slope);
    errors.push_back(line.slope_error);
  }
  return nb::make_tuple(found.dimension, found.line.slope_error, found.exponent, copied(found.orders),
                        vector_array(std::move(slopes)), vector_array(std::move(errors)));
}

nb::tuple crackling(double sizes, double sizes_error, double durations, double durations_error, double gamma,
                    double gamma_error) {
  const crit::Crackling found =
      crit::crackling_relation({sizes, sizes_error}, {durations, durations_error}, {gamma, gamma_error});
  return nb::make_tuple(found.predicted, found.predicted_error, found.fitted, found.fitted_error, found.dcc,
                        found.dcc_error);
}

nb::object interval_tuple(const std::optional<crit::Interval>& interval) {
  if (!interval) return nb::none();
  return nb::make_tuple(interval->low, interval->high);
}

nb::object decay_tuple(const std::optional<crit::Decay>& decay) {
  if (!decay) return nb::none();
  nb::dict named;
  const auto names = crit::parameter_names(decay->kind);
  for (std::size_t k = 0; k < names.size(); ++k) {
    named[nb::str(names[k].data(), names[k].size())] = decay->parameters[k];
  }
  return nb::make_tuple(std::string(crit::name(decay->kind)), named, decay->residual);
}

nb::tuple branching_parameter(const nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu>& trials,
                              std::size_t first_lag, std::size_t last_lag, bool separate, std::size_t blocks,
                              std::size_t repetitions, std::uint64_t seed, const std::string& decay) {
  const crit::DecayKind kind = crit::decay_named(decay);
  std::vector<std::span<const double>> rows;
  for (std::size_t k = 0; k < trials.shape(0); ++k) {
    rows.emplace_back(trials.data() + k * trials.shape(1), trials.shape(1));
  }
  crit::Branching found;
  {
    const nb::gil_scoped_release no_gil;
    found = crit::branching_parameter(rows,
                                      {.first_lag = first_lag,
                                       .last_lag = last_lag,
                                       .means = separate ? crit::TrialMeans::separate : crit::TrialMeans::common,
                                       .blocks = blocks,
                                       .repetitions = repetitions,
                                       .seed = seed},
                                      kind);
  }
  crit::LagRegression& regression = found.regression;
  std::vector<std::int64_t> lags(regression.lags.begin(), regression.lags.end());
  const std::size_t width = lags.size();
  const std::size_t samples = regression.resampled.size() / width;
  return nb::make_tuple(vector_array(std::move(lags)), vector_array(std::move(regression.slopes)), regression.trials,
                        numpy_array(std::move(regression.resampled), {samples, width}), decay_tuple(found.decay),
                        interval_tuple(found.m), interval_tuple(found.tau), found.one_step);
}

nb::tuple density_exponent(const Values& values, double shortest, double longest, double bins_per_decade,
                           std::optional<bool> discrete) {
  crit::LogDensity found;
  {
    const nb::gil_scoped_release no_gil;
    found = crit::density_exponent(span_of(values), shortest, longest, bins_per_decade, discrete);
  }
  return nb::make_tuple(found.exponent, found.r_squared, found.samples, vector_array(std::move(found.places)),
                        vector_array(std::move(found.density)), found.intercept);
}

nb::tuple survival_curve(const Values& lifetimes, const std::optional<Bytes>& ended) {
  std::span<const std::uint8_t> seen;
  if (ended) seen = span_of(*ended);
  crit::Survival found = crit::survival_curve(span_of(lifetimes), seen);
  const std::optional<double> median = found.median();
  return nb::make_tuple(vector_array(std::move(found.times)), vector_array(std::move(found.survival)),
                        vector_array(std::move(found.errors)), vector_array(std::move(found.at_risk)),
                        vector_array(std::move(found.ended)), found.censored, median);
}

}  // namespace

void bind_avalanches(nb::module_& m) {
  nb::class_<crit::Avalanches>(m, "Avalanches")
      .def_prop_ro(
          "sizes", [](const crit::Avalanches& self) { return copied(self.sizes); },
          nb::for_getter(nb::sig("def sizes(self) -> numpy.typing.NDArray[numpy.float64]")))
      .def_prop_ro(
          "durations", [](const crit::Avalanches& self) { return copied(self.durations); },
          nb::for_getter(nb::sig("def durations(self) -> numpy.typing.NDArray[numpy.int64]")))
      .def_prop_ro(
          "begins", [](const crit::Avalanches& self) { return copied(self.begins); },
          nb::for_getter(nb::sig("def begins(self) -> numpy.typing.NDArray[numpy.int64]")))
      .def_prop_ro(
          "networks", [](const crit::Avalanches& self) { return copied(self.networks); },
          nb::for_getter(nb::sig("def networks(self) -> numpy.typing.NDArray[numpy.uint32]")))
      .def_prop_ro(
          "intervals", [](const crit::Avalanches& self) { return vector_array(self.intervals()); },
          nb::for_getter(nb::sig("def intervals(self) -> numpy.typing.NDArray[numpy.int64]")))
      .def_prop_ro(
          "profiles", [](const crit::Avalanches& self) { return copied(self.profiles); },
          nb::for_getter(nb::sig("def profiles(self) -> numpy.typing.NDArray[numpy.float64]")))
      .def_prop_ro("sources", &sources_of,
                   nb::for_getter(nb::sig("def sources(self) -> list[tuple[float, int, int, int]]")));
  m.def(
      "find_avalanches",
      [](const Values& activity, const std::string& threshold, std::size_t bin, bool all, bool keep_first,
         bool profiles) {
        const auto options = options_of(threshold, bin, all, keep_first, profiles);
        const nb::gil_scoped_release no_gil;
        return crit::avalanches(span_of(activity), options);
      },
      nb::arg("activity"), nb::arg("threshold"), nb::arg("bin"), nb::arg("all"), nb::arg("keep_first"),
      nb::arg("profiles"));
  m.def(
      "read_avalanches",
      [](const ResultReader& reader, const std::string& quantity, std::uint64_t skip, const std::string& threshold,
         std::size_t bin, bool all, bool keep_first, bool profiles) {
        const auto options = options_of(threshold, bin, all, keep_first, profiles);
        const nb::gil_scoped_release no_gil;
        const Quantity chosen = quantity.empty() ? recorded_spikes(reader) : quantity_named(quantity);
        return read_avalanches(reader, chosen, skip, options);
      },
      nb::arg("reader"), nb::arg("quantity"), nb::arg("skip"), nb::arg("threshold"), nb::arg("bin"), nb::arg("all"),
      nb::arg("keep_first"), nb::arg("profiles"));
  m.def(
      "read_activity",
      [](const ResultReader& reader, const std::string& quantity, std::uint64_t skip) {
        std::vector<double> activity;
        {
          const nb::gil_scoped_release no_gil;
          activity = read_activity(reader, quantity.empty() ? recorded_spikes(reader) : quantity_named(quantity), skip);
        }
        return vector_array(std::move(activity));
      },
      nb::arg("reader"), nb::arg("quantity"), nb::arg("skip"),
      nb::sig("def read_activity(reader: ResultReader, quantity: str, skip: int) -> "
              "numpy.typing.NDArray[numpy.float64]"));
  m.def(
      "pooled_avalanches",
      [](const std::vector<const crit::Avalanches*>& parts) {
        std::vector<crit::Avalanches> copies;
        copies.reserve(parts.size());
        for (const crit::Avalanches* part : parts) copies.push_back(*part);
        return crit::pooled(copies);
      },
      nb::arg("parts"), nb::sig("def pooled_avalanches(parts: list[Avalanches]) -> Avalanches"));
  m.def("density_exponent", &density_exponent, nb::arg("values"), nb::arg("shortest"), nb::arg("longest"),
        nb::arg("bins_per_decade"), nb::arg("discrete").none(),
        nb::sig("def density_exponent(values: numpy.typing.NDArray[numpy.float64], shortest: float, longest: float, "
                "bins_per_decade: float, discrete: bool | None) -> tuple[float, float, int, "
                "numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64], float]"));
  m.def("size_scaling", &size_scaling, nb::arg("sizes"), nb::arg("durations"), nb::arg("shortest"), nb::arg("longest"),
        nb::sig("def size_scaling(sizes: numpy.typing.NDArray[numpy.float64], durations: "
                "numpy.typing.NDArray[numpy.int64], shortest: int, longest: int) -> "
                "tuple[numpy.typing.NDArray[numpy.int64], numpy.typing.NDArray[numpy.float64], "
                "numpy.typing.NDArray[numpy.uint64], tuple[float, float, float] | None]"));
  m.def("crackling_relation", &crackling, nb::arg("sizes"), nb::arg("sizes_error"), nb::arg("durations"),
        nb::arg("durations_error"), nb::arg("gamma"), nb::arg("gamma_error"),
        nb::sig("def crackling_relation(sizes: float, sizes_error: float, durations: float, durations_error: float, "
                "gamma: float, gamma_error: float) -> tuple[float, float, float, float, float, float]"));
  m.def("shape_collapse", &shape_collapse, nb::arg("avalanches"), nb::arg("shortest"), nb::arg("longest"),
        nb::arg("least"), nb::arg("lowest"), nb::arg("highest"),
        nb::sig("def shape_collapse(avalanches: Avalanches, shortest: int, longest: int, least: int, lowest: float, "
                "highest: float) -> tuple[float, float, numpy.typing.NDArray[numpy.int64], "
                "numpy.typing.NDArray[numpy.uint64], numpy.typing.NDArray[numpy.float64], "
                "numpy.typing.NDArray[numpy.float64]]"));
  m.def("finite_size_scaling", &finite_size_scaling, nb::arg("units"), nb::arg("sizes"), nb::arg("orders"),
        nb::sig("def finite_size_scaling(units: numpy.typing.NDArray[numpy.float64], sizes: "
                "list[numpy.typing.NDArray[numpy.float64]], orders: numpy.typing.NDArray[numpy.float64]) -> "
                "tuple[float, float, float, numpy.typing.NDArray[numpy.float64], "
                "numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64]]"));
  m.def("branching_parameter", &branching_parameter, nb::arg("trials"), nb::arg("first_lag"), nb::arg("last_lag"),
        nb::arg("separate"), nb::arg("blocks"), nb::arg("repetitions"), nb::arg("seed"), nb::arg("decay"),
        nb::sig("def branching_parameter(trials: numpy.typing.NDArray[numpy.float64], first_lag: int, last_lag: int, "
                "separate: bool, blocks: int, repetitions: int, seed: int, decay: str) -> "
                "tuple[numpy.typing.NDArray[numpy.int64], numpy.typing.NDArray[numpy.float64], int, "
                "numpy.typing.NDArray[numpy.float64], tuple[str, dict[str, float], float] | None, "
                "tuple[float, float] | None, tuple[float, float] | None, float | None]"));
  m.def(
      "activity_autocorrelation",
      [](const Values& activity, std::size_t last) {
        return vector_array(crit::autocorrelation(span_of(activity), last));
      },
      nb::arg("activity"), nb::arg("last"),
      nb::sig("def activity_autocorrelation(activity: numpy.typing.NDArray[numpy.float64], last: int) -> "
              "numpy.typing.NDArray[numpy.float64]"));
  m.def(
      "autocorrelation_time", [](const Values& activity) { return crit::autocorrelation_time(span_of(activity)); },
      nb::arg("activity"),
      nb::sig("def autocorrelation_time(activity: numpy.typing.NDArray[numpy.float64]) -> "
              "float | None"));
  m.def(
      "susceptibility",
      [](const SpikeSource& train) {
        const crit::Susceptibility found = crit::susceptibility(train);
        return nb::make_tuple(found.chi, found.independent, found.synchrony);
      },
      nb::arg("train"), nb::sig("def susceptibility(train: SpikeSource) -> tuple[float, float, float]"));
  m.def(
      "fit_lifetimes",
      [](const Values& lifetimes, const std::optional<Bytes>& ended, const std::string& distribution, double xmin) {
        std::span<const std::uint8_t> seen;
        if (ended) seen = span_of(*ended);
        return crit::fit_lifetimes(span_of(lifetimes), seen, crit::family_named(distribution), xmin);
      },
      nb::arg("lifetimes"), nb::arg("ended").none(), nb::arg("distribution"), nb::arg("xmin"),
      nb::sig("def fit_lifetimes(lifetimes: numpy.typing.NDArray[numpy.float64], ended: "
              "numpy.typing.NDArray[numpy.uint8] | None, distribution: str, xmin: float) -> Fit"));
  m.def("survival_curve", &survival_curve, nb::arg("lifetimes"), nb::arg("ended").none(),
        nb::sig("def survival_curve(lifetimes: numpy.typing.NDArray[numpy.float64], ended: "
                "numpy.typing.NDArray[numpy.uint8] | None) -> tuple[numpy.typing.NDArray[numpy.float64], "
                "numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64], "
                "numpy.typing.NDArray[numpy.uint64], numpy.typing.NDArray[numpy.uint64], int, float | None]"));
}

}  // namespace sorn::python

// Heavy-tailed distributions: fits, their goodness, and comparisons.
#include "vectors.hpp"

#include <sorn/criticality.hpp>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/vector.h>

#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sorn::python {

namespace {

namespace crit = sorn::criticality;

using Networks = Vector<std::uint32_t>;

void construct(crit::Sample* self, const Values& values, std::optional<bool> discrete) {
  const nb::gil_scoped_release no_gil;
  new (self) crit::Sample(span_of(values), discrete);
}

void construct_counted(crit::Sample* self, const Values& values, const Counts& counts, bool discrete) {
  const std::span<const std::int64_t> signed_counts = span_of(counts);
  const std::vector<std::size_t> numbers(signed_counts.begin(), signed_counts.end());
  new (self) crit::Sample(span_of(values), numbers, discrete);
}

/// The numbers of a dict with the parameters of a distribution, in their order.
std::array<double, 2> in_order(crit::Family family, const nb::dict& named) {
  std::array<double, 2> values{};
  const auto names = crit::parameter_names(family);
  for (std::size_t k = 0; k < names.size(); ++k) {
    values[k] = nb::cast<double>(named[nb::str(names[k].data(), names[k].size())]);
  }
  return values;
}

/// A fit of which Python has kept the numbers.
void construct_fit(crit::Fit* self, const std::string& distribution, const nb::dict& parameters, const nb::dict& errors,
                   double xmin, double xmax, std::size_t samples, bool discrete, double log_likelihood,
                   double ks_distance) {
  const crit::Family family = crit::family_named(distribution);
  new (self) crit::Fit{.family = family,
                       .discrete = discrete,
                       .xmin = xmin,
                       .xmax = xmax,
                       .parameters = in_order(family, parameters),
                       .errors = in_order(family, errors),
                       .samples = samples,
                       .log_likelihood = log_likelihood,
                       .ks_distance = ks_distance};
}

/// Parameters, or their errors, by name.
nb::dict by_name(const crit::Fit& fit, const std::array<double, 2>& values) {
  nb::dict named;
  const auto names = crit::parameter_names(fit.family);
  for (std::size_t k = 0; k < names.size(); ++k) named[nb::str(names[k].data(), names[k].size())] = values[k];
  return named;
}

template <class F>
nb::object over(const Values& x, F&& f) {
  std::vector<double> values(x.shape(0));
  {
    const nb::gil_scoped_release no_gil;
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = f(x.data()[i]);
  }
  return vector_array(std::move(values));
}

nb::object survival(const crit::Fit& fit, const Values& x) {
  return over(x, [&](double value) { return fit.survival(value); });
}
nb::object density(const crit::Fit& fit, const Values& x) {
  return over(x, [&](double value) { return std::exp(fit.log_density(value)); });
}

std::vector<std::string> distributions() {
  std::vector<std::string> names;
  names.reserve(crit::family_count);
  for (std::size_t k = 0; k < crit::family_count; ++k) names.emplace_back(name(static_cast<crit::Family>(k)));
  return names;
}

std::optional<crit::Bootstrap> bootstrap_of(std::size_t repetitions, std::uint64_t seed, std::size_t threads,
                                            const std::optional<crit::Search>& search) {
  if (repetitions == 0) return {};
  return crit::Bootstrap{.repetitions = repetitions, .seed = seed, .threads = threads, .search = search};
}

nb::tuple comparison_tuple(const crit::Comparison& comparison) {
  return nb::make_tuple(comparison.ratio, comparison.normalized, comparison.p, comparison.nested);
}

nb::object goodness_tuple(std::optional<crit::Goodness>&& goodness) {
  if (!goodness) return nb::none();
  return nb::make_tuple(goodness->p, goodness->repetitions, vector_array(std::move(goodness->distances)),
                        vector_array(std::move(goodness->alphas)));
}

nb::tuple assess(const crit::Sample& sample, const crit::Fit& law, const std::vector<std::string>& alternatives,
                 std::size_t repetitions, std::uint64_t seed, std::size_t threads,
                 const std::optional<crit::Search>& search) {
  std::vector<crit::Family> families;
  families.reserve(alternatives.size());
  for (const std::string& name : alternatives) families.push_back(crit::family_named(name));
  crit::Assessment found;
  {
    const nb::gil_scoped_release no_gil;
    found = crit::assess(sample, law, families, bootstrap_of(repetitions, seed, threads, search));
  }
  nb::list comparisons;
  for (const crit::Comparison& comparison : found.comparisons) comparisons.append(comparison_tuple(comparison));
  return nb::make_tuple(found.verdict, found.preferred, goodness_tuple(std::move(found.goodness)),
                        nb::cast(found.alternatives), comparisons);
}

nb::tuple resampled(const Values& values, const crit::Fit& fit, const std::optional<Networks>& networks,
                    std::size_t repetitions, std::uint64_t seed, std::size_t threads) {
  std::span<const std::uint32_t> numbers;
  if (networks) numbers = span_of(*networks);
  crit::Resampled found;
  {
    const nb::gil_scoped_release no_gil;
    found = crit::resampled(span_of(values), fit, numbers, {repetitions, seed, threads});
  }
  nb::dict intervals;
  const auto names = crit::parameter_names(fit.family);
  for (std::size_t k = 0; k < names.size(); ++k) {
    intervals[nb::str(names[k].data(), names[k].size())] = nb::make_tuple(found.interval[k][0], found.interval[k][1]);
  }
  return nb::make_tuple(found.repetitions, by_name(fit, found.errors), intervals);
}

}  // namespace

void bind_criticality(nb::module_& m) {
  nb::class_<crit::Sample>(m, "Sample")
      .def("__init__", &construct, nb::arg("values"), nb::arg("discrete").none())
      .def("__init__", &construct_counted, nb::arg("values"), nb::arg("counts"), nb::arg("discrete"))
      .def_prop_ro("discrete", &crit::Sample::discrete)
      .def_prop_ro("size", &crit::Sample::size);

  nb::class_<crit::Search>(m, "Search")
      .def(
          "__init__",
          [](crit::Search* self, double xmax, double largest_xmin, std::size_t least_samples,
             std::optional<double> least_ratio) {
            new (self) crit::Search{xmax, largest_xmin, least_samples, least_ratio};
          },
          nb::arg("xmax"), nb::arg("largest_xmin"), nb::arg("least_samples"), nb::arg("least_ratio").none());

  nb::class_<crit::Fit>(m, "Fit")
      .def("__init__", &construct_fit, nb::arg("distribution"), nb::arg("parameters"), nb::arg("errors"),
           nb::arg("xmin"), nb::arg("xmax"), nb::arg("samples"), nb::arg("discrete"), nb::arg("log_likelihood"),
           nb::arg("ks_distance"),
           nb::sig("def __init__(self, distribution: str, parameters: dict[str, float], errors: dict[str, float], "
                   "xmin: float, xmax: float, samples: int, discrete: bool, log_likelihood: float, "
                   "ks_distance: float) -> None"))
      .def_prop_ro("distribution", [](const crit::Fit& fit) { return std::string(name(fit.family)); })
      .def_ro("discrete", &crit::Fit::discrete)
      .def_ro("xmin", &crit::Fit::xmin)
      .def_ro("xmax", &crit::Fit::xmax)
      .def_ro("samples", &crit::Fit::samples)
      .def_ro("log_likelihood", &crit::Fit::log_likelihood)
      .def_ro("ks_distance", &crit::Fit::ks_distance)
      .def_prop_ro(
          "parameters", [](const crit::Fit& fit) { return by_name(fit, fit.parameters); },
          nb::for_getter(nb::sig("def parameters(self) -> dict[str, float]")))
      .def_prop_ro(
          "errors", [](const crit::Fit& fit) { return by_name(fit, fit.errors); },
          nb::for_getter(nb::sig("def errors(self) -> dict[str, float]")))
      .def("survival", &survival,
           nb::sig("def survival(self, x: numpy.typing.NDArray[numpy.float64]) -> numpy.typing.NDArray[numpy.float64]"))
      .def("density", &density,
           nb::sig("def density(self, x: numpy.typing.NDArray[numpy.float64]) -> numpy.typing.NDArray[numpy.float64]"));

  m.def("distributions", &distributions, nb::sig("def distributions() -> list[str]"),
        "The names of all distributions.");
  m.def(
      "fit",
      [](const crit::Sample& sample, const std::string& distribution, std::optional<double> xmin, double xmax) {
        const crit::Family family = crit::family_named(distribution);
        const nb::gil_scoped_release no_gil;
        return crit::fit(sample, family, xmin, xmax);
      },
      nb::arg("sample"), nb::arg("distribution"), nb::arg("xmin").none(), nb::arg("xmax"));
  m.def(
      "fit_tail", [](const crit::Sample& sample, const crit::Search& search) { return crit::fit_tail(sample, search); },
      nb::arg("sample"), nb::arg("search"), nb::call_guard<nb::gil_scoped_release>());
  m.def(
      "compare_fits",
      [](const crit::Sample& sample, const crit::Fit& first, const crit::Fit& second) {
        return comparison_tuple(crit::compare(sample, first, second));
      },
      nb::arg("sample"), nb::arg("first"), nb::arg("second"),
      nb::sig("def compare_fits(sample: Sample, first: Fit, second: Fit) -> tuple[float, float, float, bool]"));
  m.def("resampled", &resampled, nb::arg("values"), nb::arg("fit"), nb::arg("networks").none(), nb::arg("repetitions"),
        nb::arg("seed"), nb::arg("threads"),
        nb::sig("def resampled(values: numpy.typing.NDArray[numpy.float64], fit: Fit, "
                "networks: numpy.typing.NDArray[numpy.uint32] | None, repetitions: int, seed: int, threads: int) -> "
                "tuple[int, dict[str, float], dict[str, tuple[float, float]]]"));
  m.def("assess_fit", &assess, nb::arg("sample"), nb::arg("law"), nb::arg("alternatives"), nb::arg("repetitions"),
        nb::arg("seed"), nb::arg("threads"), nb::arg("search").none(),
        nb::sig("def assess_fit(sample: Sample, law: Fit, alternatives: list[str], repetitions: int, seed: int, "
                "threads: int, search: Search | None) -> tuple[str, int | None, "
                "tuple[float, int, numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64]] | None, "
                "list[Fit], list[tuple[float, float, float, bool]]]"));
}

}  // namespace sorn::python

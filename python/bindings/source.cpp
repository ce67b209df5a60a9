// Sources of input: those of the library as values, and those of a user, which are functions or iterators of Python.
#include "source.hpp"

#include "bindings.hpp"

#include "sources/grammar.hpp"
#include "sources/spec_tree.hpp"
#include "support/format.hpp"
#include "support/memory.hpp"

#include <sorn/error.hpp>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

namespace sorn::python {

void CustomSource::prepare(std::size_t ne, std::size_t nu, std::uint64_t network_seed) {
  pools_ = sorn::pools(spec_, ne, nu, network_seed);
  units_.resize(ne);
  std::iota(units_.begin(), units_.end(), std::uint32_t{0});
  gains_.assign(ne, spec_.gain);
  drive_.resize(ne);
}

Shown CustomSource::next() {
  const nb::gil_scoped_acquire gil;
  const std::uint64_t step = step_++;
  nb::object shown;
  if (iterates_) {
    PyObject* const item = PyIter_Next(steps_.ptr());
    if (item == nullptr && PyErr_Occurred() != nullptr) throw nb::python_error();
    if (item == nullptr) {
      throw ParameterError(formatted("the source has nothing for step {}", step), "must last as long as the run");
    }
    shown = nb::steal(item);
  } else {
    shown = steps_(step);
  }
  if (shown.is_none()) return {};
  if (PyIndex_Check(shown.ptr()) != 0 && PySequence_Check(shown.ptr()) == 0) return of_symbol(shown, step);
  return of_drive(shown, step);
}

Shown CustomSource::of_symbol(nb::handle shown, std::uint64_t step) const {
  const Py_ssize_t symbol = PyNumber_AsSsize_t(shown.ptr(), nullptr);
  if (symbol == no_symbol) return {};
  if (symbol < 0 || static_cast<std::size_t>(symbol) >= pools_.size()) {
    throw ParameterError(formatted("the source shows symbol {} in step {}", symbol, step),
                         pools_.empty() ? std::string("it has no symbols")
                                        : formatted("must be in [0, {}], or -1 for none", pools_.size() - 1),
                         "sorn.sources.Custom(..., alphabet=...) gives it symbols");
  }
  const std::vector<std::uint32_t>& pool = pools_[static_cast<std::size_t>(symbol)];
  return {static_cast<Symbol>(symbol), pool, std::span(gains_).first(pool.size())};
}

Shown CustomSource::of_drive(nb::handle shown, std::uint64_t step) {
  const auto refuse = [&] {
    throw StateError(formatted("the source shows a value of type {} in step {}",
                               nb::cast<std::string>(nb::str(shown.type().attr("__name__"))), step),
                     "must be a whole number, an array of one dimension, or None");
  };
  nb::object array;
  try {
    array = nb::module_::import_("numpy").attr("asarray")(shown, "float64");
  } catch (const nb::python_error& error) {
    if (!error.matches(PyExc_ValueError) && !error.matches(PyExc_TypeError)) throw;
    refuse();
  }
  Array1 values;
  if (!nb::try_cast<Array1>(array, values, false)) refuse();
  if (values.size() > units_.size()) {
    throw ShapeError(formatted("the source shows {} values in step {}", values.size(), step),
                     formatted("must be at most ne = {}, one for each excitatory unit", units_.size()));
  }
  for (std::size_t k = 0; k < values.size(); ++k) drive_[k] = values(k);
  return {no_symbol, std::span(units_).first(values.size()), std::span(drive_).first(values.size())};
}

OwnSource::OwnSource(nb::handle source) {
  if (nb::isinstance<ClosedLoopValue>(source)) made_ = nb::cast<const ClosedLoopValue&>(source).source();
  if (nb::isinstance<CustomValue>(source)) made_ = nb::cast<const CustomValue&>(source).source();
}

namespace {

/// The symbols that a source shows in `steps` steps from `first` on.
nb::object symbols(const SourceSpec& spec, std::uint64_t first, std::size_t steps, std::uint64_t seed) {
  std::vector<std::int64_t> result(steps);
  {
    const nb::gil_scoped_release no_gil;
    SourceSpec small = spec;  // pools do not matter
    small.mixtures.clear();
    small.pools = PoolKind::overlapping;
    small.pool_size = 1;
    const auto source = make_source(small, 1, 1, seed);
    if (source->end() - std::min(first, source->end()) < steps) {
      throw ParameterError(formatted("{} steps from step {} on", steps, first),
                           formatted("the source ends before step {}", source->end()));
    }
    source->seek(first);
    std::generate(result.begin(), result.end(), [&] { return source->next().symbol; });
  }
  return numpy_array(std::move(result), {steps});
}

nb::object pools_array(const SourceSpec& spec, std::size_t ne, std::size_t nu, std::uint64_t seed) {
  const auto all = pools(spec, ne, nu, seed);
  const std::size_t size = spec.pool_size.value_or(nu);
  std::vector<std::int64_t> units(all.size() * size, -1);
  for (std::size_t k = 0; k < all.size(); ++k) {
    std::copy(all[k].begin(), all[k].end(), units.begin() + static_cast<std::ptrdiff_t>(k * size));
  }
  return numpy_array(std::move(units), {all.size(), size});
}

/// The drive of all units (ne, steps) in some steps.
nb::object drive(const SourceSpec& spec, std::uint64_t first, std::size_t steps, std::size_t ne, std::size_t nu,
                 std::uint64_t seed) {
  std::vector<double> result;
  {
    const nb::gil_scoped_release no_gil;
    const auto source = make_source(spec, ne, nu, seed);
    if (source->end() - std::min(first, source->end()) < steps) {
      throw ParameterError(formatted("{} steps from step {} on", steps, first),
                           formatted("the source ends before step {}", source->end()));
    }
    require_memory(8.0 * static_cast<double>(ne) * static_cast<double>(steps), "the drive of all steps");
    result.assign(ne * steps, 0.0);
    source->seek(first);
    for (std::size_t t = 0; t < steps; ++t) {
      const Shown shown = source->next();
      for (std::size_t k = 0; k < shown.units.size(); ++k) result[shown.units[k] * steps + t] = shown.drive[k];
    }
  }
  return numpy_array(std::move(result), {ne, steps});
}

nb::list kinds() {
  nb::list rows;
  for (const SourceInfo& info : source_table()) {
    nb::dict row;
    row["name"] = text(info.name);
    row["meaning"] = text(info.meaning);
    nb::list keys;
    for (const std::string_view key : sources::keys_of_kind(info.name)) keys.append(text(key));
    row["keys"] = nb::tuple(keys);
    rows.append(row);
  }
  return rows;
}

}  // namespace

void bind_source(nb::module_& m) {
  nb::class_<SourceSpec>(m, "SourceSpec", "A source of input as a value, checked. Immutable.")
      .def(
          "__init__",
          [](SourceSpec* self, const std::string& text) {
            SourceSpec spec = source_spec(text);
            validate(spec);
            new (self) SourceSpec(std::move(spec));
          },
          nb::arg("text"), "From JSON, or from the short form counting:n=4.")
      .def_prop_ro("text", [](const SourceSpec& spec) { return sorn::text(spec); })
      .def_prop_ro("alphabet", [](const SourceSpec& spec) { return alphabet(spec); })
      .def_prop_ro("pool_size", [](const SourceSpec& spec) { return spec.pool_size; })
      .def_prop_ro(
          "sentences",
          [](const SourceSpec& spec) {
            std::vector<std::string> texts;
            if (const auto* const grammar = std::get_if<sources::Grammar>(&spec.sequence.shows)) {
              for (sources::Sentence& sentence : sources::sentences(*grammar))
                texts.push_back(std::move(sentence.text));
            }
            return texts;
          },
          "Those of a grammar.")
      .def("symbols", &symbols, nb::arg("first"), nb::arg("steps"), nb::arg("seed"),
           nb::sig("def symbols(self, first: int, steps: int, seed: int) -> numpy.typing.NDArray[numpy.int64]"),
           "The symbols of some steps; `seed` is that of the network.")
      .def("pools", &pools_array, nb::arg("ne"), nb::arg("nu"), nb::arg("seed"),
           nb::sig("def pools(self, ne: int, nu: int, seed: int) -> numpy.typing.NDArray[numpy.int64]"),
           "The units of each symbol, a row for each; -1 for a mixture.")
      .def("drive", &drive, nb::arg("first"), nb::arg("steps"), nb::arg("ne"), nb::arg("nu"), nb::arg("seed"),
           nb::sig("def drive(self, first: int, steps: int, ne: int, nu: int, seed: int) -> "
                   "numpy.typing.NDArray[numpy.float64]"),
           "The drive of all units in some steps; `seed` is that of the network.");
  nb::class_<CustomValue>(m, "CustomSource", "A source of a user. Immutable.")
      .def(
          "__init__",
          [](CustomValue* self, nb::object steps, bool iterates, const SourceSpec& pools) {
            validate(pools);
            new (self) CustomValue{std::move(steps), iterates, pools};
          },
          nb::arg("steps"), nb::arg("iterates"), nb::arg("pools"),
          nb::sig("def __init__(self, steps: object, iterates: bool, pools: SourceSpec) -> None"),
          "`steps` is an iterator or a function of the step; `pools` gives alphabet, pools and gain.")
      .def_ro("iterates", &CustomValue::iterates)
      .def_prop_ro("pool_size", [](const CustomValue& source) { return source.pools.pool_size; });
  nb::class_<ClosedLoopValue>(m, "ClosedLoop", "A closed loop as a value, see sorn.sources.ClosedLoop. Immutable.")
      .def(
          "__init__",
          [](ClosedLoopValue* self, const readout::Readout& readout, const SourceSpec& shown,
             std::optional<Symbol> start, std::vector<Symbol> symbols) {
            ClosedLoopValue value{
                std::make_shared<const readout::Readout>(readout), shown, {start, std::move(symbols)}};
            value.source();  // for its errors
            new (self) ClosedLoopValue(std::move(value));
          },
          nb::arg("readout"), nb::arg("shown"), nb::arg("start").none(), nb::arg("symbols"))
      .def(
          "without_start",
          [](const ClosedLoopValue& self) {
            return ClosedLoopValue{self.readout, self.shown, {std::nullopt, self.options.symbols}};
          },
          "The same for a run that goes on.")
      .def_prop_ro("pool_size", [](const ClosedLoopValue& self) { return self.shown.pool_size; });
  m.def("sources", &kinds, nb::sig("def sources() -> list[dict[str, typing.Any]]"),
        "The kinds of sources: name, meaning and keys.");
}

}  // namespace sorn::python

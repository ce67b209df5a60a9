// Linear readouts.
#include "attendant.hpp"
#include "vectors.hpp"

#include <sorn/readout.hpp>
#include <sorn/recorded_training.hpp>
#include <sorn/recursive_least_squares.hpp>

#include <nanobind/stl/optional.h>

#include <optional>
#include <utility>
#include <vector>

namespace sorn::python {

namespace {

namespace read = sorn::readout;

using Table = nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

read::Rows rows_of(const Table& table) noexcept {
  return {{table.data(), table.shape(0) * table.shape(1)}, table.shape(1)};
}

template <class T>
std::vector<T> vector_of(const Vector<T>& values) {
  return {values.data(), values.data() + values.shape(0)};
}

nb::tuple readout_tuple(read::Readout readout) {
  const std::size_t classes = readout.classes.size();
  nb::object bias = nb::none();
  if (!readout.bias.empty()) bias = vector_array(std::move(readout.bias));
  return nb::make_tuple(numpy_array(std::move(readout.weights), {classes, readout.units}), bias,
                        vector_array(std::move(readout.classes)));
}

read::Readout readout_of(const Table& weights, const std::optional<Values>& bias, const Counts& classes) {
  read::Readout readout;
  readout.units = weights.shape(1);
  readout.weights.assign(weights.data(), weights.data() + weights.shape(0) * weights.shape(1));
  if (bias) readout.bias = vector_of(*bias);
  readout.classes = vector_of(classes);
  return readout;
}

template <class States>
void add_labels(read::Training& training, const States& states, const Counts& labels) {
  const nb::gil_scoped_release no_gil;
  training.add(states, span_of(labels));
}

template <class States>
nb::object scores_array(const read::Readout& readout, const States& states) {
  std::vector<double> scores;
  {
    const nb::gil_scoped_release no_gil;
    scores = readout.scores(states);
  }
  const std::size_t classes = readout.classes.size();
  const std::size_t steps = scores.size() / classes;
  return numpy_array(std::move(scores), {steps, classes});
}

template <class States>
nb::object labels_array(const read::Readout& readout, const States& states) {
  std::vector<std::int64_t> labels;
  {
    const nb::gil_scoped_release no_gil;
    labels = readout.labels(readout.scores(states));
  }
  return vector_array(std::move(labels));
}

}  // namespace

void bind_readout(nb::module_& m) {
  const char* const result =
      "tuple[numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64] | None, "
      "numpy.typing.NDArray[numpy.int64]]";
  const std::string least_squares = std::string("def least_squares(self) -> ") + result;
  const std::string ridge = std::string("def ridge(self, mu: float) -> ") + result;
  const std::string values = std::string("def values(self) -> ") + result;
  nb::class_<read::Training>(m, "ReadoutTraining", "Sums over states and targets, see sorn.readout.Training.")
      .def(nb::init<bool>(), nb::arg("bias"))
      .def(
          "add", [](read::Training& self, const SpikeTrain& s, const Counts& t) { add_labels(self, s, t); },
          nb::arg("states"), nb::arg("targets"))
      .def(
          "add", [](read::Training& self, const Table& s, const Counts& t) { add_labels(self, rows_of(s), t); },
          nb::arg("states"), nb::arg("targets"))
      .def(
          "add", [](read::Training& self, const SpikeTrain& s, const Table& t) { self.add(s, rows_of(t)); },
          nb::arg("states"), nb::arg("targets"), nb::call_guard<nb::gil_scoped_release>())
      .def(
          "add", [](read::Training& self, const Table& s, const Table& t) { self.add(rows_of(s), rows_of(t)); },
          nb::arg("states"), nb::arg("targets"), nb::call_guard<nb::gil_scoped_release>())
      .def(
          "add_file",
          [](read::Training& self, const ResultReader& reader, const std::string& state, const std::string& target,
             std::uint64_t lag, std::uint64_t begin, std::uint64_t end) {
            const RecordedSteps steps{quantity_named(state), quantity_named(target), lag, begin, end};
            const nb::gil_scoped_release no_gil;
            add_recorded(self, reader, steps, [] { let_python_in(nb::none(), 0, 0); });
          },
          nb::arg("reader"), nb::arg("state"), nb::arg("target"), nb::arg("lag"), nb::arg("begin"), nb::arg("end"),
          "Adds the steps of a result file in parts.")
      .def_prop_ro("units", &read::Training::units)
      .def_prop_ro("steps", &read::Training::steps)
      .def_prop_ro("bias", &read::Training::has_bias)
      .def(
          "least_squares",
          [](const read::Training& self) {
            read::Readout readout;
            {
              const nb::gil_scoped_release no_gil;
              readout = self.least_squares();
            }
            return readout_tuple(std::move(readout));
          },
          nb::sig(least_squares.c_str()))
      .def(
          "ridge",
          [](const read::Training& self, double mu) {
            read::Readout readout;
            {
              const nb::gil_scoped_release no_gil;
              readout = self.ridge(mu);
            }
            return readout_tuple(std::move(readout));
          },
          nb::arg("mu"), nb::sig(ridge.c_str()));
  nb::class_<read::RecursiveLeastSquares>(m, "RecursiveLeastSquares", "See sorn.readout.RecursiveLeastSquares.")
      .def(
          "__init__",
          [](read::RecursiveLeastSquares* self, std::size_t units, std::size_t outputs, double forgetting, double delta,
             bool bias) {
            new (self) read::RecursiveLeastSquares(units, outputs, {forgetting, delta, bias});
          },
          nb::arg("units"), nb::arg("outputs"), nb::arg("forgetting"), nb::arg("delta"), nb::arg("bias"))
      .def(
          "add",
          [](read::RecursiveLeastSquares& self, const Table& s, const Counts& t) { self.add(rows_of(s), span_of(t)); },
          nb::arg("states"), nb::arg("targets"), nb::call_guard<nb::gil_scoped_release>())
      .def(
          "add",
          [](read::RecursiveLeastSquares& self, const Table& s, const Table& t) { self.add(rows_of(s), rows_of(t)); },
          nb::arg("states"), nb::arg("targets"), nb::call_guard<nb::gil_scoped_release>())
      .def_prop_ro(
          "readout", [](const read::RecursiveLeastSquares& self) { return self.readout(); },
          nb::sig("def readout(self) -> Readout"), "A copy of the readout so far.")
      .def(
          "values", [](const read::RecursiveLeastSquares& self) { return readout_tuple(self.readout()); },
          nb::sig(values.c_str()))
      .def_prop_ro("steps", &read::RecursiveLeastSquares::steps)
      .def("copy", [](const read::RecursiveLeastSquares& self) { return read::RecursiveLeastSquares(self); });
  nb::class_<read::Readout>(m, "Readout", "A linear readout, see sorn.readout.Readout.")
      .def(
          "__init__",
          [](read::Readout* self, const Table& weights, const std::optional<Values>& bias, const Counts& classes) {
            new (self) read::Readout(readout_of(weights, bias, classes));
          },
          nb::arg("weights"), nb::arg("bias").none(), nb::arg("classes"))
      .def(
          "scores", [](const read::Readout& self, const SpikeTrain& s) { return scores_array(self, s); },
          nb::arg("states"), nb::sig("def scores(self, states: SpikeTrain) -> numpy.typing.NDArray[numpy.float64]"))
      .def(
          "scores", [](const read::Readout& self, const Table& s) { return scores_array(self, rows_of(s)); },
          nb::arg("states"),
          nb::sig("def scores(self, states: numpy.typing.NDArray[numpy.float64]) -> "
                  "numpy.typing.NDArray[numpy.float64]"))
      .def(
          "labels", [](const read::Readout& self, const SpikeTrain& s) { return labels_array(self, s); },
          nb::arg("states"), nb::sig("def labels(self, states: SpikeTrain) -> numpy.typing.NDArray[numpy.int64]"))
      .def(
          "labels", [](const read::Readout& self, const Table& s) { return labels_array(self, rows_of(s)); },
          nb::arg("states"),
          nb::sig("def labels(self, states: numpy.typing.NDArray[numpy.float64]) -> "
                  "numpy.typing.NDArray[numpy.int64]"));
  m.def(
      "readout_accuracy",
      [](const Counts& labels, const Counts& predicted, const std::optional<Vector<std::uint8_t>>& only) {
        return read::accuracy(span_of(labels), span_of(predicted),
                              only ? span_of(*only) : std::span<const std::uint8_t>());
      },
      nb::arg("labels"), nb::arg("predicted"), nb::arg("only").none());
}

}  // namespace sorn::python

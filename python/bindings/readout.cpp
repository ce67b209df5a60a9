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

using SharedTraining = Shared<read::Training>;
using SharedLearner = Shared<read::RecursiveLeastSquares>;

/// Adds steps to a training, or to what learns from each.
template <class Learner, class States, class Targets>
void add_steps(Shared<Learner>& self, const States& states, const Targets& targets) {
  self.change_long([&](Learner& learner) { learner.add(states, targets); });
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
  nb::class_<SharedTraining>(m, "ReadoutTraining", "Sums over states and targets, see sorn.readout.Training.")
      .def(
          "__init__", [](SharedTraining* self, bool bias) { new (self) SharedTraining(read::Training(bias)); },
          nb::arg("bias"))
      .def(
          "add", [](SharedTraining& self, const SpikeTrain& s, const Counts& t) { add_steps(self, s, span_of(t)); },
          nb::arg("states"), nb::arg("targets"))
      .def(
          "add", [](SharedTraining& self, const Table& s, const Counts& t) { add_steps(self, rows_of(s), span_of(t)); },
          nb::arg("states"), nb::arg("targets"))
      .def(
          "add", [](SharedTraining& self, const SpikeTrain& s, const Table& t) { add_steps(self, s, rows_of(t)); },
          nb::arg("states"), nb::arg("targets"))
      .def(
          "add", [](SharedTraining& self, const Table& s, const Table& t) { add_steps(self, rows_of(s), rows_of(t)); },
          nb::arg("states"), nb::arg("targets"))
      .def(
          "add_file",
          [](SharedTraining& self, const ResultReader& reader, const std::string& state, const std::string& target,
             std::uint64_t lag, std::uint64_t begin, std::uint64_t end) {
            const RecordedSteps steps{quantity_named(state), quantity_named(target), lag, begin, end};
            // Between the parts Python handles signals, as Ctrl-C. No handler uses what a file is just added to.
            self.change_long([&](read::Training& training) {
              add_recorded(training, reader, steps, [] { let_python_in(nb::none(), 0, 0); });
            });
          },
          nb::arg("reader"), nb::arg("state"), nb::arg("target"), nb::arg("lag"), nb::arg("begin"), nb::arg("end"),
          "Adds the steps of a result file in parts.")
      .def_prop_ro("units", reading<read::Training>(&read::Training::units))
      .def_prop_ro("steps", reading<read::Training>(&read::Training::steps))
      .def_prop_ro("bias", reading<read::Training>(&read::Training::has_bias))
      .def(
          "least_squares",
          [](const SharedTraining& self) { return readout_tuple(self.read_long(&read::Training::least_squares)); },
          nb::sig(least_squares.c_str()))
      .def(
          "ridge",
          [](const SharedTraining& self, double mu) {
            return readout_tuple(self.read_long([&](const read::Training& training) { return training.ridge(mu); }));
          },
          nb::arg("mu"), nb::sig(ridge.c_str()));
  nb::class_<SharedLearner>(m, "RecursiveLeastSquares", "See sorn.readout.RecursiveLeastSquares.")
      .def(
          "__init__",
          [](SharedLearner* self, std::size_t units, std::size_t outputs, double forgetting, double delta, bool bias) {
            new (self) SharedLearner(read::RecursiveLeastSquares(units, outputs, {forgetting, delta, bias}));
          },
          nb::arg("units"), nb::arg("outputs"), nb::arg("forgetting"), nb::arg("delta"), nb::arg("bias"))
      .def(
          "add", [](SharedLearner& self, const Table& s, const Counts& t) { add_steps(self, rows_of(s), span_of(t)); },
          nb::arg("states"), nb::arg("targets"))
      .def(
          "add", [](SharedLearner& self, const Table& s, const Table& t) { add_steps(self, rows_of(s), rows_of(t)); },
          nb::arg("states"), nb::arg("targets"))
      .def_prop_ro("readout", reading<read::RecursiveLeastSquares>(&read::RecursiveLeastSquares::readout),
                   nb::sig("def readout(self) -> Readout"), "A copy of the readout so far.")
      .def(
          "values",
          [](const SharedLearner& self) { return readout_tuple(self.read(&read::RecursiveLeastSquares::readout)); },
          nb::sig(values.c_str()))
      .def_prop_ro("steps", reading<read::RecursiveLeastSquares>(&read::RecursiveLeastSquares::steps))
      .def("copy", [](const SharedLearner& self) { return SharedLearner(self.copy()); });
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

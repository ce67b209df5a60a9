#include "bindings.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>
#include <variant>

namespace sorn::python {

namespace {

/// Releases a buffer of Python at its end.
struct HeldBuffer {
  Py_buffer view{};
  bool held = false;

  HeldBuffer() = default;
  HeldBuffer(const HeldBuffer&) = delete;
  HeldBuffer(HeldBuffer&&) = delete;
  HeldBuffer& operator=(const HeldBuffer&) = delete;
  HeldBuffer& operator=(HeldBuffer&&) = delete;
  ~HeldBuffer() {
    if (held) PyBuffer_Release(&view);
  }

  bool take(nb::handle object, int flags) {
    held = PyObject_GetBuffer(object.ptr(), &view, flags) == 0;
    if (!held) PyErr_Clear();
    return held;
  }
};

/// Things of numpy, which live as long as the interpreter. Looking one up takes longer than the step of a small
/// network.
struct Numpy {
  nb::object module = nb::module_::import_("numpy");
  nb::handle array = nb::object(module.attr("ndarray")).release();
  nb::handle empty = nb::object(module.attr("empty")).release();
  nb::handle float64 = nb::object(module.attr("dtype")("float64")).release();
  nb::handle int64 = nb::object(module.attr("dtype")("int64")).release();
  nb::handle int8 = nb::object(module.attr("dtype")("int8")).release();
};

const Numpy& numpy() {
  static const auto* const things = new Numpy;  // not destroyed after the interpreter
  return *things;
}

/// A new array, and the place of its values.
template <class T>
std::pair<nb::object, T*> new_array(const nb::object& shape, nb::handle type) {
  nb::object array = numpy().empty(shape, type);
  HeldBuffer buffer;
  if (!buffer.take(array, PyBUF_WRITABLE)) throw nb::type_error("numpy.empty() made no array");
  return {std::move(array), static_cast<T*>(buffer.view.buf)};
}

/// Keeps what a step leaves behind.
class Seen : public Observer {
public:
  explicit Seen(double* recurrent) noexcept : recurrent_(recurrent) {}
  std::size_t ee_count() const noexcept { return ee_count_; }

  Outcome on_step(const StepView& view) override {
    std::copy(view.recurrent.begin(), view.recurrent.end(), recurrent_);
    ee_count_ = view.ee_count;
    return Outcome::go_on;
  }

private:
  double* recurrent_;
  std::size_t ee_count_ = 0;
};

bool is_text(nb::handle object, const char* text) {
  return PyUnicode_Check(object.ptr()) != 0 && PyUnicode_CompareWithASCIIString(object.ptr(), text) == 0;
}

/// The number in a value of Python; unset if it is not a plain one.
std::optional<double> plain_number(PyObject* value) {
  if (PyFloat_CheckExact(value) != 0) return PyFloat_AS_DOUBLE(value);
  if (PyLong_CheckExact(value) == 0) return {};
  int overflow = 0;
  const long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
  constexpr long long exact = 1LL << 53;
  if (overflow != 0 || number > exact || number < -exact) return {};
  return static_cast<double>(number);
}

/// The row of a hyperparameter; null if there is none. Names of keyword arguments are the same objects in each call.
const ParameterInfo* row_for(PyObject* key) {
  static std::vector<std::pair<PyObject*, const ParameterInfo*>> known;
  for (const auto& [name, row] : known) {
    if (name == key) return row;
  }
  const auto table = parameter_table();
  const auto row = std::find_if(table.begin(), table.end(),
                                [&](const ParameterInfo& info) { return is_text(key, info.name.data()); });
  if (row == table.end()) return nullptr;
  if (known.size() < table.size()) known.emplace_back(nb::borrow(key).release().ptr(), &*row);
  return &*row;
}

/// Whether each hyperparameter is a number, and that of the network already.
bool changes_nothing(nb::handle hyperparameters, const Parameters& parameters) {
  PyObject* key = nullptr;
  PyObject* value = nullptr;
  Py_ssize_t place = 0;
  while (PyDict_Next(hyperparameters.ptr(), &place, &key, &value) != 0) {
    const std::optional<double> given = plain_number(value);
    const ParameterInfo* const row = given ? row_for(key) : nullptr;
    if (row == nullptr) return false;
    if (const auto* const whole = std::get_if<std::size_t Parameters::*>(&row->field)) {
      if (static_cast<double>(parameters.**whole) != *given) return false;
    } else if (const auto* const real = std::get_if<double Parameters::*>(&row->field)) {
      if (parameters.**real != *given) return false;
    } else {
      return false;
    }
  }
  return true;
}

/// Whether all entries of a state are `unread`, so that it is the network.
bool is_unread(nb::handle state, nb::handle unread) {
  PyObject* key = nullptr;
  PyObject* value = nullptr;
  Py_ssize_t place = 0;
  Py_ssize_t count = 0;
  while (PyDict_Next(state.ptr(), &place, &key, &value) != 0) {
    if (value != unread.ptr()) return false;
    ++count;
  }
  return count == 7;  // a network with further entries is one for the usual way
}

/// Reads the usual phases, and noise that is on or off.
bool read_options(nb::handle phase, nb::handle noise, RunOptions& options) {
  if (is_text(phase, "training")) {
    options.phase = Phase::training;
  } else if (!is_text(phase, "plasticity")) {
    return false;
  }
  if (noise.ptr() == Py_False) {
    options.noise = Noise::off();
  } else if (noise.ptr() != Py_True) {
    return false;
  }
  return true;
}

/// Reads an array of numpy with the values of `count` features: one column, or one axis.
bool read_column(nb::handle array, int axes, std::size_t count, std::vector<double>& values) {
  HeldBuffer buffer;
  if (array.type().ptr() != numpy().array.ptr() || !buffer.take(array, PyBUF_RECORDS_RO)) return false;
  const Py_buffer& view = buffer.view;
  if (view.ndim != axes || std::strcmp(view.format, "d") != 0 || static_cast<std::size_t>(view.shape[0]) != count ||
      (axes == 2 && view.shape[1] != 1)) {
    return false;
  }
  values.resize(count);
  for (std::size_t k = 0; k < count; ++k) {
    std::memcpy(&values[k], static_cast<const char*>(view.buf) + static_cast<Py_ssize_t>(k) * view.strides[0],
                sizeof(double));
  }
  return true;
}

/// The step that agents do again and again, without all that a run of any kind needs. It is that of run(), bit for bit.
/// @returns (network, E, I, R, C); None: something is unusual, and the usual way must do the step, or refuse it
nb::object one_step(nb::handle state, nb::handle unread, const Network& start, nb::handle inputs, nb::handle phase,
                    nb::handle noise, nb::handle hyperparameters) {
  const Parameters& p = start.parameters();
  RunOptions options;
  const bool usual = read_options(phase, noise, options) && start.rules().empty() && is_unread(state, unread) &&
                     changes_nothing(hyperparameters, p);
  if (!usual) return nb::none();
  std::vector<double> drive;
  if (!inputs.is_none()) {
    if (!read_column(inputs, 2, p.nu, drive)) return nb::none();
    options.inputs = {drive.data(), drive.size(), 1, 1, 1};
  }
  const std::size_t ne = p.ne;
  const std::size_t ni = start.state().ni();
  const nb::object excitatory = nb::make_tuple(1, ne);
  auto [E, e] = new_array<double>(excitatory, numpy().float64);
  auto [I, i] = new_array<double>(nb::make_tuple(1, ni), numpy().float64);
  auto [R, r] = new_array<double>(excitatory, numpy().float64);
  auto [C, c] = new_array<std::int64_t>(nb::make_tuple(1), numpy().int64);
  Network network(start);
  Seen seen(r);
  {
    const nb::gil_scoped_release no_gil;
    network.run(1, options, {&seen});
  }
  std::copy(network.state().x.begin(), network.state().x.end(), e);
  std::copy(network.state().y.begin(), network.state().y.end(), i);
  *c = static_cast<std::int64_t>(seen.ee_count());
  return nb::make_tuple(std::move(network), E, I, R, C);
}

/// The same for a network that keeps its state. @returns the new excitatory activity, or None
nb::object short_step(Network& network, nb::handle u, nb::handle phase, nb::handle noise) {
  RunOptions options;
  if (!read_options(phase, noise, options) || !network.rules().empty()) return nb::none();
  std::vector<double> drive;
  if (!u.is_none()) {
    if (!read_column(u, 1, network.parameters().nu, drive)) return nb::none();
    options.inputs = {drive.data(), drive.size(), 1, 1, 1};
  }
  auto [spikes, x] = new_array<std::int8_t>(nb::int_(network.parameters().ne), numpy().int8);
  {
    const nb::gil_scoped_release no_gil;
    network.run(1, options);
  }
  std::copy(network.state().x.begin(), network.state().x.end(), x);
  return std::move(spikes);
}

}  // namespace

void bind_one_step(nb::module_& m) {
  m.def("one_step", &one_step, nb::arg("state"), nb::arg("unread"), nb::arg("start"), nb::arg("inputs").none(),
        nb::arg("phase").none(), nb::arg("noise").none(), nb::arg("hyperparameters"),
        nb::sig("def one_step(state: dict[str, typing.Any], unread: object, start: Network, inputs: object | None, "
                "phase: object, noise: object, hyperparameters: typing.Any) -> tuple[Network, "
                "numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64], "
                "numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.int64]] | None"),
        "A usual step from an unread state; None if the usual way must do it.");
  m.def("short_step", &short_step, nb::arg("network"), nb::arg("u").none(), nb::arg("phase").none(),
        nb::arg("noise").none(),
        nb::sig("def short_step(network: Network, u: object | None, phase: object, noise: object) -> "
                "numpy.typing.NDArray[numpy.int8] | None"),
        "A usual step in place; None if the usual way must do it.");
}

}  // namespace sorn::python

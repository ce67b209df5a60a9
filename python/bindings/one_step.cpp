#include "bindings.hpp"
#include "numpy.hpp"

#include <structmember.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
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
  if (PyFloat_CheckExact(value) != 0) return PyFloat_AsDouble(value);
  if (PyLong_CheckExact(value) == 0) return {};
  int overflow = 0;
  const long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
  constexpr long long exact = 1LL << 53;
  if (overflow != 0 || number > exact || number < -exact) return {};
  return static_cast<double>(number);
}

/// The arguments that the quick way knows; null if they were not given. All are borrowed.
struct StepArguments {
  enum Known : std::uint8_t { inputs, phase, matrices, time_steps, noise, state, timesteps, count };
  static constexpr std::array<const char*, count> names = {"inputs", "phase", "matrices", "time_steps",
                                                           "noise",  "state", "timesteps"};
  static constexpr std::size_t positional = state;

  std::array<PyObject*, count> values{};

  /// The value of one of two names of an argument; null if both were given.
  PyObject* either(Known one, Known other) const {
    const auto given = [&](Known name) { return values[name] != nullptr && values[name] != Py_None; };
    if (given(one) && given(other)) return nullptr;
    return given(other) ? values[other] : values[one] == nullptr ? Py_None : values[one];
  }
};

/// Objects of Python that live as long as the interpreter. They never change, so that many threads can use them.
struct Names {
  std::array<PyObject*, StepArguments::count> arguments{};  // those of StepArguments
  std::vector<PyObject*> parameters;                        // those of the table of hyperparameters, in its order
  PyObject* network = PyUnicode_InternFromString("_network");
  PyObject* nothing = PyTuple_New(0);

  Names() {
    std::transform(StepArguments::names.begin(), StepArguments::names.end(), arguments.begin(),
                   PyUnicode_InternFromString);
    for (const ParameterInfo& row : parameter_table())
      parameters.push_back(PyUnicode_InternFromString(row.name.data()));
  }
};

/// bind_one_step() makes them, so that no thread waits for another that does this.
const Names& names() {
  static const auto* const all = new Names;  // not destroyed after the interpreter
  return *all;
}

/// Which of StepArguments has this name; `count` if none. Names of keyword arguments are the same objects in each call.
StepArguments::Known argument_named(PyObject* name) {
  const auto& all = names().arguments;
  return static_cast<StepArguments::Known>(std::find(all.begin(), all.end(), name) - all.begin());
}

/// The row of a hyperparameter; null if there is none.
const ParameterInfo* row_for(PyObject* name) {
  const std::vector<PyObject*>& all = names().parameters;
  auto row = std::find(all.begin(), all.end(), name);
  if (row == all.end()) {  // a name that was read from a file, say, is an object of its own
    PyObject* interned = Py_NewRef(name);
    PyUnicode_InternInPlace(&interned);
    row = std::find(all.begin(), all.end(), interned);
    Py_DECREF(interned);
  }
  return row == all.end() ? nullptr : &parameter_table()[static_cast<std::size_t>(row - all.begin())];
}

/// Whether a keyword argument is a hyperparameter whose value is a number, and that of the network already.
bool changes_nothing(PyObject* key, PyObject* value, const Parameters& parameters) {
  const std::optional<double> given = plain_number(value);
  const ParameterInfo* const row = given ? row_for(key) : nullptr;
  if (row == nullptr) return false;
  if (const auto* const whole = std::get_if<std::size_t Parameters::*>(&row->field)) {
    return static_cast<double>(parameters.**whole) == *given;
  }
  const auto* const real = std::get_if<double Parameters::*>(&row->field);
  return real != nullptr && parameters.**real == *given;
}

/// Whether all entries of a state are `unread`, so that it is the network.
bool is_unread(PyObject* state, PyObject* unread) {
  const nb::ft_object_guard guard(state);  // another thread may read an entry
  PyObject* key = nullptr;
  PyObject* value = nullptr;
  Py_ssize_t place = 0;
  Py_ssize_t count = 0;
  while (PyDict_Next(state, &place, &key, &value) != 0) {
    if (value != unread) return false;
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

/// simulate_sorn() or train_sorn(): a function of Python that does everything, and before it the one call that an agent
/// makes again and again: one step from a state that nobody has read. Looks like the function from outside.
struct AgentCall {
  PyObject ob_base;  ///< as the head of each object
  vectorcallfunc vectorcall;
  PyObject* function;
  PyObject* state_type;
  PyObject* entries;  ///< of a new state: a dictionary of entries that are `unread`
  PyObject* unread;
  PyObject* phase;  ///< by default
};

/// Does a usual step. @returns what the call returns; null: something is unusual, and the function must do the step, or
/// refuse it
nb::object quick_step(const AgentCall& call, PyObject* const* positional, std::size_t count, PyObject* keywords) {
  StepArguments given;
  if (count > StepArguments::positional) return {};
  std::copy(positional, positional + count, given.values.begin());
  const std::size_t named = keywords == nullptr ? 0 : static_cast<std::size_t>(PyTuple_Size(keywords));
  std::array<std::size_t, 40> others{};  // hyperparameters
  std::size_t other_count = 0;
  for (std::size_t k = 0; k < named; ++k) {
    const auto name = argument_named(PyTuple_GetItem(keywords, static_cast<Py_ssize_t>(k)));
    if (name == StepArguments::count) {
      if (other_count == others.size()) return {};
      others[other_count++] = k;
      continue;
    }
    if (given.values[name] != nullptr) return {};  // twice
    given.values[name] = positional[count + k];
  }

  PyObject* const state = given.either(StepArguments::matrices, StepArguments::state);
  PyObject* const steps = given.either(StepArguments::time_steps, StepArguments::timesteps);
  PyObject* const inputs = given.values[StepArguments::inputs];
  const bool has_inputs = inputs != nullptr && inputs != Py_None;
  if (state == nullptr || steps == nullptr || nb::handle(state).type().ptr() != call.state_type) return {};
  if (steps == Py_None ? !has_inputs : PyLong_CheckExact(steps) == 0 || PyLong_AsLong(steps) != 1) {
    if (PyErr_Occurred() != nullptr) PyErr_Clear();
    return {};
  }
  RunOptions options;
  const auto or_default = [](PyObject* value, PyObject* usual) { return value == nullptr ? usual : value; };
  if (!read_options(or_default(given.values[StepArguments::phase], call.phase),
                    or_default(given.values[StepArguments::noise], Py_True), options) ||
      !is_unread(state, call.unread)) {
    return {};
  }
  const nb::object held = nb::steal(PyObject_GetAttr(state, names().network));
  if (!held.is_valid()) nb::raise_python_error();
  Network network = nb::cast<const SharedNetwork&>(held).copy();
  const Parameters& p = network.parameters();
  if (!network.rules().empty()) return {};
  for (const std::size_t k : std::span(others).first(other_count)) {
    if (!changes_nothing(PyTuple_GetItem(keywords, static_cast<Py_ssize_t>(k)), positional[count + k], p)) return {};
  }
  std::vector<double> drive;
  if (has_inputs) {
    if (!read_column(inputs, 2, p.nu, drive)) return {};
    options.inputs = {drive.data(), drive.size(), 1, 1, 1};
  }

  const std::size_t ne = p.ne;
  const std::size_t ni = network.state().ni();
  const nb::object excitatory = nb::make_tuple(1, ne);
  auto [E, e] = new_array<double>(excitatory, numpy().float64);
  auto [I, i] = new_array<double>(nb::make_tuple(1, ni), numpy().float64);
  auto [R, r] = new_array<double>(excitatory, numpy().float64);
  auto [C, c] = new_array<std::int64_t>(nb::make_tuple(1), numpy().int64);
  Seen seen(r);
  {
    const nb::gil_scoped_release no_gil;
    network.run(1, options, {&seen});
  }
  std::copy(network.state().x.begin(), network.state().x.end(), e);
  std::copy(network.state().y.begin(), network.state().y.end(), i);
  *c = static_cast<std::int64_t>(seen.ee_count());

  auto* const type = reinterpret_cast<PyTypeObject*>(call.state_type);
  const auto make = reinterpret_cast<newfunc>(PyType_GetSlot(type, Py_tp_new));
  nb::object after = nb::steal(make(type, names().nothing, nullptr));
  const nb::object now = nb::cast(SharedNetwork(std::move(network)));
  if (!after.is_valid() || PyDict_Update(after.ptr(), call.entries) != 0 ||
      PyObject_SetAttr(after.ptr(), names().network, now.ptr()) != 0) {
    nb::raise_python_error();
  }
  return nb::make_tuple(std::move(after), std::move(E), std::move(I), std::move(R), std::move(C));
}

PyObject* call_agent(PyObject* self, PyObject* const* arguments, std::size_t flagged, PyObject* keywords) noexcept {
  const auto& call = *reinterpret_cast<AgentCall*>(self);
  try {
    nb::object done = quick_step(call, arguments, static_cast<std::size_t>(PyVectorcall_NARGS(flagged)), keywords);
    if (done.is_valid()) return done.release().ptr();
  } catch (nb::python_error& error) {
    error.restore();
    return nullptr;
  } catch (const std::exception&) {
    // The function finds the same error, and says more.
  }
  return PyObject_Vectorcall(call.function, arguments, flagged, keywords);
}

/// Attributes are those of the function, apart from the few that say what the object really is.
PyObject* attribute_of_call(PyObject* self, PyObject* name) noexcept {
  auto* const function = reinterpret_cast<AgentCall*>(self)->function;
  if (is_text(name, "__wrapped__")) return Py_NewRef(function);
  for (const char* const own : {"__reduce__", "__reduce_ex__", "__get__", "__call__"}) {
    if (is_text(name, own)) return PyObject_GenericGetAttr(self, name);
  }
  return PyObject_GetAttr(function, name);
}

/// As a static method: the same from a class and from its instances.
PyObject* get_call(PyObject* self, PyObject* /*instance*/, PyObject* /*type*/) noexcept { return Py_NewRef(self); }

PyObject* reduce_call(PyObject* self, PyObject* /*unused*/) noexcept {
  return PyObject_GetAttrString(self, "__qualname__");
}

PyObject* repr_of_call(PyObject* self) noexcept { return PyObject_Repr(reinterpret_cast<AgentCall*>(self)->function); }

PyObject* doc_of_call(PyObject* self, void* /*unused*/) noexcept {
  return PyObject_GetAttrString(reinterpret_cast<AgentCall*>(self)->function, "__doc__");
}

int visit_call(PyObject* self, visitproc visit, void* arg) noexcept {
  const auto& call = *reinterpret_cast<AgentCall*>(self);
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(call.function);
  Py_VISIT(call.state_type);
  Py_VISIT(call.entries);
  return 0;
}

int clear_call(PyObject* self) noexcept {
  auto& call = *reinterpret_cast<AgentCall*>(self);
  Py_CLEAR(call.function);
  Py_CLEAR(call.state_type);
  Py_CLEAR(call.entries);
  Py_CLEAR(call.unread);
  Py_CLEAR(call.phase);
  return 0;
}

void free_call(PyObject* self) noexcept {
  PyTypeObject* const type = Py_TYPE(self);
  PyObject_GC_UnTrack(self);
  clear_call(self);
  PyObject_GC_Del(self);
  Py_DECREF(type);
}

/// The type of AgentCall. nanobind's own types cannot be called without packing their arguments first.
PyTypeObject* call_type() {
  static std::array<PyMemberDef, 2> members{
      {{"__vectorcalloffset__", T_PYSSIZET, offsetof(AgentCall, vectorcall), READONLY, nullptr}, {}}};
  static std::array<PyMethodDef, 2> methods{{{"__reduce__", reduce_call, METH_NOARGS, nullptr}, {}}};
  // help() looks for it without the function's attributes.
  static std::array<PyGetSetDef, 2> values{{{"__doc__", doc_of_call, nullptr, nullptr, nullptr}, {}}};
  static std::array<PyType_Slot, 12> slots{{{Py_tp_call, reinterpret_cast<void*>(PyVectorcall_Call)},
                                            {Py_tp_getattro, reinterpret_cast<void*>(attribute_of_call)},
                                            {Py_tp_descr_get, reinterpret_cast<void*>(get_call)},
                                            {Py_tp_repr, reinterpret_cast<void*>(repr_of_call)},
                                            {Py_tp_members, members.data()},
                                            {Py_tp_methods, methods.data()},
                                            {Py_tp_getset, values.data()},
                                            {Py_tp_traverse, reinterpret_cast<void*>(visit_call)},
                                            {Py_tp_clear, reinterpret_cast<void*>(clear_call)},
                                            {Py_tp_dealloc, reinterpret_cast<void*>(free_call)},
                                            {}}};
  static PyType_Spec spec{"sorn._core.AgentCall", sizeof(AgentCall), 0,
                          Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL, slots.data()};
  static PyObject* const type = PyType_FromSpec(&spec);
  return reinterpret_cast<PyTypeObject*>(type);
}

nb::object agent_call(nb::handle function, nb::handle state_type, nb::handle entries, nb::handle unread,
                      nb::handle phase) {
  PyTypeObject* const type = call_type();
  if (type == nullptr) nb::raise_python_error();
  auto* const call = PyObject_GC_New(AgentCall, type);
  if (call == nullptr) nb::raise_python_error();
  call->vectorcall = call_agent;
  call->function = Py_NewRef(function.ptr());
  call->state_type = Py_NewRef(state_type.ptr());
  call->entries = Py_NewRef(entries.ptr());
  call->unread = Py_NewRef(unread.ptr());
  call->phase = Py_NewRef(phase.ptr());
  PyObject_GC_Track(reinterpret_cast<PyObject*>(call));
  return nb::steal(reinterpret_cast<PyObject*>(call));
}

/// The same for a network that keeps its state. @returns the new excitatory activity, or None
nb::object short_step(SharedNetwork& self, nb::handle u, nb::handle phase, nb::handle noise) {
  RunOptions options;
  if (!read_options(phase, noise, options)) return nb::none();
  struct Known {
    bool has_rules;
    std::size_t ne, nu;
  };
  const Known known = self.read([](const Network& network) {
    return Known{!network.rules().empty(), network.parameters().ne, network.parameters().nu};
  });
  if (known.has_rules) return nb::none();
  std::vector<double> drive;
  if (!u.is_none()) {
    if (!read_column(u, 1, known.nu, drive)) return nb::none();
    options.inputs = {drive.data(), drive.size(), 1, 1, 1};
  }
  auto [spikes, x] = new_array<std::int8_t>(nb::int_(known.ne), numpy().int8);
  self.change_long([&, to = x](Network& network) {
    network.run(1, options);
    std::copy(network.state().x.begin(), network.state().x.end(), to);
  });
  return std::move(spikes);
}

}  // namespace

void bind_one_step(nb::module_& m) {
  names();
  m.def("agent_call", &agent_call, nb::arg("function"), nb::arg("state_type"), nb::arg("entries"), nb::arg("unread"),
        nb::arg("phase"),
        nb::sig("def agent_call(function: typing.Any, state_type: type, entries: dict[str, typing.Any], "
                "unread: object, phase: str) -> typing.Any"),
        "The function, which is not entered for one usual step from an unread state.");
  m.def("short_step", &short_step, nb::arg("network"), nb::arg("u").none(), nb::arg("phase").none(),
        nb::arg("noise").none(),
        nb::sig("def short_step(network: Network, u: object | None, phase: object, noise: object) -> "
                "numpy.typing.NDArray[numpy.int8] | None"),
        "A usual step in place; None if the usual way must do it.");
}

}  // namespace sorn::python

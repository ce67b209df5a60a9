#include "own_rule.hpp"

#include "address_rule.hpp"
#include "bindings.hpp"

#include "core/own_rule.hpp"
#include "core/rule.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>
#include <sorn/rule_library.hpp>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>

namespace sorn::python {

namespace {

using InitialMemory = nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Whole = nb::ndarray<const std::int64_t, nb::ndim<1>, nb::device::cpu>;

/// What the views of one call share: they end with it.
struct Call {
  RuleView* view = nullptr;  // null: the function has returned
  std::string rule_name;
  Changes changes;
  nb::object memory{};                 // an array that the rule may write into, once it was read
  std::array<nb::object, 8> arrays{};  // those that do not change during the call, once they were read
  std::thread::id thread = std::this_thread::get_id();

  RuleView& part() const {
    if (std::this_thread::get_id() != thread) {
      throw StateError(formatted("a view of the rule '{}' is used in another thread", rule_name),
                       "a rule sees a part of the network only in the thread that calls it",
                       "give the other thread the arrays that it needs");
    }
    if (view != nullptr) return *view;
    throw StateError(formatted("a view of the rule '{}' is used after the call", rule_name),
                     "a rule sees a part of the network only while it is called", "copy the values that you keep");
  }
};

/// A number, or an array without dimensions.
bool is_scalar(nb::handle value) {
  if (nb::hasattr(value, "ndim")) return value.attr("ndim").equal(nb::int_(0));
  return PyNumber_Check(value.ptr()) != 0;
}

std::int64_t whole_number(nb::handle value) {
  const nb::object index = nb::steal(PyNumber_Index(value.ptr()));
  if (!index.is_valid()) throw nb::python_error();
  const long long number = PyLong_AsLongLong(index.ptr());
  if (number == -1 && PyErr_Occurred() != nullptr) throw nb::python_error();
  return number;
}

double real_number(nb::handle value) {
  const double number = PyFloat_AsDouble(value.ptr());
  if (number == -1.0 && PyErr_Occurred() != nullptr) throw nb::python_error();
  return number;
}

nb::object as_array(nb::handle value) { return nb::module_::import_("numpy").attr("asarray")(value); }

/// Numbers of units or synapses.
Whole whole_numbers(const char* name, nb::handle value) {
  const nb::object array = as_array(value);
  const auto kind = nb::cast<std::string>(array.attr("dtype").attr("kind"));
  if ((kind != "i" && kind != "u" && nb::len(array) != 0) || !array.attr("ndim").equal(nb::int_(1))) {
    throw nb::type_error(
        formatted("{} must be a whole number or an array of them; numpy.flatnonzero() makes one of a mask", name)
            .c_str());
  }
  return nb::cast<Whole>(array.attr("astype")("int64"));
}

/// A number for each of `count` units or synapses: one for all, or an array.
class Numbers {
public:
  Numbers(const char* name, nb::handle value, std::size_t count) {
    Array1 array;
    if (!nb::try_cast<Array1>(value, array, false)) {
      if (is_scalar(value)) {
        one_ = real_number(value);
        return;
      }
      const nb::object converted = as_array(value).attr("astype")("float64");
      if (!converted.attr("ndim").equal(nb::int_(1))) {
        throw ShapeError(formatted("{} has {} dimensions", name, nb::cast<int>(converted.attr("ndim"))),
                         "must be a number or an array of one dimension");
      }
      array = nb::cast<Array1>(converted);
    }
    if (array.size() != count) {
      throw ShapeError(formatted("{} has {} values", name, array.size()), formatted("must have {}", count));
    }
    all_ = std::move(array);
  }
  double operator[](std::size_t k) const { return all_ ? (*all_)(k) : one_; }

private:
  double one_ = 0.0;
  std::optional<Array1> all_;
};

/// Activity is signed, as everywhere in Python.
template <class T>
nb::object read_only_copy(std::span<const T> values) {
  using Element = std::conditional_t<std::is_same_v<T, std::uint8_t>, std::int8_t, T>;
  auto* const kept = new std::vector<Element>(values.begin(), values.end());
  const nb::capsule owner(kept, [](void* p) noexcept { delete static_cast<std::vector<Element>*>(p); });
  return nb::ndarray<nb::numpy, const Element, nb::ndim<1>>(kept->data(), {kept->size()}, owner).cast();
}

/// One matrix of a part.
class Synapses {
public:
  Synapses(std::shared_ptr<Call> call, bool is_wee) : call_(std::move(call)), is_wee_(is_wee) {}

  std::size_t n_pre() const { return matrix().n_pre(); }
  nb::object pre_of(std::int64_t post) const { return read_only_copy(matrix().pre_of(checked(post))); }
  nb::object weights_of(std::int64_t post) const { return read_only_copy(matrix().weights_of(checked(post))); }

  double weight(std::int64_t given_post, std::int64_t k) const {
    const std::size_t post = checked(given_post);
    return matrix().weights_of(post)[checked_synapse(post, k, "asks for")];
  }

  nb::object synapses_from(std::int64_t pre) const {
    if (pre < 0 || static_cast<std::size_t>(pre) >= n_pre()) {
      throw RuleError(formatted("the rule '{}' asks for synapses of {} from unit {} in step {}", call_->rule_name,
                                name(), pre, call_->part().step),
                      formatted("must be below {}", n_pre()));
    }
    std::vector<std::uint64_t> words;
    for (const Outgoing synapse : matrix().from(static_cast<std::size_t>(pre))) words.push_back(synapse.packed);
    return read_only_copy(std::span<const std::uint64_t>(words));
  }

  nb::object post_of(nb::handle synapse) const {
    return for_each_of<std::int64_t>(synapse,
                                     [&](Outgoing one) { return static_cast<std::int64_t>(matrix().post(one)); });
  }
  nb::object weight_of(nb::handle synapse) const {
    return for_each_of<double>(synapse, [&](Outgoing one) { return matrix().weight(one); });
  }

  void set_of(nb::handle synapse, nb::handle weight) const {
    const bool one = is_scalar(synapse);
    const std::vector<Outgoing> synapses = one ? std::vector{word(synapse)} : words(synapse);
    const Numbers weights("w", weight, synapses.size());
    for (std::size_t i = 0; i < synapses.size(); ++i) {
      if (may_change() && matrix().weight(synapses[i]) == weights[i]) continue;
      matrix().set(synapses[i], weights[i]);
    }
  }

  void set(std::int64_t given_post, nb::handle k, nb::handle weight) const {
    const std::size_t post = checked(given_post);
    if (is_scalar(k)) return put(post, whole_number(k), Numbers("w", weight, 1)[0]);
    const Whole synapses = whole_numbers("k", k);
    const Numbers weights("w", weight, synapses.size());
    for (std::size_t i = 0; i < synapses.size(); ++i) put(post, synapses(i), weights[i]);
  }

  void set_weights(std::int64_t given_post, nb::handle weights) const {
    const std::size_t post = checked(given_post);
    const std::size_t count = matrix().pre_of(post).size();
    const Numbers values("weights", weights, count);
    for (std::size_t k = 0; k < count; ++k) put(post, static_cast<std::int64_t>(k), values[k]);
  }

  void make(std::int64_t pre, std::int64_t post, double weight) const {
    if (pre < 0 || post < 0) {
      throw RuleError(formatted("the rule '{}' makes {}[{}][{}] = {} in step {}", call_->rule_name, name(), pre, post,
                                weight, call_->part().step),
                      "units are numbered from 0");
    }
    matrix().make(static_cast<std::size_t>(pre), static_cast<std::size_t>(post), weight);
  }

private:
  PartSynapses& matrix() const { return is_wee_ ? call_->part().wee : call_->part().wei; }
  std::string_view name() const { return is_wee_ ? "W_EE" : "W_EI"; }
  bool may_change() const { return is_wee_ ? call_->changes.wee : call_->changes.wei; }

  std::size_t checked(std::int64_t post) const {
    const UnitRange units = matrix().posts();
    if (post >= 0 && units.contains(static_cast<std::size_t>(post))) return static_cast<std::size_t>(post);
    throw RuleError(formatted("the rule '{}' asks for synapses of {} onto unit {} in step {}", call_->rule_name, name(),
                              post, call_->part().step),
                    formatted("must be a unit of the part, from {} to {}", units.begin, units.end - 1));
  }

  std::size_t checked_synapse(std::size_t post, std::int64_t k, const char* verb) const {
    const std::size_t count = matrix().pre_of(post).size();
    if (k >= 0 && static_cast<std::size_t>(k) < count) return static_cast<std::size_t>(k);
    throw RuleError(formatted("the rule '{}' {} synapse {} of {} onto unit {} in step {}", call_->rule_name, verb, k,
                              name(), post, call_->part().step),
                    formatted("it has {} synapses, numbered from 0", count));
  }

  void put(std::size_t post, std::int64_t k, double weight) const {
    PartSynapses& synapses = matrix();
    const std::size_t index = checked_synapse(post, k, "sets");
    // Columns that do not change need no further work.
    if (may_change() && synapses.weights_of(post)[index] == weight) return;
    synapses.set(post, index, weight);
  }

  Outgoing checked_word(std::uint64_t packed) const {
    const Outgoing synapse{packed};
    if (matrix().has(synapse)) return synapse;
    throw RuleError(formatted("the rule '{}' takes {} for a synapse of {} in step {}", call_->rule_name, packed, name(),
                              call_->part().step),
                    "must be one of synapses_from() in this call");
  }

  Outgoing word(nb::handle synapse) const {
    const nb::object index = nb::steal(PyNumber_Index(synapse.ptr()));
    if (!index.is_valid()) throw nb::python_error();
    const unsigned long long packed = PyLong_AsUnsignedLongLongMask(index.ptr());
    if (PyErr_Occurred() != nullptr) throw nb::python_error();
    return checked_word(packed);
  }

  std::vector<Outgoing> words(nb::handle synapses) const {
    const Whole numbers = whole_numbers("synapse", synapses);
    std::vector<Outgoing> found;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      found.push_back(checked_word(static_cast<std::uint64_t>(numbers(i))));
    }
    return found;
  }

  /// A value of one synapse, or an array of those of several.
  template <class T, class Value>
  nb::object for_each_of(nb::handle synapse, const Value& value) const {
    if (is_scalar(synapse)) return nb::cast(value(word(synapse)));
    std::vector<T> values;
    for (const Outgoing one : words(synapse)) values.push_back(value(one));
    const std::size_t count = values.size();
    return numpy_array(std::move(values), {count});
  }

  std::shared_ptr<Call> call_;
  bool is_wee_;
};

/// A RuleView for Python, whose arrays are copies.
class PartView {
public:
  explicit PartView(std::shared_ptr<Call> call) : call_(std::move(call)) {}

  RuleView& part() const { return call_->part(); }

  /// A copy that is written back after the call.
  nb::object memory() const {
    const RuleView& view = part();
    if (view.memory_width == 0) {
      throw StateError(formatted("the rule '{}' has no memory", call_->rule_name), "it keeps nothing from step to step",
                       "@sorn.rule(memory=1) keeps a number for each unit");
    }
    if (!call_->memory.is_valid()) {
      call_->memory = numpy_array(std::vector<double>(view.memory.begin(), view.memory.end()),
                                  {view.units.size(), view.memory_width});
    }
    return call_->memory;
  }
  void set_memory(nb::handle values) const { memory().attr("__setitem__")(nb::ellipsis(), values); }

  Synapses synapses(bool is_wee) const {
    call_->part();
    return {call_, is_wee};
  }

  /// A copy that is made once in a call.
  template <class T>
  nb::object kept(std::size_t place, std::span<const T> values) const {
    nb::object& array = call_->arrays[place];
    if (!array.is_valid()) array = read_only_copy(values);
    return array;
  }

  void set_te(nb::handle unit, nb::handle value) const {
    if (is_scalar(unit)) return set_one_te(whole_number(unit), Numbers("value", value, 1)[0]);
    const Whole units = whole_numbers("unit", unit);
    const Numbers values("value", value, units.size());
    for (std::size_t i = 0; i < units.size(); ++i) set_one_te(units(i), values[i]);
  }

  double te_of(std::int64_t unit) const {
    const UnitRange units = part().units;
    if (unit >= 0 && units.contains(static_cast<std::size_t>(unit))) {
      return part().te[static_cast<std::size_t>(unit) - units.begin];
    }
    throw RuleError(formatted("the rule '{}' asks for T_E[{}] in step {}", call_->rule_name, unit, part().step),
                    formatted("must be a unit of the part, from {} to {}", units.begin, units.end - 1));
  }

  nb::object uniform(nb::handle unit, std::uint32_t draw) const {
    const auto draw_for = [&](std::int64_t one) {
      if (one < 0 || one > std::numeric_limits<std::uint32_t>::max()) {
        throw ParameterError(formatted("unit = {}", one), "must be from 0 to 2^32 - 1");
      }
      return part().uniform(static_cast<std::uint32_t>(one), draw);
    };
    if (is_scalar(unit)) return nb::float_(draw_for(whole_number(unit)));
    const Whole units = whole_numbers("unit", unit);
    std::vector<double> numbers(units.size());
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = draw_for(units(i));
    const std::size_t count = numbers.size();
    return numpy_array(std::move(numbers), {count});
  }

private:
  void set_one_te(std::int64_t unit, double value) const {
    if (unit < 0) {
      throw RuleError(formatted("the rule '{}' sets T_E[{}] in step {}", call_->rule_name, unit, part().step),
                      "must be a unit of the part");
    }
    part().set_te(static_cast<std::size_t>(unit), value);
  }

  std::shared_ptr<Call> call_;
};

/// The names in an order that no table has become names of users' own rules.
void know_rules(const std::vector<std::string>& order) {
  for (const std::string& one : order) {
    if (!names_known_stage(one)) Rule::own(one);
  }
}

void bind_view(nb::module_& m) {
  nb::class_<Synapses>(m, "PartSynapses", "The synapses of one matrix onto the units of a part, in a call of a rule.")
      .def_prop_ro("n_pre", &Synapses::n_pre, "The number of presynaptic units.")
      .def("pre_of", &Synapses::pre_of, nb::arg("post"),
           nb::sig("def pre_of(self, post: int) -> numpy.typing.NDArray[numpy.uint32]"),
           "The presynaptic units of a unit of the part, ascending. Read-only.")
      .def("weights_of", &Synapses::weights_of, nb::arg("post"),
           nb::sig("def weights_of(self, post: int) -> numpy.typing.NDArray[numpy.float64]"),
           "The weights of these synapses as they are now. A read-only copy.")
      .def("weight", &Synapses::weight, nb::arg("post"), nb::arg("k"),
           "The weight of synapse `k` of a unit, as :meth:`pre_of` numbers them.")
      .def("synapses_from", &Synapses::synapses_from, nb::arg("pre"),
           nb::sig("def synapses_from(self, pre: int) -> numpy.typing.NDArray[numpy.uint64]"),
           "The synapses of any presynaptic unit onto units of the part, in no particular order: words for "
           ":meth:`post_of`, :meth:`weight_of` and :meth:`set_of` in the same call. None if the matrix is static.")
      .def("post_of", &Synapses::post_of, nb::arg("synapse"),
           nb::sig("def post_of(self, synapse: int | numpy.typing.NDArray[numpy.uint64]) -> typing.Any"),
           "The unit that a synapse of :meth:`synapses_from` leads to, or those of several.")
      .def("weight_of", &Synapses::weight_of, nb::arg("synapse"),
           nb::sig("def weight_of(self, synapse: int | numpy.typing.NDArray[numpy.uint64]) -> typing.Any"),
           "The weight of such a synapse, or those of several.")
      .def("set_of", &Synapses::set_of, nb::arg("synapse"), nb::arg("w"),
           nb::sig("def set_of(self, synapse: int | numpy.typing.NDArray[numpy.uint64], w: float | "
                   "numpy.typing.NDArray[numpy.floating[typing.Any]]) -> None"),
           "Sets the weight of such a synapse, or those of several, as :meth:`set` does.")
      .def("set", &Synapses::set, nb::arg("post"), nb::arg("k"), nb::arg("w"),
           nb::sig("def set(self, post: int, k: int | numpy.typing.NDArray[numpy.integer[typing.Any]], w: float | "
                   "numpy.typing.NDArray[numpy.floating[typing.Any]]) -> None"),
           "Sets the weight of synapse `k` of a unit, as :meth:`pre_of` numbers them; `k` and `w` may be arrays. "
           "Weights are finite and at least 0. A weight of 0 removes the synapse after the rule, except from a W_EE "
           "with synapses that rest at 0 (`keep_zero`).")
      .def("set_weights", &Synapses::set_weights, nb::arg("post"), nb::arg("weights"),
           nb::sig("def set_weights(self, post: int, weights: float | "
                   "numpy.typing.NDArray[numpy.floating[typing.Any]]) -> None"),
           "Sets the weights of all synapses of a unit, in the order of :meth:`weights_of`.")
      .def("make", &Synapses::make, nb::arg("pre"), nb::arg("post"), nb::arg("w"),
           nb::sig("def make(self, pre: int, post: int, w: float) -> None"),
           "Makes a synapse after the rule, or sets the weight of the one that exists. `w` is finite and above 0.");

  nb::class_<PartView>(m, "RuleView",
                       "What a rule of your own sees in a step: a part of the network. It can be used during the call "
                       "only. Arrays are read-only copies, which may be kept.")
      .def_prop_ro(
          "step", [](const PartView& s) { return s.part().step; }, "Number of the step.")
      .def_prop_ro(
          "units",
          [](const PartView& s) {
            const UnitRange units = s.part().units;
            return nb::module_::import_("builtins").attr("range")(units.begin, units.end);
          },
          nb::sig("def units(self) -> range"), "The excitatory units of the part.")
      .def_prop_ro(
          "x", [](const PartView& s) { return s.kept(0, s.part().x); },
          nb::sig("def x(self) -> numpy.typing.NDArray[numpy.int8]"), "Excitatory activity before the step, (ne,).")
      .def_prop_ro(
          "next_x", [](const PartView& s) { return s.kept(1, s.part().next_x); },
          nb::sig("def next_x(self) -> numpy.typing.NDArray[numpy.int8]"), "The new excitatory activity x', (ne,).")
      .def_prop_ro(
          "y", [](const PartView& s) { return s.kept(2, s.part().y); },
          nb::sig("def y(self) -> numpy.typing.NDArray[numpy.int8]"), "Inhibitory activity before the step, (ni,).")
      .def_prop_ro(
          "next_y", [](const PartView& s) { return s.kept(3, s.part().next_y); },
          nb::sig("def next_y(self) -> numpy.typing.NDArray[numpy.int8]"), "The new inhibitory activity y', (ni,).")
      .def_prop_ro(
          "active_x", [](const PartView& s) { return s.kept(4, s.part().active_x); },
          nb::sig("def active_x(self) -> numpy.typing.NDArray[numpy.uint32]"), "The units that fire in x, ascending.")
      .def_prop_ro(
          "active_next_x", [](const PartView& s) { return s.kept(5, s.part().active_next_x); },
          nb::sig("def active_next_x(self) -> numpy.typing.NDArray[numpy.uint32]"),
          "The units that fire in x', ascending.")
      .def_prop_ro(
          "active_y", [](const PartView& s) { return s.kept(6, s.part().active_y); },
          nb::sig("def active_y(self) -> numpy.typing.NDArray[numpy.uint32]"), "The units that fire in y, ascending.")
      .def_prop_ro(
          "target", [](const PartView& s) { return s.kept(7, s.part().target); },
          nb::sig("def target(self) -> numpy.typing.NDArray[numpy.float64]"),
          "The target rate of each unit of the part.")
      .def_prop_ro(
          "te", [](const PartView& s) { return read_only_copy(s.part().te); },
          nb::sig("def te(self) -> numpy.typing.NDArray[numpy.float64]"),
          "The threshold of each unit of the part as it is now.")
      .def_prop_ro(
          "wee", [](const PartView& s) { return s.synapses(true); }, "The synapses of W_EE onto these units.")
      .def_prop_ro(
          "wei", [](const PartView& s) { return s.synapses(false); }, "The synapses of W_EI onto these units.")
      .def_prop_ro(
          "parameters",
          [](const PartView& s) {
            return nb::module_::import_("sorn._parameters").attr("Parameters").attr("_of")(s.part().parameters);
          },
          nb::sig("def parameters(self) -> sorn._parameters.Parameters"), "The hyperparameters of the network.")
      .def_prop_rw(
          "memory", &PartView::memory, &PartView::set_memory,
          nb::for_getter(nb::sig("def memory(self) -> numpy.typing.NDArray[numpy.float64]")),
          nb::for_setter(nb::sig("def memory(self, values: numpy.typing.ArrayLike, /) -> None")),
          "The numbers that the rule keeps from step to step, with a row for each unit of the part, (units, k). They "
          "may be changed in place, or set; after the call the network has them.")
      .def("te_of", &PartView::te_of, nb::arg("unit"), "The threshold of one unit of the part as it is now.")
      .def("set_te", &PartView::set_te, nb::arg("unit"), nb::arg("value"),
           nb::sig("def set_te(self, unit: int | range | list[int] | "
                   "numpy.typing.NDArray[numpy.integer[typing.Any]], value: float | "
                   "numpy.typing.NDArray[numpy.floating[typing.Any]]) -> None"),
           "Sets the finite threshold of a unit of the part, or of each of several.")
      .def(
          "signal", [](const PartView& s, const std::string& name) { return s.part().signal(name); }, nb::arg("name"),
          "The value of a signal of the run in this step; None if the run has none of this name.")
      .def("uniform", &PartView::uniform, nb::arg("unit"), nb::arg("draw") = 0,
           nb::sig("def uniform(self, unit: int | range | list[int] | "
                   "numpy.typing.NDArray[numpy.integer[typing.Any]], draw: int = 0) -> typing.Any"),
           "A random number in (0, 1), or one for each of several units. It depends only on the seed of the network, "
           "the name of the rule, the step, `unit` and `draw`.");
}

/// Calls a function of Python with a PartView for each part and step. Threads take the GIL for the call.
class FunctionRule final : public DescribedRule {
public:
  /// @param function  takes a PartView
  FunctionRule(RuleDescription description, nb::object function)
      : DescribedRule(std::move(description)), function_(std::move(function)) {}

  void apply(RuleView& part) const override {
    if (part.units.begin == part.units.end) return;
    const nb::gil_scoped_acquire gil;
    const auto call = std::make_shared<Call>(Call{&part, std::string(name()), changes()});
    const struct End {
      Call& call;
      ~End() { call.view = nullptr; }
    } end{*call};
    const nb::object view = nb::cast(PartView(call));
    function_(view);
    if (!call->memory.is_valid()) return;
    const auto kept = nb::cast<InitialMemory>(call->memory);
    if (kept.size() == part.memory.size()) std::copy_n(kept.data(), kept.size(), part.memory.begin());
  }

private:
  nb::object function_;
};

std::vector<RuleValue> values_of(const nb::dict& values) {
  std::vector<RuleValue> numbers;
  for (const auto& [key, value] : values) numbers.push_back({nb::cast<std::string>(key), nb::cast<double>(value)});
  return numbers;
}

/// The words of a rule that Python describes: `changes`.
nb::tuple words_of(const Changes& changes) {
  nb::list words;
  if (changes.wee) words.append("WEE");
  if (changes.wei) words.append("WEI");
  if (changes.te) words.append("TE");
  return nb::tuple(words);
}

/// The numbers that a library keeps for each unit, as the argument `memory` of Python has it.
nb::object memory_of(const OwnRule& rule) {
  const auto width = [&](std::size_t ne) { return rule.memory_width({.ne = ne}); };
  if (width(3) == 3 && width(5) == 5) return nb::str("pairs");
  return nb::int_(width(3));
}

void bind_code(nb::module_& m) {
  nb::class_<RuleDescription>(m, "RuleDescription", "What the engine knows of a rule.")
      .def(
          "__init__",
          [](RuleDescription* self, std::string name, bool wee, bool wei, bool te, std::size_t most_new,
             const nb::dict& values, std::vector<std::string> needs, std::size_t memory_width, bool memory_of_pairs,
             const std::optional<InitialMemory>& initial_memory) {
            RuleDescription given{.name = std::move(name),
                                  .changes = {.te = te, .wee = wee, .wei = wei},
                                  .most_new = most_new,
                                  .values = values_of(values),
                                  .needs = std::move(needs),
                                  .memory = {.width = memory_width, .of_pairs = memory_of_pairs}};
            if (initial_memory) {
              given.memory.width = initial_memory->shape(1);
              given.memory.initial.assign(initial_memory->data(), initial_memory->data() + initial_memory->size());
            }
            new (self) RuleDescription(std::move(given));
          },
          nb::arg("name"), nb::kw_only(), nb::arg("wee"), nb::arg("wei"), nb::arg("te"), nb::arg("most_new"),
          nb::arg("values"), nb::arg("needs"), nb::arg("memory_width"), nb::arg("memory_of_pairs"),
          nb::arg("initial_memory").none(),
          nb::sig("def __init__(self, name: str, *, wee: bool, wei: bool, te: bool, most_new: int, values: dict[str, "
                  "float], needs: collections.abc.Sequence[str], memory_width: int, memory_of_pairs: bool, "
                  "initial_memory: numpy.typing.NDArray[numpy.float64] | None) -> None"));

  nb::class_<RuleCode>(m, "RuleCode", "What a rule does.")
      .def_static(
          "of_function",
          [](const RuleDescription& description, nb::object function) {
            return RuleCode{std::make_shared<FunctionRule>(description, std::move(function)), true};
          },
          nb::arg("description"), nb::arg("function"),
          nb::sig("def of_function(description: RuleDescription, function: collections.abc.Callable[[RuleView], "
                  "object]) -> RuleCode"),
          "A function that is called with a view of each part in each step.")
      .def_static(
          "of_library",
          [](const std::filesystem::path& library, const nb::dict& values) {
            return RuleCode{load_rule(library, values_of(values))};
          },
          nb::arg("library"), nb::arg("values"),
          nb::sig("def of_library(library: str, values: dict[str, float]) -> RuleCode"),
          "The rule of a shared library.")
      .def_static(
          "at_address",
          [](const RuleDescription& description, std::uint64_t address, nb::object explain) {
            return RuleCode{std::make_shared<AddressRule>(description, address, std::move(explain))};
          },
          nb::arg("description"), nb::arg("address"), nb::arg("explain").none(),
          nb::sig("def at_address(description: RuleDescription, address: int, explain: "
                  "collections.abc.Callable[[BaseException, str, int], BaseException] | None) -> RuleCode"),
          "A function of <sorn/rule.h>, which must be kept as long as the rule lives. `explain` gives an exception of "
          "the function its words, from its name and the step.")
      .def_prop_ro("name", [](const RuleCode& code) { return std::string(code.rule->name()); })
      .def_prop_ro(
          "changes", [](const RuleCode& code) { return words_of(code.rule->changes()); },
          nb::sig("def changes(self) -> tuple[str, ...]"))
      .def_prop_ro("most_new", [](const RuleCode& code) { return code.rule->most_new(); })
      .def_prop_ro(
          "needs", [](const RuleCode& code) { return nb::tuple(nb::cast(code.rule->needs())); },
          nb::sig("def needs(self) -> tuple[str, ...]"), "The signals that it needs.")
      .def_prop_ro(
          "memory", [](const RuleCode& code) { return memory_of(*code.rule); },
          nb::sig("def memory(self) -> int | str"), "The numbers that it keeps for each unit.");
}

}  // namespace

DescribedRule::DescribedRule(RuleDescription description) : description_(std::move(description)) {
  Rule::own(description_.name);
}

std::size_t DescribedRule::memory_width(const Parameters& parameters) const {
  const PythonMemory& memory = description_.memory;
  if (memory.of_pairs) return parameters.ne;
  if (!memory.initial.empty() && memory.initial.size() != memory.width * parameters.ne) {
    throw ShapeError(formatted("the memory of the rule '{}' has {} rows", name(), memory.initial.size() / memory.width),
                     formatted("must have {}, one for each excitatory unit", parameters.ne));
  }
  return memory.width;
}

void DescribedRule::begin_memory(const MemoryStart& start) const {
  const PythonMemory& memory = description_.memory;
  if (memory.initial.empty()) return;
  const std::span initial = std::span(memory.initial).subspan(start.unit * memory.width, memory.width);
  std::copy(initial.begin(), initial.end(), start.memory.begin());
}

std::vector<std::shared_ptr<const OwnRule>> rules_of(const nb::sequence& rules) {
  std::vector<std::shared_ptr<const OwnRule>> own;
  for (const nb::handle rule : rules) own.push_back(nb::cast<std::shared_ptr<PythonRule>>(rule));
  return own;
}

nb::tuple objects_of(const std::vector<std::shared_ptr<const OwnRule>>& rules) {
  nb::list objects;
  for (const auto& rule : rules) {
    const auto* const own = dynamic_cast<const PythonRule*>(rule.get());
    if (own != nullptr) objects.append(nb::find(*own));
  }
  return nb::tuple(objects);
}

bool calls_python(const std::vector<std::shared_ptr<const OwnRule>>& rules) noexcept {
  return std::any_of(rules.begin(), rules.end(), [](const auto& rule) {
    const auto* const own = dynamic_cast<const PythonRule*>(rule.get());
    return own != nullptr && own->calls_python();
  });
}

void bind_own_rule(nb::module_& m) {
  bind_view(m);
  bind_code(m);
  nb::class_<PythonRule>(m, "OwnRule", nb::dynamic_attr(), "A rule of a user's own.")
      .def(nb::init<RuleCode>(), nb::arg("code"))
      .def_prop_ro(
          "values",
          [](const PythonRule& self) {
            nb::dict values;
            for (const RuleValue& value : self.values()) values[nb::str(value.name.c_str())] = value.value;
            return values;
          },
          nb::sig("def values(self) -> dict[str, float]"), "The parameters that are numbers, which files keep.");
  m.def("rule_layout", &rule_layout, nb::sig("def rule_layout() -> dict[str, dict[str, int]]"),
        "The places of the members of sorn_part and sorn_synapses.");
  m.def("rule_functions", &rule_functions, nb::sig("def rule_functions() -> dict[str, int]"),
        "The addresses of functions that compiled rules call.");
  m.def("know_rules", &know_rules, nb::arg("order"),
        "Makes the names in an order that no table has names of users' own rules.");
}

}  // namespace sorn::python

// Gives Python the engine's tables of names and texts.
#include "bindings.hpp"

#include "core/quantity.hpp"
#include "core/rule.hpp"

#include <sorn/recorder.hpp>

#include <string>

namespace sorn::python {

namespace {

nb::list rules() {
  nb::list rows;
  for (const RuleInfo& info : rule_table()) {
    nb::dict row;
    row["name"] = text(info.name);
    row["label"] = text(info.label);
    row["meaning"] = text(info.meaning);
    rows.append(row);
  }
  return rows;
}

nb::list quantities() {
  nb::list rows;
  for (const QuantityInfo& info : quantity_table()) {
    nb::dict row;
    row["name"] = text(info.name);
    row["callback"] = text(info.callback);
    row["kind"] = text(info.kind);
    row["meaning"] = text(info.meaning);
    row["type"] = text(name(info.type()));
    rows.append(row);
  }
  return rows;
}

nb::tuple edges_of(const std::string& quantity) {
  nb::list edges;
  for (const double edge : bin_edges(quantity_named(quantity))) edges.append(edge);
  return nb::tuple(edges);
}

nb::tuple reserved_names() {
  nb::list names;
  for (const std::string_view name : reserved_signal_names()) names.append(text(name));
  return nb::tuple(names);
}

}  // namespace

void bind_tables(nb::module_& m) {
  m.def("rules", &rules, nb::sig("def rules() -> list[dict[str, str]]"),
        "The plasticity rules: name, as `freeze` takes it, label and meaning.");
  m.def("quantities", &quantities, nb::sig("def quantities() -> list[dict[str, str]]"),
        "The quantities that can be recorded: short name, name as a callback, kind ('spikes' …), meaning, and type of "
        "the values ('spike', 'count' or 'real').");
  m.def("bin_edges", &edges_of, nb::arg("name"), nb::sig("def bin_edges(name: str) -> tuple[float, ...]"),
        "The lower edges of the bins of a histogram; empty for other quantities.");
  m.def("reserved_signal_names", &reserved_names, nb::sig("def reserved_signal_names() -> tuple[str, ...]"),
        "The names that no signal can have.");
}

}  // namespace sorn::python

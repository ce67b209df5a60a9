#include "cli/topics.hpp"

#include "cli/experiments.hpp"
#include "cli/formats.hpp"
#include "cli/run.hpp"
#include "config/variant_text.hpp"
#include "core/quantity.hpp"
#include "core/rule.hpp"
#include "support/format.hpp"

#include <sorn/measures.hpp>
#include <sorn/parameters.hpp>
#include <sorn/source_spec.hpp>
#include <sorn/variant.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <ostream>
#include <string>

namespace sorn::cli {

namespace {

/// Prints a row: a name, and words that begin in the same column.
void row(std::ostream& out, std::size_t width, std::string_view name, std::string_view words) {
  out << formatted("  {:<{}}  {}\n", name, width, words);
}

/// The length of the longest name.
template <class Rows>
std::size_t width_of(const Rows& rows) {
  std::size_t width = 0;
  for (const auto& one : rows) width = std::max(width, std::string_view(one.name).size());
  return width;
}

void print_parameters(std::ostream& out) {
  out << "Hyperparameters and switches, with their defaults. --set NAME=VALUE sets them.\n";
  for (const ParameterInfo& info : parameter_table()) {
    out << formatted("{} = {}\n  {}\n  {}{}{}\n", info.name, config::shown_value(Parameters{}, info.name), info.meaning,
                     info.range, info.unit.empty() ? "" : "; unit: ", info.unit);
  }
}

void print_rules(std::ostream& out) {
  out << "Plasticity rules. --freeze NAME leaves one out, --set order=NAME,NAME says when each acts, and\n"
         "'sorn rule new mine.cpp' begins one of your own.\n";
  for (const RuleInfo& info : rule_table()) {
    row(out, width_of(rule_table()), info.name,
        formatted("{}: {}{}", info.label, info.meaning,
                  info.group.empty() ? "" : formatted(" ({} stands for it, too)", info.group)));
  }
}

void print_quantities(std::ostream& out) {
  out << "What a run can record. --record NAME keeps each step, NAME/10 each tenth, NAME@500:900 the steps 500 to "
         "899.\nStatistics describe windows of steps: stats/10000 has a row for every 10000 steps.\n"
         "Files hold weights as sparse rows, and with NAME:dense as dense ones.\n";
  std::string_view kind;
  for (const QuantityInfo& info : quantity_table()) {
    if (info.kind != kind) out << info.kind << '\n';
    kind = info.kind;
    row(out, width_of(quantity_table()), info.name, info.meaning);
  }
}

void print_measures(std::ostream& out) {
  out << "Measures of a run, which 'sorn stats', tables of ensembles and sweeps hold.\n";
  for (const Measure& measure : measures()) {
    row(out, width_of(measures()), measure.name,
        formatted("{}{}{}", measure.meaning, measure.unit.empty() ? "" : "; unit: ", measure.unit));
  }
}

void print_sources(std::ostream& out) {
  out << "Sources of input, which show something in each step. --inputs NAME:KEY=VALUE,KEY=VALUE takes one.\n";
  for (const SourceInfo& info : source_table()) row(out, width_of(source_table()), info.name, info.meaning);
}

void print_inputs(std::ostream& out) {
  out << "Files for --inputs, by the ending of their names:\n"
         "  .csv .tsv .txt     numbers as text: a row for each step, a column for each input unit\n"
         "  .npy               an array of NumPy of shape (nu, T): a row for each input unit\n"
         "  file.h5:/dataset   a dataset of an HDF5 file of shape (nu, T)\n"
         "  -                  text as in a .csv file, from the standard input\n"
         "--inputs-layout says what a row is in a file that is the other way up: a step (time-by-feature) or an input\n"
         "unit (feature-by-time). The number of input units follows the file unless --set nu=N is given.\n"
         "'sorn help sources' lists what can be shown without a file.\n";
}

void print_files(std::ostream& out) {
  out << "Files that sorn reads and writes:\n"
         "  .h5              results and networks (HDF5): --out, --state, info, stats, criticality, plot, report\n"
         "  .toml            settings (--config; --dump-default prints them) and sweeps (sweep --dump-example)\n"
         "  .csv             tables of statistics (--out with --replicas), of neurons and of spikes (stats)\n"
         "  .partial         a result that a run is writing; FILE.checkpoint-STEP continues the run (--resume)\n"
         "  .so              a rule of your own (--rule; 'sorn rule new' writes its source)\n"
         "'sorn convert' writes other formats:\n"
      << format_help << "'sorn help inputs' lists the files for --inputs.\n";
}

void print_experiments(std::ostream& out) {
  out << "Published experiments. 'sorn reproduce NAME' repeats one, 'sorn reproduce NAME --describe' describes it.\n";
  for (const std::string_view name : experiment_names) out << "  " << name << '\n';
}

void print_exit_codes(std::ostream& out) {
  out << exit_code_help() << "\n  An interrupted run ends with 130 (Ctrl-C) or 143 (SIGTERM).\n";
}

constexpr auto rows = std::to_array<Topic>({
    {"parameters", "hyperparameters and switches", print_parameters},
    {"variants", "published networks", list_variants},
    {"rules", "plasticity rules", print_rules},
    {"quantities", "what a run can record", print_quantities},
    {"measures", "statistics of a run", print_measures},
    {"sources", "what a network can be shown", print_sources},
    {"inputs", "files of inputs", print_inputs},
    {"files", "files that are read and written", print_files},
    {"experiments", "published experiments", print_experiments},
    {"exit-codes", "what the exit codes mean", print_exit_codes},
});

}  // namespace

void list_variants(std::ostream& out) {
  for (const Variant& one : variant_table()) {
    out << formatted("{}{}\n  {}\n  {}\n", one.name(), one.id == VariantName{} ? " (the default)" : "", one.meaning,
                     one.publication);
  }
  out << "\n'sorn variants NAME' prints the values of one, and 'sorn variants NAME NAME' the differences of two.\n";
}

std::span<const Topic> topics() noexcept { return rows; }

}  // namespace sorn::cli

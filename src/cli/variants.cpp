#include "cli/commands.hpp"
#include "cli/run.hpp"
#include "cli/topics.hpp"
#include "config/variant_text.hpp"
#include "support/format.hpp"
#include "support/names.hpp"
#include "support/printable.hpp"

#include <sorn/error.hpp>
#include <sorn/result_reader.hpp>
#include <sorn/variant.hpp>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <ostream>
#include <string>
#include <system_error>
#include <vector>

namespace sorn::cli {

namespace {

struct VariantsOptions {
  std::vector<std::string> names;
  bool toml = false;
};

/// A variant, or the hyperparameters of a result file.
struct Subject {
  std::string name;
  Parameters parameters{};
  bool is_file = false;
};

bool names_a_file(const std::string& text) {
  std::error_code unknown;
  return std::filesystem::exists(text, unknown) || text.find_first_of("./") != std::string::npos;
}

Subject subject_named(const std::string& text) {
  const auto& names = switch_names<VariantName>;
  if (std::find(names.begin(), names.end(), text) == names.end() && names_a_file(text)) {
    return {printable(text), ResultReader(text).parameters(), true};
  }
  return {text, parameters_of(variant_named(text)), false};
}

/// The words in lines of up to 100 characters, of which all but the first begin with `indent` blanks.
std::string in_lines(std::string_view text, std::size_t indent) {
  constexpr std::size_t width = 100;
  std::string result;
  std::size_t column = indent;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (column > indent && column + 1 + word.size() > width) {
      result += formatted("\n{:{}}", "", indent);
      column = indent;
    } else if (column > indent) {
      result += ' ';
      ++column;
    }
    result += word;
    column += word.size();
  }
  return result;
}

const ParameterInfo& info_of(std::string_view name) {
  const auto table = parameter_table();
  return *std::find_if(table.begin(), table.end(), [&](const ParameterInfo& info) { return info.name == name; });
}

std::string_view unit_of(const ParameterInfo& info, const Parameters& parameters) {
  const bool follows =
      info.field == ParameterField(&Parameters::lambda_ee) || info.field == ParameterField(&Parameters::lambda_ei);
  return follows && parameters.lambda_unit == LambdaUnit::percent ? "% of ne" : info.unit;
}

void describe(const Subject& subject, std::ostream& out) {
  const Variant& row = variant(subject.parameters.variant);
  if (subject.is_file) {
    out << formatted("{}: {}\n", subject.name, printable(variant_in_words(subject.parameters)));
  } else {
    out << formatted("{}: {}\n", row.name(), row.meaning);
  }
  const auto line = [&](std::string_view what, std::string_view text) {
    out << formatted("  {:<14}{}\n", what, in_lines(text, 16));
  };
  line("publication", row.publication);
  line("good for", row.good_for);
  line("differences", row.differences.empty() ? "none known between publication and program" : row.differences);
  line("values from", row.program);
  out << formatted("\nswitches; * marks a value that differs from that of {}:\n", variant(VariantName{}).name());
  const auto changed = changed_switches(subject.parameters);
  for (const std::string_view name : switch_list()) {
    const ParameterInfo& info = info_of(name);
    const bool usual = get_parameter(subject.parameters, name) == get_parameter(Parameters{}, name);
    const bool own = std::find(changed.begin(), changed.end(), name) != changed.end();
    const std::string_view source = own ? "the file" : source_of(row.id, name);
    const std::string_view unit = unit_of(info, subject.parameters);
    out << formatted("{} {:<18} {}{}{}\n", usual ? ' ' : '*', name, shown_value(subject.parameters, name),
                     unit.empty() ? "" : " ", unit);
    out << formatted("    {}\n", in_lines(info.meaning, 4));
    if (source != row.program) out << formatted("    from: {}\n", in_lines(source, 10));
  }
}

/// Prints the hyperparameters that differ, with a column for each subject.
void compare(const std::vector<Subject>& subjects, std::ostream& out) {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> head{""};
  for (const Subject& one : subjects) {
    head.push_back(one.is_file ? formatted("{} ({})", one.name, name(one.parameters.variant)) : one.name);
  }
  rows.push_back(std::move(head));
  for (const ParameterInfo& info : parameter_table()) {
    if (std::holds_alternative<VariantName Parameters::*>(info.field)) continue;  // the heading names it
    const auto value = [&](const Subject& one) { return get_parameter(one.parameters, info.name); };
    if (std::all_of(subjects.begin(), subjects.end(),
                    [&](const Subject& one) { return value(one) == value(subjects.front()); })) {
      continue;
    }
    std::vector<std::string> row{std::string(info.name)};
    for (const Subject& one : subjects) row.push_back(shown_value(one.parameters, info.name));
    rows.push_back(std::move(row));
  }
  if (rows.size() == 1) {
    out << "no switch differs\n";
    return;
  }
  std::vector<std::size_t> widths(subjects.size() + 1);
  for (const auto& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], row[c].size());
  }
  for (const auto& row : rows) {
    std::string text;
    for (std::size_t c = 0; c + 1 < row.size(); ++c) text += formatted("{:<{}}", row[c], widths[c] + 2);
    out << text << row.back() << '\n';
  }
}

void print_toml(const Subject& subject, std::ostream& out) {
  const auto print = [&](std::string_view name) { out << toml_lines(info_of(name), subject.parameters); };
  out << "[model]\n";
  print("variant");
  for (const std::string_view name : switch_list()) print(name);
}

int variants(const VariantsOptions& options, const Environment& environment) {
  std::vector<Subject> subjects;
  subjects.reserve(options.names.size());
  for (const std::string& text : options.names) subjects.push_back(subject_named(text));
  if (options.toml) {
    if (subjects.size() != 1) throw UsageError("--toml prints one variant: give its name");
    print_toml(subjects.front(), environment.out);
  } else if (subjects.empty()) {
    list_variants(environment.out);
  } else if (subjects.size() == 1) {
    describe(subjects.front(), environment.out);
  } else {
    compare(subjects, environment.out);
  }
  return done;
}

}  // namespace

void add_variants(CLI::App& app, Action& action) {
  auto options = std::make_shared<VariantsOptions>();
  CLI::App* command = app.add_subcommand("variants", "describe and compare the published networks");
  command->add_option("NAME", options->names, "names of variants, or result files")->type_name("");
  command->add_flag("--toml", options->toml, "print one variant as a table for a configuration file");
  command->footer(
      "Without a name it lists the published networks that sorn has. With one name it prints each switch with its\n"
      "value, its meaning and the source of the value, what the variant is good for, and where the publication and\n"
      "its program differ. With several names it prints the switches that differ, side by side.\n"
      "A result file stands for the hyperparameters of its network.\n"
      "To run a variant: 'sorn simulate --variant NAME', or [model] with variant = \"NAME\" in a file for --config.\n"
      "To change a switch: --set noise_sigma=0.1 order=ip,stdp,ssee, or lines in [model].\n"
      "\nExamples:\n"
      "  sorn variants\n"
      "  sorn variants zheng2013\n"
      "  sorn variants zheng2013 delpapa2017\n"
      "  sorn variants zheng2013 run.h5\n"
      "  sorn variants zheng2013 --toml > own.toml\n\n" +
      exit_code_help());
  command->callback([options, &action] {
    action = [options](const Environment& environment) { return variants(*options, environment); };
  });
}

}  // namespace sorn::cli

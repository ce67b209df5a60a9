#include "cli/syntax.hpp"

#include "cli/experiments.hpp"
#include "cli/topics.hpp"
#include "config/change_text.hpp"
#include "core/quantity.hpp"
#include "core/rule.hpp"
#include "support/format.hpp"

#include <sorn/parameters.hpp>
#include <sorn/source_spec.hpp>
#include <sorn/variant.hpp>

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace sorn::cli {

namespace {

std::vector<std::string> names_of_variants() {
  std::vector<std::string> names;
  for (const Variant& row : variant_table()) names.emplace_back(row.name());
  return names;
}

std::vector<std::string> names_of_quantities(Property property) {
  std::vector<std::string> names;
  for (const QuantityInfo& row : quantity_table()) {
    if (property == nullptr || (row.*property)()) names.emplace_back(row.name);
  }
  return names;
}

template <class Rows>
std::vector<std::string> names_of(const Rows& rows) {
  std::vector<std::string> names;
  for (const auto& row : rows) names.emplace_back(row.name);
  return names;
}

std::vector<std::string> names_of_experiments() { return {experiment_names.begin(), experiment_names.end()}; }

/// The text with each row of blanks and ends of lines as one blank.
std::string in_one_line(std::string_view text) {
  std::string line;
  for (const char character : text) {
    const bool blank = std::isspace(static_cast<unsigned char>(character)) != 0;
    if (!blank) {
      line += character;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

std::vector<std::string_view> parts_of(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool is_placeholder(std::string_view word) {
  return std::none_of(word.begin(), word.end(), [](unsigned char c) { return std::islower(c) != 0; });
}

/// What a placeholder says about the values: "png|pdf|svg" lists them, FILE.h5 stands for a file.
Values values_of_placeholder(std::string_view placeholder) {
  Values values;
  const auto alternatives = parts_of(placeholder, '|');
  if (alternatives.size() > 1) {
    for (const std::string_view word : alternatives) {
      if (!is_placeholder(word)) values.words.emplace_back(word);
    }
  } else if (placeholder.starts_with("FILE") || placeholder == "OUT" || placeholder.ends_with(".toml")) {
    values.paths = Paths::files;
  } else if (placeholder == "DIR" || placeholder == "FOLDER") {
    values.paths = Paths::folders;
  }
  return values;
}

/// A row of the table of fixed choices: those of an option or an argument of one command or, if that is empty, of each.
struct Choices {
  std::string_view command;
  std::string_view item;  ///< "--variant", or the name of an argument
  Values (*values)();
  bool used = false;
};

/// The choices that do not follow from a placeholder. The first row that fits counts.
std::vector<Choices> choices() {
  return {
      {"", "--variant", [] { return Values{.words = names_of_variants()}; }},
      {"", "--record", [] { return Values{.words = names_of_quantities(nullptr), .is_list = true}; }},
      {"", "--freeze", [] { return Values{.words = names_of(rule_table()), .is_list = true}; }},
      {"", "--set", [] { return Values{.words = names_of(parameter_table()), .before_equals = true}; }},
      {"", "--inputs", [] { return Values{.words = names_of(source_table()), .paths = Paths::files}; }},
      {"stats", "--recording", [] { return Values{.words = names_of_quantities(&QuantityInfo::is_spikes)}; }},
      {"criticality", "--recording", [] { return Values{.words = names_of_quantities(&QuantityInfo::is_activity)}; }},
      {"", "--recording", [] { return Values{.words = names_of_quantities(nullptr), .is_list = true}; }},
      {"criticality", "--threshold",
       [] {
         return Values{.words = {"half_mean", "median"}};
       }},
      {"criticality", "--decay",
       [] {
         return Values{.words = {"exponential", "exponential_offset", "complex"}};
       }},
      {"twin", "--change",
       [] {
         Values values;
         for (const auto& kind : config::change_kinds) values.words.emplace_back(kind.name);
         return values;
       }},
      {"variants", "NAME", [] { return Values{.words = names_of_variants(), .paths = Paths::files}; }},
      {"reproduce", "NAME",
       [] {
         Values values{.words = names_of_experiments(), .paths = Paths::files};
         values.words.emplace_back("all");
         return values;
       }},
      {"rule", "ACTION",
       [] {
         return Values{.words = {"new", "check"}};
       }},
      {"completion", "SHELL",
       [] {
         return Values{.words = {"bash", "zsh", "fish"}};
       }},
  };
}

Values values_of(std::string_view command, const Item& item, std::vector<Choices>& rows) {
  for (Choices& row : rows) {
    if (!row.command.empty() && row.command != command) continue;
    if (std::find(item.names.begin(), item.names.end(), row.item) == item.names.end()) continue;
    row.used = true;
    return row.values();
  }
  return values_of_placeholder(item.is_argument ? item.names.front() : item.placeholder);
}

Item item_of(std::string_view command, const CLI::Option& option, std::vector<Choices>& rows) {
  Item item;
  item.is_argument = option.get_positional();
  if (item.is_argument) {
    item.names.push_back(option.get_name());
  } else {
    for (const std::string& name : option.get_snames()) item.names.push_back("-" + name);
    for (const std::string& name : option.get_lnames()) item.names.push_back("--" + name);
  }
  item.meaning = in_one_line(option.get_description());
  item.takes_value = option.get_items_expected_max() > 0;
  item.takes_many = option.get_items_expected_max() > 1;
  item.is_required = option.get_required();
  if (item.takes_value) {
    item.placeholder = item.is_argument ? "" : option.get_type_name();
    item.values = values_of(command, item, rows);
  }
  return item;
}

Syntax syntax_of_one(const CLI::App& app, std::string name, std::vector<Choices>& rows) {
  Syntax syntax{std::move(name), in_one_line(app.get_description()), {}, {}, app.get_footer()};
  for (const CLI::Option* option : app.get_options()) {
    Item item = item_of(syntax.name, *option, rows);
    (item.is_argument ? syntax.arguments : syntax.options).push_back(std::move(item));
  }
  return syntax;
}

}  // namespace

std::vector<Syntax> syntax_of(const CLI::App& app) {
  std::vector<Choices> rows = choices();
  std::vector<Syntax> all{syntax_of_one(app, "", rows)};
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    all.push_back(syntax_of_one(*command, command->get_name(), rows));
    names.push_back(command->get_name());
  }
  for (const Choices& row : rows) {
    if (!row.used)
      throw std::logic_error(formatted("there are choices for {} {}, which does not exist", row.command, row.item));
  }
  for (Syntax& one : all) {  // the arguments that take names of commands
    for (Item& item : one.arguments) {
      const bool of_help = one.name == "help" && item.names.front() == "TOPIC";
      if (!of_help && !(one.name == "man" && item.names.front() == "COMMAND")) continue;
      item.values.words = names;
      if (!of_help) continue;
      for (const Topic& topic : topics()) {
        if (std::find(names.begin(), names.end(), topic.name) == names.end())
          item.values.words.emplace_back(topic.name);
      }
    }
  }
  return all;
}

}  // namespace sorn::cli

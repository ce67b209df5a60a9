#include "cli/commands.hpp"
#include "cli/run.hpp"
#include "cli/syntax.hpp"
#include "io/files/atomic_file.hpp"
#include "support/format.hpp"
#include "support/names.hpp"

#include <sorn/error.hpp>
#include <sorn/version.hpp>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <memory>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace sorn::cli {

namespace {

/// A text as roff: no character of it has a special meaning.
std::string roff(std::string_view text) {
  std::string result;
  for (const char character : text) {
    if (character == '\\') {
      result += "\\e";
    } else if (character == '-') {
      result += "\\-";
    } else if (character == '\'') {
      result += "\\(aq";
    } else if (character == '`') {
      result += "\\(ga";
    } else if (character == '^') {
      result += "\\(ha";
    } else if (character == '~') {
      result += "\\(ti";
    } else {
      result += character;
    }
  }
  // A point at the beginning of a line would be a request; a quote has been replaced above.
  return result.starts_with('.') ? "\\&" + result : result;
}

std::string in_bold(std::string_view text) { return "\\fB" + roff(text) + "\\fR"; }
std::string in_italics(std::string_view text) { return "\\fI" + roff(text) + "\\fR"; }

std::string upper(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return result;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

/// The text after the options. A line that ends with a colon before indented lines becomes a heading, indented lines
/// stay as they are, and the others are filled up to the end of a sentence at the end of a line.
std::string body(std::string_view footer) {
  std::string description;
  std::string sections;
  std::string* text = &description;
  bool verbatim = false;
  const auto set_verbatim = [&](bool on) {
    if (on != verbatim) *text += on ? ".nf\n" : ".fi\n";
    verbatim = on;
  };
  const auto lines = lines_of(footer);
  for (std::size_t k = 0; k < lines.size(); ++k) {
    const std::string_view line = lines[k];
    const bool before_indented = k + 1 < lines.size() && lines[k + 1].starts_with("  ");
    if (line.empty()) {
      set_verbatim(false);
      if (!text->empty() && before_indented) *text += ".PP\n";
      text = &description;
    } else if (line.starts_with("  ")) {
      set_verbatim(true);
      *text += roff(line.substr(2)) + '\n';
    } else if (before_indented && line.ends_with(':')) {
      set_verbatim(false);
      text = &sections;
      *text += ".SH " + roff(upper(line.substr(0, line.size() - 1))) + '\n';
    } else {
      set_verbatim(false);
      const bool goes_on = k + 1 < lines.size() && !lines[k + 1].empty() && !lines[k + 1].starts_with("  ");
      *text += roff(line) + (goes_on && line.ends_with('.') ? "\n.br\n" : "\n");
    }
  }
  set_verbatim(false);
  return (description.empty() ? "" : ".SH DESCRIPTION\n" + description) + sections;
}

std::string page_name(const Syntax& one) { return one.name.empty() ? "sorn" : "sorn-" + one.name; }

std::string synopsis(const Syntax& one) {
  std::string text = one.name.empty() ? in_bold("sorn") : in_bold("sorn " + one.name);
  for (const Item& item : one.options) {
    if (item.is_required) text += ' ' + in_bold(item.names.back()) + ' ' + in_italics(item.placeholder);
  }
  text += " [" + in_italics(one.name.empty() ? "OPTION" : "OPTIONS") + "]";
  if (one.name.empty()) text += ' ' + in_italics("COMMAND") + " [" + in_italics("ARGUMENTS") + "]";
  for (const Item& item : one.arguments) {
    const std::string name = in_italics(item.names.front()) + (item.takes_many ? " ..." : "");
    text += item.is_required ? ' ' + name : " [" + name + "]";
  }
  return text;
}

std::string items(std::string_view heading, const std::vector<Item>& all) {
  if (all.empty()) return {};
  std::string text = ".SH " + roff(heading) + '\n';
  for (const Item& item : all) {
    std::vector<std::string> names;
    names.reserve(item.names.size());
    for (const std::string& name : item.names) names.push_back(item.is_argument ? in_italics(name) : in_bold(name));
    text += formatted(".TP\n{}{}{}\n{}\n", joined(names, ", "), item.placeholder.empty() ? "" : " ",
                      item.placeholder.empty() ? "" : in_italics(item.placeholder), roff(item.meaning));
  }
  return text;
}

std::string page(const std::vector<Syntax>& all, const Syntax& one) {
  std::string text =
      formatted(".TH {} 1 \"\" \"sorn {}\" \"sorn\"\n.SH NAME\n{} \\- {}\n.SH SYNOPSIS\n{}\n",
                roff(upper(page_name(one))), version, roff(page_name(one)), roff(one.meaning), synopsis(one));
  text += items("ARGUMENTS", one.arguments);
  if (one.name.empty()) {
    text += ".SH COMMANDS\n";
    for (const Syntax& command : all) {
      if (!command.name.empty()) text += formatted(".TP\n{}\n{}\n", in_bold(command.name), roff(command.meaning));
    }
  }
  text += items("OPTIONS", one.options);
  text += body(one.footer);
  text += ".SH SEE ALSO\n";
  std::vector<std::string> others;
  for (const Syntax& other : all) {
    if (&other != &one && (one.name.empty() || other.name.empty())) {
      others.push_back(in_bold(page_name(other)) + "(1)");
    }
  }
  return text + joined(others, ",\n") + '\n';
}

struct ManOptions {
  std::string command;
  std::string folder;
};

/// Writes a page for each command. Existing ones are replaced, since an installation is.
int write_all(const std::vector<Syntax>& all, const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw IoError(formatted("cannot make the folder '{}'", folder.string()), error.message());
  for (const Syntax& one : all) {
    const std::string text = page(all, one);
    io::AtomicFile file(folder / (page_name(one) + ".1"), Existing::replace);
    file.write_at(0, std::as_bytes(std::span(text)));
    file.commit();
  }
  return done;
}

int man(const CLI::App& app, const ManOptions& options, const Environment& environment) {
  const std::vector<Syntax> all = syntax_of(app);
  if (!options.folder.empty()) {
    if (!options.command.empty()) throw UsageError("--out writes the pages of all commands: leave COMMAND out");
    return write_all(all, options.folder);
  }
  std::vector<std::string_view> names;
  for (const Syntax& one : all) {
    if (one.name == options.command) {
      environment.out << page(all, one);
      return done;
    }
    if (!one.name.empty()) names.emplace_back(one.name);
  }
  throw_unknown_name("command", options.command, names);
}

}  // namespace

void add_man(CLI::App& app, Action& action) {
  auto options = std::make_shared<ManOptions>();
  CLI::App* command = app.add_subcommand("man", "print the manual page of sorn or of a command");
  command->add_option("COMMAND", options->command, "a command (default: the page of sorn itself)")->type_name("");
  command->add_option("--out", options->folder, "write the pages of all commands: sorn.1, sorn-simulate.1 and so on")
      ->type_name("DIR");
  command->footer(
      "The pages have the text of --help. 'cmake --install' installs them, so that 'man sorn-simulate' shows one.\n"
      "\nExamples:\n"
      "  sorn man simulate | man -l -\n"
      "  sorn man --out ~/.local/share/man/man1\n\n" +
      exit_code_help());
  command->callback([options, &app, &action] {
    action = [options, &app](const Environment& environment) { return man(app, *options, environment); };
  });
}

}  // namespace sorn::cli

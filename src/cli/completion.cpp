#include "cli/commands.hpp"
#include "cli/run.hpp"
#include "cli/syntax.hpp"
#include "support/format.hpp"
#include "support/names.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sorn::cli {

namespace {

/// The text as one word of a shell. `quote` is what stands for a quote within quotes.
std::string quoted(std::string_view text, std::string_view quote) {
  std::string word = "'";
  for (const char character : text) {
    if (character == '\'') {
      word += quote;
    } else {
      word += character;
    }
  }
  return word + '\'';
}

/// The text with a backslash before each of some characters.
std::string escaped(std::string_view text, std::string_view characters) {
  std::string result;
  for (const char character : text) {
    if (characters.find(character) != std::string_view::npos) result += '\\';
    result += character;
  }
  return result;
}

/// The beginning of a help, for menus that have little room.
std::string brief(std::string_view text) {
  return std::string(text.substr(0, std::min({text.find(" ("), text.find("; "), text.find(": ")})));
}

std::string words_of(const Values& values, std::string_view separator = " ") { return joined(values.words, separator); }

// --- bash

constexpr std::string_view bash_begin =
    R"bash(# Completion of the command sorn for bash, made by 'sorn completion bash'.

# Sets what follows an option ($2) or stands in the place of an argument ($2, from 1 on) of a command ($1):
# many     how many values: 0, 1, or + for several
# words    the known ones
# paths    f: files, d: folders; empty: neither
# form     l: words may stand in a list with commas, =: they are names before =VALUE; empty: neither
_sorn_values() {
  many=0 words='' paths='' form=''
  case "$1 $2" in
)bash";

constexpr std::string_view bash_end = R"bash(_sorn() {
  local command='' option='' place=0 left=0 many words paths form word before=''
  local -a line=()
  COMPREPLY=()
  # readline takes '=' and ':' for words of their own
  local i
  for ((i = 1; i <= COMP_CWORD; ++i)); do
    word=${COMP_WORDS[i]}
    if ((${#line[@]})) && [[ $word == [=:]* || ${line[-1]} == *[=:] ]]; then
      line[-1]+=$word
    else
      line+=("$word")
    fi
  done
  local cur=
  if ((${#line[@]})); then
    cur=${line[-1]}
    unset 'line[-1]'
  fi
  for word in "${line[@]}"; do
    if [[ $word == -* ]]; then
      option=${word%%=*}
      _sorn_values "$command" "$option"
      left=$many
      [[ $word == *=* ]] && left=0
    elif [[ $left == 1 ]]; then
      left=0
    elif [[ $left != + ]]; then
      if [[ -z $command ]]; then command=$word; else ((++place)); fi
    fi
  done

  local at_option=
  if [[ $cur == --*=* ]]; then
    _sorn_values "$command" "${cur%%=*}"
    before=${cur%%=*}=
    cur=${cur#*=}
  elif [[ $cur == -* ]]; then
    _sorn_options "$command"
    COMPREPLY=($(compgen -W "$options" -- "$cur"))
    return
  elif [[ $left != 0 ]]; then
    _sorn_values "$command" "$option"
    at_option=1
  elif [[ -z $command ]]; then
    COMPREPLY=($(compgen -W "$commands" -- "$cur"))
    return
  else
    _sorn_values "$command" $((place + 1))
    [[ $many == 0 ]] && _sorn_values "$command" +
  fi
  [[ $COMP_WORDBREAKS == *=* ]] && before=

  if [[ $form == = ]]; then
    [[ $cur == *=* ]] && return
    compopt -o nospace 2>/dev/null
    COMPREPLY=($(compgen -P "$before" -S = -W "$words" -- "$cur"))
  elif [[ $form == l && $cur == *,* ]]; then
    COMPREPLY=($(compgen -P "$before${cur%,*}," -W "$words" -- "${cur##*,}"))
  else
    COMPREPLY=($(compgen -P "$before" -W "$words" -- "$cur"))
  fi
  local -a found=()
  if [[ $paths == f ]]; then
    mapfile -t found < <(compgen -P "$before" -f -- "$cur")
  elif [[ $paths == d ]]; then
    mapfile -t found < <(compgen -P "$before" -d -- "$cur")
  fi
  if ((${#found[@]})); then
    compopt -o filenames 2>/dev/null
    COMPREPLY+=("${found[@]}")
  fi
}

complete -F _sorn sorn
)bash";

std::string bash_values(std::string_view command, std::string_view name, const Item& item) {
  const Values& values = item.values;
  return formatted("    '{} {}') many={} words='{}' paths={} form={} ;;\n", command, name, item.takes_many ? '+' : '1',
                   words_of(values),
                   values.paths == Paths::files     ? "f"
                   : values.paths == Paths::folders ? "d"
                                                    : "",
                   values.is_list         ? "l"
                   : values.before_equals ? "'='"
                                          : "");
}

void print_bash(const std::vector<Syntax>& all, std::ostream& out) {
  out << bash_begin;
  std::vector<std::string> commands;
  std::string options;
  for (const Syntax& one : all) {
    if (!one.name.empty()) commands.push_back(one.name);
    std::vector<std::string> names;
    for (const Item& item : one.options) {
      names.insert(names.end(), item.names.begin(), item.names.end());
      if (!item.takes_value) continue;
      for (const std::string& name : item.names) out << bash_values(one.name, name, item);
    }
    std::size_t place = 0;
    for (const Item& item : one.arguments) {
      out << bash_values(one.name, item.takes_many ? "+" : formatted("{}", ++place), item);
    }
    options += formatted("    '{}') options='{}' ;;\n", one.name, joined(names, " "));
  }
  out << "  esac\n}\n\n# Sets the names of the options of a command, and of all commands.\n_sorn_options() {\n"
         "  options=''\n  case $1 in\n"
      << options << "  esac\n}\n\n";
  std::string end(bash_end);
  end.insert(end.find("  COMPREPLY=()\n"), formatted("  local options commands='{}'\n", joined(commands, " ")));
  out << end;
}

// --- zsh

constexpr std::string_view zsh_begin = R"zsh(#compdef sorn
# Completion of the command sorn for zsh, made by 'sorn completion zsh'.

_sorn_names() { compadd -S = -q -- "$@"; }

_sorn_words_or_files() {
  compadd -- "$@"
  _files
}

)zsh";

std::string zsh_action(const Values& values) {
  if (values.before_equals) return " _sorn_names " + words_of(values);
  if (values.is_list) return " _values -s , name " + words_of(values);
  if (values.paths == Paths::files)
    return values.words.empty() ? "_files" : " _sorn_words_or_files " + words_of(values);
  if (values.paths == Paths::folders) return "_files -/";
  return values.words.empty() ? "" : formatted("({})", words_of(values));
}

/// The specifications of an option for _arguments, one for each of its names.
void print_zsh_option(const Item& item, std::ostream& out) {
  for (const std::string& name : item.names) {
    const bool is_long = name.starts_with("--");
    std::string text = formatted("{}{}{}[{}]", item.takes_many ? "*" : "", name,
                                 !item.takes_value ? ""
                                 : is_long         ? "="
                                                   : "+",
                                 escaped(item.meaning, "[]:\\"));
    if (item.takes_value) {
      text += formatted(":{}:{}", escaped(item.placeholder, "[]:\\"), zsh_action(item.values));
    }
    out << " \\\n        " << quoted(text, "'\\''");
  }
}

void print_zsh(const std::vector<Syntax>& all, std::ostream& out) {
  out << zsh_begin << "_sorn() {\n  local curcontext=$curcontext state line\n  local -A opt_args\n  _arguments -C";
  for (const Item& item : all.front().options) print_zsh_option(item, out);
  out << " \\\n        ':command:->command' '*::argument:->argument'\n"
         "  case $state in\n  command)\n    local -a commands=(";
  for (const Syntax& one : all) {
    if (one.name.empty()) continue;
    out << "\n      " << quoted(one.name + ':' + escaped(one.meaning, ":\\"), "'\\''");
  }
  out << "\n    )\n    _describe command commands\n    ;;\n  argument)\n    case $words[1] in\n";
  for (const Syntax& one : all) {
    if (one.name.empty()) continue;
    out << formatted("    {})\n      _arguments", one.name);
    for (const Item& item : one.options) print_zsh_option(item, out);
    for (const Item& item : one.arguments) {
      out << " \\\n        "
          << quoted(formatted("{}:{}:{}", item.takes_many ? "*" : "", item.names.front(), zsh_action(item.values)),
                    "'\\''");
    }
    out << "\n      ;;\n";
  }
  out << "    esac\n    ;;\n  esac\n}\n\n"
         "# loaded from a folder of fpath it is the function itself; sourced it must be told of\n"
         "if [[ $funcstack[1] == _sorn ]]; then _sorn \"$@\"; else compdef _sorn sorn; fi\n";
}

// --- fish

constexpr std::string_view fish_begin =
    R"fish(# Completion of the command sorn for fish, made by 'sorn completion fish'.

function __sorn_command
    set -l words (commandline -opc)
    test (count $words) -ge 2; and echo $words[2]
end

complete -c sorn -f
)fish";

std::string fish_quoted(std::string_view text) { return quoted(escaped(text, "\\"), "\\'"); }

/// The values that follow, as options of `complete`.
std::string fish_values(const Values& values) {
  std::string text;
  if (values.is_list) {
    text += formatted(" -a \"(__fish_append , {})\"", words_of(values));
  } else if (values.before_equals) {
    text += formatted(" -a '{}='", words_of(values, "= "));
  } else if (!values.words.empty()) {
    text += formatted(" -a '{}'", words_of(values));
  }
  if (values.paths == Paths::folders) return text + " -a '(__fish_complete_directories)'";
  return values.paths == Paths::files ? text + " -F" : text + " -f";
}

void print_fish_options(const Syntax& one, std::string_view condition, std::ostream& out) {
  for (const Item& item : one.options) {
    out << formatted("complete -c sorn -n '{}'", condition);
    for (const std::string& name : item.names) {
      out << (name.starts_with("--") ? formatted(" -l {}", name.substr(2)) : formatted(" -s {}", name.substr(1)));
    }
    if (item.takes_value) out << " -r" << fish_values(item.values);
    out << " -d " << fish_quoted(brief(item.meaning)) << '\n';
  }
}

void print_fish(const std::vector<Syntax>& all, std::ostream& out) {
  out << fish_begin;
  constexpr std::string_view no_command = "not string length -q -- (__sorn_command)";
  print_fish_options(all.front(), no_command, out);
  for (const Syntax& one : all) {
    if (one.name.empty()) continue;
    out << formatted("\ncomplete -c sorn -n '{}' -a {} -d {}\n", no_command, one.name, fish_quoted(one.meaning));
    const std::string condition = formatted("contains -- {} (__sorn_command)", one.name);
    print_fish_options(one, condition, out);
    for (const Item& item : one.arguments) {
      out << formatted("complete -c sorn -n '{}'{}\n", condition, fish_values(item.values));
    }
  }
}

// --- the command

using Print = void (*)(const std::vector<Syntax>&, std::ostream&);
constexpr std::array<std::string_view, 3> shells{"bash", "zsh", "fish"};
constexpr std::array<Print, shells.size()> printers{print_bash, print_zsh, print_fish};
enum class Shell : std::uint8_t { bash, zsh, fish };

}  // namespace

void add_completion(CLI::App& app, Action& action) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("completion", "print a script that completes commands, options and names");
  command->add_option("SHELL", *shell, "bash, zsh or fish")->required()->type_name("");
  command->footer(
      "The script completes commands, options, their fixed choices (variants, rules, quantities, hyperparameters,\n"
      "sources, experiments) and names of files. 'cmake --install' puts it where the shells look for it.\n"
      "\nExamples:\n"
      "  source <(sorn completion bash)                                     in ~/.bashrc\n"
      "  sorn completion zsh > ~/.zfunc/_sorn                               a folder of fpath, before compinit\n"
      "  sorn completion fish > ~/.config/fish/completions/sorn.fish\n\n" +
      exit_code_help());
  command->callback([shell, &app, &action] {
    action = [shell, &app](const Environment& environment) {
      const auto which = enumerator_named<Shell>("shell", *shell, shells);
      printers[static_cast<std::size_t>(which)](syntax_of(app), environment.out);
      return done;
    };
  });
}

}  // namespace sorn::cli

#include "cli/cli.hpp"

#include "cli/commands.hpp"
#include "cli/dump_default.hpp"
#include "cli/run.hpp"
#include "core/own_rule.hpp"
#include "io/files/atomic_file.hpp"
#include "support/format.hpp"
#include "support/names.hpp"
#include "support/printable.hpp"
#include "team/processes.hpp"

#include <sorn/error.hpp>
#include <sorn/version.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <new>
#include <ostream>

namespace sorn::cli {

namespace {

/// The parser with all subcommands. It sets `action` to what the command line asks for.
std::unique_ptr<CLI::App> make_parser(Action& action) {
  auto app = std::make_unique<CLI::App>("Simulates self-organizing recurrent neural networks (SORN).", "sorn");
  app->set_version_flag("--version", formatted("sorn {}", version), "print the version and exit");
  app->set_help_flag("-h,--help", "print this help and exit; 'sorn COMMAND --help' prints that of a command");
  app->add_flag_callback(
      "--dump-default",
      [&action] {
        action = [](const Environment& environment) {
          environment.out << default_config();
          return int{done};
        };
      },
      "print all settings with their defaults as a TOML file");
  app->get_formatter()->column_width(26);
  app->footer(
      "A first session:\n"
      "  sorn simulate --steps 10000 --record E,C --seed 1 --out run.h5\n"
      "  sorn info run.h5\n"
      "  sorn stats run.h5\n"
      "  sorn report run.h5 -o report.html\n"
      "For many runs and one table of results, 'sorn sweep --dump-example' prints an example file.\n"
      "'sorn help' lists topics, such as parameters and quantities. 'sorn doctor' tests the installation.\n"
      "Results are HDF5 files, which h5py, MATLAB and h5dump can read, too.\n\n" +
      exit_code_help());
  add_init(*app, action);
  add_simulate(*app, action);
  add_train(*app, action);
  add_sweep(*app, action);
  add_variants(*app, action);
  add_rule_command(*app, action);
  add_at(*app, action);
  add_recompute(*app, action);
  add_watch(*app, action);
  add_info(*app, action);
  add_stats(*app, action);
  add_criticality(*app, action);
  add_twin(*app, action);
  add_plot(*app, action);
  add_report(*app, action);
  add_reproduce(*app, action);
  add_convert(*app, action);
  add_help(*app, action);
  add_doctor(*app, action);
  add_completion(*app, action);
  add_man(*app, action);
  app->require_subcommand(0, 1);  // the name of a second command is an argument, as in 'sorn help simulate'
  for (CLI::App* command : app->get_subcommands({})) command->set_help_flag("-h,--help", "print this help and exit");
  return app;
}

/// The commands whose work several processes can share. With other commands each process would do the same work and
/// write the same files.
constexpr std::array<std::string_view, 4> shared_commands{"simulate", "train", "sweep", "reproduce"};

void require_alone(const CLI::App& app, const Environment& environment) {
  if (environment.processes == nullptr || environment.processes->size() == 1) return;
  const std::string command = app.get_subcommands().empty() ? "" : app.get_subcommands().front()->get_name();
  if (command.empty() || std::find(shared_commands.begin(), shared_commands.end(), command) != shared_commands.end()) {
    return;
  }
  throw UsageError(formatted("'sorn {}' works in one process, and {} were started together", command,
                             environment.processes->size()));
}

/// The message about an unexpected argument, with the nearest known one.
std::string unexpected(const CLI::App& app, std::span<const std::string> arguments, std::string_view parser_says) {
  const auto chosen = app.get_subcommands();
  const CLI::App& parser = chosen.empty() ? app : *chosen.front();
  std::vector<std::string> names;
  for (const CLI::App* command : parser.get_subcommands({})) names.push_back(command->get_name());
  for (const CLI::Option* option : parser.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  for (const std::string& argument : arguments) {
    const std::string_view word = std::string_view(argument).substr(0, std::min<std::size_t>(argument.find('='), 80));
    const bool option = word.starts_with('-');
    if (std::find(known.begin(), known.end(), word) != known.end() || (!option && !chosen.empty())) continue;
    const std::string suggestion = did_you_mean(word, known);
    return formatted("unknown {} '{}'{}{}", option ? "option" : "command", word, suggestion.empty() ? "" : "; ",
                     suggestion);
  }
  return std::string(parser_says);
}

std::string help_hint(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return formatted("Try 'sorn {}--help'.", chosen.empty() ? "" : chosen.front()->get_name() + " ");
}

int fail(const Environment& environment, int code, std::string_view message) {
  environment.err << "sorn: error: " << printable(message, LineEnds::kept) << '\n';
  return code;
}

/// Allocates no memory.
int fail_for_lack_of_memory(const Environment& environment) {
  environment.err << "sorn: error: this machine has too little memory for that; try fewer units or recordings, or a "
                     "higher limit (ulimit -v)\n";
  return bad_input;
}

/// The message of an error, with the options of the command.
std::string in_our_words(const Error& error) {
  std::string message = error.what();
  if (error.suggestion().starts_with(missing_rule_advice)) {
    message.resize(message.size() - error.suggestion().size());
    return message + "give it by --rule FILE" + error.suggestion().substr(missing_rule_advice.size());
  }
  if (is_unknown_name(error, stage_of_order)) {
    return message + (error.suggestion().empty() ? ";" : "") + " --rule FILE loads a rule of your own";
  }
  if (error.suggestion() != io::overwrite_advice) return message;
  message.resize(message.size() - io::overwrite_advice.size());
  return message + "give another name, or --force to replace it";
}

int dispatch(std::span<const std::string> arguments, const Environment& environment) {
  Action action;
  const auto app = make_parser(action);
  try {
    app->parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    if (!action) {
      std::vector<std::string> names;
      for (const CLI::App* command : app->get_subcommands({})) names.push_back(command->get_name());
      throw UsageError(formatted("a command is needed: {}", listed(names, "or")));
    }
    require_alone(*app, environment);
    return action(environment);
  } catch (const CLI::Success& request) {  // --help and --version
    app->exit(request, environment.out, environment.err);
    return done;
  } catch (const CLI::ParseError& error) {
    const bool extras = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
    return fail(
        environment, usage,
        formatted("{}\n{}", extras ? unexpected(*app, arguments, error.what()) : error.what(), help_hint(*app)));
  } catch (const UsageError& error) {
    return fail(environment, usage, formatted("{}\n{}", error.what(), help_hint(*app)));
  }
}

}  // namespace

namespace {

/// As run_cli(), but it may throw if the memory is too small even for a message.
int run_or_fail(std::span<const std::string> arguments, const Environment& environment) {
  try {
    int code = dispatch(arguments, environment);
    environment.out.flush();
    if (!environment.out && code == done) code = fail(environment, file_trouble, "cannot write to the standard output");
    return code;
  } catch (const Error& error) {
    return fail(environment, kind_of(error).exit_code, in_our_words(error));
  } catch (const std::bad_alloc&) {
    return fail_for_lack_of_memory(environment);
  } catch (const std::exception& error) {
    return fail(environment, internal_bug,
                formatted("a bug of sorn {}: {}\nPlease report it with the command line that led here.", version,
                          error.what()));
  } catch (...) {
    return fail(environment, internal_bug, "a bug of sorn: an unknown exception. Please report the command line.");
  }
}

}  // namespace

int run_cli(std::span<const std::string> arguments, const Environment& environment) noexcept {
  try {
    return run_or_fail(arguments, environment);
  } catch (...) {
    return fail_for_lack_of_memory(environment);
  }
}

}  // namespace sorn::cli

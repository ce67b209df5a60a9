// The `sorn` command as a function.
#pragma once

#include "support/error_kinds.hpp"

#include <atomic>
#include <iosfwd>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

namespace sorn::team {
class Processes;
}

namespace sorn::cli {

/// The exit codes of the command. An interrupted run ends with 128 + the number of the signal: 130 for SIGINT, 143 for
/// SIGTERM.
enum ExitCode : int {
  done = 0,
  usage = 2,                         ///< the command line cannot be understood
  bad_input = exit_bad_input,        ///< a value is out of its range, a name unknown, a shape wrong, memory too small
  file_trouble = exit_file_trouble,  ///< IoError and FormatError
  internal_bug = 70,                 ///< any other exception
};

/// An error in the command line: something is missing or given twice.
class UsageError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The surroundings of a command.
struct Environment {
  std::ostream& out;                         ///< results and help
  std::ostream& err;                         ///< errors, notes and progress
  bool err_is_terminal = false;              ///< whether a line of progress can be rewritten
  const std::atomic<int>* signal = nullptr;  ///< set to the number of a signal that asks to stop
  std::atomic<int>* listeners = nullptr;     ///< readers of `signal`; with none, a signal ends the program
  team::Processes* processes = nullptr;      ///< processes that share the work; null: this process is alone
  /// The program of this command, which tries libraries before they are loaded; null: they are not tried.
  const char* program = nullptr;
  /// Whether this program can share work among processes; unset: it does not know.
  std::optional<bool> built_with_mpi{};
};

/// While this object lives, a signal only asks to stop: some code reads Environment::signal, or writes a file that must
/// not stay incomplete.
class Listening {
public:
  explicit Listening(const Environment& environment) noexcept : listeners_(environment.listeners) {
    if (listeners_ != nullptr) ++*listeners_;
  }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;
  ~Listening() {
    if (listeners_ != nullptr) --*listeners_;
  }

private:
  std::atomic<int>* listeners_;
};

/// Runs the command with these arguments (without the program's name) and returns its exit code. Throws nothing.
int run_cli(std::span<const std::string> arguments, const Environment& environment) noexcept;

}  // namespace sorn::cli

// The `sorn` command as a function.
#pragma once

#include "support/error_kinds.hpp"

#include <atomic>
#include <iosfwd>
#include <span>
#include <stdexcept>
#include <string>

namespace sorn::team {
class Processes;
}

namespace sorn::cli {

/// What the command ends with. Interrupted runs end with 128 + the signal's number: 130 for SIGINT, 143 for SIGTERM.
enum ExitCode : int {
  done = 0,
  usage = 2,                         ///< the command line cannot be understood
  bad_input = exit_bad_input,        ///< a value is out of its range, a name unknown, a shape wrong, memory too small
  file_trouble = exit_file_trouble,  ///< IoError and FormatError
  internal_bug = 70,                 ///< anything that we did not expect
};

/// A command line that lacks something or says it twice.
class UsageError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Where a command runs.
struct Environment {
  std::ostream& out;                         ///< results and help
  std::ostream& err;                         ///< errors, notes and progress
  bool err_is_terminal = false;              ///< whether a line of progress can be rewritten
  const std::atomic<int>* signal = nullptr;  ///< becomes the number of a signal that asks to stop
  std::atomic<int>* listeners = nullptr;     ///< how many look at `signal`; with none, a signal ends the program
  team::Processes* processes = nullptr;      ///< those that share the work; null: this one is alone
};

/// While it lives, a signal asks to stop and does nothing else: some code looks at Environment::signal, or
/// writes a file that must not be left half written.
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

#include "cli/python.hpp"

#include <sorn/error.hpp>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <ostream>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "support/format.hpp"

namespace sorn::cli {

namespace {

constexpr const char* python_variable = "SORN_PYTHON";
constexpr const char* how_to_choose =
    "pip install '.[report]' in the source folder of sorn installs the packages for figures, pip install "
    "'.[exchange]' those for conversions; "
    "SORN_PYTHON=/path/to/python3 chooses the Python";

[[noreturn]] void throw_cannot_run(const std::string& program, int error) {
  throw IoError(formatted("cannot run '{}'", program), std::generic_category().message(error), how_to_choose);
}

/// A pipe from a child process to this process.
class Pipe {
public:
  Pipe() {
    if (pipe2(ends_.data(), O_CLOEXEC) != 0) {
      throw IoError("cannot open a pipe", std::generic_category().message(errno));
    }
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close(ends_[0]);
    close_write_end();
  }

  int read_end() const noexcept { return ends_[0]; }
  int write_end() const noexcept { return ends_[1]; }
  void close_write_end() noexcept {
    if (ends_[1] >= 0) close(std::exchange(ends_[1], -1));
  }

private:
  std::array<int, 2> ends_{-1, -1};
};

/// The environment of this process, changed so that Python does not import a sorn.py of the current folder as the
/// package.
std::vector<char*> child_environment() {
  static char safe_path[] = "PYTHONSAFEPATH=1";
  std::vector<char*> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) variables.push_back(*variable);
  variables.insert(variables.end(), {safe_path, nullptr});
  return variables;
}

/// Starts the program in its own process group, so that Ctrl-C reaches it only once, through this process.
pid_t spawn(const std::string& program, std::vector<std::string> words, const Pipe& out, const Pipe& err) {
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  auto variables = child_environment();

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, out.write_end(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, err.write_end(), STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  // A shell makes background programs ignore SIGINT, which the child would inherit.
  sigset_t answered;
  sigemptyset(&answered);
  sigaddset(&answered, SIGINT);
  sigaddset(&answered, SIGTERM);
  posix_spawnattr_setsigdefault(&attributes, &answered);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
  pid_t child = 0;
  const int error = posix_spawnp(&child, program.c_str(), &files, &attributes, argv.data(), variables.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (error != 0) throw_cannot_run(program, error);
  return child;
}

/// Passes on what can be read without waiting. Returns false at the end of the stream.
bool pass_on(int descriptor, std::ostream& stream) {
  std::array<char, 4096> buffer;
  const ssize_t count = read(descriptor, buffer.data(), buffer.size());
  if (count > 0) stream.write(buffer.data(), count).flush();
  return count > 0 || (count < 0 && errno == EINTR);
}

/// Passes on the output of a child until it closes both streams, and passes the first signal on to the child.
void attend(pid_t child, const Pipe& out, const Pipe& err, const Environment& environment) {
  constexpr int look_for_signals_ms = 100;
  std::array<pollfd, 2> streams{pollfd{out.read_end(), POLLIN, 0}, pollfd{err.read_end(), POLLIN, 0}};
  bool told = false;
  while (streams[0].fd >= 0 || streams[1].fd >= 0) {
    const int signal = environment.signal != nullptr ? environment.signal->load(std::memory_order_relaxed) : 0;
    if (signal != 0 && !std::exchange(told, true)) kill(child, signal);
    if (poll(streams.data(), streams.size(), look_for_signals_ms) <= 0) continue;
    for (std::size_t k = 0; k < streams.size(); ++k) {
      if (streams[k].revents == 0 || pass_on(streams[k].fd, k == 0 ? environment.out : environment.err)) continue;
      streams[k].fd = -1;  // poll() ignores it from now on
    }
  }
}

int exit_code(const std::string& program, int status) {
  constexpr int python_failed_to_start = 1;  // sorn._command never ends with 1
  constexpr int could_not_execute = 127;
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    if (signal == SIGINT || signal == SIGTERM) return 128 + signal;
    throw std::runtime_error(formatted("'{}' was ended by signal {}", program, signal));
  }
  const int code = WEXITSTATUS(status);
  if (code == could_not_execute) throw_cannot_run(program, ENOENT);
  if (code == python_failed_to_start) {
    throw IoError(formatted("'{}' cannot import the Python package sorn", program), "plot, report and convert need it",
                  how_to_choose);
  }
  return code;
}

}  // namespace

std::string python_program() {
  if (const char* chosen = std::getenv(python_variable); chosen != nullptr && *chosen != '\0') return chosen;
  std::error_code unknown;
  const auto beside = std::filesystem::read_symlink("/proc/self/exe", unknown).replace_filename("python3");
  if (!unknown && access(beside.c_str(), X_OK) == 0) return beside.string();
  return "python3";
}

int run_python(std::span<const std::string> arguments, const Environment& environment) {
  const std::string program = python_program();
  std::vector<std::string> words{program, "-m", "sorn._command"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  Pipe out;
  Pipe err;
  const Listening listening(environment);
  const pid_t child = spawn(program, std::move(words), out, err);
  out.close_write_end();
  err.close_write_end();
  attend(child, out, err, environment);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return exit_code(program, status);
}

std::string python_help(std::string_view does, std::string_view extra) {
  return formatted(
      "\nThis command {0} with Python. The package must be installed with its extra '{1}':\n"
      "pip install '.[{1}]' in the source folder. SORN_PYTHON=/path/to/python3 chooses the Python; otherwise it is\n"
      "the one beside this command, or the first python3 in PATH.\n",
      does, extra);
}

}  // namespace sorn::cli

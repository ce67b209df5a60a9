#include "cli/try_library.hpp"

#include "support/format.hpp"

#include <sorn/error.hpp>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>

namespace sorn::cli {

void try_library(const std::filesystem::path& library, const Environment& environment) {
  if (environment.program == nullptr) return;
  std::array<std::string, 5> words{"sorn", "rule", tried_action, "--", library.string()};
  std::array<char*, words.size() + 1> arguments{};
  for (std::size_t k = 0; k < words.size(); ++k) arguments[k] = words[k].data();
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int error = posix_spawn(&child, environment.program, &files, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  if (error != 0) return;  // this process cannot try it: it loads the library itself
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return;
  }
  if (!WIFSIGNALED(status)) return;
  throw FormatError(
      formatted("cannot load a rule from '{}'", library.string()),
      formatted("it ends the process that loads it, by signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status))),
      "look at its constructors and at sorn_rule_v1()");
}

}  // namespace sorn::cli

#include "cli/cli.hpp"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <iostream>
#include <string>
#include <vector>

namespace {

std::atomic<int> stop_signal{0};
static_assert(std::atomic<int>::is_always_lock_free, "set in a signal handler");

void ask_to_stop(int signal) { stop_signal.store(signal, std::memory_order_relaxed); }

/// The first SIGINT or SIGTERM asks; a second one ends the program at once, as the system has it.
void listen_for(int signal) {
  struct sigaction action {};
  action.sa_handler = ask_to_stop;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  sigaction(signal, &action, nullptr);
}

}  // namespace

int main(int argc, char** argv) {
  listen_for(SIGINT);
  listen_for(SIGTERM);
  // A file beyond its allowed size is an error like a full disk, not the end.
  static_cast<void>(std::signal(SIGXFSZ, SIG_IGN));
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  return sorn::cli::run_cli(arguments, {std::cout, std::cerr, isatty(STDERR_FILENO) == 1, &stop_signal});
}

#include "cli/cli.hpp"
#include "team/processes.hpp"

#ifdef SORN_WITH_MPI
#include "team/mpi/mpi_session.hpp"
#endif

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <iostream>
#include <new>
#include <span>
#include <sstream>
#include <streambuf>
#include <string>
#include <vector>

namespace {

std::atomic<int> stop_signal{0};
std::atomic<int> listeners{0};
constexpr const char* program = "/proc/self/exe";
static_assert(std::atomic<int>::is_always_lock_free, "set in a signal handler");

/// If no function reads the signal, the program waits for a file or reads one, and has written nothing. It can end at
/// once.
void ask_to_stop(int signal) {
  stop_signal.store(signal, std::memory_order_relaxed);
  if (listeners.load(std::memory_order_relaxed) == 0) _exit(128 + signal);
}

/// The first SIGINT or SIGTERM asks the run to stop. A second one ends the program at once.
void listen_for(int signal) {
  struct sigaction action {};
  action.sa_handler = ask_to_stop;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  sigaction(signal, &action, nullptr);
}

#ifdef SORN_WITH_MPI

/// A stream buffer that discards its input.
class Nowhere final : public std::streambuf {
  int overflow(int character) override { return traits_type::not_eof(character); }
  std::streamsize xsputn(const char* /*text*/, std::streamsize size) override { return size; }
};

/// Only process 0 prints. An error of the others is printed once.
int run(std::span<const std::string> arguments) {
  const auto session = sorn::team::MpiSession::begin_if_launched();
  const bool speaks = session == nullptr || session->rank() == 0;
  Nowhere swallows;
  std::ostream nowhere(&swallows);
  std::ostringstream kept;
  const bool terminal = speaks && isatty(STDERR_FILENO) == 1;
  const int code =
      sorn::cli::run_cli(arguments, {speaks ? std::cout : nowhere, speaks ? std::cerr : kept, terminal, &stop_signal,
                                     &listeners, session.get(), session == nullptr ? program : nullptr, true});
  return session == nullptr ? code : session->agree(code, [&] { std::cerr << kept.str() << std::flush; });
}

#else

/// Without MPI each process would do the same work and write the same files.
int run(std::span<const std::string> arguments) {
  if (const auto launch = sorn::team::launch(); launch && launch->size > 1) {
    if (launch->rank == 0) {
      std::cerr << "sorn: error: " << launch->size
                << " processes were started together, but this sorn was built without MPI\n"
                   "Start one, or build sorn with 'cmake --preset mpi' (SORN_BUILD_MPI=ON).\n";
    }
    return sorn::cli::usage;
  }
  return sorn::cli::run_cli(
      arguments, {std::cout, std::cerr, isatty(STDERR_FILENO) == 1, &stop_signal, &listeners, nullptr, program, false});
}

#endif

}  // namespace

int main(int argc, char** argv) {
  listen_for(SIGINT);
  listen_for(SIGTERM);
  // A file that exceeds its size limit is reported as an error, like a full disk, and does not end the program.
  static_cast<void>(std::signal(SIGXFSZ, SIG_IGN));
  try {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    return run(arguments);
  } catch (const std::bad_alloc&) {
    std::cerr << "sorn: error: there is too little memory to begin; a higher limit (ulimit -v) may help\n";
    return sorn::cli::bad_input;
  }
}

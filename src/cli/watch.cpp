// `sorn watch`: a page in the browser that shows runs while they go on.
#include "cli/commands.hpp"
#include "cli/python.hpp"
#include "cli/run.hpp"
#include "config/text.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

namespace sorn::cli {

namespace {

struct WatchOptions {
  std::vector<std::string> files;
  std::string port = "0";
  bool quiet = false;
};

int watch(const WatchOptions& options, const Environment& environment) {
  constexpr std::int64_t most = 65535;
  std::int64_t port = 0;
  if (!parse_whole(options.port, port) || port < 0 || port > most) {
    throw ParameterError(formatted("--port {}", options.port), formatted("must be a whole number from 0 to {}", most),
                         "0 takes a port that is free");
  }
  for (const std::string& file : options.files) {
    const std::filesystem::path path(file);
    std::error_code unknown;
    const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
    if (!std::filesystem::is_directory(folder, unknown)) {
      throw IoError(formatted("there is no folder '{}'", folder.string()), "a run writes its result into a folder",
                    "check the spelling");
    }
    if (std::filesystem::is_directory(path, unknown)) {
      throw IoError(formatted("'{}' is a folder", file), "must be the result file of a run", "name the files in it");
    }
  }
  std::vector<std::string> arguments{"watch", formatted("--port={}", port)};
  if (options.quiet) arguments.emplace_back("--quiet");
  arguments.emplace_back("--");
  arguments.insert(arguments.end(), options.files.begin(), options.files.end());
  return run_python(arguments, environment);
}

}  // namespace

void add_watch(CLI::App& app, Action& action) {
  auto options = std::make_shared<WatchOptions>();
  CLI::App* command = app.add_subcommand("watch", "watch and steer runs in a browser while they go on");
  command->add_option("FILE", options->files, "the result files of runs, which need not be there yet")
      ->required()
      ->type_name("");
  command->add_option("--port", options->port, "the port of the page (default: one that is free)")->type_name("N");
  command->add_flag("--quiet", options->quiet, "print the address only");
  command->footer(
      "It prints the address of a page and serves it until Ctrl-C. The page shows the last spikes, rates,\n"
      "connections, thresholds and weights, ten times a second. It can pause the run, do some steps, freeze a\n"
      "plasticity rule and change the noise. What it does is in the log of the run ('sorn info'), and\n"
      "'sorn simulate --replay-log run.h5' with the same settings ends with the same bits.\n"
      "The page is for this machine only, and its address holds a secret word. From another machine:\n"
      "ssh -L PORT:127.0.0.1:PORT this-machine, with --port PORT here, and the same address there.\n"
      "A run that is watched is slower by at most 1%. If the watcher ends while the run is paused, the run goes on.\n"
      "The page is served by Python, with the package sorn and nothing else. SORN_PYTHON=/path/to/python3 chooses the\n"
      "Python.\n"
      "\nExamples:\n"
      "  sorn simulate --steps 1e8 --record C/1000 --out run.h5 &\n"
      "  sorn watch run.h5\n"
      "  sorn watch run-*.h5 --port 8700\n\n" +
      exit_code_help());
  command->callback([options, &action] {
    action = [options](const Environment& environment) { return watch(*options, environment); };
  });
}

}  // namespace sorn::cli

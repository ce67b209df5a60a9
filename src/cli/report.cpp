#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/python.hpp"
#include "cli/run.hpp"
#include "config/text.hpp"
#include "io/files/atomic_file.hpp"

#include <sorn/error.hpp>
#include <sorn/io.hpp>

#include <optional>

namespace sorn::cli {

namespace {

struct ReportOptions {
  std::string file;
  std::string out;
  std::optional<std::string> recording;
  bool force = false;
  bool quiet = false;
};

int report(const ReportOptions& options, const Environment& environment) {
  static_cast<void>(load_result(options.file, false));  // reports errors in the file before Python is started
  if (io::same_file(options.file, options.out)) {
    throw ParameterError("--out " + options.out, "must be another file than the result that it reports");
  }
  io::require_writable(options.out, existing(options.force));
  std::vector<std::string> arguments{"report", "--out=" + options.out};
  if (options.recording) arguments.push_back("--recording=" + *options.recording);
  if (options.force) arguments.emplace_back("--force");
  if (options.quiet) arguments.emplace_back("--quiet");
  if (environment.err_is_terminal && !options.quiet) arguments.emplace_back("--terminal");
  arguments.insert(arguments.end(), {"--", options.file});
  return run_python(arguments, environment);
}

}  // namespace

void add_report(CLI::App& app, Action& action) {
  auto options = std::make_shared<ReportOptions>();
  CLI::App* command = app.add_subcommand("report", "describe a run on one page for the browser");
  command->add_option("FILE", options->file, "a result file")->required()->type_name("");
  command->add_option("-o,--out", options->out, "the page to write")->required()->type_name("FILE.html");
  add_recording(*command, options->recording);
  command->add_flag("--force", options->force, force_help);
  command->add_flag("--quiet", options->quiet, "print errors only");
  command->footer(
      "The page holds a summary, the figures, the run and all hyperparameters. It needs no other file and no internet\n"
      "connection. It shows more if more was recorded; with E, C and TE/10 it is complete.\n" +
      python_help("draws", "report") +
      "\nExamples:\n"
      "  sorn simulate --steps 10000 --record E,C,TE/10 --out run.h5\n"
      "  sorn report run.h5 -o report.html\n"
      "  sorn report run.h5 -o inhibitory.html --recording I,C_ei\n\n" +
      exit_code_help());
  command->callback([options, &action] {
    action = [options](const Environment& environment) { return report(*options, environment); };
  });
}

}  // namespace sorn::cli

#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/python.hpp"
#include "cli/run.hpp"
#include "support/format.hpp"

#include <sorn/io.hpp>

#include <optional>

namespace sorn::cli {

namespace {

struct PlotOptions {
  std::string file;
  std::string out;
  std::optional<std::string> recording;
  std::string format = "png";
  std::string dpi = "150";
  std::string only;
  bool force = false;
  bool quiet = false;
};

int plot(const PlotOptions& options, const Environment& environment) {
  static_cast<void>(load_result(options.file, false));  // reports errors in the file before Python is started
  std::vector<std::string> arguments{"plot", "--out=" + options.out, "--format=" + options.format,
                                     "--dpi=" + options.dpi};
  if (!options.only.empty()) arguments.push_back("--only=" + options.only);
  if (options.recording) arguments.push_back("--recording=" + *options.recording);
  if (options.force) arguments.emplace_back("--force");
  if (options.quiet) arguments.emplace_back("--quiet");
  if (environment.err_is_terminal && !options.quiet) arguments.emplace_back("--terminal");
  arguments.insert(arguments.end(), {"--", options.file});
  return run_python(arguments, environment);
}

}  // namespace

void add_plot(CLI::App& app, Action& action) {
  auto options = std::make_shared<PlotOptions>();
  CLI::App* command = app.add_subcommand("plot", "draw figures of a result file");
  command->add_option("FILE", options->file, "a result file")->required()->type_name("");
  command->add_option("--out", options->out, "folder for the figures; made if it does not exist")
      ->required()
      ->type_name("DIR");
  command->add_option("--format", options->format, "format of the figures (default: png)")->type_name("png|pdf|svg");
  command
      ->add_option("--dpi", options->dpi, "dots per inch of parts that are drawn as images, 10 to 1200 (default: 150)")
      ->type_name("N");
  command->add_option("--only", options->only, "draw only these figures")->type_name("NAME,..")->join(',');
  add_recording(*command, options->recording);
  command->add_flag("--force", options->force, "replace existing files of these names");
  command->add_flag("--quiet", options->quiet, "print errors only");
  command->footer(
      "Figures:\n"
      "  always, from the network at the end and all recordings\n"
      "    summary, hist_incoming_conn, hist_outgoing_conn, weight_distribution, linear_lognormal_fit\n"
      "  with --record E, I or R\n"
      "    raster_plot (the last 1,000 steps), scatter_plot (all), hist_firing_rate_network, correlation,\n"
      "    plot_network, isi_exponential_fit, avalanche_distribution\n"
      "  with --record C, C_ei or C_ie\n"
      "    network_connection_dynamics\n"
      "  with --record TE or TI\n"
      "    threshold_dynamics\n" +
      python_help("draws", "plot") +
      "\nExamples:\n"
      "  sorn simulate --steps 10000 --record E,C,TE/10 --out run.h5\n"
      "  sorn plot run.h5 --out figures\n"
      "  sorn plot run.h5 --out figures --only raster_plot,correlation --format pdf\n"
      "  sorn plot run.h5 --out inhibitory --recording I\n\n" +
      exit_code_help());
  command->callback([options, &action] {
    action = [options](const Environment& environment) { return plot(*options, environment); };
  });
}

}  // namespace sorn::cli

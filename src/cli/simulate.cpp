#include "cli/commands.hpp"
#include "cli/run.hpp"

namespace sorn::cli {

void add_simulate(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("simulate", "run a network with its plasticity rules");
  add_options(*command, *options, Needs::run);
  command->footer(
      "The network is new unless --state gives one. Its hyperparameters are the defaults, or those in the state\n"
      "file, with the changes of --config and then of --variant and --set. nu follows the inputs unless it is set.\n"
      "--variant takes the values of a published network. With --state it changes the values that are those of the\n"
      "file's variant; those that differ from it stay. 'sorn info' names them.\n"
      "The target rate of intrinsic plasticity is 2*nu/ne, which falls as networks grow. h_ip=0.1 sets it to the\n"
      "rate of the default network.\n"
      "Without --out the result is written to sorn-result.h5. An existing file is replaced only with --force.\n"
      "Inputs as text (.csv, .tsv, .txt) may be separated by commas, semicolons, tabs or blanks. A heading, an index\n"
      "column from pandas and lines that begin with # are skipped. A first row 0,1,2,... is a heading if the rows\n"
      "below show that. If they do not, it is refused; a line '#' above it makes it the first step.\n"
      "Ctrl-C (or SIGTERM) stops the run after the current step. The result so far is written, and the exit code is\n"
      "130 (or 143). While a run waits for its inputs, the signal ends it at once.\n"
      "Recordings are written to the disk during the run. With --checkpoint-every the run can be resumed after any\n"
      "interruption, and ends with the same bits as if it had not been interrupted. FILE.partial and the last two\n"
      "FILE.checkpoint-STEP are kept beside the result until it is complete. --resume FILE continues from the newest\n"
      "checkpoint. The files may be moved to another machine.\n"
      "Only --steps, --inputs, --signal, --rule, --checkpoint-every, --threads, --replicas and --force can be given\n"
      "with --resume. --inputs must be given if the run has inputs, --signal for each of its signals, and --rule for\n"
      "each rule of your own.\n"
      "--replicas N runs N networks, as many at the same time as there are processors. Replica k has a seed that\n"
      "follows from --seed and k. The results are FILE-0.h5, FILE-1.h5 and so on, and each is equal to the file of a\n"
      "single run with its seed. --out FILE.csv writes a table of statistics instead, with a row for each replica;\n"
      "--out none writes nothing. --resume FILE.h5 --replicas N continues all replicas that were interrupted.\n"
      "If sorn was built with MPI, 'mpirun -n 4 sorn simulate ...' shares one network among processes, on one or\n"
      "more machines. The bits of the result are the same. All processes must see the same files. Each has one\n"
      "thread unless --threads says otherwise. A run may be resumed with another number of processes.\n"
      "\nExamples:\n"
      "  sorn simulate --steps 10000 --record E,C --out run.h5      a new network, without input\n"
      "  sorn simulate --inputs letters.npy --seed 1 --out run.h5   as many steps as the inputs have\n"
      "  sorn simulate --state run.h5 --steps 10000 --freeze sp --out on.h5\n"
      "  sorn simulate --steps 1e7 --record E,C,WEE/100000 --checkpoint-every 1e6 --out long.h5\n"
      "  sorn simulate --resume long.h5\n"
      "  sorn simulate --variant zheng2013 --set noise_sigma=0.1 --steps 1e5 --record E,C --out run.h5\n"
      "  sorn simulate --rule ./mine.so --set order=stdp,ip,mine,sp,istdp,ss --steps 1e4 --out run.h5\n"
      "  sorn simulate --set ne=5000 h_ip=0.1 sp_probability=1 --steps 1e4 --out large.h5\n"
      "  sorn simulate --replicas 12 --steps 1e6 --seed 1 --out run.h5   run-00.h5 to run-11.h5\n"
      "  mpirun -n 2 sorn simulate --set ne=1e6 --set network_type_ie=Sparse --set lambda_ie=0.004 --steps 100 \\\n"
      "      --out large.h5\n"
      "  sorn simulate --replicas 1000 --steps 1e4 --set eta_ip=0.02 --out statistics.csv\n\n" +
      exit_code_help());
  command->callback([options, &action] {
    action = [options](const Environment& environment) {
      return run_network(*options, Phase::plasticity, environment);
    };
  });
}

}  // namespace sorn::cli

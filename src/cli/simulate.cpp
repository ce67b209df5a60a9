#include "cli/commands.hpp"
#include "cli/run.hpp"

namespace sorn::cli {

void add_simulate(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("simulate", "run a network with its plasticity");
  add_options(*command, *options, Needs::run);
  command->footer(
      "The network is new unless --state gives one. Its hyperparameters are the defaults, or those in the state\n"
      "file, with the changes of --config and then of --set. nu follows the inputs unless it is set.\n"
      "Intrinsic plasticity aims at a rate of 2*nu/ne, which falls as networks grow: h_ip=0.1 keeps it at that of\n"
      "the default network.\n"
      "Without --out the result goes to sorn-result.h5. A file that is there is replaced only with --force.\n"
      "Ctrl-C (or SIGTERM) stops after the current step: the result up to there is written, and the exit code is\n"
      "130 (or 143).\n"
      "Recordings go to the disk as they come. With --checkpoint-every the run can go on after any interruption, in\n"
      "the same bits as if it had not been interrupted: FILE.partial and the last two FILE.checkpoint-STEP lie beside\n"
      "the result until it is complete, and --resume FILE takes the newest. They may be moved to another machine.\n"
      "Only --steps, --inputs, --checkpoint-every, --threads, --replicas and --force can be given with --resume; "
      "inputs\n"
      "have to be, if there were some.\n"
      "With --replicas N that many networks run, as many at a time as there are processors. Replica k has a seed that\n"
      "follows from --seed and k, and FILE.h5 stands for FILE-0.h5, FILE-1.h5 and so on, each the file of the single\n"
      "run with its seed. --out FILE.csv leaves a table of statistics, a row for each replica, in their place, and\n"
      "--out none nothing. --resume FILE.h5 --replicas N goes on with all that were interrupted.\n"
      "If sorn was built with MPI, 'mpirun -n 4 sorn simulate ...' shares one network among processes, on as many\n"
      "machines as there are, in the same bits; all must see the same files. Each has one thread unless --threads\n"
      "says otherwise, and a run may be resumed by any other number of them.\n"
      "\nExamples:\n"
      "  sorn simulate --steps 10000 --record E,C --out run.h5      a new network, without input\n"
      "  sorn simulate --inputs letters.npy --seed 1 --out run.h5   as many steps as the inputs have\n"
      "  sorn simulate --state run.h5 --steps 10000 --freeze sp --out on.h5\n"
      "  sorn simulate --steps 1e7 --record E,C,WEE/100000 --checkpoint-every 1e6 --out long.h5\n"
      "  sorn simulate --resume long.h5\n"
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

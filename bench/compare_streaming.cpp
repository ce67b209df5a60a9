// A run that records nothing, then the same run streaming E, I and C of every step into a file, without and with
// checkpoints: wall-clock seconds per step of each, bytes per step, and the peak memory of the program, as JSON. Rounds
// alternate, so that other load on the machine affects all three equally.
#include "networks.hpp"
#include "timing.hpp"

#include <sorn/file_run.hpp>

#include <sys/resource.h>

#include <filesystem>
#include <string>

using namespace sorn;

namespace {

long peak_memory_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1000;
}

}  // namespace

int main(int argc, char** argv) {
  return bench::report_errors([&] {
    bench::require(argc == 5, "usage: compare_streaming NE STEPS ROUNDS FILE");
    const std::string file = argv[4];
    const auto arguments = bench::numbers(argc - 1, argv, 3, "NE STEPS ROUNDS FILE");
    const Parameters p = bench::parameters(arguments[0]);
    const std::size_t steps = arguments[1];
    Network start(p, 1);
    start.run(bench::warm_up_steps);
    const std::vector<RecordRequest> record{{Quantity::excitatory}, {Quantity::inhibitory}, {Quantity::ee_count}};

    fmt::print("[");
    for (std::size_t round = 0; round < arguments[2]; ++round) {
      Network silent = start;
      const double silent_seconds = bench::clock_seconds([&] { silent.run(steps); });
      const auto streamed = [&](std::uint64_t checkpoint_every) {
        FileRun run(file, start,
                    {.steps = steps, .record = record, .checkpoint_every = checkpoint_every, .overwrite = true});
        run.run();
        bench::require(run.network().state() == silent.state(), "recording has changed the run");
      };
      const double streamed_seconds = bench::clock_seconds([&] { streamed(0); });
      const double checkpointed_seconds = bench::clock_seconds([&] { streamed(steps / 10 + 1); });
      fmt::print(
          "{}{{\"silent\": {}, \"streamed\": {}, \"with ten checkpoints\": {}, \"bytes a step\": {}, \"peak MB\": {}}}",
          round == 0 ? "" : ",\n ", silent_seconds / static_cast<double>(steps),
          streamed_seconds / static_cast<double>(steps), checkpointed_seconds / static_cast<double>(steps),
          static_cast<double>(std::filesystem::file_size(file)) / static_cast<double>(steps), peak_memory_mb());
    }
    fmt::print("]\n");
    std::filesystem::remove(file);
  });
}

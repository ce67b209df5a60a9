// An ensemble on one thread and the same ensemble on several: wall-clock seconds of each, as JSON, once with statistics
// only and once with E and C of every step in files. Rounds alternate, so that other load on the machine affects both
// equally.
#include "networks.hpp"
#include "timing.hpp"

#include <sorn/ensemble.hpp>

#include <chrono>
#include <filesystem>
#include <string>

using namespace sorn;

namespace {

double clock_seconds(const EnsemblePlan& plan) {
  const auto begin = std::chrono::steady_clock::now();
  bench::require(run_ensemble(plan).complete == plan.replicas, "a replica did not come to its end");
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

int main(int argc, char** argv) {
  return bench::report_errors([&] {
    constexpr const char* usage = "NE STEPS REPLICAS THREADS ROUNDS FILE";
    bench::require(argc == 7, "usage: compare_ensemble NE STEPS REPLICAS THREADS ROUNDS FILE");
    const std::string file = argv[6];
    const auto arguments = bench::numbers(argc - 1, argv, 5, usage);
    EnsemblePlan plan;
    plan.parameters = bench::parameters(arguments[0]);
    plan.run.steps = arguments[1];
    plan.replicas = arguments[2];
    plan.seed = 1;
    const std::size_t threads = arguments[3];

    fmt::print("[");
    for (std::size_t round = 0; round < arguments[4]; ++round) {
      for (const bool into_files : {false, true}) {
        plan.keep = into_files ? Keep::files : Keep::statistics;
        plan.out = file;
        plan.run.overwrite = true;
        plan.run.record.clear();
        if (into_files) plan.run.record = {{Quantity::excitatory}, {Quantity::ee_count}};
        plan.threads = 1;
        const double one = clock_seconds(plan);
        plan.threads = threads;
        const double several = clock_seconds(plan);
        fmt::print("{}{{\"keeps\": \"{}\", \"one thread\": {}, \"{} threads\": {}, \"ratio\": {:.3f}}}",
                   round == 0 && !into_files ? "" : ",\n ", into_files ? "files" : "statistics", one, threads, several,
                   one / several);
      }
    }
    fmt::print("]\n");
    for (std::uint64_t k = 0; k < plan.replicas; ++k) std::filesystem::remove(replica_file(file, k, plan.replicas));
  });
}

// A run that streams its recordings into a file. After any interruption it continues when it is started again.
#include <sorn/file_run.hpp>
#include <sorn/result_reader.hpp>
#include <sorn/sorn.hpp>

#include <iostream>

int main(int argc, char** argv) {
  try {
    const std::string file = argc > 1 ? argv[1] : "long.h5";
    sorn::FileRun run = [&] {
      try {
        return sorn::FileRun::resumed(file);
      } catch (const sorn::IoError&) {  // there is no run to resume
        return sorn::FileRun(file, sorn::Network({.ne = 200, .nu = 10}, /*seed=*/42),
                             {.steps = 100'000,
                              .record = {{sorn::Quantity::excitatory}, {sorn::Quantity::te, /*stride=*/100}},
                              .checkpoint_every = 20'000});
      }
    }();
    std::cout << "from step " << run.steps_done() << " to step " << run.run() << '\n';

    const sorn::ResultReader result(file);  // reads only the requested rows
    const sorn::Recording last = result.rows(sorn::Quantity::excitatory, 99'000, 1'000);
    double spikes = 0;
    for (const auto x : last.spikes()) spikes += x;
    std::cout << "late rate: " << spikes / (200 * 1'000) << " spikes per unit and step\n";
  } catch (const sorn::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}

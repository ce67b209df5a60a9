// Two learning rates, each in four networks, on all processors.
#include <sorn/sweep.hpp>

#include <iostream>

int main() {
  sorn::Sweep sweep;
  sweep.design.base.ne = 100;
  sweep.design.base.lambda_ee = 10;
  sweep.design.dimensions = {{"eta_stdp", {0.002, 0.008}}};
  sweep.design.seed = 42;
  sweep.design.runs_per_point = 4;
  sweep.design.steps = 2'000;
  sweep.design.statistics = {"mean_rate", "ee_synapses"};
  const sorn::SweepReport report = sorn::run_sweep(sweep);
  for (const auto& [index, outcome] : report.outcomes) {
    const sorn::SweepRun run = sorn::run_of(sweep.design, index);
    std::cout << sorn::text(sweep.design, run) << ": ";
    if (outcome.failed()) {
      std::cout << outcome.error << '\n';
    } else {
      std::cout << "rate " << outcome.values[0] << ", " << outcome.values[1] << " synapses\n";
    }
  }
}

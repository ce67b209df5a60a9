// Sixteen independent networks on all processors, and statistics over them.
#include <sorn/ensemble.hpp>

#include <iostream>

int main() {
  sorn::EnsemblePlan plan;
  plan.replicas = 16;
  plan.seed = 42;
  plan.parameters.ne = 100;
  plan.parameters.lambda_ee = 10;
  plan.run.steps = 2'000;
  const sorn::EnsembleOutcome outcome = sorn::run_ensemble(plan);
  for (const sorn::Measure& measure : sorn::measures_without_train()) {
    const sorn::Pooled all = sorn::pooled(outcome.statistics, measure);
    std::cout << measure.name << ": " << all.mean << " +- " << all.deviation << '\n';
  }
}

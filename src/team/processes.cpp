#include "team/processes.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>

namespace sorn::team {

namespace {

/// The whole number that a variable holds; empty if it is not set or holds something else.
std::optional<std::size_t> number_in(const char* (*variable_of)(const char*), const char* variable) {
  const char* text = variable_of(variable);
  if (text == nullptr) return {};
  std::size_t number = 0;
  const char* end = text + std::strlen(text);
  const auto [rest, error] = std::from_chars(text, end, number);
  if (error != std::errc{} || rest != end) return {};
  return number;
}

const char* environment_variable(const char* name) { return std::getenv(name); }  // NOLINT(concurrency-mt-unsafe)

}  // namespace

std::optional<Launch> launch(const char* (*variable_of)(const char*)) {
  std::optional<std::size_t> rank;
  for (const char* variable : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"}) {
    if (!rank) rank = number_in(variable_of, variable);
  }
  std::optional<std::size_t> size;
  for (const char* variable : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}) {
    if (!size) size = number_in(variable_of, variable);
  }
  if (!rank && !size) return {};
  // PMIx does not set the number of processes, but srun, which starts processes with it, does. A script of sbatch has
  // neither variable.
  if (!size) size = number_in(variable_of, "SLURM_STEP_NUM_TASKS");
  return Launch{rank.value_or(0), std::max(size.value_or(1), rank.value_or(0) + 1)};
}

std::optional<Launch> launch() { return launch(environment_variable); }

}  // namespace sorn::team

#include "team/processes.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace sorn::team {

namespace {

std::map<std::string, const char*> variables;

const char* variable_of(const char* name) {
  const auto found = variables.find(name);
  return found == variables.end() ? nullptr : found->second;
}

/// Rank and size with these variables set; size 0 without a launcher.
std::pair<std::size_t, std::size_t> launched(const std::map<std::string, const char*>& set) {
  variables = set;
  const auto found = launch(variable_of);
  return found ? std::pair(found->rank, found->size) : std::pair(std::size_t{0}, std::size_t{0});
}

}  // namespace

TEST(Launch, IsReadFromTheVariablesOfEveryLauncher) {
  EXPECT_EQ(launched({}), std::pair(0UL, 0UL));
  EXPECT_EQ(launched({{"OMPI_COMM_WORLD_RANK", "2"}, {"OMPI_COMM_WORLD_SIZE", "3"}}), std::pair(2UL, 3UL));
  EXPECT_EQ(launched({{"PMI_RANK", "1"}, {"PMI_SIZE", "4"}}), std::pair(1UL, 4UL));
  EXPECT_EQ(launched({{"PMIX_RANK", "1"}, {"SLURM_STEP_NUM_TASKS", "8"}}), std::pair(1UL, 8UL));
  EXPECT_EQ(launched({{"PMIX_RANK", "5"}}), std::pair(5UL, 6UL)) << "at least this number of processes";
}

TEST(Launch, IgnoresTasksOfABatchScript) {
  EXPECT_EQ(launched({{"SLURM_NTASKS", "4"}, {"SLURM_PROCID", "0"}}), std::pair(0UL, 0UL));
  EXPECT_EQ(launched({{"OMPI_COMM_WORLD_SIZE", "many"}}), std::pair(0UL, 0UL));
}

}  // namespace sorn::team

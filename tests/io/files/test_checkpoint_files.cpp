// The names of checkpoints beside a result.
#include "helpers/temporary_folder.hpp"
#include "io/files/checkpoint_files.hpp"

#include <sorn/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace sorn {
namespace {

using test::TemporaryFolder;
using test::write_file;
using testing::ElementsAre;

TEST(CheckpointFiles, AreRecognisedByTheirNames) {
  EXPECT_EQ(io::checkpoint_path("a/run.h5", 500), "a/run.h5.checkpoint-500");
  EXPECT_EQ(io::target_of_checkpoint("a/run.h5.checkpoint-500"), std::filesystem::path("a/run.h5"));
  for (const char* const other : {"run.h5", "run.h5.checkpoint-", "run.h5.checkpoint-5x", ".checkpoint-5",
                                  "run.h5.checkpoint-99999999999999999999"}) {
    EXPECT_EQ(io::target_of_checkpoint(other), std::nullopt) << other;
  }
  const TemporaryFolder folder;
  for (const char* const name :
       {"r.h5.checkpoint-20", "r.h5.checkpoint-100", "other.h5.checkpoint-7", "r.h5.checkpoint-x"}) {
    write_file(folder / name, "");
  }
  std::vector<std::uint64_t> steps;
  for (const auto& found : io::checkpoints_of(folder / "r.h5")) steps.push_back(found.step);
  EXPECT_THAT(steps, ElementsAre(100, 20));
}

}  // namespace
}  // namespace sorn

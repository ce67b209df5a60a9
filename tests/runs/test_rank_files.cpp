// Files of networks over ranks: an error on one rank is reported on all ranks, and no steps are lost.
#include "helpers/message_of.hpp"
#include "helpers/small_parameters.hpp"
#include "helpers/temporary_folder.hpp"
#include "helpers/thread_ranks.hpp"

#include <sorn/error.hpp>
#include <sorn/file_run.hpp>
#include <sorn/io.hpp>
#include <sorn/share.hpp>
#include <sorn/sorn.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

namespace sorn {
namespace {

using test::message_of;
using test::on_ranks;
using test::read_file;
using test::TemporaryFolder;
using test::write_file;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::uint64_t steps = 100;

RunPlan plan() {
  return {.steps = steps, .record = {{Quantity::excitatory}, {Quantity::te, 10}}, .checkpoint_every = 20};
}

class RankFiles : public testing::Test {
protected:
  TemporaryFolder folder;
  std::filesystem::path file = folder / "run.h5";

  /// Makes a run on three ranks that stops after 50 steps.
  void begin() {
    on_ranks(3, [&](const std::shared_ptr<Ranks>& ranks) {
      EXPECT_EQ(FileRun(file, Network(test::small_parameters, 5, ranks), plan()).run({}, 50), 50U);
    });
  }

  /// Resumes `from` on `count` ranks. @returns the error messages of the ranks that failed
  std::vector<std::string> go_on(const std::filesystem::path& from, std::size_t count) {
    std::vector<std::string> messages(count);
    on_ranks(count, [&](const std::shared_ptr<Ranks>& ranks) {
      try {
        FileRun::resumed(from, {}, ranks).run();
      } catch (const Error& error) {
        messages[ranks->rank()] = error.what();
      }
    });
    std::erase(messages, "");
    return messages;
  }

  void expect_reference() {
    FileRun(folder / "reference.h5", Network(test::small_parameters, 5), plan()).run();
    EXPECT_EQ(load_result(file).state, load_result(folder / "reference.h5").state);
    EXPECT_EQ(load_result(file).recordings, load_result(folder / "reference.h5").recordings);
  }
};

TEST_F(RankFiles, IncludeTheSharesOfEachCheckpoint) {
  begin();
  EXPECT_THAT(folder.names(), ElementsAre("run.h5", "run.h5.checkpoint-40", "run.h5.checkpoint-40.share-1",
                                          "run.h5.checkpoint-40.share-2", "run.h5.checkpoint-50",
                                          "run.h5.checkpoint-50.share-1", "run.h5.checkpoint-50.share-2"));
  EXPECT_EQ(load_result(folder / "run.h5.checkpoint-50").state, load_result(file).state);
  EXPECT_THAT(go_on(file, 2), ElementsAre());
  EXPECT_THAT(folder.names(), ElementsAre("run.h5"));
  expect_reference();
}

TEST_F(RankFiles, SharesWithoutACheckpointAreRemoved) {
  begin();
  for (const char* step : {"40", "50"}) std::filesystem::remove(folder / (std::string("run.h5.checkpoint-") + step));
  on_ranks(2, [&](const std::shared_ptr<Ranks>& ranks) {
    RunPlan anew = plan();
    anew.overwrite = true;
    const FileRun run(file, Network(test::small_parameters, 5, ranks), anew);
  });
  EXPECT_THAT(folder.names(),
              ElementsAre("run.h5", "run.h5.checkpoint-0", "run.h5.checkpoint-0.share-1", "run.h5.partial"));
}

TEST_F(RankFiles, CanBeResumedInOneProcess) {
  begin();
  FileRun::resumed(folder / "run.h5.checkpoint-40").run();
  EXPECT_THAT(folder.names(), ElementsAre("run.h5"));
  expect_reference();
}

TEST_F(RankFiles, CanBeResumedByTheNameOfAShare) {
  begin();
  const auto share = folder / "run.h5.checkpoint-40.share-2";
  try {
    load_result(share);
    ADD_FAILURE() << "a share was loaded as a network";
  } catch (const FormatError& error) {
    EXPECT_THAT(error.what(), HasSubstr("a share of a checkpoint: is a part of a network only"));
  }
  EXPECT_THAT(go_on(share, 2), ElementsAre());
  expect_reference();
}

TEST_F(RankFiles, ADamagedShareIsReportedOnAllRanks) {
  begin();
  const auto share = folder / "run.h5.checkpoint-50.share-1";
  const std::string whole = read_file(share);
  std::string damaged = whole;
  damaged[damaged.size() / 2] ^= 1;
  write_file(share, damaged);
  const std::string checkpoint = (folder / "run.h5.checkpoint-50").string();
  const std::string older = "the checkpoint before it is whole: resume '" + (folder / "run.h5.checkpoint-40").string();
  // The first two of four ranks need no unit of the share; they learn of the damage from the third.
  const auto messages = go_on(file, 4);
  ASSERT_EQ(messages.size(), 4U);
  EXPECT_THAT(messages[0], HasSubstr("rank 2: '" + checkpoint));
  for (const std::string& message : messages) {
    EXPECT_THAT(message, testing::AllOf(HasSubstr(share.string()), HasSubstr(older)));
  }
  EXPECT_THAT(go_on(folder / "run.h5.checkpoint-40", 2), ElementsAre());
  expect_reference();
}

TEST_F(RankFiles, AMissingShareIsReported) {
  begin();
  std::filesystem::remove(folder / "run.h5.checkpoint-50.share-1");
  const auto messages = go_on(file, 2);
  ASSERT_EQ(messages.size(), 2U);
  const std::string missing = "share '" + (folder / "run.h5.checkpoint-50.share-1").string() + "' is missing";
  const std::string older = "the checkpoint before it is whole: resume '" + (folder / "run.h5.checkpoint-40").string();
  for (const std::string& message : messages)
    EXPECT_THAT(message, testing::AllOf(HasSubstr(missing), HasSubstr(older)));
  EXPECT_THROW(load_result(folder / "run.h5.checkpoint-50"), FormatError);
  EXPECT_THAT(go_on(folder / "run.h5.checkpoint-40", 3), ElementsAre());
  expect_reference();
}

TEST_F(RankFiles, AShareOfAnotherCheckpointIsRefused) {
  begin();
  std::filesystem::copy_file(folder / "run.h5.checkpoint-40.share-1", folder / "run.h5.checkpoint-50.share-1",
                             std::filesystem::copy_options::overwrite_existing);
  const auto messages = go_on(file, 2);
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_THAT(messages[0], HasSubstr("belongs to another checkpoint"));
}

TEST_F(RankFiles, AShareOfAnotherRunWithTheSameSeedAndStepIsRefused) {
  begin();
  const auto other = folder / "other.h5";
  on_ranks(3, [&](const std::shared_ptr<Ranks>& ranks) {
    RunPlan louder = plan();
    louder.options.noise = Noise::gaussian(0.3);
    FileRun(other, Network(test::small_parameters, 5, ranks), louder).run({}, 50);
  });
  for (const std::string share : {"share-1", "share-2"}) {
    std::filesystem::copy_file(folder / ("other.h5.checkpoint-50." + share), folder / ("run.h5.checkpoint-50." + share),
                               std::filesystem::copy_options::overwrite_existing);
  }
  EXPECT_THAT(message_of<FormatError>([&] { load_result(folder / "run.h5.checkpoint-50"); }),
              HasSubstr("belongs to another checkpoint"));
  EXPECT_THAT(go_on(file, 2), testing::Each(HasSubstr("belongs to another checkpoint")));
  EXPECT_THAT(go_on(folder / "run.h5.checkpoint-40", 2), ElementsAre());
  expect_reference();
}

TEST_F(RankFiles, CanBeResumedAfterAFailedWriteOfAShare) {
  begin();
  // A folder at the path of the share of rank 1 has the effect of a failing disk on this rank.
  const auto obstacle = folder / "run.h5.checkpoint-60.share-1";
  std::filesystem::create_directory(obstacle);
  const auto messages = go_on(file, 2);
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_THAT(messages[0], HasSubstr("rank 1: "));
  EXPECT_THAT(messages[1], HasSubstr("then resume '" + file.string() + "', which goes on from step 50"));
  std::filesystem::remove(obstacle);
  EXPECT_THAT(go_on(file, 3), ElementsAre());
  expect_reference();
  std::filesystem::remove(folder / "reference.h5");
  EXPECT_THAT(folder.names(), ElementsAre("run.h5"));
}

TEST_F(RankFiles, AllRanksFailIfRank0CannotWriteTheResult) {
  std::filesystem::create_directory(file);
  on_ranks(3, [&](const std::shared_ptr<Ranks>& ranks) {
    Network network(test::small_parameters, 5, ranks);
    EXPECT_THROW(FileRun(file, network, plan()), IoError);
  });
}

TEST_F(RankFiles, AShareAloneIsNotSavedAsAResult) {
  Result result;
  result.parameters = test::small_parameters;
  result.state = build_share(test::small_parameters, 5, 2, 0);
  EXPECT_THROW(save_result(file, result), StateError);
}

}  // namespace
}  // namespace sorn

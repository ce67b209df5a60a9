// The right to write a file: one writer at a time, no writes into foreign files, and nothing left by killed writers.
#include "helpers/message_of.hpp"
#include "helpers/temporary_folder.hpp"
#include "io/files/atomic_file.hpp"
#include "io/files/claim.hpp"

#include <sorn/error.hpp>
#include <sorn/file_run.hpp>
#include <sorn/io.hpp>
#include <sorn/sorn.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace sorn {
namespace {

namespace fs = std::filesystem;

using test::message_of;
using test::read_file;
using test::TemporaryFolder;
using test::write_file;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

constexpr std::string_view precious = "precious";
const Parameters small{.ne = 40, .nu = 3, .lambda_ee = 8, .lambda_ei = 10};

RunPlan plan(std::uint64_t checkpoint_every, bool overwrite = false) {
  return {
      .steps = 40, .record = {{Quantity::excitatory}}, .checkpoint_every = checkpoint_every, .overwrite = overwrite};
}

Result result() {
  return {.parameters = small, .state = build_state(small, 1), .recordings = {}, .run = {}, .program_version = {}};
}

/// Calls `body` in another process, which is then killed.
template <class Body>
void killed(Body&& body) {
  const pid_t child = fork();
  if (child == 0) {
    body();
    raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status)) << status;
}

/// Writes a text into a file when a run has done a few steps.
class Intruder final : public Observer {
public:
  explicit Intruder(fs::path path) : path_(std::move(path)) {}
  Outcome on_step(const StepView& view) override {
    if (view.step == 20) write_file(path_, precious);
    return Outcome::go_on;
  }

private:
  fs::path path_;
};

class Claims : public testing::Test {
protected:
  TemporaryFolder folder;
  fs::path file = folder / "run.h5";
};

TEST_F(Claims, ExcludeOtherWritersUnderAnyName) {
  fs::create_symlink("run.h5", folder / "link.h5");
  {
    const auto claim = io::claimed(file);
    for (const fs::path& name : {file, folder / "link.h5"}) {
      EXPECT_THAT(message_of<IoError>([&] { save_result(name, result()); }),
                  HasSubstr("another process is writing it"));
      EXPECT_THROW(FileRun(name, Network(small, 1), plan(0)), IoError);
      EXPECT_THROW(FileRun(name, Network(small, 1), plan(10)), IoError);
      EXPECT_THROW(io::require_idle(name), IoError);
    }
    save_result(folder / "other.h5", result());
  }
  EXPECT_THAT(folder.names(), ElementsAre("link.h5", "other.h5"));
  save_result(folder / "link.h5", result());
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(file)));
}

TEST_F(Claims, OfRunsExcludeOtherWriters) {
  for (const std::uint64_t first : {0U, 10U}) {
    for (const std::uint64_t second : {0U, 10U}) {
      {
        FileRun run(file, Network(small, 1), plan(first));
        EXPECT_THAT(message_of<IoError>([&] { FileRun(file, Network(small, 1), plan(second)); }),
                    HasSubstr("another process is writing it"));
        EXPECT_THAT(message_of<IoError>([&] { FileRun::resumed(file); }), HasSubstr("another process is writing it"));
        EXPECT_THROW(save_result(file, result(), Existing::replace), IoError);
        run.run();
        // The object still exists, but its run is finished.
        EXPECT_THAT(message_of<IoError>([&] { FileRun(file, Network(small, 1), plan(second)); }),
                    HasSubstr("exists already"));
      }
      EXPECT_THAT(folder.names(), ElementsAre("run.h5"));
      fs::remove(file);
    }
  }
}

TEST_F(Claims, AreReleasedEvenIfAChildProcessInheritedThem) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  pid_t child = 0;
  {
    const auto claim = io::claimed(file);
    child = fork();
    if (child == 0) {
      close(ends[1]);
      char byte = 0;
      while (read(ends[0], &byte, 1) < 0) continue;  // until the parent is done
      _exit(0);
    }
  }
  save_result(file, result());
  close(ends[1]);
  waitpid(child, nullptr, 0);
  close(ends[0]);
  EXPECT_THAT(folder.names(), ElementsAre("run.h5"));
}

TEST_F(Claims, DoNotWriteIntoForeignFilesWithTheirName) {
  const std::string name = [&] { return io::claimed(file)->file().filename().string(); }();
  write_file(folder / "victim", precious);
  const fs::path there = folder / name;
  for (int way = 0; way < 3; ++way) {
    if (way == 0) fs::create_symlink("victim", there);
    if (way == 1) fs::create_hard_link(folder / "victim", there);
    if (way == 2) {
      ASSERT_EQ(mkfifo(there.c_str(), 0600), 0);
    }
    save_result(file, result(), Existing::replace);
    EXPECT_GT(load_result(file).parameters.ne, 0U);
    EXPECT_EQ(read_file(folder / "victim"), precious);
    EXPECT_THAT(folder.names(), UnorderedElementsAre(name, "run.h5", "victim"));
    fs::remove(there);
  }
}

TEST_F(Claims, OfKilledProcessesAreRemovedByTheNextWriterInTheFolder) {
  killed([&] {
    auto* const unfinished = new io::AtomicFile(file, Existing::refuse);  // its destructor would clean up
    unfinished->resize(1000000);
  });
  EXPECT_EQ(folder.names().size(), 1U);
  save_result(folder / "other.h5", result());
  EXPECT_THAT(folder.names(), ElementsAre("other.h5"));

  killed([&] { static_cast<void>(new FileRun(file, Network(small, 1), plan(0))); });
  EXPECT_EQ(folder.names().size(), 2U);
  FileRun(folder / "third.h5", Network(small, 1), plan(10)).run();
  EXPECT_THAT(folder.names(), ElementsAre("other.h5", "third.h5"));
}

TEST_F(Claims, OfOthersStayIfTheirProcessLivesOrTheyAreForeign) {
  pid_t gone = 0;
  {
    gone = fork();
    if (gone == 0) _exit(0);
    waitpid(gone, nullptr, 0);
  }
  const std::string dead = fmt::format(".sorn-{}-0.tmp", gone);
  const std::string alive = fmt::format(".sorn-{}-0.tmp", getpid());
  const std::string link = ".sorn-00000000000000aa.tmp";
  const std::string pipe = ".sorn-00000000000000ab.tmp";
  const std::string twin = ".sorn-00000000000000ac.tmp";
  write_file(folder / dead, "x");
  write_file(folder / alive, "x");
  write_file(folder / ".sorn-notes.tmp", "x");
  write_file(folder / ".sorn-00000000000000ad.tmp.txt", "x");
  write_file(folder / "victim", precious);
  fs::create_symlink("victim", folder / link);
  fs::create_hard_link(folder / "victim", folder / twin);
  ASSERT_EQ(mkfifo((folder / pipe).c_str(), 0600), 0);
  const auto held = io::claimed(folder / "held.h5");
  save_result(file, result());
  EXPECT_THAT(folder.names(),
              UnorderedElementsAre(alive, link, pipe, twin, ".sorn-notes.tmp", ".sorn-00000000000000ad.tmp.txt",
                                   "victim", held->file().filename().string(), "run.h5"));
}

TEST_F(Claims, LeaveAForeignPartialFileUnchanged) {
  const fs::path partial = folder / "run.h5.partial";
  write_file(folder / "victim", precious);
  const std::array<std::function<void()>, 6> strangers{[&] { fs::create_symlink("victim", partial); },
                                                       [&] { fs::create_symlink("nowhere", partial); },
                                                       [&] { fs::create_hard_link(folder / "victim", partial); },
                                                       [&] { write_file(partial, precious); },
                                                       [&] { ASSERT_EQ(mkfifo(partial.c_str(), 0600), 0); },
                                                       [&] { fs::create_directory(partial); }};
  for (std::size_t k = 0; k < strangers.size(); ++k) {
    strangers[k]();
    const auto kind = fs::symlink_status(partial).type();
    EXPECT_THAT(message_of<IoError>([&] { FileRun(file, Network(small, 1), plan(10)); }),
                AllOf(HasSubstr("run.h5.partial"), HasSubstr("move it away")))
        << k;
    EXPECT_EQ(fs::symlink_status(partial).type(), kind);
    EXPECT_EQ(read_file(folder / "victim"), precious);
    if (k == 3) {
      EXPECT_EQ(read_file(partial), precious);
    }
    EXPECT_THAT(folder.names(), ElementsAre("run.h5.partial", "victim"));
    FileRun(file, Network(small, 1), plan(0)).run();  // this run needs no partial file
    fs::remove(file);
    fs::remove(partial);
  }
}

TEST_F(Claims, TakeOverThePartialFileOfAKilledRun) {
  killed([&] { static_cast<void>(new io::AtomicFile(file, io::AtomicFile::Start::anew, Existing::refuse)); });
  ASSERT_TRUE(fs::exists(folder / "run.h5.partial"));
  FileRun(file, Network(small, 1), plan(10)).run();
  EXPECT_THAT(folder.names(), ElementsAre("run.h5"));
}

TEST_F(Claims, KeepFilesThatOnlyHaveTheNameOfACheckpoint) {
  FileRun(file, Network(small, 1), plan(10)).run({}, 15);
  write_file(folder / "run.h5.checkpoint-99", precious);
  write_file(folder / "run.h5.checkpoint-7.share-1", precious);
  fs::create_symlink("victim", folder / "run.h5.checkpoint-98");
  EXPECT_THROW(FileRun::resumed(file).run(), Error);  // the newest cannot be read
  FileRun::resumed(folder / "run.h5.checkpoint-15").run();
  EXPECT_EQ(read_file(folder / "run.h5.checkpoint-99"), precious);
  EXPECT_THAT(folder.names(),
              ElementsAre("run.h5", "run.h5.checkpoint-7.share-1", "run.h5.checkpoint-98", "run.h5.checkpoint-99"));
}

TEST_F(Claims, DoNotTruncateTheResultOfAnotherRun) {
  FileRun(file, Network(small, 1), plan(10)).run({}, 15);
  FileRun(folder / "other.h5", Network(small, 2), plan(10)).run({}, 15);
  fs::rename(folder / "other.h5", file);
  const std::string before = read_file(file);
  EXPECT_THAT(message_of<FormatError>([&] { FileRun::resumed(file); }), HasSubstr("is the result of another run"));
  EXPECT_EQ(read_file(file), before);
}

TEST_F(Claims, ContinueTheFilesOfAnEarlierVersion) {
  for (const char* name : {"run.h5.partial", "run.h5.checkpoint-4000"}) {
    fs::copy_file(fs::path(SORN_TEST_GOLDEN_DIR) / "resume_v1" / name, folder / name);
  }
  write_file(file, precious);  // such a run replaced an existing file
  FileRun run = FileRun::resumed(file, {.steps = 4200});
  EXPECT_EQ(run.run(), 4200U);
  EXPECT_THAT(folder.names(), ElementsAre("run.h5"));
  const Parameters parameters{.ne = 10, .nu = 2, .lambda_ee = 4, .lambda_ei = 4};
  RunPlan whole{.steps = 4200, .record = {{Quantity::ee_count, 100}}};
  whole.options.noise = run.plan().options.noise;
  FileRun(folder / "whole.h5", Network(parameters, 5), whole).run();
  EXPECT_EQ(load_result(file).state, load_result(folder / "whole.h5").state);
  EXPECT_EQ(load_result(file).recordings, load_result(folder / "whole.h5").recordings);
}

TEST_F(Claims, FollowLinksToAMissingFile) {
  fs::create_directory(folder / "far");
  fs::create_symlink("two.h5", folder / "one.h5");
  fs::create_symlink("far/three.h5", folder / "two.h5");
  fs::create_symlink(folder / "run.h5", folder / "far" / "three.h5");
  save_result(folder / "one.h5", result());
  EXPECT_TRUE(fs::is_symlink(folder / "one.h5"));
  EXPECT_TRUE(fs::is_symlink(folder / "far" / "three.h5"));
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(file)));
  fs::remove(file);

  FileRun(folder / "one.h5", Network(small, 1), plan(10)).run({}, 15);
  EXPECT_TRUE(fs::is_symlink(folder / "one.h5"));
  EXPECT_TRUE(fs::exists(folder / "run.h5.checkpoint-15"));
  FileRun::resumed(folder / "one.h5").run();
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(file)));

  fs::create_symlink("round.h5", folder / "round.h5");
  EXPECT_THROW(save_result(folder / "round.h5", result()), IoError);
  fs::create_symlink("no/file.h5", folder / "astray.h5");
  EXPECT_THAT(message_of<IoError>([&] { save_result(folder / "astray.h5", result()); }), HasSubstr("No such file"));
}

TEST_F(Claims, ReplaceAFileOnlyOnRequest) {
  write_file(file, precious);
  const auto refused = AllOf(HasSubstr("'" + file.string() + "' exists already"), HasSubstr("give another name"));
  EXPECT_THAT(message_of<IoError>([&] { save_result(file, result()); }), refused);
  EXPECT_THAT(message_of<IoError>([&] { FileRun(file, Network(small, 1), plan(0)); }), refused);
  EXPECT_THAT(message_of<IoError>([&] { FileRun(file, Network(small, 1), plan(10)); }), refused);
  EXPECT_EQ(read_file(file), precious);
  EXPECT_THAT(folder.names(), ElementsAre("run.h5"));

  save_result(file, result(), Existing::replace);
  FileRun(file, Network(small, 1), plan(0, true)).run();
  {
    // A run that may replace the file may still do so after an interruption.
    const std::string before = read_file(file);
    const FileRun broken(file, Network(small, 1), plan(10, true));
    EXPECT_EQ(read_file(file), before);
  }
  FileRun::resumed(file).run();
  EXPECT_EQ(load_result(file).run.steps, 40U);
  EXPECT_THAT(folder.names(), ElementsAre("run.h5"));
}

TEST_F(Claims, KeepTheResultIfAFileHasAppeared) {
  Intruder intruder(file);
  const std::array<Observer*, 1> observers{&intruder};
  EXPECT_THAT(message_of<IoError>([&] { FileRun(file, Network(small, 1), plan(0)).run(observers); }),
              AllOf(HasSubstr("exists already"), HasSubstr("is complete in '" + file.string() + ".partial'")));
  EXPECT_EQ(read_file(file), precious);
  EXPECT_EQ(load_result(folder / "run.h5.partial").run.steps, 40U);
  EXPECT_THAT(folder.names(), ElementsAre("run.h5", "run.h5.partial"));
  fs::remove(file);
  fs::remove(folder / "run.h5.partial");

  // With checkpoints nothing is lost either, and the run does not replace the foreign file unless asked.
  EXPECT_THROW(FileRun(file, Network(small, 1), plan(10)).run(observers), IoError);
  EXPECT_EQ(read_file(file), precious);
  EXPECT_THAT(message_of<IoError>([&] { FileRun::resumed(file); }), HasSubstr("exists already"));
  EXPECT_EQ(read_file(file), precious);
  FileRun::resumed(file, {.overwrite = true}).run();
  EXPECT_EQ(load_result(file).run.steps, 40U);
  EXPECT_THAT(folder.names(), ElementsAre("run.h5"));
}

TEST_F(Claims, AreRefusedForRecordingsThatExceedTheDisk) {
  const Network network(small, 1);
  const auto refusal = [&](const RunPlan& plan) {
    return message_of<ParameterError>([&] { FileRun(file, network, plan); });
  };
  const auto room = AllOf(HasSubstr("GB or more"), HasSubstr("the disk has left"), HasSubstr("give a stride"));
  const auto space = static_cast<double>(fs::space(folder.path()).available);
  const auto rows = [&](double bytes_of_row) { return static_cast<std::uint64_t>(1.1 * space / bytes_of_row); };
  const double wee = 6.0 * static_cast<double>(network.state().wee->synapse_count());  // in sparse rows
  EXPECT_THAT(refusal({.steps = rows(wee), .record = {{Quantity::wee}}}), room);
  EXPECT_THAT(refusal({.steps = rows(5.0 * 40), .record = {{Quantity::te}}}), room);
  EXPECT_THAT(refusal({.steps = rows(wee + 5.0 * 40), .record = {{Quantity::wee}, {Quantity::te}}}), room);
  EXPECT_THAT(refusal({.steps = 1'000'000'000'000'000, .record = {{Quantity::excitatory}}}), room);
  EXPECT_THAT(folder.names(), ElementsAre());

  // Constant weights compress to almost nothing, and a stride helps.
  RunPlan still{.steps = rows(wee), .record = {{Quantity::wee}}};
  still.options.phase = Phase::training;
  FileRun(file, network, still);
  still.options.phase = Phase::plasticity;
  still.options.freeze = {Rule::stdp};
  FileRun(file, network, still);
  FileRun(file, network, {.steps = rows(wee), .record = {{Quantity::wee, 100}}});
}

}  // namespace
}  // namespace sorn

// Result files that cannot be written: nothing is lost, and the error says why.
#include "helpers/results.hpp"
#include "io/files/atomic_file.hpp"

#include <sorn/error.hpp>
#include <sorn/io.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>

namespace sorn {
namespace {

using test::example;
using test::exit_code_of_child;
using test::expect_equal;
using test::message_of;
using test::read_file;
using test::ResultFile;
using test::write_file;
using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(ResultFile, NamesPathAndReasonWhenItCannotBeWritten) {
  const Result result = example();
  const auto missing = folder / "no" / "result.h5";
  EXPECT_THAT(message_of<IoError>([&] { save_result(missing, result); }),
              testing::AllOf(HasSubstr(missing.string()), HasSubstr("No such file or directory")));
  EXPECT_THAT(message_of<IoError>([&] { save_result(folder.path(), result); }),
              testing::AllOf(HasSubstr(folder.path().string()), HasSubstr("Is a directory")));
  write_file(folder / "file", "x");
  EXPECT_THAT(message_of<IoError>([&] { save_result(folder / "file" / "result.h5", result); }),
              HasSubstr("Not a directory"));
  EXPECT_THAT(message_of<IoError>([&] { save_result("", result); }), HasSubstr("No such file"));
}

/// Drops the privileges of a child process, so that permissions apply to it.
void become_nobody() {
  constexpr uid_t nobody = 65534;
  if (geteuid() == 0 && setuid(nobody) != 0) std::exit(99);
}

TEST_F(ResultFile, RespectsPermissions) {
  const Result result = example();
  save_result(path, result);
  const std::string before = read_file(path);
  chmod(path.c_str(), 0444);
  chmod(folder.path().c_str(), 0777);
  EXPECT_EQ(0, exit_code_of_child([&] {
              become_nobody();
              const std::string message = message_of<IoError>([&] { save_result(path, result, Existing::replace); });
              return message.find("Permission denied") != std::string::npos ? 0 : 1;
            }));
  chmod(folder.path().c_str(), 0555);
  EXPECT_EQ(0, exit_code_of_child([&] {
              become_nobody();
              const std::string message = message_of<IoError>([&] { save_result(folder / "new.h5", result); });
              return message.find("Permission denied") != std::string::npos ? 0 : 1;
            }));
  chmod(path.c_str(), 0);
  EXPECT_EQ(0, exit_code_of_child([&] {
              become_nobody();
              const std::string message = message_of<IoError>([&] { load_result(path); });
              return message.find("Permission denied") != std::string::npos ? 0 : 1;
            }));
  chmod(folder.path().c_str(), 0755);
  chmod(path.c_str(), 0644);
  EXPECT_EQ(read_file(path), before);
}

TEST_F(ResultFile, SurvivesAFullDiskAtAnyPoint) {
  save_result(path, example(10));
  const std::string before = read_file(path);
  const Result larger = example(3000, 100);
  save_result(folder / "measure.h5", larger);
  const auto size = std::filesystem::file_size(folder / "measure.h5");
  std::filesystem::remove(folder / "measure.h5");
  for (const std::uintmax_t room : {std::uintmax_t{0}, std::uintmax_t{1}, std::uintmax_t{100}, size / 10, size / 3,
                                    size / 2, size - 5000, size - 1}) {
    EXPECT_EQ(0, exit_code_of_child([&] {
                std::signal(SIGXFSZ, SIG_IGN);
                const rlimit limit{room, room};
                setrlimit(RLIMIT_FSIZE, &limit);
                const std::string message = message_of<IoError>([&] { save_result(path, larger, Existing::replace); });
                // After the failure HDF5 must still work, and the program must end normally.
                const bool works = load_result(path).run.steps == 10;
                return works && message.find("File too large") != std::string::npos &&
                               message.find(path.string()) != std::string::npos
                           ? 0
                           : 1;
              }))
        << "with room for " << room << " of " << size << " bytes";
    EXPECT_THAT(folder.names(), ElementsAre("result.h5"));
    EXPECT_EQ(read_file(path), before);
  }
}

TEST_F(ResultFile, FindsAFreeNameIfAKilledProcessOfTheSameNumberLeftFiles) {
  constexpr int left = 1000;
  for (int n = 0; n < left; ++n) write_file(folder / fmt::format(".sorn-{}-{}.tmp", getpid(), n), "x");
  save_result(path, example());
  EXPECT_EQ(folder.names().size(), left + 1U);
  EXPECT_GT(load_result(path).parameters.ne, 0U);
}

TEST_F(ResultFile, IsCheckedForWritingWithoutATrace) {
  write_file(folder / "file", "x");
  io::require_writable(path, Existing::refuse);
  io::require_writable(folder / "file", Existing::replace);
  EXPECT_THROW(io::require_writable(folder / "file", Existing::refuse), IoError);
  io::require_writable("/dev/null", Existing::refuse);
  EXPECT_THAT(folder.names(), ElementsAre("file"));
  EXPECT_EQ(read_file(folder / "file"), "x");
  EXPECT_THROW(io::require_writable(folder / "no" / "result.h5", Existing::refuse), IoError);
  EXPECT_THROW(io::require_writable(folder.path(), Existing::replace), IoError);
  chmod(folder.path().c_str(), 0555);
  EXPECT_EQ(0, exit_code_of_child([&] {
              become_nobody();
              const std::string message = message_of<IoError>([&] { io::require_writable(path, Existing::refuse); });
              return message.find("Permission denied") != std::string::npos ? 0 : 1;
            }));
  chmod(folder.path().c_str(), 0755);
}

TEST_F(ResultFile, IsWrittenToDevicesWithoutReplacingThem) {
  const Result result = example();
  EXPECT_THAT(message_of<IoError>([&] { save_result("/dev/full", result); }),
              testing::AllOf(HasSubstr("/dev/full"), HasSubstr("No space left on device")));
  save_result("/dev/null", result);
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(message_of<IoError>([&] { save_result(folder / "pipe", result); }), HasSubstr("No such device"))
      << "nobody reads it";
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST_F(ResultFile, ReplacesTheTargetOfALinkAndKeepsItsMode) {
  write_file(folder / "real.h5", "old");
  chmod((folder / "real.h5").c_str(), 0600);
  std::filesystem::create_symlink("real.h5", path);
  const Result result = example();
  EXPECT_THROW(save_result(path, result), IoError);
  save_result(path, result, Existing::replace);
  EXPECT_TRUE(std::filesystem::is_symlink(path));
  expect_equal(load_result(folder / "real.h5"), result);
  struct stat status {};
  stat(path.c_str(), &status);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

}  // namespace
}  // namespace sorn

// Files from other sources, valid or malicious: the command says what they are. It does not hang, use too much memory,
// or print their control characters.
#include "helpers/command.hpp"
#include "helpers/sanitizers.hpp"

#include <sorn/io.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

namespace sorn {
namespace {

using test::exit_code_of_child;
using test::Outcome;
using test::run_command;
using test::write_file;
using testing::AllOf;
using testing::AnyOf;
using testing::Each;
using testing::HasSubstr;
using testing::Not;

class ForeignFiles : public test::Command {};

// --- settings in the wrong place

TEST_F(ForeignFiles, NamesTheRightTableOfASetting) {
  const auto error = [](const std::string& toml) {
    write_file("c.toml", toml);
    return failure(3, {"simulate", "--config", "c.toml", "--steps", "1", "--out", "a.h5"});
  };
  EXPECT_THAT(error("ne = 100\n"), AllOf(HasSubstr("c.toml:1"), HasSubstr("'ne'"), HasSubstr("[parameters]")));
  EXPECT_THAT(error("\nsteps = 100\n"), AllOf(HasSubstr("c.toml:2"), HasSubstr("'steps'"), HasSubstr("[run]")));
  EXPECT_THAT(error("[run]\neta_ip = 0.1\n"), AllOf(HasSubstr("c.toml:2"), HasSubstr("[parameters]")));
  EXPECT_THAT(error("[parameters]\nseed = 1\n"), AllOf(HasSubstr("c.toml:2"), HasSubstr("[run]")));
  EXPECT_THAT(error("[paramters]\nne = 1\n"), HasSubstr("did you mean 'parameters'"));
}

TEST_F(ForeignFiles, SaysWhatToDoWithAPickle) {
  write_file("x.pkl", "\x80\x04\x95 and so on");
  EXPECT_THAT(failure(4, {"simulate", "--steps", "1", "--state", "x.pkl", "--out", "a.h5"}),
              AllOf(HasSubstr("x.pkl"), HasSubstr("not an HDF5 file"), HasSubstr("sorn convert")));
  EXPECT_THAT(failure(4, {"info", "x.pkl"}), HasSubstr("sorn convert"));
}

// --- texts that could control a terminal

TEST_F(ForeignFiles, PrintsNoControlCharactersOfAFile) {
  run({"init", "--seed", "1", "--set", "ne=50", "--out", "a.h5"});
  Result hostile = load_result("a.h5");
  hostile.run = {.phase = Phase::plasticity,
                 .freeze = {},
                 .noise = "\x1b[31m",
                 .inputs = "\x1b]0;title\a\u009b2J\n.csv",
                 .first_step = 0,
                 .steps = 0};
  hostile.run.steps = hostile.state.step = 5;
  const std::string name = "\x1b[2Jb\r.h5";
  save_result(name, hostile);
  const auto clean = [](const std::string& text) {
    EXPECT_THAT(text, Each(AnyOf(testing::Ge(' '), '\n', testing::Lt('\0')))) << text;
    EXPECT_THAT(text, Not(HasSubstr("\u009b")));
    return text;
  };
  EXPECT_THAT(clean(run({"info", name}).out),
              AllOf(HasSubstr("\\x1b[2Jb\\x0d.h5"), HasSubstr("\\x1b]0;title\\x07\\x9b2J\\x0a.csv")));
  EXPECT_THAT(clean(run({"stats", name}).out), HasSubstr("\\x1b[2Jb"));
  EXPECT_THAT(clean(failure(4, {"info", "no\x1b[2J.h5"})), HasSubstr("no\\x1b[2J.h5"));
  EXPECT_THAT(clean(failure(2, {"info", name, "--no\x1b[2J"})), HasSubstr("\\x1b"));
  EXPECT_THAT(clean(failure(4, {"simulate", "--steps", "1", "--inputs", name + ":/\x1b", "--out", "c.h5"})),
              HasSubstr("\\x1b"));
  EXPECT_THAT(clean(failure(3, {"simulate", "--steps", "1", "--record", "E\x1b", "--out", "c.h5"})),
              HasSubstr("\\x1b"));
  const Outcome made = run({"simulate", "--steps", "1", "--out", "\x1b[2Jc.h5"});
  EXPECT_THAT(clean(made.out), HasSubstr("\\x1b[2Jc.h5"));
}

TEST_F(ForeignFiles, AcceptsNamesThatAreNotUtf8) {
  run({"simulate", "--steps", "2", "--seed", "1", "--out", "caf\xe9.h5"});
  EXPECT_TRUE(std::filesystem::exists("caf\xe9.h5"));
  EXPECT_THAT(run({"info", "caf\xe9.h5"}).out, HasSubstr("caf\\xe9.h5"));
}

// --- files without an end

/// The exit code of a command that may use `megabytes` more memory than the test uses.
int code_within(rlim_t megabytes, const std::vector<std::string>& arguments) {
  return exit_code_of_child([&] {
    rlimit limit{};
    std::ifstream("/proc/self/statm") >> limit.rlim_cur;
    limit.rlim_cur = limit.rlim_cur * static_cast<rlim_t>(sysconf(_SC_PAGE_SIZE)) + (megabytes << 20U);
    limit.rlim_max = RLIM_INFINITY;
    setrlimit(RLIMIT_AS, &limit);
    const int code = run_command(arguments).code;
    _exit(code);
    return code;
  });
}

TEST_F(ForeignFiles, ReadsNoMoreThanNecessary) {
  if (test::has_own_memory) GTEST_SKIP() << "a sanitizer needs more memory than the limit allows";
  constexpr rlim_t some = 200;
  const auto sparse = [](const char* name, std::string_view begin) {
    write_file(name, begin);
    std::filesystem::resize_file(name, 6'000'000'000);
  };
  std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 5), }";
  header += std::string(117 - header.size(), ' ') + '\n';
  using namespace std::string_literals;
  sparse("a.npy", "\x93NUMPY\x01\0\x76\0"s + header);
  sparse("a.csv", "1,2\n3,4\n");
  sparse("a.toml", "[run]\nsteps = 1\n");
  sparse("zeros.csv", "");
  sparse("a.h5", "\x89HDF\r\n\x1a\n");
  std::filesystem::create_symlink("/dev/zero", "endless.csv");
  std::filesystem::create_symlink("/dev/zero", "endless.npy");
  std::filesystem::create_symlink("/dev/zero", "endless.toml");
  std::filesystem::create_symlink("/dev/zero", "endless.h5");
  for (const char* name : {"a.npy", "a.csv", "zeros.csv", "endless.csv", "endless.npy", "a.h5:/x", "endless.h5:/x"}) {
    EXPECT_EQ(code_within(some, {"simulate", "--inputs", name, "--out", "x.h5"}), 4) << name;
  }
  for (const char* name : {"a.toml", "endless.toml"}) {
    EXPECT_EQ(code_within(some, {"simulate", "--config", name, "--out", "x.h5"}), 4) << name;
    EXPECT_EQ(code_within(some, {"sweep", name, "--out", "x"}), 4) << name;
  }
  for (const char* name : {"a.h5", "endless.h5", "a.csv"}) EXPECT_EQ(code_within(some, {"info", name}), 4) << name;
  std::filesystem::resize_file("a.toml", (16U << 20U) + 1);
  EXPECT_THAT(failure(4, {"simulate", "--config", "a.toml", "--out", "x.h5"}),
              AllOf(HasSubstr("16777216"), HasSubstr("configuration")));
}

TEST_F(ForeignFiles, EndsWithAnErrorIfMemoryIsExhausted) {
  if (test::has_own_memory) GTEST_SKIP() << "a sanitizer needs more memory than the limit allows";
  run({"simulate", "--steps", "5", "--seed", "1", "--out", "a.h5"});
  constexpr int loader_failed = 127;
  bool refused = false;
  // The system kills a program that it cannot load at all, so that the first limit has room for one with debug symbols.
  for (int kilobytes = 14000; kilobytes <= 80000; kilobytes += 3000) {
    for (const char* command : {"info a.h5", "simulate --steps 3 --out b.h5 --quiet", "stats a.h5"}) {
      const std::string line = fmt::format("rm -f b.h5; ulimit -c 0; ulimit -v {}; exec {} {} >/dev/null 2>said",
                                           kilobytes, SORN_TEST_COMMAND, command);
      const int status = std::system(("exec sh -c '" + line + "'").c_str());
      ASSERT_TRUE(WIFEXITED(status)) << line;
      const int code = WEXITSTATUS(status);
      EXPECT_THAT(code, AnyOf(0, 3, loader_failed)) << line << '\n' << test::read_file("said");
      refused |= code == 3;
    }
  }
  EXPECT_TRUE(refused);
}

// --- waiting

/// Waits until a process sleeps with a handler for SIGTERM.
void wait_until_asleep(pid_t child) {
  using namespace std::chrono_literals;
  int sleeps = 0;
  for (int look = 0; look < 2000 && sleeps < 3; ++look) {
    std::this_thread::sleep_for(5ms);
    const std::string status = test::read_file(fmt::format("/proc/{}/status", child));
    const std::size_t caught = status.find("SigCgt:\t");
    const bool handles = caught != std::string::npos &&
                         (std::stoull(status.substr(caught + 8, 16), nullptr, 16) >> (SIGTERM - 1) & 1U) != 0;
    sleeps = handles && status.find("State:\tS") != std::string::npos ? sleeps + 1 : 0;
  }
}

TEST_F(ForeignFiles, EndsAtTheFirstSignalWhileItWaitsForAFile) {
  for (const char* name : {"in.csv", "in.npy", "in.toml"}) mkfifo(name, 0600);
  const std::vector<std::vector<const char*>> commands{
      {"sorn", "simulate", "--inputs", "in.csv", "--out", "a.h5", nullptr},
      {"sorn", "simulate", "--inputs", "in.npy", "--out", "a.h5", nullptr},
      {"sorn", "simulate", "--inputs", "in.csv", "--replicas", "2", "--out", "a.h5", nullptr},
      {"sorn", "simulate", "--config", "in.toml", "--out", "a.h5", nullptr},
      {"sorn", "sweep", "in.toml", nullptr}};
  for (const auto& words : commands) {
    for (const int signal : {SIGTERM, SIGINT}) {
      const pid_t child = fork();
      if (child == 0) {
        std::signal(SIGINT, SIG_DFL);  // a shell may have set it to be ignored
        execv(SORN_TEST_COMMAND, const_cast<char* const*>(words.data()));
        _exit(99);
      }
      wait_until_asleep(child);
      kill(child, signal);
      int status = 0;
      waitpid(child, &status, 0);
      ASSERT_TRUE(WIFEXITED(status)) << words[3];
      EXPECT_EQ(WEXITSTATUS(status), 128 + signal) << words[3];
    }
  }
  EXPECT_THAT(folder.names(), testing::ElementsAre("in.csv", "in.npy", "in.toml"));
}

}  // namespace
}  // namespace sorn

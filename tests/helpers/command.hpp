// Runs the command in-process, in a folder of the test.
#pragma once

#include "cli/cli.hpp"
#include "helpers/temporary_folder.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

namespace sorn::test {

struct Outcome {
  int code;
  std::string out;
  std::string err;
};

inline Outcome run_command(std::vector<std::string> arguments, bool terminal = false,
                           const std::atomic<int>* signal = nullptr) {
  std::ostringstream out;
  std::ostringstream err;
  const int code = cli::run_cli(arguments, {out, err, terminal, signal});
  return {code, out.str(), err.str()};
}

/// Each test has its own working folder.
class Command : public testing::Test {
protected:
  Command() : home_(std::filesystem::current_path()) { std::filesystem::current_path(folder.path()); }
  ~Command() override { std::filesystem::current_path(home_); }

  /// Runs a command that must succeed.
  static Outcome run(const std::vector<std::string>& arguments) {
    Outcome outcome = run_command(arguments);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return outcome;
  }

  /// The error message of a command that must fail with this code and without any output.
  static std::string failure(int code, const std::vector<std::string>& arguments) {
    const Outcome outcome = run_command(arguments);
    EXPECT_EQ(outcome.code, code) << fmt::format("{}", fmt::join(arguments, " ")) << '\n' << outcome.err;
    EXPECT_THAT(outcome.out, testing::IsEmpty());
    EXPECT_THAT(outcome.err, testing::StartsWith("sorn: error: "));
    return outcome.err;
  }

  TemporaryFolder folder;

private:
  std::filesystem::path home_;
};

}  // namespace sorn::test

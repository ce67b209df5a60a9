// 'sorn doctor': what it says about an installation, and that wrong bits make it fail.
#include "cli/doctor.hpp"
#include "helpers/command.hpp"

#include <sorn/variant.hpp>
#include <sorn/version.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <sstream>

namespace sorn {
namespace {

using nlohmann::json;
using test::write_file;
using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;

class Doctor : public test::Command {
protected:
  Doctor() { setenv("SORN_PYTHON", "/nowhere/python3", 1); }
  ~Doctor() override { unsetenv("SORN_PYTHON"); }

  void take_for_python(std::string_view script) const {
    const auto program = folder / "python";
    write_file(program, fmt::format("#!/bin/sh\n{}\n", script));
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    setenv("SORN_PYTHON", program.c_str(), 1);
  }

  static test::Outcome examined(const std::vector<cli::SelfTest>& tests, bool as_json,
                                std::optional<bool> mpi = std::nullopt) {
    std::ostringstream out;
    std::ostringstream err;
    cli::Environment environment{out, err};
    environment.built_with_mpi = mpi;
    const int code = cli::examine(tests, as_json, environment);
    return {code, out.str(), err.str()};
  }
};

TEST_F(Doctor, FindsThatTheBitsAreRight) {
  const json found = json::parse(run({"doctor", "--json"}).out);
  EXPECT_EQ(found["version"], version);
  EXPECT_EQ(found["self_test"]["runs"], 2 * variant_table().size());
  EXPECT_TRUE(found["self_test"]["wrong"].empty());
  EXPECT_THAT(found["hdf5"].get<std::string>(), MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
  EXPECT_GE(found["threads"].get<int>(), 1);
  const json& sets = found["instructions"];
  const auto has = [&](const char* which) {
    return std::find(sets[which].begin(), sets[which].end(), sets["running"]) != sets[which].end();
  };
  EXPECT_TRUE(has("usable"));
  EXPECT_TRUE(has("built"));
  EXPECT_EQ(sets["running"], sets["usable"][0]);
}

TEST_F(Doctor, FailsIfTheBitsAreWrong) {
  const std::vector<cli::SelfTest> tests{{VariantName::lazar2009, 5, [] { return std::uint64_t{5}; }},
                                         {VariantName::zheng2013, 7, [] { return std::uint64_t{8}; }}};
  for (const bool as_json : {false, true}) {
    const test::Outcome outcome = examined(tests, as_json);
    EXPECT_EQ(outcome.code, 70);
    EXPECT_THAT(outcome.err, HasSubstr("sorn: error: a run of zheng2013 gave the hash 8: must be 7\n"));
    EXPECT_THAT(outcome.err, testing::Not(HasSubstr("lazar2009")));
  }
  EXPECT_THAT(examined(tests, false).out, HasSubstr("1 of 2 runs give the bits that they must"));
  EXPECT_EQ(json::parse(examined(tests, true).out)["self_test"]["wrong"],
            json::parse(R"([{"variant": "zheng2013", "expected": 7, "found": 8}])"));
}

TEST_F(Doctor, SaysUnknownInsteadOfGuessing) {
  EXPECT_THAT(examined({}, false).out, AllOf(HasSubstr("MPI                    unknown\n"),
                                             HasSubstr("python                 unknown: cannot run")));
  EXPECT_TRUE(json::parse(examined({}, true).out)["mpi"].is_null());
  EXPECT_EQ(json::parse(examined({}, true, true).out)["mpi"], true);
  EXPECT_THAT(examined({}, false, false).out, HasSubstr("MPI                    not built in\n"));
  for (const char* wrong : {"echo no document", "exit 3", "echo '[1]'", "kill -9 $$", "echo '{' >&2; exit 4"}) {
    take_for_python(wrong);
    EXPECT_THAT(examined({}, false).out, HasSubstr("python                 unknown: ")) << wrong;
    EXPECT_EQ(examined({}, true).code, 0);
  }
}

TEST_F(Doctor, EndsAtASignal) {
  const std::atomic<int> signal{SIGINT};
  take_for_python("exec sleep 60");
  const test::Outcome outcome = test::run_command({"doctor"}, false, &signal);
  EXPECT_EQ(outcome.code, 130);
  EXPECT_EQ(outcome.out, "");
}

TEST_F(Doctor, TellsWhatPythonSays) {
  take_for_python(
      R"([ "$*" = "-m sorn._command packages" ] && echo '{"python": "3.12.1", "program": "/usr/bin/python3", "sorn": "0.1",
"packages": {"numpy": {"version": "2.1", "problem": null}, "scipy": {"version": null, "problem": "ImportError: no"},
"odd": 5}}')");
  EXPECT_THAT(
      examined({}, false).out,
      AllOf(HasSubstr("python                 3.12.1, /usr/bin/python3\n"),
            HasSubstr("package sorn           0.1: another version than that of this command\n"),
            HasSubstr("numpy                  2.1\n"), HasSubstr("scipy                  missing: ImportError: no\n"),
            HasSubstr("odd                    unknown\n")));
  EXPECT_EQ(json::parse(examined({}, true).out)["python"]["packages"]["numpy"]["version"], "2.1");
}

}  // namespace
}  // namespace sorn

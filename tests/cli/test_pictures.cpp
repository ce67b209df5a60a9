// 'sorn plot', 'sorn report' and 'sorn convert': what they pass to Python, and what they return.
#include "helpers/command.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

namespace sorn {
namespace {

using test::Outcome;
using test::read_file;
using test::run_command;
using test::write_file;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

/// A result file, and a program that replaces Python.
class PictureCommand : public test::Command {
protected:
  PictureCommand() { run({"init", "--seed", "1", "--out", "run.h5"}); }
  ~PictureCommand() override { unsetenv("SORN_PYTHON"); }

  void take_for_python(std::string_view script) const {
    const auto program = folder / "python";
    write_file(program, fmt::format("#!/bin/sh\n{}\n", script));
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    setenv("SORN_PYTHON", program.c_str(), 1);
  }
};

TEST_F(PictureCommand, PassesEveryOptionToPython) {
  take_for_python(R"(printf '[%s]' "$@")");
  EXPECT_EQ(run({"plot", "run.h5", "--out", "figures", "--format", "svg", "--dpi", "90", "--only", "summary", "--only",
                 "raster_plot,correlation", "--quiet"})
                .out,
            "[-m][sorn._command][plot][--out=figures][--format=svg][--dpi=90][--only=summary,raster_plot,correlation][-"
            "-quiet]"
            "[--][run.h5]");
  EXPECT_EQ(run({"report", "run.h5", "-o", "a b.html"}).out, "[-m][sorn._command][report][--out=a b.html][--][run.h5]");
  EXPECT_EQ(run({"convert", "run.h5", "a b", "--to", "sonata", "--step-ms", "-1", "--seed", "5", "--quiet"}).out,
            "[-m][sorn._command][convert][--to=sonata][--step-ms=-1][--seed=5][--quiet][--][run.h5][a b]");
  EXPECT_EQ(run({"watch", "a b.h5", "run.h5", "--port", "8700", "--quiet"}).out,
            "[-m][sorn._command][watch][--port=8700][--quiet][--][a b.h5][run.h5]");
  EXPECT_EQ(run({"convert", "state.pkl", "n.h5"}).out, "[-m][sorn._command][convert][--][state.pkl][n.h5]");
}

TEST_F(PictureCommand, PreventsImportsFromTheCurrentFolder) {
  take_for_python(R"(printf '%s' "$PYTHONSAFEPATH")");
  EXPECT_EQ(run({"report", "run.h5", "-o", "a.html"}).out, "1");
}

/// pip installs the command and Python in one folder.
TEST_F(PictureCommand, UsesThePythonBesideItOrInThePath) {
  const auto script = [this](const char* place) {
    std::filesystem::create_directory(folder / place);
    const auto program = folder / place / "python3";
    write_file(program, fmt::format("#!/bin/sh\necho {}\n", place));
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  };
  script("beside");
  script("path");
  std::filesystem::copy_file(SORN_TEST_COMMAND, "beside/sorn");
  std::filesystem::create_symlink("beside/sorn", "link");
  const auto said = [](const char* command) {
    EXPECT_EQ(std::system(fmt::format("PATH=path {} report run.h5 -o a.html > said", command).c_str()), 0);
    return read_file("said");
  };
  EXPECT_EQ(said("beside/sorn"), "beside\n");
  EXPECT_EQ(said("./link"), "beside\n");
  EXPECT_EQ(said("SORN_PYTHON=path/python3 beside/sorn"), "path\n");
  std::filesystem::remove("beside/python3");
  EXPECT_EQ(said("beside/sorn"), "path\n");
}

TEST_F(PictureCommand, ReturnsOutputAndExitCodes) {
  for (const int code : {0, 2, 3, 4, 70, 130}) {
    take_for_python(fmt::format("echo drawn; echo hint >&2; exit {}", code));
    const Outcome outcome = run_command({"report", "run.h5", "-o", "a.html"});
    EXPECT_EQ(outcome.code, code);
    EXPECT_EQ(outcome.out, "drawn\n");
    EXPECT_EQ(outcome.err, "hint\n");
  }
  take_for_python("i=0; while [ $i -lt 5000 ]; do echo 0123456789; echo abcdefghij >&2; i=$((i + 1)); done");
  const Outcome much = run({"report", "run.h5", "-o", "a.html"});
  EXPECT_EQ(much.out.size(), 55000U);
  EXPECT_EQ(much.err.size(), 55000U);
}

TEST_F(PictureCommand, ReportsErrorsBeforeItStartsPython) {
  take_for_python("touch started");
  EXPECT_THAT(failure(4, {"plot", "none.h5", "--out", "figures"}), AllOf(HasSubstr("none.h5"), HasSubstr("No such")));
  write_file("text.h5", "no result");
  EXPECT_THAT(failure(4, {"report", "text.h5", "-o", "a.html"}), HasSubstr("not an HDF5 file"));
  EXPECT_THAT(failure(3, {"report", "run.h5", "-o", "./run.h5"}), HasSubstr("must be another file"));
  EXPECT_FALSE(std::filesystem::exists("started"));
}

TEST_F(PictureCommand, SaysHowToInstallThePythonPackage) {
  const auto lacks = [] { return run_command({"plot", "run.h5", "--out", "figures"}); };
  take_for_python("echo No module named sorn >&2; exit 1");
  EXPECT_EQ(lacks().code, 4);
  EXPECT_THAT(lacks().err, AllOf(HasSubstr((folder / "python").string()), HasSubstr("pip install '.[report]'"),
                                 HasSubstr("SORN_PYTHON")));
  setenv("SORN_PYTHON", "/no/python", 1);
  EXPECT_EQ(lacks().code, 4);
  EXPECT_THAT(lacks().err, AllOf(StartsWith("sorn: error: "), HasSubstr("'/no/python'"), HasSubstr("No such file")));
}

TEST_F(PictureCommand, ForwardsASignal) {
  take_for_python("trap 'echo stopping; exit 143' TERM; : > started; while :; do sleep 0.02; done");
  std::atomic<int> signal{0};
  std::thread user([&] {
    while (!std::filesystem::exists("started")) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    signal = SIGTERM;
  });
  const Outcome outcome = run_command({"report", "run.h5", "-o", "a.html"}, false, &signal);
  user.join();
  EXPECT_EQ(outcome.code, 143);
  EXPECT_EQ(outcome.out, "stopping\n");
}

TEST_F(PictureCommand, EndsWithTheSignalThatEndsPython) {
  take_for_python("kill -INT $$");
  EXPECT_EQ(run_command({"report", "run.h5", "-o", "a.html"}).code, 130);
  take_for_python("kill -KILL $$");
  const Outcome killed = run_command({"report", "run.h5", "-o", "a.html"});
  EXPECT_EQ(killed.code, 70);
  EXPECT_THAT(killed.err, HasSubstr("signal 9"));
}

}  // namespace
}  // namespace sorn

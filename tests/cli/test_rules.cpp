// Rules of users' own in the command: --rule, [rules] and `sorn rule`.
#include "helpers/command.hpp"

#include <sorn/ensemble.hpp>
#include <sorn/io.hpp>

#include <csignal>

namespace sorn {
namespace {

using test::run_command;
using test::write_file;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

/// A library that the build has made of a source in tests/rules.
std::string library(const std::string& name) { return fmt::format("{}/{}.so", SORN_TEST_RULES_DIR, name); }

class RulesCommand : public test::Command {
protected:
  /// The arguments of a run with the STDP of a library in place of that of the table, with its step size, and `further`
  /// ones.
  static std::vector<std::string> with_library(std::vector<std::string> further) {
    std::vector<std::string> arguments{"simulate", "--seed", "4", "--set", "order=library_stdp,ip,sp,istdp,ss"};
    arguments.insert(arguments.end(), further.begin(), further.end());
    return arguments;
  }
  static std::string with_values() { return library("stdp") + ":eta=0.004"; }

  /// The state after a run with the rules of the table.
  static State of_table(std::uint64_t steps) {
    run({"simulate", "--seed", "4", "--steps", fmt::format("{}", steps), "--set", "eta_stdp=0.004", "--out", "table.h5",
         "--force"});
    return load_result("table.h5").state;
  }
};

TEST_F(RulesCommand, GiveTheBitsOfTheTable) {
  const State expected = of_table(400);
  for (const char* threads : {"1", "2", "3"}) {
    run(with_library({"--rule", with_values(), "--steps", "400", "--threads", threads, "--out", "a.h5", "--force"}));
    EXPECT_TRUE(load_result("a.h5").state == expected) << threads;
  }
  run(with_library({"--rule", library("stdp"), "--steps", "400", "--out", "default.h5"}));
  EXPECT_FALSE(load_result("default.h5").state == expected);
}

TEST_F(RulesCommand, AreNamedByTheOrderOfAConfigurationFileWhichLoadsNone) {
  write_file("run.toml",
             "[model]\norder = ['library_stdp', 'ip', 'sp', 'istdp', 'ss']\n[run]\nsteps = 400\nseed = 4\n");
  run({"simulate", "--config", "run.toml", "--rule", with_values(), "--out", "a.h5"});
  EXPECT_TRUE(load_result("a.h5").state == of_table(400));
  run({"init", "--config", "run.toml", "--rule", with_values(), "--out", "b.h5"});
  EXPECT_TRUE(load_result("b.h5").parameters == load_result("a.h5").parameters);
  write_file("bad.toml", "[run]\nsteps = 400\n[rules]\n\"mine.so\" = {}\n");
  EXPECT_THAT(failure(3, {"simulate", "--config", "bad.toml"}), HasSubstr("unknown table 'rules'"));
}

TEST_F(RulesCommand, AreNeededAgainByAResumedRun) {
  const std::atomic<int> signal{SIGTERM};
  const auto begin = with_library(
      {"--rule", with_values(), "--steps", "400", "--out", "a.h5", "--checkpoint-every", "100", "--record", "E"});
  EXPECT_EQ(run_command(begin, false, &signal).code, 143);
  EXPECT_THAT(failure(3, {"simulate", "--resume", "a.h5"}),
              AllOf(HasSubstr("names the rule 'library_stdp'"), HasSubstr("give it by --rule FILE, or freeze")));
  EXPECT_THAT(failure(3, {"simulate", "--resume", "a.h5", "--rule", library("stdp")}),
              AllOf(HasSubstr("the rule 'library_stdp' with eta = 0.02"), HasSubstr("began the run with eta = 0.004")));
  run({"simulate", "--resume", "a.h5", "--rule", with_values()});
  EXPECT_TRUE(load_result("a.h5").state == of_table(400));
  // The result can be read without the library, but not go on.
  EXPECT_THAT(run({"info", "a.h5"}).out, HasSubstr("  rule    library_stdp: eta = 0.004\n"));
  EXPECT_THAT(failure(3, {"simulate", "--state", "a.h5", "--steps", "5", "--out", "b.h5"}),
              HasSubstr("give it by --rule FILE"));
  EXPECT_THAT(folder.names(), Not(Contains(HasSubstr("b.h5"))));
}

TEST_F(RulesCommand, AreTheSameForAllReplicas) {
  run(with_library({"--rule", with_values(), "--steps", "300", "--replicas", "2", "--out", "a.h5"}));
  run({"simulate", "--seed", "4", "--steps", "300", "--replicas", "2", "--set", "eta_stdp=0.004", "--out", "t.h5"});
  const auto both = [](const char* checkpointed) {
    for (std::uint64_t k = 0; k < 2; ++k) {
      EXPECT_TRUE(load_result(replica_file(checkpointed, k, 2)).state == load_result(replica_file("t.h5", k, 2)).state);
    }
  };
  both("a.h5");
  run(with_library(
      {"--rule", with_values(), "--steps", "300", "--replicas", "2", "--checkpoint-every", "100", "--out", "c.h5"}));
  both("c.h5");
  EXPECT_THAT(failure(3, {"simulate", "--state", "a-0.h5", "--steps", "5", "--replicas", "2", "--out", "none"}),
              HasSubstr("give it by --rule FILE"));
}

TEST_F(RulesCommand, AreTheSameForAllRunsOfASweep) {
  const auto table = [&](const std::string& stdp, const std::string& out, const std::vector<std::string>& more) {
    write_file("sweep.toml",
               fmt::format("[model]\norder = ['{}', 'ip', 'sp', 'istdp', 'ss']\n[parameters]\nne = 50\nlambda_ee = 10\n"
                           "eta_stdp = 0.004\n[run]\nsteps = 200\n[sweep]\nstatistics = ['mean_rate', 'ee_synapses']\n"
                           "[sweep.grid]\nmu_ip = [0.01, 0.1]\n",
                           stdp));
    std::vector<std::string> arguments{"sweep", "sweep.toml", "--out", out};
    arguments.insert(arguments.end(), more.begin(), more.end());
    run(arguments);
    return test::read_file(out + "/table.csv");
  };
  const std::string expected = table("stdp", "table", {});
  EXPECT_EQ(table("library_stdp", "own", {"--rule", with_values(), "--threads", "2"}), expected);
  EXPECT_NE(table("library_stdp", "other", {"--rule", library("stdp")}), expected);
  EXPECT_THAT(failure(3, {"sweep", "sweep.toml", "--out", "own", "--rule", library("stdp")}), HasSubstr("rules"));
  EXPECT_THAT(failure(3, {"sweep", "sweep.toml", "--out", "new"}), HasSubstr("library_stdp"));
}

TEST_F(RulesCommand, AreCheckedBeforeTheRun) {
  const auto refusal = [&](int code, const std::string& rule) {
    return failure(code, {"simulate", "--steps", "5", "--rule", rule});
  };
  EXPECT_THAT(refusal(4, "none.so"), AllOf(HasSubstr("--rule: "), HasSubstr("'none.so'"), HasSubstr("no such file")));
  EXPECT_THAT(refusal(4, library("wrong_symbol")), HasSubstr("does not define sorn_rule_v1()"));
  EXPECT_THAT(refusal(3, library("stdp") + ":eta"), HasSubstr("must be file, or file:name=number"));
  EXPECT_THAT(refusal(3, library("stdp") + ":eta=a"), HasSubstr("must be file, or file:name=number"));
  EXPECT_THAT(refusal(3, library("stdp") + ":eta=1:b=2"), HasSubstr("stdp.so:eta=1,b=2"));
  EXPECT_THAT(refusal(3, library("plain")), HasSubstr("does not name"));
  EXPECT_THAT(failure(3, {"simulate", "--steps", "5", "--rule", library("plain"), "--set", "order=stdp,plain"}),
              HasSubstr("the rule 'plain' needs the signal 'gain'"));
  EXPECT_THAT(refusal(3, library("stdp") + ":etta=1"), HasSubstr("did you mean 'eta'?"));
  EXPECT_THAT(refusal(3, library("stdp")), HasSubstr("does not name the rule 'library_stdp'"));
  EXPECT_THAT(failure(3, {"simulate", "--steps", "5", "--rule", library("stdp"), "--rule", library("stdp")}),
              HasSubstr("rule 'library_stdp' is given twice"));
  EXPECT_THAT(failure(3, {"simulate", "--steps", "5", "--set", "order=stdp,mine_of_another"}),
              HasSubstr("; --rule FILE loads a rule of your own"));
  EXPECT_THAT(failure(3, {"simulate", "--steps", "5", "--set", "order=stdp,ipp"}),
              HasSubstr("did you mean 'ip'? --rule FILE loads a rule of your own"));
  EXPECT_THAT(folder.names(), testing::IsEmpty());
}

TEST_F(RulesCommand, ThatFailLeaveAResultAndSaySo) {
  write_file("level.csv", "0.5\n0.5\n0.5\n-1\n0.5\n");
  const std::vector<std::string> arguments{"simulate",
                                           "--rule",
                                           library("everything"),
                                           "--set",
                                           "order=stdp,everything",
                                           "--steps",
                                           "5",
                                           "--signal",
                                           "level=level.csv",
                                           "--out",
                                           "a.h5"};
  const auto outcome = run_command(arguments);
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("sorn: stopped after 3 of 5 steps; the result so far is in a.h5\n"),
                                 HasSubstr("the level is -1")));
  EXPECT_EQ(load_result("a.h5").state.step, 3U);
  EXPECT_THAT(run({"info", "a.h5"}).out, AllOf(HasSubstr("memory of the rule everything: 2 numbers for each unit"),
                                               HasSubstr("rule    everything: ")));
}

TEST_F(RulesCommand, CheckSaysWhatARuleNeedsAndKeeps) {
  EXPECT_THAT(run({"rule", "check", library("plain")}).out,
              HasSubstr("the rule 'plain'; changes T_E; parameters: decay = 0.75; needs signals: gain; keeps a number "
                        "for each unit\n"));
}

TEST_F(RulesCommand, ALibraryThatCrashesIsRefused) {
  const std::string file = library("wrong_crash");
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"simulate", "--steps", "5", "--rule", file}, {"rule", "check", file}}) {
    std::ostringstream out;
    std::ostringstream err;
    cli::Environment environment{out, err};
    environment.program = SORN_TEST_COMMAND;
    EXPECT_EQ(cli::run_cli(arguments, environment), 4);
    EXPECT_THAT(err.str(),
                AllOf(HasSubstr("wrong_crash.so"), HasSubstr("ends the process that loads it, by signal 6")));
  }
}

TEST_F(RulesCommand, NewWritesARuleThatBuildsWithThePrintedLine) {
  for (const char* source : {"mine.cpp", "other.c"}) {
    const std::string text = run({"rule", "new", source}).out;
    const std::string heading = "build it: ";
    const std::size_t begin = text.find(heading) + heading.size();
    const std::string line = text.substr(begin, text.find('\n', begin) - begin);
    ASSERT_EQ(std::system((line + " -Wall -Wextra -Werror").c_str()), 0) << line;
    EXPECT_THAT(text, HasSubstr("--seed 1 --out "));
  }
  EXPECT_THAT(run({"rule", "check", "mine.so"}).out,
              HasSubstr("the rule 'mine'; changes W_EE; parameters: eta = 0.001, decay = 0.1"));
  const auto with_rule = [&](const std::string& rule, const std::string& out) {
    run({"simulate", "--rule", rule, "--set", "order=stdp,ip,mine,sp,istdp,ss", "--seed", "1", "--steps", "50", "--out",
         out});
    return load_result(out).state;
  };
  EXPECT_FALSE(with_rule("mine.so", "a.h5") == with_rule("mine.so:eta=0", "b.h5"));
  EXPECT_THAT(failure(4, {"rule", "new", "mine.cpp"}), HasSubstr("--force"));
  run({"rule", "new", "mine.cpp", "--force"});
  EXPECT_THAT(failure(3, {"rule", "new", "Mine.cpp"}), HasSubstr("a lower-case letter"));
  EXPECT_THAT(failure(3, {"rule", "new", "mine.py"}), HasSubstr("C++ or C file"));
  EXPECT_THAT(failure(3, {"rule", "neww", "a.cpp"}), HasSubstr("did you mean 'new'?"));
}

}  // namespace
}  // namespace sorn

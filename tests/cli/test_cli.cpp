// The command, in-process: what it computes, prints and refuses, and its exit codes.
#include "cli/progress.hpp"
#include "helpers/command.hpp"

#include <sorn/error.hpp>
#include <sorn/io.hpp>
#include <sorn/sorn.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <sstream>
#include <thread>

namespace sorn {
namespace {

using test::Outcome;
using test::read_file;
using test::run_command;
using test::write_file;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class Command : public test::Command {
protected:
  static std::string bad_run(const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"simulate", "--steps", "5", "--out", "bad.h5"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    std::string message = failure(3, arguments);
    EXPECT_FALSE(std::filesystem::exists("bad.h5"));
    return message;
  }
};

// --- what it computes

TEST_F(Command, TakesASourceOfInput) {
  run({"simulate", "--inputs", "counting:n=3,pool_size=4", "--steps", "100", "--seed", "5", "--record", "symbol,E",
       "--out", "option.h5"});
  write_file("run.toml",
             "[run]\nsteps = 100\nrecord = [\"symbol\", \"E\"]\n[input]\nsource = \"counting\"\nn = 3\n"
             "pool_size = 4\n");
  run({"simulate", "--config", "run.toml", "--seed", "5", "--out", "table.h5"});
  const Result by_option = load_result("option.h5");
  Network network(Parameters{.nu = 4}, 5);  // nu follows the size of the pools
  const std::vector<RecordRequest> requests{{Quantity::symbol}, {Quantity::excitatory}};
  Recorder recorder(network, requests, 100);
  network.run(100, {.source = source_spec("counting:n=3,pool_size=4")}, {&recorder});
  EXPECT_EQ(by_option.state, network.state());
  EXPECT_EQ(by_option.parameters.nu, 4U);
  EXPECT_EQ(by_option.recordings, recorder.recordings());
  const Result by_table = load_result("table.h5");
  EXPECT_EQ(by_table.state, by_option.state);
  EXPECT_EQ(by_table.run, by_option.run);
  EXPECT_THAT(run({"info", "table.h5"}).out, HasSubstr(R"(source  {"source": "counting", "n": 3, "pool_size": 4})"));
}

TEST_F(Command, ReadsTheTextOfASourceFromAFile) {
  write_file("corpus.txt", "the fox_");
  run({"simulate", "--inputs", "text:file=corpus.txt,pool_size=5", "--steps", "10", "--out", "a.h5"});
  EXPECT_EQ(load_result("a.h5").run.source, source_spec(R"(text:text="the fox_",pool_size=5)"));
  EXPECT_THAT(failure(4, {"simulate", "--inputs", "text:file=none.txt", "--steps", "10", "--out", "b.h5"}),
              HasSubstr("'none.txt'"));
}

TEST_F(Command, NamesWhatIsWrongWithASource) {
  EXPECT_THAT(bad_run({"--inputs", "countin:n=4"}), AllOf(HasSubstr("--inputs countin:n=4: unknown source 'countin'"),
                                                          HasSubstr("did you mean 'counting'?")));
  EXPECT_THAT(bad_run({"--inputs", "counting:n=0"}), HasSubstr("n = 0: must be a whole number in [1, 1000000]"));
  EXPECT_THAT(bad_run({"--inputs", "counting:pool_size=60"}), HasSubstr("6 disjoint pools of 60 units"));
  EXPECT_THAT(bad_run({"--inputs", "text:text=ABC,repeat=false"}), HasSubstr("ends before step 3"));
  write_file("a.toml", "[input]\nsource = \"counting\"\nm = 4\n");
  EXPECT_THAT(bad_run({"--config", "a.toml"}), HasSubstr("a.toml: [input]: unknown key of the source counting 'm'"));
  write_file("b.toml", "[run]\ninputs = \"x.csv\"\n[input]\nsource = \"counting\"\n");
  EXPECT_THAT(bad_run({"--config", "b.toml"}), HasSubstr("must not both be given"));
}

TEST_F(Command, ComputesTheSameAsTheLibrary) {
  run({"simulate", "--steps", "200", "--seed", "42", "--set", "ne=100", "--set", "lambda_ee=10", "--freeze", "sp",
       "--noise", "0.02", "--record", "E,TE/10", "--record", "C", "--out", "a.h5"});
  Parameters parameters;
  parameters.ne = 100;
  parameters.lambda_ee = 10;
  Network network(parameters, 42);
  const std::vector<RecordRequest> requests{{Quantity::excitatory, 1}, {Quantity::te, 10}, {Quantity::ee_count, 1}};
  Recorder recorder(network, requests, 200);
  Observer* const observers[] = {&recorder};
  RunOptions options;
  options.freeze = {Rule::sp};
  options.noise = Noise::gaussian(0.02);
  network.run(200, options, observers);

  const Result result = load_result("a.h5");
  EXPECT_EQ(result.state, network.state());
  EXPECT_EQ(result.recordings, recorder.recordings());
  EXPECT_EQ(result.parameters, parameters);
  EXPECT_EQ(result.run.noise, "0.02");
  EXPECT_EQ(result.run.freeze, options.freeze);
  EXPECT_EQ(result.run.steps, 200U);
}

TEST_F(Command, ComputesTheSameInOneRunAndInTwo) {
  run({"simulate", "--steps", "50", "--seed", "7", "--out", "whole.h5"});
  run({"init", "--seed", "7", "--out", "first.h5"});
  run({"simulate", "--state", "first.h5", "--steps", "20", "--out", "second.h5"});
  run({"simulate", "--state", "second.h5", "--steps", "30", "--out", "second.h5", "--force"});
  EXPECT_EQ(load_result("whole.h5").state, load_result("second.h5").state);
  EXPECT_EQ(load_result("second.h5").run.first_step, 20U);
}

TEST_F(Command, TrainsWithFixedWeights) {
  run({"simulate", "--steps", "5e1", "--seed", "7", "--out", "a.h5"});
  run({"train", "--state", "a.h5", "--steps", "50", "--out", "b.h5"});
  const Result before = load_result("a.h5");
  const Result after = load_result("b.h5");
  EXPECT_EQ(before.state.wee, after.state.wee);
  EXPECT_EQ(before.state.wei, after.state.wei);
  EXPECT_EQ(before.state.te, after.state.te);
  EXPECT_NE(before.state.x, after.state.x);
  EXPECT_EQ(after.run.phase, Phase::training);
}

TEST_F(Command, DrivesTheNetworkWithInputs) {
  std::string csv = "a,b,c\n";
  for (int t = 0; t < 30; ++t) csv += fmt::format("{},{},{}\n", t % 3 == 0, t % 3 == 1, t % 3 == 2);
  for (const auto& [word, digit] : {std::pair{"true", "1"}, {"false", "0"}}) {
    for (std::size_t at = 0; (at = csv.find(word, at)) != std::string::npos;) csv.replace(at, std::strlen(word), digit);
  }
  write_file("in.csv", csv);
  run({"simulate", "--inputs", "in.csv", "--seed", "1", "--out", "a.h5"});
  const Result result = load_result("a.h5");
  EXPECT_EQ(result.run.steps, 30U);
  EXPECT_EQ(result.run.inputs, "in.csv");
  EXPECT_EQ(result.parameters.nu, 3U);

  const InputArray inputs = read_inputs("in.csv");
  Network network(result.parameters, 1);
  RunOptions options;
  options.inputs = inputs.view();
  network.run(30, options);
  EXPECT_EQ(result.state, network.state());

  // Longer inputs are used in part, with a note; shorter ones are refused.
  const Outcome part = run({"simulate", "--inputs", "in.csv", "--steps", "10", "--out", "b.h5"});
  EXPECT_THAT(part.err, AllOf(HasSubstr("30 steps"), HasSubstr("first 10")));
  EXPECT_THAT(failure(3, {"simulate", "--inputs", "in.csv", "--steps", "31", "--out", "c.h5"}),
              AllOf(HasSubstr("--steps 31"), HasSubstr("only 30 steps")));
  EXPECT_THAT(failure(3, {"simulate", "--inputs", "in.csv", "--set", "nu=10", "--out", "c.h5"}),
              AllOf(HasSubstr("nu = 10"), HasSubstr("3 features")));
  run({"simulate", "--inputs", "in.csv", "--set", "nu=3", "--out", "c.h5"});
  // A state with another nu accepts the inputs, too: nu is set to their number of features.
  run({"init", "--out", "n.h5"});
  run({"simulate", "--state", "n.h5", "--inputs", "in.csv", "--out", "d.h5"});
  EXPECT_EQ(load_result("d.h5").parameters.nu, 3U);
}

TEST_F(Command, TakesSeveralValuesAfterOneOption) {
  run({"simulate", "--steps",  "5",      "--seed",
       "1",        "--set",    "ne=40",  "lambda_ei=10",
       "h_ip=0.2", "--set",    "nu=4",   "sp_weight=0.01",
       "--record", "E",        "C,TE/2", "--record",
       "I",        "--freeze", "sp",     "ss",
       "--out",    "a.h5"});
  const Result result = load_result("a.h5");
  const Parameters expected{.ne = 40, .nu = 4, .lambda_ei = 10, .h_ip = 0.2, .sp_weight = 0.01};
  EXPECT_EQ(result.parameters, expected);
  EXPECT_EQ(result.run.freeze, (RuleSet{Rule::sp, Rule::ss}));
  std::vector<std::string> recorded;
  for (const Recording& recording : result.recordings) recorded.push_back(text(recording.request));
  EXPECT_THAT(recorded, ElementsAre("E", "C", "TE/2", "I"));
  // 'none' unsets a hyperparameter whose default follows from others.
  run({"simulate", "--state", "a.h5", "--steps", "5", "--set", "h_ip=none", "sp_weight=0.002", "--out", "b.h5"});
  EXPECT_EQ(load_result("b.h5").parameters, (Parameters{.ne = 40, .nu = 4, .lambda_ei = 10, .sp_weight = 0.002}));
  run({"init", "--set", "ne=40", "lambda_ei=10", "--seed", "2", "--out", "n.h5"});
  EXPECT_EQ(load_result("n.h5").parameters.ne, 40U);
  EXPECT_THAT(failure(3, {"simulate", "--steps", "5", "--set", "ne=40", "10", "--out", "b.h5"}),
              HasSubstr("--set 10: must be name=value"));
}

TEST_F(Command, ReportsTheTargetRate) {
  const auto simulate = [&](std::vector<std::string> more) {
    std::vector<std::string> words{"simulate", "--steps", "5", "--seed", "1", "--out", "a.h5", "--force"};
    words.insert(words.end(), more.begin(), more.end());
    return run(words).out;
  };
  EXPECT_THAT(simulate({"--set", "ne=1000"}), HasSubstr("0.02, which is 2*nu/ne; --set h_ip=0.1 sets another"));
  EXPECT_THAT(simulate({"--set", "ne=1000", "h_ip=0.15"}),
              AllOf(HasSubstr("target     0.15\n"), HasSubstr("with h_ip 0.15 instead of 2*nu/ne\n"),
                    Not(HasSubstr("which is"))));
  EXPECT_THAT(simulate({"--freeze", "ip"}), Not(HasSubstr("target")));
  EXPECT_THAT(run({"info", "a.h5"}).out, HasSubstr("h_ip            = 0.1 (2*nu/ne)"));
}

TEST_F(Command, WarnsIfInputsLookTransposed) {
  const auto inputs_of = [](std::size_t features, std::size_t steps) {
    std::string row = "0";
    for (std::size_t f = 1; f < features; ++f) row += ",0";
    std::string rows;
    for (std::size_t t = 0; t < steps; ++t) rows += row + '\n';
    write_file("in.csv", rows);
  };
  const std::vector<std::string> simulate{"simulate", "--inputs", "in.csv", "--seed", "1", "--out", "a.h5", "--force"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), simulate.begin(), simulate.end());
    return more;
  };
  inputs_of(60, 3);
  EXPECT_THAT(run(simulate).err, HasSubstr("'in.csv' has 60 features and 3 steps. Is it transposed?"));
  EXPECT_THAT(run(with({"--set", "nu=60"})).err, IsEmpty());
  EXPECT_THAT(run(with({"--quiet"})).err, IsEmpty());
  EXPECT_THAT(run({"simulate", "--inputs", "in.csv", "--state", "a.h5", "--out", "b.h5"}).err, IsEmpty())
      << "the state has the same nu";
  EXPECT_THAT(failure(3, with({"--set", "nu=3"})), HasSubstr("these look transposed"));
  inputs_of(60, 1);
  EXPECT_THAT(run(simulate).err, IsEmpty()) << "one step of a loop";
  inputs_of(150, 3);
  EXPECT_THAT(failure(3, simulate), AllOf(HasSubstr("H_IP = 2*nu/ne = 1.5, from nu = 150 and ne = 200"),
                                          HasSubstr("150 features and 3 steps look transposed")));
  EXPECT_THAT(failure(3, with({"--replicas", "2"})), HasSubstr("H_IP = 2*nu/ne = 1.5"));
  run(with({"--set", "nu=150", "h_ip=0.1"}));
  run({"simulate", "--steps", "3", "--freeze", "ip", "--set", "nu=150", "--out", "old.h5"});
  EXPECT_THAT(run({"info", "old.h5"}).out, HasSubstr("nu              = 150"));
  EXPECT_THAT(failure(3, {"simulate", "--state", "old.h5", "--steps", "3", "--out", "c.h5"}), HasSubstr("give h_ip"));
  inputs_of(300, 3);
  EXPECT_THAT(failure(3, simulate), AllOf(HasSubstr("must have at most ne = 200"), HasSubstr("look transposed")));
}

TEST_F(Command, DrawsAndStoresASeedIfNoneIsGiven) {
  const Outcome a = run({"simulate", "--steps", "5", "--out", "a.h5"});
  run({"simulate", "--steps", "5", "--out", "b.h5"});
  const std::uint64_t seed = load_result("a.h5").state.seed;
  EXPECT_NE(seed, load_result("b.h5").state.seed);
  EXPECT_THAT(a.out, HasSubstr(fmt::format("--seed {} repeats", seed)));
  run({"simulate", "--steps", "5", "--seed", fmt::format("{}", seed), "--out", "c.h5"});
  EXPECT_EQ(load_result("a.h5").state, load_result("c.h5").state);
}

TEST_F(Command, ReseedsAState) {
  run({"init", "--seed", "1", "--out", "n.h5"});
  run({"simulate", "--state", "n.h5", "--steps", "20", "--seed", "2", "--out", "a.h5"});
  run({"simulate", "--state", "n.h5", "--steps", "20", "--out", "b.h5"});
  EXPECT_EQ(load_result("a.h5").state.seed, 2U);
  EXPECT_EQ(load_result("b.h5").state.seed, 1U);
  EXPECT_NE(load_result("a.h5").state.x, load_result("b.h5").state.x);
}

TEST_F(Command, TakesParametersInTheirOrderOfPrecedence) {
  run({"init", "--seed", "1", "--set", "eta_ip=0.02", "--set", "eta_stdp=0.002", "--set", "mu_ip=0.2", "--out",
       "n.h5"});
  write_file("c.toml", "[parameters]\neta_stdp = 0.003\nmu_ip = 0.3\n[run]\nsteps = 5\nout = \"from-config.h5\"\n");
  run({"simulate", "--state", "n.h5", "--config", "c.toml", "--set", "mu_ip=0.4", "--steps", "7"});
  const Result result = load_result("from-config.h5");
  EXPECT_EQ(result.parameters.eta_ip, 0.02);
  EXPECT_EQ(result.parameters.eta_stdp, 0.003);
  EXPECT_EQ(result.parameters.mu_ip, 0.4);
  EXPECT_EQ(result.parameters.eta_inhib, Parameters{}.eta_inhib);
  EXPECT_EQ(result.run.steps, 7U);
}

TEST_F(Command, ReadsEveryKeyOfAConfiguration) {
  write_file("in.csv", "1\n0\n1\n");
  run({"init", "--seed", "5", "--set", "nu=1", "--out", "n.h5"});
  write_file("c.toml",
             "[run]\nsteps = 2\nseed = \"18446744073709551615\"\ninputs = \"in.csv\"\nstate = \"n.h5\"\n"
             "noise = 0.5\nfreeze = [\"ip\", \"sp\"]\nrecord = \"E,C/2\"\nout = \"o.h5\"\n");
  run({"simulate", "--config", "c.toml", "--quiet"});
  const Result result = load_result("o.h5");
  EXPECT_EQ(result.run.steps, 2U);
  EXPECT_EQ(result.run.noise, "0.5");
  EXPECT_EQ(result.run.inputs, "in.csv");
  EXPECT_EQ(result.run.freeze, (RuleSet{Rule::ip, Rule::sp}));
  EXPECT_EQ(result.state.seed, 18446744073709551615ULL);
  ASSERT_EQ(result.recordings.size(), 2U);
  EXPECT_EQ(result.recordings[1].request, (RecordRequest{Quantity::ee_count, 2}));
  // The command line can remove a list of the configuration file.
  run({"simulate", "--config", "c.toml", "--record", "none", "--freeze", "none", "--noise", "off", "--force"});
  EXPECT_TRUE(load_result("o.h5").recordings.empty());
  EXPECT_EQ(load_result("o.h5").run.freeze, RuleSet{});
  EXPECT_EQ(load_result("o.h5").run.noise, "off");
}

TEST_F(Command, DumpsDefaultsThatChangeNothing) {
  for (const char* command : {"init", "simulate", "train"}) {
    EXPECT_EQ(run({command, "--dump-default"}).out, run({"--dump-default"}).out);
  }
  write_file("default.toml", run({"--dump-default"}).out);
  run({"simulate", "--steps", "30", "--seed", "3", "--out", "a.h5"});
  run({"simulate", "--steps", "30", "--seed", "3", "--config", "default.toml", "--out", "b.h5"});
  EXPECT_EQ(load_result("a.h5").parameters, load_result("b.h5").parameters);
  EXPECT_EQ(load_result("a.h5").state, load_result("b.h5").state);
  EXPECT_EQ(load_result("a.h5").run, load_result("b.h5").run);
  EXPECT_EQ(load_result("b.h5").parameters, Parameters{});
  // Every commented line is valid without its comment sign.
  std::string all = read_file("default.toml");
  for (const char* key : {"ni", "nu", "h_ip", "steps", "seed", "out"}) {
    const std::size_t at = all.find(fmt::format("\n# {} = ", key));
    ASSERT_NE(at, std::string::npos) << key;
    all.erase(at + 1, 2);
  }
  write_file("all.toml", all);
  run({"simulate", "--config", "all.toml"});
  EXPECT_EQ(load_result("result.h5").run.steps, 1000U);
}

// --- what it prints

TEST_F(Command, PrintsASummary) {
  const Outcome outcome = run({"simulate", "--steps", "1234", "--seed", "3", "--record", "E", "--out", "a.h5"});
  const State state = load_result("a.h5").state;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("1,234 steps of plasticity"), HasSubstr("steps/s"),
                                 HasSubstr("seed       3\n"), HasSubstr("E (1234 x 200)"), HasSubstr("a.h5")));
  const std::size_t count = state.wee->synapse_count();
  EXPECT_THAT(outcome.out, HasSubstr(fmt::format("-> {},{:03}", count / 1000, count % 1000)));
  // The mean rate equals that of the recorded spikes.
  const Recording recording = load_result("a.h5").recordings[0];
  const auto& spikes = std::get<std::vector<std::uint8_t>>(recording.values);
  const double rate =
      static_cast<double>(std::count(spikes.begin(), spikes.end(), 1)) / static_cast<double>(spikes.size());
  EXPECT_THAT(outcome.out, HasSubstr(fmt::format("{:.4f} spikes per unit and step", rate)));
  EXPECT_THAT(outcome.err, IsEmpty()) << "progress is shown only on a terminal";
}

TEST_F(Command, IsQuietIfRequested) {
  write_file("in.csv", "1\n0\n1\n");
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"simulate", "--inputs", "in.csv", "--steps", "2", "--out", "a.h5", "--quiet"},
        {"init", "--out", "b.h5", "--quiet"}}) {
    const Outcome outcome = run_command(arguments, true);
    EXPECT_EQ(outcome.code, 0);
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_THAT(outcome.err, IsEmpty());
  }
}

TEST_F(Command, ShowsProgressOnATerminal) {
  const Outcome outcome = run_command({"simulate", "--steps", "60000", "--seed", "1", "--out", "a.h5"}, true);
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("% "), HasSubstr("of 60,000 steps"), HasSubstr("steps/s"), HasSubstr(" left")));
  EXPECT_THAT(outcome.err, testing::EndsWith("\r\x1b[K")) << "the line is removed at the end";
  EXPECT_THAT(outcome.err, Not(HasSubstr("\n")));
}

TEST(Progress, WritesOccasionalLinesIntoALog) {
  std::ostringstream err;
  {
    cli::ProgressLine every_time(err, 50, false, std::chrono::seconds(0));
    every_time.update(10);
    every_time.update(20);
    cli::ProgressLine not_yet(err, 50, false);
    not_yet.update(10);
    cli::SweepProgressLine runs(err, false, std::chrono::seconds(0));
    runs.show({.runs = 8, .done = 2, .failed = 1});
  }
  EXPECT_THAT(err.str(), testing::MatchesRegex("sorn:  20%  10 of 50 steps, .* left\n"
                                               "sorn:  40%  20 of 50 steps, .* left\n"
                                               "sorn:  25%  2 of 8 runs, .* left; 1 failed\n"));
  EXPECT_EQ(cli::ProgressText::between_log_lines, std::chrono::minutes(1));
}

TEST_F(Command, DescribesAFile) {
  run({"simulate", "--steps", "100", "--seed", "12", "--record", "E,WEE/50", "--freeze", "ip", "--set",
       "eta_stdp=0.005", "--out", "a.h5"});
  const std::string text = run({"info", "a.h5"}).out;
  EXPECT_THAT(text, AllOf(HasSubstr(version), HasSubstr("200 excitatory and 40 inhibitory"), HasSubstr("seed 12"),
                          HasSubstr("after step 100"), HasSubstr("100 steps of plasticity"), HasSubstr("frozen  ip")));
  EXPECT_THAT(text, AllOf(HasSubstr("100 x 200"), HasSubstr("2 x 200 x 200"), HasSubstr("every 50 steps"),
                          HasSubstr("eta_stdp        = 0.005"), HasSubstr("8,000 synapses, 100.0%")));
  run({"init", "--out", "n.h5"});
  EXPECT_THAT(run({"info", "n.h5"}).out, AllOf(HasSubstr("last run: none"), HasSubstr("recordings: none")));
}

TEST_F(Command, PrintsItsVersion) { EXPECT_EQ(run({"--version"}).out, fmt::format("sorn {}\n", version)); }

/// The texts that users see are committed, so that a review shows their changes.
TEST_F(Command, PrintsTheCommittedHelp) {
  const std::filesystem::path golden = std::filesystem::path(SORN_TEST_GOLDEN_DIR) / "cli-help";
  const std::vector<std::pair<std::string, std::vector<std::string>>> texts{
      {"sorn.txt", {"--help"}},
      {"init.txt", {"init", "--help"}},
      {"simulate.txt", {"simulate", "--help"}},
      {"train.txt", {"train", "--help"}},
      {"at.txt", {"at", "--help"}},
      {"recompute.txt", {"recompute", "--help"}},
      {"watch.txt", {"watch", "--help"}},
      {"info.txt", {"info", "--help"}},
      {"stats.txt", {"stats", "--help"}},
      {"criticality.txt", {"criticality", "--help"}},
      {"twin.txt", {"twin", "--help"}},
      {"dump-default.txt", {"--dump-default"}},
      {"plot.txt", {"plot", "--help"}},
      {"report.txt", {"report", "--help"}},
      {"reproduce.txt", {"reproduce", "--help"}},
      {"convert.txt", {"convert", "--help"}},
      {"sweep.txt", {"sweep", "--help"}},
      {"variants.txt", {"variants", "--help"}},
      {"rule.txt", {"rule", "--help"}},
      {"help.txt", {"help", "--help"}},
      {"doctor.txt", {"doctor", "--help"}},
      {"completion.txt", {"completion", "--help"}},
      {"man.txt", {"man", "--help"}},
      {"sweep-example.txt", {"sweep", "--dump-example"}},
  };
  for (const auto& [file, arguments] : texts) {
    const std::string text = run(arguments).out;
    if (std::getenv("SORN_REGENERATE") != nullptr) {
      std::filesystem::create_directories(golden);
      write_file(golden / file, text);
    }
    EXPECT_EQ(text, read_file(golden / file))
        << "if the new text of " << file << " is intended, run this test once with SORN_REGENERATE=1 and commit it";
    EXPECT_THAT(text, Not(HasSubstr(" \n")));
  }
}

// --- what it refuses

TEST_F(Command, ExitsWith2ForInvalidArguments) {
  EXPECT_THAT(failure(2, {}), AllOf(HasSubstr("a command is needed"), HasSubstr("Try 'sorn --help'")));
  EXPECT_THAT(failure(2, {"simulat"}), AllOf(HasSubstr("'simulat'"), HasSubstr("did you mean 'simulate'")));
  EXPECT_THAT(failure(2, {"simulate", "--step", "5"}), AllOf(HasSubstr("'--step'"), HasSubstr("did you mean '--steps'"),
                                                             HasSubstr("Try 'sorn simulate --help'")));
  EXPECT_THAT(failure(2, {"simulate", "--steps"}), HasSubstr("--steps"));
  EXPECT_THAT(failure(2, {"simulate", "--steps", "1", "--steps", "2"}), HasSubstr("--steps"));
  EXPECT_THAT(failure(2, {"simulate", "run.csv"}), HasSubstr("run.csv"));
  EXPECT_THAT(failure(2, {"simulate"}), HasSubstr("--steps N is needed"));
  EXPECT_THAT(failure(2, {"init"}), HasSubstr("--out FILE.h5 is needed"));
  EXPECT_THAT(failure(2, {"info"}), HasSubstr("FILE"));
  EXPECT_THAT(failure(2, {"plot", "run.h5"}), AllOf(HasSubstr("--out"), HasSubstr("Try 'sorn plot --help'")));
  EXPECT_THAT(failure(2, {"report", "run.h5"}), HasSubstr("--out"));
  EXPECT_THAT(failure(2, {"convert", "run.h5"}), AllOf(HasSubstr("OUT"), HasSubstr("Try 'sorn convert --help'")));
  EXPECT_THAT(failure(2, {"report", "run.h5", "-o", "a.html", "--quite"}), HasSubstr("did you mean '--quiet'"));
  EXPECT_THAT(folder.names(), IsEmpty());
}

TEST_F(Command, RefusesInvalidNumbersOfSteps) {
  for (const char* steps : {"0", "-3", "1.5", "abc", "", "1e30", "99999999999999999999", "1000000000000001", "nan"}) {
    EXPECT_THAT(failure(3, {"simulate", "--steps", steps, "--out", "bad.h5"}),
                AllOf(HasSubstr(fmt::format("--steps {}", steps)), HasSubstr("whole number of steps in [1,")));
    EXPECT_THAT(folder.names(), IsEmpty());
  }
}

TEST_F(Command, NamesValueRuleAndSuggestion) {
  EXPECT_THAT(bad_run({"--seed", "-1"}), AllOf(HasSubstr("--seed -1"), HasSubstr("[0, 18446744073709551615]")));
  EXPECT_THAT(bad_run({"--seed", "1.5"}), HasSubstr("--seed 1.5"));
  EXPECT_THAT(bad_run({"--noise", "loud"}),
              AllOf(HasSubstr("--noise loud"), HasSubstr("on, off, or a standard deviation")));
  EXPECT_THAT(bad_run({"--noise", "-0.1"}), HasSubstr("--noise -0.1"));
  EXPECT_THAT(bad_run({"--noise", "nan"}), HasSubstr("--noise nan"));
  EXPECT_THAT(bad_run({"--noise", "inf"}), HasSubstr("--noise inf"));
  EXPECT_THAT(bad_run({"--freeze", "ip,sdtp"}), AllOf(HasSubstr("'sdtp'"), HasSubstr("did you mean 'stdp'")));
  EXPECT_THAT(bad_run({"--record", ""}), AllOf(HasSubstr("--record: ''"), HasSubstr("must name what to record")));
  EXPECT_THAT(bad_run({"--record", " "}), HasSubstr("must name what to record"));
  EXPECT_THAT(bad_run({"--record", "E,,C"}), HasSubstr("unknown quantity to record ''"));
  EXPECT_THAT(bad_run({"--record", "X"}), Not(HasSubstr("did you mean")));
  EXPECT_THAT(failure(2, {"simulate", "--xyz", "5"}), Not(HasSubstr("did you mean")));
  EXPECT_THAT(bad_run({"--record", "E,CC"}), AllOf(HasSubstr("'CC'"), HasSubstr("did you mean 'C'")));
  EXPECT_THAT(bad_run({"--record", "E,E/2"}), AllOf(HasSubstr("--record"), HasSubstr("'E' comes twice")));
  EXPECT_THAT(bad_run({"--record", "E/0"}), HasSubstr("stride"));
  EXPECT_THAT(bad_run({"--set", "eta_pi=1"}), AllOf(HasSubstr("'eta_pi'"), HasSubstr("did you mean 'eta_ip'")));
  EXPECT_THAT(bad_run({"--set", "eta_ip"}), HasSubstr("name=value"));
  EXPECT_THAT(bad_run({"--set", "=1"}), HasSubstr("name=value"));
  EXPECT_THAT(bad_run({"--set", "eta_ip=nan"}), AllOf(HasSubstr("eta_ip = nan"), HasSubstr("[0, 1]")));
  EXPECT_THAT(bad_run({"--set", "eta_ip=fast"}), HasSubstr("'fast'"));
  EXPECT_THAT(bad_run({"--set", "ne=-5"}), HasSubstr("ne = -5"));
  EXPECT_THAT(bad_run({"--set", "ne=2.5"}), HasSubstr("ne = 2.5"));
  EXPECT_THAT(bad_run({"--set", "ne=2000000000"}), HasSubstr("GB"));
  EXPECT_THAT(bad_run({"--set", "te_min=0.9", "--set", "te_max=0.5"}),
              HasSubstr("te_min = 0.9: must be at most te_max"));
  EXPECT_THAT(bad_run({"--set", "network_type_ee=Spars"}), HasSubstr("did you mean 'Sparse'"));
  EXPECT_THAT(bad_run({"--set", "lambda_ee=500"}), HasSubstr("lambda_ee = 500"));
  EXPECT_THAT(failure(3, {"simulate", "--steps", "1000000000000000", "--record", "E", "--out", "bad.h5"}),
              HasSubstr("GB"));
}

TEST_F(Command, RefusesAStateOfAnotherSize) {
  run({"init", "--out", "n.h5"});
  EXPECT_THAT(bad_run({"--state", "n.h5", "--set", "ne=100"}), AllOf(HasSubstr("ne = 100"), HasSubstr("ne = 200")));
  EXPECT_THAT(bad_run({"--state", "n.h5", "--set", "ni=41"}), AllOf(HasSubstr("ni = 41"), HasSubstr("ni = 40")));
}

TEST_F(Command, NamesTheLineOfAConfiguration) {
  const auto error = [](int code, std::string_view text) {
    write_file("c.toml", text);
    return failure(code, {"simulate", "--steps", "5", "--config", "c.toml", "--out", "bad.h5"});
  };
  EXPECT_THAT(error(3, "[parameters]\nne = 100\neta_pi = 1\n"),
              AllOf(HasSubstr("c.toml:3"), HasSubstr("did you mean 'eta_ip'")));
  EXPECT_THAT(error(3, "[parameters]\neta_ip = -1\n"), AllOf(HasSubstr("c.toml:2"), HasSubstr("eta_ip = -1")));
  EXPECT_THAT(error(3, "[parameters]\n\neta_ip = true\n"),
              AllOf(HasSubstr("c.toml:3"), HasSubstr("number or a string")));
  EXPECT_THAT(error(3, "[parameter]\nne = 100\n"),
              AllOf(HasSubstr("c.toml:1"), HasSubstr("did you mean 'parameters'")));
  EXPECT_THAT(error(3, "ne = 100\n"), AllOf(HasSubstr("c.toml:1"), HasSubstr("'ne'"), HasSubstr("[parameters]")));
  EXPECT_THAT(error(3, "run = 3\n"), AllOf(HasSubstr("c.toml:1"), HasSubstr("[run]")));
  EXPECT_THAT(error(3, "[run]\nstep = 3\n"), AllOf(HasSubstr("c.toml:2"), HasSubstr("did you mean 'steps'")));
  EXPECT_THAT(error(3, "[run]\nnoise = \"loud\"\n"), AllOf(HasSubstr("c.toml:2: noise = loud")));
  EXPECT_THAT(error(3, "[run]\nfreeze = [\"sdtp\"]\n"), AllOf(HasSubstr("c.toml:2"), HasSubstr("did you mean 'stdp'")));
  EXPECT_THAT(error(3, "[run]\nfreeze = [1]\n"), AllOf(HasSubstr("c.toml:2"), HasSubstr("list of strings")));
  EXPECT_THAT(error(3, "[run]\nseed = 1979-05-27\n"), HasSubstr("c.toml:2"));
  EXPECT_THAT(error(4, "[run]\nsteps = \n"), AllOf(HasSubstr("c.toml:2"), HasSubstr("not valid TOML")));
  // Invalid texts that the TOML library does not detect.
  for (const char* line : {"[[[run]]", "[é]", "steps = 5é", "steps = [4[[\"é"}) {
    EXPECT_THAT(error(4, fmt::format("[run]\n{}\n", line)), AllOf(HasSubstr("c.toml:2"), HasSubstr("not valid TOML")));
  }
  write_file("c.toml", "[run]\nsteps = 1.5\n");
  EXPECT_THAT(failure(3, {"simulate", "--config", "c.toml"}),
              AllOf(HasSubstr("c.toml:2: steps = 1.5"), HasSubstr("whole")));
  EXPECT_THAT(failure(4, {"simulate", "--config", "none.toml"}),
              AllOf(HasSubstr("none.toml"), HasSubstr("No such file")));
}

TEST_F(Command, ExitsWith4ForFileErrors) {
  EXPECT_THAT(failure(4, {"simulate", "--steps", "5", "--out", "no/a.h5"}),
              AllOf(HasSubstr("no/a.h5"), HasSubstr("No such file")));
  EXPECT_THAT(failure(4, {"simulate", "--steps", "5", "--out", "."}), HasSubstr("Is a directory"));
  EXPECT_THAT(failure(4, {"simulate", "--steps", "5", "--out", "/dev/full"}), HasSubstr("No space left"));
  EXPECT_THAT(failure(4, {"simulate", "--state", "none.h5", "--steps", "5"}), HasSubstr("none.h5"));
  EXPECT_THAT(failure(4, {"simulate", "--inputs", "none.csv"}), HasSubstr("none.csv"));
  write_file("a.csv", "1,x\n");
  EXPECT_THAT(failure(4, {"simulate", "--inputs", "a.csv"}), AllOf(HasSubstr("a.csv"), HasSubstr("line 1")));
  EXPECT_THAT(failure(4, {"info", "a.csv"}), HasSubstr("not an HDF5 file"));
  run({"init", "--out", "n.h5"});
  write_file("cut.h5", read_file("n.h5").substr(0, 10000));
  EXPECT_THAT(failure(4, {"info", "cut.h5"}), AllOf(HasSubstr("cut.h5"), HasSubstr("truncated")));
}

TEST_F(Command, ReplacesAFileOnlyIfRequested) {
  run({"simulate", "--steps", "5", "--seed", "1"});
  const std::string before = read_file("sorn-result.h5");
  EXPECT_THAT(failure(4, {"simulate", "--steps", "6", "--seed", "1"}), HasSubstr("'sorn-result.h5' exists already: "));
  for (const char* command : {"simulate", "train"}) {
    EXPECT_THAT(failure(4, {command, "--steps", "6", "--out", "sorn-result.h5"}),
                HasSubstr("give another name, or --force to replace it\n"));
  }
  EXPECT_THAT(failure(4, {"init", "--out", "sorn-result.h5"}), HasSubstr("or --force to replace it\n"));
  EXPECT_EQ(read_file("sorn-result.h5"), before);
  run({"simulate", "--steps", "6", "--seed", "1", "--out", "sorn-result.h5", "--force"});
  EXPECT_EQ(load_result("sorn-result.h5").run.steps, 6U);
}

TEST_F(Command, KeepsTheOldResultIfTheNewRunFails) {
  run({"simulate", "--steps", "5", "--seed", "1", "--out", "a.h5"});
  const std::string before = read_file("a.h5");
  failure(3, {"simulate", "--steps", "5", "--set", "eta_ip=7", "--out", "a.h5", "--force"});
  failure(3, {"simulate", "--steps", "0", "--out", "a.h5", "--force"});
  EXPECT_EQ(read_file("a.h5"), before);
  EXPECT_THAT(folder.names(), ElementsAre("a.h5"));
}

TEST_F(Command, ReportsAnOutputThatCannotBeWritten) {
  std::ostringstream err;
  std::ostringstream out;
  out.setstate(std::ios::badbit);
  const std::vector<std::string> arguments{"--dump-default"};
  EXPECT_EQ(cli::run_cli(arguments, {out, err, false, nullptr}), 4);
}

// --- how it stops

TEST_F(Command, StopsAtASignalWithAValidResult) {
  const std::atomic<int> signal{SIGINT};
  const Outcome outcome = run_command({"simulate", "--steps", "1000", "--seed", "1", "--out", "a.h5"}, false, &signal);
  EXPECT_EQ(outcome.code, 130);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("interrupted"), HasSubstr("0 of 1,000 steps"), HasSubstr("a.h5")));
  EXPECT_EQ(load_result("a.h5").state.step, 0U);
}

class StoppedProgram : public Command, public testing::WithParamInterface<int> {};

TEST_P(StoppedProgram, WritesAResultThatCanBeContinued) {
  const pid_t child = fork();
  if (child == 0) {
    execl(SORN_TEST_COMMAND, "sorn", "simulate", "--steps", "1000000000", "--seed", "1", "--record", "C/1000",
          "--quiet", "--out", "a.h5", nullptr);
    _exit(99);
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(700));
  kill(child, GetParam());
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 128 + GetParam());
  EXPECT_THAT(folder.names(), ElementsAre("a.h5"));
  const Result stopped = load_result("a.h5");
  ASSERT_GT(stopped.run.steps, 0U);
  ASSERT_LT(stopped.run.steps, 1000000000U);
  EXPECT_EQ(stopped.state.step, stopped.run.steps);
  EXPECT_EQ(stopped.recordings[0].rows, (stopped.run.steps + 999) / 1000);
  Network network(stopped.parameters, 1);
  network.run(stopped.run.steps);
  EXPECT_EQ(network.state(), stopped.state);
}

INSTANTIATE_TEST_SUITE_P(Signals, StoppedProgram, testing::Values(SIGINT, SIGTERM));

}  // namespace
}  // namespace sorn

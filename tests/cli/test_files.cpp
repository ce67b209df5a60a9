// Several files in one call, JSON of a file, and inputs in each layout and from the standard input.
#include "helpers/command.hpp"

#include <sorn/io.hpp>
#include <sorn/result_reader.hpp>
#include <sorn/sorn.hpp>
#include <sorn/variant.hpp>

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <vector>

namespace sorn {
namespace {

using nlohmann::json;
using test::read_file;
using test::write_file;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class SeveralFiles : public test::Command {
protected:
  SeveralFiles() {
    run({"simulate", "--steps", "120", "--seed", "1", "--record", "E,WEE/50", "--set", "ne=40", "lambda_ee=10",
         "eta_ip=0.02", "--freeze", "sp", "--inputs", "counting:n=3,pool_size=4", "--out", "a.h5"});
    run({"simulate", "--steps", "90", "--seed", "2", "--record", "I,synapses", "--set", "ne=40", "--out", "b.h5"});
    run({"init", "--seed", "3", "--out", "c.h5"});
  }
};

TEST_F(SeveralFiles, AreDescribedOneAfterAnother) {
  for (const char* command : {"info", "stats"}) {
    EXPECT_EQ(run({command, "a.h5", "b.h5", "c.h5"}).out,
              run({command, "a.h5"}).out + "\n" + run({command, "b.h5"}).out + "\n" + run({command, "c.h5"}).out);
    const json list = json::parse(run({command, "a.h5", "b.h5", "--json"}).out);
    EXPECT_EQ(list, json({json::parse(run({command, "a.h5", "--json"}).out),
                          json::parse(run({command, "b.h5", "--json"}).out)}));
    EXPECT_THAT(failure(4, {command, "a.h5", "none.h5"}), HasSubstr("none.h5"));
  }
  EXPECT_THAT(run({"stats", "a.h5", "c.h5"}).err, HasSubstr("no spikes were recorded in c.h5"));
  EXPECT_EQ(json::parse(run({"stats", "a.h5", "b.h5", "--json"}).out)[1]["recording"], "I");
}

TEST_F(SeveralFiles, CannotShareWhatBelongsToOne) {
  for (const char* option : {"--neurons", "--spikes", "--against"}) {
    EXPECT_THAT(failure(2, {"stats", "a.h5", "b.h5", option, "x"}),
                HasSubstr(fmt::format("{} x: belongs to one result, and 2 are given", option)));
  }
  EXPECT_FALSE(std::filesystem::exists("x"));
}

TEST_F(SeveralFiles, AreDescribedAsJson) {
  const json found = json::parse(run({"info", "a.h5", "--json"}).out);
  const Result result = load_result("a.h5");
  EXPECT_EQ(found["file"], "a.h5");
  EXPECT_EQ(found["kind"], "result");
  EXPECT_EQ(found["version"], version);
  EXPECT_EQ(found["network"]["excitatory"], 40);
  EXPECT_EQ(found["network"]["seed"], 1);
  EXPECT_EQ(found["network"]["step"], 120);
  EXPECT_EQ(found["network"]["Wee"],
            json({{"pre", 40}, {"post", 40}, {"synapses", result.state.wee->synapse_count()}}));
  EXPECT_EQ(found["run"]["steps"], 120);
  EXPECT_EQ(found["run"]["freeze"], json({"sp"}));
  EXPECT_EQ(found["run"]["source"], json({{"source", "counting"}, {"n", 3}, {"pool_size", 4}}));
  EXPECT_TRUE(found["run"]["inputs_shape"].is_null());
  EXPECT_EQ(found["recordings"]["E"], json({{"shape", {120, 40}}, {"stride", 1}, {"first_step", 0}}));
  EXPECT_EQ(found["recordings"]["WEE"]["shape"], json({3, 40, 40}));
  const std::uint64_t events = ResultReader("b.h5").event_count();
  EXPECT_GT(events, 0U);
  EXPECT_EQ(json::parse(run({"info", "b.h5", "--json"}).out)["recordings"]["synapses"]["events"], events);
  EXPECT_THAT(run({"info", "b.h5"}).out, HasSubstr(fmt::format("{} events", events)));
  EXPECT_EQ(found["parameters"]["eta_ip"], 0.02);
  EXPECT_EQ(found["parameters"]["h_ip"], result.parameters.target_rate());
  EXPECT_EQ(found["parameters"].size(), parameter_table().size());
  EXPECT_EQ(found["variant"], name(VariantName{}));
  EXPECT_EQ(found["changed"], json(changed_switches(result.parameters)));
  EXPECT_FALSE(found["made"]["date"].is_null());
  EXPECT_TRUE(json::parse(run({"info", "c.h5", "--json"}).out)["run"].is_null());
}

// --- inputs

class InputsCommand : public test::Command {
protected:
  static constexpr int features = 3;
  static constexpr int steps = 40;

  InputsCommand() {
    std::string tall;
    std::string wide;
    for (int t = 0; t < steps; ++t) {
      for (int f = 0; f < features; ++f) tall += fmt::format("{}{}", value(f, t), f + 1 < features ? "," : "\n");
    }
    for (int f = 0; f < features; ++f) {
      for (int t = 0; t < steps; ++t) wide += fmt::format("{}{}", value(f, t), t + 1 < steps ? "," : "\n");
    }
    write_file("tall.csv", tall);
    write_file("wide.csv", wide);
  }
  static double value(int f, int t) { return (7 * t + 3 * f) % 5 * 0.25; }

  static Result simulated(std::vector<std::string> more) {
    std::vector<std::string> arguments{"simulate", "--seed", "4", "--record", "E", "--out", "r.h5", "--force"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const test::Outcome outcome = run(arguments);
    EXPECT_THAT(outcome.err, IsEmpty());
    return load_result("r.h5");
  }
};

TEST_F(InputsCommand, AreReadInEitherLayout) {
  const Result tall = simulated({"--inputs", "tall.csv"});
  EXPECT_EQ(tall.run.steps, steps);
  EXPECT_EQ(tall.parameters.nu, features);
  const Result wide = simulated({"--inputs", "wide.csv", "--inputs-layout", "feature-by-time"});
  EXPECT_EQ(wide.state, tall.state);
  EXPECT_EQ(wide.recordings, tall.recordings);
  EXPECT_EQ(wide.run.inputs_sha256, tall.run.inputs_sha256);
  EXPECT_EQ(simulated({"--inputs", "tall.csv", "--inputs-layout", "time-by-feature"}).state, tall.state);
  write_file("c.toml", "[run]\ninputs = \"wide.csv\"\ninputs_layout = \"feature-by-time\"\n");
  EXPECT_EQ(simulated({"--config", "c.toml"}).state, tall.state);
  write_file("sweep.toml",
             "[run]\ninputs = \"wide.csv\"\ninputs_layout = \"feature-by-time\"\n[sweep]\nstatistics = "
             "[\"mean_rate\"]\n[sweep.grid]\neta_ip = [0.01]\n");
  EXPECT_THAT(run({"sweep", "sweep.toml", "--out", "wide", "--quiet"}).err, IsEmpty());
  write_file("sweep.toml",
             "[run]\ninputs = \"tall.csv\"\n[sweep]\nstatistics = [\"mean_rate\"]\n[sweep.grid]\neta_ip = [0.01]\n");
  run({"sweep", "sweep.toml", "--out", "tall", "--quiet"});
  EXPECT_EQ(read_file("wide/table.csv"), read_file("tall/table.csv"));
}

TEST_F(InputsCommand, ThatFitOnlyTheOtherWayUpNameTheOption) {
  const auto refused = [](std::vector<std::string> more) {
    std::vector<std::string> arguments{"simulate", "--out", "bad.h5"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return failure(3, arguments);
  };
  EXPECT_THAT(refused({"--inputs", "wide.csv", "--set", "nu=3"}),
              AllOf(HasSubstr("nu = 3: 'wide.csv' has 40 features"),
                    HasSubstr("--inputs-layout feature-by-time reads them the other way up")));
  EXPECT_THAT(refused({"--inputs", "tall.csv", "--inputs-layout", "feature-by-time", "--set", "nu=3"}),
              HasSubstr("--inputs-layout time-by-feature reads them the other way up"));
  EXPECT_THAT(refused({"--inputs", "wide.csv", "--set", "ne=30"}),
              AllOf(HasSubstr("at most ne = 30"), HasSubstr("--inputs-layout feature-by-time")));
  EXPECT_THAT(refused({"--inputs", "wide.csv", "--steps", "20"}),
              AllOf(HasSubstr("has only 3 steps"), HasSubstr("--inputs-layout feature-by-time")));
  EXPECT_THAT(refused({"--inputs", "tall.csv", "--steps", "60"}), Not(HasSubstr("--inputs-layout")));
  EXPECT_THAT(refused({"--inputs", "tall.csv", "--inputs-layout", "wide"}),
              AllOf(HasSubstr("--inputs-layout: unknown layout of inputs 'wide'"), HasSubstr("feature-by-time")));
  EXPECT_THAT(refused({"--inputs", "counting:n=3", "--steps", "5", "--inputs-layout", "feature-by-time"}),
              HasSubstr("must come with a file of inputs"));
  EXPECT_THAT(refused({"--steps", "5", "--inputs-layout", "feature-by-time"}), HasSubstr("file of inputs"));
  EXPECT_FALSE(std::filesystem::exists("bad.h5"));
}

TEST_F(InputsCommand, ComeFromTheStandardInput) {
  const Result tall = simulated({"--inputs", "tall.csv"});
  const auto piped = [](const char* file, const char* more) {
    const std::string line =
        fmt::format("cat {} | '{}' simulate --seed 4 --record E --quiet --force --out p.h5 --inputs - {} 2> errors",
                    file, SORN_TEST_COMMAND, more);
    return WEXITSTATUS(std::system(line.c_str()));
  };
  EXPECT_EQ(piped("tall.csv", ""), 0);
  const Result result = load_result("p.h5");
  EXPECT_EQ(result.recordings, tall.recordings);
  EXPECT_EQ(result.run.inputs, "-");
  EXPECT_EQ(result.run.inputs_sha256, tall.run.inputs_sha256);
  EXPECT_EQ(piped("wide.csv", "--inputs-layout feature-by-time"), 0);
  EXPECT_EQ(load_result("p.h5").recordings, tall.recordings);
  write_file("bad.csv", "1,2\n3\n");
  EXPECT_EQ(piped("bad.csv", ""), 4);
  EXPECT_THAT(read_file("errors"), AllOf(HasSubstr("the standard input"), HasSubstr("line 2")));
  write_file("sweep.toml",
             "[run]\ninputs = \"-\"\n[sweep]\nstatistics = [\"mean_rate\"]\n[sweep.grid]\neta_ip = [0.01]\n");
  EXPECT_THAT(failure(3, {"sweep", "sweep.toml", "--out", "s"}), HasSubstr("must be a file in a sweep"));
}

}  // namespace
}  // namespace sorn

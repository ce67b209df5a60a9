// 'sorn twin' prints what the library finds, and refuses what is no change.
#include "helpers/command.hpp"

#include "config/change_text.hpp"

#include <sorn/error.hpp>
#include <sorn/io.hpp>
#include <sorn/sorn.hpp>
#include <sorn/twins.hpp>

#include <nlohmann/json.hpp>

#include <string>

namespace sorn {
namespace {

using nlohmann::json;
using test::read_file;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class TwinCommand : public test::Command {
protected:
  TwinCommand() {
    run({"simulate", "--steps", "100", "--seed", "1", "--set", "ne=40", "--set", "nu=4", "--out", "run.h5"});
  }
};

TEST_F(TwinCommand, PrintsWhatTheLibraryFinds) {
  const Result result = load_result("run.h5");
  const twins::Plan plan{.networks = {Network(result.parameters, result.state)},
                         .changes = {changes::Spike{}, changes::Freeze{{Rule::sp}}},
                         .pairs = 6,
                         .steps = 30,
                         .skip = 5,
                         .seed = 3,
                         .state_stride = 3};
  const twins::Divergence expected = twins::divergence(plan);
  const std::vector<std::string> command{"twin",      "run.h5",  "--change", "spike",   "--change",
                                         "freeze=sp", "--pairs", "6",        "--steps", "30",
                                         "--skip",    "5",       "--seed",   "3",       "--quiet"};
  std::vector<std::string> as_json = command;
  as_json.insert(as_json.end(), {"--json", "--out", "table.csv"});
  const json found = json::parse(run(as_json).out);
  EXPECT_EQ(found["pairs"], 6);
  EXPECT_EQ(found["parted"], 6);
  EXPECT_EQ(found["mean_distance"], twins::mean_distance(expected));
  EXPECT_EQ(found["derrida_slope"], *expected.map.slope);
  EXPECT_EQ(found["exponent"], twins::growth(twins::mean_distance(expected))->exponent);
  EXPECT_THAT(read_file("table.csv"), StartsWith("step,mean,q05,q25,median,q75,q95\n0,1,1,1,1,1,1\n"));
  const std::string text = run(command).out;
  EXPECT_THAT(text, AllOf(HasSubstr("6 pairs of twins over 30 steps"), HasSubstr("mean distance (40 excitatory units)"),
                          HasSubstr("synapses of W_EE that one of the two networks has")));
}

TEST_F(TwinCommand, ShowsItsProgress) {
  EXPECT_THAT(run({"twin", "run.h5", "--change", "spike=1", "--pairs", "2", "--steps", "5"}).out, HasSubstr("step 5"));
}

TEST_F(TwinCommand, RefusesWhatIsNoChange) {
  const auto refusal = [](const std::string& change) {
    return failure(3, {"twin", "run.h5", "--pairs", "1", "--steps", "3", "--change", change});
  };
  EXPECT_THAT(refusal("spike=40"), HasSubstr("unit = 40: must be an excitatory unit, below ne = 40"));
  EXPECT_THAT(refusal("spike=x"), HasSubstr("--change spike with 'x'"));
  EXPECT_THAT(refusal("spiek"), AllOf(HasSubstr("'spiek'"), HasSubstr("did you mean 'spike'")));
  EXPECT_THAT(refusal("synapse=1,2,3,4"), HasSubstr("PRE,POST,WEIGHT"));
  EXPECT_THAT(refusal("new-synapse=1,2"), HasSubstr("PRE,POST,WEIGHT"));
  EXPECT_THAT(refusal("threshold"), HasSubstr("UNIT,DELTA"));
  EXPECT_THAT(refusal("threshold=1,x"), HasSubstr("must be a number"));
  EXPECT_THAT(refusal("freeze"), HasSubstr("must name a rule"));
  EXPECT_THAT(refusal("freeze=sdtp"), HasSubstr("did you mean 'stdp'"));
  EXPECT_THAT(refusal("set=eta_stdp"), HasSubstr("must be name=value"));
  EXPECT_THAT(refusal("set=eta_sdtp=1"), HasSubstr("did you mean 'eta_stdp'"));
  EXPECT_THAT(refusal("lesion"), HasSubstr("a lesion of 0 units"));
  EXPECT_THAT(failure(2, {"twin", "run.h5"}), HasSubstr("--change"));
  EXPECT_THAT(failure(4, {"twin", "none.h5", "--change", "spike"}), HasSubstr("none.h5"));
}

TEST(ChangeText, SaysWhatTheChangeIs) {
  const auto read = [](const char* text) { return config::change_named("--change", text); };
  EXPECT_EQ(read("spike"), Change(changes::Spike{}));
  EXPECT_EQ(read("spike=5"), Change(changes::Spike{5}));
  EXPECT_EQ(read("synapse"), Change(changes::Synapse{}));
  EXPECT_EQ(read("synapse=0.5"), Change(changes::Synapse{{}, 0.5}));
  EXPECT_EQ(read("synapse=3,7"), Change(changes::Synapse{ChosenPair{3, 7}}));
  EXPECT_EQ(read("synapse=3,7,0.5"), Change(changes::Synapse{ChosenPair{3, 7}, 0.5}));
  EXPECT_EQ(read("new-synapse=0.5"), Change(changes::Synapse{{}, 0.5, true}));
  EXPECT_EQ(read("new-synapse=3,7,0.5"), Change(changes::Synapse{ChosenPair{3, 7}, 0.5, true}));
  EXPECT_EQ(read("threshold=-0.5"), Change(changes::Threshold{{}, -0.5}));
  EXPECT_EQ(read("threshold=4,0.5"), Change(changes::Threshold{4, 0.5}));
  EXPECT_EQ(read("freeze=stdp,ip"), Change(changes::Freeze{{Rule::stdp, Rule::ip}}));
  EXPECT_EQ(read("set=eta_ip=0.5"), Change(changes::Set{{{"eta_ip", 0.5}}}));
  EXPECT_EQ(read("lesion=4,6"), Change(changes::Lesion{{4, 6}}));
  EXPECT_EQ(read("lesion=random:3"), Change(changes::Lesion{{}, 3}));
}

}  // namespace
}  // namespace sorn

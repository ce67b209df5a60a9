// Files of networks with rules of users' own: they keep the memory of rules and the values of their parameters.
#include "helpers/message_of.hpp"
#include "helpers/own_rules.hpp"
#include "helpers/small_parameters.hpp"
#include "helpers/temporary_folder.hpp"
#include "helpers/thread_ranks.hpp"

#include <sorn/file_run.hpp>
#include <sorn/io.hpp>
#include <sorn/sorn.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace sorn {
namespace {

using test::message_of;
using test::on_ranks;
using testing::AllOf;
using testing::HasSubstr;

constexpr std::uint64_t run_length = 120;

/// A rule with a number of a width of its own, and a parameter.
class Other final : public OwnRule {
public:
  explicit Other(std::vector<RuleValue> values, std::string_view own_name = "rewarded")
      : values_(std::move(values)), name_(own_name) {}
  std::string_view name() const noexcept override { return name_; }
  Changes changes() const noexcept override { return {.wee = true}; }
  std::vector<RuleValue> values() const override { return values_; }
  std::size_t memory_width(const Parameters& /*p*/) const override { return 51; }
  void apply(RuleView& /*part*/) const override {}

private:
  std::vector<RuleValue> values_;
  std::string_view name_;
};

class RuleFiles : public testing::Test {
protected:
  test::TemporaryFolder folder;
  std::filesystem::path file = folder / "run.h5";
  std::vector<double> rewards = [] {
    std::vector<double> values(run_length);
    for (std::size_t t = 0; t < run_length; ++t) values[t] = t % 10 == 9 ? 1.0 : 0.0;
    return values;
  }();

  static std::shared_ptr<const OwnRule> rule(double eta = 0.01) { return std::make_shared<test::Rewarded>(eta); }
  static Parameters parameters() {
    return test::network_with(test::small_parameters, rule(), "stdp,ip,rewarded,sp,istdp,ss").parameters();
  }
  RunPlan plan(std::size_t threads = 1) const {
    return {.steps = run_length,
            .options = {.threads = threads, .signals = {{"reward", rewards}}},
            .record = {{Quantity::excitatory}},
            .checkpoint_every = 20};
  }
  Continuation continuation(std::vector<std::shared_ptr<const OwnRule>> rules, std::size_t threads = 1) const {
    return {.threads = threads, .signals = {{"reward", rewards}}, .rules = std::move(rules)};
  }
  Network network(const std::shared_ptr<Ranks>& ranks = nullptr) const {
    Network made = ranks ? Network(parameters(), 5, ranks) : Network(parameters(), 5);
    made.set_rules({rule()});
    return made;
  }
  State expected() const { return test::after(network(), run_length, plan().options); }
  std::string refusal(std::shared_ptr<const OwnRule> given) const {
    return message_of<StateError>([&] { FileRun::resumed(file, continuation({std::move(given)})); });
  }
};

TEST_F(RuleFiles, KeepMemoryAndValues) {
  FileRun(file, network(), plan()).run();
  const Result result = load_result(file);
  EXPECT_TRUE(result.state == expected());
  ASSERT_EQ(result.state.rule_memory.size(), 1U);
  EXPECT_EQ(result.state.rule_memory[0].width, 51U);
  EXPECT_EQ(result.run.rules, (std::vector<GivenRule>{{"rewarded", {{"decay", 0.9}, {"eta", 0.01}}}}));
  save_result(folder / "copy.h5", result);
  const Result copy = load_result(folder / "copy.h5");
  EXPECT_TRUE(copy.state == result.state);
  EXPECT_EQ(copy.run, result.run);
}

TEST_F(RuleFiles, ARunOnAnyRanksIsResumedOnAnyOthersWithTheSameBits) {
  const State whole = expected();
  for (const std::size_t before : {1U, 2U, 3U}) {
    for (const std::size_t after : {1U, 3U, 2U}) {
      on_ranks(before, [&](const std::shared_ptr<Ranks>& ranks) {
        FileRun run(file, network(before > 1 ? ranks : nullptr), plan(after));
        EXPECT_EQ(run.run({}, 50), 50U);
      });
      on_ranks(after, [&](const std::shared_ptr<Ranks>& ranks) {
        FileRun::resumed(file, continuation({rule()}, before), after > 1 ? ranks : nullptr).run();
      });
      EXPECT_TRUE(load_result(file).state == whole) << before << " ranks, then " << after;
      std::filesystem::remove(file);
    }
  }
}

TEST_F(RuleFiles, TheFirstCheckpointHasTheMemoryThatTheRunBeginsWith) {
  EXPECT_EQ(FileRun(file, network(), plan()).run({}, 0), 0U);
  ASSERT_EQ(load_result(file).state.rule_memory.size(), 1U);
  Network begun = network();
  begun.begin_memory();
  EXPECT_TRUE(load_result(file).state == begun.state());
}

TEST_F(RuleFiles, AResumedRunNeedsTheRuleWithItsValues) {
  FileRun(file, network(), plan()).run({}, 50);
  EXPECT_THAT(message_of<ParameterError>([&] { FileRun::resumed(file, continuation({})); }),
              HasSubstr("names the rule 'rewarded', which the network was not given"));
  EXPECT_THAT(message_of<ParameterError>([&] { FileRun::resumed(file, {.rules = {rule()}}); }), HasSubstr("signals"));
  EXPECT_THAT(refusal(rule(0.02)),
              AllOf(HasSubstr("the rule 'rewarded' with eta = 0.02"), HasSubstr("began the run with eta = 0.01")));
  EXPECT_THAT(refusal(std::make_shared<Other>(std::vector<RuleValue>{{"eta", 0.01}})),
              AllOf(HasSubstr("with no parameter 'decay'"), HasSubstr("with decay = 0.9")));
  EXPECT_THAT(refusal(std::make_shared<Other>(std::vector<RuleValue>{{"eta", 0.01}, {"decay", 0.9}, {"further", 1.0}})),
              AllOf(HasSubstr("with further = 1"), HasSubstr("with no parameter 'further'")));
  FileRun::resumed(file, continuation({rule()})).run();
  EXPECT_TRUE(load_result(file).state == expected());
}

}  // namespace
}  // namespace sorn

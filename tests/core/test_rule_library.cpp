// Rules from shared libraries: they do what the same rules do as classes, and what cannot be loaded is refused.
#include "helpers/message_of.hpp"
#include "helpers/own_rules.hpp"
#include "helpers/temporary_folder.hpp"
#include "helpers/thread_ranks.hpp"

#include <sorn/rule.h>
#include <sorn/sorn.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sorn {
namespace {

using test::after;
using test::message_of;
using testing::AllOf;
using testing::HasSubstr;

/// A library that the build has made of a source in tests/rules.
std::filesystem::path library(const std::string& name) {
  return std::filesystem::path(SORN_TEST_RULES_DIR) / (name + ".so");
}

TEST(RuleLibrary, StdpOfALibraryHasTheBitsOfTheTable) {
  const State expected = after(Network(test::rule_parameters, 5), 300);
  const auto rule = load_rule(library("stdp"));
  const std::string_view order = "library_stdp,ip,sp,istdp,ss";
  for (const std::size_t threads : {1U, 2U, 3U}) {
    EXPECT_TRUE(after(test::network_with(test::rule_parameters, rule, order), 300, {.threads = threads}) == expected)
        << threads;
    test::on_ranks(2, [&](const std::shared_ptr<Ranks>& group) {
      Network share(test::network_with(test::rule_parameters, rule, order).parameters(), 5, group);
      share.set_rules({rule});
      share.run(300, {.threads = threads});
      const State whole = gathered(share.state(), *group);
      EXPECT_TRUE(group->rank() != 0 || whole == expected) << threads << " threads of two ranks";
    });
  }
}

/// The rule of tests/rules/everything.cpp, with first = 0.25 and second = 0.5.
class Everything final : public OwnRule {
public:
  std::string_view name() const noexcept override { return "everything"; }
  Changes changes() const noexcept override { return {.te = true, .wee = true, .wei = true}; }
  std::size_t most_new() const noexcept override { return 1000; }
  std::vector<std::string> needs() const override { return {"level"}; }
  std::size_t memory_width(const Parameters& /*p*/) const override { return 2; }
  void begin_memory(const MemoryStart& start) const override {
    start.memory[0] = start.uniform(3);
    start.memory[1] = start.memory[0] + static_cast<double>(start.unit);
  }
  void apply(RuleView& s) const override {
    const double level = *s.signal("level");
    for (std::size_t post = s.units.begin; post < s.units.end; ++post) {
      const std::size_t k = post - s.units.begin;
      const auto unit = static_cast<std::uint32_t>(post);
      const std::span<double> memory = s.memory_of(post);
      memory[0] = 0.5 * memory[0] + s.next_x[post];
      memory[1] += level;
      s.set_te(post, s.te[k] + 0.5 * (level + s.next_x[post] - s.target[k]) + 0.001 * memory[0]);
      if (!s.wei.pre_of(post).empty() && s.y[s.wei.pre_of(post)[0]] != 0) s.wei.set(post, 0, 0.25);
      if (s.uniform(unit) > 0.05) continue;
      if (!s.wee.pre_of(post).empty()) s.wee.set(post, s.wee.pre_of(post).size() - 1, 0.0);
      const auto pre = static_cast<std::size_t>(s.uniform(unit, 1) * static_cast<double>(s.wee.n_pre()));
      if (pre != post) s.wee.make(pre, post, 0.02);
    }
  }
};

constexpr std::string_view with_everything = "stdp,ip,everything,sp,istdp,ss";

TEST(RuleLibrary, ARuleOfALibrarySeesAndChangesWhatAClassDoes) {
  const auto rule = load_rule(library("everything"), std::vector<RuleValue>{{"second", 0.5}});
  std::vector<double> other(400, 7.0);
  std::vector<double> level(400);
  for (std::size_t t = 0; t < 400; ++t) level[t] = 0.001 * static_cast<double>(t % 7);
  const std::vector<Signal> signals{{"other", other}, {"level", level}};
  const State expected =
      after(test::network_with(test::rule_parameters, std::make_shared<Everything>(), with_everything), 400,
            {.signals = signals});
  EXPECT_FALSE(expected == after(Network(test::rule_parameters, 5), 400));
  for (const std::size_t threads : {1U, 2U, 3U}) {
    const RunOptions options{.threads = threads, .signals = signals};
    EXPECT_TRUE(after(test::network_with(test::rule_parameters, rule, with_everything), 400, options) == expected)
        << threads;
  }
}

/// The rule of tests/rules/plain.c.
class Plain final : public OwnRule {
public:
  std::string_view name() const noexcept override { return "plain"; }
  Changes changes() const noexcept override { return {.te = true}; }
  std::size_t memory_width(const Parameters& /*p*/) const override { return 1; }
  void begin_memory(const MemoryStart& start) const override { start.memory[0] = 0.5 * start.uniform(); }
  void apply(RuleView& s) const override {
    for (std::size_t unit = s.units.begin; unit < s.units.end; ++unit) {
      double& trace = s.memory_of(unit)[0];
      trace = 0.75 * trace + s.next_x[unit];
      s.set_te(unit, s.te[unit - s.units.begin] + *s.signal("gain") * trace);
    }
  }
};

TEST(RuleLibrary, ARuleInC11HasTheBitsOfAClass) {
  const std::vector<double> gain(100, 0.01);
  const std::string_view order = "stdp,plain,sp,ss";
  const RunOptions options{.threads = 2, .signals = {{"gain", gain}}};
  const State expected =
      after(test::network_with(test::rule_parameters, std::make_shared<Plain>(), order), 100, options);
  EXPECT_TRUE(after(test::network_with(test::rule_parameters, load_rule(library("plain")), order), 100, options) ==
              expected);
  EXPECT_EQ(expected.rule_memory.at(0).values->size(), 70U);
}

TEST(RuleLibrary, ARuleThatFailsEndsTheRunBeforeTheStep) {
  struct Failure {
    double level;
    const char* message;
  };
  for (const Failure failure : {Failure{-1.0, "the rule 'everything' ends the run in step 37: the level is -1"},
                                Failure{-2.0, "the rule 'everything' ends the run in step 37: thrown by the library"},
                                Failure{-3.0, "it has thrown something"},
                                Failure{-4.0, "= -0.5 in step 37: a weight must be a finite number of at least 0"}}) {
    std::vector<double> level(100, 0.0);
    const RunOptions whole{.signals = {{"level", level}}};
    const State expected =
        after(test::network_with(test::rule_parameters, load_rule(library("everything")), with_everything), 37, whole);
    level[37] = failure.level;
    Network network = test::network_with(test::rule_parameters, load_rule(library("everything")), with_everything);
    EXPECT_THAT(message_of<RuleError>([&] {
                  network.run(100, {.threads = 2, .signals = {{"level", level}}});
                }),
                HasSubstr(failure.message));
    EXPECT_TRUE(network.state() == expected) << failure.message;
  }
  Network without_signals =
      test::network_with(test::rule_parameters, load_rule(library("everything")), with_everything);
  EXPECT_THAT(message_of<ParameterError>([&] { without_signals.run(1); }), HasSubstr("needs the signal 'level'"));
  Network seven = test::network_with(
      test::rule_parameters, load_rule(library("everything"), std::vector<RuleValue>{{"first", 7.0}}), with_everything);
  const std::vector<double> level(1, 0.0);
  EXPECT_THAT(message_of<RuleError>([&] {
                seven.run(1, {.signals = {{"level", level}}});
              }),
              HasSubstr("the rule 'everything' cannot begin its memory of unit 0: the first parameter is 7"));
}

/// Sets a threshold to its parameter.
const char* set_first(const sorn_part* part) {
  sorn_set_te(part, part->begin, part->parameters[0]);
  return nullptr;
}

TEST(RuleLibrary, AFunctionOfThisProcessIsARule) {
  const auto code = std::make_shared<std::vector<sorn_rule_parameter>>();
  code->push_back({"value", 0.5});
  sorn_rule description{};
  description.abi = SORN_RULE_ABI;
  description.size = sizeof(sorn_rule);
  description.name = "setting";
  description.changes = SORN_CHANGES_TE;
  description.n_parameters = 1;
  description.parameters = code->data();
  description.apply = set_first;
  Network network = test::network_with(test::rule_parameters, rule_of(description, {}, code), "setting");
  EXPECT_EQ(code.use_count(), 2);
  network.run(1);
  EXPECT_EQ(network.state().te.front(), 0.5);
  network.set_rules({rule_of(description, std::vector<RuleValue>{{"value", 0.25}})});
  EXPECT_EQ(code.use_count(), 1);
  network.run(1);
  EXPECT_EQ(network.state().te.front(), 0.25);
  description.changes = 8;
  EXPECT_THAT(message_of<FormatError>([&] { rule_of(description); }),
              AllOf(HasSubstr("the description of a rule"), HasSubstr("changes = 8")));
  description.changes = SORN_CHANGES_TE;
  description.name = "Setting";
  EXPECT_THAT(message_of<ParameterError>([&] { rule_of(description); }), HasSubstr("lower-case letter"));
  EXPECT_THAT(message_of<ParameterError>([&] {
                rule_of(description, std::vector<RuleValue>{{"values", 1.0}});
              }),
              HasSubstr("did you mean 'value'?"));
}

TEST(RuleLibrary, WrongValuesAreRefused) {
  const auto refusal = [](std::vector<RuleValue> values) {
    return message_of<ParameterError>([&] { load_rule(library("everything"), values); });
  };
  EXPECT_THAT(refusal({{"firsst", 1.0}}),
              AllOf(HasSubstr("'everything'"), HasSubstr("'firsst'"), HasSubstr("did you mean 'first'?")));
  EXPECT_THAT(refusal({{"first", std::numeric_limits<double>::infinity()}}),
              HasSubstr("first = inf of the rule 'everything': must be a finite number"));
  EXPECT_THAT(refusal({{"first", 1.0}, {"first", 2.0}}), HasSubstr("is given twice"));
}

TEST(RuleLibrary, WhatDescribesNoRuleIsRefused) {
  const auto refusal = [](const std::string& name) {
    const std::string message = message_of<FormatError>([&] { load_rule(library(name)); });
    EXPECT_THAT(message, HasSubstr(library(name).string()));
    return message;
  };
  EXPECT_THAT(refusal("wrong_symbol"), AllOf(HasSubstr("does not define sorn_rule_v1()"), HasSubstr("<sorn/rule.h>")));
  EXPECT_THAT(refusal("wrong_abi"), AllOf(HasSubstr("built for version 2 "), HasSubstr("this program has version 1")));
  EXPECT_THAT(refusal("wrong_result"), HasSubstr("returns null"));
  EXPECT_THAT(refusal("wrong_apply"), HasSubstr("no function apply"));
  EXPECT_THAT(refusal("wrong_no_name"), HasSubstr("has no name"));
  EXPECT_THAT(refusal("wrong_changes"), HasSubstr("changes = 8"));
  EXPECT_THAT(refusal("wrong_needs"), HasSubstr("named 'Reward'"));
  EXPECT_THAT(refusal("wrong_parameter"), HasSubstr("named 'Eta'"));
  EXPECT_THAT(message_of<ParameterError>([&] { load_rule(library("wrong_name")); }),
              AllOf(HasSubstr("rule 'stdp' in '"), HasSubstr("wrong_name.so"), HasSubstr("another stage")));
}

TEST(RuleLibrary, WhatIsNoLibraryForThisMachineIsRefused) {
  const test::TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "mine.so";
  const auto refusal = [&](const std::string& content) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
    const std::string message = message_of<FormatError>([&] { load_rule(file); });
    EXPECT_THAT(message, HasSubstr(file.string()));
    return message;
  };
  EXPECT_THAT(message_of<IoError>([&] { load_rule(file); }), AllOf(HasSubstr("mine.so"), HasSubstr("no such file")));
  EXPECT_THAT(message_of<IoError>([&] { load_rule(folder.path()); }), HasSubstr("must be a file"));
  refusal("");
  refusal("#include <sorn/rule.h>\n\nA text is no library, however long it may be: it has no header of one.\n");
  std::ifstream stream(library("stdp"), std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(stream), {}};
  ASSERT_GT(content.size(), 1000U);
  EXPECT_THAT(refusal(content.substr(0, content.size() / 8)), HasSubstr("truncated"));
  refusal(content.substr(0, 20));
  constexpr std::size_t machine = 18;  // its place in the header of a library
  content[machine] = static_cast<char>(content[machine] ^ 0x55);
  EXPECT_THAT(refusal(content), HasSubstr("for this machine"));
}

}  // namespace
}  // namespace sorn

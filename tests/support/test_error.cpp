#include "core/rule.hpp"
#include "support/error_kinds.hpp"
#include "support/labelled.hpp"
#include "support/names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace sorn {
namespace {

TEST(Error, MessageHasSubjectRuleAndSuggestion) {
  const ParameterError error("te_max = nan", "must be finite", "the default is 1");
  EXPECT_STREQ(error.what(), "te_max = nan: must be finite; the default is 1");
  EXPECT_EQ(error.subject(), "te_max = nan");
  EXPECT_EQ(error.rule(), "must be finite");
  EXPECT_EQ(error.suggestion(), "the default is 1");
}

TEST(ErrorKinds, AreThrownAndRecognised) {
  for (const ErrorKind& kind : error_kinds()) {
    try {
      kind.raise("te_max = nan", "must be finite", "the default is 1");
      ADD_FAILURE() << kind.name << " is not thrown";
    } catch (const Error& error) {
      EXPECT_EQ(kind_of(error).name, kind.name);
      EXPECT_STREQ(error.what(), "te_max = nan: must be finite; the default is 1");
      EXPECT_TRUE(kind.exit_code == exit_bad_input || kind.exit_code == exit_file_trouble) << kind.name;
    }
  }
}

TEST(ErrorKinds, KeepTheirKindWithALabel) {
  for (const ErrorKind& kind : error_kinds()) {
    try {
      labelled("run.toml:3", [&] { kind.raise("te_max = nan", "must be finite", ""); });
      ADD_FAILURE() << kind.name << " is not thrown";
    } catch (const Error& error) {
      EXPECT_EQ(kind_of(error).name, kind.name);
      EXPECT_STREQ(error.what(), "run.toml:3: te_max = nan: must be finite");
    }
  }
}

TEST(NearestName, FindsAMistypedName) {
  const auto names = rule_names();
  EXPECT_EQ(nearest_name("sdtp", names), "stdp");
  EXPECT_EQ(nearest_name("ISTDP", names), "istdp");
}

TEST(NearestName, FindsNoneIfNoneIsSimilar) {
  const auto rules = rule_names();
  for (const std::string_view text : {"", "x", "all", "xy", "homeostasis", "everything"}) {
    EXPECT_EQ(nearest_name(text, rules), "") << text;
    EXPECT_EQ(did_you_mean(text, rules), "") << text;
  }
  EXPECT_EQ(nearest_name("ipp", rules), "ip");
  EXPECT_EQ(nearest_name("stp", rules), "stdp");
  constexpr std::array<std::string_view, 4> quantities{"E", "C", "WEE", "ExcitatoryActivation"};
  EXPECT_EQ(nearest_name("e", quantities), "E");
  EXPECT_EQ(nearest_name("Q", quantities), "");
  EXPECT_EQ(nearest_name("CC", quantities), "C");
  EXPECT_EQ(nearest_name("wee", quantities), "WEE");
  EXPECT_EQ(nearest_name("excitatory", quantities), "ExcitatoryActivation");
  EXPECT_EQ(nearest_name(std::string(1'000'000, 'x'), quantities), "");
}

TEST(UnknownName, ErrorHasTheNameAllValidNamesAndTheNearest) {
  constexpr std::array<std::string_view, 2> names{"plasticity", "training"};
  try {
    throw_unknown_name("phase", "trainig", names);
  } catch (const UnknownNameError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("unknown phase 'trainig'"));
    EXPECT_THAT(error.what(), testing::HasSubstr("plasticity, training"));
    EXPECT_THAT(error.what(), testing::HasSubstr("did you mean 'training'?"));
  }
  EXPECT_THROW(throw_unknown_name("phase", std::string(1'000'000, 'x'), names), UnknownNameError);
  try {
    throw_unknown_name("phase", "frozen", names);
  } catch (const UnknownNameError& error) {
    EXPECT_STREQ(error.what(), "unknown phase 'frozen': must be one of plasticity, training");
  }
}

}  // namespace
}  // namespace sorn

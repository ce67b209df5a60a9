#include "core/names.hpp"

#include <sorn/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace sorn {
namespace {

TEST(Error, SaysWhatRuleAndSuggestion) {
  const ParameterError error("te_max = nan", "must be finite", "the default is 1");
  EXPECT_STREQ(error.what(), "te_max = nan: must be finite; the default is 1");
  EXPECT_EQ(error.subject(), "te_max = nan");
  EXPECT_EQ(error.rule(), "must be finite");
  EXPECT_EQ(error.suggestion(), "the default is 1");
}

TEST(NearestName, FindsTheMistypedOne) {
  constexpr std::array<std::string_view, 5> names{"stdp", "ip", "sp", "istdp", "ss"};
  EXPECT_EQ(nearest_name("sdtp", names), "stdp");
  EXPECT_EQ(nearest_name("ISTDP", names), "istdp");
  EXPECT_EQ(nearest_name("", names), "ip");
}

TEST(UnknownName, NamesItselfAllValidOnesAndTheNearest) {
  constexpr std::array<std::string_view, 2> names{"plasticity", "training"};
  try {
    throw_unknown_name("phase", "trainig", names);
  } catch (const UnknownNameError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("unknown phase 'trainig'"));
    EXPECT_THAT(error.what(), testing::HasSubstr("plasticity, training"));
    EXPECT_THAT(error.what(), testing::HasSubstr("did you mean 'training'?"));
  }
  EXPECT_THROW(throw_unknown_name("phase", std::string(1'000'000, 'x'), names), UnknownNameError);
}

}  // namespace
}  // namespace sorn

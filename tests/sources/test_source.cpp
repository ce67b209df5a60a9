// What sources show: known beginnings, frequencies, blanks, ends, pools.
#include "helpers/message_of.hpp"

#include <sorn/error.hpp>
#include <sorn/source.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>
#include <set>
#include <string>

using testing::ElementsAre;
using testing::HasSubstr;

namespace sorn {
namespace {

using namespace sources;
using test::message_of;

SourceSpec showing(Sequence::Kind kind, std::uint64_t seed = 1) {
  return {.sequence = {.shows = std::move(kind)}, .pools = PoolKind::overlapping, .pool_size = 1, .seed = seed};
}

/// The characters that a source shows, "_" for none.
std::string shown(const SourceSpec& spec, std::size_t steps, std::uint64_t from = 0) {
  const auto source = make_source(spec, 2000, 10, 1);
  const std::vector<std::string> symbols = alphabet(spec);
  source->seek(from);
  std::string result;
  for (std::size_t t = 0; t < steps; ++t) {
    const Symbol symbol = source->next().symbol;
    result += symbol == no_symbol ? "_" : symbols.at(static_cast<std::size_t>(symbol));
  }
  return result;
}

/// How often `part` comes in `text`, also overlapping.
double count(const std::string& text, const std::string& part) {
  double n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

/// Whether a binomial count of n draws is within five standard deviations of n·p.
testing::AssertionResult is_near(double count, double n, double p) {
  const double z = (count - n * p) / std::sqrt(n * p * (1 - p));
  if (std::abs(z) < 5) return testing::AssertionSuccess();
  return testing::AssertionFailure() << count << " of " << n << ", expected " << n * p << ", z = " << z;
}

// The seeds keep their meaning: these texts must never change.
TEST(Source, ShowsTheSameForeverWithTheSameSeed) {
  EXPECT_EQ(shown(showing(Counting{2}, 7), 32), "DEEFABBCDEEFDEEFABBCDEEFDEEFDEEF");
  EXPECT_EQ(shown(showing(RandomSymbols{10, ""}, 7), 32), "ICHGBHFHDGIFDCGBJGECHJHDBHCDCAHB");
  EXPECT_EQ(shown(showing(RandomSequence{12, 5, ""}, 7), 32), "EEBCCDBAECAEEEBCCDBAECAEEEBCCDBA");
  SourceSpec trials = showing(Words{{"ABC", "DE"}, {}}, 7);
  trials.sequence.wait_min = 1;
  trials.sequence.wait_var = 4;
  EXPECT_EQ(shown(trials, 32), "DE___ABC_DE____DE_ABC_DE____DE__");
  SourceSpec random = showing(RandomSymbols{3, ""}, 7);
  random.pool_size = 4;
  EXPECT_THAT(pools(random, 20, 1, 1)[1], ElementsAre(1, 3, 5, 18));
  random.pools = PoolKind::random_disjoint;
  EXPECT_THAT(pools(random, 20, 1, 1)[1], ElementsAre(5, 6, 11, 19));
}

TEST(Source, ShowsBothCountingWordsEquallyOften) {
  const std::string text = shown(showing(Counting{4}), 60'000);
  EXPECT_EQ(count(text, "ABBBBC") + count(text, "DEEEEF"), 10'000);
  EXPECT_TRUE(is_near(count(text, "A"), 10'000, 0.5));
  EXPECT_TRUE(is_near(count(text, "CA"), count(text, "C"), 0.5));  // each word is drawn independently
}

TEST(Source, FollowsTheRowsOfItsProbabilities) {
  const std::string text =
      shown(showing(Words{{"A", "B", "C"}, {{0.0, 0.3, 0.7}, {1.0, 0.0, 0.0}, {0.2, 0.2, 0.6}}}), 50'000);
  EXPECT_EQ(text.front(), 'A');  // the first word
  EXPECT_EQ(count(text, "AA") + count(text, "BB") + count(text, "BC"), 0);
  EXPECT_TRUE(is_near(count(text, "AB"), count(text, "A"), 0.3));
  EXPECT_TRUE(is_near(count(text, "CC"), count(text, "C"), 0.6));
  EXPECT_TRUE(is_near(count(text, "CA"), count(text, "C"), 0.2));
}

TEST(Source, DrawsAlsoTheFirstWordIfOneRowHoldsForAll) {
  EXPECT_EQ(shown(showing(Words{{"A", "B"}, {{0.0, 1.0}}}), 4), "BBBB");
}

TEST(Source, DrawsLettersUniformly) {
  const std::string text = shown(showing(RandomSymbols{10, ""}), 50'000);
  for (char letter = 'A'; letter <= 'J'; ++letter) EXPECT_TRUE(is_near(count(text, {letter}), 50'000, 0.1));
  EXPECT_TRUE(is_near(count(text, "AB"), 50'000, 0.01));
  EXPECT_NE(text, shown(showing(RandomSymbols{10, ""}, 2), 50'000));
}

TEST(Source, DrawsEverySurjectionEquallyOften) {
  std::map<std::string, double> counts;
  constexpr std::uint64_t seeds = 30'000;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) ++counts[shown(showing(RandomSequence{5, 3, ""}, seed), 5)];
  ASSERT_EQ(counts.size(), 150U);  // 3⁵ − 3·2⁵ + 3
  double chi_squared = 0;
  for (const auto& [text, n] : counts) chi_squared += (n - 200) * (n - 200) / 200;
  EXPECT_LT(chi_squared, 149 + 5 * std::sqrt(2 * 149.0));
  EXPECT_GT(chi_squared, 149 - 5 * std::sqrt(2 * 149.0));
}

TEST(Source, WaitsAfterEachWord) {
  SourceSpec spec = showing(Words{{"AB", "C"}, {}});
  spec.sequence.wait_min = 2;
  spec.sequence.wait_var = 3;
  const std::string text = shown(spec, 60'000);
  std::array<double, 7> waits{};
  double all = 0;
  for (std::size_t at = 0; at + 8 < text.size();) {
    const std::size_t begin = text.find('_', at);
    const std::size_t end = text.find_first_not_of('_', begin);
    if (end == std::string::npos) break;
    ++waits.at(end - begin);
    ++all;
    at = end;
  }
  EXPECT_EQ(waits[2] + waits[3] + waits[4], all);
  for (const std::size_t wait : {2U, 3U, 4U}) EXPECT_TRUE(is_near(waits[wait], all, 1.0 / 3));
  EXPECT_TRUE(is_near(count(text, "C"), all, 0.5));
}

TEST(Source, AWaitOfOneChoiceIsAlwaysTheSame) {
  SourceSpec spec = showing(Words{{"AB"}, {}});
  spec.sequence.wait_min = 2;
  spec.sequence.wait_var = 1;
  EXPECT_EQ(shown(spec, 8), "AB__AB__");
}

TEST(Source, ShowsNothingForAnUnderscore) {
  EXPECT_EQ(shown(showing(Words{{"A__B"}, {}}), 8), "A__BA__B");
  EXPECT_EQ(alphabet(showing(Words{{"A__B"}, {}})).size(), 2U);
}

TEST(Source, BeginsAtItsOnset) {
  SourceSpec spec = showing(Text{"ABC", true});
  spec.onset = 3;
  EXPECT_EQ(shown(spec, 9), "___ABCABC");
  EXPECT_EQ(shown(spec, 4, 2), "_ABC");
  EXPECT_EQ(shown(spec, 4, 7), "BCAB");
}

TEST(Source, KnowsWhereItEnds) {
  const auto end_of = [](const SourceSpec& spec) { return make_source(spec, 2000, 10, 1)->end(); };
  SourceSpec spec = showing(Text{"ABC", false});
  EXPECT_EQ(end_of(spec), 3U);
  spec.onset = 10;
  spec.sequence.wait_min = 2;
  EXPECT_EQ(end_of(spec), 15U);
  spec.end = 12;
  EXPECT_EQ(end_of(spec), 12U);
  EXPECT_EQ(end_of(showing(Text{"ABC", true})), Source::no_end);
  Several several{.parts = {{.shows = Silence{4}}, {.shows = Text{"ab", true}, .wait_min = 1}}, .turns = {2, 3}};
  several.repeat = false;
  EXPECT_EQ(end_of(showing(several)), 8U + 9U);
}

TEST(Source, TakesTurns) {
  Several several{.parts = {{.shows = Text{"ab", true}}, {.shows = Words{{"C"}, {}}}}, .turns = {2, 3}};
  SourceSpec spec = showing(several);
  EXPECT_EQ(shown(spec, 14), "ababCCCababCCC");
  spec.sequence.wait_min = 2;
  EXPECT_EQ(shown(spec, 18), "abab__CCC__abab__C");
}

TEST(Source, MixesItsParts) {
  Several several{.parts = {{.shows = Text{"ab", true}}, {.shows = Words{{"C"}, {}}}}, .order = TurnOrder::mixed};
  several.probabilities = {0.25, 0.75};
  const std::string text = shown(showing(several), 50'000);
  EXPECT_EQ(count(text, "a"), count(text, "ab"));
  EXPECT_TRUE(is_near(count(text, "a"), count(text, "a") + count(text, "C"), 0.25));
}

TEST(Source, DrawsTheSentencesOfAGrammar) {
  const std::string text = shown(showing(Grammar{.name = "FDT"}), 400'000);
  std::map<std::string, double> sentences;
  for (std::size_t at = 0, end = 0; (end = text.find(". ", at)) != std::string::npos; at = end + 2) {
    ++sentences[text.substr(at, end - at + 1)];
  }
  EXPECT_EQ(sentences.size(), 64U);
  EXPECT_EQ(sentences.count("dog eats bread."), 1U);
  EXPECT_EQ(sentences.count("dog eats tea."), 0U);
  double all = 0;
  for (const auto& [sentence, n] : sentences) all += n;
  for (const auto& [sentence, n] : sentences) EXPECT_TRUE(is_near(n, all, 1.0 / 64)) << sentence;
}

TEST(Source, LeavesOutSentencesOfAGrammar) {
  const std::string text =
      shown(showing(Grammar{.name = "FDT", .without = {"woman drinks milk.", "dog eats bread."}}), 100'000);
  EXPECT_EQ(count(text, "woman drinks milk."), 0);
  EXPECT_EQ(count(text, "dog eats bread."), 0);
  EXPECT_GT(count(text, "woman drinks tea."), 0);
}

TEST(Source, UsesItsOwnSeedOrThatOfTheNetwork) {
  SourceSpec spec = showing(RandomSymbols{10, ""});
  const auto first = [&](std::uint64_t network_seed) {
    const auto source = make_source(spec, 2000, 10, network_seed);
    std::vector<Symbol> symbols;
    for (int t = 0; t < 50; ++t) symbols.push_back(source->next().symbol);
    return symbols;
  };
  spec.seed = 3;
  EXPECT_EQ(first(1), first(2));
  const auto own = first(1);
  spec.seed.reset();
  EXPECT_NE(first(1), first(2));
  EXPECT_EQ(first(3), own);
}

TEST(Source, SkipsManyStepsOfEveryKind) {
  constexpr std::uint64_t far = 3'000'000'000;  // step by step this would take half a minute and more
  EXPECT_EQ(shown(showing(RandomSymbols{5, ""}), 20, far), shown(showing(RandomSymbols{5, ""}), 21, far - 1).substr(1));
  EXPECT_EQ(shown(showing(Text{"ABC", true}), 3, far), "ABC");
  EXPECT_EQ(shown(showing(Silence{}), 3, far), "___");
}

TEST(Pools, AreTheFirstUnitsInOrder) {
  SourceSpec spec = showing(Counting{4});
  spec.pools = PoolKind::disjoint;
  spec.pool_size = 2;
  EXPECT_THAT(pools(spec, 12, 10, 1), ElementsAre(ElementsAre(0, 1), ElementsAre(2, 3), ElementsAre(4, 5),
                                                  ElementsAre(6, 7), ElementsAre(8, 9), ElementsAre(10, 11)));
}

TEST(Pools, HaveTheSizeNuUnlessItIsGiven) {
  SourceSpec spec = showing(Counting{4});
  spec.pool_size.reset();
  EXPECT_EQ(pools(spec, 50, 8, 1)[0].size(), 8U);
}

TEST(Pools, DependOnlyOnTheirCharacterIfTheyOverlap) {
  SourceSpec all = showing(Words{{"ABCD"}, {}});
  SourceSpec some = showing(Words{{"E_CD"}, {}});
  all.pool_size = some.pool_size = 5;
  const auto pools_of_all = pools(all, 100, 10, 1);
  const auto pools_of_some = pools(some, 100, 10, 1);
  EXPECT_EQ(pools_of_all[2], pools_of_some[0]);  // C
  EXPECT_EQ(pools_of_all[3], pools_of_some[1]);  // D
  EXPECT_NE(pools_of_all[0], pools_of_some[2]);  // A and E
}

TEST(Pools, FollowTheOrderOfTheAlphabet) {
  SourceSpec spec = showing(Words{{"BA"}, {}});
  spec.alphabet = "XBA";
  spec.pools = PoolKind::disjoint;
  const auto source = make_source(spec, 10, 1, 1);
  const Shown first = source->next();
  EXPECT_EQ(first.symbol, 1);
  EXPECT_EQ(first.units[0], 1U);
}

TEST(Pools, AreRandomUnits) {
  for (const PoolKind kind : {PoolKind::random_disjoint, PoolKind::overlapping}) {
    std::array<double, 20> chosen{};
    double together = 0;
    constexpr std::uint64_t seeds = 10'000;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
      SourceSpec spec = showing(RandomSymbols{2, ""}, seed);
      spec.pools = kind;
      spec.pool_size = 5;
      const auto both = pools(spec, 20, 1, 1);
      for (const std::uint32_t unit : both[1]) ++chosen.at(unit);
      const std::set<std::uint32_t> first(both[0].begin(), both[0].end());
      if (first.count(both[1][0]) == 1) ++together;
      if (kind == PoolKind::random_disjoint) {
        EXPECT_EQ(together, 0);
      }
    }
    for (const double n : chosen) EXPECT_TRUE(is_near(n, seeds, 0.25)) << name(kind);
    if (kind == PoolKind::overlapping) {
      EXPECT_TRUE(is_near(together, seeds, 0.25));
    }
  }
}

TEST(Pools, AreRefusedIfTheyDoNotFit) {
  SourceSpec spec = showing(Counting{4});
  spec.pool_size = 21;
  EXPECT_THAT(message_of<ParameterError>([&] { make_source(spec, 20, 1, 1); }),
              testing::AllOf(HasSubstr("pool_size = 21"), HasSubstr("ne = 20")));
  spec.pools = PoolKind::disjoint;
  spec.pool_size = 4;
  EXPECT_THAT(message_of<ParameterError>([&] { make_source(spec, 23, 1, 1); }),
              testing::AllOf(HasSubstr("6 disjoint pools of 4 units"), HasSubstr("need 24"), HasSubstr("ne = 23")));
  EXPECT_NO_THROW(make_source(spec, 24, 1, 1));
}

/// A cue C of 3 units of A's pool and 7 of B's, between letters A, B and X.
SourceSpec ambiguous(PoolKind kind, std::uint64_t seed = 5) {
  SourceSpec spec{.sequence = {.shows = Words{{"CXA", "BX"}, {}}}, .pools = kind, .pool_size = 10, .seed = seed};
  spec.mixtures = {{"C", {{"A", 3}, {"B", 7}}}};
  return spec;
}

std::vector<std::uint32_t> shared_with(std::span<const std::uint32_t> units, const std::vector<std::uint32_t>& pool) {
  std::vector<std::uint32_t> both;
  std::set_intersection(units.begin(), units.end(), pool.begin(), pool.end(), std::back_inserter(both));
  return both;
}

TEST(Mixtures, DriveUnitsOfOtherPoolsAnewEachTime) {
  const SourceSpec spec = ambiguous(PoolKind::random_disjoint);
  const auto all = pools(spec, 50, 1, 1);
  ASSERT_EQ(alphabet(spec), (std::vector<std::string>{"A", "B", "C", "X"}));
  EXPECT_TRUE(all[2].empty());
  const auto source = make_source(spec, 50, 1, 1);
  std::array<int, 50> chosen{};
  std::set<std::vector<std::uint32_t>> different;
  int shown = 0;
  for (int step = 0; step < 5000; ++step) {
    const Shown now = source->next();
    if (now.symbol != 2) {
      EXPECT_THAT(now.units, testing::ElementsAreArray(all[static_cast<std::size_t>(now.symbol)]));
      continue;
    }
    ++shown;
    ASSERT_EQ(now.units.size(), 10U);
    ASSERT_EQ(now.drive.size(), 10U);
    EXPECT_TRUE(std::is_sorted(now.units.begin(), now.units.end()));
    EXPECT_EQ(shared_with(now.units, all[0]).size(), 3U);
    EXPECT_EQ(shared_with(now.units, all[1]).size(), 7U);
    different.emplace(now.units.begin(), now.units.end());
    for (const std::uint32_t unit : now.units) ++chosen.at(unit);
  }
  EXPECT_GT(shown, 900);
  EXPECT_GT(different.size(), 800U);  // of 14400 subsets
  for (const std::uint32_t unit : all[0]) EXPECT_TRUE(is_near(chosen.at(unit), shown, 0.3));
  for (const std::uint32_t unit : all[1]) EXPECT_TRUE(is_near(chosen.at(unit), shown, 0.7));
}

TEST(Mixtures, LeaveThePoolsOfTheOtherSymbols) {
  for (const PoolKind kind : {PoolKind::disjoint, PoolKind::random_disjoint, PoolKind::overlapping}) {
    SourceSpec plain{.sequence = {.shows = Words{{"AX", "BX"}, {}}}, .pools = kind, .pool_size = 10, .seed = 5};
    const auto before = pools(plain, 50, 1, 1);
    const auto after = pools(ambiguous(kind), 50, 1, 1);
    EXPECT_EQ(before[0], after[0]) << name(kind);
    EXPECT_EQ(before[1], after[1]);
    EXPECT_EQ(before[2], after[3]);
  }
}

TEST(Mixtures, FollowFromTheNumberOfTheStep) {
  SourceSpec spec = ambiguous(PoolKind::overlapping);
  spec.onset = 3;
  const auto source = make_source(spec, 50, 1, 1);
  std::vector<std::vector<std::uint32_t>> all;
  for (int step = 0; step < 60; ++step) {
    const auto units = source->next().units;
    all.emplace_back(units.begin(), units.end());
  }
  const auto other = make_source(spec, 50, 1, 1);
  for (const std::uint64_t step : {40U, 11U, 25U}) {
    other->seek(step);
    for (std::size_t k = 0; k < 15; ++k) EXPECT_THAT(other->next().units, testing::ElementsAreArray(all[step + k]));
  }
}

TEST(Mixtures, DriveAUnitOfTwoPoolsOnce) {
  SourceSpec spec = ambiguous(PoolKind::overlapping);
  spec.mixtures[0].shares = {{"A", 10}, {"B", 10}, {"X", 0}};
  const auto all = pools(spec, 12, 1, 1);
  const auto source = make_source(spec, 12, 1, 1);
  for (int step = 0; step < 20; ++step) {
    const Shown now = source->next();
    if (now.symbol != 2) continue;
    std::set<std::uint32_t> both(all[0].begin(), all[0].end());
    both.insert(all[1].begin(), all[1].end());
    EXPECT_THAT(now.units, testing::ElementsAreArray(std::vector<std::uint32_t>(both.begin(), both.end())));
  }
}

TEST(Mixtures, AreRefusedIfTheyWantMoreUnitsThanAPoolHas) {
  SourceSpec spec = ambiguous(PoolKind::overlapping);
  spec.pool_size.reset();
  EXPECT_NO_THROW(make_source(spec, 50, 7, 1));
  EXPECT_THAT(message_of<ParameterError>([&] { make_source(spec, 50, 6, 1); }),
              testing::AllOf(HasSubstr("mixtures.C.B = 7"), HasSubstr("at most 6")));
}

}  // namespace
}  // namespace sorn

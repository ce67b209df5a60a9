// Sources as values: their text, and what is refused.
#include "helpers/message_of.hpp"
#include "sources/spec_tree.hpp"

#include <sorn/error.hpp>
#include <sorn/source.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

namespace sorn {
namespace {

using namespace sources;
using test::message_of;

std::string refusal(const SourceSpec& spec) {
  return message_of<ParameterError>([&] { validate(spec); });
}
std::string refusal(Sequence::Kind kind) { return refusal(SourceSpec{.sequence = {.shows = std::move(kind)}}); }
std::string refusal_of_text(std::string_view text) {
  return message_of<ParameterError>([&] { static_cast<void>(source_spec(text)); });
}

TEST(SourceText, HasEveryFieldThatDiffersFromItsDefault) {
  EXPECT_EQ(text(SourceSpec{.sequence = {.shows = Counting{8}}}), R"({"source": "counting", "n": 8})");
  SourceSpec spec{.sequence = {.shows = Words{{"A\"B", "C"}, {{0.25, 0.75}}}, .wait_min = 3}, .pool_size = 4};
  spec.gain = 0.5;
  spec.seed = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(text(spec),
            R"({"source": "words", "words": ["A\"B", "C"], "probabilities": [[0.25, 0.75]], "wait_min": 3, )"
            R"("pool_size": 4, "gain": 0.5, "seed": "18446744073709551615"})");
  EXPECT_EQ(source_spec(text(spec)), spec);
}

TEST(SourceText, HasMixturesAsTables) {
  SourceSpec spec{.sequence = {.shows = Words{{"AX", "CX"}, {}}}, .alphabet = "ABCX"};
  spec.mixtures = {{"C", {{"B", 7}, {"A", 3}}}};
  EXPECT_EQ(text(spec), R"({"source": "words", "words": ["AX", "CX"], "alphabet": "ABCX", )"
                        R"("mixtures": {"C": {"B": 7, "A": 3}}})");
  EXPECT_EQ(source_spec(text(spec)), spec);
  EXPECT_EQ(source_spec(R"(words:words=AX CX,alphabet=ABCX,mixtures={"C": {"B": 7, "A": 3}})"), spec);
  EXPECT_THAT(refusal_of_text(R"(words:words=AX,mixtures=3)"), HasSubstr("must be a table"));
  EXPECT_THAT(refusal_of_text(R"(words:words=AX,mixtures={"A": {"X": -1}})"), HasSubstr("mixtures.A.X = -1"));
}

TEST(SourceSpec, RefusesMixturesWithoutPools) {
  SourceSpec spec{.sequence = {.shows = Words{{"AX", "CX"}, {}}}, .pool_size = 5};
  const auto refusal_of = [&](std::vector<Mixture> mixtures) {
    spec.mixtures = std::move(mixtures);
    return refusal(spec);
  };
  EXPECT_THAT(refusal_of({{"C", {{"A", 3}, {"B", 2}}}}), AllOf(HasSubstr("mixtures.C = 'B'"), HasSubstr("alphabet")));
  EXPECT_THAT(refusal_of({{"Z", {{"A", 3}}}}), HasSubstr("mixtures = 'Z'"));
  EXPECT_THAT(refusal_of({{"CX", {{"A", 3}}}}), HasSubstr("mixtures = 'CX'"));
  EXPECT_THAT(refusal_of({{"C", {{"A", 3}, {"A", 1}}}}), HasSubstr("mixtures.C.A: must come once"));
  EXPECT_THAT(refusal_of({{"C", {{"A", 3}}}, {"C", {{"X", 3}}}}), HasSubstr("mixtures.C: must come once"));
  EXPECT_THAT(refusal_of({{"C", {{"X", 3}}}, {"X", {{"A", 3}}}}), HasSubstr("not a mixture"));
  EXPECT_THAT(refusal_of({{"C", {}}}), HasSubstr("must have units"));
  EXPECT_THAT(refusal_of({{"C", {{"A", 6}}}}), HasSubstr("mixtures.C.A = 6"));
  spec.mixtures = {{"C", {{"A", 5}, {"X", 0}}}};
  EXPECT_NO_THROW(validate(spec));
}

TEST(SourceText, HasAShortForm) {
  const SourceSpec counting{.sequence = {.shows = Counting{8}}, .pools = PoolKind::overlapping, .pool_size = 5};
  EXPECT_EQ(source_spec("counting:n=8,pool_size=5,pools=overlapping"), counting);
  EXPECT_EQ(source_spec("silence"), SourceSpec{});
  EXPECT_EQ(source_spec(R"(words:words=["A,B","C"],probabilities=[0.5,0.5])").sequence.shows,
            Sequence::Kind(Words{{"A,B", "C"}, {{0.5, 0.5}}}));
  EXPECT_EQ(source_spec("words:words=ABCD EFGH").sequence.shows, Sequence::Kind(Words{{"ABCD", "EFGH"}, {}}));
  EXPECT_EQ(source_spec("counting:n=1e1").sequence.shows, Sequence::Kind(Counting{10}));
}

TEST(SourceText, ReadsGrammarsInTheOrderOfTheirNames) {
  const SourceSpec spec =
      source_spec(R"({"source": "grammar", "rules": {"s": ["<b>", ["A", 0.5]], "b": ["B\u00e9"]}})");
  const auto& grammar = std::get<Grammar>(spec.sequence.shows);
  ASSERT_EQ(grammar.rules.size(), 2U);
  EXPECT_EQ(grammar.rules[0], (Production{"s", {{"<b>", {}}, {"A", 0.5}}}));
  EXPECT_EQ(grammar.rules[1], (Production{"b", {{"Bé", {}}}}));
}

TEST(SourceText, NamesAnUnknownKindOrKeyAndTheNearestOne) {
  EXPECT_THAT(message_of<UnknownNameError>([] { source_spec("countin:n=4"); }),
              AllOf(HasSubstr("unknown source 'countin'"), HasSubstr("did you mean 'counting'?")));
  EXPECT_THAT(message_of<UnknownNameError>([] { source_spec("counting:pool_sizes=4"); }),
              AllOf(HasSubstr("unknown key of the source counting 'pool_sizes'"), HasSubstr("'pool_size'?")));
  EXPECT_THAT(message_of<UnknownNameError>([] {
                source_spec(R"({"source": "several", "parts": [{"source": "counting", "pools": "disjoint"}]})");
              }),
              HasSubstr("'pools'"));  // only the outermost source has pools
  EXPECT_THAT(message_of<UnknownNameError>([] { source_spec("counting:pools=overlaping"); }), HasSubstr("overlapping"));
}

TEST(SourceText, RefusesWhatIsNoSource) {
  EXPECT_THAT(refusal_of_text(""), HasSubstr("must be a source"));
  EXPECT_THAT(refusal_of_text("counting:n"), HasSubstr("must be key=value"));
  EXPECT_THAT(refusal_of_text("counting:n=4,n=5"), HasSubstr("'n' comes twice"));
  EXPECT_THAT(refusal_of_text("counting:n=-4"), AllOf(HasSubstr("n = -4"), HasSubstr("whole number")));
  EXPECT_THAT(refusal_of_text("counting:n=4.5"), HasSubstr("n = 4.5"));
  EXPECT_THAT(refusal_of_text("counting:n=four"), HasSubstr("n = \"four\""));
  EXPECT_THAT(refusal_of_text("words:words=[\"A\",1]"), HasSubstr("words[1] = 1"));
  EXPECT_THAT(refusal_of_text("text:text=A,repeat=1"), HasSubstr("repeat = 1"));
  EXPECT_THAT(refusal_of_text("{\"n\": 4}"), HasSubstr("no key 'source'"));
  EXPECT_THAT(refusal_of_text("{\"source\": \"counting\""), HasSubstr("is not JSON"));
  EXPECT_THAT(refusal_of_text("{\"source\": \"counting\"} x"), HasSubstr("is not JSON"));
  EXPECT_THAT(refusal_of_text(std::string(100'000, '{')), HasSubstr("is not JSON"));
  EXPECT_THAT(refusal_of_text("{\"source\": \"text\", \"text\": " + std::string(100'000, '[')),
              HasSubstr("is not JSON"));
}

TEST(SourceSpec, RefusesWordsThatAreEmpty) {
  EXPECT_THAT(refusal(Words{}), HasSubstr("must be at least one"));
  EXPECT_THAT(refusal(Words{{"AB", ""}, {}}), HasSubstr("words[1] is empty"));
  EXPECT_THAT(refusal(Words{{"A\xff"}, {}}), HasSubstr("must be UTF-8"));
  EXPECT_THAT(refusal(Text{"", true}), HasSubstr("text is empty"));
}

TEST(SourceSpec, RefusesProbabilitiesThatAreNone) {
  EXPECT_THAT(refusal(Words{{"A", "B"}, {{0.5, 0.6}}}),
              AllOf(HasSubstr("probabilities[0]: the sum is 1.1"), HasSubstr("must sum to 1")));
  EXPECT_THAT(refusal(Words{{"A", "B"}, {{1.5, -0.5}}}), HasSubstr("number 0 is 1.5"));
  EXPECT_THAT(refusal(Words{{"A", "B"}, {{0.5, std::numeric_limits<double>::quiet_NaN()}}}), HasSubstr("nan"));
  EXPECT_THAT(refusal(Words{{"A", "B"}, {{1.0}}}), HasSubstr("must have 2"));
  EXPECT_THAT(refusal(Words{{"A", "B", "C"}, {{1, 0, 0}, {1, 0, 0}}}), HasSubstr("has 2 rows"));
  EXPECT_THAT(refusal(Several{
                  .parts = {{.shows = Counting{}}}, .turns = {}, .order = TurnOrder::mixed, .probabilities = {0.9}}),
              HasSubstr("the sum is 0.9"));
  EXPECT_THAT(refusal(Several{.parts = {{.shows = Counting{}}}, .turns = {}, .probabilities = {1.0}}),
              HasSubstr("order = \"mixed\""));
}

TEST(SourceSpec, RefusesSymbolsOutsideTheAlphabet) {
  SourceSpec spec{.sequence = {.shows = Words{{"ABC"}, {}}}, .alphabet = "AB"};
  EXPECT_THAT(refusal(spec), AllOf(HasSubstr("the symbol 'C'"), HasSubstr("must be in the alphabet 'AB'")));
  spec.alphabet = "ABCA";
  EXPECT_THAT(refusal(spec), HasSubstr("'A' comes twice"));
  spec.alphabet = "ABC_";
  EXPECT_THAT(refusal(spec), HasSubstr("must not have '_'"));
  spec.alphabet = "CBAé";
  validate(spec);
  EXPECT_THAT(alphabet(spec), ElementsAre("C", "B", "A", "é"));
}

TEST(SourceSpec, SortsTheAlphabet) {
  EXPECT_THAT(alphabet({.sequence = {.shows = Words{{"bé_A", "Zb"}, {}}}}), ElementsAre("A", "Z", "b", "é"));
  EXPECT_EQ(alphabet({.sequence = {.shows = Grammar{.name = "FDT"}}}).size(), 25U);
  EXPECT_EQ(alphabet({.sequence = {.shows = RandomSymbols{200, ""}}}).size(), 200U);
  EXPECT_TRUE(alphabet(SourceSpec{}).empty());
}

TEST(SourceSpec, RefusesNumbersOutsideTheirRange) {
  EXPECT_THAT(refusal(Counting{0}), HasSubstr("n = 0"));
  EXPECT_THAT(refusal(RandomSymbols{}), HasSubstr("symbols = 0"));
  EXPECT_THAT(refusal(RandomSymbols{20'001, ""}), HasSubstr("symbols = 20001"));
  EXPECT_THAT(refusal(RandomSymbols{3, "AB"}), HasSubstr("must not both be given"));
  EXPECT_THAT(refusal(RandomSymbols{0, "ABA"}), HasSubstr("'A' comes twice"));
  EXPECT_THAT(refusal(RandomSymbols{0, "A_"}), HasSubstr("must not have '_'"));
  EXPECT_THAT(refusal(RandomSequence{5, 6, ""}), AllOf(HasSubstr("length = 5"), HasSubstr("must be in [6, ")));
  EXPECT_THAT(refusal(RandomSequence{500, 257, ""}), HasSubstr("symbols = 257"));
  SourceSpec spec{.pool_size = 0};
  EXPECT_THAT(refusal(spec), HasSubstr("pool_size = 0"));
  spec.pool_size = 1;
  spec.gain = std::numeric_limits<double>::infinity();
  EXPECT_THAT(refusal(spec), HasSubstr("gain = inf"));
  spec.gain = 1;
  spec.onset = spec.end = 5;
  EXPECT_THAT(refusal(spec), HasSubstr("onset = 5, end = 5"));
}

TEST(SourceSpec, RefusesPartsThatDoNotFitTogether) {
  EXPECT_THAT(refusal(Several{}), HasSubstr("must be at least one source"));
  EXPECT_THAT(refusal(Several{.parts = {{.shows = Silence{}}}, .turns = {}}),
              AllOf(HasSubstr("parts[0]: silence"), HasSubstr("must have a length")));
  EXPECT_THAT(refusal(Several{.parts = {{.shows = Text{"A", false}}}, .turns = {}}),
              HasSubstr("only the outermost source can end"));
  EXPECT_THAT(refusal(Several{.parts = {{.shows = Counting{}}}, .turns = {1, 2}}), HasSubstr("turns has 2 values"));
  EXPECT_THAT(refusal(Several{.parts = {{.shows = Counting{}}}, .turns = {0}}), HasSubstr("turns[0] = 0"));
  Several deep{.parts = {{.shows = Counting{}}}, .turns = {1'000'000}};
  deep = {.parts = {{.shows = deep}}, .turns = {11}};
  EXPECT_THAT(refusal(deep), HasSubstr("at most 10000000 items"));
}

TEST(SourceSpec, RefusesGrammarsThatHaveNoSentences) {
  EXPECT_THAT(refusal(Grammar{}), HasSubstr("needs a name or rules"));
  EXPECT_THAT(refusal(Grammar{.name = "FTD"}), HasSubstr("unknown grammar 'FTD'"));
  EXPECT_THAT(refusal(Grammar{.rules = {{"s", {{"A<s>", {}}}}}}), HasSubstr("must not expand to itself"));
  EXPECT_THAT(refusal(Grammar{.rules = {{"s", {{"A<t>", {}}}}}}), HasSubstr("unknown name of the grammar 't'"));
  EXPECT_THAT(refusal(Grammar{.rules = {{"s", {{"A<t", {}}}}}}), HasSubstr("must close each <"));
  EXPECT_THAT(refusal(Grammar{.rules = {{"s", {}}}}), HasSubstr("at least one"));
  EXPECT_THAT(refusal(Grammar{.rules = {{"s", {{"A", {}}}}, {"s", {{"B", {}}}}}}), HasSubstr("comes twice"));
  EXPECT_THAT(refusal(Grammar{.rules = {{"s", {{"A", 0.5}, {"B", {}}}}}}), HasSubstr("or none of them"));
  EXPECT_THAT(refusal(Grammar{.rules = {{"s", {{"A", 0.5}, {"B", 0.4}}}}}), HasSubstr("must sum to 1"));
  EXPECT_THAT(refusal(Grammar{.rules = {{"s", {{"", {}}}}}}), HasSubstr("is empty"));
  EXPECT_THAT(refusal(Grammar{.name = "FDT", .without = {"man eats cats."}}), HasSubstr("must be a sentence"));
  std::vector<Production> doubling;
  for (int k = 0; k < 40; ++k) {
    const std::string next = "<" + std::to_string(k + 1) + ">";
    doubling.push_back({std::to_string(k), {{next + next, {}}}});
  }
  doubling.push_back({"40", {{"A", {}}}});
  EXPECT_THAT(refusal(Grammar{.rules = doubling}), HasSubstr("must have at most"));
  doubling.back().alternatives.front().text = "";
  EXPECT_THAT(refusal(Grammar{.rules = doubling}), HasSubstr("is empty"));  // and it takes no time
}

TEST(SourceTable, NamesTheKeysOfEachKind) {
  EXPECT_THAT(keys_of_kind("counting"), ElementsAre("n"));
  EXPECT_THAT(keys_of_sequence(), ElementsAre("wait_min", "wait_var"));
  EXPECT_THAT(keys_of_source(),
              ElementsAre("alphabet", "pools", "pool_size", "mixtures", "gain", "onset", "end", "seed"));
  for (const SourceInfo& row : source_table()) {
    EXPECT_FALSE(row.meaning.empty());
    EXPECT_FALSE(keys_of_kind(row.name).empty());
  }
}

}  // namespace
}  // namespace sorn

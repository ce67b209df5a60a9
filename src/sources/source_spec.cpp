#include <sorn/source_spec.hpp>

#include "sources/alphabet.hpp"
#include "sources/grammar.hpp"
#include "sources/probabilities.hpp"
#include "sources/spec_tree.hpp"
#include "sources/symbols.hpp"
#include "support/format.hpp"
#include "support/labelled.hpp"
#include "support/names.hpp"
#include "support/printable.hpp"
#include "support/rows.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace sorn {

namespace sources {

bool Several::operator==(const Several& other) const {
  return parts == other.parts && turns == other.turns && order == other.order && probabilities == other.probabilities &&
         repeat == other.repeat;
}

}  // namespace sources

namespace {

using namespace sources;

constexpr std::uint64_t most_n = 1'000'000;
constexpr std::uint64_t most_turns = 1'000'000;
constexpr std::uint64_t most_items = 10'000'000;  // of a round of turns, with those within them
constexpr std::uint64_t most_length = 10'000'000;
constexpr std::uint64_t most_wait = 1'000'000'000;
constexpr std::size_t most_sequence_letters = 256;
constexpr double highest_gain = 1e9;

constexpr auto kinds = std::to_array<SourceInfo>({
    {"silence", "shows nothing"},
    {"words", "a Markov chain over words"},
    {"counting", "the words A B^n C and D E^n F, equally likely"},
    {"grammar", "sentences of a grammar, drawn independently"},
    {"random_symbols", "independent, equally likely letters"},
    {"random_sequence", "a random sequence that is repeated"},
    {"text", "a text, character by character"},
    {"several", "several sequences that take turns"},
});
static_assert(kinds.size() == std::variant_size_v<Sequence::Kind>, "each kind of sequence has a row");
static_assert(distinct(kinds, &SourceInfo::name), "two kinds of sequences have one name");

constexpr std::array<std::string_view, 2> order_names{"in_turn", "mixed"};
constexpr std::array<std::string_view, 3> pool_names{"disjoint", "random_disjoint", "overlapping"};

void check_range(std::string_view key, std::uint64_t value, std::uint64_t low, std::uint64_t high) {
  if (value >= low && value <= high) return;
  throw ParameterError(formatted("{} = {}", key, value), formatted("must be a whole number in [{}, {}]", low, high));
}

void check_letters(std::uint64_t symbols, const std::string& letters, std::size_t most) {
  if (letters.empty()) return check_range("symbols", symbols, 1, most);
  if (symbols != 0) {
    throw ParameterError(formatted("symbols = {} and letters = '{}'", symbols, printable_beginning(letters, 80)),
                         "must not both be given");
  }
  std::u32string all = characters("letters", letters);
  std::sort(all.begin(), all.end());
  const auto twice = std::adjacent_find(all.begin(), all.end());
  if (twice != all.end()) {
    throw ParameterError(formatted("letters = '{}'", printable_beginning(letters, 80)),
                         formatted("must be different, but '{}' comes twice", printable(utf8(*twice))));
  }
  if (all.size() > most)
    throw ParameterError(formatted("{} letters", all.size()), formatted("must be at most {}", most));
  if (std::binary_search(all.begin(), all.end(), blank)) {
    throw ParameterError(formatted("letters = '{}'", printable_beginning(letters, 80)),
                         "must not have '_', which shows nothing", "wait_min makes blanks");
  }
}

/// Checks a sequence. Only the outermost one may be endless, or end.
struct Check {
  bool outermost;

  void operator()(const Silence& silence) const {
    if (silence.steps == 0 && !outermost) {
      throw ParameterError("silence with steps = 0", "must have a length if it is a part of another source");
    }
    check_range("steps", silence.steps, 0, most_wait);
  }

  void operator()(const Words& words) const {
    if (words.words.empty()) throw ParameterError("words", "must be at least one");
    for (std::size_t k = 0; k < words.words.size(); ++k) {
      const std::string called = formatted("words[{}]", k);
      if (words.words[k].empty()) {
        throw ParameterError(formatted("{} is empty", called), "a word must have at least one character",
                             "'_' is a word that shows nothing for one step");
      }
      characters(called, words.words[k]);
    }
    const std::size_t rows = words.probabilities.size();
    if (rows > 1 && rows != words.words.size()) {
      throw ParameterError(formatted("probabilities has {} rows", rows),
                           formatted("must have one, or one for each of the {} words", words.words.size()));
    }
    for (std::size_t row = 0; row < rows; ++row) {
      check_probabilities(formatted("probabilities[{}]", row), words.probabilities[row], words.words.size());
    }
  }

  void operator()(const Counting& counting) const { check_range("n", counting.n, 1, most_n); }

  void operator()(const Grammar& grammar) const {
    for (const Sentence& sentence : sentences(grammar)) {
      if (sentence.text.empty()) throw ParameterError("a sentence of the grammar is empty", "must have a character");
      characters("a sentence of the grammar", sentence.text);
    }
  }

  void operator()(const RandomSymbols& random) const { check_letters(random.symbols, random.letters, most_letters); }

  void operator()(const RandomSequence& random) const {
    check_letters(random.symbols, random.letters, most_sequence_letters);
    const std::size_t count = random.letters.empty() ? random.symbols : characters("letters", random.letters).size();
    if (random.length < count || random.length > most_length) {
      throw ParameterError(
          formatted("length = {}", random.length),
          formatted("must be in [{}, {}]: each of the {} letters comes at least once", count, most_length, count));
    }
  }

  void operator()(const Text& text) const {
    if (text.text.empty()) throw ParameterError("text is empty", "must have at least one character");
    characters("text", text.text);
    if (!text.repeat) check_may_end();
  }

  void operator()(const Several& several) const {
    if (several.parts.empty()) throw ParameterError("parts", "must be at least one source");
    if (!several.turns.empty() && several.turns.size() != several.parts.size()) {
      throw ParameterError(formatted("turns has {} values", several.turns.size()),
                           formatted("must have one for each of the {} parts", several.parts.size()));
    }
    for (std::size_t k = 0; k < several.turns.size(); ++k) {
      check_range(formatted("turns[{}]", k), several.turns[k], 1, most_turns);
    }
    const bool mixed = several.order == TurnOrder::mixed;
    if (!several.probabilities.empty()) {
      if (!mixed) throw ParameterError("probabilities", "belong to order = \"mixed\"");
      check_probabilities("probabilities", several.probabilities, several.parts.size());
    }
    if (!several.repeat) {
      check_may_end();
      if (mixed) throw ParameterError("repeat = false", "belongs to order = \"in_turn\"");
    }
    for (std::size_t k = 0; k < several.parts.size(); ++k) {
      labelled(formatted("parts[{}]", k), [&] { check_sequence(several.parts[k], false); });
    }
    if (items_in(several) > static_cast<double>(most_items)) {
      throw ParameterError("parts and turns", formatted("a round must have at most {} items", most_items));
    }
  }

  static void check_sequence(const Sequence& sequence, bool outermost) {
    std::visit(Check{outermost}, sequence.shows);
    check_range("wait_min", sequence.wait_min, 0, most_wait);
    check_range("wait_var", sequence.wait_var, 0, most_wait);
  }

private:
  /// The items of a round of turns, counting those within its parts.
  static double items_in(const Several& several) noexcept {
    double items = 0.0;
    for (std::size_t k = 0; k < several.parts.size(); ++k) {
      const auto* const within = std::get_if<Several>(&several.parts[k].shows);
      items += (several.turns.empty() ? 1.0 : static_cast<double>(several.turns[k])) *
               (within == nullptr ? 1.0 : items_in(*within));
    }
    return items;
  }

  void check_may_end() const {
    if (!outermost) throw ParameterError("repeat = false", "only the outermost source can end");
  }
};

void check_alphabet(const SourceSpec& spec) {
  if (spec.alphabet.empty()) return;
  const std::u32string all = characters("alphabet", spec.alphabet);
  for (std::size_t k = 0; k < all.size(); ++k) {
    if (all[k] == blank) throw ParameterError("alphabet", "must not have '_', which shows nothing");
    if (all.find(all[k]) != k) {
      throw ParameterError(formatted("alphabet = '{}'", printable_beginning(spec.alphabet, 80)),
                           formatted("must have different symbols, but '{}' comes twice", printable(utf8(all[k]))));
    }
  }
  for (const char32_t symbol : symbols_of(spec.sequence)) {
    if (all.find(symbol) != std::u32string::npos) continue;
    throw ParameterError(formatted("the symbol '{}'", printable(utf8(symbol))),
                         formatted("must be in the alphabet '{}'", printable_beginning(spec.alphabet, 80)),
                         "leave alphabet out, and it has all symbols that occur");
  }
}

/// The position of a mixture's symbol, or of a share's, in the alphabet. @param called  as an error names it
std::size_t position_in(const std::u32string& alphabet, const std::string& called, const std::string& symbol) {
  const std::u32string all = characters(called, symbol);
  const std::size_t position = all.size() == 1 ? alphabet.find(all.front()) : std::u32string::npos;
  if (position == std::u32string::npos) {
    throw ParameterError(formatted("{} = '{}'", called, printable_beginning(symbol, 80)),
                         "must be a symbol that the source shows, or one of its alphabet",
                         "alphabet may have symbols that are not shown");
  }
  return position;
}

void check_mixtures(const SourceSpec& spec) {
  if (spec.mixtures.empty()) return;
  const std::u32string alphabet = alphabet_of(spec);
  std::vector<bool> mixed(alphabet.size(), false);
  for (const Mixture& mixture : spec.mixtures) {
    const std::size_t position = position_in(alphabet, "mixtures", mixture.symbol);
    if (mixed[position]) throw ParameterError(formatted("mixtures.{}", mixture.symbol), "must come once");
    mixed[position] = true;
  }
  for (const Mixture& mixture : spec.mixtures) {
    const std::string called = formatted("mixtures.{}", mixture.symbol);
    if (mixture.shares.empty()) throw ParameterError(called, "must have units of a symbol at least");
    std::vector<bool> known(alphabet.size(), false);
    for (const MixtureShare& share : mixture.shares) {
      const std::size_t position = position_in(alphabet, called, share.symbol);
      const std::string name = formatted("{}.{}", called, share.symbol);
      if (mixed[position]) throw ParameterError(name, "must be a symbol with a pool, not a mixture");
      if (known[position]) throw ParameterError(name, "must come once");
      known[position] = true;
      check_range(name, share.units, 0, spec.pool_size.value_or(std::numeric_limits<std::uint32_t>::max()));
    }
  }
}

}  // namespace

std::string_view name(sources::TurnOrder order) noexcept { return order_names[static_cast<std::size_t>(order)]; }

std::string_view name(PoolKind kind) noexcept { return pool_names[static_cast<std::size_t>(kind)]; }

sources::TurnOrder turn_order_named(std::string_view text) {
  return enumerator_named<sources::TurnOrder>("order", text, order_names);
}

PoolKind pool_kind_named(std::string_view text) {
  return enumerator_named<PoolKind>("kind of pools", text, pool_names);
}

// Not inline: otherwise g++ 12 warns, wrongly, of uninitialised values in classes that have such a member.
OptionalSource::OptionalSource() noexcept = default;
OptionalSource::OptionalSource(const OptionalSource&) noexcept = default;
OptionalSource::OptionalSource(OptionalSource&&) noexcept = default;
OptionalSource& OptionalSource::operator=(const OptionalSource&) noexcept = default;
OptionalSource& OptionalSource::operator=(OptionalSource&&) noexcept = default;
OptionalSource::~OptionalSource() = default;
OptionalSource::OptionalSource(SourceSpec spec) : spec_(std::make_shared<const SourceSpec>(std::move(spec))) {}

std::span<const SourceInfo> source_table() noexcept { return kinds; }

const SourceInfo& info(const sources::Sequence& sequence) noexcept { return kinds[sequence.shows.index()]; }

void validate(const SourceSpec& spec) {
  Check::check_sequence(spec.sequence, true);
  check_alphabet(spec);
  if (spec.pool_size) check_range("pool_size", *spec.pool_size, 1, std::numeric_limits<std::uint32_t>::max());
  check_mixtures(spec);
  if (!(std::abs(spec.gain) <= highest_gain)) {
    throw ParameterError(formatted("gain = {}", spec.gain),
                         formatted("must be a number in [-{:g}, {:g}]", highest_gain, highest_gain));
  }
  if (spec.end <= spec.onset) {
    throw ParameterError(formatted("onset = {}, end = {}", spec.onset, spec.end), "a source must end after its onset");
  }
}

std::vector<std::string> alphabet(const SourceSpec& spec) {
  std::vector<std::string> result;
  for (const char32_t symbol : alphabet_of(spec)) result.push_back(utf8(symbol));
  return result;
}

std::string text(const SourceSpec& spec) { return json({to_table(spec)}); }

SourceSpec source_spec(std::string_view text) { return from_table(table_of(text)); }

}  // namespace sorn

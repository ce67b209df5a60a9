// Sources of input as plain values: which symbols a network is shown, one in each step, and which units each symbol
// drives. docs/sources.md describes each kind and names the papers that use it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sorn {

/// The kinds of sequences of symbols. A symbol is a character of a UTF-8 text; "_" in a word or text shows nothing for
/// one step. Every sequence consists of items: words, sentences, single letters, or the whole of a text. After each
/// item there may be a blank (Sequence::wait_min).
namespace sources {

struct Sequence;

/// Shows nothing.
struct Silence {
  std::uint64_t steps = 0;  ///< length of the item, up to 1e9; 0: endless, as only the outermost sequence may be
  bool operator==(const Silence&) const = default;
};

/// A Markov chain over words: the word after word w is the first v with u ≤ p(w, 0) + … + p(w, v), u uniform in (0, 1).
struct Words {
  std::vector<std::string> words{};
  /// Rows p(w, ·), each with a probability for each word. One row: it holds after every word, and the first word is
  /// drawn from it. A row for each word: the first word is words[0]. Empty: all words are equally likely.
  std::vector<std::vector<double>> probabilities{};
  bool operator==(const Words&) const = default;
};

/// The counting task of Lazar, Pipa & Triesch 2009: the words A Bⁿ C and D Eⁿ F, equally likely.
struct Counting {
  std::uint64_t n = 4;  ///< in [1, 1000000]
  bool operator==(const Counting&) const = default;
};

/// One way to expand a name of a grammar.
struct Alternative {
  std::string text{};                   ///< "<name>" stands for an expansion of another name
  std::optional<double> probability{};  ///< unset for all alternatives of a name: they are equally likely
  bool operator==(const Alternative&) const = default;
};

/// A name of a grammar and its expansions.
struct Production {
  std::string name{};
  std::vector<Alternative> alternatives{};
  bool operator==(const Production&) const = default;
};

/// Sentences of a grammar, drawn independently.
struct Grammar {
  /// "FDT": a man, woman, girl, boy, child, cat, dog or fox eats one of four foods or drinks one of four drinks, 64
  /// sentences. "eFDT": these and the same with men, women, … that eat or drink, 128 sentences. Empty: `rules`.
  std::string name{};
  /// The sentences are the expansions of the first name. A grammar must be finite.
  std::vector<Production> rules{};
  /// Sentences that are left out, without the blank at their end; the others keep their relative probabilities.
  std::vector<std::string> without{};
  bool operator==(const Grammar&) const = default;
};

/// Independent, equally likely letters. Each letter is an item.
struct RandomSymbols {
  std::uint64_t symbols = 0;  ///< their number, in [1, 20000]: A, B, …, Z, a, …, z, then Chinese characters
  std::string letters{};      ///< or the letters themselves
  bool operator==(const RandomSymbols&) const = default;
};

/// A random sequence that is drawn once and repeated. All sequences in which every letter occurs are equally likely.
struct RandomSequence {
  std::uint64_t length = 0;   ///< at least the number of letters, at most 10000000
  std::uint64_t symbols = 0;  ///< as in RandomSymbols, but at most 256 letters
  std::string letters{};
  bool operator==(const RandomSequence&) const = default;
};

/// A text, character by character.
struct Text {
  std::string text{};
  bool repeat = true;  ///< false: the source ends with the text; only the outermost sequence can end
  bool operator==(const Text&) const = default;
};

/// In which order Several shows its parts.
enum class TurnOrder : std::uint8_t {
  in_turn,  ///< one after the other
  mixed,    ///< each turn's part is drawn independently
};

/// Several sequences that take turns. A turn is an item. A round of turns has at most 10000000 items of the parts.
struct Several {
  std::vector<Sequence> parts;
  std::vector<std::uint64_t> turns{};  ///< items of each part in a turn, in [1, 1000000]; empty: 1 of each
  TurnOrder order = TurnOrder::in_turn;
  std::vector<double> probabilities{};  ///< of the parts if they are mixed; empty: equally likely
  bool repeat = true;                   ///< false: the source ends after a turn of each part; only in turn
  bool operator==(const Several& other) const;
};

/// A sequence of symbols.
struct Sequence {
  using Kind = std::variant<Silence, Words, Counting, Grammar, RandomSymbols, RandomSequence, Text, Several>;

  Kind shows{};
  /// After each item nothing is shown for wait_min + U{0, …, wait_var − 1} steps (wait_var 0: wait_min steps).
  /// Both are at most 1e9.
  std::uint64_t wait_min = 0;
  std::uint64_t wait_var = 0;
  bool operator==(const Sequence&) const = default;
};

}  // namespace sources

/// How the units that a symbol drives, its pool, are chosen.
enum class PoolKind : std::uint8_t {
  disjoint,         ///< the first units: the first symbol has 0 … N_U − 1, the next symbol the next N_U units
  random_disjoint,  ///< random units, no unit in two pools
  overlapping,      ///< random units; pools may share units. The pool of a character does not depend on the others
};

std::string_view name(sources::TurnOrder order) noexcept;
std::string_view name(PoolKind kind) noexcept;

/// @throws UnknownNameError with the nearest valid name
sources::TurnOrder turn_order_named(std::string_view text);
PoolKind pool_kind_named(std::string_view text);  ///< the same

/// Some units of the pool of a symbol.
struct MixtureShare {
  std::string symbol{};     ///< a symbol with a pool of its own
  std::uint64_t units = 0;  ///< how many of its units, at most N_U
  bool operator==(const MixtureShare&) const = default;
};

/// A symbol without a pool of its own, such as an ambiguous cue. Each time it is shown it drives random units of the
/// pools of other symbols, drawn anew: of each pool a given number of different units. A unit in several of them is
/// driven once.
struct Mixture {
  std::string symbol{};
  std::vector<MixtureShare> shares{};
  bool operator==(const Mixture&) const = default;
};

/// A source of input as a value. What it shows in a step is a function of this value, the seed and the number of the
/// step, so that a run that is continued or resumed sees what an uninterrupted run would have seen. Files leave out
/// what has its default, so the defaults of these structs never change.
struct SourceSpec {
  static constexpr std::uint64_t no_end = std::numeric_limits<std::uint64_t>::max();

  sources::Sequence sequence{};
  /// The symbols 0, 1, … in their order. Empty: all characters that can occur, sorted by their code points. Given, it
  /// may have more, so that two sources number their symbols, and choose disjoint pools, in the same way.
  std::string alphabet{};
  PoolKind pools = PoolKind::disjoint;
  std::optional<std::size_t> pool_size{};  ///< N_U: units of a pool, in [1, ne]; unset: nu of the network
  std::vector<Mixture> mixtures{};         ///< the symbols that have no pool; the other symbols share the units
  double gain = 1.0;                       ///< drive of each unit in the pool of the current symbol, in [-1e9, 1e9]
  std::uint64_t onset = 0;                 ///< the step of the network with the first symbol; none before it
  std::uint64_t end = no_end;              ///< the step after the last one; a longer run is refused
  std::optional<std::uint64_t> seed{};     ///< of symbols and pools; unset: the seed of the network

  bool operator==(const SourceSpec&) const = default;
};

/// A source, or none. Copies share the value, which does not change, so that a long text is in memory once.
class OptionalSource {
public:
  OptionalSource() noexcept;
  OptionalSource(const OptionalSource&) noexcept;
  OptionalSource(OptionalSource&&) noexcept;
  OptionalSource& operator=(const OptionalSource&) noexcept;
  OptionalSource& operator=(OptionalSource&&) noexcept;
  ~OptionalSource();
  OptionalSource(SourceSpec spec);  // NOLINT(google-explicit-constructor): as std::optional

  explicit operator bool() const noexcept { return spec_ != nullptr; }
  const SourceSpec& operator*() const noexcept { return *spec_; }
  const SourceSpec* operator->() const noexcept { return spec_.get(); }

  bool operator==(const OptionalSource& other) const {
    if (spec_ == nullptr || other.spec_ == nullptr) return spec_ == other.spec_;
    return *spec_ == *other.spec_;
  }

private:
  std::shared_ptr<const SourceSpec> spec_{};
};

/// A kind of sequence, for help texts and error messages.
struct SourceInfo {
  std::string_view name;     ///< as texts and configuration files say it: "random_sequence"
  std::string_view meaning;  ///< a few words
};

/// One row for each alternative of sources::Sequence::Kind, in their order.
std::span<const SourceInfo> source_table() noexcept;

/// The kind of a sequence.
const SourceInfo& info(const sources::Sequence& sequence) noexcept;

/// Checks a source by itself, without a network.
/// @throws ParameterError that names the value and the rule: an empty word, probabilities that are negative or do not
///   sum to 1, a symbol outside the alphabet …
void validate(const SourceSpec& spec);

/// The symbols of a valid source, each a UTF-8 character; symbol k is the k-th.
std::vector<std::string> alphabet(const SourceSpec& spec);

/// A source as a line of JSON, such as {"source": "counting", "n": 4, "pool_size": 10}, with every field that differs
/// from its default. Result files hold it.
std::string text(const SourceSpec& spec);

/// The inverse of text(). It also accepts the short form "counting:n=4,pool_size=10", in which a value is a number, a
/// word, or JSON.
/// @throws ParameterError if the text is neither, or a value has the wrong type; UnknownNameError for an unknown kind
///   or key
SourceSpec source_spec(std::string_view text);

}  // namespace sorn

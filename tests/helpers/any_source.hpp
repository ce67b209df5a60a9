// Random sources, for properties.
#pragma once

#include "helpers/random.hpp"

#include <sorn/source_spec.hpp>

#include <string>
#include <vector>

namespace sorn::test {

inline std::string any_word(Random& random) {
  std::string word;
  const std::size_t length = random.between(1, 6);
  for (std::size_t k = 0; k < length; ++k) word += random.one_of({'A', 'B', 'C', 'x', 'y', '_', ' '});
  return word;
}

/// `count` probabilities, some of which are 0.
inline std::vector<double> any_probabilities(Random& random, std::size_t count) {
  std::vector<double> p = random.reals(count, 0.0, 1.0);
  for (double& value : p) value = random.chance(0.2) ? 0.0 : value;
  p[random.below(count)] += 0.1;
  double sum = 0.0;
  for (const double value : p) sum += value;
  for (double& value : p) value /= sum;
  return p;
}

inline sources::Words any_words(Random& random) {
  sources::Words words;
  const std::size_t count = random.between(1, 5);
  for (std::size_t k = 0; k < count; ++k) words.words.push_back(any_word(random));
  const std::size_t rows = random.one_of<std::size_t>({0, 1, count});
  for (std::size_t k = 0; k < rows; ++k) words.probabilities.push_back(any_probabilities(random, count));
  return words;
}

inline sources::Grammar any_grammar(Random& random) {
  if (random.chance(0.3)) return {.name = random.one_of({"FDT", "eFDT"}), .without = {"man drinks tea."}};
  const double p = random.real(0.0, 1.0);
  return {.rules = {{"s", {{"<a>x<b>", p}, {"<b><b>_", 1.0 - p}}},
                    {"a", {{"A", {}}, {"AB", {}}, {"<b>", {}}}},
                    {"b", {{"C", 0.25}, {"yy", 0.75}}}},
          .without = {}};
}

/// @param depth  0: a sequence without parts
inline sources::Sequence any_sequence(Random& random, std::size_t depth, bool outermost) {
  using namespace sources;
  Sequence sequence;
  sequence.wait_min = random.chance(0.5) ? 0 : random.below(4);
  sequence.wait_var = random.chance(0.5) ? 0 : random.below(4);
  switch (random.below(depth == 0 ? 7 : 8)) {
    case 0: sequence.shows = Silence{random.between(outermost ? 0 : 1, 5)}; break;
    case 1: sequence.shows = any_words(random); break;
    case 2: sequence.shows = Counting{random.between(1, 6)}; break;
    case 3: sequence.shows = any_grammar(random); break;
    case 4:
      sequence.shows = random.chance(0.5) ? RandomSymbols{random.between(1, 60), ""} : RandomSymbols{0, "zBA"};
      break;
    case 5: {
      const std::size_t letters = random.between(1, 12);
      sequence.shows = RandomSequence{letters + random.below(20), letters, ""};
      break;
    }
    case 6: sequence.shows = Text{any_word(random) + any_word(random), !outermost || random.chance(0.7)}; break;
    default: {
      Several several;
      const std::size_t parts = random.between(1, 3);
      for (std::size_t k = 0; k < parts; ++k) several.parts.push_back(any_sequence(random, depth - 1, false));
      if (random.chance(0.5)) {
        for (std::size_t k = 0; k < parts; ++k) several.turns.push_back(random.between(1, 3));
      }
      several.order = random.one_of({TurnOrder::in_turn, TurnOrder::mixed});
      if (several.order == TurnOrder::mixed && random.chance(0.5)) {
        several.probabilities = any_probabilities(random, parts);
      }
      several.repeat = !outermost || several.order == TurnOrder::mixed || random.chance(0.7);
      sequence.shows = several;
    }
  }
  return sequence;
}

/// A valid source whose disjoint pools fit into a network of 1000 units.
inline SourceSpec any_source(Random& random) {
  SourceSpec spec;
  spec.sequence = any_sequence(random, 2, true);
  spec.pools = random.one_of({PoolKind::disjoint, PoolKind::random_disjoint, PoolKind::overlapping});
  if (random.chance(0.7)) spec.pool_size = random.between(1, 10);
  if (random.chance(0.5)) spec.gain = random.real(-2.0, 2.0);
  if (random.chance(0.3)) spec.onset = random.below(50);
  if (random.chance(0.2)) spec.end = spec.onset + random.between(1, 500);
  if (random.chance(0.5)) spec.seed = random.below(1000);
  if (random.chance(0.2)) {
    std::string reversed = "!";
    for (const std::string& symbol : alphabet(spec)) reversed = symbol + reversed;
    spec.alphabet = reversed;
  }
  return spec;
}

}  // namespace sorn::test

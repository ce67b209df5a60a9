// A plain reading of the sources' documentation: it makes whole lists of characters, item by item. The oracle of the
// sources, which work step by step and skip.
#pragma once

#include "kernels/random.hpp"

#include <sorn/source_spec.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace sorn::test {

using Characters = std::vector<std::string>;

inline Characters split_characters(const std::string& text) {
  Characters result;
  for (const char byte : text) {
    const bool begins = (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
    if (begins) result.emplace_back();
    result.back() += byte;
  }
  return result;
}

inline Characters plain_letters(std::uint64_t symbols, const std::string& letters) {
  if (!letters.empty()) return split_characters(letters);
  Characters result;
  for (std::uint64_t k = 0; k < symbols; ++k) {
    if (k < 26) {
      result.emplace_back(1, static_cast<char>('A' + k));
    } else if (k < 52) {
      result.emplace_back(1, static_cast<char>('a' + k - 26));
    } else {
      const std::uint64_t code = 0x4E00 + k - 52;
      result.push_back({static_cast<char>(0xE0 | (code >> 12)), static_cast<char>(0x80 | (code >> 6 & 0x3F)),
                        static_cast<char>(0x80 | (code & 0x3F))});
    }
  }
  return result;
}

/// Sentences with their probabilities, expanded from the left.
using Weighted = std::vector<std::pair<std::string, double>>;

inline Weighted expanded(const std::string& text, const std::vector<sources::Production>& rules) {
  const std::size_t open = text.find('<');
  if (open == std::string::npos) return {{text, 1.0}};
  const std::size_t close = text.find('>', open);
  const std::string name = text.substr(open + 1, close - open - 1);
  Weighted result;
  const auto rule = std::find_if(rules.begin(), rules.end(), [&](const auto& r) { return r.name == name; });
  for (const sources::Alternative& a : rule->alternatives) {
    const double p = a.probability.value_or(1.0 / static_cast<double>(rule->alternatives.size()));
    for (const auto& [middle, p_middle] : expanded(a.text, rules)) {
      for (const auto& [end, p_end] : expanded(text.substr(close + 1), rules)) {
        result.emplace_back(text.substr(0, open) + middle + end, p * p_middle * p_end);
      }
    }
  }
  return result;
}

inline Weighted named_grammar(const std::string& name) {
  Weighted result;
  const auto add = [&](const std::array<std::string, 8>& subjects, const std::string& eat, const std::string& drink) {
    for (const std::string& subject : subjects) {
      for (const char* const food : {"meat", "bread", "fish", "vegetables"}) {
        result.emplace_back(subject + " " + eat + " " + food + ". ", 1.0);
      }
    }
    for (const std::string& subject : subjects) {
      for (const char* const drunk : {"milk", "water", "juice", "tea"}) {
        result.emplace_back(subject + " " + drink + " " + drunk + ". ", 1.0);
      }
    }
  };
  add({"man", "woman", "girl", "boy", "child", "cat", "dog", "fox"}, "eats", "drinks");
  if (name == "eFDT") add({"men", "women", "girls", "boys", "children", "cats", "dogs", "foxes"}, "eat", "drink");
  for (auto& [text, p] : result) p = 1.0 / static_cast<double>(result.size());
  return result;
}

/// Makes the items of a sequence one after the other.
class PlainSequence {
public:
  /// @param count  the number of sequences so far, which numbers this one and those within it
  PlainSequence(const sources::Sequence& sequence, std::uint64_t seed, std::uint32_t& count)
      : sequence_(sequence), seed_(seed), number_(count++) {
    if (const auto* several = std::get_if<sources::Several>(&sequence_.shows)) {
      for (const sources::Sequence& part : several->parts) parts_.emplace_back(part, seed, count);
    }
  }

  /// The next item and the blank after it. An endless item is cut at `most`.
  Characters item(std::size_t most) {
    Characters result = std::visit([&](const auto& kind) { return of(kind, most); }, sequence_.shows);
    std::uint64_t blank = sequence_.wait_min;
    if (sequence_.wait_var > 0) blank += kernels::below(sequence_.wait_var, word(kernels::Stream::source_wait, items_));
    result.insert(result.end(), blank, "_");
    ++items_;
    return result;
  }

private:
  std::uint64_t word(kernels::Stream stream, std::uint64_t step) const {
    return kernels::random_word(seed_, stream, step, number_);
  }

  std::size_t choice(const std::vector<double>& p) const {
    const double u = kernels::uniform(word(kernels::Stream::source_item, items_));
    double sum = 0.0;
    std::size_t last = 0;
    for (std::size_t v = 0; v < p.size(); ++v) {
      sum += p[v];
      if (u <= sum) return v;
      if (p[v] > 0.0) last = v;
    }
    return last;
  }

  Characters of(const sources::Silence& silence, std::size_t most) {
    return Characters(silence.steps == 0 ? most : silence.steps, "_");
  }
  Characters of(const sources::Words& words, std::size_t) {
    const std::size_t n = words.words.size();
    if (words.probabilities.empty()) {
      word_ = choice(std::vector<double>(n, 1.0 / static_cast<double>(n)));
    } else if (words.probabilities.size() == 1) {
      word_ = choice(words.probabilities[0]);
    } else if (items_ > 0) {
      word_ = choice(words.probabilities[word_]);
    }
    return split_characters(words.words[word_]);
  }
  Characters of(const sources::Counting& counting, std::size_t) {
    const bool first = choice({0.5, 0.5}) == 0;
    Characters result{first ? "A" : "D"};
    result.insert(result.end(), counting.n, first ? "B" : "E");
    result.emplace_back(first ? "C" : "F");
    return result;
  }
  Characters of(const sources::Grammar& grammar, std::size_t) {
    // The order of the sentences decides which one a number chooses. It is that of the alternatives from the left.
    if (sentences_.empty()) {
      Weighted all = grammar.name.empty() ? expanded("<" + grammar.rules[0].name + ">", grammar.rules)
                                          : named_grammar(grammar.name);
      double sum = 0.0;
      for (const auto& [text, p] : all) {
        if (text == "man drinks tea. ") continue;
        sentences_.push_back(text);
        p_.push_back(p);
        sum += p;
      }
      for (double& p : p_) p /= sum;
    }
    return split_characters(sentences_[choice(p_)]);
  }
  Characters of(const sources::RandomSymbols& random, std::size_t) {
    const Characters letters = plain_letters(random.symbols, random.letters);
    return {letters[kernels::below(letters.size(), word(kernels::Stream::source_item, items_))]};
  }
  Characters of(const sources::RandomSequence&, std::size_t) { return {}; }  // has tests of its own
  Characters of(const sources::Text& text, std::size_t) { return split_characters(text.text); }
  Characters of(const sources::Several& several, std::size_t most) {
    const std::size_t n = parts_.size();
    std::size_t part = items_ % n;
    if (several.order == sources::TurnOrder::mixed) {
      part = choice(several.probabilities.empty() ? std::vector<double>(n, 1.0 / static_cast<double>(n))
                                                  : several.probabilities);
    }
    Characters result;
    const std::uint64_t turns = several.turns.empty() ? 1 : several.turns[part];
    for (std::uint64_t k = 0; k < turns; ++k) {
      for (std::string& character : parts_[part].item(most)) result.push_back(std::move(character));
    }
    return result;
  }

  sources::Sequence sequence_;
  std::uint64_t seed_;
  std::uint32_t number_;
  std::uint64_t items_ = 0;
  std::size_t word_ = 0;
  std::vector<PlainSequence> parts_{};
  std::vector<std::string> sentences_{};
  std::vector<double> p_{};
};

/// The characters that a source shows in its first `steps` steps, or up to its end.
inline Characters plain_characters(const SourceSpec& spec, std::size_t steps, std::uint64_t network_seed) {
  Characters shown(spec.onset, "_");
  std::uint32_t count = 0;
  PlainSequence sequence(spec.sequence, spec.seed.value_or(network_seed), count);
  std::size_t items = steps;
  if (const auto* text = std::get_if<sources::Text>(&spec.sequence.shows)) items = text->repeat ? steps : 1;
  if (const auto* several = std::get_if<sources::Several>(&spec.sequence.shows)) {
    items = several->repeat ? steps : several->parts.size();
  }
  for (std::size_t k = 0; k < items && shown.size() < steps; ++k) {
    for (std::string& character : sequence.item(steps)) shown.push_back(std::move(character));
  }
  if (shown.size() > steps) shown.resize(steps);
  if (shown.size() > spec.end) shown.resize(spec.end);
  return shown;
}

}  // namespace sorn::test

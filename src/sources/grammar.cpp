#include "sources/grammar.hpp"

#include "sources/probabilities.hpp"
#include "support/format.hpp"
#include "support/names.hpp"
#include "support/printable.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace sorn::sources {

namespace {

constexpr std::size_t most_sentences = 100'000;
constexpr std::size_t most_bytes = 16'000'000;  // of all sentences

constexpr std::array<std::string_view, 2> grammar_names{"FDT", "eFDT"};

std::vector<Alternative> equally_likely(std::initializer_list<std::string_view> texts) {
  std::vector<Alternative> alternatives;
  for (const std::string_view text : texts) alternatives.push_back({std::string(text), {}});
  return alternatives;
}

/// The rules of a grammar that has a name.
std::vector<Production> rules_of(std::string_view name) {
  std::vector<Production> rules{
      {"sentence", equally_likely({"<one> eats <food>. ", "<one> drinks <drink>. "})},
      {"one", equally_likely({"man", "woman", "girl", "boy", "child", "cat", "dog", "fox"})},
      {"food", equally_likely({"meat", "bread", "fish", "vegetables"})},
      {"drink", equally_likely({"milk", "water", "juice", "tea"})},
  };
  if (name == grammar_names[0]) return rules;
  if (name != grammar_names[1]) throw_unknown_name("grammar", name, grammar_names);
  for (const Alternative& plural : equally_likely({"<several> eat <food>. ", "<several> drink <drink>. "})) {
    rules.front().alternatives.push_back(plural);
  }
  rules.push_back({"several", equally_likely({"men", "women", "girls", "boys", "children", "cats", "dogs", "foxes"})});
  return rules;
}

/// Expands the names of a grammar.
class Expansion {
public:
  explicit Expansion(const std::vector<Production>& rules)
      : rules_(rules), known_(rules.size()), under_way_(rules.size(), false) {
    if (rules.empty()) throw ParameterError("the grammar has no rules", "needs a name or rules");
    for (const Production& rule : rules) {
      names_.push_back(rule.name);
      check(rule);
    }
    for (std::size_t k = 0; k < names_.size(); ++k) {
      if (std::find(names_.begin(), names_.begin() + static_cast<std::ptrdiff_t>(k), names_[k]) ==
          names_.begin() + static_cast<std::ptrdiff_t>(k)) {
        continue;
      }
      throw ParameterError(formatted("the name '{}' of the grammar comes twice", printable_beginning(names_[k], 80)),
                           "its alternatives are one list");
    }
  }

  /// The expansions of a name. Each name is expanded once, so that the time does not grow with the depth.
  const std::vector<Sentence>& of(std::size_t rule) {
    if (known_[rule]) return *known_[rule];
    if (under_way_[rule]) {
      throw ParameterError(formatted("the name '{}' of the grammar", printable_beginning(names_[rule], 80)),
                           "must not expand to itself", "a grammar has a finite number of sentences");
    }
    under_way_[rule] = true;
    std::vector<Sentence> result;
    for (const Alternative& alternative : rules_[rule].alternatives) {
      const double equal = 1.0 / static_cast<double>(rules_[rule].alternatives.size());
      std::vector<Sentence> texts{{"", alternative.probability.value_or(equal)}};
      std::string_view rest = alternative.text;
      while (!rest.empty()) {
        const std::size_t open = rest.find('<');
        for (Sentence& text : texts) text.text += rest.substr(0, open);
        if (open == std::string_view::npos) break;
        const std::size_t close = rest.find('>', open);
        if (close == std::string_view::npos) {
          throw ParameterError(formatted("'{}'", printable_beginning(alternative.text, 80)),
                               "must close each < with a >");
        }
        texts = combined(texts, of(number_of(rest.substr(open + 1, close - open - 1))));
        rest.remove_prefix(close + 1);
      }
      result.insert(result.end(), texts.begin(), texts.end());
      limit(result);
    }
    return known_[rule].emplace(std::move(result));
  }

private:
  static void check(const Production& rule) {
    const std::string of = formatted("the alternatives of '{}'", printable_beginning(rule.name, 80));
    if (rule.alternatives.empty()) throw ParameterError(of, "must be at least one");
    std::vector<double> probabilities;
    for (const Alternative& alternative : rule.alternatives) {
      if (alternative.probability) probabilities.push_back(*alternative.probability);
    }
    if (probabilities.empty()) return;
    if (probabilities.size() != rule.alternatives.size()) {
      throw ParameterError(of, "must all have a probability, or none of them");
    }
    check_probabilities(of, probabilities, probabilities.size());
  }

  std::size_t number_of(std::string_view name) const {
    const auto found = std::find(names_.begin(), names_.end(), name);
    if (found == names_.end()) throw_unknown_name("name of the grammar", name, names_);
    return static_cast<std::size_t>(found - names_.begin());
  }

  static std::vector<Sentence> combined(const std::vector<Sentence>& begins, const std::vector<Sentence>& ends) {
    std::vector<Sentence> result;
    if (begins.size() * ends.size() > most_sentences) refuse();
    for (const Sentence& begin : begins) {
      for (const Sentence& end : ends) result.push_back({begin.text + end.text, begin.probability * end.probability});
    }
    limit(result);
    return result;
  }

  static void limit(const std::vector<Sentence>& sentences) {
    std::size_t bytes = 0;
    for (const Sentence& sentence : sentences) bytes += sentence.text.size();
    if (sentences.size() > most_sentences || bytes > most_bytes) refuse();
  }

  [[noreturn]] static void refuse() {
    throw ParameterError("the grammar",
                         formatted("must have at most {} sentences of {} bytes together", most_sentences, most_bytes));
  }

  const std::vector<Production>& rules_;
  std::vector<std::string_view> names_;
  std::vector<std::optional<std::vector<Sentence>>> known_;
  std::vector<bool> under_way_;
};

std::string_view without_blanks_at_end(std::string_view text) { return text.substr(0, text.find_last_not_of(' ') + 1); }

}  // namespace

std::vector<Sentence> sentences(const Grammar& grammar) {
  if (!grammar.name.empty() && !grammar.rules.empty()) {
    throw ParameterError(formatted("the grammar '{}' and rules", printable_beginning(grammar.name, 80)),
                         "must not both be given", "a grammar with rules needs no name");
  }
  const std::vector<Production> rules = grammar.name.empty() ? grammar.rules : rules_of(grammar.name);
  std::vector<Sentence> all = Expansion(rules).of(0);
  for (const std::string& left_out : grammar.without) {
    const auto begin = std::remove_if(all.begin(), all.end(), [&](const Sentence& sentence) {
      return without_blanks_at_end(sentence.text) == without_blanks_at_end(left_out);
    });
    if (begin == all.end()) {
      throw ParameterError(formatted("without '{}'", printable_beginning(left_out, 80)),
                           "must be a sentence of the grammar",
                           formatted("one is '{}'", all.empty() ? "" : all[0].text));
    }
    all.erase(begin, all.end());
    if (all.empty()) throw ParameterError("without", "must leave at least one sentence of the grammar");
  }
  double sum = 0.0;
  for (const Sentence& sentence : all) sum += sentence.probability;
  if (!(sum > 0.0)) throw ParameterError("without", "must leave a sentence with a probability above 0");
  for (Sentence& sentence : all) sentence.probability /= sum;
  return all;
}

}  // namespace sorn::sources

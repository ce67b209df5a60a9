#include "sources/symbols.hpp"

#include "kernels/random.hpp"
#include "sources/alphabet.hpp"
#include "sources/grammar.hpp"
#include "sources/probabilities.hpp"
#include "support/format.hpp"

#include <algorithm>
#include <limits>
#include <span>
#include <utility>
#include <vector>

namespace sorn::sources {

namespace {

using kernels::Stream;

constexpr std::uint64_t endless = std::numeric_limits<std::uint64_t>::max();

/// The seed of a sequence's draws, and the number of the sequence within its source.
struct Address {
  std::uint64_t seed;
  std::uint32_t sequence;

  std::uint64_t word(Stream stream, std::uint64_t step) const noexcept {
    return kernels::random_word(seed, stream, step, sequence);
  }
};

/// The blanks after the items of a sequence.
class Wait {
public:
  Wait(const Sequence& sequence, Address address) noexcept
      : least_(sequence.wait_min), choices_(sequence.wait_var), address_(address) {}

  bool is_constant() const noexcept { return choices_ <= 1; }
  std::uint64_t after(std::uint64_t item) const noexcept {
    if (is_constant()) return least_;
    return least_ + kernels::below(choices_, address_.word(Stream::source_wait, item));
  }

private:
  std::uint64_t least_;
  std::uint64_t choices_;
  Address address_;
};

/// A sequence whose items are known before they begin.
class Items : public Symbols {
public:
  explicit Items(Wait wait) noexcept : wait_(wait) {}

  void restart() noexcept override {
    number_ = 0;
    item_ = {};
    at_ = 0;
    blank_ = 0;
    rewind();
  }

  Symbol next() noexcept override {
    while (at_ == item_.size() && blank_ == 0) begin_item();
    if (at_ < item_.size()) return item_[at_++];
    if (blank_ != endless) --blank_;
    return no_symbol;
  }

  void skip(std::uint64_t steps) noexcept override {
    while (steps > 0) {
      if (at_end_of_item()) {
        steps -= skip_items(steps);
        if (steps == 0) return;
        begin_item();
      }
      const std::uint64_t shown = std::min<std::uint64_t>(steps, item_.size() - at_);
      at_ += shown;
      steps -= shown;
      const std::uint64_t silent = std::min(steps, blank_);
      if (blank_ != endless) blank_ -= silent;
      steps -= silent;
    }
  }

  std::uint64_t skip_item() noexcept override {
    if (at_end_of_item()) begin_item();
    const std::uint64_t steps = item_.size() - at_ + blank_;
    at_ = item_.size();
    blank_ = 0;
    return steps;
  }

  bool at_end_of_item() const noexcept override { return at_ == item_.size() && blank_ == 0; }

protected:
  /// An item and the length of a blank that belongs to it.
  struct Item {
    std::span<const Symbol> symbols;
    std::uint64_t blank = 0;
  };

  /// The item with this number; the numbers come in order from 0.
  virtual Item item(std::uint64_t number) noexcept = 0;
  /// Forgets the items before.
  virtual void rewind() noexcept {}
  /// The length of every item, if items can be skipped without drawing them; otherwise 0.
  virtual std::uint64_t common_length() const noexcept { return 0; }

private:
  void begin_item() noexcept {
    const Item drawn = item(number_);
    item_ = drawn.symbols;
    at_ = 0;
    blank_ = drawn.blank == endless ? endless : drawn.blank + wait_.after(number_);
    ++number_;
  }

  /// Skips whole items of a common length in one go. @returns the steps skipped
  std::uint64_t skip_items(std::uint64_t steps) noexcept {
    if (common_length() == 0 || !wait_.is_constant()) return 0;
    const std::uint64_t length = common_length() + wait_.after(0);
    const std::uint64_t items = steps / length;
    number_ += items;
    return items * length;
  }

  Wait wait_;
  std::uint64_t number_ = 0;  // of the next item
  std::span<const Symbol> item_{};
  std::size_t at_ = 0;
  std::uint64_t blank_ = 0;  // steps left without a symbol
};

class Nothing final : public Items {
public:
  Nothing(Wait wait, std::uint64_t steps) noexcept : Items(wait), steps_(steps == 0 ? endless : steps) {}

private:
  Item item(std::uint64_t) noexcept override { return {{}, steps_}; }

  std::uint64_t steps_;
};

std::vector<Symbol> numbered(const std::u32string& text, const std::u32string& alphabet) {
  std::vector<std::pair<char32_t, Symbol>> numbers;
  numbers.reserve(alphabet.size());
  for (std::size_t k = 0; k < alphabet.size(); ++k) numbers.emplace_back(alphabet[k], static_cast<Symbol>(k));
  std::sort(numbers.begin(), numbers.end());
  std::vector<Symbol> result;
  result.reserve(text.size());
  for (const char32_t character : text) {
    if (character == blank) {
      result.push_back(no_symbol);
      continue;
    }
    const auto found = std::lower_bound(numbers.begin(), numbers.end(), std::pair(character, Symbol{0}));
    result.push_back(found->second);
  }
  return result;
}

class WordChain final : public Items {
public:
  /// @param rows  cumulative probabilities: one row for all words, or one for each
  WordChain(Wait wait, Address address, std::vector<std::vector<Symbol>> words, std::vector<std::vector<double>> rows)
      : Items(wait), address_(address), words_(std::move(words)), rows_(std::move(rows)) {
    const bool equal = std::all_of(words_.begin(), words_.end(),
                                   [&](const auto& word) { return word.size() == words_.front().size(); });
    if (equal && rows_.size() == 1) common_length_ = words_.front().size();
  }

private:
  Item item(std::uint64_t number) noexcept override {
    if (rows_.size() == 1) {
      word_ = drawn(number, rows_.front());
    } else if (number > 0) {
      word_ = drawn(number, rows_[word_]);
    }
    return {words_[word_]};
  }
  void rewind() noexcept override { word_ = 0; }
  std::uint64_t common_length() const noexcept override { return common_length_; }

  std::size_t drawn(std::uint64_t number, const std::vector<double>& row) const noexcept {
    return chosen(row, kernels::uniform(address_.word(Stream::source_item, number)));
  }

  Address address_;
  std::vector<std::vector<Symbol>> words_;
  std::vector<std::vector<double>> rows_;
  std::uint64_t common_length_ = 0;
  std::size_t word_ = 0;  // the current word
};

class Letters final : public Items {
public:
  Letters(Wait wait, Address address, std::vector<Symbol> letters)
      : Items(wait), address_(address), letters_(std::move(letters)) {}

private:
  Item item(std::uint64_t number) noexcept override {
    const std::size_t letter = kernels::below(letters_.size(), address_.word(Stream::source_item, number));
    return {std::span(letters_).subspan(letter, 1)};
  }
  std::uint64_t common_length() const noexcept override { return 1; }

  Address address_;
  std::vector<Symbol> letters_;
};

class Repeated final : public Items {
public:
  Repeated(Wait wait, std::vector<Symbol> symbols) : Items(wait), symbols_(std::move(symbols)) {}

private:
  Item item(std::uint64_t) noexcept override { return {symbols_}; }
  std::uint64_t common_length() const noexcept override { return symbols_.size(); }

  std::vector<Symbol> symbols_;
};

/// `length` of `count` letters, each at least once; all such sequences are equally likely.
///
/// Let g(r, m) be the probability that r independent letters hold m given ones. If r letters are left to choose and m
/// do not occur yet, the next one is one of the latter with probability (m/A)·g(r − 1, m − 1)/g(r, m).
std::vector<std::size_t> surjection(std::size_t length, std::size_t count, Address address) {
  // With more letters left than this, a letter is missed with a probability below 1e-18·count, and g is taken for 1.
  const auto enough = static_cast<std::size_t>(42.0 * static_cast<double>(count)) + count;
  const std::size_t rows = std::min(length, enough);
  const auto letters = static_cast<double>(count);
  std::vector<double> g((rows + 1) * (count + 1), 0.0);
  const auto at = [&](std::size_t r, std::size_t m) -> double& { return g[r * (count + 1) + m]; };
  for (std::size_t r = 0; r <= rows; ++r) {
    at(r, 0) = 1.0;
    for (std::size_t m = 1; m <= count && r > 0; ++m) {
      const auto missing = static_cast<double>(m);
      at(r, m) = (1.0 - missing / letters) * at(r - 1, m) + missing / letters * at(r - 1, m - 1);
    }
  }
  std::vector<std::size_t> missing(count);
  for (std::size_t k = 0; k < count; ++k) missing[k] = k;
  std::vector<std::size_t> seen;
  std::vector<std::size_t> result;
  result.reserve(length);
  for (std::size_t k = 0; k < length; ++k) {
    const std::size_t left = length - k;
    const auto m = static_cast<double>(missing.size());
    double new_letter = m / letters;
    if (left <= rows && !missing.empty()) {
      new_letter *= at(left - 1, missing.size() - 1) / at(left, missing.size());
    }
    // Two draws: whether it is a letter that has not occurred yet, and which one.
    const double u = kernels::uniform(address.word(Stream::source_sequence, 2 * k));
    const std::uint64_t word = address.word(Stream::source_sequence, 2 * k + 1);
    const bool fresh = !missing.empty() && (u <= new_letter || seen.empty() || left == missing.size());
    if (fresh) {
      const auto which = static_cast<std::ptrdiff_t>(kernels::below(missing.size(), word));
      seen.push_back(missing[static_cast<std::size_t>(which)]);
      missing.erase(missing.begin() + which);
      result.push_back(seen.back());
    } else {
      result.push_back(seen[kernels::below(seen.size(), word)]);
    }
  }
  return result;
}

/// Several sequences that take turns.
class Turns final : public Symbols {
public:
  Turns(Wait wait, Address address, const Several& several, std::vector<std::unique_ptr<Symbols>> parts)
      : wait_(wait), address_(address), parts_(std::move(parts)), turns_(several.turns) {
    if (turns_.empty()) turns_.assign(parts_.size(), 1);
    if (several.order == TurnOrder::in_turn) return;
    std::vector<double> probabilities = several.probabilities;
    if (probabilities.empty()) probabilities.assign(parts_.size(), 1.0 / static_cast<double>(parts_.size()));
    sums_ = cumulative(probabilities);
  }

  void restart() noexcept override {
    for (auto& part : parts_) part->restart();
    number_ = 0;
    items_ = 0;
    blank_ = 0;
  }

  Symbol next() noexcept override {
    if (at_end_of_item()) begin_turn();
    if (items_ > 0) {
      const Symbol symbol = parts_[part_]->next();
      if (parts_[part_]->at_end_of_item()) --items_;
      return symbol;
    }
    --blank_;
    return no_symbol;
  }

  std::uint64_t skip_item() noexcept override {
    if (at_end_of_item()) begin_turn();
    std::uint64_t steps = std::exchange(blank_, 0);
    for (; items_ > 0; --items_) steps += parts_[part_]->skip_item();
    return steps;
  }

  bool at_end_of_item() const noexcept override { return items_ == 0 && blank_ == 0; }

private:
  void begin_turn() noexcept {
    part_ = sums_.empty() ? number_ % parts_.size()
                          : chosen(sums_, kernels::uniform(address_.word(Stream::source_item, number_)));
    items_ = turns_[part_];
    blank_ = wait_.after(number_);
    ++number_;
  }

  Wait wait_;
  Address address_;
  std::vector<std::unique_ptr<Symbols>> parts_;
  std::vector<std::uint64_t> turns_;  // items of each part in a turn
  std::vector<double> sums_{};        // of the probabilities, if the parts are mixed
  std::uint64_t number_ = 0;          // of the next turn
  std::size_t part_ = 0;
  std::uint64_t items_ = 0;  // left in this turn
  std::uint64_t blank_ = 0;  // after this turn
};

/// The letters of a random sequence.
template <class Random>
std::u32string letters_of(const Random& random) {
  return random.letters.empty() ? letters(random.symbols) : characters("letters", random.letters);
}

std::vector<std::string> words_of(const Counting& counting) {
  return {formatted("A{}C", std::string(counting.n, 'B')), formatted("D{}F", std::string(counting.n, 'E'))};
}

/// Calls take(text) with each text of a sequence and its parts. Together they have all symbols.
template <class Take>
void each_text(const Sequence& sequence, Take& take) {
  struct Texts {
    Take& take;
    void operator()(const Silence&) const {}
    void operator()(const Words& words) const {
      for (const std::string& word : words.words) take(characters("a word", word));
    }
    void operator()(const Counting&) const { take(U"ABCDEF"); }
    void operator()(const Grammar& grammar) const {
      for (const Sentence& sentence : sentences(grammar)) take(characters("a sentence", sentence.text));
    }
    void operator()(const RandomSymbols& random) const { take(letters_of(random)); }
    void operator()(const RandomSequence& random) const { take(letters_of(random)); }
    void operator()(const Text& text) const { take(characters("text", text.text)); }
    void operator()(const Several& several) const {
      for (const Sequence& part : several.parts) each_text(part, take);
    }
  };
  std::visit(Texts{take}, sequence.shows);
}

/// Builds the sequence, and counts the sequences within it.
class Builder {
public:
  Builder(const std::u32string& alphabet, std::uint64_t seed) : alphabet_(alphabet), seed_(seed) {}

  std::unique_ptr<Symbols> build(const Sequence& sequence) {
    const Address address{seed_, count_++};
    return std::visit([&](const auto& kind) { return of(kind, Wait(sequence, address), address); }, sequence.shows);
  }

private:
  std::unique_ptr<Symbols> of(const Silence& silence, Wait wait, Address) {
    return std::make_unique<Nothing>(wait, silence.steps);
  }
  std::unique_ptr<Symbols> of(const Words& words, Wait wait, Address address) {
    std::vector<std::vector<double>> rows = words.probabilities;
    if (rows.empty()) rows.emplace_back(words.words.size(), 1.0 / static_cast<double>(words.words.size()));
    return chain(words.words, std::move(rows), wait, address);
  }
  std::unique_ptr<Symbols> of(const Counting& counting, Wait wait, Address address) {
    return chain(words_of(counting), {{0.5, 0.5}}, wait, address);
  }
  std::unique_ptr<Symbols> of(const Grammar& grammar, Wait wait, Address address) {
    std::vector<std::string> words;
    std::vector<double> row;
    for (const Sentence& sentence : sentences(grammar)) {
      words.push_back(sentence.text);
      row.push_back(sentence.probability);
    }
    return chain(words, {std::move(row)}, wait, address);
  }
  std::unique_ptr<Symbols> of(const RandomSymbols& random, Wait wait, Address address) {
    return std::make_unique<Letters>(wait, address, numbered(letters_of(random), alphabet_));
  }
  std::unique_ptr<Symbols> of(const RandomSequence& random, Wait wait, Address address) {
    const std::vector<Symbol> all = numbered(letters_of(random), alphabet_);
    std::vector<Symbol> sequence;
    for (const std::size_t letter : surjection(random.length, all.size(), address)) sequence.push_back(all[letter]);
    return std::make_unique<Repeated>(wait, std::move(sequence));
  }
  std::unique_ptr<Symbols> of(const Text& text, Wait wait, Address) {
    return std::make_unique<Repeated>(wait, numbered(characters("text", text.text), alphabet_));
  }
  std::unique_ptr<Symbols> of(const Several& several, Wait wait, Address address) {
    std::vector<std::unique_ptr<Symbols>> parts;
    parts.reserve(several.parts.size());
    for (const Sequence& part : several.parts) parts.push_back(build(part));
    return std::make_unique<Turns>(wait, address, several, std::move(parts));
  }

  std::unique_ptr<Symbols> chain(const std::vector<std::string>& texts, std::vector<std::vector<double>> rows,
                                 Wait wait, Address address) {
    std::vector<std::vector<Symbol>> words;
    words.reserve(texts.size());
    for (const std::string& text : texts) words.push_back(numbered(characters("a word", text), alphabet_));
    for (std::vector<double>& row : rows) row = cumulative(row);
    return std::make_unique<WordChain>(wait, address, std::move(words), std::move(rows));
  }

  const std::u32string& alphabet_;
  std::uint64_t seed_;
  std::uint32_t count_ = 0;
};

/// The number of items after which a sequence ends; 0: it does not end.
std::uint64_t items_of(const Sequence& sequence) noexcept {
  if (const auto* text = std::get_if<Text>(&sequence.shows)) return text->repeat ? 0 : 1;
  if (const auto* several = std::get_if<Several>(&sequence.shows)) return several->repeat ? 0 : several->parts.size();
  return 0;
}

}  // namespace

std::u32string symbols_of(const Sequence& sequence) {
  std::u32string all;
  const auto take = [&](const std::u32string& text) {
    all += text;
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
  };
  each_text(sequence, take);
  all.erase(std::remove(all.begin(), all.end(), blank), all.end());
  return all;
}

std::u32string alphabet_of(const SourceSpec& spec) {
  return spec.alphabet.empty() ? symbols_of(spec.sequence) : characters("alphabet", spec.alphabet);
}

std::unique_ptr<Symbols> make_symbols(const Sequence& sequence, const std::u32string& alphabet, std::uint64_t seed) {
  return Builder(alphabet, seed).build(sequence);
}

std::uint64_t length_of(const Sequence& sequence, const std::u32string& alphabet, std::uint64_t seed) {
  const std::uint64_t items = items_of(sequence);
  if (items == 0) return Source::no_end;
  const std::unique_ptr<Symbols> symbols = make_symbols(sequence, alphabet, seed);
  std::uint64_t length = 0;
  for (std::uint64_t k = 0; k < items; ++k) length += symbols->skip_item();
  return length;
}

}  // namespace sorn::sources

#include "sources/spec_tree.hpp"

#include "support/format.hpp"
#include "support/names.hpp"
#include "support/printable.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace sorn::sources {

namespace {

// Each function calls visit(key, field) for each field.

template <class Self, class Visit>
requires std::is_same_v<std::remove_const_t<Self>, Silence>
void each_field(Self& self, Visit&& visit) { visit("steps", self.steps); }

template <class Self, class Visit>
requires std::is_same_v<std::remove_const_t<Self>, Words>
void each_field(Self& self, Visit&& visit) {
  visit("words", self.words);
  visit("probabilities", self.probabilities);
}

template <class Self, class Visit>
requires std::is_same_v<std::remove_const_t<Self>, Counting>
void each_field(Self& self, Visit&& visit) { visit("n", self.n); }

template <class Self, class Visit>
requires std::is_same_v<std::remove_const_t<Self>, Grammar>
void each_field(Self& self, Visit&& visit) {
  visit("name", self.name);
  visit("rules", self.rules);
  visit("without", self.without);
}

template <class Self, class Visit>
requires std::is_same_v<std::remove_const_t<Self>, RandomSymbols>
void each_field(Self& self, Visit&& visit) {
  visit("symbols", self.symbols);
  visit("letters", self.letters);
}

template <class Self, class Visit>
requires std::is_same_v<std::remove_const_t<Self>, RandomSequence>
void each_field(Self& self, Visit&& visit) {
  visit("length", self.length);
  visit("symbols", self.symbols);
  visit("letters", self.letters);
}

template <class Self, class Visit>
requires std::is_same_v<std::remove_const_t<Self>, Text>
void each_field(Self& self, Visit&& visit) {
  visit("text", self.text);
  visit("repeat", self.repeat);
}

template <class Self, class Visit>
requires std::is_same_v<std::remove_const_t<Self>, Several>
void each_field(Self& self, Visit&& visit) {
  visit("parts", self.parts);
  visit("turns", self.turns);
  visit("order", self.order);
  visit("probabilities", self.probabilities);
  visit("repeat", self.repeat);
}

template <class Self, class Visit>
requires std::is_same_v<std::remove_const_t<Self>, Sequence>
void each_field(Self& self, Visit&& visit) {
  visit("wait_min", self.wait_min);
  visit("wait_var", self.wait_var);
}

template <class Self, class Visit>
requires std::is_same_v<std::remove_const_t<Self>, SourceSpec>
void each_field(Self& self, Visit&& visit) {
  visit("alphabet", self.alphabet);
  visit("pools", self.pools);
  visit("pool_size", self.pool_size);
  visit("mixtures", self.mixtures);
  visit("gain", self.gain);
  visit("onset", self.onset);
  visit("end", self.end);
  visit("seed", self.seed);
}

/// The keys of a type.
template <class T>
void add_keys(std::vector<std::string_view>& keys, const T& value) {
  each_field(value, [&](std::string_view key, const auto&) { keys.push_back(key); });
}

Table sequence_table(const Sequence& sequence);

// ---- values as trees

Value tree(bool truth) { return {truth}; }
Value tree(double number) { return {number}; }
Value tree(const std::string& text) { return {text}; }
Value tree(TurnOrder order) { return {std::string(name(order))}; }
Value tree(PoolKind kind) { return {std::string(name(kind))}; }
Value tree(std::uint64_t number) {
  if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return {formatted("{}", number)};  // JSON's numbers of other programs end there
  }
  return {static_cast<std::int64_t>(number)};
}
Value tree(const Sequence& sequence) { return {sequence_table(sequence)}; }
template <class T>
Value tree(const std::vector<T>& values) {
  Values list;
  for (const T& value : values) list.push_back(tree(value));
  return {std::move(list)};
}
Value tree(const std::vector<Production>& rules) {
  Table table;
  for (const Production& rule : rules) {
    Values alternatives;
    for (const Alternative& alternative : rule.alternatives) {
      if (alternative.probability) {
        alternatives.push_back({Values{{alternative.text}, {*alternative.probability}}});
      } else {
        alternatives.push_back({alternative.text});
      }
    }
    table.push_back({rule.name, {std::move(alternatives)}});
  }
  return {std::move(table)};
}
Value tree(const std::vector<Mixture>& mixtures) {
  Table table;
  for (const Mixture& mixture : mixtures) {
    Table shares;
    for (const MixtureShare& share : mixture.shares) shares.push_back({share.symbol, tree(share.units)});
    table.push_back({mixture.symbol, {std::move(shares)}});
  }
  return {std::move(table)};
}
template <class T>
Value tree(const std::optional<T>& value) {
  return tree(value.value());
}

/// Adds the fields that differ from their defaults.
template <class T>
void add_fields(Table& table, const T& value) {
  const T usual{};
  each_field(value, [&](std::string_view key, const auto& field) {
    bool same = false;
    each_field(usual, [&](std::string_view other_key, const auto& other) {
      if constexpr (std::is_same_v<decltype(field), decltype(other)>) {
        if (key == other_key) same = field == other;
      }
    });
    if (!same) table.push_back({std::string(key), tree(field)});
  });
}

Table sequence_table(const Sequence& sequence) {
  Table table{{"source", {std::string(info(sequence).name)}}};
  std::visit([&](const auto& kind) { add_fields(table, kind); }, sequence.shows);
  add_fields(table, sequence);
  return table;
}

// ---- trees as values

[[noreturn]] void refuse(std::string_view key, const Value& value, std::string_view rule) {
  throw ParameterError(formatted("{} = {}", key, shown(value)), formatted("must be {}", rule));
}

template <class T>
const T& as(std::string_view key, const Value& value, std::string_view rule) {
  const T* const held = std::get_if<T>(&value.value);
  if (held == nullptr) refuse(key, value, rule);
  return *held;
}

Sequence read_sequence(const Table& table);

void read(std::string_view key, const Value& value, bool& field) { field = as<bool>(key, value, "true or false"); }
void read(std::string_view key, const Value& value, std::string& field) {
  field = as<std::string>(key, value, "a text");
}
void read(std::string_view key, const Value& value, double& field) {
  if (const auto* whole = std::get_if<std::int64_t>(&value.value)) {
    field = static_cast<double>(*whole);
  } else {
    field = as<double>(key, value, "a number");
  }
}
void read(std::string_view key, const Value& value, std::uint64_t& field) {
  constexpr std::string_view rule = "a whole number from 0 on";
  constexpr double exact = 9007199254740992.0;  // up to here a real number holds every whole number
  if (const auto* real = std::get_if<double>(&value.value)) {
    if (!(*real >= 0.0 && *real <= exact && std::floor(*real) == *real)) refuse(key, value, rule);
    field = static_cast<std::uint64_t>(*real);
    return;
  }
  if (const auto* digits = std::get_if<std::string>(&value.value)) {
    std::uint64_t number = 0;
    for (const char digit : *digits) {
      const auto next = static_cast<std::uint64_t>(digit - '0');
      if (digit < '0' || digit > '9' || number > (std::numeric_limits<std::uint64_t>::max() - next) / 10) {
        refuse(key, value, rule);
      }
      number = 10 * number + next;
    }
    if (digits->empty()) refuse(key, value, rule);
    field = number;
    return;
  }
  const std::int64_t whole = as<std::int64_t>(key, value, rule);
  if (whole < 0) refuse(key, value, rule);
  field = static_cast<std::uint64_t>(whole);
}
void read(std::string_view key, const Value& value, TurnOrder& field) {
  field = turn_order_named(as<std::string>(key, value, R"("in_turn" or "mixed")"));
}
void read(std::string_view key, const Value& value, PoolKind& field) {
  field = pool_kind_named(as<std::string>(key, value, "the name of a kind of pools"));
}
template <class T>
void read(std::string_view key, const Value& value, std::optional<T>& field) {
  T held{};
  read(key, value, held);
  field = held;
}
void read(std::string_view key, const Value& value, Sequence& field) {
  field = read_sequence(as<Table>(key, value, "a source"));
}
template <class T>
void read_list(std::string_view key, const Values& values, std::vector<T>& field) {
  field.clear();
  for (std::size_t k = 0; k < values.size(); ++k) {
    T element{};
    read(formatted("{}[{}]", key, k), values[k], element);
    field.push_back(std::move(element));
  }
}
template <class T>
void read(std::string_view key, const Value& value, std::vector<T>& field) {
  read_list(key, as<Values>(key, value, "a list"), field);
}
/// One text stands for the words between its blanks.
void read(std::string_view key, const Value& value, std::vector<std::string>& field) {
  const auto* text = std::get_if<std::string>(&value.value);
  if (text == nullptr) return read_list(key, as<Values>(key, value, "a list of texts"), field);
  field.clear();
  std::string_view rest = *text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    if (end > 0) field.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}
/// A list of numbers stands for one row.
void read(std::string_view key, const Value& value, std::vector<std::vector<double>>& field) {
  constexpr std::string_view rule = "a list of probabilities, or one list for each word";
  const auto& list = as<Values>(key, value, rule);
  field.clear();
  if (!list.empty() && !std::holds_alternative<Values>(list.front().value)) {
    read_list(key, list, field.emplace_back());
    return;
  }
  for (std::size_t row = 0; row < list.size(); ++row) {
    const std::string called = formatted("{}[{}]", key, row);
    read_list(called, as<Values>(called, list[row], "a list of probabilities"), field.emplace_back());
  }
}
void read(std::string_view key, const Value& value, std::vector<Production>& field) {
  constexpr std::string_view rule = "a text, or a list of a text and its probability";
  field.clear();
  for (const Entry& entry : as<Table>(key, value, "a table: names, each with a list of alternatives")) {
    Production production{entry.key, {}};
    for (const Value& alternative : as<Values>(entry.key, entry.value, "a list of alternatives")) {
      Alternative& read_one = production.alternatives.emplace_back();
      if (const auto* text = std::get_if<std::string>(&alternative.value)) {
        read_one.text = *text;
        continue;
      }
      const auto& pair = as<Values>(entry.key, alternative, rule);
      if (pair.size() != 2) refuse(entry.key, alternative, rule);
      read(entry.key, pair[0], read_one.text);
      read(entry.key, pair[1], read_one.probability);
    }
    field.push_back(std::move(production));
  }
}

void read(std::string_view key, const Value& value, std::vector<Mixture>& field) {
  constexpr std::string_view rule = "a table: symbols, each with a table of symbols and numbers of units";
  field.clear();
  for (const Entry& entry : as<Table>(key, value, rule)) {
    Mixture mixture{entry.key, {}};
    for (const Entry& share : as<Table>(formatted("{}.{}", key, entry.key), entry.value, rule)) {
      MixtureShare& read_one = mixture.shares.emplace_back(MixtureShare{share.key, 0});
      read(formatted("{}.{}.{}", key, entry.key, share.key), share.value, read_one.units);
    }
    field.push_back(std::move(mixture));
  }
}

/// Reads a value into the field of this key. @returns whether there is such a field
template <class T>
bool read_field(T& into, const Entry& entry) {
  bool found = false;
  each_field(into, [&](std::string_view key, auto& field) {
    if (key != entry.key) return;
    read(key, entry.value, field);
    found = true;
  });
  return found;
}

/// The default value of the kind with this number.
template <std::size_t K = 0>
Sequence::Kind kind_number(std::size_t number) {
  if constexpr (K + 1 < std::variant_size_v<Sequence::Kind>) {
    if (number > K) return kind_number<K + 1>(number);
  }
  return Sequence::Kind(std::in_place_index<K>);
}

std::size_t kind_named(std::string_view text) {
  std::array<std::string_view, std::variant_size_v<Sequence::Kind>> names;
  const auto kinds = source_table();
  std::transform(kinds.begin(), kinds.end(), names.begin(), [](const SourceInfo& row) { return row.name; });
  const auto* const found = std::find(names.begin(), names.end(), text);
  if (found == names.end()) throw_unknown_name("source", text, names);
  return static_cast<std::size_t>(found - names.begin());
}

/// The sequence of a table. Entries that it does not have are passed to other(entry), which says whether it has them.
template <class Other>
Sequence read_sequence(const Table& table, const std::vector<std::string_view>& other_keys, Other&& other) {
  const auto kind = std::find_if(table.begin(), table.end(), [](const Entry& e) { return e.key == "source"; });
  if (kind == table.end()) {
    throw ParameterError("a source has no key 'source'", "it says the kind of the source",
                         formatted("one is source = \"{}\"", source_table()[1].name));
  }
  Sequence sequence;
  sequence.shows = kind_number(kind_named(as<std::string>("source", kind->value, "the name of a source")));
  for (auto entry = table.begin(); entry != table.end(); ++entry) {
    if (std::any_of(table.begin(), entry, [&](const Entry& before) { return before.key == entry->key; })) {
      throw ParameterError(formatted("'{}' comes twice", printable_beginning(entry->key, 80)), "must come once");
    }
    if (entry == kind) continue;
    const bool known = std::visit([&](auto& shows) { return read_field(shows, *entry); }, sequence.shows) ||
                       read_field(sequence, *entry) || other(*entry);
    if (known) continue;
    std::vector<std::string_view> keys = keys_of_kind(info(sequence).name);
    for (const std::string_view key : keys_of_sequence()) keys.push_back(key);
    keys.insert(keys.end(), other_keys.begin(), other_keys.end());
    throw_unknown_name(formatted("key of the source {}", info(sequence).name), entry->key, keys);
  }
  return sequence;
}

Sequence read_sequence(const Table& table) {
  return read_sequence(table, {}, [](const Entry&) { return false; });
}

/// The parts of a text between its commas, except those within brackets or double quotes.
std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  std::size_t depth = 0;
  bool quoted = false;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\\' && quoted) {
      ++at;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (quoted) {
      continue;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    } else if (c == ',' && depth == 0) {
      parts.push_back(text.substr(begin, at - begin));
      begin = at + 1;
    }
  }
  parts.push_back(text.substr(begin));
  return parts;
}

}  // namespace

Table to_table(const SourceSpec& spec) {
  Table table = sequence_table(spec.sequence);
  add_fields(table, spec);
  return table;
}

SourceSpec from_table(const Table& table) {
  SourceSpec spec;
  spec.sequence = read_sequence(table, keys_of_source(), [&](const Entry& entry) { return read_field(spec, entry); });
  return spec;
}

std::vector<std::string_view> keys_of_kind(std::string_view kind) {
  std::vector<std::string_view> keys;
  std::visit([&](const auto& shows) { add_keys(keys, shows); }, kind_number(kind_named(kind)));
  return keys;
}

std::vector<std::string_view> keys_of_sequence() {
  std::vector<std::string_view> keys;
  add_keys(keys, Sequence{});
  return keys;
}

std::vector<std::string_view> keys_of_source() {
  std::vector<std::string_view> keys;
  add_keys(keys, SourceSpec{});
  return keys;
}

Table table_of(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) {
    throw ParameterError("an empty text", "must be a source", "such as counting:n=4,pool_size=10");
  }
  text.remove_prefix(first);
  if (text.front() == '{') return std::get<Table>(parsed_json(text).value);
  const std::size_t colon = text.find(':');
  Table table{{"source", {std::string(text.substr(0, colon))}}};
  if (colon == std::string_view::npos) return table;
  for (const std::string_view part : parts_of(text.substr(colon + 1))) {
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      throw ParameterError(formatted("'{}' in '{}'", printable_beginning(part, 80), printable_beginning(text, 80)),
                           "must be key=value", "a source is written as counting:n=4,pool_size=10");
    }
    table.push_back({std::string(part.substr(0, equals)), parsed_word(part.substr(equals + 1))});
  }
  return table;
}

}  // namespace sorn::sources

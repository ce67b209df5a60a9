#include "io/csv.hpp"

#include "support/format.hpp"
#include "support/memory.hpp"
#include "support/names.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sorn::io {

namespace {

constexpr std::string_view blanks = " \t\r";
constexpr std::size_t longest_line = 1U << 26U;

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string quoted(std::string_view text) { return formatted("'{}'", text.substr(0, 40)); }

[[noreturn]] void refuse(std::size_t line, std::string subject, std::string rule, std::string suggestion = {}) {
  throw FormatError(formatted("line {}: {}", line, subject), std::move(rule), std::move(suggestion));
}

/// What separates the numbers of a row.
enum class Separator : char { semicolon = ';', tab = '\t', comma = ',', blank = ' ' };

struct Cell {
  std::string_view text;
  bool quoted = false;  ///< the cell was in double quotes, which are not in `text`
};

/// How a cell is written.
enum class Style : std::uint8_t {
  whole,         ///< 12
  real,          ///< 1.5, 2e-3
  integral,      ///< a whole number, written as a real number: 1.0, 2e+00; also True and False
  out_of_range,  ///< 1e999
  missing,       ///< NA, or nothing at all
  mistyped,      ///< begins like a number
  word,
};

struct Value {
  Style style;
  double number = 0.0;
};

bool is_number(Style style) { return style <= Style::integral; }

bool is_missing(std::string_view text) {
  constexpr std::array<std::string_view, 8> words{"na", "n/a", "<na>", "null", "none", "nil", "missing", "-"};
  return text.empty() || std::any_of(words.begin(), words.end(),
                                     [&](std::string_view word) { return equal_ignoring_case(word, text); });
}

Value value_of(std::string_view text) {
  std::string_view digits = text;
  if (digits.size() > 1 && digits.front() == '+' && digits[1] != '-') digits.remove_prefix(1);
  double number = 0.0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (end == digits.data() + digits.size() && error != std::errc::invalid_argument) {
    if (error != std::errc{}) return {Style::out_of_range};
    if (text.find_first_not_of("+-0123456789") == std::string_view::npos) return {Style::whole, number};
    return {number == std::floor(number) ? Style::integral : Style::real, number};
  }
  if (equal_ignoring_case(text, "true")) return {Style::integral, 1.0};
  if (equal_ignoring_case(text, "false")) return {Style::integral, 0.0};
  if (is_missing(text)) return {Style::missing};
  return {text.find_first_of("+-.0123456789") == 0 ? Style::mistyped : Style::word};
}

/// True for "0,5": digits on both sides of one comma.
bool has_decimal_comma(std::string_view text) {
  const std::size_t comma = text.find(',');
  if (comma == std::string_view::npos || comma + 1 >= text.size()) return false;
  std::string with_point(text);
  with_point[comma] = '.';
  return is_number(value_of(with_point).style);
}

/// Calls visit(character, its place) for each character outside double quotes.
template <class Visit>
void for_each_unquoted(std::string_view row, Visit&& visit) {
  bool inside = false;
  for (std::size_t k = 0; k < row.size(); ++k) {
    if (row[k] == '"') inside = !inside;
    if (!inside) visit(row[k], k);
  }
}

Separator separator_of(std::string_view row) {
  bool semicolon = false;
  bool tab = false;
  bool comma = false;
  for_each_unquoted(row, [&](char c, std::size_t k) {
    if (c == ';') semicolon = true;
    if (c == ',') comma = true;
    if (c != '\t') return;
    // A tab beside a comma counts as a blank.
    const std::size_t before = row.find_last_not_of(blanks, k);
    const std::size_t behind = row.find_first_not_of(blanks, k);
    const auto is_comma = [&](std::size_t place) { return place != std::string_view::npos && row[place] == ','; };
    if (!is_comma(before) && !is_comma(behind)) tab = true;
  });
  if (semicolon) return Separator::semicolon;
  if (tab) return Separator::tab;
  return comma ? Separator::comma : Separator::blank;
}

/// Splits a row into its cells.
void cut(std::string_view row, Separator separator, std::size_t line, std::vector<Cell>& cells) {
  cells.clear();
  const std::string_view ends = separator == Separator::tab ? std::string_view(" \r") : blanks;
  const auto skip = [&] { row.remove_prefix(std::min(row.find_first_not_of(ends), row.size())); };
  for (;;) {
    skip();
    Cell cell;
    if (row.starts_with('"')) {
      const std::size_t end = row.find('"', 1);
      if (end == std::string_view::npos) refuse(line, "a double quote", "must be followed by another");
      cell = {trimmed(row.substr(1, end - 1)), true};
      row.remove_prefix(end + 1);
      const bool ends_here =
          row.empty() || row.front() == static_cast<char>(separator) || blanks.find(row.front()) != blanks.npos;
      if (!ends_here) refuse(line, quoted(row), "must not follow a double quote");
    } else {
      std::size_t end = 0;
      if (separator == Separator::blank) {
        end = std::min(row.find_first_of(blanks), row.size());
      } else {
        end = std::min(row.find(static_cast<char>(separator)), row.size());
      }
      cell.text = trimmed(row.substr(0, end));
      row.remove_prefix(end);
    }
    cells.push_back(cell);
    skip();
    if (row.empty()) return;
    if (separator == Separator::blank) continue;
    if (row.front() != static_cast<char>(separator)) refuse(line, quoted(row), "must not follow a double quote");
    row.remove_prefix(1);
  }
}

/// Whether a cell of a heading stands above the column of row numbers.
bool is_unnamed(const Cell& cell) { return cell.text.empty() || cell.text.starts_with("Unnamed:"); }

/// True if the cells are 0, 1, 2 …
bool count_up(std::span<const Cell> cells) {
  for (std::size_t k = 0; k < cells.size(); ++k) {
    if (cells[k].text != formatted("{}", k)) return false;
  }
  return !cells.empty();
}

/// The kinds of numbers in one column, below the first row.
struct Column {
  bool whole = false;
  bool real = false;      ///< with a point, or a truth value
  bool integral = false;  ///< one of them has an integral value
};

/// Reads a table line by line.
class Reader {
public:
  Reader() { inputs_.step_major = true; }

  void take(std::string_view text) {
    ++line_;
    if (text.ends_with('\r')) text.remove_suffix(1);
    const std::string_view row = trimmed(text);
    if (row.starts_with('#')) {
      marked_ |= !separator_;
      return;
    }
    if (row.empty()) {
      if (empty_line_ == 0) empty_line_ = line_;
      return;
    }
    if (empty_line_ != 0) refuse(empty_line_, "the line is empty", "every step needs a row");
    if (text.find('\r') != std::string_view::npos) {
      refuse(line_, "the line holds a carriage return", "lines must end with LF or CR LF", "convert the ends of lines");
    }
    const bool first = !separator_;
    std::string_view content = text;
    for_each_unquoted(text, [&](char c, std::size_t k) {
      if (c == '#' && content.size() == text.size() && (!first || row.find_first_of("+-.0123456789\"") == 0)) {
        content = text.substr(0, k);
      }
    });
    if (content.size() < text.size()) content = content.substr(0, content.find_last_not_of(blanks) + 1);
    if (first) separator_ = separator_of(content);
    cut(content, *separator_, line_, cells_);
    if (first && take_heading()) return;
    append_row();
  }

  InputArray take_all() {
    if (inputs_.steps == 0) throw FormatError("the file has no numbers", "must have one row for each step");
    if (numbered_ && is_heading_of_numbers()) drop_first_row();
    refuse_unnamed_index();
    return std::move(inputs_);
  }

private:
  /// Takes the first row if it is certainly a heading.
  bool take_heading() {
    heading_line_ = line_;
    std::size_t indices = 0;
    while (indices < cells_.size() && is_unnamed(cells_[indices])) ++indices;
    const auto is_word = [](const Cell& cell) { return value_of(cell.text).style == Style::word; };
    const auto all_words = [&](std::span<const Cell> cells) {
      return std::any_of(cells.begin(), cells.end(), is_word) &&
             std::all_of(cells.begin(), cells.end(),
                         [&](auto& cell) { return is_word(cell) || is_missing(cell.text); });
    };
    const std::span<const Cell> cells(cells_);
    const bool named = cells[0].text.starts_with("Unnamed:");
    const auto names = cells.subspan(indices);
    if (indices > 0 && !names.empty() && (named || count_up(names) || all_words(names))) {
      return take_heading(indices, names.size());
    }
    if (is_word(cells[0]) && cells.size() > 1) {
      // A name before 0, 1, 2 … is the name of the index, and so is "index" before names.
      const auto others = cells.subspan(1);
      if (count_up(others) || (equal_ignoring_case(cells[0].text, "index") && all_words(others))) {
        return take_heading(1, others.size());
      }
    }
    if (all_words(cells)) return take_heading(0, cells.size());
    heading_line_ = 0;
    quoted_ = std::all_of(cells.begin(), cells.end(), [](const Cell& cell) { return cell.quoted; });
    numbered_ = !marked_ && count_up(cells);
    return false;
  }

  bool take_heading(std::size_t indices, std::size_t names) {
    indices_ = indices;
    names_ = names;
    return true;
  }

  void append_row() {
    // A row of quoted numbers above rows of unquoted numbers is a heading.
    if (quoted_ && inputs_.steps == 1 && !cells_[0].quoted) {
      if (cells_.size() != inputs_.features) refuse_length();
      drop_first_row();
      quoted_ = numbered_ = false;
      heading_line_ = 1;
      columns_.assign(inputs_.features, {});
    }
    const std::size_t wanted = indices_ + (names_ > 0 ? names_ : inputs_.features);
    if (wanted > indices_ && cells_.size() != wanted) refuse_length();
    styles_.clear();
    for (std::size_t k = 0; k < cells_.size(); ++k) {
      const Value value = checked_value(k);
      styles_.push_back(value.style);
      if (k >= indices_) {
        inputs_.values.push_back(value.number);
      } else {
        check_index(k, value.number);
      }
    }
    if (inputs_.steps == 0) {
      inputs_.features = cells_.size() - indices_;
      columns_.resize(inputs_.features);
      counts_up_ = heading_line_ == 0 && !marked_;
    }
    counts_up_ = counts_up_ && cells_[0].text == formatted("{}", inputs_.steps);
    if (inputs_.steps > 0 || !numbered_) note_styles();
    ++inputs_.steps;
    // A vector that grows takes up to three times the memory of its content.
    if (inputs_.values.size() == inputs_.values.capacity()) {
      require_memory(3.0 * sizeof(double) * static_cast<double>(inputs_.values.size()), formatted("line {}", line_));
    }
  }

  [[noreturn]] void refuse_length() const {
    const std::size_t wanted = indices_ + (names_ > 0 ? names_ : inputs_.features);
    refuse(line_, formatted("{} numbers", cells_.size()),
           formatted("must have {}, as the {} has: one for each input unit", wanted,
                     heading_line_ != 0 ? "heading" : "first row"),
           names_ > 0 && cells_.size() == wanted + 1 ? "names of rows have no place here" : "");
  }

  Value checked_value(std::size_t k) const {
    const Cell& cell = cells_[k];
    const Value value = value_of(cell.text);
    if (cell.text.empty()) refuse(line_, formatted("field {} is empty", k + 1), "must be a number");
    const std::string text = quoted(cell.text);
    switch (value.style) {
      case Style::missing: refuse(line_, text, "is a missing value; every input unit needs a number at every step");
      case Style::out_of_range: refuse(line_, text, "is out of the range of a 64-bit number");
      case Style::mistyped:
      case Style::word:
        if (has_decimal_comma(cell.text)) {
          refuse(line_, text, "has a decimal comma; numbers must have a decimal point",
                 "pandas writes one by to_csv(decimal='.')");
        }
        refuse(line_, text, "must be a number", "numbers are separated by commas and have a decimal point");
      default: break;
    }
    if (!std::isfinite(value.number)) {
      throw StateError(formatted("line {}: {}", line_, text), "must be a finite number");
    }
    return value;
  }

  /// Checks that the index counts the rows, from 0 or from 1.
  void check_index(std::size_t column, double number) {
    if (inputs_.steps == 0 && column == 0) first_index_ = number == 1.0 ? 1.0 : 0.0;
    if (number == first_index_ + static_cast<double>(inputs_.steps)) return;
    refuse(line_, quoted(cells_[column].text),
           formatted("stands in the index column, and the rows before it count up to {}; the index must count the "
                     "rows 0, 1, 2 …",
                     static_cast<double>(inputs_.steps) - 1 + first_index_),
           "to_csv(index=False) leaves it out; if the column is an input, give it a name");
  }

  void note_styles() {
    const bool repeats = count_up(cells_);
    for (std::size_t k = indices_; k < cells_.size(); ++k) {
      Column& column = columns_[k - indices_];
      const Style style = styles_[k];
      if (style == Style::whole) {
        column.whole = true;
        repeated_ |= repeats;
      } else {
        column.real = true;
        column.integral |= style == Style::integral;
      }
    }
  }

  /// Whether a first row of 0, 1, 2 … is a heading.
  bool is_heading_of_numbers() const {
    if (inputs_.steps == 1) return false;
    const auto any = [&](auto&& is) { return std::any_of(columns_.begin(), columns_.end(), is); };
    // If even whole numbers of a column have a point, the program that wrote it always writes a point.
    if (any([](const Column& c) { return !c.whole && c.integral; })) return true;
    const bool all_real = !any([](const Column& c) { return c.whole; });
    if (all_real && columns_.size() >= 3) return true;
    // If some of its numbers have no point, the file may have been written by hand, and the first row may be numbers,
    // too.
    if (!repeated_ && any([](const Column& c) { return c.whole && c.real; })) return false;
    refuse(
        first_row_line(), "the numbers from 0 on", "could be the first step, or the names that pandas gives to columns",
        "if they are names, to_csv(header=False, index=False) leaves them out; if they are a step, write a line that "
        "begins with # above them");
  }

  /// If there is no heading and the first column counts the rows beside real numbers, it is an index from to_csv().
  void refuse_unnamed_index() const {
    const bool beside_reals =
        std::any_of(columns_.begin(), columns_.end(), [](const Column& c) { return c.real && !c.whole; });
    if (!counts_up_ || numbered_ || inputs_.steps < 3 || inputs_.features < 2 || !beside_reals) return;
    refuse(first_row_line(), "the first column counts the rows", "could be an input, or the index that pandas writes",
           "to_csv(index=False) leaves it out; if it is an input, write a line that begins with # above the first row");
  }

  /// The line of the first row, if neither a heading nor a line with "#" is above it.
  static constexpr std::size_t first_row_line() { return 1; }

  void drop_first_row() {
    const auto first = inputs_.values.begin();
    inputs_.values.erase(first, first + static_cast<std::ptrdiff_t>(inputs_.features));
    --inputs_.steps;
  }

  InputArray inputs_;
  std::size_t line_ = 0;
  std::size_t empty_line_ = 0;          // the first empty line since the last row; empty lines at the end are harmless
  std::optional<Separator> separator_;  // unset before the first row
  std::vector<Cell> cells_;
  std::vector<Style> styles_;
  bool marked_ = false;           // a line that begins with # is above the first row
  std::size_t heading_line_ = 0;  // 0: no heading
  std::size_t indices_ = 0;       // columns that count the rows
  std::size_t names_ = 0;         // columns of numbers that the heading names; 0: no heading
  double first_index_ = 0.0;
  bool numbered_ = false;   // the first row is 0, 1, 2 …
  bool quoted_ = false;     // all cells of the first row are in double quotes
  bool repeated_ = false;   // a later row is 0, 1, 2 … too
  bool counts_up_ = false;  // the first column is 0, 1, 2 … so far
  std::vector<Column> columns_;
};

/// Refuses content that is no readable text, by its beginning.
void check_beginning(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> marks{{
      {{"\xFF\xFE\0\0", 4}, "UTF-32"},
      {{"\0\0\xFE\xFF", 4}, "UTF-32"},
      {{"\xFF\xFE", 2}, "UTF-16"},
      {{"\xFE\xFF", 2}, "UTF-16"},
  }};
  for (const auto& [mark, encoding] : marks) {
    if (!text.starts_with(mark)) continue;
    refuse(1, formatted("the text is {}", encoding), "must be UTF-8", "to_csv(encoding='utf-8') writes it");
  }
  if (const std::string advice = advice_on_content(text); !advice.empty()) {
    throw FormatError("the file", "is not a table of text", advice);
  }
}

}  // namespace

InputArray read_csv(const Source& source) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  Reader reader;
  std::string text;  // text that was read and is not yet a whole line
  std::size_t lines = 0;
  bool begun = false;
  std::vector<char> piece(1U << 16U);
  for (;;) {
    const std::size_t got = source.read(std::as_writable_bytes(std::span(piece)));
    const std::size_t searched = text.size();
    text.append(piece.data(), got);
    if (!std::exchange(begun, true)) {
      check_beginning(text);
      if (text.starts_with(byte_order_mark)) text.erase(0, byte_order_mark.size());
    }
    std::size_t begin = 0;
    const auto take = [&](std::size_t end) {
      const std::string_view line = std::string_view(text).substr(begin, end - begin);
      if (line.find('\0') != std::string_view::npos) {
        refuse(lines + 1, "the line holds a zero byte", "must be text in UTF-8");
      }
      reader.take(line);
      ++lines;
      begin = end + 1;
    };
    for (std::size_t end = text.find('\n', std::min(searched, text.size())); end != std::string::npos;
         end = text.find('\n', begin)) {
      take(end);
    }
    const bool over = got < piece.size();
    if (over && begin < text.size()) take(text.size());
    if (over) return reader.take_all();
    if (text.find('\0', std::max(searched, begin)) != std::string::npos) {
      refuse(lines + 1, "the line holds a zero byte", "must be text in UTF-8");
    }
    text.erase(0, begin);
    if (text.size() > longest_line) {
      refuse(lines + 1, formatted("more than {} bytes", longest_line), "is too long for a row");
    }
  }
}

InputArray parse_csv(std::string_view text) { return read_csv(source_of(text)); }

}  // namespace sorn::io

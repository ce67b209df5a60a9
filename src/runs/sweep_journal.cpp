#include "runs/sweep_journal.hpp"

#include "io/files/atomic_file.hpp"
#include "io/files/checksum.hpp"
#include "io/files/claim.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <charconv>
#include <iterator>
#include <span>

namespace sorn::runs {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view first_line = "sorn-sweep 1\n";
constexpr std::string_view end_of_description = "runs ";
constexpr auto between_syncs = 1s;

std::uint64_t checksum(std::string_view text) { return io::crc64(std::as_bytes(std::span(text.data(), text.size()))); }

template <class Number>
bool parse(std::string_view text, Number& number, int base = 10) {
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number, base);
  return error == std::errc{} && rest == end;
}

bool parse(std::string_view text, double& number) {
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && rest == end;
}

/// Removes the part before the next blank from the text, and returns it.
std::string_view next_word(std::string_view& text) {
  const std::size_t blank = text.find(' ');
  const std::string_view word = text.substr(0, blank);
  text.remove_prefix(blank == std::string_view::npos ? text.size() : blank + 1);
  return word;
}

/// The text with escapes, as a part of a line.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\') {
      result += "\\\\";
    } else if (c == '\n') {
      result += "\\n";
    } else {
      result += c;
    }
  }
  return result;
}

std::string unescaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '\\' && i + 1 < text.size();
    if (escape) ++i;
    result += escape && text[i] == 'n' ? '\n' : text[i];
  }
  return result;
}

std::string header_of(const SweepJournal::Description& description) {
  std::string text(first_line);
  for (const auto& [key, value] : description) text += formatted("{} = {}\n", escaped(key), escaped(value));
  return text + formatted("{}{:016x}\n", end_of_description, checksum(text));
}

/// The lines "key = value" of a header, and its length in bytes.
struct Header {
  SweepJournal::Description description;
  std::size_t size = 0;
};

/// The header at the beginning of the text; empty if it is not complete.
std::optional<Header> header_in(std::string_view text) {
  if (!text.starts_with(first_line)) return {};
  Header header;
  for (std::size_t at = first_line.size(); at < text.size();) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos) return {};
    const std::string_view line = text.substr(at, end - at);
    const std::size_t equals = line.find(" = ");
    if (equals == std::string_view::npos) {
      std::uint64_t sum = 0;
      const bool whole = line.starts_with(end_of_description) && parse(line.substr(end_of_description.size()), sum, 16);
      if (!whole || sum != checksum(text.substr(0, at))) return {};
      header.size = end + 1;
      return header;
    }
    header.description.emplace_back(unescaped(line.substr(0, equals)), unescaped(line.substr(equals + 3)));
    at = end + 1;
  }
  return {};
}

/// The first difference of two descriptions, such as "steps = 500 there and 1000 here".
std::string difference(const SweepJournal::Description& there, const SweepJournal::Description& here) {
  const auto value_of = [](const SweepJournal::Description& lines, const std::string& key) {
    for (const auto& [name, value] : lines) {
      if (name == key) return formatted("'{}'", value);
    }
    return std::string("nothing");
  };
  for (const auto* lines : {&here, &there}) {
    for (const auto& [key, unused] : *lines) {
      const std::string a = value_of(there, key);
      const std::string b = value_of(here, key);
      if (a != b) return formatted("{} is {} there and {} here", key, a, b);
    }
  }
  return "its keys are in another order";
}

}  // namespace

std::string line_of(const SweepOutcome& outcome) {
  std::string line = formatted("{} {} {:.6f}", outcome.index, outcome.failed() ? "failed" : "ok", outcome.seconds);
  if (outcome.failed()) {
    line += ' ' + escaped(outcome.error);
  } else {
    for (const double value : outcome.values) {
      line += formatted(" {:016x}", std::bit_cast<std::uint64_t>(value));
    }
  }
  return line + formatted(" {:016x}", checksum(line));
}

std::optional<SweepOutcome> outcome_of(std::string_view line) {
  const std::size_t last_blank = line.rfind(' ');
  if (last_blank == std::string_view::npos) return {};
  std::uint64_t sum = 0;
  if (!parse(line.substr(last_blank + 1), sum, 16) || sum != checksum(line.substr(0, last_blank))) return {};
  line = line.substr(0, last_blank);
  SweepOutcome outcome;
  if (!parse(next_word(line), outcome.index)) return {};
  const std::string_view word = next_word(line);
  if (!parse(next_word(line), outcome.seconds)) return {};
  if (word == "failed") {
    outcome.error = unescaped(line);
    return outcome;
  }
  while (!line.empty()) {
    std::uint64_t bits = 0;
    if (!parse(next_word(line), bits, 16)) return {};
    outcome.values.push_back(std::bit_cast<double>(bits));
  }
  if (word != "ok") return {};
  return outcome;
}

SweepJournal::SweepJournal(std::filesystem::path path, const Description& description)
    : path_(std::move(path)), last_sync_(Clock::now()) {
  // Do not follow a link, nor wait for the other end of a pipe: only a regular file can be a journal.
  descriptor_ = open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
  if (descriptor_ < 0 && errno != ELOOP && errno != ENXIO) io::throw_system_error("write", path_, errno);
  try {
    const io::Lock locked = descriptor_ < 0 ? io::Lock::impossible : io::lock(descriptor_);
    if (locked == io::Lock::held_by_another) {
      throw IoError(formatted("'{}'", path_.string()), "another process is working on this sweep",
                    "let it end first, or give another folder with --out");
    }
    if (descriptor_ < 0 || !io::is_only_name_of(path_, descriptor_)) {
      throw IoError(formatted("'{}'", path_.string()),
                    "must be a journal, which has no other name and is no link, pipe or device",
                    "move it away, or give another folder with --out");
    }
    read(description);
  } catch (...) {
    if (descriptor_ >= 0) close(descriptor_);
    throw;
  }
}

SweepJournal::~SweepJournal() {
  flock(descriptor_, LOCK_UN);  // unlocks even if a child process has inherited the descriptor
  close(descriptor_);
}

void SweepJournal::read(const Description& description) {
  std::string text;
  std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t got = ::read(descriptor_, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) io::throw_system_error("read", path_, errno);
    if (got == 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (!std::string_view(text).starts_with(first_line.substr(0, text.size()))) break;  // no journal: stop reading
  }
  const std::string header = header_of(description);
  const auto found = header_in(text);
  if (!found) {
    // A process may have been killed while it wrote the header.
    if (!std::string_view(header).starts_with(text)) {
      throw FormatError(formatted("'{}'", path_.string()), "not the journal of a sweep, or damaged at its beginning",
                        "remove its folder to begin anew, or give another one with --out");
    }
    if (ftruncate(descriptor_, 0) != 0) io::throw_system_error("write", path_, errno);
    write(header);
    sync();
    if (const int code = io::sync_folder_of(path_); code != 0) io::throw_system_error("write", path_, code);
    return;
  }
  if (found->description != description) {
    throw ParameterError(formatted("'{}' is the journal of another sweep", path_.string()),
                         difference(found->description, description),
                         "give another folder with --out, or remove this one to begin anew");
  }
  std::size_t at = found->size;
  for (std::size_t end = 0; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
    if (auto outcome = outcome_of(std::string_view(text).substr(at, end - at))) {
      outcomes_[outcome->index] = std::move(*outcome);
    } else {
      ++damaged_lines_;
    }
  }
  if (at < text.size() && ftruncate(descriptor_, static_cast<off_t>(at)) != 0) {
    io::throw_system_error("write", path_, errno);
  }
}

void SweepJournal::append(const SweepOutcome& outcome) {
  write(line_of(outcome) + '\n');
  outcomes_[outcome.index] = outcome;
  if (Clock::now() - last_sync_ >= between_syncs) sync();
}

void SweepJournal::sync() {
  if (fsync(descriptor_) != 0) io::throw_system_error("write", path_, errno);
  last_sync_ = Clock::now();
}

void SweepJournal::write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) io::throw_system_error("write", path_, errno);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace sorn::runs

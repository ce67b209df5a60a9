#include "team/agreement.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/error_kinds.hpp"
#include "support/format.hpp"

namespace sorn {

namespace {

/// The code of an error in a message: 0 if there is none, from 1 on the place of its kind in error_kinds(), and two
/// codes for other exceptions.
constexpr std::uint64_t no_error = 0;
constexpr std::uint64_t no_memory = 1000;
constexpr std::uint64_t foreign = 1001;

/// An error in a form that can be sent to other ranks.
struct ErrorReport {
  std::uint64_t kind = no_error;
  std::string subject, rule, suggestion;
};

ErrorReport report_of(const std::exception_ptr& error) {
  if (!error) return {};
  try {
    std::rethrow_exception(error);
  } catch (const Error& e) {
    const auto place = static_cast<std::uint64_t>(&kind_of(e) - error_kinds().data());
    return {1 + place, e.subject(), e.rule(), e.suggestion()};
  } catch (const std::bad_alloc&) {
    return {no_memory, "", "", ""};
  } catch (const std::exception& e) {
    return {foreign, e.what(), "", ""};
  } catch (...) {
    return {foreign, "an unknown error", "", ""};
  }
}

[[noreturn]] void rethrow(std::size_t rank, const ErrorReport& report) {
  if (report.kind == no_memory) throw std::bad_alloc();
  const std::string subject = formatted("rank {}: {}", rank, report.subject);
  if (report.kind <= error_kinds().size())
    error_kinds()[report.kind - 1].raise(subject, report.rule, report.suggestion);
  throw std::runtime_error(subject);
}

/// Brings a text of `rank` to all ranks.
std::string shared_text(Ranks& ranks, std::size_t rank, std::string text, std::size_t size) {
  const std::size_t count = (size + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);
  std::vector<std::uint64_t> words(count, 0);
  if (rank == ranks.rank() && size > 0) std::memcpy(words.data(), text.data(), size);
  std::vector<std::size_t> bounds(ranks.size() + 1, 0);
  std::fill(bounds.begin() + static_cast<std::ptrdiff_t>(rank) + 1, bounds.end(), count);
  ranks.all_gather(words, bounds);
  text.resize(size);
  if (size > 0) std::memcpy(text.data(), words.data(), size);
  return text;
}

}  // namespace

std::vector<std::uint64_t> numbers_of_all(Ranks* ranks, std::uint64_t own) {
  if (ranks == nullptr) return {own};
  std::vector<std::uint64_t> numbers(ranks->size());
  std::vector<std::size_t> bounds(ranks->size() + 1);
  std::iota(bounds.begin(), bounds.end(), std::size_t{0});
  numbers[ranks->rank()] = own;
  ranks->all_gather(numbers, bounds);
  return numbers;
}

bool anyone(Ranks* ranks, bool own) {
  const auto answers = numbers_of_all(ranks, own ? 1 : 0);
  return std::any_of(answers.begin(), answers.end(), [](std::uint64_t answer) { return answer != 0; });
}

void agree(Ranks* ranks, const std::exception_ptr& own) {
  if (ranks == nullptr || ranks->size() == 1) {
    if (own) std::rethrow_exception(own);
    return;
  }
  constexpr std::size_t fields = 4;  // the kind, and the lengths of the three texts
  ErrorReport report = report_of(own);
  std::vector<std::uint64_t> words(fields * ranks->size());
  std::vector<std::size_t> bounds;
  for (std::size_t r = 0; r <= ranks->size(); ++r) bounds.push_back(r * fields);
  std::uint64_t* const mine = words.data() + bounds[ranks->rank()];
  mine[0] = report.kind;
  mine[1] = report.subject.size();
  mine[2] = report.rule.size();
  mine[3] = report.suggestion.size();
  ranks->all_gather(words, bounds);

  std::size_t first = 0;
  while (first < ranks->size() && words[fields * first] == no_error) ++first;
  if (first == ranks->size()) return;
  const std::uint64_t* const theirs = words.data() + fields * first;
  report.kind = theirs[0];
  report.subject = shared_text(*ranks, first, std::move(report.subject), theirs[1]);
  report.rule = shared_text(*ranks, first, std::move(report.rule), theirs[2]);
  report.suggestion = shared_text(*ranks, first, std::move(report.suggestion), theirs[3]);
  if (own) std::rethrow_exception(own);
  rethrow(first, report);
}

}  // namespace sorn

#include "support/error_kinds.hpp"

#include <algorithm>
#include <array>
#include <type_traits>
#include <utility>

namespace sorn {

namespace {

/// A function of its own, because the compiler warns of a dynamic_cast to the same class, which always succeeds.
template <class E>
bool holds(const Error& error) {
  if constexpr (std::is_same_v<E, Error>) {
    return true;
  } else {
    return dynamic_cast<const E*>(&error) != nullptr;
  }
}

template <class E>
constexpr ErrorKind kind(std::string_view name, int exit_code, bool about_a_value) {
  return {name, exit_code, about_a_value, holds<E>, [](std::string subject, std::string rule, std::string suggestion) {
            throw E(std::move(subject), std::move(rule), std::move(suggestion));
          }};
}

constexpr std::array all_kinds{
    kind<UnknownNameError>("UnknownNameError", exit_bad_input, true),
    kind<ParameterError>("ParameterError", exit_bad_input, true),
    kind<ShapeError>("ShapeError", exit_bad_input, true),
    kind<StateError>("StateError", exit_bad_input, true),
    kind<RuleError>("RuleError", exit_bad_input, false),
    kind<ParallelError>("ParallelError", exit_bad_input, false),
    kind<IoError>("IoError", exit_file_trouble, false),
    kind<FormatError>("FormatError", exit_file_trouble, false),
    kind<Error>("SornError", exit_bad_input, false),
};

}  // namespace

std::span<const ErrorKind> error_kinds() noexcept { return all_kinds; }

const ErrorKind& kind_of(const Error& error) noexcept {
  return *std::find_if(all_kinds.begin(), all_kinds.end() - 1,
                       [&](const ErrorKind& kind) { return kind.holds(error); });
}

}  // namespace sorn

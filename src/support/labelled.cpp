#include "support/labelled.hpp"

#include "support/error_kinds.hpp"
#include "support/format.hpp"

#include <exception>

namespace sorn {

void rethrow_labelled(std::string_view label) {
  try {
    throw;
  } catch (const Error& error) {
    kind_of(error).raise(formatted("{}: {}", label, error.subject()), error.rule(), error.suggestion());
  }
  std::terminate();  // each kind throws
}

}  // namespace sorn

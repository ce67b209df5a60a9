// Errors with a label before their message.
#pragma once

#include <string_view>

namespace sorn {

/// Rethrows the error that is being handled, with "label: " before its message if it is a sorn::Error. Its type stays
/// the same.
[[noreturn]] void rethrow_labelled(std::string_view label);

/// Runs `work`, and puts the label before the messages of its errors.
template <class Work>
auto labelled(std::string_view label, Work&& work) {
  try {
    return work();
  } catch (...) {
    rethrow_labelled(label);
  }
}

}  // namespace sorn

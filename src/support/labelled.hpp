// Errors that begin with what they are about.
#pragma once

#include <string_view>

namespace sorn {

/// Throws the error that is being caught, if it is one of ours, with "label: " before it. Its type stays; what is not
/// ours is thrown as it is.
[[noreturn]] void rethrow_labelled(std::string_view label);

/// Runs `work`, and lets its errors begin with the label.
template <class Work>
auto labelled(std::string_view label, Work&& work) {
  try {
    return work();
  } catch (...) {
    rethrow_labelled(label);
  }
}

}  // namespace sorn

// The message of an expected exception.
#pragma once

#include <gtest/gtest.h>

#include <exception>
#include <string>

namespace sorn::test {

/// The message of the exception of type E that `body` throws. The test fails if `body` throws another exception or
/// none.
template <class E, class Body>
std::string message_of(Body&& body) {
  try {
    body();
  } catch (const E& error) {
    return error.what();
  } catch (const std::exception& error) {
    ADD_FAILURE() << "another exception: " << error.what();
    return {};
  }
  ADD_FAILURE() << "no exception";
  return {};
}

}  // namespace sorn::test

// Memory for intermediate values, which copies do not carry over.
#pragma once

#include <cstddef>
#include <vector>

namespace sorn {

/// A vector whose values mean nothing between two uses. A copy has the size, and values of its own.
template <class T>
class Scratch : public std::vector<T> {
public:
  explicit Scratch(std::size_t n) : std::vector<T>(n) {}
  Scratch(const Scratch& other) : std::vector<T>(other.size()) {}
  Scratch(Scratch&&) noexcept = default;
  Scratch& operator=(const Scratch& other) {
    this->resize(other.size());
    return *this;
  }
  Scratch& operator=(Scratch&&) noexcept = default;
  ~Scratch() = default;
};

}  // namespace sorn

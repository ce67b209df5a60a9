// Columns in which synapses have vanished, until the matrix removes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sorn::kernels {

/// Collects columns, each once.
class Vanished {
public:
  explicit Vanished(std::size_t n_post) : is_listed_(n_post, 0) { list_.reserve(n_post); }

  void add(std::uint32_t post) noexcept {
    if (is_listed_[post] != 0) return;
    is_listed_[post] = 1;
    list_.push_back(post);  // within its capacity
  }
  std::span<const std::uint32_t> list() const noexcept { return list_; }
  void clear() noexcept {
    for (const std::uint32_t post : list_) is_listed_[post] = 0;
    list_.clear();
  }

private:
  std::vector<std::uint32_t> list_;
  std::vector<std::uint8_t> is_listed_;
};

}  // namespace sorn::kernels

// The columns with vanished synapses, until the matrix removes these.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sorn::kernels {

/// Collects each column once.
class Vanished {
public:
  explicit Vanished(std::size_t n_post) : list_(n_post), is_listed_(n_post, 0) {}

  void add(std::uint32_t post) noexcept {
    if (is_listed_[post] != 0) return;
    is_listed_[post] = 1;
    list_[count_++] = post;
  }
  std::span<const std::uint32_t> list() const noexcept { return std::span(list_).first(count_); }
  void clear() noexcept {
    for (const std::uint32_t post : list()) is_listed_[post] = 0;
    count_ = 0;
  }

private:
  std::vector<std::uint32_t> list_;  // of full size, because a copy would not keep a capacity
  std::size_t count_ = 0;
  std::vector<std::uint8_t> is_listed_;
};

}  // namespace sorn::kernels

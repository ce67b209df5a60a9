// The synapses of a slice that a step makes and removes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sorn {

struct SynapseChange {
  std::uint32_t pre;
  std::uint32_t post;
  bool birth;
};

/// Collects the changes in their order. A pair may come and go in one step.
class SynapseLog {
public:
  /// Forgets all changes. If it is `on`, it has room for `most` changes afterwards, and otherwise takes none.
  void begin(bool on, std::size_t most) {
    on_ = on;
    changes_.clear();
    // Memory that is never written takes no room on the machine.
    if (on && changes_.capacity() < most) changes_.reserve(most + most / 8);
  }

  void add(std::size_t pre, std::size_t post, bool birth) noexcept {
    if (on_) changes_.push_back({static_cast<std::uint32_t>(pre), static_cast<std::uint32_t>(post), birth});
  }

  std::span<SynapseChange> changes() noexcept { return changes_; }

private:
  bool on_ = false;
  std::vector<SynapseChange> changes_{};
};

}  // namespace sorn

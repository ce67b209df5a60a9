#include "core/window.hpp"

#include "core/quantity.hpp"

#include <algorithm>

namespace sorn {

bool same_windows(const RecordRequest& a, const RecordRequest& b) noexcept {
  return a.stride == b.stride && a.begin == b.begin && a.end == b.end;
}

std::vector<RecordRequest> distinct_windows(std::span<const RecordRequest> requests) {
  std::vector<RecordRequest> found;
  for (const RecordRequest& request : requests) {
    if (!info(request.quantity).is_of_window()) continue;
    const bool known = std::any_of(found.begin(), found.end(),
                                   [&](const RecordRequest& before) { return same_windows(before, request); });
    if (!known) found.push_back(request);
  }
  return found;
}

std::uint64_t steps_of_part(const RecordRequest& request, std::uint64_t begin, std::uint64_t step) noexcept {
  const std::uint64_t first = next_recorded(request, step);
  return first >= begin && first < step && first < request.end ? step - first : 0;
}

}  // namespace sorn

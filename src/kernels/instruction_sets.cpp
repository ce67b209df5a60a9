#include "kernels/instruction_sets.hpp"

#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/instruction_sets.cpp"  // NOLINT(cppcoreguidelines-macro-usage): Highway's way
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace sorn::kernels::HWY_NAMESPACE {
namespace {

std::int64_t target() { return HWY_TARGET; }

}  // namespace
}  // namespace sorn::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sorn::kernels {

namespace {

HWY_EXPORT(target);

/// The names of the sets in a mask. In Highway a better set has a lower bit.
std::vector<std::string> names(std::int64_t mask) {
  std::vector<std::string> found;
  for (std::int64_t rest = mask; rest != 0; rest &= rest - 1) found.emplace_back(hwy::TargetName(rest & -rest));
  return found;
}

}  // namespace

InstructionSets instruction_sets() {
  return {hwy::TargetName(HWY_DYNAMIC_DISPATCH(target)()),
          names((hwy::SupportedTargets() & HWY_TARGETS) | HWY_STATIC_TARGET), names(HWY_TARGETS)};
}

}  // namespace sorn::kernels
#endif

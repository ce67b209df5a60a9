#include "helpers/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "helpers/targets.cpp"  // NOLINT(cppcoreguidelines-macro-usage): Highway's way
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace sorn::test::HWY_NAMESPACE {
namespace {

std::int64_t Target() { return HWY_TARGET; }

}  // namespace
}  // namespace sorn::test::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sorn::test {

HWY_EXPORT(Target);

std::vector<std::int64_t> targets() {
  std::vector<std::int64_t> found;
  // The dispatch falls back to HWY_STATIC_TARGET, which SupportedTargets() need not list.
  const std::int64_t all = (hwy::SupportedTargets() & HWY_TARGETS) | HWY_STATIC_TARGET;
  for (std::int64_t rest = all; rest != 0; rest &= rest - 1) found.push_back(rest & -rest);
  return found;
}

std::string target_name(std::int64_t target) { return hwy::TargetName(target); }

std::int64_t running_target() { return HWY_DYNAMIC_DISPATCH(Target)(); }

OnlyTarget::OnlyTarget(std::int64_t target) {
  hwy::SetSupportedTargetsForTest(target);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

OnlyTarget::~OnlyTarget() {
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace sorn::test
#endif

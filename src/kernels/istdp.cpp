#include "kernels/istdp.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/istdp.cpp"  // NOLINT(cppcoreguidelines-macro-usage): Highway's way
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace sorn::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// One weight in a vector register, so that the bounds need no branch: which weights reach them is unpredictable.
using One = hn::CappedTag<double, 1>;

/// Changes weights, and remembers whether one has become the lower bound.
struct Change {
  hn::Vec<One> low;
  hn::Vec<One> smallest = hn::Set(One(), 1.0);

  HWY_ATTR explicit Change(double lower) : low(hn::Set(One(), lower)) {}

  HWY_ATTR HWY_INLINE void operator()(double* weight, double change) {
    const One d;
    const auto next = hn::Add(hn::LoadU(d, weight), hn::Set(d, change));
    hn::StoreU(hn::IfThenElse(hn::Le(next, hn::Zero(d)), low, hn::Min(next, hn::Set(d, 1.0))), d, weight);
    smallest = hn::Min(smallest, next);
  }
  HWY_ATTR HWY_INLINE bool has_fallen() const { return hn::GetLane(smallest) <= 0.0; }
};

/// Visits one excitatory unit after the other, so that its weights are changed together.
HWY_ATTR void istdp_of_all(const Columns& synapses, std::span<const std::uint32_t> active,
                           std::span<const std::uint8_t> now, const double* changes, double low, Vanished& vanished) {
  if (active.empty()) return;
  for (std::uint32_t post = 0; post < synapses.n_post; ++post) {
    double* const weight = synapses.weight + synapses.start[post];
    const double change = changes[now[post]];
    Change by(low);
    for (const std::uint32_t pre : active) by(weight + pre, change);
    synapses.settled[post] = 0;
    if (low == 0.0 && by.has_fallen()) vanished.add(post);
  }
}

}  // namespace
}  // namespace sorn::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sorn::kernels {

HWY_EXPORT(istdp_of_all);

void istdp(const Columns& synapses, std::span<const std::uint32_t> active, std::span<const std::uint8_t> now,
           double eta, double mu_ip, double low, Vanished& vanished) noexcept {
  // The change of a synapse, if its excitatory unit is silent and if it fires.
  const double change[2] = {-eta * (1.0 - 0.0 * (1.0 + 1.0 / mu_ip)), -eta * (1.0 - 1.0 * (1.0 + 1.0 / mu_ip))};
  if (synapses.all_to_all) {
    HWY_DYNAMIC_DISPATCH(istdp_of_all)(synapses, active, now, change, low, vanished);
    return;
  }
  double* const weight = synapses.weight;
  std::uint8_t* const settled = synapses.settled;
  ListedRows listed(*synapses.outgoing, active);
  while (listed.next()) {
    for (std::size_t n = 0; n < listed.size(); ++n) {
      for (const Outgoing synapse : listed.row(n)) {
        const double next = weight[synapse.entry()] + change[now[synapse.post()]];
        weight[synapse.entry()] = next > 1.0 ? 1.0 : next;
        settled[synapse.post()] = 0;
        if (next <= 0.0) {
          weight[synapse.entry()] = low;
          if (low == 0.0) vanished.add(synapse.post());
        }
      }
    }
  }
}

void bound_inhibitory(const Columns& synapses, double low, Vanished& vanished) noexcept {
  for (std::uint32_t post = 0; post < synapses.n_post; ++post) {
    double* const weight = synapses.weight + synapses.start[post];
    for (std::uint32_t k = 0; k < synapses.length[post]; ++k) {
      if (weight[k] > 0.0 && weight[k] <= 1.0) continue;
      weight[k] = weight[k] > 1.0 ? 1.0 : low;
      synapses.settled[post] = 0;
      if (weight[k] == 0.0) vanished.add(post);
    }
  }
}

}  // namespace sorn::kernels
#endif

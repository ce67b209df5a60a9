#include <sorn/online_statistics.hpp>

#include "analysis/windows.hpp"

#include <sorn/measures.hpp>
#include <sorn/share.hpp>

namespace sorn {

struct OnlineStatistics::Implementation {
  analysis::Windows windows;
  const Network& network;
  Observer& next;
};

OnlineStatistics::OnlineStatistics(const Network& network, std::span<const RecordRequest> requests, Observer& next)
    : implementation_(std::make_unique<Implementation>(Implementation{
          analysis::Windows(requests, network.state(), network.state().step, measure_names()), network, next})) {}

OnlineStatistics::~OnlineStatistics() = default;

bool OnlineStatistics::sees_synapses() const noexcept { return implementation_->next.sees_synapses(); }

Observer::Outcome OnlineStatistics::on_step(const StepView& view) {
  auto& [windows, network, next] = *implementation_;
  windows.add(view);
  if (!windows.end_with(view.step)) return next.on_step(view);
  if (network.ranks() == nullptr) return next.on_step(view.with(windows.rows(view.step, view.state)));
  const State whole = gathered(view.state, *network.ranks());
  const bool first = network.ranks()->rank() == 0;
  return next.on_step(view.with(windows.rows(view.step, first ? whole : view.state)));
}

}  // namespace sorn

#include "runs/disk_room.hpp"

#include "core/quantity.hpp"
#include "io/files/atomic_file.hpp"
#include "io/recording_writer.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>
#include <sorn/measures.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <system_error>

namespace sorn::runs {

namespace {

/// The least number of bytes for a row. Values that change from step to step compress little: in networks of the
/// default size, each initial weight with its place in the matrix was measured to take 7 bytes or more, and a
/// threshold 6. All other values may be equal in all rows, which deflate compresses as far as it can.
double least_bytes(const RecordRequest& request, const State& state, const RunOptions& options) {
  constexpr double most_compression = 1032.0;
  const Quantity quantity = request.quantity;
  const Sizes sizes = sizes_of(state, options.signals.size(), measure_names());
  const io::RowFormat format = io::RecordingFormat::of(request, sizes).datasets.front();  // of lists their index
  const double packed = static_cast<double>(format.row_bytes()) / (format.type == ValueType::spike ? 8.0 : 1.0);
  double least = packed / most_compression;
  const auto changes = [&](Rule rule) { return options.phase == Phase::plasticity && !options.freeze.contains(rule); };
  if (quantity == Quantity::wee && changes(Rule::stdp)) {
    least = std::max(least, 6.0 * static_cast<double>(state.wee->synapse_count()));
  }
  // Most of these synapses may be pruned.
  if (quantity == Quantity::wei && changes(Rule::istdp)) {
    least = std::max(least, static_cast<double>(state.wei->synapse_count()));
  }
  if (quantity == Quantity::te && changes(Rule::ip)) least = std::max(least, 5.0 * static_cast<double>(state.ne()));
  return least;
}

}  // namespace

void require_room(const std::filesystem::path& target, const State& state, const RunPlan& plan,
                  std::uint64_t replicas) {
  double bytes = 0.0;
  for (const RecordRequest& request : plan.record) {
    const auto rows = static_cast<double>(rows_between(request, state.step, state.step + plan.steps));
    bytes += rows * least_bytes(request, state, plan.options);
  }
  if (plan.keep_checkpoints > 0) {
    const std::uint64_t kept = plan.keep_checkpoints == every_checkpoint ? plan.steps / plan.checkpoint_every
                                                                         : std::min(plan.keep_checkpoints, plan.steps);
    for (const Quantity quantity : {Quantity::wee, Quantity::te}) {
      bytes += static_cast<double>(kept) * least_bytes({quantity}, state, plan.options);
    }
  }
  const auto refuse_beyond = [&](double room, double wanted, const char* limit) {
    if (wanted <= room) return;
    throw ParameterError(
        formatted("{} steps{}: {} needs {:.3g} GB or more", plan.steps,
                  replicas > 1 ? formatted(" of {} replicas", replicas) : "",
                  plan.keep_checkpoints > 0 ? "what they keep" : "recording them", wanted / 1e9),
        formatted("{} {:.3g} GB", limit, room / 1e9),
        plan.keep_checkpoints > 0 ? "record or keep less" : "record fewer quantities, or give a stride");
  };
  std::error_code unknown;
  if (std::filesystem::exists(target, unknown) && !std::filesystem::is_regular_file(target, unknown)) return;
  rlimit largest{};
  if (getrlimit(RLIMIT_FSIZE, &largest) == 0 && largest.rlim_cur != RLIM_INFINITY) {
    refuse_beyond(static_cast<double>(largest.rlim_cur), bytes, "the limit on file sizes (ulimit -f) is");
  }
  const std::filesystem::path place = io::resolved(target);
  const auto space = std::filesystem::space(place.has_parent_path() ? place.parent_path() : ".", unknown);
  if (!unknown) {
    refuse_beyond(static_cast<double>(space.available), bytes * static_cast<double>(replicas), "the disk has left");
  }
}

}  // namespace sorn::runs

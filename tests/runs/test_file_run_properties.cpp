// Any run with any recordings and interruptions ends like an uninterrupted run.
#include "core/quantity.hpp"
#include "helpers/any_parameters.hpp"
#include "helpers/any_source.hpp"
#include "helpers/temporary_folder.hpp"
#include "helpers/thread_ranks.hpp"
#include "runs/drive.hpp"
#include "runs/replay.hpp"

#include <sorn/file_run.hpp>
#include <sorn/io.hpp>
#include <sorn/sorn.hpp>
#include <sorn/time_travel.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>
#include <utility>

namespace sorn {
namespace {

using test::any_freeze;
using test::any_parameters;
using test::any_reals;

/// Random requests for a run of the steps from `begin` to `end` - 1.
/// @param outputs  whether the network has output units
std::vector<RecordRequest> any_requests(std::uint64_t begin, std::uint64_t end, bool outputs) {
  std::vector<RecordRequest> requests;
  for (const QuantityInfo& quantity : quantity_table()) {
    if (quantity.is_of_outputs() && !outputs) continue;
    if (*rc::gen::inRange(0, 3) > 0) continue;
    RecordRequest& request = requests.emplace_back(RecordRequest{quantity.quantity});
    const std::uint64_t least = quantity.is_of_window() ? 2 : 1;
    request.stride = quantity.is_events() ? 1 : *rc::gen::inRange<std::uint64_t>(least, 12);
    request.dense = quantity.is_weights() && *rc::gen::arbitrary<bool>();
    if (*rc::gen::inRange(0, 3) == 0) {
      request.begin = *rc::gen::inRange<std::uint64_t>(0, end);
      request.end = std::max(request.begin, begin) + 1 + *rc::gen::inRange<std::uint64_t>(0, end);
    }
  }
  return requests;
}

/// Whether two recordings have the same values; a measure that is not defined is NaN in both.
bool same_values(const Recording& a, const Recording& b) {
  if (info(a.request.quantity).is_events()) return a.values == b.values;
  const auto bytes = [](const Recording& recording) {
    return std::visit([](const auto& values) { return std::as_bytes(std::span(values)); }, recording.values);
  };
  return a.columns == b.columns && std::ranges::equal(bytes(a), bytes(b));
}

/// Calls run(ranks) on one to four ranks, or run(nullptr). @returns its result, which must be the same on all ranks
template <class Run>
std::uint64_t on_any_ranks(Run run) {
  const auto count = *rc::gen::inRange<std::size_t>(0, 5);
  if (count == 0) return run(nullptr);
  std::vector<std::uint64_t> returned(count);
  test::on_ranks(count, [&](const std::shared_ptr<Ranks>& ranks) { returned[ranks->rank()] = run(ranks); });
  RC_ASSERT(std::count(returned.begin(), returned.end(), returned[0]) == static_cast<std::ptrdiff_t>(count));
  return returned[0];
}

RC_GTEST_PROP(FileRunProperty, EndsTheSameAfterAnyInterruptions, ()) {
  const test::TemporaryFolder folder;
  const Parameters parameters = any_parameters();
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  const auto steps = *rc::gen::inRange<std::uint64_t>(1, 120);
  const auto before = *rc::gen::inRange<std::size_t>(0, 20);  // steps before the run

  RunPlan plan;
  plan.steps = steps;
  plan.record = any_requests(before, before + steps, parameters.no > 0);
  plan.options.phase = *rc::gen::element(Phase::plasticity, Phase::plasticity, Phase::training);
  plan.options.freeze = any_freeze();
  std::vector<double> inputs;
  std::vector<double> noise;
  const int drive = *rc::gen::inRange(0, 3);
  if (drive == 1) {
    test::Random random(*rc::gen::arbitrary<std::uint64_t>());
    SourceSpec spec = test::any_source(random);
    spec.pools = PoolKind::overlapping;
    spec.pool_size = random.between(1, parameters.ne);
    if (make_source(spec, parameters.ne, 1, seed)->end() >= before + steps) plan.options.source = spec;
  }
  if (drive == 2) {
    inputs = any_reals(parameters.nu * steps, -0.5, 1.5);
    plan.options.inputs = {inputs.data(), parameters.nu, steps, 1, static_cast<std::ptrdiff_t>(parameters.nu)};
  }
  const std::size_t units = parameters.ne + parameters.inhibitory_count();
  if (*rc::gen::arbitrary<bool>()) {
    noise = any_reals(units * steps, -0.3, 0.3);
    plan.options.noise = Noise::replayed({noise.data(), units, steps, static_cast<std::ptrdiff_t>(steps), 1});
  }
  // A run that records signals has some: an array, a function, or both.
  std::vector<double> reward;
  const auto records = [&](Quantity quantity) {
    return std::any_of(plan.record.begin(), plan.record.end(),
                       [=](const RecordRequest& request) { return request.quantity == quantity; });
  };
  const bool records_reward = records(Quantity::reward);  // without one it is NaN, which equals nothing
  if (records_reward || records(Quantity::signals) || *rc::gen::arbitrary<bool>()) {
    const auto function = [](std::uint64_t step) { return std::sqrt(static_cast<double>(step)); };
    const int kind = records_reward ? *rc::gen::element(0, 2) : *rc::gen::inRange(0, 3);
    if (kind != 0) plan.options.signals.push_back({"mark", function});
    reward = any_reals(steps, -1, 1);
    if (kind != 1) plan.options.signals.push_back({"reward", reward});
  }
  Network start(parameters, seed);
  start.run(before);

  // A log that the run repeats
  const bool draws_noise = plan.options.noise.replay.data == nullptr;
  for (std::uint64_t act = before + *rc::gen::inRange<std::uint64_t>(0, 2 * steps); act <= before + steps; act += 7) {
    if (draws_noise && *rc::gen::arbitrary<bool>()) {
      plan.replay.push_back({.step = act, .kind = ActKind::noise, .sigma = *rc::gen::element(0.0, 0.04, 0.3)});
      continue;
    }
    const bool frozen = runs::options_at(plan.replay, plan.options, act).freeze.contains(Rule::stdp);
    plan.replay.push_back({.step = act, .kind = frozen ? ActKind::unfreeze : ActKind::freeze, .rule = "stdp"});
  }
  const auto run_with_log = [&](Network& network, std::uint64_t count, std::span<Observer* const> observers) {
    const std::uint64_t end = network.state().step + count;
    while (network.state().step < end) {
      const std::uint64_t step = network.state().step;
      RunOptions options = runs::options_at(plan.replay, plan.options, step);
      options.inputs = runs::from_step(options.inputs, step - before);
      options.noise.replay = runs::from_step(options.noise.replay, step - before);
      options.signals = runs::from_step(options.signals, step - before);
      network.run(runs::next_act(plan.replay, step, end) - step, options, observers);
    }
  };

  // In memory, without interruptions
  Network whole = start;
  Recorder recorder(whole, plan.record, steps, ActivityFormat::byte, plan.options.signals.size(), measure_names());
  OnlineStatistics statistics(whole, plan.record, recorder);
  Observer* const observers[] = {&statistics};
  run_with_log(whole, steps, observers);

  // Into a file, with interruptions, each part on another number of ranks and threads
  const auto file = folder / "run.h5";
  plan.checkpoint_every = *rc::gen::inRange<std::uint64_t>(5, 40);
  const std::uint64_t least = before > 0 ? 1 : 0;  // without a landmark only a network that was new can be found
  plan.keep_checkpoints = *rc::gen::element(every_checkpoint, *rc::gen::inRange<std::uint64_t>(least, 9));
  const auto any_piece = [&] { return steps / 4 + 1 + *rc::gen::inRange<std::uint64_t>(0, steps); };
  std::uint64_t done = on_any_ranks([&, piece = any_piece()](const std::shared_ptr<Ranks>& ranks) {
    Network network = ranks ? Network(parameters, start.state(), ranks) : start;
    return FileRun(file, std::move(network), plan).run({}, piece);
  });
  bool went_back = false;
  while (done < steps) {
    // From the newest checkpoint, or, once, from any existing one
    std::filesystem::path from = file;
    auto names = folder.names();
    std::erase_if(names, [](const std::string& name) { return name.find(".share-") != std::string::npos; });
    if (*rc::gen::arbitrary<bool>() && !std::exchange(went_back, true)) {
      from = folder / names[1 + *rc::gen::inRange<std::size_t>(0, names.size() - 1)];
      RC_ASSERT(load_result(from).state.step <= before + done);
    }
    done = on_any_ranks(
        [&, piece = any_piece(), threads = *rc::gen::inRange<std::size_t>(1, 3)](const std::shared_ptr<Ranks>& ranks) {
          const Continuation continuation{.inputs = plan.options.inputs,
                                          .noise = plan.options.noise.replay,
                                          .threads = threads,
                                          .signals = {plan.options.signals.rbegin(), plan.options.signals.rend()}};
          return FileRun::resumed(from, continuation, ranks).run({}, piece);
        });
  }
  RC_ASSERT(folder.names() == std::vector<std::string>{"run.h5"});
  const Result result = load_result(file);
  RC_ASSERT(result.state == whole.state());
  RC_ASSERT(result.run.steps == steps);
  RC_ASSERT(result.run.source == plan.options.source);
  RC_ASSERT(result.run.signals == signal_names(plan.options.signals));
  RC_ASSERT(result.run.first_step == before);
  for (std::size_t k = 0; k < plan.record.size(); ++k) {
    const Recording& expected = recorder.recordings()[k];
    RC_ASSERT(same_values(result.recordings[k], expected));
    RC_ASSERT(result.recordings[k].start == expected.start);
    RC_ASSERT(result.recordings[k].request.dense == expected.request.dense);
    RC_ASSERT(result.recordings[k].rows == expected.rows);
    RC_ASSERT(result.recordings[k].first_step == expected.first_step);
  }

  // Any step, and the recordings once more
  const Continuation continuation{
      .inputs = plan.options.inputs, .noise = plan.options.noise.replay, .signals = plan.options.signals};
  const auto past = *rc::gen::inRange<std::uint64_t>(0, steps + 1);
  Network expected = start;
  run_with_log(expected, past, {});
  RC_ASSERT(network_at(file, before + past, continuation).network.state() == expected.state());
  if (plan.record.empty()) return;
  const Recomputed again =
      recompute(file, plan.record, before, before + steps, *rc::gen::inRange<std::size_t>(1, 4), continuation);
  for (std::size_t k = 0; k < plan.record.size(); ++k) {
    const Recording& one = recorder.recordings()[k];
    RC_ASSERT(same_values(again.recordings[k], one));
    RC_ASSERT(again.recordings[k].start == one.start);
    RC_ASSERT(again.recordings[k].rows == one.rows);
    RC_ASSERT(again.recordings[k].first_step == one.first_step);
  }
  RC_ASSERT(again.warnings.empty());
}

}  // namespace
}  // namespace sorn

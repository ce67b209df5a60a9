// The step as in the paper. Buffers, threads and ranks are in engine.cpp.
#include "core/step.hpp"

#include "core/activity.hpp"
#include "core/engine.hpp"
#include "core/own_rule.hpp"
#include "core/rule.hpp"
#include "kernels/coarse.hpp"
#include "kernels/drive.hpp"
#include "kernels/fire.hpp"
#include "kernels/gaussian.hpp"
#include "kernels/outputs.hpp"
#include "kernels/uniform.hpp"
#include "team/team.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace sorn {

/// Units read x and y, the activity on entry; inhibitory units read x' instead of x if x' is already shared. Rules read
/// x, x' and y. Each thread updates the units of its parts, and waits for the others where it needs their results.
void Engine::step(std::span<Part> mine, Run& run, const Team& team) noexcept {
  std::size_t shares = 0;
  for (const Task& task : run.schedule) {
    switch (task.kind) {
      case Task::Kind::fire_excitatory:
        for (Part& part : mine) fire_excitatory(data_, part);
        break;
      case Task::Kind::fire_inhibitory:
        for (Part& part : mine) fire_inhibitory(data_, part);
        break;
      case Task::Kind::share:
        team.together([&] { share(run, shares); });
        if (run.over) return;
        ++shares;
        break;
      case Task::Kind::rule:
        if (task.rule->prepare != nullptr && task.rule->prepares(data_)) {
          team.together([&] { task.rule->prepare(data_); });
        }
        for (Part& part : mine) task.rule->apply(data_, part);
        break;
      case Task::Kind::own_rule:
        for (Part& part : mine) OwnRuleTask(*task.own, data_, part).run();
        break;
      case Task::Kind::respond:
        team.together([&] { respond(run); });
        if (run.over) return;
        break;
    }
  }
  team.together([&] {
    shift(data_);
    end_step(run);
    run.other_team = pace_.step();
  });
}

namespace {

void load_input(Part& part, const InputView& inputs, double gain, std::size_t t) noexcept {
  if (inputs.data == nullptr) return;
  const std::size_t end = std::min(part.excitatory.end, inputs.features);
  for (std::size_t f = part.excitatory.begin; f < end; ++f) part.input[f - part.excitatory.begin] = gain * inputs(f, t);
}

/// Loads what a source shows in this step, instead of what it showed before.
void load_shown(Part& part, const Shown& shown, double gain) noexcept {
  const UnitRange own = part.excitatory;
  const auto begin = std::lower_bound(shown.units.begin(), shown.units.end(), own.begin);
  if (part.is_driven) std::fill(part.input.begin(), part.input.end(), 0.0);
  part.is_driven = begin != shown.units.end() && *begin < own.end;
  if (!part.is_driven) return;
  auto drive = shown.drive.begin() + (begin - shown.units.begin());
  for (auto unit = begin; unit != shown.units.end() && *unit < own.end; ++unit, ++drive) {
    part.input[*unit - own.begin] = gain * *drive;
  }
}

/// Loads the replayed noise of `units`. Row `first` belongs to unit 0.
void load_noise(std::span<double> noise, UnitRange units, const InputView& replay, std::size_t first,
                std::size_t t) noexcept {
  if (replay.data == nullptr) return;
  for (std::size_t i = units.begin; i < units.end; ++i) noise[i - units.begin] = replay(first + i, t);
}

/// Draws the noise of some units, where it can matter.
void draw_noise(const StepData& s, Part& part, kernels::Stream stream, std::size_t first_unit,
                std::span<const double> margin, std::span<double> noise) noexcept {
  if (s.parameters.noise_kind == NoiseKind::gaussian) {
    kernels::fill_needed_gaussian(s.state.seed, stream, s.state.step, first_unit, s.sigma, margin, part.needed, noise);
  } else {
    kernels::fill_needed_uniform(s.state.seed, stream, s.state.step, first_unit, s.sigma, margin, noise);
  }
}

}  // namespace

void fire_excitatory(StepData& s, Part& part) noexcept {
  const Parameters& p = s.parameters;
  load_input(part, s.inputs, p.input_gain, s.moment);
  if (s.source != nullptr) load_shown(part, s.shown, p.input_gain);
  load_noise(part.noise_e, part.excitatory, s.replay, 0, s.moment);

  // 1: recurrent drive of the excitatory units
  kernels::push_drive(s.state.wee->slice(part.slice).columns(), s.active.list(), part.excitation);
  if (part.wei_rows) {
    kernels::push_drive(*part.wei_rows, s.active_y.list(), part.inhibition);
  } else {
    kernels::push_drive(s.state.wei->slice(part.slice).columns(), s.active_y.list(), part.inhibition);
  }

  // 2, 3: recurrent activation R and new excitatory activity x'
  const auto te = part.of_excitatory(s.state.te);
  const auto x = part.of_excitatory(s.next_x);
  if (s.sigma > 0.0) {
    kernels::excitatory_margins(part.excitation, part.inhibition, part.input, te, part.margin_e);
    draw_noise(s, part, kernels::Stream::noise_excitatory, part.excitatory.begin, part.margin_e, part.noise_e);
  }
  kernels::fire_excitatory({p.threshold_place, p.comparison}, part.excitation, part.inhibition, part.noise_e,
                           part.input, te, part.of_excitatory(s.recurrent), x);
  if (p.spike_probability > 0.0) {
    kernels::add_random_spikes(s.state.seed, kernels::Stream::random_spike, s.state.step, part.excitatory.begin,
                               p.spike_probability, x);
  }
}

void fire_inhibitory(StepData& s, Part& part) noexcept {
  const Parameters& p = s.parameters;
  load_noise(part.noise_i, part.inhibitory, s.replay, s.state.ne(), s.moment);

  // 4: new inhibitory activity y'
  const kernels::Firing firing{p.threshold_place, p.comparison};
  const auto active = s.knows_next_x ? s.next_active.list() : s.active.list();
  const auto ti = part.of_inhibitory(s.state.ti);
  const auto y = part.of_inhibitory(s.next_y);
  CoarseDrive* const coarse = part.wie_rows ? nullptr : &part.wie_coarse;
  const std::span<double> drive = part.inhibitory_drive;  // or its lower bound, up to `width` below it
  double width = 0.0;
  if (coarse == nullptr) {
    kernels::push_drive(*part.wie_rows, active, drive);
  } else {
    width = kernels::bound_drive(*coarse->rows, active, drive, coarse->high);
  }
  if (s.sigma > 0.0) {
    kernels::inhibitory_margins(drive, width, ti, part.margin_i);
    draw_noise(s, part, kernels::Stream::noise_inhibitory, part.inhibitory.begin, part.margin_i, part.noise_i);
  }
  kernels::fire_inhibitory(firing, drive, part.noise_i, ti, y);
  if (coarse == nullptr) return;

  // Units that fire with the higher bound of their drive, but not with the lower one, need their drive.
  kernels::fire_inhibitory(firing, coarse->high, part.noise_i, ti, coarse->high_spikes);
  for (std::size_t k = 0; k < y.size(); ++k) coarse->high_spikes[k] ^= y[k];
  coarse->undecided.assign(coarse->high_spikes);
  if (coarse->undecided.list().empty()) return;
  kernels::pull_drive(s.state.wie->slice(part.slice).columns(), coarse->undecided.list(), active, drive);
  kernels::fire_inhibitory(firing, drive, part.noise_i, ti, y);
}

void fire_outputs(StepData& s) noexcept {
  const Parameters& p = s.parameters;
  const OutputLayer& layer = s.state.output;
  kernels::drive_outputs(layer.woe, s.read_by_outputs(), s.output_drive);
  for (std::size_t k = 0; k < layer.no(); ++k) s.output_drive[k] -= layer.to[k];
  if (p.output == OutputKind::threshold) {
    kernels::fire_margins(s.output_drive, p.comparison, s.next_o);
  } else {
    kernels::fire_winners(s.output_drive, p.output == OutputKind::winners, s.next_o);
  }
}

void take_reward(StepData& s, Phase phase) noexcept {
  s.modulation = 0.0;
  if (!s.learns_from_reward() || !s.has_reward()) return;
  const double reward = s.signals[*s.reward_at];
  const std::size_t window = s.parameters.reward_window;
  std::vector<double>& rewards = s.state.output.rewards;
  const std::size_t known = std::min(rewards.size(), window);  // a larger window may have kept more
  const double sum = std::accumulate(rewards.end() - static_cast<std::ptrdiff_t>(known), rewards.end(), 0.0);
  s.modulation = window == 0 ? reward : reward - sum / static_cast<double>(window);
  if (phase == Phase::training) return;
  if (window == 0) {
    rewards.clear();
    return;
  }
  const auto old = static_cast<std::ptrdiff_t>(rewards.size() < window ? 0 : rewards.size() - window + 1);
  rewards.erase(rewards.begin(), rewards.begin() + old);
  rewards.push_back(reward);  // begin_step() has made room
}

void shift(StepData& s) noexcept {
  if (s.sparse.step) {
    for (const std::uint32_t unit : s.active.list()) s.state.x[unit] = 0;
  } else if (s.sparse.before) {
    complete_activity(s);
  }
  s.state.output.o.swap(s.next_o);
  s.state.x_previous.swap(s.state.x);
  s.state.x.swap(s.next_x);
  std::swap(s.active, s.next_active);
  s.state.y_previous.swap(s.state.y);
  s.state.y.swap(s.next_y);
  if (s.sparse.step) {
    std::swap(s.active_y, s.next_active_y);
  } else {
    s.active_y.assign(s.state.y);
  }
  s.knows_next_x = false;
  s.sparse.before = s.sparse.step;
  s.sparse.next_is_clear = std::exchange(s.sparse.previous_is_clear, s.sparse.step);
  if (s.exchange) s.exchange->end_step();
  ++s.state.step;
}

}  // namespace sorn

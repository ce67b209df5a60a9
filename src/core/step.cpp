// The step as in the paper. Buffers, threads and ranks are in engine.cpp.
#include "core/step.hpp"

#include "core/engine.hpp"
#include "core/rule.hpp"
#include "kernels/drive.hpp"
#include "kernels/fire.hpp"
#include "kernels/gaussian.hpp"
#include "team/team.hpp"

#include <algorithm>

namespace sorn {

/// Acts read x and y, the activity on entry; fire_inhibitory reads x' instead of x if x' is already shared. Rules read
/// x, x' and y. Each thread updates the units of its parts, and waits for the others where it needs their results.
void Engine::step(std::span<Part> mine, Run& run, const Team& team) noexcept {
  std::size_t shares = 0;
  for (const Stage& stage : run.schedule) {
    if (const auto* rule = std::get_if<Rule>(&stage)) {
      const RuleInfo& row = info(*rule);
      if (row.prepare != nullptr) team.together([&] { row.prepare(data_); });
      for (Part& part : mine) row.apply(data_, part);
      continue;
    }
    switch (*std::get_if<Act>(&stage)) {
      case Act::fire_excitatory:
        for (Part& part : mine) fire_excitatory(data_, part);
        break;
      case Act::fire_inhibitory:
        for (Part& part : mine) fire_inhibitory(data_, part);
        break;
      case Act::share:
        team.together([&] { share(run, shares); });
        if (run.over) return;
        ++shares;
        break;
    }
  }
  team.together([&] {
    shift(data_);
    end_step(run);
  });
}

namespace {

void load_input(Part& part, const InputView& inputs, std::size_t t) noexcept {
  if (inputs.data == nullptr) return;
  const std::size_t end = std::min(part.excitatory.end, inputs.features);
  for (std::size_t f = part.excitatory.begin; f < end; ++f) part.input[f - part.excitatory.begin] = inputs(f, t);
}

/// Loads the replayed noise of `units`. Row `first` belongs to unit 0.
void load_noise(std::span<double> noise, UnitRange units, const InputView& replay, std::size_t first,
                std::size_t t) noexcept {
  if (replay.data == nullptr) return;
  for (std::size_t i = units.begin; i < units.end; ++i) noise[i - units.begin] = replay(first + i, t);
}

}  // namespace

void fire_excitatory(StepData& s, Part& part) noexcept {
  load_input(part, s.inputs, s.moment);
  load_noise(part.noise_e, part.excitatory, s.replay, 0, s.moment);

  // 1: recurrent drive of the excitatory units
  kernels::push_drive(s.state.wee->slice(part.slice).columns(), s.active.list(), part.excitation);
  kernels::push_drive(s.state.wei->slice(part.slice).columns(), s.active_y.list(), part.inhibition);

  // 2, 3: recurrent activation R and new excitatory activity x'
  const auto te = part.of_excitatory(s.state.te);
  if (s.sigma > 0.0) {
    kernels::excitatory_margins(part.excitation, part.inhibition, part.input, te, part.margin_e);
    kernels::fill_needed_gaussian(s.state.seed, kernels::Stream::noise_excitatory, s.state.step, part.excitatory.begin,
                                  s.sigma, part.margin_e, part.needed, part.noise_e);
  }
  kernels::fire_excitatory(part.excitation, part.inhibition, part.noise_e, part.input, te,
                           part.of_excitatory(s.recurrent), part.of_excitatory(s.next_x));
}

void fire_inhibitory(StepData& s, Part& part) noexcept {
  load_noise(part.noise_i, part.inhibitory, s.replay, s.state.ne(), s.moment);

  // 4: new inhibitory activity y'
  const auto ti = part.of_inhibitory(s.state.ti);
  kernels::push_drive(*part.wie_rows, s.knows_next_x ? s.next_active.list() : s.active.list(), part.inhibitory_drive);
  if (s.sigma > 0.0) {
    kernels::inhibitory_margins(part.inhibitory_drive, ti, part.margin_i);
    kernels::fill_needed_gaussian(s.state.seed, kernels::Stream::noise_inhibitory, s.state.step, part.inhibitory.begin,
                                  s.sigma, part.margin_i, part.needed, part.noise_i);
  }
  kernels::fire_inhibitory(part.inhibitory_drive, part.noise_i, ti, part.of_inhibitory(s.next_y));
}

void shift(StepData& s) noexcept {
  s.state.x_previous.swap(s.state.x);
  s.state.x.swap(s.next_x);
  std::swap(s.active, s.next_active);
  s.state.y_previous.swap(s.state.y);
  s.state.y.swap(s.next_y);
  s.active_y.assign(s.state.y);
  s.knows_next_x = false;
  ++s.state.step;
}

}  // namespace sorn

#include "runs/replay.hpp"

#include "core/validate.hpp"
#include "io/acts.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>

#include <algorithm>

namespace sorn::runs {

namespace {

RuleSet without(RuleSet rules, Rule rule) {
  RuleSet rest;
  for (std::size_t row = 0; row < Rule::rows; ++row) {
    const Rule other(row);
    if (rules.contains(other) && other != rule) rest.insert(other);
  }
  return rest;
}

}  // namespace

void apply(const LoggedAct& act, RunOptions& options) {
  switch (act.kind) {
    case ActKind::pause:
    case ActKind::go_on:
    case ActKind::step: return;
    case ActKind::freeze: {
      const Rule rule = rule_named(act.rule);
      if (options.freeze.contains(rule)) throw ParameterError(io::in_words(act), "the rule is frozen already");
      options.freeze.insert(rule);
      return;
    }
    case ActKind::unfreeze: {
      const Rule rule = rule_named(act.rule);
      if (!options.freeze.contains(rule)) {
        throw ParameterError(io::in_words(act), "the rule is not frozen",
                             freezes(options.freeze, rule) ? "unfreeze the rule that stands for it" : "");
      }
      options.freeze = without(options.freeze, rule);
      return;
    }
    case ActKind::noise:
      if (options.noise.replay.data != nullptr) {
        throw ParameterError(io::in_words(act), "the run replays its noise, which has no sigma");
      }
      check_noise_sigma(act.sigma);
      options.noise.sigma = act.sigma;
      return;
  }
}

RunOptions options_at(const RunLog& log, RunOptions options, std::uint64_t step) {
  for (const LoggedAct& act : log) {
    if (act.step <= step) apply(act, options);
  }
  return options;
}

std::uint64_t next_act(const RunLog& log, std::uint64_t step, std::uint64_t end) noexcept {
  for (const LoggedAct& act : log) {
    if (act.step > step) return std::min(act.step, end);
  }
  return end;
}

void check_log(const RunLog& log, RunOptions options, std::uint64_t begin, std::uint64_t end,
               const std::function<void(const RunOptions&)>& check) {
  std::uint64_t last = begin;
  for (const LoggedAct& act : log) {
    const auto subject = [&] { return formatted("act '{}' of step {}", io::in_words(act), act.step); };
    if (act.step < begin || act.step > end) {
      throw ParameterError(subject(), formatted("the run goes from step {} to step {}", begin, end));
    }
    if (act.step < last) throw ParameterError(subject(), formatted("comes after one of step {}", last));
    last = act.step;
    try {
      apply(act, options);
      check(options);
    } catch (const UnknownNameError&) {
      throw;
    } catch (const Error& error) {
      throw ParameterError(formatted("{}: {}", subject(), error.subject()), error.rule(), error.suggestion());
    }
  }
}

}  // namespace sorn::runs

// A rule that uses all of <sorn/rule.h> besides rows of synapses. test_rule_library.cpp has the same rule as a class.
#include <sorn/rule.h>

#include <stdexcept>

namespace {

const char* apply(const sorn_part* s) {
  const double* level = sorn_signal(s, "level");
  if (level == nullptr || sorn_signal(s, "lev") != nullptr || sorn_signal(s, "levels") != nullptr) {
    return "signals have other names";
  }
  if (*level == -1.0) return "the level is -1";
  if (*level == -2.0) throw std::runtime_error("thrown by the library");
  if (*level == -3.0) throw 3;
  const double step_size = s->parameters[1];
  for (uint64_t post = s->begin; post < s->end; ++post) {
    const uint64_t k = post - s->begin;
    const auto unit = static_cast<uint32_t>(post);
    const double target = s->target[k];
    double* const memory = sorn_memory(s, post);
    memory[0] = 0.5 * memory[0] + s->next_x[post];
    memory[1] += *level;
    sorn_set_te(s, post, s->te[k] + step_size * (*level + s->next_x[post] - target) + 0.001 * memory[0]);
    if (s->wei.length[k] > 0 && s->y[s->wei.pre[s->wei.start[k]]] != 0) {
      sorn_set_entry(&s->wei, post, s->wei.start[k], s->parameters[0]);
    }
    if (sorn_uniform(s, unit, 0) > 0.05) continue;
    if (s->wee.length[k] > 0) {
      const uint64_t last = s->wee.start[k] + s->wee.length[k] - 1;
      sorn_set_entry(&s->wee, post, last, *level == -4.0 ? -0.5 : 0.0);
    }
    const auto pre = static_cast<uint64_t>(sorn_uniform(s, unit, 1) * static_cast<double>(s->wee.n_pre));
    if (pre != post) sorn_make(&s->wee, pre, post, s->wee.high < 0.02 ? s->wee.high : 0.02);
  }
  return nullptr;
}

const char* begin_memory(const sorn_memory_start* start) {
  if (start->parameters[0] == 7.0) return "the first parameter is 7";
  start->memory[0] = sorn_memory_uniform(start, 3);
  start->memory[1] = start->memory[0] + static_cast<double>(start->unit);
  return nullptr;
}

const char* const needs[] = {"level"};
const sorn_rule_parameter parameters[] = {{"first", 0.25}, {"second", 0.125}};
const sorn_rule rule = {
    SORN_RULE_ABI,
    sizeof(sorn_rule),
    "everything",
    SORN_CHANGES_TE | SORN_CHANGES_WEE | SORN_CHANGES_WEI,
    2,
    parameters,
    1000,
    apply,
    1,
    needs,
    2,
    begin_memory,
};

}  // namespace

SORN_EXPORT_RULE(rule)

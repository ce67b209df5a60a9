/* A rule with memory in C11: thresholds follow a trace of the unit's spikes, which the signal "gain" scales. */
#include <sorn/rule.h>

static const char* apply(const sorn_part* s) {
  const double* gain = sorn_signal(s, "gain");
  if (gain == NULL) return "there is no gain";
  for (uint64_t unit = s->begin; unit < s->end; ++unit) {
    double* trace = sorn_memory(s, unit);
    *trace = s->parameters[0] * *trace + s->next_x[unit];
    sorn_set_te(s, unit, s->te[unit - s->begin] + *gain * *trace);
  }
  return NULL;
}

static const char* begin_memory(const sorn_memory_start* start) {
  start->memory[0] = 0.5 * sorn_memory_uniform(start, 0);
  return NULL;
}

static const sorn_rule_parameter parameters[] = {{"decay", 0.75}};
static const char* const needs[] = {"gain"};
static const sorn_rule rule = {
    SORN_RULE_ABI, sizeof(sorn_rule), "plain", SORN_CHANGES_TE, 1, parameters, 0, apply, 1, needs, 1, begin_memory};

SORN_EXPORT_RULE(rule)

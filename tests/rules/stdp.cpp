// The STDP of the table, as a user writes it for a shared library.
#include <sorn/rule.h>

namespace {

const char* apply(const sorn_part* s) {
  const double eta = s->parameters[0];
  const sorn_synapses* w = &s->wee;
  for (uint64_t k = 0; k < s->active_x.count; ++k) {
    const uint32_t pre = s->active_x.unit[k];
    const uint64_t* row = w->outgoing + w->row_start[pre];
    for (uint32_t i = 0; i < w->row_length[pre]; ++i) {
      const uint64_t post = sorn_post(w, row[i]);
      if (s->next_x[post] == 0 || (s->x[post] != 0 && s->next_x[pre] != 0)) continue;
      const double weight = sorn_weight(w, row[i]) + eta;
      sorn_set(w, row[i], weight < 1.0 ? weight : 1.0);
    }
  }
  for (uint64_t k = 0; k < s->active_next_x.count; ++k) {
    const uint32_t pre = s->active_next_x.unit[k];
    const uint64_t* row = w->outgoing + w->row_start[pre];
    for (uint32_t i = 0; i < w->row_length[pre]; ++i) {
      const uint64_t post = sorn_post(w, row[i]);
      if (s->x[post] == 0 || (s->next_x[post] != 0 && s->x[pre] != 0)) continue;
      const double weight = sorn_weight(w, row[i]) - eta;
      sorn_set(w, row[i], weight > 0.0 ? weight : 0.0);
    }
  }
  return nullptr;
}

const sorn_rule_parameter parameters[] = {{"eta", 0.02}};
const sorn_rule rule = {
    SORN_RULE_ABI, sizeof(sorn_rule), "library_stdp", SORN_CHANGES_WEE, 1, parameters, 0, apply, 0, nullptr, 0, nullptr,
};

}  // namespace

SORN_EXPORT_RULE(rule)

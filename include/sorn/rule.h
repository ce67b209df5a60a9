/* Rules of your own in shared libraries: the interface between a rule and the engine, for C11 and C++. It needs no
 * other header of sorn, and no library to link with. `sorn rule new mine.cpp` writes a rule to begin with.
 *
 * A library defines sorn_rule_v1(), which returns a description of its rule. The engine calls the rule's apply() in
 * each step for each part of a network, in several threads at the same time. A part has some of the excitatory units
 * and the synapses onto them. Units have their numbers in the network. A rule must treat each unit and each synapse in
 * the same way, whichever part has it, and depend on nothing but the part and constants. What it keeps from step to
 * step is in the memory of the part, of which files have a copy; it must keep nothing elsewhere. */
#ifndef SORN_RULE_H
#define SORN_RULE_H

/* This is C, and its names are those of C. */
/* NOLINTBEGIN(modernize-deprecated-headers,modernize-use-using,modernize-use-nullptr,readability-identifier-naming) */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this interface. A library of another version is refused. */
#define SORN_RULE_ABI 1U

/* What a rule changes: a sum of these. */
#define SORN_CHANGES_TE 1U
#define SORN_CHANGES_WEE 2U
#define SORN_CHANGES_WEI 4U

/* The synapses of W_EE or W_EI onto the units of a part. Members that end in an underscore are for the functions
 * below. */
typedef struct sorn_synapses {
  uint64_t n_pre;            /* presynaptic units, of which W_EE has ne and W_EI has ni */
  uint64_t first_post;       /* the first unit of the part */
  uint64_t n_post;           /* units of the part */
  const uint32_t* start;     /* n_post: where the synapses onto a unit begin in pre and weight */
  const uint32_t* length;    /* n_post: their number */
  const uint32_t* pre;       /* the presynaptic unit of each synapse, ascending for each postsynaptic unit */
  const double* weight;      /* the weight of each synapse */
  double high;               /* the upper bound of weights; below 0 if the rule does not say that it changes them */
  const uint32_t* row_start; /* n_pre: where the synapses from a unit begin in outgoing; null if the matrix is static */
  const uint32_t* row_length; /* n_pre: the number of those onto units of the part; null if the matrix is static */
  const uint64_t* outgoing;   /* each in one word, which sorn_post(), sorn_weight() and sorn_set() read */
  double* weight_;
  uint8_t* settled_;
  void* owner_;
  void (*set_)(void* owner, uint32_t entry, uint32_t column, double weight);
  void (*make_)(void* owner, uint64_t pre, uint64_t post, double weight);
} sorn_synapses;

/* Some units, in ascending order. */
typedef struct sorn_units {
  const uint32_t* unit;
  uint64_t count;
} sorn_units;

/* What a rule sees in a step. */
typedef struct sorn_part {
  uint32_t abi;             /* SORN_RULE_ABI of the engine */
  uint32_t size;            /* of this struct, in bytes */
  uint64_t step;            /* number of the step, from 0 when the network was built */
  uint64_t ne, ni;          /* excitatory and inhibitory units of the network */
  uint64_t begin, end;      /* the excitatory units of the part: from begin to end - 1 */
  const uint8_t* x;         /* ne: excitatory activity before the step, 0 or 1 */
  const uint8_t* next_x;    /* ne: the new excitatory activity x' */
  const uint8_t* y;         /* ni: inhibitory activity before the step */
  const uint8_t* next_y;    /* ni: the new inhibitory activity y' */
  sorn_units active_x;      /* the units that fire in x */
  sorn_units active_next_x; /* those that fire in x' */
  sorn_units active_y;      /* those that fire in y */
  const double* te;         /* te[unit - begin]: the threshold of a unit of the part */
  const double* target;     /* target[unit - begin]: its target rate */
  sorn_synapses wee, wei;   /* synapses from excitatory and from inhibitory units onto the units of the part */
  const double* parameters; /* the values of the rule's parameters, in their order */
  uint64_t n_signals;       /* the signals of the run: sorn_signal() finds one */
  const char* const* signal_names;
  const double* signals;
  uint64_t memory_width; /* numbers that the rule keeps for each unit */
  double* memory; /* memory_width for each unit of the part, to read and write: sorn_memory() finds those of one */
  void* owner_;
  void (*set_te_)(void* owner, uint64_t unit, double value);
  double (*uniform_)(void* owner, uint32_t unit, uint32_t draw);
} sorn_part;

/* The memory of a rule for one unit, before the first step with the rule. */
typedef struct sorn_memory_start {
  uint32_t abi;             /* SORN_RULE_ABI of the engine */
  uint32_t size;            /* of this struct, in bytes */
  uint64_t ne, ni;          /* excitatory and inhibitory units of the network */
  uint64_t seed;            /* of the network */
  uint64_t unit;            /* an excitatory unit */
  uint64_t memory_width;    /* numbers for each unit */
  double* memory;           /* memory_width numbers to set; they are 0 */
  const double* parameters; /* the values of the rule's parameters, in their order */
  void* owner_;
  double (*uniform_)(void* owner, uint32_t draw);
} sorn_memory_start;

/* A number of each pair of excitatory units: memory_width of a rule that keeps ne numbers for each unit. */
#define SORN_MEMORY_OF_PAIRS UINT64_MAX

/* A parameter of a rule. */
typedef struct sorn_rule_parameter {
  const char* name; /* a lower-case letter, then lower-case letters, digits and underscores, at most 63 */
  double value;     /* the default */
} sorn_rule_parameter;

/* A rule. It must exist as long as the library is loaded. */
typedef struct sorn_rule {
  uint32_t abi;                          /* SORN_RULE_ABI */
  uint32_t size;                         /* sizeof(sorn_rule) */
  const char* name;                      /* in `order` and `freeze`: of the same characters as those of parameters */
  uint32_t changes;                      /* a sum of SORN_CHANGES_TE, SORN_CHANGES_WEE and SORN_CHANGES_WEI */
  uint32_t n_parameters;                 /* at most 64 */
  const sorn_rule_parameter* parameters; /* n_parameters; may be null if there are none */
  uint64_t most_new;                     /* the largest number of synapses that the rule makes in a part and a step */
  /* Applies the rule to a part. Returns null, or a text that says why the run must end: it then ends before this step
   * with a RuleError of this text. The text must exist as long as the library is loaded. */
  const char* (*apply)(const sorn_part* part);
  /* What follows may be left out: a rule that needs no signals and keeps no numbers from step to step. */
  uint32_t n_needs;         /* the number of signals that the rule needs, at most 64 */
  const char* const* needs; /* their names: a run without one of them is refused before its first step */
  uint64_t memory_width;    /* how many numbers the rule keeps from step to step for each excitatory unit */
  /* Sets these numbers for a unit before the first run with the rule. It must depend on nothing but its argument and
   * constants. May be null: they begin with 0. Returns null, or a text that says why the run must not begin. */
  const char* (*begin_memory)(const sorn_memory_start* start);
} sorn_rule;

/* What a library defines, by SORN_EXPORT_RULE(rule): it returns its rule. */
#if defined(__GNUC__)
#define SORN_EXPORT __attribute__((visibility("default")))
#else
#define SORN_EXPORT
#endif
SORN_EXPORT const sorn_rule* sorn_rule_v1(void);

#define SORN_EXPORT_RULE(rule) \
  SORN_EXPORT const sorn_rule* sorn_rule_v1(void) { return &(rule); }

/* The unit that a synapse leads to, one of synapses->outgoing. */
static inline uint64_t sorn_post(const sorn_synapses* synapses, uint64_t synapse) {
  return synapses->first_post + (synapse >> 32U);
}

/* Its weight. */
static inline double sorn_weight(const sorn_synapses* synapses, uint64_t synapse) {
  return synapses->weight[(uint32_t)(synapse & 0xFFFFFFFFU)];
}

/* Sets the weight of synapse `entry` (its place in synapses->pre) onto unit `post` of the part. It must be finite and
 * at least 0; otherwise the run ends with a RuleError. A weight of 0 removes the synapse after the rule, except from a
 * W_EE with resting synapses (keep_zero). */
static inline void sorn_set_entry(const sorn_synapses* synapses, uint64_t post, uint64_t entry, double weight) {
  if (weight > 0.0 && weight <= synapses->high) {
    synapses->weight_[entry] = weight;
    synapses->settled_[post - synapses->first_post] = 0;
  } else {
    synapses->set_(synapses->owner_, (uint32_t)entry, (uint32_t)(post - synapses->first_post), weight);
  }
}

/* The same for one of synapses->outgoing. */
static inline void sorn_set(const sorn_synapses* synapses, uint64_t synapse, double weight) {
  sorn_set_entry(synapses, sorn_post(synapses, synapse), synapse & 0xFFFFFFFFU, weight);
}

/* Makes a synapse after the rule, or sets the weight of the one that exists. The weight must be finite and above 0. A
 * wrong unit or weight, a self-connection in W_EE, or more synapses than most_new end the run with a RuleError. */
static inline void sorn_make(const sorn_synapses* synapses, uint64_t pre, uint64_t post, double weight) {
  synapses->make_(synapses->owner_, pre, post, weight);
}

/* Sets the threshold of a unit of the part. It must be finite; otherwise the run ends with a RuleError. */
static inline void sorn_set_te(const sorn_part* part, uint64_t unit, double value) {
  part->set_te_(part->owner_, unit, value);
}

/* The numbers of a unit of the part that the rule keeps from step to step: memory_width of them. */
static inline double* sorn_memory(const sorn_part* part, uint64_t unit) {
  return part->memory + (unit - part->begin) * part->memory_width;
}

/* A random number, uniform in (0, 1), for the memory of a unit: a function of the network's seed, the rule's name, the
 * unit and `draw`. No step draws the same. */
static inline double sorn_memory_uniform(const sorn_memory_start* start, uint32_t draw) {
  return start->uniform_(start->owner_, draw);
}

/* A random number, uniform in (0, 1): a function of the network's seed, the rule's name, the step, `unit` and `draw`.
 */
static inline double sorn_uniform(const sorn_part* part, uint32_t unit, uint32_t draw) {
  return part->uniform_(part->owner_, unit, draw);
}

/* Where the value of a signal in this step is; null if the run has no signal of this name. */
static inline const double* sorn_signal(const sorn_part* part, const char* name) {
  for (uint64_t k = 0; k < part->n_signals; ++k) {
    const char* a = part->signal_names[k];
    const char* b = name;
    while (*a != '\0' && *a == *b) {
      ++a;
      ++b;
    }
    if (*a == *b) return part->signals + k;
  }
  return 0;
}

#ifdef __cplusplus
}
#endif

/* NOLINTEND(modernize-deprecated-headers,modernize-use-using,modernize-use-nullptr,readability-identifier-naming) */

#endif

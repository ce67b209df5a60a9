// Random numbers as a pure function of (seed, stream, step, unit). No generator has a state, so that the numbers do not
// depend on the order of the calls, on threads, on ranks or on recording. The generator is Philox4x32-10 (Salmon et al.
// 2011, doi 10.1145/2063384.2063405).
//
// The meaning and the addressing of a stream must not change between versions, so that a seed always gives the same
// network.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sorn::kernels {

/// The purpose of a random number. The numbers of the streams must not change either.
enum class Stream : std::uint32_t {
  noise_excitatory = 1,       ///< step: time step; unit: excitatory unit
  noise_inhibitory = 2,       ///< step: time step; unit: inhibitory unit
  structural = 3,             ///< step: time step; unit: 0
  target_rate = 4,            ///< step: 0; unit: excitatory unit
  target_width = 5,           ///< as target_rate
  random_spike = 6,           ///< step: time step; unit: excitatory unit
  wee_degree = 16,            ///< step: 0; unit: postsynaptic unit
  wee_partner = 17,           ///< step: postsynaptic unit; unit: which draw
  wee_weight = 18,            ///< step: postsynaptic unit; unit: which synapse, in ascending presynaptic order
  wei_degree = 19,            ///< step: 0; unit: presynaptic unit
  wei_partner = 20,           ///< step: presynaptic unit; unit: which draw
  wei_weight = 21,            ///< as wee_weight
  wei_orphan = 22,            ///< step: postsynaptic unit without input; unit: which draw
  wie_degree = 23,            ///< as wee_degree
  wie_partner = 24,           ///< as wee_partner
  wie_weight = 25,            ///< as wee_weight
  wee_pair = 26,              ///< step: postsynaptic unit; unit: which trial
  wei_pair = 27,              ///< as wee_pair
  wie_pair = 28,              ///< as wee_pair
  threshold_excitatory = 32,  ///< step: 0; unit: excitatory unit
  threshold_inhibitory = 33,  ///< step: 0; unit: inhibitory unit
  activity_excitatory = 34,   ///< as threshold_excitatory
  activity_inhibitory = 35,   ///< as threshold_inhibitory
  replica = 48,               ///< step: replica of an ensemble; unit: 0. Its word is the replica's seed
  sweep_sample = 49,          ///< step: sample of a random design; unit: the hash of what is varied (sweep_design.cpp)
  // Sources of input. Their seed is their own or the network's. A sequence has a number: 0 for the outermost one.
  source_item = 64,         ///< step: number of the item; unit: sequence. Chooses a word, a letter, the part of a turn
  source_wait = 65,         ///< step: number of the item; unit: sequence. The length of the blank after it
  source_sequence = 66,     ///< step: position in a random sequence; unit: sequence
  source_pool = 67,         ///< step: code point of a symbol (overlapping pools) or 2^32 (disjoint); unit: which draw
  source_mixture = 68,      ///< step: position in the sequence; unit: which draw. Which units of pools a mixture drives
  own_rule = 80,            ///< step: time step; unit: which the rule asks for. The seed is mixed with the rule's name
  woe_weight = 96,          ///< step: output unit; unit: excitatory unit
  threshold_output = 97,    ///< step: 0; unit: output unit
  bootstrap = 112,          ///< step: repetition; unit: value of a synthetic sample. The seed is that of the bootstrap
  nearest_state = 114,      ///< step: 0; unit: which exchange of two references. The seed is that of the call
  resample = 113,           ///< step: repetition; unit: which draw with replacement. The seed is that of the resampling
  shuffled_activity = 115,  ///< step: time step; unit: which exchange, of excitatory units first
  twin_change = 128,        ///< step: number of the twin; unit: 2^20 · number of the change + which draw. The seed is
                            ///< that of the twins
};

/// The 128 random bits of block `block` at an address.
std::array<std::uint32_t, 4> random_block(std::uint64_t seed, Stream stream, std::uint64_t step,
                                          std::uint32_t block) noexcept;

/// 64 random bits for one unit.
std::uint64_t random_word(std::uint64_t seed, Stream stream, std::uint64_t step, std::uint32_t unit) noexcept;

/// A uniform number in the open interval (0, 1), with 52 bits.
double uniform(std::uint64_t word) noexcept;

/// A whole number in [0, n), n > 0; its bias is below n/2⁶⁴.
std::uint64_t below(std::uint64_t n, std::uint64_t word) noexcept;

/// A random order of the numbers below n (Fisher and Yates). Its n − 1 words are those of the units after `unit`.
std::vector<std::size_t> permutation(std::size_t n, std::uint64_t seed, Stream stream, std::uint64_t step = 0,
                                     std::uint32_t unit = 0);

}  // namespace sorn::kernels

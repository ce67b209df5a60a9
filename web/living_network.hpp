// The functions that a page calls. Those that return an int return 1, or 0 after an error, whose words are then in
// network_error(). Addresses are valid until the next call.
#pragma once

#include <cstddef>
#include <cstdint>

#ifdef __EMSCRIPTEN__
#include <emscripten.h>
#define SORN_PAGE EMSCRIPTEN_KEEPALIVE
#else
#define SORN_PAGE
#endif

inline constexpr std::size_t weight_bins = 60;
inline constexpr double lowest_exponent = -6.0;  // the bins cover weights from 1e-6 to 1; smaller ones are in the first

extern "C" {
SORN_PAGE int network_new(int ne, double seed);             ///< a new network of the default variant
SORN_PAGE int network_set(const char* name, double value);  ///< sets a hyperparameter that is a real number
SORN_PAGE double network_get(const char* name);             ///< its value; NaN if there is none of this name
SORN_PAGE void network_noise(double sigma);                 ///< of the runs to come; 0: none
SORN_PAGE int network_freeze(const char* rule, int rests);  ///< lets a rule rest, or act again
SORN_PAGE int network_run(int steps);                       ///< runs, and keeps what follows
SORN_PAGE const std::uint8_t* network_spikes();             ///< steps·ne: 0 or 1
SORN_PAGE const float* network_traces();                    ///< steps·3: mean of E and of I, synapses of W_EE
SORN_PAGE const float* network_weights();                   ///< ne·ne, [pre][post]; 0: no synapse
SORN_PAGE const std::uint32_t* network_weight_bins();       ///< weight_bins counts, of the last network_weights()
SORN_PAGE double network_step();                            ///< steps done so far
SORN_PAGE const char* network_hash();                       ///< of the whole state, 16 digits
SORN_PAGE const char* network_error();
}

// The group /recordings of a result file.
#pragma once

#include "io/hdf5.hpp"
#include "io/load.hpp"

#include <sorn/recorder.hpp>
#include <sorn/state.hpp>

#include <span>
#include <vector>

namespace sorn::io {

/// Checks that each quantity is there once and its values are as many as its shape says, of the right type.
/// @throws ParameterError, ShapeError
void validate(std::span<const Recording> recordings, const State& state);

void write_recordings(hid_t file, std::span<const Recording> recordings);

/// The recordings of a network of the size of `state`. @throws FormatError
std::vector<Recording> read_recordings(hid_t file, const State& state, Values values);

}  // namespace sorn::io

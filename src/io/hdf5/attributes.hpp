// Attributes of HDF5 objects: single values and short lists, checked when read.
#pragma once

#include "io/hdf5/hdf5.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace sorn::io {

/// Names of an object's attributes.
std::vector<std::string> attribute_names(hid_t object);

/// A single value as HDF5 attributes hold it.
using Scalar = std::variant<std::int64_t, std::uint64_t, double, std::string>;

void write_attribute(hid_t object, const char* name, const Scalar& value);
void write_attribute(hid_t object, const char* name, std::span<const std::uint64_t> values);

/// @throws FormatError if it is missing, or not a single whole number, real number or string
Scalar read_attribute(hid_t object, const char* name);

/// @throws FormatError as above, and if the value has another type
std::uint64_t read_count(hid_t object, const char* name);
std::string read_text(hid_t object, const char* name);

/// A list of exactly `size` counts.
std::vector<std::uint64_t> read_counts(hid_t object, const char* name, std::size_t size);

}  // namespace sorn::io

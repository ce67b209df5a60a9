// Reading result files, for those who need another part than load_result() gives.
#pragma once

#include <sorn/io.hpp>

#include <cstdint>
#include <filesystem>

namespace sorn::io {

enum class Values : std::uint8_t { read, leave_out };

/// What load_result() reads; Values::leave_out keeps each recording's name and shape but not its values.
Result load(const std::filesystem::path& path, Values values);

}  // namespace sorn::io

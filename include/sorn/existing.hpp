// What to do if a file exists already.
#pragma once

#include <cstdint>

namespace sorn {

/// What to do if the file to write exists already. Devices and pipes receive the bytes in either case.
enum class Existing : std::uint8_t { refuse, replace };

/// The same, from an option that says whether to replace the file.
constexpr Existing existing(bool overwrite) noexcept { return overwrite ? Existing::replace : Existing::refuse; }

}  // namespace sorn

// What to do where a file is already.
#pragma once

#include <cstdint>

namespace sorn {

/// What to do with a file that is there already where another one is to be written. Devices and pipes get the bytes in
/// either case.
enum class Existing : std::uint8_t { refuse, replace };

/// The same as an option has it: whether to replace the file.
constexpr Existing existing(bool overwrite) noexcept { return overwrite ? Existing::replace : Existing::refuse; }

}  // namespace sorn

// Whether the tests run under a sanitizer that itself uses much more memory than a program.
#pragma once

namespace sorn::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool has_own_memory = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool has_own_memory = true;
#else
inline constexpr bool has_own_memory = false;
#endif
#else
inline constexpr bool has_own_memory = false;
#endif

}  // namespace sorn::test

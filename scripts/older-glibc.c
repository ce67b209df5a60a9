// The only functions of glibc newer than 2.34 that a wheel would need. The linker puts these in their place (--wrap),
// so that a wheel of Debian 12 runs on every distribution from glibc 2.34 on.
#include <stdint.h>
#include <sys/random.h>

// The same function, with the name of its first version.
double first_hypot(double x, double y);
#ifdef __x86_64__
__asm__(".symver first_hypot, hypot@GLIBC_2.2.5");
#else
__asm__(".symver first_hypot, hypot@GLIBC_2.17");
#endif

double __wrap_hypot(double x, double y);
double __wrap_hypot(double x, double y) { return first_hypot(x, y); }

// For std::random_device.
uint32_t __wrap_arc4random(void);
uint32_t __wrap_arc4random(void) {
  uint32_t value;
  while (getrandom(&value, sizeof value, 0) != sizeof value) {
  }
  return value;
}

#include <sorn/seeds.hpp>

#include "kernels/random.hpp"

namespace sorn {

std::uint64_t replica_seed(std::uint64_t seed, std::uint64_t replica) noexcept {
  return kernels::random_word(seed, kernels::Stream::replica, replica, 0);
}

}  // namespace sorn

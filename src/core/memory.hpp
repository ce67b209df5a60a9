// How much memory this machine has, for refusing what cannot fit before it is tried.
#pragma once

namespace sorn {

double physical_memory_bytes() noexcept;

}  // namespace sorn

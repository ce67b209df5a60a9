// The hyperparameters of the tests of files.
#pragma once

#include <sorn/parameters.hpp>

namespace sorn::test {

inline const Parameters small_parameters{.ne = 50, .nu = 3, .lambda_ee = 8, .lambda_ei = 10};

}  // namespace sorn::test

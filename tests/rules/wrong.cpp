// A rule that is wrong in the way that tests/CMakeLists.txt defines.
#include <sorn/rule.h>

#include <cstdlib>

#ifndef WRONG_ABI
#define WRONG_ABI SORN_RULE_ABI
#endif
#ifndef WRONG_NAME
#define WRONG_NAME "wrong"
#endif
#ifndef WRONG_CHANGES
#define WRONG_CHANGES SORN_CHANGES_TE
#endif
#ifndef WRONG_PARAMETER
#define WRONG_PARAMETER "a"
#endif
#ifndef WRONG_NEEDS
#define WRONG_NEEDS 0
#endif
#ifndef WRONG_APPLY
#define WRONG_APPLY apply
#endif
#ifndef WRONG_RESULT
#define WRONG_RESULT &rule
#endif

namespace {

[[maybe_unused]] const char* apply(const sorn_part* /*part*/) { return nullptr; }

const char* const needs[] = {"Reward"};
const sorn_rule_parameter parameters[] = {{WRONG_PARAMETER, 0.5}};
[[maybe_unused]] const sorn_rule rule = {
    WRONG_ABI, sizeof(sorn_rule), WRONG_NAME,  WRONG_CHANGES, 1, parameters,
    0,         WRONG_APPLY,       WRONG_NEEDS, needs,         0, nullptr,
};

#ifdef WRONG_CRASH
__attribute__((constructor)) void crash() { std::abort(); }
#endif

}  // namespace

#ifndef WRONG_SYMBOL
SORN_EXPORT const sorn_rule* sorn_rule_v1(void) { return WRONG_RESULT; }
#endif

# Finds toml++, which is headers only: TOMLPLUSPLUS_INCLUDE_DIR.
find_path(TOMLPLUSPLUS_INCLUDE_DIR toml++/toml.h)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(tomlplusplus REQUIRED_VARS TOMLPLUSPLUS_INCLUDE_DIR)
mark_as_advanced(TOMLPLUSPLUS_INCLUDE_DIR)

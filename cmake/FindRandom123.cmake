# Finds Random123, which is headers only: RANDOM123_INCLUDE_DIR.
find_path(RANDOM123_INCLUDE_DIR Random123/philox.h)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Random123 REQUIRED_VARS RANDOM123_INCLUDE_DIR)
mark_as_advanced(RANDOM123_INCLUDE_DIR)

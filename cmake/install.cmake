# The files that `cmake --install` installs: headers, libraries, the command, and the package for find_package(sorn).
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/sorn)

install(TARGETS sorn_core EXPORT sornTargets COMPONENT library)
install(EXPORT sornTargets NAMESPACE sorn:: DESTINATION ${package_dir} COMPONENT library)
install(
  DIRECTORY include/sorn ${CMAKE_CURRENT_BINARY_DIR}/include/sorn
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  COMPONENT library
  FILES_MATCHING
  PATTERN "*.hpp"
  PATTERN "rule.h")
if(TARGET sorn_io)
  install(TARGETS sorn_io sorn_runs EXPORT sorn-ioTargets COMPONENT library)
  install(EXPORT sorn-ioTargets FILE sorn-ioTargets.cmake NAMESPACE sorn:: DESTINATION ${package_dir}
          COMPONENT library)
endif()
if(TARGET sorn_command)
  install(TARGETS sorn_command COMPONENT command)
endif()

configure_package_config_file(cmake/sornConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/sornConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/sornConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/sornConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/sornConfigVersion.cmake
              cmake/Findlibdeflate.cmake
        DESTINATION ${package_dir} COMPONENT library)

# The files that `cmake --install` installs: headers, libraries, the command, and what finds them: find_package(sorn),
# pkg-config.
include(CMakePackageConfigHelpers)
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
if(BUILD_SHARED_LIBS)
  # Our libraries, and the command, find each other wherever they are installed.
  if(TARGET sorn_io)
    set_target_properties(sorn_io sorn_runs PROPERTIES INSTALL_RPATH $ORIGIN)
  endif()
  if(TARGET sorn_command)
    file(RELATIVE_PATH to_libraries ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
    set_target_properties(sorn_command PROPERTIES INSTALL_RPATH $ORIGIN/${to_libraries})
  endif()
endif()

configure_package_config_file(cmake/sornConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/sornConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/sornConfigVersion.cmake COMPATIBILITY SameMajorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/sornConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/sornConfigVersion.cmake
              cmake/Findlibdeflate.cmake
        DESTINATION ${package_dir} COMPONENT library)

# --- pkg-config -------------------------------------------------------------------------------------------------------
# The files find the prefix from their own place, so that they hold wherever `cmake --install --prefix` puts them.
set(pkgconfig_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
set(SORN_PC_LIBDIR ${CMAKE_INSTALL_FULL_LIBDIR})
set(SORN_PC_INCLUDEDIR ${CMAKE_INSTALL_FULL_INCLUDEDIR})
set(SORN_PC_PREFIX ${CMAKE_INSTALL_PREFIX})
if(NOT IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" AND NOT IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
  cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig
             OUTPUT_VARIABLE way_up)
  set(SORN_PC_PREFIX "\${pcfiledir}/${way_up}")
  set(SORN_PC_LIBDIR "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
  set(SORN_PC_INCLUDEDIR "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()

# Sets `result` to the linker's options for libraries with these paths.
function(linker_options result)
  set(options)
  foreach(library IN LISTS ARGN)
    if(IS_ABSOLUTE "${library}")
      cmake_path(GET library PARENT_PATH folder)
      cmake_path(GET library STEM library)
      string(REGEX REPLACE "^lib" "" library ${library})
      if(NOT folder IN_LIST CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES)
        list(APPEND options -L${folder})
      endif()
    endif()
    list(APPEND options -l${library})
  endforeach()
  list(REMOVE_DUPLICATES options)
  list(JOIN options " " options)
  set(${result} ${options} PARENT_SCOPE)
endfunction()

# Whoever links our static library also links what it needs. A shared one knows this itself: pkg-config leaves out what is
# private unless it is called with --static.
list(JOIN OpenMP_CXX_FLAGS " " SORN_PC_PRIVATE)
foreach(library IN LISTS CMAKE_DL_LIBS)
  string(APPEND SORN_PC_PRIVATE " -l${library}")
endforeach()
if(TARGET sorn_io)
  # HDF5 has files of pkg-config with other names on each system, and none for its library HL on some.
  find_package(HDF5 QUIET REQUIRED COMPONENTS C HL)
  set(libraries ${HDF5_HL_LIBRARIES} ${HDF5_C_LIBRARIES})
  if(libraries MATCHES "libhdf5[^;]*\\.so")
    list(FILTER libraries INCLUDE REGEX hdf5)  # it knows itself what else it needs
  endif()
  linker_options(SORN_PC_HDF5 ${libraries})
endif()
foreach(name sorn sorn-io)
  if(name STREQUAL "sorn" OR TARGET sorn_io)
    configure_file(cmake/${name}.pc.in ${CMAKE_CURRENT_BINARY_DIR}/${name}.pc @ONLY)
    install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${name}.pc DESTINATION ${pkgconfig_dir} COMPONENT library)
  endif()
endforeach()

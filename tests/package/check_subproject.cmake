# Configures a project that contains this one, and checks that it gets our libraries and nothing else: no command, tests
# or files to install, and that its settings stay as they are. Compiling the libraries once more would take minutes and
# is left out. Called as a test with SOURCE_DIR, WORK_DIR and CXX.
function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${ARGV}\nended with ${result}:\n${output}")
  endif()
endfunction()

function(expect text pattern what)
  if(NOT text MATCHES "${pattern}")
    message(FATAL_ERROR "${what}: nothing matches ${pattern}")
  endif()
endfunction()

function(expect_no text pattern what)
  if(text MATCHES "${pattern}")
    message(FATAL_ERROR "${what}: ${CMAKE_MATCH_0}")
  endif()
endfunction()

file(REMOVE_RECURSE ${WORK_DIR})
run(${CMAKE_COMMAND} -S ${SOURCE_DIR}/examples/subproject -B ${WORK_DIR} -G Ninja -DCMAKE_CXX_COMPILER=${CXX}
    -DCMAKE_CXX_FLAGS=-ffast-math -DCMAKE_EXPORT_COMPILE_COMMANDS=ON)

file(READ ${WORK_DIR}/CMakeCache.txt cache)
expect("${cache}" "\nCMAKE_BUILD_TYPE:STRING=\n" "the build type was changed")
expect("${cache}" "\nCMAKE_CXX_FLAGS:STRING=-ffast-math\n" "the flags were changed")
expect("${cache}" "\nSORN_INSTALL:BOOL=OFF\n" "SORN_INSTALL")
expect_no("${cache}" "\nCMAKE_INSTALL_(LIB|INCLUDE)DIR:[^\n]*" "set for the whole project")

file(READ ${WORK_DIR}/build.ninja rules)
expect_no("${rules}" "build _deps/sorn-build/(src/cli|src/config|tests|bench|examples)[^\n]*" "is built without need")
# Libraries that only the folders of sorn looked for are found in the folder that links them, too.
expect("${rules}" "build first:[^\n]*libsorn\\.a[^\n]*libhwy" "the first program links")
expect("${rules}" "build ensemble:[^\n]*libsorn_runs\\.a[^\n]*libhdf5_hl" "the second program links")

file(GLOB_RECURSE scripts ${WORK_DIR}/*cmake_install.cmake)
foreach(script IN LISTS scripts)
  file(READ ${script} content)
  expect_no("${content}" "file\\(INSTALL[^\n]*\n[^\n]*" "is installed into the other project")
endforeach()
file(GLOB_RECURSE tests ${WORK_DIR}/*CTestTestfile.cmake)
if(tests)
  message(FATAL_ERROR "tests in the other project: ${tests}")
endif()

file(READ ${WORK_DIR}/compile_commands.json commands)
expect("${commands}" "-ffast-math [^\n]*-fno-fast-math [^\n]*src/core/engine\\.cpp" "the flags that keep the bits")
expect_no("${commands}" "-fno-fast-math [^\n]*first\\.cpp" "our flags reach the other project's sources")

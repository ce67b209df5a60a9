# Installs the build into its own folder, builds the C++ example and that of the README with it, and the example with
# pkg-config; runs them and checks their output. Checks what find_package says if it cannot serve. Called as a test with
# BUILD_DIR, SOURCE_DIR, WORK_DIR, CXX, CXX_FLAGS and PKG_CONFIG.
function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${ARGV}\nended with ${result}:\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${WORK_DIR})
run(${CMAKE_COMMAND} --install ${BUILD_DIR} --prefix ${WORK_DIR}/prefix)

# Builds the project in `source`, and runs its program `first`. Sets `output` to the output.
macro(build_and_run source)
  run(${CMAKE_COMMAND} -S ${source} -B ${source}-build -G Ninja -DCMAKE_PREFIX_PATH=${WORK_DIR}/prefix
      -DCMAKE_CXX_COMPILER=${CXX} -DCMAKE_CXX_FLAGS=${CXX_FLAGS} -DCMAKE_BUILD_TYPE=Release)
  run(${CMAKE_COMMAND} --build ${source}-build)
  run(${source}-build/first)
endmacro()

file(COPY ${SOURCE_DIR}/examples/cpp/ DESTINATION ${WORK_DIR}/example)
build_and_run(${WORK_DIR}/example)
if(NOT output MATCHES "W_EE synapses: 38[0-9][0-9] -> [0-9]+\nmean rate: 0\\.[0-9]+ spikes per unit and step\n")
  message(FATAL_ERROR "the example said:\n${output}")
endif()

# Runs another example, if the build has it, with the arguments that follow, and compares its output with a pattern.
function(check_example name pattern)
  if(EXISTS ${WORK_DIR}/example-build/${name})
    run(${WORK_DIR}/example-build/${name} ${ARGN})
    if(NOT output MATCHES "${pattern}")
      message(FATAL_ERROR "${name} printed:\n${output}")
    endif()
  endif()
endfunction()

check_example(long_run "^from step 0 to step 100000\nlate rate: 0\\.[0-9]+ spikes per unit and step\n"
              ${WORK_DIR}/long.h5)
check_example(ensemble "mean_rate: 0\\.[0-9]+ \\+- 0\\.[0-9]+\n.*connection_fraction: 0\\.")
check_example(own_rule "^[0-9]+ W_EE synapses, the heaviest of weight 0\\.[0-9]+\n")
check_example(sweep "^(eta_stdp = 0\\.00[28]: rate 0\\.[0-9]+, [0-9]+ synapses\n)+$")

file(READ ${SOURCE_DIR}/README.md readme)
if(NOT readme MATCHES "```cpp\n([^`]*)```")
  message(FATAL_ERROR "the README has no C++ example")
endif()
file(COPY ${SOURCE_DIR}/examples/cpp/ DESTINATION ${WORK_DIR}/readme)
file(WRITE ${WORK_DIR}/readme/first.cpp "${CMAKE_MATCH_1}")
build_and_run(${WORK_DIR}/readme)
if(NOT output MATCHES "^[0-9]+ excitatory connections\n")
  message(FATAL_ERROR "the README's example said:\n${output}")
endif()

# Checks that installed headers include only installed headers.
file(GLOB headers RELATIVE ${WORK_DIR}/prefix/include ${WORK_DIR}/prefix/include/sorn/*.hpp)
list(TRANSFORM headers REPLACE "(.+)" "#include <\\1>\n")
file(WRITE ${WORK_DIR}/headers.cpp ${headers})
separate_arguments(flags UNIX_COMMAND "${CXX_FLAGS}")
run(${CXX} ${flags} -std=c++20 -fsyntax-only -I${WORK_DIR}/prefix/include ${WORK_DIR}/headers.cpp)

# Compiles examples with the options of pkg-config, in a folder to which the installed files were moved.
if(PKG_CONFIG)
  file(RENAME ${WORK_DIR}/prefix ${WORK_DIR}/moved)
  file(GLOB_RECURSE pc_files ${WORK_DIR}/moved/*/sorn*.pc)
  list(GET pc_files 0 pc_dir)
  cmake_path(GET pc_dir PARENT_PATH pc_dir)
  foreach(package_program sorn:first sorn-io:ensemble)
    string(REGEX MATCH "(.+):(.+)" whole ${package_program})
    set(package ${CMAKE_MATCH_1})
    set(program ${CMAKE_MATCH_2})
    if(EXISTS ${pc_dir}/${package}.pc)
      run(${CMAKE_COMMAND} -E env PKG_CONFIG_PATH=${pc_dir} ${PKG_CONFIG} --cflags --libs --static ${package})
      if(NOT output MATCHES "-L${WORK_DIR}/moved/|-L${pc_dir}/" OR output MATCHES "${WORK_DIR}/prefix")
        message(FATAL_ERROR "pkg-config names other folders than that of its file:\n${output}")
      endif()
      separate_arguments(options UNIX_COMMAND "${output}")
      run(${CXX} ${flags} -std=c++20 -O0 ${SOURCE_DIR}/examples/cpp/${program}.cpp -o ${WORK_DIR}/${program} ${options})
      run(${CMAKE_COMMAND} -E env LD_LIBRARY_PATH=${pc_dir}/.. ${WORK_DIR}/${program}) # for shared libraries
      if(NOT output MATCHES "(mean rate: |mean_rate: )0\\.[0-9]+")
        message(FATAL_ERROR "${program}, linked with pkg-config, printed:\n${output}")
      endif()
    endif()
  endforeach()
  run(${CMAKE_COMMAND} -E env PKG_CONFIG_PATH=${pc_dir} ${PKG_CONFIG} --libs sorn)
  if(output MATCHES "hwy|openmp")
    message(FATAL_ERROR "what only the static library needs is not private: ${output}")
  endif()
  file(RENAME ${WORK_DIR}/moved ${WORK_DIR}/prefix)
endif()

run(${CMAKE_COMMAND} -S ${SOURCE_DIR}/tests/package/messages -B ${WORK_DIR}/messages -G Ninja
    -DSORN_PREFIX=${WORK_DIR}/prefix -DCMAKE_CXX_COMPILER=${CXX})

if(EXISTS ${WORK_DIR}/prefix/bin/sorn)
  run(${WORK_DIR}/prefix/bin/sorn --version)
  run(${WORK_DIR}/prefix/bin/sorn man simulate)
  file(READ ${WORK_DIR}/prefix/share/man/man1/sorn-simulate.1 page)
  if(NOT page STREQUAL output)
    message(FATAL_ERROR "the installed page sorn-simulate.1 is not the one of the command")
  endif()
  foreach(completion bash-completion/completions/sorn zsh/site-functions/_sorn fish/vendor_completions.d/sorn.fish)
    if(NOT EXISTS ${WORK_DIR}/prefix/share/${completion})
      message(FATAL_ERROR "share/${completion} is not installed")
    endif()
  endforeach()
endif()

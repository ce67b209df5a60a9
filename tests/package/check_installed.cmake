# Installs the build into a folder of its own, builds the C++ example against it, runs it and checks what it says.
# Called as a test with BUILD_DIR, EXAMPLE_DIR, WORK_DIR, CXX and CXX_FLAGS.
function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${ARGV}\nended with ${result}:\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${WORK_DIR})
run(${CMAKE_COMMAND} --install ${BUILD_DIR} --prefix ${WORK_DIR}/prefix)
run(${CMAKE_COMMAND} -S ${EXAMPLE_DIR} -B ${WORK_DIR}/build -G Ninja -DCMAKE_PREFIX_PATH=${WORK_DIR}/prefix
    -DCMAKE_CXX_COMPILER=${CXX} -DCMAKE_CXX_FLAGS=${CXX_FLAGS} -DCMAKE_BUILD_TYPE=Release)
run(${CMAKE_COMMAND} --build ${WORK_DIR}/build)
run(${WORK_DIR}/build/first)
if(NOT output MATCHES "W_EE synapses: 38[0-9][0-9] -> [0-9]+\nmean rate: 0\\.[0-9]+ spikes per unit and step\n")
  message(FATAL_ERROR "the example said:\n${output}")
endif()
if(EXISTS ${WORK_DIR}/prefix/bin/sorn)
  run(${WORK_DIR}/prefix/bin/sorn --version)
endif()

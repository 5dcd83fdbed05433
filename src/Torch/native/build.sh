#!/bin/sh
# Builds libledtorch.so into src/Torch/native/build. Quick when up to date.
#
#   LIBTORCH=/opt/libtorch src/Torch/native/build.sh      a libtorch unpacked by hand
#   CMAKE_PREFIX_PATH=...  src/Torch/native/build.sh      anything CMake can find
#   src/Torch/native/build.sh                             Debian's libtorch-dev
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build="$here/build"
prefix="${LIBTORCH:-}${LIBTORCH:+;}${CMAKE_PREFIX_PATH:-}"

command -v cmake >/dev/null || { echo "build.sh: cmake is missing: apt-get install cmake g++" >&2; exit 1; }

# Configure when there is no cache yet or when the libtorch asked for has changed.
if [ ! -f "$build/CMakeCache.txt" ] || [ "$(cat "$build/prefix" 2>/dev/null)" != "$prefix" ]; then
    rm -rf "$build"
    mkdir -p "$build"
    cmake -S "$here" -B "$build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$prefix" >"$build/configure.log" 2>&1 || {
        tail -n 30 "$build/configure.log" >&2
        echo "build.sh: libtorch was not found or is unusable: apt-get install libtorch-dev libopenblas0-openmp cmake g++, or set LIBTORCH" >&2
        exit 1
    }
    printf '%s' "$prefix" >"$build/prefix"
fi
cmake --build "$build" --parallel "${JOBS:-1}"

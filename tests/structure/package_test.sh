#!/usr/bin/env bash
# A user's project outside of the tree, with folders core/ and data/ of its own: it finds the installed package and runs
# README's ConvNet, and it can take the sources with add_subdirectory and FetchContent.
#   package_test.sh SOURCE BUILD COMPILER
set -euo pipefail
source=$1 build=$2 compiler=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/user/core" "$work/user/data"
cd "$work/user"

echo 'inline int own_tensor() { return 7; }' >core/tensor.h
echo 'inline int own_loader() { return 8; }' >data/loader.h
{
  echo '#include <cstdio>'
  echo '#include <evenkeel/evenkeel.h>'
  echo '#include "core/tensor.h"'
  echo '#include "data/loader.h"'
  echo 'using namespace ek;'
  sed -n '/^struct ConvNet/,/^};/p' "$source/README.md"
  cat <<'CPP'
int main() {
  ConvNet model;
  model.initialize({.seed = 1});
  const Tensor logits = model(Tensor::zeros({2, 3, 32, 32}));
  std::printf("%s %d %d\n", text(logits.shape()).c_str(), own_tensor(), own_loader());
}
CPP
} >main.cpp

project() {  # the lines that bring the library
  cat >CMakeLists.txt <<CMAKE
cmake_minimum_required(VERSION 3.22)
project(user LANGUAGES CXX)
$1
add_executable(user main.cpp)
target_include_directories(user PRIVATE \${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(user PRIVATE evenkeel::evenkeel)
CMAKE
}
configure() { cmake -S . -B "$1" -G Ninja -DCMAKE_CXX_COMPILER="$compiler" "${@:2}" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }; }
make() { ninja -C "$1" "$2" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }; }

cmake --install "$build" --prefix "$work/prefix" >/dev/null
project 'find_package(evenkeel 0.1 REQUIRED)'
configure installed -DCMAKE_PREFIX_PATH="$work/prefix"
make installed user
found=$(./installed/user)
[ "$found" = "[2, 10] 7 8" ] || { echo "package_test.sh: the program printed '$found', expected '[2, 10] 7 8'"; exit 1; }

# With the sources only this one file is compiled: the library itself is.
project "add_subdirectory($source evenkeel)"
configure sources
make sources CMakeFiles/user.dir/main.cpp.o
if ninja -C sources -t targets all | grep -q 'test_core\|convnet:'; then
  echo "package_test.sh: a project that adds the sources gets our tests or programs"
  exit 1
fi
project 'include(FetchContent)
FetchContent_Declare(evenkeel URL https://127.0.0.1/none.tar.gz)
FetchContent_MakeAvailable(evenkeel)'
configure fetched -DFETCHCONTENT_SOURCE_DIR_EVENKEEL="$source"
make fetched CMakeFiles/user.dir/main.cpp.o
echo "the package is found in all three ways"

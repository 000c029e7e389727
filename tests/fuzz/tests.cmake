# Fuzzers, which are built on request with clang: cmake -DCMAKE_CXX_COMPILER=clang++ -DEVENKEEL_FUZZ=ON
option(EVENKEEL_FUZZ "build the fuzzers (clang)" OFF)
if(EVENKEEL_FUZZ)
  file(GLOB data_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/data/*.cpp)  # compiled anew, with coverage
  add_executable(image_fuzz fuzz/image_fuzz.cpp ${data_sources})
  target_compile_options(image_fuzz PRIVATE -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all)
  target_link_options(image_fuzz PRIVATE -fsanitize=fuzzer,address,undefined)
  target_link_libraries(image_fuzz PRIVATE ek_core ZLIB::ZLIB)
endif()

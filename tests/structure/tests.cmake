ek_test(test_structure SOURCES
  structure/includes_test.cpp
  structure/layering_test.cpp
  structure/pages_test.cpp
  structure/reading_path_test.cpp
  structure/readme_test.cpp
  structure/room_sizes_test.cpp
  structure/shape_test.cpp)
if(TARGET convnet)
  add_dependencies(test_structure convnet)  # README's flags are looked up in its help
endif()
# The C++ of README.md, and a run of it.
ek_test(test_readme_examples SOURCES structure/readme_examples.cpp LINKS ek_models ek_optim ek_data)
add_test(NAME test_readme_examples COMMAND test_readme_examples)
# A user's project outside of the tree. The installed libraries must be linked without a sanitizer's runtime.
if(EVENKEEL_INSTALL AND NOT EVENKEEL_SANITIZE)
  add_test(NAME test_structure.package
           COMMAND bash ${CMAKE_CURRENT_SOURCE_DIR}/structure/package_test.sh ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}
                   ${CMAKE_CXX_COMPILER})
endif()

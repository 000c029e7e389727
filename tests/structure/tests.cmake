ek_test(test_structure SOURCES
  structure/includes_test.cpp
  structure/layering_test.cpp
  structure/pages_test.cpp
  structure/reading_path_test.cpp
  structure/readme_test.cpp
  structure/shape_test.cpp)
if(TARGET convnet)
  add_dependencies(test_structure convnet)  # README's flags are looked up in its help
endif()
# The C++ of README.md, and a run of it.
ek_test(test_readme_examples SOURCES structure/readme_examples.cpp LINKS ek_models ek_optim ek_data)
add_test(NAME test_readme_examples COMMAND test_readme_examples)

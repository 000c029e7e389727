# layers/gradcheck_test.cpp and layers/batchnorm_traps_test.cpp have programs of their own, see golden/tests.cmake.
ek_test(test_layers
  SOURCES
  layers/init_test.cpp
  layers/layer_modes_test.cpp
  layers/layer_test.cpp
  layers/norm_layer_test.cpp
  layers/sequential_test.cpp
  LINKS ek_layers)

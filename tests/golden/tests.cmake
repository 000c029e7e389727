# What PyTorch computes (tests/golden), and gradient checks in double.
find_program(EVENKEEL_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH)  # the one that Debian's python3-torch is for
if(NOT EVENKEEL_PYTHON)
  find_program(EVENKEEL_PYTHON python3)
endif()

ek_test(test_golden
  SOURCES
  golden/convnet_test.cpp
  golden/layers_test.cpp
  golden/models_test.cpp
  golden/ops_test.cpp
  golden/optim_test.cpp
  golden/torch_reads_test.cpp
  support/convnet_formula.cpp
  support/golden.cpp
  LINKS ek_models ek_optim)
target_compile_definitions(test_golden PRIVATE EVENKEEL_PYTHON="${EVENKEEL_PYTHON}")

set(gradcheck_support support/gradcheck.cpp support/naive.cpp support/op_table.cpp
                      support/op_table_images.cpp)
ek_test(test_op_table SOURCES core/op_table_test.cpp ${gradcheck_support} LINKS ek_core)
ek_test(test_op_table_f64 SOURCES core/op_table_test.cpp ${gradcheck_support} LINKS ek_core_f64)
ek_test(test_gradcheck
  SOURCES layers/gradcheck_test.cpp support/gradcheck.cpp support/layer_table.cpp
  LINKS ek_layers_f64)
ek_test(test_batchnorm_traps SOURCES
  layers/batchnorm_numerics_traps_test.cpp
  layers/batchnorm_state_traps_test.cpp
  layers/batchnorm_traps_test.cpp LINKS ek_layers)

# The same numbers from every table of kernels that this CPU can run.
foreach(cpu baseline avx2 avx512)
  add_test(NAME test_golden.${cpu}
           COMMAND test_golden --source-file=*/ops_test.cpp,*/layers_test.cpp,*/optim_test.cpp)
  add_test(NAME test_op_table.${cpu} COMMAND test_op_table)
  set_tests_properties(test_golden.${cpu} test_op_table.${cpu}
    PROPERTIES ENVIRONMENT EVENKEEL_CPU=${cpu} SKIP_REGULAR_EXPRESSION "cannot run here")
endforeach()

# core/op_table_test.cpp has programs of its own, see golden/tests.cmake.
ek_test(test_core SOURCES
  core/autograd_test.cpp
  core/conv_random_test.cpp
  core/conv_edges_test.cpp
  core/conv_test.cpp
  core/cpu_quota_test.cpp
  core/deferred_test.cpp
  core/deferred_threads_test.cpp
  core/denormals_test.cpp
  core/dots_kernels_test.cpp
  core/dropout_test.cpp
  core/errors_test.cpp
  core/file_test.cpp
  core/folding_test.cpp
  core/gemm_test.cpp
  core/graph_life_test.cpp
  core/kernels_test.cpp
  core/limits_test.cpp
  core/normalize_test.cpp
  core/optimizer_kernels_test.cpp
  core/parallel_test.cpp
  core/plain_test.cpp
  core/planes_test.cpp
  core/pooling_test.cpp
  core/product_test.cpp
  core/profile_test.cpp
  core/random_test.cpp
  core/replace_file_test.cpp
  core/safetensors_hostile_test.cpp
  core/safetensors_test.cpp
  core/safetensors_write_test.cpp
  core/shape_test.cpp
  core/shifted_kernels_test.cpp
  core/state_test.cpp
  core/storage_test.cpp
  core/tables_test.cpp
  core/temporary_file_test.cpp
  core/tensor_test.cpp
  core/tile_kernels_test.cpp
  core/training_fusion_test.cpp
  core/window_kernels_test.cpp
  core/winograd_kernels_test.cpp
  core/winograd_test.cpp
  support/naive.cpp LINKS ek_core)
ek_few_threads(test_core core/few_threads_test.cpp)
# The naive loops must round after every operation, as the kernels do.
set_source_files_properties(core/kernels_test.cpp PROPERTIES COMPILE_OPTIONS -ffp-contract=off)

# The ops whose kernels have vector types, on every table that this CPU can run.
foreach(cpu baseline avx2 avx512)
  add_test(NAME test_core.${cpu}
           COMMAND test_core --source-file=*/conv_test.cpp,*/conv_edges_test.cpp,*/deferred_test.cpp,*/folding_test.cpp,*/normalize_test.cpp,*/winograd_test.cpp,*kernels_test.cpp --no-path-filenames)
  set_tests_properties(test_core.${cpu} PROPERTIES ENVIRONMENT EVENKEEL_CPU=${cpu}
                                                   SKIP_REGULAR_EXPRESSION "cannot run here")
endforeach()
# 3x3 with many channels goes the direct way too, and its dweight by products of matrices.
add_test(NAME test_core.no_winograd
         COMMAND test_core --source-file=*/conv_test.cpp,*/conv_edges_test.cpp,*/conv_random_test.cpp --no-path-filenames)
set_tests_properties(test_core.no_winograd PROPERTIES ENVIRONMENT EVENKEEL_WINOGRAD=0)
# The plain loops in place of the fast ways.
add_test(NAME test_core.reference
         COMMAND test_core --source-file=*/conv_test.cpp,*/conv_edges_test.cpp,*/normalize_test.cpp --no-path-filenames)
set_tests_properties(test_core.reference PROPERTIES ENVIRONMENT EVENKEEL_REFERENCE=1)
# The bits of whole ops on two tables: core/tables_test.cpp runs this on each.
add_executable(op_digests core/op_digests.cpp)
target_link_libraries(op_digests PRIVATE ek_core)
add_dependencies(test_core op_digests)

add_test(NAME test_core.unknown_cpu COMMAND test_core --source-file=*/kernels_test.cpp)
set_tests_properties(test_core.unknown_cpu PROPERTIES
  ENVIRONMENT EVENKEEL_CPU=abacus
  PASS_REGULAR_EXPRESSION "EVENKEEL_CPU: 'abacus' cannot run here. this CPU can run baseline")

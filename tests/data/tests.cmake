ek_test(test_data SOURCES
  data/cifar_test.cpp
  data/dataset_test.cpp
  data/idx_test.cpp
  data/image_folder_test.cpp
  data/png_bmp_test.cpp
  data/split_folders_test.cpp
  data/image_formats_test.cpp
  data/image_test.cpp
  data/loader_test.cpp
  data/real_cifar10_test.cpp
  data/synthetic_test.cpp
  data/transform_test.cpp LINKS ek_data ZLIB::ZLIB)
ek_few_threads(test_data data/prefetch_test.cpp)
add_test(NAME test_data.get_cifar10 COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/data/get_cifar10_test.sh
                                            ${PROJECT_SOURCE_DIR}/data/get_cifar10.sh)
set_tests_properties(test_data.get_cifar10 PROPERTIES SKIP_REGULAR_EXPRESSION "SKIPPED:")

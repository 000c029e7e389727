ek_test(test_lab SOURCES
  lab/dropout_test.cpp
  lab/effect_text_test.cpp
  lab/lab_test.cpp
  lab/modes_test.cpp
  lab/norm_statistics_test.cpp
  lab/null_test.cpp
  lab/page_words_test.cpp
  lab/placement_test.cpp
  lab/probes_test.cpp
  lab/race_test.cpp
  lab/record_test.cpp
  lab/shift_test.cpp
  lab/small_batches_test.cpp
  lab/snapshot_test.cpp
  lab/statistics_test.cpp
  lab/sweep_test.cpp
  lab/variants_test.cpp
  LINKS ek_lab ek_training nlohmann_json::nlohmann_json)
add_dependencies(test_lab convnet)

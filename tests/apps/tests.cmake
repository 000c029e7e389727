ek_test(test_apps SOURCES
  apps/bench_test.cpp apps/compare_test.cpp apps/config_test.cpp apps/data_errors_test.cpp apps/eval_test.cpp
  apps/inspect_test.cpp apps/interrupt_test.cpp apps/output_test.cpp apps/predict_test.cpp apps/train_test.cpp
  apps/usage_test.cpp apps/run_program.cpp LINKS ek_training nlohmann_json::nlohmann_json)
add_dependencies(test_apps convnet)

ek_test(test_lab SOURCES lab/lab_test.cpp lab/probes_test.cpp lab/race_test.cpp lab/record_test.cpp
                         lab/statistics_test.cpp lab/sweep_test.cpp
  LINKS ek_lab ek_training nlohmann_json::nlohmann_json)

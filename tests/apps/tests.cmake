ek_test(test_apps SOURCES
  apps/axes_test.cpp
  apps/bench_test.cpp
  apps/compare_page_test.cpp
  apps/compare_test.cpp
  apps/config_test.cpp
  apps/data_errors_test.cpp
  apps/denormals_test.cpp
  apps/eval_test.cpp
  apps/evaluation_data_test.cpp
  apps/flag_values_test.cpp
  apps/folder_lock_test.cpp
  apps/inspect_test.cpp
  apps/interrupt_test.cpp
  apps/lab_command_test.cpp
  apps/open_data_test.cpp
  apps/output_test.cpp
  apps/photographs_test.cpp
  apps/predict_test.cpp
  apps/progress_test.cpp
  apps/report_test.cpp
  apps/run_program.cpp
  apps/sample_page.cpp
  apps/terminal_test.cpp
  apps/train_test.cpp
  apps/usage_test.cpp
  apps/validation_test.cpp
  LINKS ek_report ek_training nlohmann_json::nlohmann_json)
add_library(no_locks MODULE apps/no_locks.cpp)
target_compile_definitions(test_apps PRIVATE EVENKEEL_NO_LOCKS="$<TARGET_FILE:no_locks>")
add_dependencies(test_apps convnet no_locks)
if(TARGET few_threads)
  ek_few_threads(test_apps apps/few_threads_test.cpp)
  add_dependencies(test_apps few_threads)
endif()
# The benchmark's scripts, as short as can be; CI has python3.
find_program(EVENKEEL_BENCH_PYTHON python3)
if(EVENKEEL_BENCH_PYTHON)
  add_dependencies(test_apps bench_ops)
  add_test(NAME test_apps.bench_scripts
           COMMAND ${EVENKEEL_BENCH_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/apps/bench_scripts_test.py ${PROJECT_SOURCE_DIR}
                   ${PROJECT_BINARY_DIR})
endif()
# What a browser makes of a report.
if(EVENKEEL_BENCH_PYTHON)
  add_executable(report_page apps/report_page.cpp apps/sample_page.cpp)
  target_link_libraries(report_page PRIVATE ek_program_flags ek_report)
  add_test(NAME test_apps.report_browser
           COMMAND ${EVENKEEL_BENCH_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/apps/report_browser_test.py ${PROJECT_BINARY_DIR})
  set_tests_properties(test_apps.report_browser PROPERTIES SKIP_REGULAR_EXPRESSION "SKIPPED:")
endif()

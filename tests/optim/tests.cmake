ek_test(test_optim SOURCES
  optim/adam_test.cpp
  optim/optimizer_test.cpp
  optim/parameter_groups_test.cpp
  optim/pieces_test.cpp
  optim/sgd_test.cpp LINKS ek_optim)
ek_test(test_optim_f64 SOURCES optim/sgd_test.cpp optim/adam_test.cpp LINKS ek_optim_f64)

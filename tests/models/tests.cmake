ek_test(test_models
  SOURCES
  models/convnet_test.cpp
  models/deep_test.cpp
  models/inference_threads_test.cpp
  models/mlp_test.cpp
  models/resnet_test.cpp
  models/vgg_test.cpp
  LINKS ek_models ek_optim)

ek_test(test_models SOURCES models/convnet_test.cpp LINKS ek_models ek_optim)

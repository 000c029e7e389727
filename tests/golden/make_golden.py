#!/usr/bin/python3
"""Writes the golden numbers that tests/golden/*_test.cpp compare with: what PyTorch computes for every op, layer, loss
and optimizer, and for training steps of the models. Needs python3-torch and python3-numpy; the tests need neither.
Run it to make the files anew (the same bytes each time with the same PyTorch): tests/golden/make_golden.py"""
import warnings

import torch

import golden_convnet
import golden_layers
import golden_models
import golden_ops
import golden_optim

if __name__ == "__main__":
    warnings.filterwarnings("ignore", message="Using padding='same'")  # its cost is PyTorch's own business
    torch.set_num_threads(1)
    for family in (golden_ops, golden_layers, golden_optim, golden_convnet, golden_models):
        family.make()

// .safetensors: the checkpoint format that PyTorch, mlx, candle and tinygrad all read.
#pragma once

#include <map>
#include <string>

#include "evenkeel/core/files/file.h"
#include "evenkeel/core/files/state.h"

namespace ek {

/// A file's tensors and its "__metadata__" strings.
struct SafeTensors {
  StateDict tensors;
  std::map<std::string, std::string> metadata;
};

/// Reads a file. F32, F16 and BF16 become Real (F64 too where Real is double); I64, I32, U8 and BOOL become
/// IntTensor. Tensors come in the order of the file. Every rule of the format is checked before anything is
/// allocated; beyond the format, at most 16,384 tensors with 8 axes and 1 MiB of metadata are taken.
/// Throws DataError with the path and the reason.
SafeTensors read_safetensors(const fs::path& path);

/// Writes a file whole or not at all, as replace_file (core/files/replace_file.h) does and with its errors. Throws
/// std::invalid_argument for what a file cannot hold.
void write_safetensors(const fs::path& path, const SafeTensors& content);

}  // namespace ek

// .safetensors: the checkpoint format that PyTorch, mlx, candle and tinygrad all read.
#pragma once

#include <map>

#include "core/file.h"
#include "core/state.h"

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

/// Writes a file whole or not at all: into a temporary file beside it ("<path>.tmp-<process>-<number>", which
/// stays behind only where the process is killed), flushed to the disk, then renamed. Throws
/// std::runtime_error with the path and the system's reason, std::invalid_argument for what a file cannot
/// hold; an old file of that name is then untouched, unless it is the last flush that failed, the folder's:
/// then the new one is in place.
void write_safetensors(const fs::path& path, const SafeTensors& content);

}  // namespace ek

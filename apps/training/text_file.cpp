#include "apps/training/text_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>

#include "core/check.h"

namespace ek {

void write_text(const std::filesystem::path& file, const std::string& content, WriteMode mode) {
  std::FILE* stream = std::fopen(file.c_str(), mode == WriteMode::append ? "ab" : "wb");
  bool ok = stream && std::fwrite(content.data(), 1, content.size(), stream) == content.size();
  int reason = ok ? 0 : errno;
  if (stream && std::fclose(stream) != 0 && ok) {  // what is buffered meets a full disk here
    ok = false;
    reason = errno;
  }
  if (!ok) throw std::runtime_error(text(file.string(), ": cannot write: ", std::strerror(reason)));
}

}  // namespace ek

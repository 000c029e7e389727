#include "apps/report/replace_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "core/check.h"

namespace ek {

void replace_file(const std::filesystem::path& file, const std::string& content) {
  const std::string temporary = text(file.string(), ".tmp-", ::getpid());
  std::FILE* stream = std::fopen(temporary.c_str(), "wb");
  bool ok = stream && std::fwrite(content.data(), 1, content.size(), stream) == content.size();
  int reason = ok ? 0 : errno;
  const auto also = [&](bool done) {
    if (!done && ok) reason = errno;
    ok = ok && done;
  };
  if (stream) also(std::fclose(stream) == 0);  // what is buffered meets a full disk here
  if (ok) also(std::rename(temporary.c_str(), file.c_str()) == 0);
  if (ok) return;
  if (stream) std::remove(temporary.c_str());
  throw std::runtime_error(text(file.string(), ": cannot write: ", std::strerror(reason)));
}

}  // namespace ek

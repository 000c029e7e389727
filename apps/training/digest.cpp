#include "apps/training/digest.h"

#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>

#include "core/check.h"

namespace ek {
namespace {

void demand(int result) {
  if (result != 1) throw std::runtime_error("sha256: OpenSSL refused to compute it");
}

}  // namespace

std::string sha256(const StateDict& state) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> hash(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  demand(EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr));
  for (const auto& [name, value] : state) {
    demand(EVP_DigestUpdate(hash.get(), name.c_str(), name.size() + 1));  // the final 0 separates
    const auto bytes = std::visit([](const auto& v) { return std::as_bytes(std::span(v.data())); }, value);
    demand(EVP_DigestUpdate(hash.get(), bytes.data(), bytes.size()));
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  demand(EVP_DigestFinal_ex(hash.get(), digest.data(), &size));
  std::string hex;
  for (unsigned int i = 0; i < size; ++i)
    for (const int shift : {4, 0}) hex += "0123456789abcdef"[digest[i] >> shift & 15];
  return hex;
}

}  // namespace ek

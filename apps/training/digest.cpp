#include "apps/training/digest.h"

#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <variant>

#include "evenkeel/core/base/check.h"

namespace ek {
namespace {

class Sha256 {
 public:
  Sha256() { demand(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr)); }

  void add(std::span<const std::byte> bytes) {
    demand(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
  }
  /// A word with the zero byte behind it, which separates it from what follows.
  void add(const std::string& word) {
    add(std::as_bytes(std::span(word.c_str(), word.size() + 1)));
  }

  std::string hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    demand(EVP_DigestFinal_ex(context_.get(), digest.data(), &size));
    std::string digits;
    for (unsigned int i = 0; i < size; ++i) {
      for (const int shift : {4, 0}) digits += "0123456789abcdef"[digest[i] >> shift & 15];
    }
    return digits;
  }

 private:
  static void demand(int result) {
    if (result != 1) throw std::runtime_error("sha256: OpenSSL refused to compute it");
  }

  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_{EVP_MD_CTX_new(),
                                                                   &EVP_MD_CTX_free};
};

}  // namespace

std::string sha256(const StateDict& state) {
  Sha256 hash;
  for (const auto& [name, value] : state) {
    hash.add(name);
    hash.add(std::visit([](const auto& v) { return std::as_bytes(std::span(v.data())); }, value));
  }
  return hash.hex();
}

std::string sha256(const std::vector<std::string>& words) {
  Sha256 hash;
  for (const std::string& word : words) hash.add(word);
  return hash.hex();
}

}  // namespace ek

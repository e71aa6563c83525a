#include "python/sha256.h"

#include <openssl/evp.h>

namespace v8py {

std::string Sha256(std::string_view bytes) {
  unsigned char digest[32];
  unsigned int size = sizeof digest;
  if (!EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr)) return "";
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (unsigned char byte : digest) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

}  // namespace v8py

#include "mcp/token.h"

#include <sys/random.h>

#include <cstdlib>

namespace v8py::mcp {

std::string MakeToken() {
  unsigned char bytes[16];
  // Cannot fail for so few, once the kernel has booted.
  if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) abort();
  std::string token;
  for (unsigned char byte : bytes) {
    token += "0123456789abcdef"[byte >> 4];
    token += "0123456789abcdef"[byte & 15];
  }
  return token;
}

}  // namespace v8py::mcp

// Names that cannot be guessed.
#pragma once

#include <string>

namespace v8py::mcp {

// 128 bits of the kernel's randomness, as 32 hexadecimal digits.
std::string MakeToken();

}  // namespace v8py::mcp

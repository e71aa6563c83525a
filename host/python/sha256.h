// SHA-256.
#pragma once

#include <string>
#include <string_view>

namespace v8py {

// Lower-case hexadecimal.
std::string Sha256(std::string_view bytes);

}  // namespace v8py

// Base64 (RFC 4648).
#pragma once

#include <string>
#include <string_view>

namespace v8py {

std::string Base64(std::string_view bytes);

}  // namespace v8py

// Base64 (RFC 4648).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace v8py {

std::string Base64(std::string_view bytes);
// nullopt for what is none; line ends are passed over, padding may be missing.
std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace v8py

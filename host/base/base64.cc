#include "base/base64.h"

#include <algorithm>
#include <cstdint>

namespace v8py {

namespace {

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string Base64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    size_t have = std::min<size_t>(3, bytes.size() - i);
    for (size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < have ? static_cast<unsigned char>(bytes[i + k]) : 0);
    }
    for (size_t k = 0; k < 4; ++k) {
      text += k <= have ? kDigits[group >> (18 - 6 * k) & 63] : '=';
    }
  }
  return text;
}

std::optional<std::string> DecodeBase64(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  uint32_t group = 0;
  size_t digits = 0, padding = 0;
  for (char c : text) {
    if (c == '\n' || c == '\r') continue;
    size_t value = kDigits.find(c);
    if (c == '=') {
      ++padding;
      continue;
    }
    if (value == std::string_view::npos || padding > 0) return std::nullopt;
    group = group << 6 | static_cast<uint32_t>(value);
    if (++digits % 4 != 0) continue;
    for (int shift : {16, 8, 0}) bytes += static_cast<char>(group >> shift & 255);
  }
  size_t left = digits % 4;
  if (left == 1 || padding > 2 || (padding > 0 && left + padding != 4)) return std::nullopt;
  if (left >= 2) bytes += static_cast<char>(group >> (left == 2 ? 4 : 10) & 255);
  if (left == 3) bytes += static_cast<char>(group >> 2 & 255);
  return bytes;
}

}  // namespace v8py

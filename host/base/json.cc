#include "base/json.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace v8py {

namespace {

constexpr size_t kMaxDepth = 64;

// Walks over CBOR without recursion, because nlohmann's reader recurses: a hostile megabyte of
// opening brackets would exhaust our stack. The size of the value that `bytes` begins with, if it
// is one of definite lengths, nested at most kMaxDepth deep; 0 otherwise.
size_t SizeOfShallowCbor(std::string_view bytes) {
  std::vector<uint64_t> open;  // how many items each container that is open still lacks
  size_t at = 0;
  do {
    if (at >= bytes.size()) return 0;
    unsigned char head = static_cast<unsigned char>(bytes[at++]);
    unsigned major = head >> 5, info = head & 31;
    uint64_t argument = info;
    if (info >= 28) return 0;  // reserved, or of indefinite length
    if (info >= 24) {
      size_t width = size_t{1} << (info - 24);
      if (bytes.size() - at < width) return 0;
      for (argument = 0; width-- > 0;) {
        argument = argument << 8 | static_cast<unsigned char>(bytes[at++]);
      }
    }
    if (!open.empty()) --open.back();
    if (major == 2 || major == 3) {  // bytes, text
      if (bytes.size() - at < argument) return 0;
      at += argument;
    } else if (major == 4 || major == 5) {  // array, map
      if (argument > bytes.size() || open.size() == kMaxDepth) return 0;
      open.push_back(major == 5 ? argument * 2 : argument);
    } else if (major == 6) {
      return 0;  // tags: none is ours
    }
    while (!open.empty() && open.back() == 0) open.pop_back();
  } while (!open.empty());
  return at;
}

}  // namespace

std::string DumpJson(const Json& value, int indent) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

bool IsUtf8(std::string_view text) {
  try {
    return !Json(text).dump().empty();
  } catch (const Json::type_error&) {
    return false;
  }
}

size_t DepthOfJson(std::string_view text) {
  size_t depth = 0, deepest = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (quoted && c == '\\') {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && (c == '[' || c == '{')) {
      deepest = std::max(deepest, ++depth);
    } else if (!quoted && (c == ']' || c == '}')) {
      --depth;
    }
  }
  return deepest;
}

Result<Json> ParseJson(std::string_view text) {
  Json value = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) return Fail(CallerError("not valid JSON"));
  return value;
}

std::string EncodeCbor(const Json& value) {
  std::string bytes;
  Json::to_cbor(value, bytes);
  return bytes;
}

Result<Json> DecodeCbor(std::string_view bytes, std::string_view* rest) {
  size_t size = SizeOfShallowCbor(bytes);
  if (size == 0 || (!rest && size != bytes.size())) {
    return Fail(WorldError("not a CBOR value of ours"));
  }
  if (rest) *rest = bytes.substr(size);
  bytes = bytes.substr(0, size);
  Json value = Json::from_cbor(bytes.begin(), bytes.end(), /*strict=*/true,
                               /*allow_exceptions=*/false);
  if (value.is_discarded()) return Fail(WorldError("not valid CBOR"));
  return value;
}

}  // namespace v8py

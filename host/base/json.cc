#include "base/json.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <vector>

namespace v8py {

namespace {

constexpr size_t kMaxDepth = 64;
constexpr size_t kMaxTextDepth = 512;

// Marks binary values, of which JSON has none, whose bytes are JSON.
constexpr Json::binary_t::subtype_type kRaw = 0x4a534f4e;

bool IsRaw(const Json& value) {
  return value.is_binary() && value.get_binary().has_subtype() &&
         value.get_binary().subtype() == kRaw;
}

bool HasRaw(const Json& value) {
  if (!value.is_structured()) return IsRaw(value);
  return std::any_of(value.begin(), value.end(), HasRaw);
}

void DumpWithRaw(const Json& value, std::string& text) {
  if (IsRaw(value)) {
    text.append(value.get_binary().begin(), value.get_binary().end());
  } else if (value.is_object()) {
    text += '{';
    for (const auto& [name, member] : value.items()) {
      if (text.back() != '{') text += ',';
      text += DumpJson(name) + ':';
      DumpWithRaw(member, text);
    }
    text += '}';
  } else if (value.is_array()) {
    text += '[';
    for (const Json& item : value) {
      if (text.back() != '[') text += ',';
      DumpWithRaw(item, text);
    }
    text += ']';
  } else {
    text += DumpJson(value);
  }
}

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

// The code unit of the escape \uXXXX at `at`; 0: there is none.
unsigned EscapedUnit(std::string_view text, size_t at) {
  unsigned unit = 0;
  if (text.substr(at, 2) != "\\u" || text.size() - at < 6) return 0;
  auto [end, error] = std::from_chars(text.data() + at + 2, text.data() + at + 6, unit, 16);
  return error == std::errc() && end == text.data() + at + 6 ? unit : 0;
}

// Escapes of surrogates that are no pair are replaced.
std::string WithoutHalves(std::string_view text) {
  std::string whole;
  for (size_t i = 0; i < text.size();) {
    unsigned unit = EscapedUnit(text, i);
    size_t length = unit ? 6 : text[i] == '\\' ? 2 : 1;
    bool first = unit >= 0xd800 && unit < 0xdc00, second = unit >= 0xdc00 && unit < 0xe000;
    if (first) {
      unsigned next = EscapedUnit(text, i + 6);
      first = !(next >= 0xdc00 && next < 0xe000);
      length = first ? 6 : 12;
    }
    whole += first || second ? "\\ufffd" : text.substr(i, length);
    i += length;
  }
  return whole;
}

// Whether a name, as it is written between quotes, is this one.
bool IsName(std::string_view written, std::string_view name) {
  if (written.find('\\') == written.npos) return written == name;
  Result<Json> text = ParseJson('"' + std::string(written) + '"');
  return text && *text == name;
}

}  // namespace

std::string DumpJson(const Json& value, int indent) {
  if (HasRaw(value)) {
    std::string text;
    DumpWithRaw(value, text);
    return text;
  }
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

Json RawJson(std::string_view json) {
  std::string text = WithoutHalves(json);
  std::vector<uint8_t> bytes;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '"') quoted = !quoted;
    bool space = !quoted && (c == ' ' || c == '\n' || c == '\r' || c == '\t');
    if (!space) bytes.push_back(static_cast<uint8_t>(c));
    if (quoted && c == '\\') bytes.push_back(static_cast<uint8_t>(text[++i]));
  }
  return Json::binary(std::move(bytes), kRaw);
}

bool IsUtf8(std::string_view text) {
  try {
    return !Json(text).dump().empty();
  } catch (const Json::type_error&) {
    return false;
  }
}

std::string_view RawMember(std::string_view object, std::string_view name) {
  std::string_view found, key;
  size_t depth = 0, begin = 0;
  bool is_value = false;
  for (size_t i = 0; i < object.size(); ++i) {
    char c = object[i];
    if (c == '"') {
      size_t start = i + 1;
      for (++i; i < object.size() && object[i] != '"'; ++i) i += object[i] == '\\';
      if (depth == 1 && !is_value) key = object.substr(start, i - start);
    } else if (c == '[' || c == '{') {
      if (++depth == 1 && c == '[') return {};
    } else if (c == ':' && depth == 1) {
      is_value = true;
      begin = i + 1;
    } else if (c == ',' || c == ']' || c == '}') {
      if (depth == 1 && is_value) {
        if (IsName(key, name)) found = object.substr(begin, i - begin);
        is_value = false;
      }
      if (c != ',') --depth;
    }
  }
  return found;
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
    } else if (!quoted && depth > 0 && (c == ']' || c == '}')) {
      --depth;
    }
  }
  return deepest;
}

Result<Json> ParseJson(std::string_view text) {
  // Values are copied and written recursively.
  if (DepthOfJson(text) > kMaxTextDepth) {
    return Fail(CallerError("nested deeper than " + std::to_string(kMaxTextDepth)));
  }
  // The library passes over the one, and takes the other for the end.
  if (text.starts_with("\xef\xbb\xbf") || text.find('\0') != text.npos) {
    return Fail(CallerError("not valid JSON"));
  }
  Json value = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded() && text.find("\\u") != text.npos) {
    value = Json::parse(WithoutHalves(text), nullptr, /*allow_exceptions=*/false);
  }
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

// JSON and CBOR values. The one place where nlohmann's exceptions are caught.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/status.h"

namespace v8py {

using Json = nlohmann::json;

// Never fails: text that is not UTF-8 gets replacement characters.
std::string DumpJson(const Json& value, int indent = -1);
// What DumpJson() writes as `json`, which is valid: with all digits of its numbers, which a Json
// does not keep. White space in it is left out, so that it stays one line.
Json RawJson(std::string_view json);
// Whether `text` can stand in JSON as it is.
bool IsUtf8(std::string_view text);
// Escapes of half a character, "\ud83d", which JavaScript and Python write and RFC 8259 lets stand,
// become U+FFFD. Refuses all that RFC 8259 does, byte order marks, and nesting deeper than 512.
Result<Json> ParseJson(std::string_view text);
// The text of a member of `object`, which is valid JSON: with all digits of its numbers, which a
// Json does not keep. "": there is none. Of two the last.
std::string_view RawMember(std::string_view object, std::string_view name);
// How deep lists and objects are nested in `text`, which is JSON.
size_t DepthOfJson(std::string_view text);

std::string EncodeCbor(const Json& value);
// Refuses what is not exactly one value, and nesting deeper than 64. With `rest` other bytes may
// follow: it views them.
Result<Json> DecodeCbor(std::string_view bytes, std::string_view* rest = nullptr);

}  // namespace v8py

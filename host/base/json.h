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
// Whether `text` can stand in JSON as it is.
bool IsUtf8(std::string_view text);
Result<Json> ParseJson(std::string_view text);
// How deep lists and objects are nested in `text`, which is JSON.
size_t DepthOfJson(std::string_view text);

std::string EncodeCbor(const Json& value);
// Refuses what is not exactly one value, and nesting deeper than 64. With `rest` other bytes may
// follow: it views them.
Result<Json> DecodeCbor(std::string_view bytes, std::string_view* rest = nullptr);

}  // namespace v8py

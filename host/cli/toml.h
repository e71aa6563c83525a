// TOML (toml.io 1.0): the one place that knows the library for it.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace v8py {

// A document as JSON: tables are objects, dates are strings. kCaller with line and column.
Result<Json> ParseToml(std::string_view text, const std::string& name);
// An object as a document; without null.
std::string DumpToml(const Json& object);

}  // namespace v8py

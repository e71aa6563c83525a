// Names of resources: a file of a run, a file of a session.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"

namespace v8py::mcp {

// "v8py://run/<run>/<path>": `kind` and `owner` are the first two parts. Everything but letters,
// digits and "-._~/" is escaped in the path.
std::string MakeUri(std::string_view kind, std::string_view owner, std::string_view path);
struct Uri {
  std::string kind, owner, path;
};
// kCaller for what is no such name.
Result<Uri> ParseUri(std::string_view text);

}  // namespace v8py::mcp

// What a request of MCP says in HTTP headers beside its body, so that whoever passes it on need not
// read that: the specification's "Request Metadata".
#pragma once

#include <optional>
#include <string>

#include "base/json.h"

namespace v8py::mcp {

struct McpHeaders {
  std::optional<std::string> version;  // MCP-Protocol-Version
  std::optional<std::string> method;   // Mcp-Method
  std::optional<std::string> name;     // Mcp-Name
  std::optional<std::string> session;  // Mcp-Session-Id, before 2026-07-28
};

// Whether it is a message of a revision without a handshake.
bool IsModernMessage(const McpHeaders& headers, const Json& message);
// Why such a request is not what its headers say; "": it is.
std::string FindMismatch(const McpHeaders& headers, const Json& message);

}  // namespace v8py::mcp

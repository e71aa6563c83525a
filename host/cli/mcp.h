// `v8py mcp`: the MCP server.
#pragma once

#include "cli/mcp_options.h"

namespace v8py {

// The exit code.
int Mcp(McpOptions options);

}  // namespace v8py

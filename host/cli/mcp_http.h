// Whether `v8py mcp` is to speak HTTP, and where.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "cli/arguments.h"
#include "mcp/http/server.h"

namespace v8py {

struct McpHttpChoice {
  bool wanted = false;
  mcp::HttpOptions options;
  std::string token_file;
  bool port_given = false;  // by --port, as mcp-run-python has it
};

// The options of `v8py mcp` about it, which write into `choice`.
std::vector<OptionSpec> McpHttpOptionTable(McpHttpChoice& choice);
// What a word says of the transport: "stdio", "streamable-http", "streamable-http-stateless".
// False: it is none of them.
bool ReadTransport(std::string_view word, McpHttpChoice& choice);
// Checks what was given once all is read, and reads the token. nullopt: standard input and output.
Result<std::optional<mcp::HttpOptions>> TakeHttp(McpHttpChoice choice);

}  // namespace v8py

// What `v8py mcp` was asked to do.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "cli/arguments.h"
#include "cli/exec_options.h"
#include "cli/mcp_http.h"
#include "mcp/settings.h"

namespace v8py {

struct McpOptions {
  ExecOptions grants;  // limits, permissions, packages and image, as exec has them
  mcp::Settings settings;
  std::optional<mcp::HttpOptions> http;  // nullopt: standard input and output
  std::string telemetry;                 // a file; "": none
  bool verbose = false;
  bool help = false;
};

// The options of `v8py mcp`, which write into `options` and `http`. Also what `--help` lists.
std::vector<OptionSpec> McpOptionTable(McpOptions& options, McpHttpChoice& http);
// Words after `v8py mcp`. kCaller for what makes no sense.
Result<McpOptions> ParseMcpOptions(std::vector<std::string_view> words);

}  // namespace v8py

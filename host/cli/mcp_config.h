// `v8py mcp config CLIENT`: what a user pastes into a client's configuration.
#pragma once

#include <string_view>
#include <vector>

namespace v8py {

// The words after "config". The exit code.
int McpConfig(std::vector<std::string_view> words);

}  // namespace v8py

#include "cli/mcp_config.h"

#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <string>

#include "base/json.h"
#include "base/nearest.h"
#include "cli/mcp_options.h"
#include "cli/output.h"

namespace v8py {

namespace {

// Where a client keeps its servers, and what the object around them is called.
struct Client {
  std::string_view name;
  std::string_view file;
  std::string_view key;
  bool type = false;  // an entry says that it is of the type "stdio"
};
constexpr Client kClients[] = {
    {"claude", "claude_desktop_config.json (Settings, Developer, Edit Config)", "mcpServers"},
    {"claude-code", ".mcp.json of a project", "mcpServers", true},
    {"cline", "cline_mcp_settings.json (MCP Servers, Configure)", "mcpServers"},
    {"cursor", "~/.cursor/mcp.json, or .cursor/mcp.json of a project", "mcpServers"},
    {"vscode", ".vscode/mcp.json of a project", "servers", true},
    {"windsurf", "~/.codeium/windsurf/mcp_config.json", "mcpServers"},
    {"zed", "settings.json of Zed", "context_servers"},
};

std::string ThisProgram() {
  char path[PATH_MAX];
  ssize_t size = readlink("/proc/self/exe", path, sizeof path);
  return size > 0 ? std::string(path, static_cast<size_t>(size)) : "v8py";
}

// "v8py" where that is this program for everybody, else its path.
std::string Command() {
  std::string own = ThisProgram();
  std::string_view places = getenv("PATH") ? getenv("PATH") : "";
  while (!places.empty()) {
    size_t colon = std::min(places.find(':'), places.size());
    std::string candidate = std::string(places.substr(0, colon)) + "/v8py";
    char* found = realpath(candidate.c_str(), nullptr);
    std::string real = found ? found : "";
    free(found);
    if (!real.empty()) return real == own ? "v8py" : own;
    places.remove_prefix(std::min(colon + 1, places.size()));
  }
  return own;
}

const Client* Find(std::string_view name) {
  auto found = std::find_if(std::begin(kClients), std::end(kClients),
                            [&](const Client& client) { return client.name == name; });
  return found == std::end(kClients) ? nullptr : found;
}

}  // namespace

int McpConfig(std::vector<std::string_view> words) {
  std::vector<std::string_view> names;
  std::string list;
  for (const Client& client : kClients) {
    names.push_back(client.name);
    list += (list.empty() ? "" : ", ") + std::string(client.name);
  }
  const Client* client = words.empty() ? nullptr : Find(words.front());
  if (!client) {
    std::string nearest = words.empty() ? "" : Nearest(words.front(), names);
    PrintError("'v8py mcp config' wants one of " + list +
               (nearest.empty() ? "" : "; did you mean '" + nearest + "'?") +
               ", and then the options of 'v8py mcp'");
    return kExitUsage;
  }
  words.erase(words.begin());
  // What it would refuse is better known now.
  if (Result<McpOptions> options = ParseMcpOptions(words); !options) {
    PrintError(options.error().message());
    return kExitUsage;
  }
  nlohmann::ordered_json entry;
  if (client->type) entry["type"] = "stdio";
  entry["command"] = Command();
  entry["args"] = {"mcp"};
  for (std::string_view word : words) entry["args"].push_back(word);
  nlohmann::ordered_json config;
  config[client->key]["python"] = std::move(entry);
  if (isatty(STDERR_FILENO)) PrintError("for " + std::string(client->file) + ":");
  return Print(config.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace v8py

// The tools: what a client is told of them, and what they do.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "mcp/artifacts.h"
#include "mcp/interpreters.h"
#include "mcp/sessions.h"
#include "mcp/settings.h"
#include "mcp/tool_call.h"

namespace v8py::mcp {

// What a tool works with. `session` null: none was named.
struct ToolContext {
  const Settings& settings;
  Interpreters& interpreters;
  Sessions& sessions;
  Artifacts& artifacts;
  ToolCall& call;
  Session* session;
  const Json& arguments;         // checked against the tool's inputSchema
  const std::string& variables;  // the text of global_variables; "": not known
};

struct Tool {
  enum class Uses {
    kNoSession,   // knows none
    kMaySession,  // works in one when it is named, or else in a fresh interpreter
    kSession,     // must be given one
    kNewSession   // makes one when none is named
  };
  std::string_view name;
  Uses uses;
  Json (*definition)(const Settings& settings);
  Json (*work)(ToolContext& context);
};

const std::vector<Tool>& Tools();
// nullptr: there is none of this name.
const Tool* FindTool(std::string_view name);

// Why arguments are not what the schema wants: "python_code is missing"; "": they are. Members that
// the schema does not name are taken out.
std::string CheckArguments(const Json& schema, Json& arguments);

}  // namespace v8py::mcp

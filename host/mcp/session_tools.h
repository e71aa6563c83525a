// Tools for interpreters that are kept.
#pragma once

#include "base/json.h"
#include "mcp/tools.h"

namespace v8py::mcp {

Json StartSessionDefinition(const Settings& settings);
Json StartSession(ToolContext& context);
Json ListSessionsDefinition(const Settings& settings);
Json ListSessions(ToolContext& context);
Json ResetSessionDefinition(const Settings& settings);
Json ResetSession(ToolContext& context);
Json EndSessionDefinition(const Settings& settings);
Json EndSession(ToolContext& context);

// "session_id" as the schema of a tool has it.
Json SessionIdSchema();
// How a tool that is no danger to anything is annotated.
Json HarmlessAnnotations(bool read_only);
// The schema of an object with these members, all of them required.
Json ObjectSchema(Json properties);

}  // namespace v8py::mcp

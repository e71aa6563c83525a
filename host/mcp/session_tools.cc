#include "mcp/session_tools.h"

#include "base/units.h"
#include "mcp/render.h"

namespace v8py::mcp {

namespace {

Json NoArguments() {
  return {{"type", "object"}, {"properties", Json::object()}, {"additionalProperties", false}};
}

Json SessionOnly() {
  return {{"type", "object"},
          {"properties", {{"session_id", SessionIdSchema()}}},
          {"required", {"session_id"}},
          {"additionalProperties", false}};
}

Json Only(const std::string& session_id) { return StructuredResult({{"session_id", session_id}}); }

Json IdSchema() { return ObjectSchema({{"session_id", {{"type", "string"}}}}); }

double SecondsSince(Session::Clock::time_point then) {
  auto passed = Session::Clock::now() - then;
  return static_cast<double>(std::chrono::duration_cast<std::chrono::seconds>(passed).count());
}

}  // namespace

Json SessionIdSchema() {
  return {{"type", "string"}, {"description", "The session, as start_session has named it"}};
}

Json HarmlessAnnotations(bool read_only) {
  return {{"readOnlyHint", read_only},
          {"destructiveHint", false},
          {"idempotentHint", read_only},
          {"openWorldHint", false}};
}

Json ObjectSchema(Json properties) {
  Json required = Json::array();
  for (const auto& [name, schema] : properties.items()) required.push_back(name);
  return {
      {"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)}};
}

Json StartSessionDefinition(const Settings& settings) {
  std::string life = settings.session_idle_ms == V8PY_UNLIMITED
                         ? "It stays until end_session"
                         : "It ends by end_session, or when nobody has used it for " +
                               FormatDuration(static_cast<double>(settings.session_idle_ms));
  return {{"title", "Start a session"},
          {"description",
           "Start a Python interpreter that is kept: give the session_id that you get to "
           "run_python_code, and names, modules and files stay from one call to the next. " +
               life + ". At most " + std::to_string(settings.sessions) + " at a time."},
          {"inputSchema", NoArguments()},
          {"outputSchema", IdSchema()},
          {"annotations", HarmlessAnnotations(false)}};
}

Json StartSession(ToolContext& context) { return Only(context.session->id); }

Json ListSessionsDefinition(const Settings&) {
  Json session = ObjectSchema({{"session_id", {{"type", "string"}}},
                               {"calls", {{"type", "integer"}}},
                               {"busy", {{"type", "boolean"}}},
                               {"age_seconds", {{"type", "number"}}},
                               {"idle_seconds", {{"type", "number"}}}});
  return {
      {"title", "List the sessions"},
      {"description", "The sessions that there are, with their age and when they were last used."},
      {"inputSchema", NoArguments()},
      {"outputSchema", ObjectSchema({{"sessions", {{"type", "array"}, {"items", session}}}})},
      {"annotations", HarmlessAnnotations(true)}};
}

Json ListSessions(ToolContext& context) {
  Json list = Json::array();
  context.sessions.EndIdle();
  for (const auto& session : context.sessions.All()) {
    std::lock_guard lock(session->mutex);
    list.push_back({{"session_id", session->id},
                    {"calls", session->calls},
                    {"busy", session->pending > 0},
                    {"age_seconds", SecondsSince(session->created)},
                    {"idle_seconds", SecondsSince(session->used)}});
  }
  return StructuredResult({{"sessions", std::move(list)}});
}

Json ResetSessionDefinition(const Settings&) {
  Json annotations = HarmlessAnnotations(false);
  annotations["destructiveHint"] = true;
  return {
      {"title", "Reset a session"},
      {"description", "Give a session a fresh interpreter: its names, modules and files are gone."},
      {"inputSchema", SessionOnly()},
      {"outputSchema", IdSchema()},
      {"annotations", annotations}};
}

Json ResetSession(ToolContext& context) {
  Status status = context.sessions.Reset(*context.session);
  return status.ok() ? Only(context.session->id) : ErrorResult("v8py: " + status.message());
}

Json EndSessionDefinition(const Settings&) {
  Json annotations = HarmlessAnnotations(false);
  annotations["destructiveHint"] = true;
  return {{"title", "End a session"},
          {"description", "End a session, with its names and files."},
          {"inputSchema", SessionOnly()},
          {"outputSchema", IdSchema()},
          {"annotations", annotations}};
}

Json EndSession(ToolContext& context) {
  context.sessions.End(context.session->id, "end_session was called");
  return Only(context.session->id);
}

}  // namespace v8py::mcp

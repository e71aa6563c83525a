#include "mcp/package_tools.h"

#include "mcp/guest_call.h"
#include "mcp/render.h"
#include "mcp/session_tools.h"

namespace v8py::mcp {

namespace {

Json PackagesSchema() {
  Json package = ObjectSchema({{"name", {{"type", "string"}}}, {"version", {{"type", "string"}}}});
  return {{"type", "array"}, {"items", package}};
}

}  // namespace

Json InstallPackagesDefinition(const Settings& settings) {
  std::string allowed = Listed(settings.installable);
  return {{"title", "Install packages"},
          {"description",
           "Install packages of the Python index into a session, with what they depend on. " +
               (allowed.empty() ? "This server allows none; its operator would have to, by "
                                  "--allow-packages=NAME."
                                : "Allowed here: " + allowed + ".") +
               " Without a session_id a new session is started."},
          {"inputSchema",
           {{"type", "object"},
            {"properties",
             {{"packages",
               {{"type", "array"},
                {"items", {{"type", "string"}}},
                {"description", "Requirements as pip has them: \"attrs\", \"pandas>=2\""}}},
              {"session_id", SessionIdSchema()}}},
            {"required", {"packages"}},
            {"additionalProperties", false}}},
          {"outputSchema",
           ObjectSchema({{"session_id", {{"type", "string"}}}, {"packages", PackagesSchema()}})},
          {"annotations",
           {{"readOnlyHint", false},
            {"destructiveHint", false},
            {"idempotentHint", true},
            {"openWorldHint", true}}}};
}

Json InstallPackages(ToolContext& context) {
  auto answer = CallGuest(context.interpreters, context.session, context.call, "install",
                          Json::array({context.arguments["packages"]}), "", Await::kYes);
  if (!answer) return ErrorResult(answer.error().message());
  return StructuredResult({{"session_id", context.session->id}, {"packages", answer->value}});
}

Json ListPackagesDefinition(const Settings&) {
  return {{"title", "List the packages"},
          {"description",
           "The packages that are installed, with their versions: in a session, or in a fresh "
           "interpreter."},
          {"inputSchema",
           {{"type", "object"},
            {"properties", {{"session_id", SessionIdSchema()}}},
            {"additionalProperties", false}}},
          {"outputSchema", ObjectSchema({{"packages", PackagesSchema()}})},
          {"annotations", HarmlessAnnotations(true)}};
}

Json ListPackages(ToolContext& context) {
  auto answer =
      CallGuest(context.interpreters, context.session, context.call, "packages", Json::array());
  if (!answer) return ErrorResult(answer.error().message());
  return StructuredResult({{"packages", answer->value}});
}

}  // namespace v8py::mcp

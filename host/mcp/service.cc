#include "mcp/service.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "mcp/code_tool.h"
#include "mcp/file_tools.h"
#include "mcp/render.h"
#include "mcp/request_span.h"
#include "mcp/telemetry.h"
#include "mcp/tools.h"
#include "mcp/uri.h"

namespace v8py::mcp {

namespace {

Json Definitions(Settings settings, const Interpreters& interpreters) {
  settings.packages = interpreters.packages();
  Json definitions = Json::array();
  for (const Tool& tool : Tools()) {
    Json definition = tool.definition(settings);
    definition["name"] = tool.name;
    definitions.push_back(std::move(definition));
  }
  return definitions;
}

const Json& Schema(const Json& definitions, std::string_view name) {
  auto found = std::find_if(definitions.begin(), definitions.end(),
                            [&](const Json& tool) { return tool["name"] == name; });
  return (*found)["inputSchema"];
}

// Of what is no program's doing: the machine, or us.
Json FaultResult(const Status& status) {
  return ErrorResult(status.code() == Code::kCaller ? status.message()
                                                    : "v8py: " + status.message());
}

}  // namespace

Service::Service(Settings settings, std::function<bool()> hold)
    : settings_(std::move(settings)),
      tools_(Definitions(settings_, interpreters_)),
      instructions_(
          "Call the \"run_python_code\" tool with the Python code to run. To keep "
          "variables and files from one call to the next, give it the session_id of "
          "start_session."),
      calls_(settings_.concurrency, settings_.waiting, std::move(hold)) {
  if (!settings_.telemetry) return;
  settings_.telemetry->SetLevels([this] {
    return Telemetry::Levels{sessions_.All().size(), calls_.waiting()};
  });
}

Service::~Service() {
  // Calls that run are waited for, and the clients of these have not taken them along.
  tasks().CancelAll();
  if (settings_.telemetry) settings_.telemetry->SetLevels(nullptr);
}

void Service::Observe(ToolCall& call, std::string_view method, std::string_view tool) const {
  if (settings_.telemetry) call.Observe(*settings_.telemetry, method, tool);
}

const Json& Service::resource_templates() const {
  static const Json kTemplates =
      Json::array({{{"uriTemplate", "v8py://session/{session_id}/{+path}"},
                    {"name", "file of a session"},
                    {"description", "A file in the working folder of a session"}},
                   {{"uriTemplate", "v8py://run/{run}/{+path}"},
                    {"name", "file of a run"},
                    {"description", "A file that a program has made"}}});
  return kTemplates;
}

void Service::CallTool(const std::shared_ptr<ToolCall>& call, const std::string& name,
                       Json arguments, std::string variables) {
  const Tool* tool = FindTool(name);
  Observe(*call, "tools/call", tool ? tool->name : "");
  if (!tool)
    return call->Fail(ErrorCode::kInvalidParams, "Tool " + name.substr(0, 100) + " not found");
  std::string problem = CheckArguments(Schema(tools_, name), arguments);
  if (!problem.empty()) {
    std::string text = "Invalid arguments for tool " + name + ": " + problem;
    if (!HasArgumentResults(call->revision())) return call->Fail(ErrorCode::kInvalidParams, text);
    return call->Answer(ErrorResult(text));
  }
  const Json& id = Member(arguments, "session_id");
  std::optional<std::string> session_id;
  if (tool->uses != Tool::Uses::kNoSession && id.is_string()) session_id = id.get<std::string>();
  bool makes_one = tool->uses == Tool::Uses::kNewSession && !session_id;
  auto work = [this, call, tool, makes_one, arguments = std::move(arguments),
               variables = std::move(variables)](Session* session) {
    if (call->cancelled()) return;
    std::shared_ptr<Session> made;
    if (makes_one) {
      auto created = sessions_.Create();
      if (!created) return call->Answer(FaultResult(created.error()));
      made = *created;
      session = made.get();
    }
    ToolContext context{settings_, interpreters_, sessions_, artifacts_,
                        *call,     session,       arguments, variables};
    Json result = tool->work(context);
    if (made) sessions_.Release(*made);
    // Nobody has been told of it.
    bool unknown = made && result.contains("isError");
    if (unknown) sessions_.End(made->id, "what it was made for has failed");
    call->Answer(ToolResultFor(call->revision(), FitLine(std::move(result))));
  };
  Log("mcp", LogLevel::kDebug, "tools/call " + name);
  InTurn(call, session_id, std::move(work),
         [call](const std::string& why) { call->Answer(ErrorResult(why)); });
}

void Service::InTurn(const std::shared_ptr<ToolCall>& call,
                     const std::optional<std::string>& session_id,
                     std::function<void(Session*)> work,
                     const std::function<void(const std::string&)>& refuse) {
  std::shared_ptr<Session> session;
  if (session_id) {
    auto found = sessions_.Acquire(*session_id);
    if (!found) return refuse(found.error().message());
    session = *found;
  }
  bool added = calls_.Add(session_id.value_or(""), [this, call, session, work = std::move(work)] {
    if (call->span()) call->span()->Begin();
    work(session.get());
    if (session) sessions_.Release(*session);
  });
  if (added) return;
  if (session) sessions_.Release(*session);
  if (call->span()) call->span()->SetError("busy");
  refuse("busy: " + std::to_string(settings_.waiting) +
         " calls wait for their turn already; try again later");
}

void Service::ReadResource(const std::shared_ptr<ToolCall>& call, const std::string& text) {
  Observe(*call, "resources/read", "");
  // "Resource not found" has had another code.
  ErrorCode code =
      IsModern(call->revision()) ? ErrorCode::kInvalidParams : ErrorCode::kResourceNotFound;
  auto missing = [call, code, text](const std::string& why) {
    call->Fail(code, "Resource not found: " + why, {{"uri", text}});
  };
  auto found = [call, text](const std::string& bytes, const std::string& type) {
    call->Answer({{"contents", Json::array({ContentOf(text, bytes, type)})}});
  };
  Result<Uri> uri = ParseUri(text);
  if (!uri) return missing(uri.error().message());
  if (uri->kind == "run") {
    auto file = artifacts_.Read(uri->owner, uri->path, kMostFile);
    return file ? found(file->bytes, file->type) : missing(file.error().message());
  }
  auto read = [this, call, missing, found, path = uri->path](Session* session) {
    if (call->cancelled()) return;
    auto bytes = ReadFromSession(interpreters_, *session, path, *call);
    bytes ? found(*bytes, TypeOf(path, *bytes)) : missing(bytes.error().message());
  };
  InTurn(call, uri->owner, read, missing);
}

Json Service::ListResources() const {
  Json list = artifacts_.List();
  for (const auto& session : sessions_.All()) {
    std::lock_guard lock(session->mutex);
    for (const auto& [path, file] : session->files) {
      list.push_back({{"uri", MakeUri("session", session->id, path)},
                      {"name", path},
                      {"size", file.size},
                      {"mimeType", file.type}});
    }
  }
  return list;
}

}  // namespace v8py::mcp

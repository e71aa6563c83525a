// What each method of the protocol does.
#include "mcp/connection.h"

namespace v8py::mcp {

namespace {

constexpr int kKeepFor = 3'600'000;  // milliseconds that lists may be kept

}  // namespace

bool Connection::Request::KnowsTasks() const {
  const Json& capabilities = Member(Member(params, "_meta"), kCapabilitiesKey);
  return Member(Member(capabilities, "extensions"), Tasks::kExtension).is_object();
}

bool Connection::IsFirstPage(const Request& request) {
  const Json& cursor = Member(request.params, "cursor");
  if (cursor.is_null() || cursor == Json("")) return true;
  request.Fail(ErrorCode::kInvalidParams, "there is no page of this cursor");
  return false;
}

void Connection::Initialize(const Request& request) {
  if (era_ == Era::kLegacy) {
    return request.Fail(ErrorCode::kInvalidRequest, "this connection is initialized already");
  }
  const Json& version = Member(request.params, "protocolVersion");
  if (!version.is_string()) {
    return request.Fail(ErrorCode::kInvalidParams, "'protocolVersion' is not a string");
  }
  std::optional<Revision> revision = FindRevision(version.get<std::string>());
  revision_ = revision && !IsModern(*revision) ? *revision : kLastLegacy;
  era_ = Era::kLegacy;
  Json info = ServerInfo();
  if (revision_ < Revision::k2025_06_18) info.erase("title");
  Reply({request.id, {}, "", revision_, request.send},
        {{"protocolVersion", NameOf(revision_)},
         {"capabilities",
          {{"tools", Json::object()}, {"resources", Json::object()}, {"logging", Json::object()}}},
         {"serverInfo", std::move(info)},
         {"instructions", offer_.instructions()}});
}

void Connection::Ping(const Request& request) { Reply(request, Json::object()); }

void Connection::Discover(const Request& request) {
  Reply(request,
        {{"supportedVersions", SupportedVersions()},
         {"capabilities",
          {{"tools", Json::object()},
           {"resources", Json::object()},
           {"logging", Json::object()},
           {"extensions", {{Tasks::kExtension, Json::object()}}}}},
         {"instructions", offer_.instructions()}},
        kKeepFor);
}

void Connection::SetLevel(const Request& request) {
  const Json& name = Member(request.params, "level");
  std::optional<Level> level;
  if (name.is_string()) level = FindLevel(name.get<std::string>());
  if (!level) {
    return request.Fail(ErrorCode::kInvalidParams, std::string("'level'") + kLevelNames);
  }
  level_ = *level;
  Reply(request, Json::object());
}

void Connection::ListTools(const Request& request) {
  if (!IsFirstPage(request)) return;
  Json tools = Json::array();
  for (const Json& tool : offer_.tools()) tools.push_back(ToolFor(request.revision, tool));
  Reply(request, {{"tools", std::move(tools)}}, kKeepFor);
}

void Connection::CallTool(const Request& request) {
  const Json& name = Member(request.params, "name");
  const Json& arguments = Member(request.params, "arguments");
  if (!name.is_string() || !(arguments.is_object() || arguments.is_null())) {
    return request.Fail(ErrorCode::kInvalidParams,
                        "'name' is a string, and 'arguments' is an object");
  }
  if (auto call = Begin(request)) {
    if (IsModern(request.revision) && request.KnowsTasks()) offer_.tasks().Watch(call);
    auto raw = RawMember(RawMember(request.text, "params"), "arguments");
    offer_.CallTool(call, name.get<std::string>(), arguments.is_null() ? Json::object() : arguments,
                    std::string(RawMember(raw, "global_variables")));
  }
}

void Connection::ListResources(const Request& request) {
  if (!IsFirstPage(request)) return;
  // What there is changes with each call of a tool.
  Reply(request, {{"resources", offer_.ListResources()}}, 0);
}

void Connection::ListTemplates(const Request& request) {
  if (!IsFirstPage(request)) return;
  Reply(request, {{"resourceTemplates", offer_.resource_templates()}}, kKeepFor);
}

void Connection::ReadResource(const Request& request) {
  const Json& uri = Member(request.params, "uri");
  if (!uri.is_string()) {
    return request.Fail(ErrorCode::kInvalidParams, "'uri' is not a string");
  }
  if (auto call = Begin(request, 0)) offer_.ReadResource(call, uri.get<std::string>());
}

void Connection::Listen(const Request& request) {
  // Lists and resources here send no notifications: none of what may be asked for is honoured. The
  // request stays open until it is cancelled.
  if (!Member(request.params, "notifications").is_object()) {
    return request.Fail(ErrorCode::kInvalidParams, "'notifications' is not an object");
  }
  auto call = Begin(request);
  if (!call) return;
  std::erase_if(listening_, [](const auto& other) { return other.second->cancelled(); });
  listening_.emplace_back(request.id, std::move(call));
  request.send(MakeNotification("notifications/subscriptions/acknowledged",
                                {{"notifications", Json::object()},
                                 {"_meta", {{kSubscriptionKey, request.id}}}}),
               Urgency::kNeeded);
}

std::optional<std::string> Connection::TaskOf(const Request& request) {
  if (!request.KnowsTasks()) {
    Json missing = {{"extensions", {{Tasks::kExtension, Json::object()}}}};
    request.Fail(ErrorCode::kMissingCapability, "Missing required client capability",
                 {{"requiredCapabilities", std::move(missing)}});
    return std::nullopt;
  }
  const Json& id = Member(request.params, "taskId");
  if (id.is_string() && offer_.tasks().Get(id.get<std::string>())) return id.get<std::string>();
  request.Fail(ErrorCode::kInvalidParams,
               id.is_string() ? "there is no such task (any more)" : "'taskId' is not a string");
  return std::nullopt;
}

void Connection::GetTask(const Request& request) {
  auto id = TaskOf(request);
  if (id) Reply(request, offer_.tasks().Get(*id).value_or(Json::object()));
}

void Connection::UpdateTask(const Request& request) {
  // No task here asks for anything; answers to what was not asked are ignored.
  if (TaskOf(request)) Reply(request, Json::object());
}

void Connection::CancelTask(const Request& request) {
  auto id = TaskOf(request);
  if (!id) return;
  offer_.tasks().Cancel(*id);
  Reply(request, Json::object());
}

}  // namespace v8py::mcp

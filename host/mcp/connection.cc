#include "mcp/connection.h"

#include <utility>
#include <vector>

#include "mcp/revision.h"

namespace v8py::mcp {

namespace {

constexpr const char* kLevelKey = "io.modelcontextprotocol/logLevel";
constexpr const char* kServerKey = "io.modelcontextprotocol/serverInfo";
constexpr size_t kMostOpen = 4096;  // requests

// The answers of a batch, sent as one when nobody is left who could add to them.
class Batch {
 public:
  explicit Batch(SendMessage send) : send_(std::move(send)) {}
  ~Batch() {
    if (!answers_.empty()) send_(std::move(answers_), Urgency::kNeeded);
  }
  void Add(Json answer) {
    std::lock_guard lock(mutex_);
    answers_.push_back(std::move(answer));
  }

 private:
  const SendMessage send_;
  std::mutex mutex_;
  Json answers_ = Json::array();
};

void SendError(const SendMessage& send, const Json& id, ErrorCode code, std::string_view text,
               Json data = nullptr) {
  send(MakeError(id, code, text, std::move(data)), Urgency::kNeeded);
}

void RefuseVersion(const SendMessage& send, const Json& id, const Json& requested) {
  SendError(send, id, ErrorCode::kUnsupportedVersion, "Unsupported protocol version",
            {{"supported", SupportedVersions()}, {"requested", requested}});
}

// What each result of the newest revision has beside.
Json WithMeta(Revision revision, Json result, std::optional<int> keep_for = std::nullopt) {
  if (!IsModern(revision)) return result;
  if (keep_for) {
    result["ttlMs"] = *keep_for;
    result["cacheScope"] = "private";
  }
  if (!result.contains("resultType")) result["resultType"] = "complete";
  result["_meta"][kServerKey] = Connection::ServerInfo();
  return result;
}

}  // namespace

Connection::Connection(Offer& offer, Revision revision)
    : offer_(offer), era_(IsModern(revision) ? Era::kModern : Era::kLegacy), revision_(revision) {}

Connection::~Connection() {
  for (const auto& [id, call] : listening_) call->Answer({{"_meta", {{kSubscriptionKey, id}}}});
  std::vector<std::shared_ptr<ToolCall>> calls;
  {
    std::lock_guard lock(open_->mutex);
    for (const auto& [id, call] : open_->calls) calls.push_back(call.lock());
  }
  for (const auto& call : calls) {
    if (call) call->Cancel();
  }
}

// ---- What came in ----

bool Connection::Receive(std::string_view message, const SendMessage& send) {
  if (message.find_first_not_of(" \t\r") == message.npos) return true;
  ErrorCode code{};
  Result<Json> value = ParseLine(message, code);
  if (value) return Receive(std::move(*value), message, send);
  SendError(send, nullptr, code, "Parse error: " + value.error().message());
  return false;
}

bool Connection::Receive(Json value, std::string_view text, const SendMessage& send) {
  if (value.is_array() && era_ == Era::kLegacy && HasBatches(revision_)) {
    return ReceiveBatch(std::move(value), send);
  }
  Incoming message = ReadMessage(std::move(value));
  message.text = text;
  return Handle(std::move(message), send);
}

void Connection::RefuseLong(const SendMessage& send) {
  SendError(send, nullptr, ErrorCode::kInvalidRequest,
            "a message is longer than " + std::to_string(kMaxMessage) + " bytes");
}

bool Connection::ReceiveBatch(Json values, const SendMessage& send) {
  if (values.empty()) {
    SendError(send, nullptr, ErrorCode::kInvalidRequest, "an empty batch");
    return false;
  }
  auto batch = std::make_shared<Batch>(send);
  SendMessage add = [batch, send](Json message, Urgency urgency) {
    if (urgency == Urgency::kOptional) return send(std::move(message), urgency);
    batch->Add(std::move(message));
  };
  for (Json& value : values) Handle(ReadMessage(std::move(value)), add);
  return true;
}

bool Connection::Handle(Incoming message, const SendMessage& send) {
  switch (message.kind) {
    case Incoming::Kind::kInvalid:
      SendError(send, message.id, ErrorCode::kInvalidRequest,
                "Invalid request: " + message.problem);
      return false;
    case Incoming::Kind::kNotification:
      if (message.method == "notifications/cancelled") Cancel(message.params);
      return true;
    case Incoming::Kind::kRequest:
      return HandleRequest(std::move(message), send);
    case Incoming::Kind::kResponse:
      return true;  // we ask nothing
  }
  return false;
}

bool Connection::HandleRequest(Incoming message, const SendMessage& send) {
  bool undecided = era_ == Era::kUndecided;
  bool bare = Member(Member(message.params, "_meta"), kVersionKey).is_null();
  if (message.method == "initialize" && era_ == Era::kModern && bare) {
    RefuseVersion(send, message.id, Member(message.params, "protocolVersion"));
    return false;
  }
  std::optional<Revision> revision = kLastLegacy;
  bool opens = undecided && (message.method == "initialize" || (message.method == "ping" && bare));
  if (!opens) revision = RevisionOf(message, send);
  if (!revision) return false;
  Method method = FindMethod(message.method, *revision);
  if (!method) {
    SendError(send, message.id, ErrorCode::kMethodNotFound,
              "Method not found: " + message.method.substr(0, 100));
    return false;
  }
  // A client may only have looked whether this is a server for it.
  if (undecided && IsModern(*revision) && message.method != "server/discover") era_ = Era::kModern;
  (this->*method)(
      {std::move(message.id), std::move(message.params), message.text, *revision, send});
  return true;
}

std::optional<Revision> Connection::RevisionOf(const Incoming& message, const SendMessage& send) {
  if (era_ == Era::kLegacy) return revision_;
  const Json& meta = Member(message.params, "_meta");
  bool modern = era_ == Era::kModern || message.method == "server/discover" ||
                !Member(meta, kVersionKey).is_null();
  if (modern) return ReadModern(message, send);
  SendError(send, message.id, ErrorCode::kInvalidParams,
            "This request has no _meta with " + std::string(kVersionKey) +
                ", and there was no initialize before it");
  return std::nullopt;
}

std::optional<Revision> Connection::ReadModern(const Incoming& message, const SendMessage& send) {
  const Json& meta = Member(message.params, "_meta");
  const Json& version = Member(meta, kVersionKey);
  if (!version.is_string()) {
    SendError(send, message.id, ErrorCode::kInvalidParams,
              std::string("_meta has no text ") + kVersionKey);
    return std::nullopt;
  }
  std::optional<Revision> revision = FindRevision(version.get_ref<const std::string&>());
  if (!revision || !IsModern(*revision)) {
    RefuseVersion(send, message.id, version);
    return std::nullopt;
  }
  if (!Member(meta, kCapabilitiesKey).is_object()) {
    SendError(send, message.id, ErrorCode::kInvalidParams,
              std::string("_meta has no object ") + kCapabilitiesKey);
    return std::nullopt;
  }
  const Json& level = Member(meta, kLevelKey);
  if (!level.is_null() && !(level.is_string() && FindLevel(level.get<std::string>()))) {
    SendError(send, message.id, ErrorCode::kInvalidParams, std::string(kLevelKey) + kLevelNames);
    return std::nullopt;
  }
  return revision;
}

Connection::Method Connection::FindMethod(std::string_view name, Revision revision) {
  struct Entry {
    std::string_view name;
    Method method;
    enum class Era { kBoth, kLegacy, kModern } era;
  };
  using enum Entry::Era;
  static constexpr Entry kMethods[] = {
      {"initialize", &Connection::Initialize, kLegacy},
      {"ping", &Connection::Ping, kLegacy},
      {"logging/setLevel", &Connection::SetLevel, kLegacy},
      {"server/discover", &Connection::Discover, kModern},
      {"subscriptions/listen", &Connection::Listen, kModern},
      {"tasks/get", &Connection::GetTask, kModern},
      {"tasks/update", &Connection::UpdateTask, kModern},
      {"tasks/cancel", &Connection::CancelTask, kModern},
      {"tools/list", &Connection::ListTools, kBoth},
      {"tools/call", &Connection::CallTool, kBoth},
      {"resources/list", &Connection::ListResources, kBoth},
      {"resources/templates/list", &Connection::ListTemplates, kBoth},
      {"resources/read", &Connection::ReadResource, kBoth},
  };
  for (const Entry& entry : kMethods) {
    bool here = entry.era == kBoth || (entry.era == kModern) == IsModern(revision);
    if (entry.name == name && here) return entry.method;
  }
  return nullptr;
}

// ---- Answers ----

Json Connection::ServerInfo() {
  return {{"name", "v8py"}, {"title", "v8py: Python in a sandbox"}, {"version", v8py_version()}};
}

void Connection::Request::Fail(ErrorCode code, std::string_view message, Json data) const {
  SendError(send, id, code, message, std::move(data));
}

void Connection::Reply(const Request& request, Json result, std::optional<int> keep_for) {
  result = WithMeta(request.revision, std::move(result), keep_for);
  request.send(MakeResult(request.id, std::move(result)), Urgency::kNeeded);
}

std::shared_ptr<ToolCall> Connection::Begin(const Request& request, std::optional<int> keep_for) {
  std::string key = DumpJson(request.id);
  ToolCall::Request wanted{request.id, request.revision, nullptr, level_};
  const Json& meta = Member(request.params, "_meta");
  const Json& token = Member(meta, "progressToken");
  if (token.is_string() || token.is_number_integer()) wanted.progress_token = token;
  const Json& parent = Member(meta, "traceparent");
  if (parent.is_string()) wanted.traceparent = parent.get<std::string>();
  if (IsModern(request.revision)) {
    const Json& level = Member(meta, kLevelKey);
    wanted.level = level.is_null() ? Level::kSilent : *FindLevel(level.get<std::string>());
  }
  std::lock_guard lock(open_->mutex);
  bool taken = open_->calls.contains(key);
  if (taken || open_->calls.size() >= kMostOpen) {
    // Of two with one id the first is to be answered.
    SendError(request.send, taken ? Json() : request.id, ErrorCode::kInvalidRequest,
              taken ? "a request with the id " + key.substr(0, 100) + " is under way already"
                    : "too many requests are under way");
    return nullptr;
  }
  auto send = [revision = request.revision, keep_for, send = request.send](Json message,
                                                                           Urgency urgency) {
    if (message.contains("result")) {
      message["result"] = WithMeta(revision, std::move(message["result"]), keep_for);
    }
    send(std::move(message), urgency);
  };
  auto call = std::make_shared<ToolCall>(std::move(wanted), std::move(send), [open = open_, key] {
    std::lock_guard lock(open->mutex);
    open->calls.erase(key);
  });
  open_->calls[key] = call;
  return call;
}

void Connection::Cancel(const Json& params) {
  const Json& id = Member(params, "requestId");
  if (id.is_null()) return;
  std::shared_ptr<ToolCall> call;
  {
    std::lock_guard lock(open_->mutex);
    auto found = open_->calls.find(DumpJson(id));
    if (found != open_->calls.end()) call = found->second.lock();
  }
  if (call) call->Cancel();
}

}  // namespace v8py::mcp

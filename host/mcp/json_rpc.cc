#include "mcp/json_rpc.h"

#include <utility>

namespace v8py::mcp {

namespace {

Incoming Invalid(Json id, std::string problem) {
  Incoming message;
  if (IsId(id)) message.id = std::move(id);
  message.problem = std::move(problem);
  return message;
}

}  // namespace

Result<Json> ParseLine(std::string_view line, ErrorCode& code) {
  code = ErrorCode::kParse;
  // Before it is parsed: values that are nested deeper than the stack would be copied recursively.
  if (DepthOfJson(line) > kMaxDepth) {
    code = ErrorCode::kInvalidRequest;
    return Fail(CallerError("nested deeper than " + std::to_string(kMaxDepth)));
  }
  return ParseJson(line);
}

bool IsId(const Json& value) { return value.is_string() || value.is_number_integer(); }

Incoming ReadMessage(Json value) {
  if (value.is_array()) return Invalid(nullptr, "batches are not part of this protocol version");
  if (!value.is_object()) return Invalid(nullptr, "a message is an object");
  const bool has_id = value.contains("id");
  Json id = has_id ? value["id"] : Json();
  if (Member(value, "jsonrpc") != "2.0") return Invalid(id, "'jsonrpc' is not \"2.0\"");
  if (!value.contains("method")) {
    bool answers = value.contains("result") || value.contains("error");
    if (!answers) return Invalid(id, "'method' is missing");
    Incoming message;
    message.kind = Incoming::Kind::kResponse;
    message.id = std::move(id);
    return message;
  }
  if (!value["method"].is_string()) return Invalid(id, "'method' is not a string");
  if (has_id && !IsId(id)) return Invalid(nullptr, "'id' is neither a string nor an integer");
  Incoming message;
  message.kind = has_id ? Incoming::Kind::kRequest : Incoming::Kind::kNotification;
  message.method = value["method"].get<std::string>();
  message.id = std::move(id);
  if (value.contains("params")) {
    if (!value["params"].is_object()) {
      Incoming invalid = Invalid(std::move(message.id), "'params' is not an object");
      // Notifications are never answered.
      if (!has_id) invalid.kind = Incoming::Kind::kResponse;
      return invalid;
    }
    message.params = std::move(value["params"]);
  }
  return message;
}

Json MakeResult(const Json& id, Json result) {
  return {{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(result)}};
}

Json MakeError(const Json& id, ErrorCode code, std::string_view message, Json data) {
  Json error = {{"code", static_cast<int>(code)}, {"message", message}};
  if (!data.is_null()) error["data"] = std::move(data);
  Json answer = {{"jsonrpc", "2.0"}, {"error", std::move(error)}};
  if (!id.is_null()) answer["id"] = id;
  return answer;
}

Json MakeNotification(std::string_view method, Json params) {
  return {{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}};
}

const Json& Member(const Json& object, std::string_view name) {
  static const Json kNull;
  if (!object.is_object()) return kNull;
  auto found = object.find(name);
  return found == object.end() ? kNull : *found;
}

}  // namespace v8py::mcp

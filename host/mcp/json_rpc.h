// JSON-RPC 2.0 as MCP uses it: what came in, and the two kinds of answers.
// https://www.jsonrpc.org/specification, MCP "Base protocol".
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/status.h"

namespace v8py::mcp {

enum class ErrorCode : int {
  kParse = -32700,
  kInvalidRequest = -32600,
  kMethodNotFound = -32601,
  kInvalidParams = -32602,
  kInternal = -32603,
  kResourceNotFound = -32002,  // before 2026-07-28
  kHeaderMismatch = -32020,    // from 2026-07-28, as what follows
  kMissingCapability = -32021,
  kUnsupportedVersion = -32022,
};

// One message of a client.
struct Incoming {
  enum class Kind { kRequest, kNotification, kResponse, kInvalid };
  Kind kind = Kind::kInvalid;
  Json id;             // a string or an integer; null: none, or none that can be answered
  std::string method;  // of a request or a notification
  Json params = Json::object();
  std::string problem;    // kInvalid: why
  std::string_view text;  // the whole message, while it is handled; "": it came in a batch
};

// What may be nested how deep in a message.
inline constexpr size_t kMaxDepth = 128;

// The value of a line; an error for what is no JSON, no UTF-8, or nested too deep.
Result<Json> ParseLine(std::string_view line, ErrorCode& code);
Incoming ReadMessage(Json value);
// Whether a value can be the id of a request.
bool IsId(const Json& value);

Json MakeResult(const Json& id, Json result);
// `id` null: the request could not be read, and the member is left out.
Json MakeError(const Json& id, ErrorCode code, std::string_view message, Json data = nullptr);
Json MakeNotification(std::string_view method, Json params);

// A member of an object: null when it is missing, or `object` is none.
const Json& Member(const Json& object, std::string_view name);

}  // namespace v8py::mcp

#include "mcp/http/headers.h"

#include "base/base64.h"
#include "mcp/json_rpc.h"
#include "mcp/revision.h"

namespace v8py::mcp {

namespace {

// A value that is no plain text stands in a header as "=?base64?…?=". nullopt: a broken one.
std::optional<std::string> Decode(const std::string& value) {
  constexpr std::string_view kBegin = "=?base64?", kEnd = "?=";
  std::string_view text = value;
  if (text.size() < kBegin.size() + kEnd.size() || !text.starts_with(kBegin) ||
      !text.ends_with(kEnd)) {
    return value;
  }
  text.remove_prefix(kBegin.size());
  text.remove_suffix(kEnd.size());
  return DecodeBase64(text);
}

// Which member of a method's params is repeated in Mcp-Name. nullptr: none.
const char* SourceOfName(const Json& method) {
  if (method == "tools/call" || method == "prompts/get") return "name";
  if (method == "resources/read") return "uri";
  bool task = method == "tasks/get" || method == "tasks/update" || method == "tasks/cancel";
  return task ? "taskId" : nullptr;
}

std::string Compare(const char* header, const std::optional<std::string>& value,
                    const Json& wanted) {
  if (!value) return std::string("Header mismatch: ") + header + " is missing";
  if (wanted.is_string() && *value == wanted.get_ref<const std::string&>()) return "";
  return std::string("Header mismatch: ") + header + " is '" + value->substr(0, 100) +
         "', the message has " + DumpJson(wanted).substr(0, 100);
}

}  // namespace

bool IsModernMessage(const McpHeaders& headers, const Json& message) {
  const Json& in_body = Member(Member(Member(message, "params"), "_meta"), kVersionKey);
  if (!in_body.is_null() || Member(message, "method") == "server/discover") return true;
  auto revision = FindRevision(headers.version.value_or(""));
  return revision && IsModern(*revision);
}

std::string FindMismatch(const McpHeaders& headers, const Json& message) {
  if (!message.is_object() || !message.contains("id")) return "";
  const Json& params = Member(message, "params");
  const Json& method = Member(message, "method");
  const Json& version = Member(Member(params, "_meta"), kVersionKey);
  std::string problem;
  // One that is missing in the body has an error of its own.
  if (!version.is_null()) problem = Compare("MCP-Protocol-Version", headers.version, version);
  if (problem.empty()) problem = Compare("Mcp-Method", headers.method, method);
  const char* source = SourceOfName(method);
  if (!problem.empty() || !source || Member(params, source).is_null()) return problem;
  std::optional<std::string> name = headers.name;
  if (name && !(name = Decode(*name))) return "Header mismatch: Mcp-Name is not valid Base64";
  return Compare("Mcp-Name", name, Member(params, source));
}

}  // namespace v8py::mcp

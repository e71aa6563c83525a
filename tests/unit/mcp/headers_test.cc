#include "mcp/http/headers.h"

#include <doctest/doctest.h>

#include "mcp/revision.h"

namespace v8py::mcp {

namespace {

constexpr const char* kModern = "2026-07-28";

Json Message(const char* method, Json params) {
  params["_meta"] = {{kVersionKey, kModern}};
  return {{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", std::move(params)}};
}

McpHeaders Headers(const char* method, std::optional<std::string> name = {}) {
  return {.version = kModern, .method = method, .name = std::move(name), .session = {}};
}

bool Fits(const McpHeaders& headers, const Json& message) {
  return FindMismatch(headers, message).empty();
}

}  // namespace

TEST_CASE("headers fit that say what the message says, and no others") {
  Json call = Message("tools/call", {{"name", "run"}});
  CHECK(Fits(Headers("tools/call", "run"), call));
  CHECK_FALSE(Fits(Headers("tools/call", "Run"), call));
  CHECK_FALSE(Fits(Headers("tools/call"), call));
  CHECK_FALSE(Fits(Headers("tools/list", "run"), call));
  McpHeaders headers = Headers("tools/call", "run");
  headers.method.reset();
  CHECK_FALSE(Fits(headers, call));
  headers = Headers("tools/call", "run");
  for (std::optional<std::string> version : {std::optional<std::string>(), {"2025-11-25"}}) {
    headers.version = version;
    CHECK_FALSE(Fits(headers, call));
  }
}

TEST_CASE("the name is that of a tool, a resource or a task; other methods have none") {
  CHECK(Fits(Headers("resources/read", "a://b"), Message("resources/read", {{"uri", "a://b"}})));
  CHECK_FALSE(Fits(Headers("resources/read", "b"), Message("resources/read", {{"uri", "a"}})));
  CHECK(Fits(Headers("tasks/get", "7"), Message("tasks/get", {{"taskId", "7"}})));
  CHECK_FALSE(Fits(Headers("tasks/get", "8"), Message("tasks/get", {{"taskId", "7"}})));
  CHECK(Fits(Headers("tools/list"), Message("tools/list", Json::object())));
}

TEST_CASE("a name in Base64 is what it stands for") {
  Json call = Message("tools/call", {{"name", "\xc3\xa9"}});
  CHECK(Fits(Headers("tools/call", "=?base64?w6k=?="), call));
  CHECK_FALSE(Fits(Headers("tools/call", "=?base64?cnVu?="), call));
  CHECK_FALSE(Fits(Headers("tools/call", "=?base64?w6k"), call));
  CHECK(FindMismatch(Headers("tools/call", "=?base64?!?="), call).find("valid Base64") !=
        std::string::npos);
}

TEST_CASE("values of other types than text are a mismatch, not an end") {
  for (const Json& name : {Json(1), Json(true), Json::array(), Json::object()}) {
    CHECK_FALSE(Fits(Headers("tools/call", "1"), Message("tools/call", {{"name", name}})));
  }
  for (const Json& message : {Json(), Json(1), Json::array(), Json::object()}) {
    CHECK(Fits(Headers("tools/call"), message));
    CHECK_FALSE(IsModernMessage({}, message));
  }
}

TEST_CASE("a message is modern by its body, its method or its header") {
  Json legacy = {{"jsonrpc", "2.0"}, {"id", 1}, {"method", "tools/list"}};
  CHECK(IsModernMessage({}, Message("tools/list", Json::object())));
  CHECK(IsModernMessage({}, {{"id", 1}, {"method", "server/discover"}}));
  CHECK(IsModernMessage(Headers("tools/list"), legacy));
  CHECK_FALSE(IsModernMessage({}, legacy));
  McpHeaders headers;
  headers.version = "2025-11-25";
  CHECK_FALSE(IsModernMessage(headers, legacy));
}

}  // namespace v8py::mcp

// A server of the tools and resources that the official conformance suite asks for, on v8py's own
// protocol layer. Usage: v8py_mcp_fixtures stdio | http | http-sessions (on a free port, which is
// told on standard error).

#include <chrono>
#include <cstdio>
#include <functional>
#include <map>
#include <string_view>
#include <thread>

#include "mcp/calls.h"
#include "mcp/http/server.h"
#include "mcp/offer.h"
#include "mcp/stdio.h"

namespace v8py::mcp {

namespace {

// A red pixel, and an eighth of a millisecond of silence.
constexpr const char* kPng =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg"
    "==";
constexpr const char* kWav = "UklGRigAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQQAAACAgICA";
// More than v8py waits between two notifications of progress.
constexpr std::chrono::milliseconds kPause{250}, kUntilTask{2500}, kNone{0};

Json Text(const std::string& text) { return {{"type", "text"}, {"text", text}}; }
Json Image() { return {{"type", "image"}, {"data", kPng}, {"mimeType", "image/png"}}; }
Json Resource(const std::string& uri, const std::string& type, const std::string& text) {
  return {{"type", "resource"}, {"resource", {{"uri", uri}, {"mimeType", type}, {"text", text}}}};
}
Json Content(std::initializer_list<Json> blocks) {
  return {{"content", Json(Json::array_t(blocks))}};
}

Json WithLogs(ToolCall& call, const Json&) {
  for (const char* text :
       {"Tool execution started", "Tool processing data", "Tool execution completed"}) {
    call.Log(Level::kInfo, text);
    std::this_thread::sleep_for(kPause);
  }
  return Content({Text("three logs were sent")});
}

Json WithProgress(ToolCall& call, const Json&) {
  for (const char* text : {"begun", "half done", "done"}) {
    call.Progress(text);
    std::this_thread::sleep_for(kPause);
  }
  return Content({Text("three steps were made")});
}

Json WithOneLog(ToolCall& call, const Json&) {
  call.Log(Level::kInfo, "one log");
  return Content({Text("one log was sent")});
}

// What the suite wants to see come through as it is.
Json RichSchema() {
  return {
      {"$schema", "https://json-schema.org/draft/2020-12/schema"},
      {"type", "object"},
      {"$defs",
       {{"address",
         {{"$anchor", "addressDef"},
          {"type", "object"},
          {"properties", {{"street", {{"type", "string"}}}, {"city", {{"type", "string"}}}}}}}}},
      {"properties",
       {{"name", {{"type", "string"}}},
        {"address", {{"$ref", "#/$defs/address"}}},
        {"contactMethod", {{"type", "string"}, {"enum", {"phone", "email"}}}},
        {"phone", {{"type", "string"}}},
        {"email", {{"type", "string"}}}}},
      {"allOf", {{{"anyOf", {{{"required", {"phone"}}}, {{"required", {"email"}}}}}}}},
      {"if",
       {{"properties", {{"contactMethod", {{"const", "phone"}}}}},
        {"required", {"contactMethod"}}}},
      {"then", {{"required", {"phone"}}}},
      {"else", {{"required", {"email"}}}},
      {"additionalProperties", false}};
}

// So long that v8py makes a task of it; ends soon once it is cancelled.
Json Slow(ToolCall& call, const Json& arguments) {
  const Json& seconds = Member(arguments, "seconds");
  auto left = std::chrono::milliseconds(seconds.is_number() ? seconds.get<int>() * 1000 : 0);
  if (left > kNone) left += kUntilTask;
  for (; left > kNone && !call.cancelled(); left -= kPause) std::this_thread::sleep_for(kPause);
  return Content({Text("done")});
}

using Work = std::function<Json(ToolCall& call, const Json& arguments)>;

const std::map<std::string, Work>& Works() {
  static const std::map<std::string, Work> kWorks = {
      {"test_simple_text",
       [](ToolCall&, const Json&) {
         return Content({Text("This is a simple text response for testing.")});
       }},
      {"test_image_content", [](ToolCall&, const Json&) { return Content({Image()}); }},
      {"test_audio_content",
       [](ToolCall&, const Json&) {
         return Content({{{"type", "audio"}, {"data", kWav}, {"mimeType", "audio/wav"}}});
       }},
      {"test_embedded_resource",
       [](ToolCall&, const Json&) {
         return Content({Resource("test://embedded-resource", "text/plain",
                                  "This is an embedded resource content.")});
       }},
      {"test_multiple_content_types",
       [](ToolCall&, const Json&) {
         return Content({Text("Multiple content types test:"), Image(),
                         Resource("test://mixed-content-resource", "application/json",
                                  R"({"test":"data","value":123})")});
       }},
      {"test_error_handling",
       [](ToolCall&, const Json&) {
         Json result = Content({Text("This tool intentionally returns an error for testing")});
         result["isError"] = true;
         return result;
       }},
      {"json_schema_2020_12_tool",
       [](ToolCall&, const Json&) { return Content({Text("no schema is checked")}); }},
      {"greet",
       [](ToolCall&, const Json& arguments) {
         const Json& name = Member(arguments, "name");
         return Content(
             {Text("Hello, " + (name.is_string() ? name.get<std::string>() : "") + "!")});
       }},
      {"slow_compute", Slow},
      {"failing_job",
       [](ToolCall& call, const Json&) {
         Json result = Slow(call, {{"seconds", 1}});
         result["isError"] = true;
         return result;
       }},
      {"test_logging_tool", WithOneLog},
      {"test_tool_with_logging", WithLogs},
      {"test_tool_with_progress", WithProgress}};
  return kWorks;
}

Json Definitions() {
  Json tools = Json::array();
  for (const auto& [name, work] : Works()) {
    tools.push_back(
        {{"name", name},
         {"description", "What the conformance suite calls " + name},
         {"inputSchema", name == "json_schema_2020_12_tool"
                             ? RichSchema()
                             : Json{{"type", "object"}, {"properties", Json::object()}}}});
  }
  return tools;
}

class Fixtures : public Offer {
 public:
  explicit Fixtures(std::function<bool()> hold) : calls_(8, 64, std::move(hold)) {}

  const std::string& instructions() const override { return instructions_; }
  const Json& tools() const override { return tools_; }
  void CallTool(const std::shared_ptr<ToolCall>& call, const std::string& name, Json arguments,
                std::string) override {
    if (name == "protocol_error_job") {
      calls_.Add("", [call] {
        Slow(*call, {{"seconds", 1}});
        call->Fail(ErrorCode::kInternal, "This tool intentionally fails");
      });
      return;
    }
    auto found = Works().find(name);
    if (found == Works().end()) return call->Fail(ErrorCode::kInvalidParams, "no such tool");
    calls_.Add("", [call, work = found->second, arguments = std::move(arguments)] {
      call->Answer(ToolResultFor(call->revision(), work(*call, arguments)));
    });
  }
  Json ListResources() const override {
    return Json::array({{{"uri", "test://static-text"},
                         {"name", "text"},
                         {"description", "A text"},
                         {"mimeType", "text/plain"}},
                        {{"uri", "test://static-binary"},
                         {"name", "image"},
                         {"description", "A picture"},
                         {"mimeType", "image/png"}}});
  }
  const Json& resource_templates() const override { return templates_; }
  void ReadResource(const std::shared_ptr<ToolCall>& call, const std::string& uri) override {
    constexpr std::string_view kBegin = "test://template/", kEnd = "/data";
    Json content = {{"uri", uri}};
    if (uri == "test://static-text") {
      content["mimeType"] = "text/plain";
      content["text"] = "This is the content of the static text resource.";
    } else if (uri == "test://static-binary") {
      content["mimeType"] = "image/png";
      content["blob"] = kPng;
    } else if (uri.starts_with(kBegin) && uri.ends_with(kEnd)) {
      std::string id = uri.substr(kBegin.size(), uri.size() - kBegin.size() - kEnd.size());
      content["mimeType"] = "application/json";
      content["text"] =
          DumpJson({{"id", id}, {"templateTest", true}, {"data", "Data for ID: " + id}});
    } else {
      ErrorCode code =
          IsModern(call->revision()) ? ErrorCode::kInvalidParams : ErrorCode::kResourceNotFound;
      return call->Fail(code, "Resource not found", {{"uri", uri}});
    }
    call->Answer({{"contents", Json::array({std::move(content)})}});
  }
  bool WaitUntilIdle(int milliseconds) override { return calls_.WaitUntilIdle(milliseconds); }

 private:
  const std::string instructions_ = "For the conformance suite";
  const Json tools_ = Definitions();
  const Json templates_ = Json::array({{{"uriTemplate", "test://template/{id}/data"},
                                        {"name", "data"},
                                        {"description", "The data of an id"},
                                        {"mimeType", "application/json"}}});
  Calls calls_;
};

int Main(std::string_view how) {
  auto make = [](std::function<bool()> hold) {
    return std::make_unique<Fixtures>(std::move(hold));
  };
  if (how == "stdio") {
    auto streams = ProtocolStreams::Take();
    return streams ? ServeStdio(make, *streams) : 1;
  }
  HttpOptions options;
  options.port = "0";
  options.sessions = how == "http-sessions";
  Result<int> code = ServeHttp(
      make, options, [](const std::string& url) { fprintf(stderr, "MCP at %s\n", url.c_str()); });
  if (!code) fprintf(stderr, "%s\n", code.error().message().c_str());
  return code ? *code : 1;
}

}  // namespace

}  // namespace v8py::mcp

int main(int count, char** words) { return v8py::mcp::Main(count > 1 ? words[1] : "http"); }

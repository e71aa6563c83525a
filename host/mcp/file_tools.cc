#include "mcp/file_tools.h"

#include <utility>

#include "base/base64.h"
#include "mcp/guest_call.h"
#include "mcp/render.h"
#include "mcp/session_tools.h"
#include "mcp/uri.h"

namespace v8py::mcp {

namespace {

constexpr const char* kPath = "A path: of the working folder, or absolute";

Json PathSchema(const char* description = kPath) {
  return {{"type", "string"}, {"description", description}};
}

Json Arguments(Json properties, Json required) {
  properties["session_id"] = SessionIdSchema();
  return {{"type", "object"},
          {"properties", std::move(properties)},
          {"required", std::move(required)},
          {"additionalProperties", false}};
}

Result<GuestAnswer> Call(ToolContext& context, std::string_view function, const Json& arguments,
                         std::string_view input = "") {
  return CallGuest(context.interpreters, context.session, context.call, function, arguments, input);
}

// Whether bytes are given as text: most of what is, but for what JSON would make too long of it.
bool IsText(const std::string& bytes) {
  return IsUtf8(bytes) && DumpJson(bytes).size() <= bytes.size() / 3 * 4 + 100'000;
}

}  // namespace

std::string TypeOf(std::string_view path, std::string_view bytes) {
  if (std::string_view image = ImageType(bytes); !image.empty()) return std::string(image);
  constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
      {".csv", "text/csv"},       {".json", "application/json"}, {".html", "text/html"},
      {".md", "text/markdown"},   {".svg", "image/svg+xml"},     {".pdf", "application/pdf"},
      {".xml", "application/xml"}};
  for (const auto& [ending, type] : kTypes) {
    if (path.ends_with(ending)) return std::string(type);
  }
  return IsUtf8(bytes) ? "text/plain" : "application/octet-stream";
}

Json ContentOf(const std::string& uri, const std::string& bytes, const std::string& type) {
  Json content = {{"uri", uri}, {"mimeType", type}};
  if (IsText(bytes)) {
    content["text"] = bytes;
  } else {
    content["blob"] = Base64(bytes);
  }
  return content;
}

Result<std::string> ReadFromSession(Interpreters& interpreters, Session& session,
                                    const std::string& path, ToolCall& call) {
  auto answer = CallGuest(interpreters, &session, call, "send", {path, kMostFile});
  if (!answer) return Fail(answer.error());
  return std::move(answer->output);
}

Json UploadFileDefinition(const Settings&) {
  return {{"title", "Upload a file"},
          {"description",
           "Make a file in a session's working folder, of a text, of bytes in base64, or of a file "
           "that is readable there. Without a session_id a new session is started."},
          {"inputSchema",
           Arguments({{"path", PathSchema()},
                      {"text", {{"type", "string"}, {"description", "What the file is to hold"}}},
                      {"base64", {{"type", "string"}, {"description", "The same, for bytes"}}},
                      {"source", PathSchema("A readable file that is copied instead")}},
                     {"path"})},
          {"outputSchema", ObjectSchema({{"session_id", {{"type", "string"}}},
                                         {"path", {{"type", "string"}}},
                                         {"size", {{"type", "integer"}}}})},
          {"annotations", HarmlessAnnotations(false)}};
}

Json UploadFile(ToolContext& context) {
  const Json& arguments = context.arguments;
  const Json& path = arguments["path"];
  const Json& text = Member(arguments, "text");
  const Json& base64 = Member(arguments, "base64");
  const Json& source = Member(arguments, "source");
  if (text.is_string() + base64.is_string() + source.is_string() != 1) {
    return ErrorResult("give one of 'text', 'base64' and 'source'");
  }
  Result<GuestAnswer> answer;
  if (source.is_string()) {
    answer = Call(context, "copy", {source, path});
  } else if (text.is_string()) {
    answer = Call(context, "receive", Json::array({path}), text.get_ref<const std::string&>());
  } else {
    std::optional<std::string> bytes = DecodeBase64(base64.get_ref<const std::string&>());
    if (!bytes) return ErrorResult("'base64' is not base64");
    answer = Call(context, "receive", Json::array({path}), *bytes);
  }
  if (!answer) return ErrorResult(answer.error().message());
  return StructuredResult(
      {{"session_id", context.session->id}, {"path", path}, {"size", answer->value}});
}

Json ListFilesDefinition(const Settings&) {
  Json file = ObjectSchema({{"path", {{"type", "string"}}},
                            {"size", {{"type", "integer"}}},
                            {"modified", {{"type", "integer"}}}});
  return {
      {"title", "List a session's files"},
      {"description", "The files in a folder of a session and below it, at most 1,000."},
      {"inputSchema", Arguments({{"path", PathSchema("The folder; by default the working folder")}},
                                {"session_id"})},
      {"outputSchema", ObjectSchema({{"files", {{"type", "array"}, {"items", file}}}})},
      {"annotations", HarmlessAnnotations(true)}};
}

Json ListFiles(ToolContext& context) {
  auto answer = Call(context, "files", Json::array({context.arguments.value("path", ".")}));
  if (!answer) return ErrorResult(answer.error().message());
  return StructuredResult({{"files", answer->value}});
}

Json ReadFileDefinition(const Settings&) {
  return {{"title", "Read a session's file"},
          {"description",
           "A file of a session, at most 2 MiB: text as it is, images as images, other bytes in "
           "base64."},
          {"inputSchema", Arguments({{"path", PathSchema()}}, {"session_id", "path"})},
          {"annotations", HarmlessAnnotations(true)}};
}

Json ReadFile(ToolContext& context) {
  std::string path = context.arguments["path"];
  auto bytes = ReadFromSession(context.interpreters, *context.session, path, context.call);
  if (!bytes) return ErrorResult(bytes.error().message());
  if (IsText(*bytes)) return TextResult(std::move(*bytes));
  std::string type = TypeOf(path, *bytes);
  Json block;
  if (!ImageType(*bytes).empty()) {
    block = {{"type", "image"}, {"data", Base64(*bytes)}, {"mimeType", type}};
  } else {
    std::string uri = MakeUri("session", context.session->id, path);
    block = {{"type", "resource"}, {"resource", ContentOf(uri, *bytes, type)}};
  }
  return {{"content", Json::array({std::move(block)})}};
}

Json DeleteFileDefinition(const Settings&) {
  Json annotations = HarmlessAnnotations(false);
  annotations["destructiveHint"] = true;
  return {{"title", "Delete a session's file"},
          {"description", "Delete a file of a session."},
          {"inputSchema", Arguments({{"path", PathSchema()}}, {"session_id", "path"})},
          {"outputSchema", ObjectSchema({{"deleted", {{"type", "string"}}}})},
          {"annotations", annotations}};
}

Json DeleteFile(ToolContext& context) {
  const Json& path = context.arguments["path"];
  auto answer = Call(context, "remove", Json::array({path}));
  if (!answer) return ErrorResult(answer.error().message());
  {
    std::lock_guard lock(context.session->mutex);
    context.session->files.erase(path.get<std::string>());
  }
  return StructuredResult({{"deleted", path}});
}

}  // namespace v8py::mcp

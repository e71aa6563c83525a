#include "mcp/code_tool.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/units.h"
#include "mcp/render.h"
#include "mcp/uri.h"

namespace v8py::mcp {

namespace {

constexpr const char* kOutputFile = "output.txt";
constexpr size_t kMostLinks = 50;

std::string Description(const Settings& settings) {
  std::string text =
      "Tool to execute Python code and return stdout, stderr, and return value.\n\n"
      "The code may be async, and the value on the last line will be returned as the return "
      "value.\n\n"
      "The code will be executed with Python 3.14, compiled to WebAssembly: there are no threads, "
      "no subprocesses and no sockets.\n";
  text +=
      "Each call starts afresh: names, modules and files of earlier calls are gone, unless a "
      "session_id is given.\n";
  text += settings.packages.empty()
              ? "Installed: the standard library.\n"
              : "Installed beside the standard library: " + Listed(settings.packages) + ".\n";
  if (!settings.installable.empty()) {
    text += "Can be installed by micropip.install() or install_packages: " +
            Listed(settings.installable) + ".\n";
  }
  text += settings.hosts.empty() ? "There is no network.\n"
                                 : "Network: " + Listed(settings.hosts) + " only.\n";
  if (!settings.readable.empty()) text += "Readable: " + Listed(settings.readable) + ".\n";
  if (!settings.writable.empty()) text += "Writable: " + Listed(settings.writable) + ".\n";
  text += "Limits: ";
  text += settings.wall_ms == V8PY_UNLIMITED
              ? std::string("no time limit")
              : FormatDuration(static_cast<double>(settings.wall_ms));
  if (settings.memory_bytes != V8PY_UNLIMITED) {
    text += ", " + FormatSize(settings.memory_bytes) + " of memory";
  }
  text +=
      ". Figures of matplotlib are returned as images, without plt.show(); files written to "
      "the working folder are returned as links.\n";
  return text;
}

// The wall-clock limit for a call: what it wants, and no more than there is.
uint64_t WallLimit(const Settings& settings, const Json& arguments) {
  const Json& wanted = Member(arguments, "timeout");
  if (wanted.is_null()) return settings.wall_ms;
  double milliseconds = std::ceil(wanted.get<double>() * 1000);
  if (milliseconds >= static_cast<double>(settings.wall_ms)) return settings.wall_ms;
  return static_cast<uint64_t>(std::max(milliseconds, 1.0));
}

// A program as the arguments have it.
Status SetProgram(v8py_options* options, ToolContext& context) {
  const auto& code = context.arguments["python_code"].get_ref<const std::string&>();
  // In a session each has a name of its own, "<cell 3>": tracebacks show the right lines.
  Status status = ToStatus(
      context.session ? v8py_options_set_code(options, code.data(), code.size())
                      : v8py_options_set_file(options, "main.py", code.data(), code.size()));
  if (const Json& variables = Member(context.arguments, "global_variables");
      status.ok() && !variables.is_null()) {
    std::string text = context.variables.empty() ? DumpJson(variables) : context.variables;
    status = ToStatus(v8py_options_set_variables(options, text.c_str()));
  }
  if (status.ok()) {
    uint64_t wall_ms = WallLimit(context.settings, context.arguments);
    status = ToStatus(v8py_options_set_limit(options, V8PY_LIMIT_WALL, wall_ms));
  }
  v8py_options_set_flag(options, V8PY_FLAG_PLAIN, 1);
  return status;
}

// The name of the run that a folder of Artifacts is of.
std::string RunOf(const std::string& folder) { return folder.substr(folder.rfind('/') + 1); }

// Links to a program's files; `listed`: the same as structuredContent has them.
Json LinkFiles(const Json& files, std::string_view kind, const std::string& owner, Json& listed) {
  Json links = Json::array();
  listed = Json::array();
  for (const Json& file : files) {
    std::string path = file["path"].get<std::string>();
    std::string uri = MakeUri(kind, owner, path);
    listed.push_back({{"path", path}, {"size", file["size"]}, {"uri", uri}});
    if (links.size() == kMostLinks) continue;
    links.push_back({{"type", "resource_link"},
                     {"uri", uri},
                     {"name", path},
                     {"mimeType", file["type"]},
                     {"size", file["size"]}});
  }
  return links;
}

void Note(Session& session, const Json& files) {
  std::lock_guard lock(session.mutex);
  for (const Json& file : files) {
    session.files[file["path"].get<std::string>()] = {file["size"].get<uint64_t>(),
                                                      file["type"].get<std::string>()};
  }
}

// The paths of a result's files as a client names them: below the working folder.
void ShortenPaths(Json& files) {
  constexpr std::string_view kHome = "/home/guest/";
  for (Json& file : files) {
    std::string path = file["path"].get<std::string>();
    if (path.starts_with(kHome)) file["path"] = path.substr(kHome.size());
  }
}

std::string Joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

size_t Size(const std::vector<std::string>& lines) {
  size_t bytes = 0;
  for (const std::string& line : lines) bytes += line.size() + 1;
  return bytes;
}

// The text of a result, however its parts share what it may have. `where`: the whole output.
std::string FittingText(Ended& ended, TextForm form, const std::string& where) {
  std::string text;
  for (size_t most = kMostText; most > 1000; most /= 2) {
    Shorten(ended.lines, most, where);
    text = TextOf(ended, form, most / 2);
    if (text.size() <= kMostText * 3 / 2) break;
  }
  return text;
}

// Leaves the program's files where a client finds them; its output, too, when a model gets only a
// part. The name of that, "": there is none.
std::string KeepFiles(ToolContext& context, const Ended& ended, const std::string& folder,
                      const Json& files) {
  if (context.session) Note(*context.session, files);
  if (folder.empty()) return "";
  Json kept = context.session ? Json::array() : files;
  size_t size = Size(ended.lines);
  bool whole = size > kMostText && Artifacts::Write(folder, kOutputFile, Joined(ended.lines));
  if (whole) kept.push_back({{"path", kOutputFile}, {"size", size}, {"type", "text/plain"}});
  context.artifacts.Keep(folder, kept);
  return whole ? MakeUri("run", RunOf(folder), kOutputFile) : "";
}

Json StructuredContent(ToolContext& context, const Ended& ended) {
  Json value = StructuredOf(ended);
  for (const char* stream : {"stdout", "stderr"}) {
    value[stream] = ShortenText(value[stream].get<std::string>(), kMostText / 2);
  }
  if (context.session) value["session_id"] = context.session->id;
  return value;
}

Json MakeToolResult(ToolContext& context, Ended& ended, const std::string& folder) {
  Json& result = ended.result;
  Json files = result["files"];
  ShortenPaths(files);
  std::string output = KeepFiles(context, ended, folder, files);
  Json links = context.session ? LinkFiles(files, "session", context.session->id, result["files"])
                               : LinkFiles(files, "run", RunOf(folder), result["files"]);
  Json images = ImagesOf(result);
  Json answer = TextResult(FittingText(ended, context.settings.text, output));
  if (result["status"] != "ok" || result["exit_code"] != 0) answer["isError"] = true;
  for (Json& block : images) answer["content"].push_back(std::move(block));
  for (Json& block : links) answer["content"].push_back(std::move(block));
  Structured when = context.settings.structured;
  if (when == Structured::kAlways || (when == Structured::kAuto && images.empty())) {
    answer["structuredContent"] = StructuredContent(context, ended);
  }
  return answer;
}

}  // namespace

Json CodeToolDefinition(const Settings& settings) {
  Json definition = {
      {"title", "Run Python code"},
      {"description", Description(settings)},
      {"inputSchema",
       {{"type", "object"},
        {"properties",
         {{"python_code", {{"type", "string"}, {"description", "Python code to run"}}},
          {"global_variables",
           {{"type", "object"},
            {"additionalProperties", Json::object()},
            {"default", Json::object()},
            {"description", "Map of global variables in context when the code is executed"}}},
          {"session_id",
           {{"type", "string"},
            {"description",
             "A session of start_session, whose names and files the code finds and leaves; "
             "without it the code runs in a fresh interpreter"}}},
          {"timeout",
           {{"type", "number"},
            {"exclusiveMinimum", 0},
            {"description",
             "Seconds after which the code is ended; not more than the server's own limit"}}}}},
        {"required", {"python_code"}},
        {"additionalProperties", false},
        {"$schema", "http://json-schema.org/draft-07/schema#"}}}};
  bool outside = !settings.hosts.empty() || !settings.installable.empty();
  definition["annotations"] = {{"title", "Run Python code"},
                               {"readOnlyHint", false},
                               {"destructiveHint", outside || !settings.writable.empty()},
                               {"idempotentHint", false},
                               {"openWorldHint", outside}};
  if (settings.structured == Structured::kAlways) definition["outputSchema"] = OutputSchema();
  return definition;
}

Json RunPythonCode(ToolContext& context) {
  auto home = HomeOf(context.interpreters, context.session);
  if (!home) return ErrorResult("v8py: " + home.error().message());
  Result<OptionsHandle> options = context.interpreters.NewOptions(**home);
  if (!options) return ErrorResult("v8py: " + options.error().message());
  Status status = SetProgram(options->get(), context);
  if (!status.ok()) return ErrorResult(status.message());
  std::string folder = context.artifacts.NewFolder();
  if (!folder.empty() && !context.session) {
    status = ToStatus(v8py_options_set_files_out(options->get(), folder.c_str()));
    if (!status.ok()) return ErrorResult("v8py: " + status.message());
  }
  v8py_session* session = context.session ? context.session->interpreter.get() : nullptr;
  auto ended = RunProgram((*home)->runtime.get(), session, std::move(*options), context.call);
  if (!ended) {
    context.artifacts.Keep(folder, Json::array());
    std::string error = ended.error().message();
    bool packages = !context.settings.packages.empty() && !context.session;
    return ErrorResult(packages ? InstallErrorText(error, context.settings.text)
                                : "v8py: " + error);
  }
  return MakeToolResult(context, *ended, folder);
}

}  // namespace v8py::mcp

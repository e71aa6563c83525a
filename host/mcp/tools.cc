#include "mcp/tools.h"

#include <algorithm>

#include "mcp/code_tool.h"
#include "mcp/file_tools.h"
#include "mcp/package_tools.h"
#include "mcp/session_tools.h"

namespace v8py::mcp {

namespace {

bool Fits(const std::string& type, const Json& value) {
  if (type == "string") return value.is_string();
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "boolean") return value.is_boolean();
  if (type == "integer") return value.is_number_integer();
  return type == "number" && value.is_number();
}

std::string Problem(const std::string& name, const Json& schema, const Json& value) {
  std::string type = schema["type"].get<std::string>();
  if (!Fits(type, value)) {
    const char* article = type == "object" || type == "array" || type == "integer" ? "an " : "a ";
    return "'" + name + "' is not " + article + type;
  }
  if (schema.contains("exclusiveMinimum") && !(value > schema["exclusiveMinimum"])) {
    return "'" + name + "' is not more than " + schema["exclusiveMinimum"].dump();
  }
  if (type == "array") {
    for (size_t i = 0; i < value.size(); ++i) {
      std::string item = name + "[" + std::to_string(i) + "]";
      std::string problem = Problem(item, schema["items"], value[i]);
      if (!problem.empty()) return problem;
    }
  }
  return "";
}

}  // namespace

const std::vector<Tool>& Tools() {
  using Uses = Tool::Uses;
  static const std::vector<Tool> kTools = {
      {"run_python_code", Uses::kMaySession, CodeToolDefinition, RunPythonCode},
      {"start_session", Uses::kNewSession, StartSessionDefinition, StartSession},
      {"list_sessions", Uses::kNoSession, ListSessionsDefinition, ListSessions},
      {"reset_session", Uses::kSession, ResetSessionDefinition, ResetSession},
      {"end_session", Uses::kSession, EndSessionDefinition, EndSession},
      {"upload_file", Uses::kNewSession, UploadFileDefinition, UploadFile},
      {"list_files", Uses::kSession, ListFilesDefinition, ListFiles},
      {"read_file", Uses::kSession, ReadFileDefinition, ReadFile},
      {"delete_file", Uses::kSession, DeleteFileDefinition, DeleteFile},
      {"install_packages", Uses::kNewSession, InstallPackagesDefinition, InstallPackages},
      {"list_packages", Uses::kMaySession, ListPackagesDefinition, ListPackages},
  };
  return kTools;
}

const Tool* FindTool(std::string_view name) {
  const std::vector<Tool>& tools = Tools();
  auto found =
      std::find_if(tools.begin(), tools.end(), [&](const Tool& tool) { return tool.name == name; });
  return found == tools.end() ? nullptr : &*found;
}

std::string CheckArguments(const Json& schema, Json& arguments) {
  Json known = Json::object();
  for (const auto& [name, member] : schema["properties"].items()) {
    // What is null was not meant: clients that fill in every member do so.
    if (const Json& value = Member(arguments, name); !value.is_null()) {
      if (std::string problem = Problem(name, member, value); !problem.empty()) return problem;
      known[name] = value;
    }
  }
  if (schema.contains("required")) {
    for (const Json& name : schema["required"]) {
      if (!known.contains(name)) return "'" + name.get<std::string>() + "' is missing";
    }
  }
  arguments = std::move(known);
  return "";
}

}  // namespace v8py::mcp

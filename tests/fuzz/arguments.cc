// Arguments of tools, against the schemas that clients are told. Each line is a JSON object of
// them, for every tool; and variables of a program.
#include "fuzz/fuzz.h"
#include "mcp/handles.h"
#include "mcp/json_rpc.h"
#include "mcp/revision.h"
#include "mcp/tools.h"

namespace v8py::fuzz {

namespace {

bool IsOfType(const Json& value, const std::string& type) {
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  return value.type_name() == type;
}

// `arguments` are `given` without what the schema does not have, and what is null.
void CheckAccepted(const Json& schema, const Json& given, const Json& arguments) {
  Must(arguments.is_object(), "arguments are an object");
  for (const auto& [name, value] : arguments.items()) {
    Must(schema["properties"].contains(name) && given[name] == value, "an argument was given",
         name);
    const Json& member = schema["properties"][name];
    Must(IsOfType(value, member["type"]), "an argument has its type", name);
    for (const Json& item : member["type"] == "array" ? value : Json::array()) {
      Must(IsOfType(item, member["items"]["type"]), "an item has its type", name);
    }
    double least = member.value("exclusiveMinimum", -1.0);
    Must(!member.contains("exclusiveMinimum") || value.get<double>() > least,
         "an argument is more than its minimum", name);
  }
  for (const auto& [name, value] : given.items()) {
    bool known = schema["properties"].contains(name) && !value.is_null();
    Must(arguments.contains(name) == known, "no argument is lost", name);
  }
  for (const Json& name : schema.value("required", Json::array())) {
    Must(arguments.contains(name.get<std::string>()), "what is required is there");
  }
}

void CheckTools(const Json& given) {
  static const mcp::Settings settings;
  for (const mcp::Tool& tool : mcp::Tools()) {
    Json schema = tool.definition(settings)["inputSchema"];
    Json arguments = given;
    std::string problem = mcp::CheckArguments(schema, arguments);
    MustBeLine(DumpJson(mcp::MakeError(1, mcp::ErrorCode::kInvalidParams, problem)));
    if (problem.empty()) CheckAccepted(schema, given, arguments);
    Json again = arguments;
    Must(mcp::CheckArguments(schema, again) == problem && again == arguments,
         "arguments stay as they are once checked");
  }
}

void CheckVariables(const std::string& text) {
  mcp::OptionsHandle options(v8py_options_new());
  Status status = mcp::ToStatus(v8py_options_set_variables(options.get(), text.c_str()));
  Must(status.ok() || (status.code() == Code::kCaller && !status.message().empty()),
       "a refusal is the caller's", status.message());
  if (!status.ok()) return;
  Result<Json> value = ParseJson(text.c_str());
  Must(value && value->is_object() && DepthOfJson(text) <= 100, "variables are an object", text);
}

}  // namespace

}  // namespace v8py::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace v8py;
  using namespace v8py::fuzz;
  for (std::string_view line : Lines(Text(data, size))) {
    CheckVariables(std::string(line));
    mcp::ErrorCode code{};
    Result<Json> value = mcp::ParseLine(line, code);
    if (!value || !value->is_object()) continue;
    CheckTools(*value);
    // Of a whole message its own.
    const Json& inner = mcp::Member(mcp::Member(*value, "params"), "arguments");
    if (inner.is_object()) CheckTools(inner);
  }
  return 0;
}

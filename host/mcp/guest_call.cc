#include "mcp/guest_call.h"

#include <utility>

#include "mcp/program_run.h"

namespace v8py::mcp {

namespace {

constexpr uint64_t kMostOutput = uint64_t{8} << 20;

// JSON's texts, numbers and lists of them are Python's as well.
std::string Program(std::string_view function, const Json& arguments, Await await) {
  std::string program = await == Await::kYes ? "await " : "";
  program += "__import__('_v8py_tools')." + std::string(function) + "(";
  for (const Json& argument : arguments) program += DumpJson(argument) + ", ";
  return program + ")";
}

std::string Problem(const Json& result) {
  const Json& error = result["error"];
  if (!error.is_object()) return result["summary"].get<std::string>();
  return error["type"].get<std::string>() + ": " + error["message"].get<std::string>();
}

}  // namespace

Result<GuestAnswer> CallGuest(Interpreters& interpreters, Session* session, ToolCall& call,
                              std::string_view function, const Json& arguments,
                              std::string_view input, Await await) {
  auto home = HomeOf(interpreters, session);
  if (!home) return Fail(home.error());
  Result<OptionsHandle> options = interpreters.NewOptions(**home);
  if (!options) return Fail(options.error());
  std::string program = Program(function, arguments, await);
  Status status =
      ToStatus(v8py_options_set_file(options->get(), "<tool>", program.data(), program.size()));
  if (status.ok()) {
    status = ToStatus(v8py_options_set_limit(options->get(), V8PY_LIMIT_OUTPUT, kMostOutput));
  }
  if (!status.ok()) return Fail(status);
  auto ended = RunProgram((*home)->runtime.get(), session ? session->interpreter.get() : nullptr,
                          std::move(*options), call, input);
  if (!ended) return Fail(ended.error());
  Json& result = ended->result;
  if (result["status"] != "ok" || result["exit_code"] != 0) {
    return Fail(CallerError(Problem(result)));
  }
  GuestAnswer answer;
  if (result["value"].is_object()) answer.value = result["value"].value("json", Json());
  answer.output = std::move(ended->output);
  return answer;
}

}  // namespace v8py::mcp

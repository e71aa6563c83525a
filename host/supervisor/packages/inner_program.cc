#include "supervisor/packages/inner_program.h"

namespace v8py {

Result<Json> RunInnerProgram(const RunToEnd& run, const std::string& module,
                             const std::vector<std::string>& arguments,
                             std::shared_ptr<const Access> access) {
  Program program;
  program.message.kind = RunMessage::Kind::kCode;
  program.message.name = "<v8py>";
  program.message.source = "import " + module + "; " + module + ".main()";
  program.message.argv = {module};
  program.message.argv.insert(program.message.argv.end(), arguments.begin(), arguments.end());
  program.access = std::move(access);
  program.deliver = Deliver::kNothing;
  program.limits.wall_ms = 600'000;
  program.limits.memory_bytes = uint64_t{2} << 30;
  program.limits.files_bytes = uint64_t{2} << 30;
  Result<RunResult> result = run(std::move(program));
  if (!result) return Fail(result.error());
  if (result->status != RunStatus::kOk) {
    bool limit = result->status == RunStatus::kTimeout || result->status == RunStatus::kMemory;
    std::string why = result->summary.empty() ? result->output[2] : result->summary;
    return Fail(Status(limit ? Code::kLimit : Code::kInternal, why));
  }
  Result<Json> said = ParseJson(result->output[1]);
  if (!said)
    return Fail(InternalError("a program of our own said: " + result->output[1].substr(0, 500)));
  return said;
}

}  // namespace v8py

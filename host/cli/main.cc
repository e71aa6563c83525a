// The program `v8py`: reads the first word and hands over.
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "cli/console.h"
#include "cli/doctor.h"
#include "cli/exec.h"
#include "cli/help.h"
#include "cli/image.h"

namespace v8py {
namespace {

int Usage(std::string_view message) {
  PrintError(message);
  return kExitUsage;
}

int RunExec(std::vector<std::string_view> words) {
  Result<ExecOptions> options = ParseExecOptions(std::move(words));
  if (!options) return Usage(options.error().message());
  if (options->help) {
    fputs(ExecHelp().c_str(), stdout);
    return 0;
  }
  return Exec(*options);
}

int Main(std::vector<std::string_view> words) {
  if (const char* specification = getenv("V8PY_LOG")) {
    Status status = ConfigureLog(specification);
    if (!status.ok()) return Usage(status.message());
  }
  if (words.empty()) {
    fputs(MainHelp().c_str(), stderr);
    return kExitUsage;
  }
  std::string_view command = words.front();
  words.erase(words.begin());
  if (command == "exec") return RunExec(std::move(words));
  if (command == "image") return ImageCommand(words);
  if (command == "doctor") return Doctor();
  if (command == "--version" || command == "-V" || command == "version") {
    fputs(VersionText().c_str(), stdout);
    return 0;
  }
  if (command == "--help" || command == "-h" || command == "help") {
    bool about_exec = !words.empty() && words.front() == "exec";
    fputs((about_exec ? ExecHelp() : MainHelp()).c_str(), stdout);
    return 0;
  }
  std::string nearest =
      Nearest(command, {"exec", "image", "doctor", "help", "version", "--help", "--version"});
  return Usage("unknown command '" + std::string(command) + "'; " +
               (nearest.empty() ? "see 'v8py --help'" : "did you mean '" + nearest + "'?"));
}

}  // namespace
}  // namespace v8py

int main(int argc, char** argv) {
  v8py::Console::FillStandardDescriptors();
  v8py::Console::TakeSignals();
  return v8py::Main({argv + 1, argv + argc});
}

// The program `v8py`: reads the first word and hands over.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/nearest.h"
#include "cli/bundle.h"
#include "cli/cache.h"
#include "cli/daemon.h"
#include "cli/doctor.h"
#include "cli/exec.h"
#include "cli/help.h"
#include "cli/image.h"
#include "cli/lock.h"
#include "cli/mcp.h"
#include "cli/mcp_config.h"
#include "cli/output.h"
#include "cli/packages.h"

namespace v8py {
namespace {

int Usage(std::string_view message) {
  PrintError(message);
  return kExitUsage;
}

int RunExec(std::vector<std::string_view> words) {
  Result<ExecOptions> options = ParseExecOptions(std::move(words));
  if (!options) return Usage(options.error().message());
  return options->help ? Print(ExecHelp()) : Exec(*options);
}

bool Is(std::string_view word, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), word) != names.end();
}

int RunMcp(std::vector<std::string_view> words) {
  if (!words.empty() && words.front() == "config") {
    words.erase(words.begin());
    bool help = words.empty() || Is(words.front(), {"--help", "-h"});
    return help && !words.empty() ? Print(McpHelp()) : McpConfig(std::move(words));
  }
  Result<McpOptions> options = ParseMcpOptions(std::move(words));
  if (!options) return Usage(options.error().message());
  if (options->help) return Print(McpHelp());
  return Mcp(std::move(*options));
}

int UnknownCommand(std::string_view command) {
  // An option of exec, by itself, is nearly nothing.
  bool short_option = command.size() == 2 && command.front() == '-';
  std::string nearest =
      short_option
          ? ""
          : Nearest(command, {"exec", "mcp", "image", "daemon", "lock", "bundle", "packages",
                              "cache", "doctor", "help", "version", "--help", "--version"});
  return Usage("unknown command '" + std::string(command) + "'; " +
               (nearest.empty() ? "to run a program: v8py exec FILE (see 'v8py --help')"
                                : "did you mean '" + nearest + "'?"));
}

int Main(std::vector<std::string_view> words) {
  if (const char* specification = getenv("V8PY_LOG")) {
    Status status = ConfigureLog(specification);
    if (!status.ok()) return Usage(status.message());
  }
  if (words.empty()) {
    std::string help = MainHelp();
    WriteAll(STDERR_FILENO, help.data(), help.size());
    return kExitUsage;
  }
  // `v8py help exec` is `v8py exec --help`.
  bool help = Is(words.front(), {"--help", "-h", "help"});
  if (help) words.erase(words.begin());
  std::string_view command = words.empty() ? "help" : words.front();
  if (!words.empty()) words.erase(words.begin());
  if (command == "exec") return help ? Print(ExecHelp()) : RunExec(std::move(words));
  if (command == "mcp") return help ? Print(McpHelp()) : RunMcp(std::move(words));
  if (command == "image") return help ? Print(ImageHelp()) : ImageCommand(words);
  if (command == "daemon") return help ? Print(DaemonHelp()) : DaemonCommand(std::move(words));
  if (command == "lock") return help ? Print(LockHelp()) : LockCommand(std::move(words));
  if (command == "bundle") return help ? Print(BundleHelp()) : BundleCommand(std::move(words));
  if (command == "packages") {
    return help ? Print(PackagesHelp()) : PackagesCommand(std::move(words));
  }
  if (command == "cache") return help ? Print(CacheHelp()) : CacheCommand(words);
  if (!Is(command, {"doctor", "version", "--version", "-V", "help"}))
    return UnknownCommand(command);
  help = help || (!words.empty() && Is(words.front(), {"--help", "-h"}));
  if (help) return Print(MainHelp());
  if (!words.empty()) {
    return Usage(std::string(command) + " takes no arguments, and was given '" +
                 std::string(words.front()) + "'");
  }
  return command == "doctor" ? Doctor() : Print(VersionText());
}

}  // namespace
}  // namespace v8py

int main(int argc, char** argv) {
  v8py::PrepareStandardStreams();
  return v8py::Main({argv + 1, argv + argc});
}

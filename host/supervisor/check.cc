#include "supervisor/check.h"

#include <sys/prctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>

#include "base/units.h"
#include "os/landlock.h"

namespace v8py {

namespace {

Json Check(std::string name, bool ok, std::string detail, std::string advice) {
  return {{"name", std::move(name)},
          {"ok", ok},
          {"detail", std::move(detail)},
          {"advice", ok ? "" : std::move(advice)}};
}

Json CheckFile(const std::string& name, const std::string& path) {
  bool ok = access(path.c_str(), R_OK) == 0;
  return Check(name, ok, ok ? path : ErrnoError(path, errno).message(),
               "build v8py with 'tools/dev build', or point V8PY_HOME to an installation");
}

Json CheckKernel() {
  utsname name{};
  uname(&name);
  bool ok = std::string_view(name.machine) == "x86_64";
  return Check("kernel", ok, std::string(name.sysname) + " " + name.release + " " + name.machine,
               "v8py runs on Linux x86-64");
}

Json CheckLandlock() {
  int abi = LandlockAbi();
  return Check(
      "landlock", abi > 0, abi > 0 ? "version " + std::to_string(abi) : "not available",
      "use a kernel of 5.13 or later with Landlock enabled (boot parameter lsm=landlock,…); "
      "without it a worker whose V8 is broken can open the files that you can open");
}

Json CheckSeccomp() {
  bool ok = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0;
  return Check("seccomp", ok, ok ? "available (not used yet)" : "not available",
               "use a kernel with CONFIG_SECCOMP_FILTER");
}

Json CheckUserNamespaces() {
  std::ifstream file("/proc/sys/user/max_user_namespaces");
  long most = 0;
  file >> most;
  return Check("user namespaces", most > 0, most > 0 ? "available (not used yet)" : "not available",
               "set user.max_user_namespaces above 0");
}

Json CheckImage(Runtime& runtime) {
  const Status& status = runtime.image_status();
  return Check("start-up image", status.ok(), status.ok() ? "usable" : status.message(),
               "run 'v8py image build'; without it each start takes seconds");
}

Json CheckProgram(Runtime& runtime) {
  constexpr const char* kAdvice =
      "correct what is said here and above, and run 'v8py doctor' again";
  Program program;
  program.message.name = "<string>";
  program.message.source = "print(1 + 1)";
  program.message.argv = {"-c"};
  Result<std::shared_ptr<Run>> run = runtime.Start(std::move(program));
  if (!run) return Check("a program runs", false, run.error().message(), kAdvice);
  Event event;
  do {
    event = (*run)->events().Pop();
  } while (event.kind != Event::Kind::kEnd);
  if (!event.result) {
    return Check("a program runs", false, event.result.error().message(), kAdvice);
  }
  const RunResult& result = *event.result;
  Json json = *ParseJson(result.ToJson());
  bool ok = result.output[1] == "2\n";
  return Check("a program runs", ok,
               ok ? "print(1 + 1) gave 2, interpreter ready in " +
                        FormatDuration(json["durations"]["boot_ms"].get<double>())
                  : std::string(RunStatusName(result.status)) + " " + result.summary,
               kAdvice);
}

}  // namespace

Json CheckEverything(Runtime& runtime) {
  const Install& install = runtime.install();
  Json checks = Json::array();
  checks.push_back(CheckKernel());
  checks.push_back(CheckFile("worker", install.worker()));
  checks.push_back(CheckFile("V8's loader", install.loader()));
  checks.push_back(CheckFile("Pyodide", install.assets()));
  checks.push_back(CheckLandlock());
  checks.push_back(CheckSeccomp());
  checks.push_back(CheckUserNamespaces());
  checks.push_back(CheckImage(runtime));
  checks.push_back(CheckProgram(runtime));
  return {{"home", install.home()}, {"versions", install.versions()}, {"checks", checks}};
}

}  // namespace v8py

#include "cli/doctor.h"

#include <cstdio>

#include "base/json.h"
#include "cli/exec.h"
#include "include/v8py.h"

namespace v8py {

int Doctor() {
  v8py_runtime* runtime = nullptr;
  char* text = nullptr;
  v8py_error* error = v8py_runtime_new(nullptr, &runtime);
  if (!error) error = v8py_runtime_check(runtime, &text);
  if (error) {
    PrintError(v8py_error_message(error));
    v8py_error_free(error);
    v8py_runtime_free(runtime);
    return kExitFault;
  }
  Result<Json> report = ParseJson(text);
  v8py_string_free(text);
  v8py_runtime_free(runtime);
  if (!report) return kExitFault;
  bool all = true;
  for (const Json& check : (*report)["checks"]) {
    bool ok = check["ok"].get<bool>();
    all = all && ok;
    printf("%-4s %-18s %s\n", ok ? "ok" : "NO", check["name"].get<std::string>().c_str(),
           check["detail"].get<std::string>().c_str());
    if (!ok) printf("     %-18s → %s\n", "", check["advice"].get<std::string>().c_str());
  }
  return all ? 0 : 1;
}

}  // namespace v8py

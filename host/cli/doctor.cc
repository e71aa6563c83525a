#include "cli/doctor.h"

#include <algorithm>
#include <string>

#include "base/json.h"
#include "cli/output.h"
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
  std::string lines;
  for (const Json& check : (*report)["checks"]) {
    bool ok = check["ok"].get<bool>();
    all = all && ok;
    std::string name = check["name"].get<std::string>();
    name.resize(std::max<size_t>(name.size(), 18), ' ');
    lines += (ok ? "ok   " : "NO   ") + name + " " + check["detail"].get<std::string>() + "\n";
    if (!ok) lines += std::string(24, ' ') + "→ " + check["advice"].get<std::string>() + "\n";
  }
  int printed = Print(lines);
  return printed != 0 || all ? printed : 1;
}

}  // namespace v8py

#include "cli/doctor.h"

#include <algorithm>
#include <string>

#include "cli/handles.h"
#include "cli/output.h"

namespace v8py {

int Doctor() {
  v8py_runtime* runtime = nullptr;
  char* text = nullptr;
  v8py_error* error = v8py_runtime_new(nullptr, &runtime);
  if (!error) error = v8py_runtime_check(runtime, &text);
  if (error) {
    v8py_runtime_free(runtime);
    return Report(error);
  }
  Json report = TakeJson(text);
  v8py_runtime_free(runtime);
  if (report.is_null()) return kExitFault;
  bool all = true;
  std::string lines;
  for (const Json& check : report["checks"]) {
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

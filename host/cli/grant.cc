#include "cli/grant.h"

#include <optional>

namespace v8py {

namespace {

v8py_error* SetLimits(v8py_options* target, const ExecOptions& options) {
  struct {
    v8py_limit limit;
    const std::optional<uint64_t>& value;
  } limits[] = {
      {V8PY_LIMIT_WALL, options.wall_ms},        {V8PY_LIMIT_CPU, options.cpu_ms},
      {V8PY_LIMIT_MEMORY, options.memory_bytes}, {V8PY_LIMIT_OUTPUT, options.output_bytes},
      {V8PY_LIMIT_FILES, options.files_bytes},   {V8PY_LIMIT_NET, options.net_bytes}};
  for (const auto& [limit, value] : limits) {
    if (!value) continue;
    if (v8py_error* error = v8py_options_set_limit(target, limit, *value)) return error;
  }
  return nullptr;
}

v8py_error* SetPermissions(v8py_options* target, const ExecOptions& options) {
  for (const auto& [allow, name, values] : options.permissions) {
    auto add = allow ? v8py_options_allow : v8py_options_deny;
    if (v8py_error* error = add(target, name.c_str(), values.c_str())) return error;
  }
  if (!options.files_out.empty()) {
    auto* error = v8py_options_set_files_out(target, options.files_out.c_str());
    if (error) return error;
  }
  return options.audit.empty() ? nullptr : v8py_options_set_audit(target, options.audit.c_str());
}

}  // namespace

v8py_error* Grant(v8py_options* target, const ExecOptions& options) {
  if (v8py_error* error = SetLimits(target, options)) return error;
  if (v8py_error* error = SetPermissions(target, options)) return error;
  if (v8py_error* error = SetPackages(target, options.packages)) return error;
  for (const auto& [name, value] : options.environment) {
    auto* error = v8py_options_set_environment(target, name.c_str(), value.c_str());
    if (error) return error;
  }
  return nullptr;
}

}  // namespace v8py

// Objects of v8py.h that free themselves, as the command line reports errors and reads answers.
#pragma once

#include "base/json.h"
#include "cli/output.h"
#include "include/v8py.h"
#include "mcp/handles.h"

namespace v8py {

using mcp::OptionsHandle;
using mcp::ResultHandle;
using mcp::RunHandle;
using mcp::RuntimeHandle;
using Error = std::unique_ptr<v8py_error, mcp::Free<v8py_error_free>>;

// Prints it; the exit code that goes with it.
inline int Report(const Error& error) {
  PrintError(v8py_error_message(error.get()));
  return v8py_error_get_code(error.get()) == V8PY_ERROR_CALLER ? kExitUsage : kExitFault;
}
inline int Report(v8py_error* error) { return Report(Error(error)); }

// JSON text that a function gave, which is freed; null when it is none.
inline Json TakeJson(char* text) {
  Json json = ParseJson(text ? text : "").value_or(Json());
  v8py_string_free(text);
  return json;
}

}  // namespace v8py

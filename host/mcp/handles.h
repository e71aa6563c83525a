// Objects of v8py.h that free themselves, and its errors.
#pragma once

#include <memory>
#include <string>

#include "base/status.h"
#include "include/v8py.h"

namespace v8py::mcp {

template <auto free>
struct Free {
  template <typename T>
  void operator()(T* object) const {
    free(object);
  }
};

using RuntimeHandle = std::unique_ptr<v8py_runtime, Free<v8py_runtime_free>>;
using OptionsHandle = std::unique_ptr<v8py_options, Free<v8py_options_free>>;
using SessionHandle = std::unique_ptr<v8py_session, Free<v8py_session_free>>;
using RunHandle = std::unique_ptr<v8py_run, Free<v8py_run_free>>;
using ResultHandle = std::unique_ptr<v8py_result, Free<v8py_result_free>>;

// Takes the error.
inline Status ToStatus(v8py_error* error) {
  if (!error) return Ok();
  std::string message = v8py_error_message(error);
  v8py_error_code code = v8py_error_get_code(error);
  v8py_error_free(error);
  switch (code) {
    case V8PY_ERROR_CALLER:
      return CallerError(std::move(message));
    case V8PY_ERROR_WORLD:
      return WorldError(std::move(message));
    case V8PY_ERROR_INTERNAL:
      break;
  }
  return InternalError(std::move(message));
}

}  // namespace v8py::mcp

#include <cstdlib>
#include <cstring>
#include <mutex>

#include "base/log.h"
#include "capi/types.h"
#include "supervisor/check.h"

namespace v8py {

v8py_error* ToError(const Status& status) {
  switch (status.code()) {
    case Code::kOk:
      return nullptr;
    case Code::kCaller:
      return new v8py_error{V8PY_ERROR_CALLER, status.message()};
    case Code::kWorld:
      return new v8py_error{V8PY_ERROR_WORLD, status.message()};
    default:
      return new v8py_error{V8PY_ERROR_INTERNAL, status.message()};
  }
}

}  // namespace v8py

v8py_error_code v8py_error_get_code(const v8py_error* error) { return error->code; }

const char* v8py_error_message(const v8py_error* error) { return error->message.c_str(); }

void v8py_error_free(v8py_error* error) { delete error; }

const char* v8py_version(void) { return V8PY_VERSION; }

v8py_error* v8py_runtime_new(const char* home, v8py_runtime** runtime) {
  if (v8py_error* error = v8py::Require(runtime)) return error;
  *runtime = nullptr;
  // This library has a log of its own; the environment speaks to all that are loaded.
  static std::once_flag once;
  v8py::Status configured;
  std::call_once(once, [&] {
    if (const char* wish = getenv("V8PY_LOG")) configured = v8py::ConfigureLog(wish);
  });
  if (!configured.ok()) return v8py::ToError(configured);
  auto created = v8py::Runtime::Create(home ? home : "");
  if (!created) return v8py::ToError(created.error());
  std::string versions = v8py::DumpJson((*created)->install().versions());
  *runtime = new v8py_runtime{std::move(*created), std::move(versions)};
  return nullptr;
}

void v8py_runtime_free(v8py_runtime* runtime) { delete runtime; }

v8py_error* v8py_runtime_set_image(v8py_runtime* runtime, const char* image) {
  if (v8py_error* error = v8py::Require(runtime, image)) return error;
  return v8py::ToError(runtime->runtime->SetImage(image));
}

v8py_error* v8py_runtime_set_pool(v8py_runtime* runtime, int guests) {
  constexpr int kMost = 1000;
  if (guests < 0 || guests > kMost) {
    return v8py::ToError(v8py::CallerError("a pool of " + std::to_string(guests) +
                                           " guests: it holds 0 to " + std::to_string(kMost)));
  }
  return v8py::ToError(runtime->runtime->SetPool(static_cast<size_t>(guests)));
}

const char* v8py_runtime_versions_json(const v8py_runtime* runtime) {
  return runtime->versions.c_str();
}

v8py_error* v8py_runtime_check(v8py_runtime* runtime, char** json) {
  if (v8py_error* error = v8py::Require(json)) return error;
  *json = nullptr;
  if (v8py_error* error = v8py::Require(runtime)) return error;
  *json = strdup(v8py::DumpJson(v8py::CheckEverything(*runtime->runtime)).c_str());
  return nullptr;
}

void v8py_string_free(char* string) { free(string); }

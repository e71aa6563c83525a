#include <cstring>

#include "capi/types.h"

int v8py_image_usable(v8py_runtime* runtime, const char** reason) {
  const v8py::Status& status = runtime->runtime->image_status();
  if (reason) *reason = status.message().c_str();
  return status.ok() ? 1 : 0;
}

v8py_error* v8py_image_build(v8py_runtime* runtime, v8py_progress_callback progress, void* user) {
  return v8py::ToError(runtime->runtime->BuildImage([&](const std::string& step) {
    if (progress) progress(user, step.c_str());
  }));
}

v8py_error* v8py_image_list(v8py_runtime* runtime, char** json) {
  *json = strdup(v8py::DumpJson(runtime->runtime->images().List()).c_str());
  return nullptr;
}

v8py_error* v8py_image_prune(v8py_runtime* runtime, char** json) {
  *json = strdup(v8py::DumpJson(runtime->runtime->images().Prune()).c_str());
  return nullptr;
}

#include <cstring>

#include "capi/types.h"

int v8py_image_usable(v8py_runtime* runtime, const char** reason) {
  const v8py::Status& status = runtime->runtime->image_status();
  if (reason) *reason = status.message().c_str();
  return status.ok() ? 1 : 0;
}

v8py_image_options* v8py_image_options_new(void) { return new v8py_image_options; }

void v8py_image_options_free(v8py_image_options* options) { delete options; }

v8py_error* v8py_image_options_add_package(v8py_image_options* options, const char* name) {
  if (v8py_error* error = v8py::Require(options, name)) return error;
  options->wish.packages.requirements.emplace_back(name);
  return nullptr;
}

v8py_error* v8py_image_options_set_packages(v8py_image_options* options,
                                            const v8py_options* program) {
  if (v8py_error* error = v8py::Require(options, program)) return error;
  options->wish.packages = program->access.packages;
  return nullptr;
}

v8py_error* v8py_image_options_set_distribution(v8py_image_options* options, const char* folder) {
  if (v8py_error* error = v8py::Require(options, folder)) return error;
  options->wish.distribution = folder;
  return nullptr;
}

v8py_error* v8py_image_options_add_preload(v8py_image_options* options, const char* module) {
  if (v8py_error* error = v8py::Require(options)) return error;
  if (!options->wish.preload) options->wish.preload.emplace();
  if (module) options->wish.preload->emplace_back(module);
  return nullptr;
}

v8py_error* v8py_image_options_set_name(v8py_image_options* options, const char* name) {
  if (v8py_error* error = v8py::Require(options, name)) return error;
  options->wish.name = name;
  return nullptr;
}

v8py_error* v8py_image_options_set_file(v8py_image_options* options, const char* file) {
  if (v8py_error* error = v8py::Require(options, file)) return error;
  options->wish.file = file;
  return nullptr;
}

v8py_error* v8py_image_build(v8py_runtime* runtime, const v8py_image_options* options,
                             v8py_progress_callback progress, void* user, char** path) {
  if (path) *path = nullptr;
  if (v8py_error* error = v8py::Require(runtime)) return error;
  v8py::Result<std::string> built = runtime->runtime->BuildImage(
      options ? options->wish : v8py::ImageWish(), [&](const std::string& step) {
        if (progress) progress(user, step.c_str());
      });
  if (!built) return v8py::ToError(built.error());
  if (path) *path = strdup(built->c_str());
  return nullptr;
}

v8py_error* v8py_image_find(v8py_runtime* runtime, const v8py_image_options* options, char** json) {
  if (v8py_error* error = v8py::Require(json)) return error;
  *json = nullptr;
  if (v8py_error* error = v8py::Require(runtime, options)) return error;
  v8py::Result<v8py::Json> found = runtime->runtime->ImageOf(options->wish);
  if (!found) return v8py::ToError(found.error());
  if (!found->is_null()) *json = strdup(v8py::DumpJson(*found).c_str());
  return nullptr;
}

v8py_error* v8py_image_list(v8py_runtime* runtime, char** json) {
  *json = strdup(v8py::DumpJson(runtime->runtime->images().List()).c_str());
  return nullptr;
}

v8py_error* v8py_image_info(v8py_runtime* runtime, const char* image, char** json) {
  if (v8py_error* error = v8py::Require(json)) return error;
  *json = nullptr;
  if (v8py_error* error = v8py::Require(runtime, image)) return error;
  v8py::Result<v8py::Json> info = runtime->runtime->images().Describe(image);
  if (!info) return v8py::ToError(info.error());
  *json = strdup(v8py::DumpJson(*info).c_str());
  return nullptr;
}

v8py_error* v8py_image_prune(v8py_runtime* runtime, char** json) {
  *json = strdup(v8py::DumpJson(runtime->runtime->images().Prune()).c_str());
  return nullptr;
}

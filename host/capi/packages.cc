#include <cstring>

#include "capi/types.h"
#include "include/v8py_packages.h"
#include "supervisor/packages/cache.h"

namespace {

v8py_error* Give(const v8py::Json& value, char** json) {
  *json = strdup(v8py::DumpJson(value).c_str());
  return nullptr;
}

// For what the options want, with their progress.
v8py::Result<v8py::PackageLoader> LoaderFor(v8py_runtime* runtime, const v8py_options* options) {
  return runtime->runtime->MakeLoader([options](const std::string& step) {
    if (options->progress) options->progress(options->progress_user, step.c_str());
  });
}

}  // namespace

v8py_error* v8py_packages_lock(v8py_runtime* runtime, const v8py_options* options, char** json) {
  if (v8py_error* error = v8py::Require(runtime, options, json)) return error;
  *json = nullptr;
  auto loader = LoaderFor(runtime, options);
  if (!loader) return v8py::ToError(loader.error());
  const v8py::PackageWish& wish = options->access.packages;
  auto loaded = loader->Load(wish);
  if (!loaded) return v8py::ToError(loaded.error());
  v8py::Plan& plan = loaded->plan;
  for (size_t i = 0; i < plan.packages.size(); ++i) plan.packages[i].sha256 = loaded->hashes[i];
  plan.requirements = wish.requirements;
  return Give(plan.ToJson(), json);
}

v8py_error* v8py_packages_bundle(v8py_runtime* runtime, const v8py_options* options,
                                 const char* folder, char** json) {
  if (v8py_error* error = v8py::Require(runtime, options, folder, json)) return error;
  *json = nullptr;
  auto loader = LoaderFor(runtime, options);
  if (!loader) return v8py::ToError(loader.error());
  auto plan = loader->Bundle(options->access.packages, folder);
  if (!plan) return v8py::ToError(plan.error());
  return Give(plan->ToJson(), json);
}

v8py_error* v8py_packages_list(v8py_runtime* runtime, const v8py_options* options, char** json) {
  if (v8py_error* error = v8py::Require(runtime, options, json)) return error;
  *json = nullptr;
  auto list = runtime->runtime->ListPackages(options->access.packages.sources);
  if (!list) return v8py::ToError(list.error());
  return Give(*list, json);
}

v8py_error* v8py_packages_about(v8py_runtime* runtime, const v8py_options* options,
                                const char* name, char** json) {
  if (v8py_error* error = v8py::Require(runtime, options, name, json)) return error;
  *json = nullptr;
  auto loader = LoaderFor(runtime, options);
  if (!loader) return v8py::ToError(loader.error());
  auto about = loader->About(name, options->access.packages.sources);
  if (!about) return v8py::ToError(about.error());
  return Give(*about, json);
}

v8py_error* v8py_options_set_lock(v8py_options* options, const char* json) {
  if (v8py_error* error = v8py::Require(options, json)) return error;
  auto value = v8py::ParseJson(json);
  if (!value) return v8py::ToError(value.error().While("the lock"));
  auto plan = v8py::Plan::FromJson(*value);
  if (!plan)
    return v8py::ToError(v8py::CallerError("the lock is broken: " + plan.error().message()));
  options->access.packages.lock = std::move(*plan);
  return nullptr;
}

v8py_error* v8py_cache_info(char** json) {
  if (v8py_error* error = v8py::Require(json)) return error;
  *json = nullptr;
  auto cache = v8py::PackageCache::Find();
  if (!cache) return v8py::ToError(cache.error());
  return Give(cache->Info(), json);
}

v8py_error* v8py_cache_clean(int all, uint64_t* bytes) {
  if (v8py_error* error = v8py::Require(bytes)) return error;
  *bytes = 0;
  auto cache = v8py::PackageCache::Find();
  if (!cache) return v8py::ToError(cache.error());
  auto freed =
      cache->Clean(all ? v8py::PackageCache::Delete::kAll : v8py::PackageCache::Delete::kOld);
  if (!freed) return v8py::ToError(freed.error());
  *bytes = *freed;
  return nullptr;
}

v8py_error* v8py_cache_verify(char** json) {
  if (v8py_error* error = v8py::Require(json)) return error;
  *json = nullptr;
  auto cache = v8py::PackageCache::Find();
  if (!cache) return v8py::ToError(cache.error());
  size_t checked = 0;
  auto bad = cache->Verify(checked);
  if (!bad) return v8py::ToError(bad.error());
  return Give({{"checked", checked}, {"deleted", *bad}}, json);
}

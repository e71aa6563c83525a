#include "mcp/interpreters.h"

#include <utility>

#include "base/json.h"
#include "base/log.h"
#include "include/v8py_image.h"

namespace v8py::mcp {

namespace {

using ImageOptionsHandle = std::unique_ptr<v8py_image_options, Free<v8py_image_options_free>>;

Result<RuntimeHandle> NewRuntime() {
  v8py_runtime* raw = nullptr;
  Status status = ToStatus(v8py_runtime_new(nullptr, &raw));
  if (!status.ok()) return Fail(status);
  return RuntimeHandle(raw);
}

// The image of a program's packages, as v8py_image_find() tells it; null: there is none.
Result<Json> FindImage(v8py_runtime* runtime, const v8py_options* program) {
  ImageOptionsHandle wish(v8py_image_options_new());
  char* text = nullptr;
  Status status = ToStatus(v8py_image_options_set_packages(wish.get(), program));
  if (status.ok()) status = ToStatus(v8py_image_find(runtime, wish.get(), &text));
  if (!status.ok()) return Fail(status);
  if (!text) return Json();
  Result<Json> image = ParseJson(text);
  v8py_string_free(text);
  return image;
}

}  // namespace

Interpreters::Interpreters(const Settings& settings)
    : settings_(settings), packages_(settings.packages) {
  if (!settings_.make_image) return;
  Result<Shared> home = FromImage(packages_);
  if (home) from_image_ = std::move(*home);
}

Result<std::shared_ptr<const Home>> Interpreters::Get() {
  std::lock_guard lock(mutex_);
  if (home_) return home_;
  if (from_image_) {
    Status status = WarmUp(*from_image_);
    if (!status.ok()) Log("mcp", LogLevel::kWarn, "going on without an image: " + status.message());
    if (status.ok()) home_ = from_image_;
    from_image_.reset();
  }
  if (!home_) {
    Result<Shared> home = WithoutImage();
    if (!home) return home;
    home_ = std::move(*home);
  }
  used_.notify_all();
  return home_;
}

Result<OptionsHandle> Interpreters::NewOptions(const Home& home) const {
  OptionsHandle options(v8py_options_new());
  Status status = ToStatus(settings_.grant(options.get()));
  if (!home.has_packages) {
    for (const std::string& package : settings_.packages) {
      if (!status.ok()) break;
      status = ToStatus(v8py_options_add_package(options.get(), package.c_str()));
    }
  }
  if (!status.ok()) return Fail(status);
  return options;
}

bool Interpreters::WaitForUse(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  return used_.wait(lock, stop, [this] { return home_ != nullptr; });
}

Status Interpreters::UseImage() {
  std::vector<std::string> packages;
  Result<Shared> home = FromImage(packages);
  if (!home) return home.error();
  if (!*home) return Ok();
  Status status = WarmUp(**home);
  if (!status.ok()) return status;
  Shared before;  // goes outside of the lock
  std::lock_guard lock(mutex_);
  before = std::exchange(home_, std::move(*home));
  Log("mcp", LogLevel::kInfo, "programs start from an image with " + Listed(packages));
  return Ok();
}

Result<Interpreters::Shared> Interpreters::FromImage(std::vector<std::string>& packages) const {
  Result<RuntimeHandle> runtime = NewRuntime();
  if (!runtime) return Fail(runtime.error());
  auto home = std::make_shared<Home>(std::move(*runtime));
  Result<OptionsHandle> options = NewOptions(*home);
  if (!options) return Fail(options.error());
  Result<Json> image = FindImage(home->runtime.get(), options->get());
  if (!image) return Fail(image.error());
  if (image->is_null()) return Shared();
  std::string path = (*image)["path"].get<std::string>();
  Status status = ToStatus(v8py_runtime_set_image(home->runtime.get(), path.c_str()));
  if (!status.ok()) return Fail(status);
  home->has_packages = true;
  packages.clear();
  for (const Json& package : (*image)["packages"]) {
    packages.push_back(package["name"].get<std::string>() + " " +
                       package["version"].get<std::string>());
  }
  return Shared(std::move(home));
}

Result<Interpreters::Shared> Interpreters::WithoutImage() const {
  Result<RuntimeHandle> runtime = NewRuntime();
  if (!runtime) return Fail(runtime.error());
  Status status = ToStatus(settings_.prepare(runtime->get()));
  if (!status.ok()) return Fail(status);
  auto home = std::make_shared<Home>(std::move(*runtime));
  SetPool(*home);
  return Shared(std::move(home));
}

void Interpreters::SetPool(const Home& home) const {
  // Without an image there is no pool: each program then boots an interpreter of its own.
  Status pool = ToStatus(v8py_runtime_set_pool(home.runtime.get(), settings_.pool));
  if (!pool.ok()) Log("mcp", LogLevel::kWarn, pool.message());
}

Status Interpreters::WarmUp(const Home& home) const {
  SetPool(home);
  OptionsHandle options(v8py_options_new());
  v8py_run* raw_run = nullptr;
  v8py_result* raw_result = nullptr;
  Status status = ToStatus(v8py_options_set_code(options.get(), "pass", 4));
  if (status.ok()) {
    status = ToStatus(v8py_run_start(home.runtime.get(), options.get(), &raw_run));
  }
  RunHandle run(raw_run);
  if (status.ok()) status = ToStatus(v8py_run_wait(run.get(), &raw_result));
  ResultHandle result(raw_result);
  if (!status.ok() || v8py_result_get_status(result.get()) == V8PY_STATUS_OK) return status;
  return WorldError(v8py_result_summary(result.get()));
}

}  // namespace v8py::mcp

#include "supervisor/runtime.h"

#include <cstdlib>

#include "base/log.h"

namespace v8py {

Result<std::unique_ptr<Runtime>> Runtime::Create(const std::string& home) {
  Result<Install> install = Install::Find(home);
  if (!install) return Fail(install.error());
  Result<std::unique_ptr<Loop>> loop = Loop::Start();
  if (!loop) return Fail(loop.error());
  return std::unique_ptr<Runtime>(new Runtime(std::move(*install), std::move(*loop)));
}

Runtime::~Runtime() {
  std::unique_lock lock(mutex_);
  for (const auto& run : runs_) run->Kill();
  // A run's end needs the loop.
  changed_.wait(lock, [this] { return runs_.empty(); });
  lock.unlock();
  loop_.reset();
}

namespace {

Status ImagesWanted() {
  if (!Install::BootFolder().empty()) {
    return CallerError("V8PY_BOOT_DIR is set, and an image has boot files of its own");
  }
  const char* wish = getenv("V8PY_IMAGE");
  if (wish && std::string_view(wish) == "off") return CallerError("V8PY_IMAGE=off");
  return Ok();
}

}  // namespace

Status Runtime::BuildImage(const std::function<void(const std::string&)>& progress) {
  Status status = ImagesWanted();
  return status.ok() ? images_.Build(*loop_, progress) : status;
}

const std::optional<Image>& Runtime::FindImage() {
  std::lock_guard lock(image_mutex_);
  if (image_) return image_;
  image_status_ = ImagesWanted();
  if (!image_status_.ok()) return image_;
  Result<Image> image = images_.Open();
  if (image) {
    image_.emplace(std::move(*image));
    image_status_ = Ok();
  } else {
    image_status_ = image.error();
    Log("image", LogLevel::kInfo, image_status_.message());
  }
  return image_;
}

const Status& Runtime::image_status() {
  FindImage();
  return image_status_;
}

Result<std::vector<WorkerCommand>> Runtime::Ways() {
  Result<WorkerCommand> from_nothing = install_.Worker();
  if (!from_nothing) return Fail(from_nothing.error());
  std::vector<WorkerCommand> ways;
  if (const std::optional<Image>& image = FindImage()) {
    ways.push_back(image->Command(install_));
  } else {
    from_nothing->why_no_image = image_status_.message();
  }
  ways.push_back(std::move(*from_nothing));
  return ways;
}

Result<std::shared_ptr<Run>> Runtime::Start(Program program) {
  Result<std::vector<WorkerCommand>> ways = Ways();
  if (!ways) return Fail(ways.error());
  auto run = std::make_shared<Run>(*loop_, std::move(*ways), std::move(program));
  {
    std::lock_guard lock(mutex_);
    runs_.insert(run);
  }
  run->Start([this, weak = std::weak_ptr<Run>(run)] {
    std::lock_guard lock(mutex_);
    if (auto ended = weak.lock()) runs_.erase(ended);
    changed_.notify_all();
  });
  return run;
}

}  // namespace v8py

#include "supervisor/runtime.h"

#include <cstdlib>
#include <future>

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
  DropPool();
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

Result<std::string> Runtime::BuildImage(const ImageWish& wish,
                                        const std::function<void(const std::string&)>& progress) {
  Status status = ImagesWanted();
  if (!status.ok()) return Fail(status);
  return images_.Build(wish, *loop_, progress);
}

Status Runtime::SetImage(const std::string& name_or_file) {
  Status status = ImagesWanted();
  if (!status.ok()) return status.While("image '" + name_or_file + "'");
  Result<Image> image = images_.Open(name_or_file);
  if (!image) return image.error();
  std::scoped_lock lock(mutex_, image_mutex_);
  if (!runs_.empty() || pool_) {
    return CallerError("the image cannot be changed while programs run or a pool is kept");
  }
  image_.reset();
  image_.emplace(std::move(*image));
  image_status_ = Ok();
  image_chosen_ = true;
  return Ok();
}

const std::optional<Image>& Runtime::FindImage() {
  std::lock_guard lock(image_mutex_);
  if (image_) return image_;
  image_status_ = ImagesWanted();
  if (!image_status_.ok()) return image_;
  Result<Image> image = images_.Open("base");
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

Status Runtime::SetPool(size_t guests) {
  {
    std::lock_guard lock(mutex_);
    if (!runs_.empty()) return CallerError("the pool cannot be changed while programs run");
  }
  DropPool();
  if (guests == 0) return Ok();
  const std::optional<Image>& image = FindImage();
  if (!image) return image_status_.While("a pool needs an image");
  std::promise<void> made;
  loop_->Post([&] {
    pool_ = std::make_unique<Pool>(*loop_, image->Command(install_), guests);
    made.set_value();
  });
  made.get_future().wait();
  return Ok();
}

void Runtime::DropPool() {
  if (!pool_) return;
  std::promise<void> dropped;
  loop_->Post([&] {
    pool_.reset();
    dropped.set_value();
  });
  dropped.get_future().wait();
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
  if (!image_chosen_) ways.push_back(std::move(*from_nothing));
  return ways;
}

Result<std::shared_ptr<Run>> Runtime::Start(Program program) {
  Result<std::vector<WorkerCommand>> ways = Ways();
  if (!ways) return Fail(ways.error());
  auto run = std::make_shared<Run>(*loop_, pool_.get(), std::move(*ways), std::move(program));
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

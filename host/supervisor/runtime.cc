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
  for (const auto& session : sessions_) {
    session->Close(CallerError("the session has ended with its runtime"));
  }
  for (const auto& run : runs_) run->Kill();
  // Their ends need the loop, and the pool.
  changed_.wait(lock, [this] { return runs_.empty() && sessions_.empty(); });
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

Status Runtime::SetPool(size_t guests) {
  {
    std::lock_guard lock(mutex_);
    if (!runs_.empty()) return CallerError("the pool cannot be changed while programs run");
    if (!sessions_.empty()) {
      return CallerError("the pool cannot be changed while there are sessions");
    }
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
  ways.push_back(std::move(*from_nothing));
  return ways;
}

Result<std::shared_ptr<Run>> Runtime::Start(Program program) {
  Result<std::vector<WorkerCommand>> ways = Ways();
  if (!ways) return Fail(ways.error());
  auto run = std::make_shared<Run>(*loop_, pool_.get(), std::move(*ways), std::move(program));
  run->Start(Keep(run));
  return run;
}

std::function<void()> Runtime::Keep(const std::shared_ptr<Run>& run) {
  std::lock_guard lock(mutex_);
  runs_.insert(run);
  return [this, weak = std::weak_ptr<Run>(run)] {
    std::lock_guard lock(mutex_);
    if (auto ended = weak.lock()) runs_.erase(ended);
    changed_.notify_all();
  };
}

Result<std::shared_ptr<Session>> Runtime::MakeSession() {
  Result<std::vector<WorkerCommand>> ways = Ways();
  if (!ways) return Fail(ways.error());
  auto on_gone = [this](const std::shared_ptr<Session>& session) {
    std::lock_guard lock(mutex_);
    sessions_.erase(session);
    changed_.notify_all();
  };
  auto session = std::make_shared<Session>(*loop_, pool_.get(), std::move(*ways), on_gone);
  std::lock_guard lock(mutex_);
  sessions_.insert(session);
  return session;
}

Result<std::shared_ptr<Run>> Runtime::StartIn(Session& session, Program program) {
  Result<std::shared_ptr<Run>> run = session.MakeRun(std::move(program));
  if (run) session.Start(*run, Keep(*run));
  return run;
}

}  // namespace v8py

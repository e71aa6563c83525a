#include "supervisor/runtime.h"

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

Result<std::shared_ptr<Run>> Runtime::Start(Program program) {
  Result<std::vector<std::string>> command = install_.WorkerCommand();
  if (!command) return Fail(command.error());
  auto run = std::make_shared<Run>(*loop_, std::move(*command), std::move(program));
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

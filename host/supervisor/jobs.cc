#include "supervisor/jobs.h"

#include "base/thread.h"

namespace v8py {

namespace {

constexpr size_t kMaxJobs = 16;

}  // namespace

bool Jobs::Start(std::function<void()> work) {
  {
    std::lock_guard lock(mutex_);
    if (ending_ || count_ >= kMaxJobs) return false;
    ++count_;
  }
  auto body = [this, work = std::move(work)]() mutable {
    work();
    // What it holds goes before whoever waits goes on.
    work = nullptr;
    std::lock_guard lock(mutex_);
    --count_;
    changed_.notify_all();
  };
  auto thread = StartThread(std::move(body));
  if (thread) {
    thread->detach();
    return true;
  }
  std::lock_guard lock(mutex_);
  --count_;
  changed_.notify_all();
  return false;
}

void Jobs::End() {
  std::unique_lock lock(mutex_);
  ending_ = true;
  changed_.wait(lock, [this] { return count_ == 0; });
}

}  // namespace v8py

#include "engine/worker_threads.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <limits>

#include "base/thread.h"
#include "engine/foreground_tasks.h"

namespace v8py {

void WorkerThreads::Post(std::unique_ptr<v8::Task> task) {
  ++posted_;
  {
    std::lock_guard lock(mutex_);
    ready_.push_back(std::move(task));
    StartLocked();
  }
  changed_.notify_one();
}

void WorkerThreads::PostDelayed(std::unique_ptr<v8::Task> task, double delay_in_seconds) {
  {
    std::lock_guard lock(mutex_);
    delayed_.push_back({MonotonicSeconds() + delay_in_seconds, std::move(task)});
    StartLocked();
  }
  changed_.notify_one();
}

void WorkerThreads::Stop() {
  std::vector<std::thread> threads;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    threads.swap(threads_);
  }
  changed_.notify_all();
  for (std::thread& thread : threads) thread.join();
  std::lock_guard lock(mutex_);
  stopping_ = false;
}

void WorkerThreads::StartLocked() {
  if (stopping_ || !threads_.empty()) return;
  auto run = [this] { Run(); };
  Result<std::thread> thread = StartThreadPatiently(run);
  // Without any, V8 would wait for its tasks forever.
  if (!thread) std::abort();
  threads_.push_back(std::move(*thread));
  for (int i = 1; i < count_; ++i) {
    if ((thread = StartThread(run))) threads_.push_back(std::move(*thread));
  }
}

std::unique_ptr<v8::Task> WorkerThreads::TakeLocked() {
  double now = MonotonicSeconds();
  auto due = std::find_if(delayed_.begin(), delayed_.end(),
                          [now](const Delayed& delayed) { return delayed.due <= now; });
  if (due != delayed_.end()) {
    auto task = std::move(due->task);
    delayed_.erase(due);
    return task;
  }
  if (ready_.empty()) return nullptr;
  auto task = std::move(ready_.front());
  ready_.pop_front();
  return task;
}

void WorkerThreads::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (auto task = TakeLocked()) {
      lock.unlock();
      task->Run();
      task.reset();
      lock.lock();
    } else if (stopping_) {
      return;
    } else if (delayed_.empty()) {
      changed_.wait(lock);
    } else {
      double due = std::numeric_limits<double>::infinity();
      for (const Delayed& delayed : delayed_) due = std::min(due, delayed.due);
      changed_.wait_for(lock, std::chrono::duration<double>(due - MonotonicSeconds()));
    }
  }
}

}  // namespace v8py

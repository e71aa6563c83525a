#include "engine/foreground_tasks.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace v8py {

namespace {
using Clock = std::chrono::steady_clock;
}

double MonotonicSeconds() {
  return std::chrono::duration<double>(Clock::now().time_since_epoch()).count();
}

std::unique_ptr<v8::Task> ForegroundTasks::Take() {
  std::lock_guard lock(mutex_);
  PromoteDueTasks();
  if (ready_.empty()) return nullptr;
  auto task = std::move(ready_.front());
  ready_.pop_front();
  return task;
}

void ForegroundTasks::Wait(double deadline) {
  std::unique_lock lock(mutex_);
  for (const Delayed& delayed : delayed_) deadline = std::min(deadline, delayed.due);
  auto something = [this] { return woken_ || !ready_.empty(); };
  if (std::isinf(deadline)) {
    changed_.wait(lock, something);
  } else {
    auto time = Clock::time_point(
        std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(deadline)));
    changed_.wait_until(lock, time, something);
  }
  woken_ = false;
}

void ForegroundTasks::Wake() {
  {
    std::lock_guard lock(mutex_);
    woken_ = true;
  }
  changed_.notify_one();
}

void ForegroundTasks::PostTaskImpl(std::unique_ptr<v8::Task> task, const v8::SourceLocation&) {
  {
    std::lock_guard lock(mutex_);
    ready_.push_back(std::move(task));
  }
  changed_.notify_one();
}

void ForegroundTasks::PostNonNestableTaskImpl(std::unique_ptr<v8::Task> task,
                                              const v8::SourceLocation& location) {
  PostTaskImpl(std::move(task), location);  // Take() is only called with no JavaScript below it
}

void ForegroundTasks::PostDelayedTaskImpl(std::unique_ptr<v8::Task> task, double delay_in_seconds,
                                          const v8::SourceLocation&) {
  {
    std::lock_guard lock(mutex_);
    delayed_.push_back({MonotonicSeconds() + delay_in_seconds, std::move(task)});
    woken_ = true;  // the wait under way may have to end earlier
  }
  changed_.notify_one();
}

void ForegroundTasks::PostNonNestableDelayedTaskImpl(std::unique_ptr<v8::Task> task,
                                                     double delay_in_seconds,
                                                     const v8::SourceLocation& location) {
  PostDelayedTaskImpl(std::move(task), delay_in_seconds, location);
}

void ForegroundTasks::PromoteDueTasks() {
  double now = MonotonicSeconds();
  auto due = std::stable_partition(delayed_.begin(), delayed_.end(),
                                   [now](const Delayed& delayed) { return delayed.due > now; });
  for (auto it = due; it != delayed_.end(); ++it) ready_.push_back(std::move(it->task));
  delayed_.erase(due, delayed_.end());
}

}  // namespace v8py

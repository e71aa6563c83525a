// The tasks that V8 wants run on the isolate's own thread, and the wait of that thread.
// Partner: platform.h, which hands V8 this queue; event_loop.h, which drains it.
#pragma once

#include <v8-platform.h>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

namespace v8py {

// Seconds of the monotonic clock, which is also V8's.
double MonotonicSeconds();

class ForegroundTasks : public v8::TaskRunner {
 public:
  bool IdleTasksEnabled() override { return false; }
  bool NonNestableTasksEnabled() const override { return true; }
  bool NonNestableDelayedTasksEnabled() const override { return true; }

  // The next task that is due, or null. Only the isolate's thread may call it.
  std::unique_ptr<v8::Task> Take();
  // Blocks until a task is due, Wake() was called, or the clock reads `deadline` (seconds of
  // MonotonicSeconds(); infinity: no deadline).
  void Wait(double deadline);
  // Ends a Wait() that is under way, or the next one. Thread: any
  void Wake();

 private:
  struct Delayed {
    double due;
    std::unique_ptr<v8::Task> task;
  };

  void PostTaskImpl(std::unique_ptr<v8::Task> task, const v8::SourceLocation&) override;
  void PostNonNestableTaskImpl(std::unique_ptr<v8::Task> task, const v8::SourceLocation&) override;
  void PostDelayedTaskImpl(std::unique_ptr<v8::Task> task, double delay_in_seconds,
                           const v8::SourceLocation&) override;
  void PostNonNestableDelayedTaskImpl(std::unique_ptr<v8::Task> task, double delay_in_seconds,
                                      const v8::SourceLocation&) override;
  void PromoteDueTasks();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<v8::Task>> ready_;
  std::vector<Delayed> delayed_;
  bool woken_ = false;
};

}  // namespace v8py

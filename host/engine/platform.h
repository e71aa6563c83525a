// Our v8::Platform: one isolate thread, background threads that can be stopped before a fork.
#pragma once

#include <libplatform/libplatform.h>
#include <v8-platform.h>

#include <memory>

#include "engine/dense_pages.h"
#include "engine/foreground_tasks.h"
#include "engine/worker_threads.h"

namespace v8py {

class Platform : public v8::Platform {
 public:
  explicit Platform(int worker_threads);

  ForegroundTasks& foreground() { return *foreground_; }
  WorkerThreads& workers() { return workers_; }

  v8::PageAllocator* GetPageAllocator() override { return &pages_; }
  int NumberOfWorkerThreads() override { return workers_.count(); }
  std::shared_ptr<v8::TaskRunner> GetForegroundTaskRunner(v8::Isolate*, v8::TaskPriority) override {
    return foreground_;
  }
  double MonotonicallyIncreasingTime() override { return MonotonicSeconds(); }
  double CurrentClockTimeMillis() override { return defaults_->CurrentClockTimeMillis(); }
  v8::TracingController* GetTracingController() override {
    return defaults_->GetTracingController();
  }

 private:
  std::unique_ptr<v8::JobHandle> CreateJobImpl(v8::TaskPriority priority,
                                               std::unique_ptr<v8::JobTask> job,
                                               const v8::SourceLocation&) override;
  void PostTaskOnWorkerThreadImpl(v8::TaskPriority, std::unique_ptr<v8::Task> task,
                                  const v8::SourceLocation&) override;
  void PostDelayedTaskOnWorkerThreadImpl(v8::TaskPriority, std::unique_ptr<v8::Task> task,
                                         double delay_in_seconds,
                                         const v8::SourceLocation&) override;

  // V8's own, for the page allocator, the clock and the (idle) tracing controller.
  std::unique_ptr<v8::Platform> defaults_;
  DensePages pages_;
  // Shared with V8, which keeps task runners beyond calls.
  std::shared_ptr<ForegroundTasks> foreground_;
  WorkerThreads workers_;
};

}  // namespace v8py

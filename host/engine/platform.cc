#include "engine/platform.h"

namespace v8py {

Platform::Platform(int worker_threads)
    : defaults_(v8::platform::NewSingleThreadedDefaultPlatform()),
      pages_(defaults_->GetPageAllocator()),
      foreground_(std::make_shared<ForegroundTasks>()),
      workers_(worker_threads) {}

std::unique_ptr<v8::JobHandle> Platform::CreateJobImpl(v8::TaskPriority priority,
                                                       std::unique_ptr<v8::JobTask> job,
                                                       const v8::SourceLocation&) {
  return v8::platform::NewDefaultJobHandle(this, priority, std::move(job), workers_.count());
}

void Platform::PostTaskOnWorkerThreadImpl(v8::TaskPriority, std::unique_ptr<v8::Task> task,
                                          const v8::SourceLocation&) {
  workers_.Post(std::move(task));
}

void Platform::PostDelayedTaskOnWorkerThreadImpl(v8::TaskPriority, std::unique_ptr<v8::Task> task,
                                                 double delay_in_seconds,
                                                 const v8::SourceLocation&) {
  workers_.PostDelayed(std::move(task), delay_in_seconds);
}

}  // namespace v8py

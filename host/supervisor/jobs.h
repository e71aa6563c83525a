// Work that blocks for long, on threads of its own; whoever ends first waits for it.
// Thread: any, for all.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>

namespace v8py {

class Jobs {
 public:
  Jobs() = default;
  Jobs(const Jobs&) = delete;

  // Runs `work` on a new thread. False when there are many already, or none is to begin any more.
  bool Start(std::function<void()> work);
  // None begins any more; waits for those that are under way, which see `ending`.
  void End();
  const std::atomic<bool>& ending() const { return ending_; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t count_ = 0;
  std::atomic<bool> ending_ = false;
};

}  // namespace v8py

// The threads that run V8's background tasks: compilation, collection.
// They start with the first task and can all be stopped, so that a process may fork; they start
// again when V8 posts something. A queue that is never run deadlocks inside V8, so there is no
// mode without threads.
#pragma once

#include <v8-platform.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace v8py {

class WorkerThreads {
 public:
  explicit WorkerThreads(int count) : count_(count) {}
  ~WorkerThreads() { Stop(); }
  WorkerThreads(const WorkerThreads&) = delete;

  int count() const { return count_; }
  // How many tasks V8 has posted so far. Thread: any
  uint64_t posted() const { return posted_; }
  // Thread: any
  void Post(std::unique_ptr<v8::Task> task);
  // Thread: any
  void PostDelayed(std::unique_ptr<v8::Task> task, double delay_in_seconds);
  // Runs what is queued, then ends every thread. Delayed tasks stay for the next start.
  void Stop();

 private:
  struct Delayed {
    double due;
    std::unique_ptr<v8::Task> task;
  };

  void StartLocked();
  void Run();
  std::unique_ptr<v8::Task> TakeLocked();

  const int count_;
  std::atomic<uint64_t> posted_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<v8::Task>> ready_;
  std::vector<Delayed> delayed_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace v8py

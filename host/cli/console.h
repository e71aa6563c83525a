// The terminal or pipe that `v8py exec` was started on: its standard input and its signals, served
// by a thread of their own while the program runs.
#pragma once

#include <atomic>
#include <thread>

#include "include/v8py.h"

namespace v8py {

class Console {
 public:
  // Blocks the signals that Console serves, for this thread and those that it starts from now on,
  // and ignores SIGPIPE. Call before any thread is started.
  static void TakeSignals();
  // Opens /dev/null where a standard descriptor is closed: nothing else must get its number.
  static void FillStandardDescriptors();

  // A first signal cancels `run`, a second kills it.
  explicit Console(v8py_run* run);
  ~Console();
  Console(const Console&) = delete;

  // Reads standard input once there is some, and gives it to the run.
  void WantInput();
  // The signal that ended the run; 0: none did.
  int signal() const { return signal_; }

 private:
  void Serve();
  void ReadInput();
  void OnSignal();
  void Wake();

  v8py_run* const run_;
  int signal_fd_ = -1;
  int wake_fd_ = -1;
  std::atomic<bool> wanted_ = false;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> signal_ = 0;
  std::thread thread_;
};

// Writes all of it; an errno value when that fails, else 0.
int WriteAll(int fd, const char* data, size_t size);

}  // namespace v8py

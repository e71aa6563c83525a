// The terminal or pipe that `v8py exec` was started on: its standard input and its signals, served
// by a thread of their own while the program runs.
#pragma once

#include <atomic>
#include <memory>
#include <thread>

#include "base/status.h"
#include "cli/prompt.h"
#include "include/v8py.h"

namespace v8py {

class Console {
 public:
  // From here on SIGINT, SIGTERM and SIGHUP wait for a Console, but for those that whoever started
  // us wants ignored (nohup). Call before the run is started.
  static void HoldSignals();

  // A first signal cancels `run`. A second ends this process at once, as does a reader of our
  // output that still keeps it from ending some time after the first.
  // `prompt`: where questions are asked; may be null.
  static Result<std::unique_ptr<Console>> Start(v8py_run* run, std::unique_ptr<Prompt> prompt);
  ~Console();
  Console(const Console&) = delete;

  // Reads standard input once there is some, and gives it to the run.
  void WantInput();
  // Asks it, one after another. With a prompt.
  void Ask(v8py_question* question);
  // The signal that ended the run; 0: none did.
  int signal() const { return signal_; }

 private:
  Console(v8py_run* run, std::unique_ptr<Prompt> prompt) : run_(run), prompt_(std::move(prompt)) {}
  void Serve();
  void ReadInput();
  void OnSignal();
  void Wake();

  v8py_run* const run_;
  const std::unique_ptr<Prompt> prompt_;
  int signal_fd_ = -1;
  int wake_fd_ = -1;
  std::atomic<bool> wanted_ = false;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> signal_ = 0;
  std::thread thread_;
};

// While packages are fetched there is no program yet that could be told of a signal: one that is
// held ends this process.
class EndsBySignal {
 public:
  EndsBySignal();
  ~EndsBySignal();
  EndsBySignal(const EndsBySignal&) = delete;

 private:
  void Serve() const;

  int signal_fd_ = -1;
  int stop_fd_ = -1;
  std::thread thread_;
};

}  // namespace v8py

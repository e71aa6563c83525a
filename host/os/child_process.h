// A child process that is started, killed and reaped without signals: by its pidfd. The program
// that we are part of may use SIGCHLD and its other children as it likes.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"

namespace v8py {

// How a process ended.
struct ExitStatus {
  int code = 0;    // of exit(), when signal is 0
  int signal = 0;  // that killed it
};
// "signal 9 (Killed)", "exit code 3".
std::string Describe(const ExitStatus& status);

class ChildProcess {
 public:
  // Starts `arguments[0]` in a session of its own (no terminal), with `descriptors` as 3, 4 and so
  // on, /dev/null as 0 to 2, no other descriptor, no signal blocked or ignored, and only
  // `environment` ("NAME=value").
  static Result<ChildProcess> Start(const std::vector<std::string>& arguments,
                                    const std::vector<std::string>& environment,
                                    std::span<const int> descriptors);
  // A process whose parent is another one, which reaps it. Takes `pidfd` over. The destructor kills
  // it without waiting; how it ended has to be told by its parent, through MarkReaped().
  static ChildProcess Adopt(pid_t pid, int pidfd);
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;
  // Kills the process if it was not reaped, and waits for its end.
  ~ChildProcess();

  pid_t pid() const { return pid_; }
  // Becomes readable when the process has ended. Belongs to this object.
  int pidfd() const { return pidfd_; }

  // SIGKILL. Does nothing after the process's end.
  void Kill();
  // How it ended, and frees its process id; kWorld while it runs. Once only.
  Result<ExitStatus> Reap();

  // Its process id is free from now on. Of an adopted one.
  void MarkReaped();

  // Processor time so far, of all its threads; until its end once it is reaped.
  double CpuMilliseconds() const;
  // The private writable memory that it has mapped (VmData), in bytes: what LimitData() counts.
  // 0 when it has ended.
  uint64_t DataBytes() const;
  // RLIMIT_DATA, RLIMIT_CPU. Best effort: a process that has just ended has no limits.
  void LimitData(uint64_t bytes);
  void LimitCpuSeconds(uint64_t seconds);
  // The same with a limit that can be moved later: the process's end by it is SIGXCPU.
  void SetCpuSeconds(uint64_t seconds);

 private:
  ChildProcess(pid_t pid, int pidfd) : pid_(pid), pidfd_(pidfd) {}

  pid_t pid_ = -1;
  int pidfd_ = -1;
  bool adopted_ = false;
  bool reaped_ = false;
  double cpu_at_end_ = 0;
};

}  // namespace v8py

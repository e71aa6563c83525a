// A zygote as the supervisor has it: a worker that forks guests when asked, and reaps them.
// Rule: lives on the loop's thread, and longer than its guests; the handler's functions must not
// destroy it.
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "supervisor/worker_process.h"

namespace v8py {

class Zygote {
 public:
  struct Handler {
    // A guest, which is not ready yet and wants a handler at once; null: the kernel refused.
    std::function<void(std::unique_ptr<WorkerProcess>)> on_guest;
    // It ended, or could not go on; its guests end with it.
    std::function<void(Zygote&, Status)> on_end;
  };

  static Result<std::unique_ptr<Zygote>> Start(Loop& loop, const WorkerCommand& command,
                                               Handler handler);
  // Asks for a guest: on_guest is called once for each.
  void Fork() { process_->Send(ForkMessage{}); }
  bool ended() const { return ended_; }
  bool has_guests() const { return !guests_.empty(); }
  pid_t pid() { return process_->process().pid(); }

 private:
  Zygote(Loop& loop, Handler handler) : loop_(loop), handler_(std::move(handler)) {}

  void OnMessage(const FromWorker& message);
  void OnGuest(const GuestMessage& message);
  void OnExit(ExitStatus status);
  void Reap(pid_t pid);
  void TellExit(pid_t pid, ExitStatus status);

  Loop& loop_;
  Handler handler_;
  bool ended_ = false;
  std::optional<Status> fault_;
  std::map<pid_t, WorkerProcess*> guests_;  // that nobody has reaped yet
  std::unique_ptr<Timer> boot_deadline_;
  std::unique_ptr<WorkerProcess> process_;
};

}  // namespace v8py

// An interpreter that is kept: programs run in it one after another, and each finds what those
// before it left. It lasts until a program in it cannot be stopped by asking, until its process
// ends, or until it is closed.
// Rule: shared by its owner, the runtime, and the runs in it; the loop's thread does the work.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "supervisor/run.h"
#include "supervisor/worker_source.h"

namespace v8py {

class Session : public WorkerSource, public std::enable_shared_from_this<Session> {
 public:
  // `origin`: where the interpreter is taken from, if it has one; may be null. `ways`: how to start
  // one otherwise. It is taken or started when the first program comes. `on_gone` is called on the
  // loop's thread when the session has ended and nothing is left of it.
  Session(Loop& loop, WorkerSource* origin, std::vector<WorkerCommand> ways,
          std::function<void(const std::shared_ptr<Session>&)> on_gone);

  // Whether programs can run in it; if not (kCaller), why. Once it cannot, it never can again.
  // Thread: any
  Status status() const;
  // The run of `program`: the session's next, after those that were started before. With
  // `program.message.keep` off it is the last, and the interpreter ends as CPython does. The
  // session's memory limit is that of its first program. Call Start() with it. Thread: any
  Result<std::shared_ptr<Run>> MakeRun(Program program);
  // `on_ended`: as in Run::Start(). While the runtime is there. Thread: any
  void Start(std::shared_ptr<Run> run, std::function<void()> on_ended);
  // Ends the session: what runs in it is killed. `why` is for status(). Thread: any
  void Close(Status why);

  // For the run whose turn it is.
  void Take(Taker taker) override;
  void Bury(std::unique_ptr<WorkerProcess> worker) override;

 private:
  // Runs `task` on the loop's thread; forgets it once the session is gone. Thread: any
  void Post(std::function<void(Session&)> task);
  void Next();
  void OnRunEnd(const std::shared_ptr<Run>& run);
  void Lose(Status why);
  void DismissWorker();
  void GoWhenNothingIsLeft();

  mutable std::mutex mutex_;
  bool gone_ = false;                      // guarded by mutex_; the loop may be gone by then
  Status status_;                          // guarded by mutex_
  uint64_t calls_ = 0, memory_limit_ = 0;  // guarded by mutex_
  // Shared with the runs: what they open stays open. Guarded by mutex_.
  std::shared_ptr<Broker> broker_;
  Loop& loop_;
  WorkerSource* const origin_;
  const std::vector<WorkerCommand> ways_;

  // From here on: the loop's thread only.
  std::function<void(const std::shared_ptr<Session>&)> on_gone_;
  std::deque<std::shared_ptr<Run>> waiting_;
  std::shared_ptr<Run> current_;
  bool from_origin_ = false;  // whether the worker is origin_'s
  std::string why_no_image_;
  std::unique_ptr<WorkerProcess> worker_;  // null while a run has it
  std::unique_ptr<WorkerProcess> ending_;
};

}  // namespace v8py

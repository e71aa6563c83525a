// One run of one program, from the start of its worker to the worker's end. The state machine is
// on the loop's thread; the supervisor's own clock and limits decide, not the worker.
//
//   booting --READY--> running --RESULT--> ending --worker gone, or given back--> ended
//                         \--deadline, cancel--> stopping --RESULT or kill--/
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "os/loop.h"
#include "supervisor/broker.h"
#include "supervisor/event_queue.h"
#include "supervisor/outcome.h"
#include "supervisor/program.h"
#include "supervisor/worker_source.h"

namespace v8py {

// Shared by the loop's thread, while the worker lives, and by the one who waits for the result.
class Run : public std::enable_shared_from_this<Run> {
 public:
  // `source`: where a worker is taken from, if it has one, and given back to; may be null. `ways`:
  // how to get one otherwise, at least one way. The next is taken when one gave no worker that is
  // ready. `broker`: of a session; null: the run has one of its own.
  Run(Loop& loop, WorkerSource* source, std::vector<WorkerCommand> ways, Program program,
      std::shared_ptr<Broker> broker = nullptr);

  // Takes or starts the worker. The end, failures included, comes through events(). `on_ended` is
  // called on the loop's thread when nothing of the worker is left here. Thread: any
  void Start(std::function<void()> on_ended);
  // The same in two steps, for a run that waits for its turn. Queue() before anything else; Begin()
  // or Refuse(), which ends the run with an error, on the loop's thread.
  void Queue(std::function<void()> on_ended);
  void Begin();
  void Refuse(Status status) { End(Fail(std::move(status))); }
  // Output, requests for input, the end. Thread: any
  EventQueue& events() { return events_; }
  // Thread: any
  void Stop(StopReason reason);
  // SIGKILL, at once. Thread: any
  void Kill();
  // Thread: any
  void WriteInput(std::string data);
  // Thread: any
  void EndInput();
  // Of a call of a function. Dropped when the program has ended. Thread: any
  void Answer(const HostCall& call, v8py::Answer answer);

  // On the loop's thread: whether the run is over, and what a session wants to know of its end.
  bool ended() const { return state_ == State::kEnded; }
  struct Ending {
    bool sent = false;  // whether the program has reached a worker
    bool kept = false;  // whether the worker, given back, can run another
    RunStatus status = RunStatus::kKilled;
    std::string reason, why_no_image;  // as in the result
  };
  const Ending& ending() const { return ending_; }

 private:
  enum class State { kBooting, kRunning, kStopping, kEnding, kEnded };
  using Clock = std::chrono::steady_clock;

  // Runs `task` on the loop's thread; forgets it after the end. Thread: any
  void Post(std::function<void(Run&)> task);
  void OnGuest(std::unique_ptr<WorkerSource::Guest> guest);
  WorkerProcess::Handler WorkerHandler();
  void MakeTimers();
  void StartWorker();
  // Whether another way of getting a worker is left, and is taken.
  bool StartAnother();
  void OnMessage(FromWorker message);
  void OnReady(ReadyMessage ready);
  // The kernel's limits, before the first line of the program: they hold when V8 itself is broken.
  void LimitProcess();
  void BeginBroker();
  void OnOutput(OutputMessage output);
  void OnWantInput();
  void OnResult(ResultMessage result);
  void OnExit(ExitStatus status);
  // Milliseconds of processor time; 0 when nobody knows any more.
  double CpuUsed() const {
    return std::max(0.0, worker_->process().CpuMilliseconds() - cpu_at_start_);
  }
  void BeginStopping(StopReason reason);
  void ProtocolError(std::string_view what);
  void SendInput(InputMessage input);
  void CheckCpu();
  void End(Result<RunResult> result);
  Result<RunResult> Conclude();

  std::mutex mutex_;
  Loop* loop_;  // null once the run has ended: the loop may be gone by then. Guarded by mutex_
  WorkerSource* const source_;
  bool giving_back_ = false;  // whether the worker is the source's
  bool used_ = false;         // whether the worker has run a program before
  uint64_t data_bytes_ = 0;   // what the worker held when it was ready; 0: not looked at yet
  std::vector<WorkerCommand> ways_;
  size_t way_ = 0;
  Program program_;
  EventQueue events_;
  std::function<void()> on_ended_;

  // From here on: the loop's thread only.
  State state_ = State::kBooting;
  RunRecord record_;
  std::optional<Status> fault_;  // the worker could not do its work: no result, but an error
  std::vector<InputMessage> input_before_ready_;
  Ending ending_;
  bool input_wanted_ = false;
  double cpu_at_start_ = 0;
  Clock::time_point asked_, started_, running_since_;
  std::shared_ptr<Broker> broker_;  // shared with the session
  std::unique_ptr<WorkerProcess> worker_;
  std::unique_ptr<Timer> deadline_, cpu_deadline_, kill_deadline_;
};

}  // namespace v8py

// Runs a realm's asynchronous work until it is done: V8's tasks, timers, microtasks.
// Waits without polling; Wake() ends a wait from any thread.
#pragma once

#include <functional>

#include "engine/isolate.h"
#include "engine/scope.h"
#include "engine/timers.h"

namespace v8py {

class EventLoop {
 public:
  explicit EventLoop(Isolate& isolate) : isolate_(isolate) {}

  Timers& timers() { return timers_; }

  // What a realm is told from outside: each may run JavaScript, and says whether that makes waiting
  // wrong.
  enum class Idle { kWait, kAgain };
  struct Outside {
    std::function<Idle()> on_turn;  // called in each turn of the loop
    std::function<Idle()> on_idle;  // before each wait
  };
  // Returns when `done` says so, or with kLimit when execution was terminated.
  Status RunUntil(const Scope& scope, const std::function<bool()>& done, const Outside& outside);
  // Runs what V8 has posted, on its threads and for this one, until nothing of it is due. The
  // process then has one thread.
  void Settle(const Scope& scope);
  // Runs what is due for this thread of what V8 has posted.
  void RunTasks(const Scope& scope);
  // Thread: any
  void Wake();

 private:
  bool RunOneTask(const Scope& scope);
  bool RunOneTimer(const Scope& scope);

  Isolate& isolate_;
  Timers timers_;
};

}  // namespace v8py

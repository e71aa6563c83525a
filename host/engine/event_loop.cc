#include "engine/event_loop.h"

#include <v8-exception.h>

#include <tuple>

#include "engine/foreground_tasks.h"

namespace v8py {

bool EventLoop::RunOneTask(const Scope& scope) {
  std::unique_ptr<v8::Task> task = isolate_.engine().platform().foreground().Take();
  if (!task) return false;
  v8::HandleScope handles(scope.isolate());
  task->Run();
  return true;
}

bool EventLoop::RunOneTimer(const Scope& scope) {
  v8::HandleScope handles(scope.isolate());
  v8::Local<v8::Function> function;
  if (!timers_.TakeDue(scope.isolate(), MonotonicSeconds()).ToLocal(&function)) return false;
  // What a timer's function throws is reported by the realm's wrapper of it; only a termination
  // matters here, and the caller looks for that.
  v8::TryCatch caught(scope.isolate());
  std::ignore = function->Call(scope.context(), v8::Undefined(scope.isolate()), 0, nullptr);
  return true;
}

Status EventLoop::RunUntil(const Scope& scope, const std::function<bool()>& done,
                           const Outside& outside) {
  for (;;) {
    if (isolate_.terminating()) return {Code::kLimit, "execution was terminated"};
    if (done()) return Ok();
    bool ran_task = RunOneTask(scope);
    scope.isolate()->PerformMicrotaskCheckpoint();
    bool ran_timer = RunOneTimer(scope);
    scope.isolate()->PerformMicrotaskCheckpoint();
    bool was_told = outside.on_turn && outside.on_turn() == Idle::kAgain;
    if (ran_task || ran_timer || was_told || isolate_.terminating() || done()) continue;
    if (outside.on_idle && outside.on_idle() == Idle::kAgain) continue;
    isolate_.engine().platform().foreground().Wait(timers_.NextDue());
  }
}

void EventLoop::Settle(const Scope& scope) {
  do {
    isolate_.engine().Rest();
  } while (RunOneTask(scope));
  scope.isolate()->PerformMicrotaskCheckpoint();
  isolate_.engine().Rest();
}

void EventLoop::RunTasks(const Scope& scope) {
  while (RunOneTask(scope)) scope.isolate()->PerformMicrotaskCheckpoint();
}

void EventLoop::Wake() { isolate_.engine().platform().foreground().Wake(); }

}  // namespace v8py

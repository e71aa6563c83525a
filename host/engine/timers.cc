#include "engine/timers.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/foreground_tasks.h"

namespace v8py {

namespace {
// The shortest interval: one of 0 would never let the loop go on.
constexpr double kMinInterval = 0.001;
}  // namespace

uint32_t Timers::Set(v8::Isolate* isolate, v8::Local<v8::Function> function, double milliseconds,
                     bool repeat) {
  double delay = milliseconds > 0 ? milliseconds / 1000 : 0;  // false for not-a-number, too
  uint32_t id = ++last_id_;
  double due = MonotonicSeconds() + delay;
  timers_[id] = {v8::Global<v8::Function>(isolate, function), due,
                 repeat ? std::max(delay, kMinInterval) : -1};
  order_[{due, id}] = id;
  return id;
}

void Timers::Clear(uint32_t id) {
  auto found = timers_.find(id);
  if (found == timers_.end()) return;
  order_.erase({found->second.due, id});
  timers_.erase(found);
}

void Timers::ClearAll() {
  timers_.clear();
  order_.clear();
}

double Timers::NextDue() const {
  return order_.empty() ? std::numeric_limits<double>::infinity() : order_.begin()->first.first;
}

v8::MaybeLocal<v8::Function> Timers::TakeDue(v8::Isolate* isolate, double now) {
  if (order_.empty() || order_.begin()->first.first > now) return {};
  uint32_t id = order_.begin()->second;
  order_.erase(order_.begin());
  Timer& timer = timers_.at(id);
  v8::Local<v8::Function> function = timer.function.Get(isolate);
  if (timer.interval < 0) {
    timers_.erase(id);
  } else {
    timer.due = now + timer.interval;
    order_[{timer.due, id}] = id;
  }
  return function;
}

}  // namespace v8py

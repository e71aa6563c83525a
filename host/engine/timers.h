// setTimeout and setInterval, as a heap ordered by due time and then by age.
// Partner: event_loop.h, which calls what is due.
#pragma once

#include <v8-function.h>
#include <v8-persistent-handle.h>

#include <cstdint>
#include <map>
#include <unordered_map>
#include <utility>

namespace v8py {

class Timers {
 public:
  // Calls `function` once, or every `milliseconds`, until Clear(). Returns a positive id that is
  // never used again. Negative and not-a-number delays are 0.
  uint32_t Set(v8::Isolate* isolate, v8::Local<v8::Function> function, double milliseconds,
               bool repeat);
  void Clear(uint32_t id);
  void ClearAll();

  // When the next timer is due, in seconds of MonotonicSeconds(); infinity when there is none.
  double NextDue() const;
  // The function of a timer that is due at `now`; empty when there is none. A repeating timer is
  // set again.
  v8::MaybeLocal<v8::Function> TakeDue(v8::Isolate* isolate, double now);

 private:
  struct Timer {
    v8::Global<v8::Function> function;
    double due;
    double interval;  // seconds; negative: once
  };
  using Key = std::pair<double, uint32_t>;  // due, id: ids grow, so equal times keep their order

  std::unordered_map<uint32_t, Timer> timers_;
  std::map<Key, uint32_t> order_;
  uint32_t last_id_ = 0;
};

}  // namespace v8py

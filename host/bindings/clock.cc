// The clocks behind performance.now() and performance.timeOrigin, and so behind all of Python's.
#include <chrono>

#include "bindings/bindings.h"

namespace v8py {

namespace {

// now() → milliseconds of a clock that only goes forward.
void Now(const Arguments& arguments) {
  arguments.GetReturnValue().Set(NativeData<Bindings>(arguments).clock.Now() * 1000);
}

// timeOrigin() → the Unix time, in milliseconds, at which now() read 0.
void TimeOrigin(const Arguments& arguments) {
  auto unix_time = std::chrono::system_clock::now().time_since_epoch();
  double milliseconds = std::chrono::duration<double, std::milli>(unix_time).count();
  double now = NativeData<Bindings>(arguments).clock.Now();
  arguments.GetReturnValue().Set(milliseconds - now * 1000);
}

const Native kClock[] = {
    {"now", Now},
    {"timeOrigin", TimeOrigin},
};

}  // namespace

double GuestClock::Now() {
  last_ = MonotonicSeconds() - origin_;
  return last_;
}

void GuestClock::GoOn() { origin_ = MonotonicSeconds() - last_; }

void InstallClock(const Scope& scope, v8::Local<v8::Object> native, Bindings& bindings) {
  InstallNatives(scope, native, kClock, &bindings);
}

}  // namespace v8py

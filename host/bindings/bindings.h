// What JavaScript may ask of us: one file per native module, each ends with its table.
// Boot scripts get one object with all of them as their argument `native`; none is a global.
// Guest code can reach every one of these functions in the end (through the closures that boot code
// leaves), so each checks its arguments by type, converts nothing, and has no right to misuse.
#pragma once

#include "bindings/descriptors.h"
#include "bindings/host.h"
#include "bindings/report.h"
#include "engine/foreground_tasks.h"
#include "engine/native.h"
#include "engine/realm.h"

namespace v8py {

// The guest's monotonic clock, in seconds. It reads 0 at boot, as in a browser: C code that counts
// microseconds in 32 bits (clock(), Python's time.process_time()) fails after 36 minutes, and how
// long this machine is up is not the guest's business.
class GuestClock {
 public:
  double Now();
  // In a process that continues from the memory of another one: goes on where that has looked last.
  // The clock below may show less by now, after a restart of the machine.
  void GoOn();

 private:
  double origin_ = MonotonicSeconds();
  double last_ = 0;
};

// What the native functions share. Outlives the realm's last run of JavaScript.
struct Bindings {
  Realm& realm;
  Host* host;
  Report report;
  GuestClock clock = {};
  Descriptors descriptors = {};
};

// As calls.cc's call() gives it.
v8::Local<v8::Value> ToJs(v8::Isolate* isolate, Bindings& bindings, const Reply& reply);
// Takes descriptors over; an array of their numbers.
v8::Local<v8::Value> ToJs(v8::Isolate* isolate, Bindings& bindings, const std::vector<int>& fds);

void InstallCalls(const Scope& scope, v8::Local<v8::Object> native, Bindings& bindings);
void InstallClock(const Scope& scope, v8::Local<v8::Object> native, Bindings& bindings);
void InstallDescriptors(const Scope& scope, v8::Local<v8::Object> native, Bindings& bindings);
void InstallRandom(const Scope& scope, v8::Local<v8::Object> native, Bindings& bindings);
void InstallReport(const Scope& scope, v8::Local<v8::Object> native, Bindings& bindings);
void InstallStdio(const Scope& scope, v8::Local<v8::Object> native, Bindings& bindings);
void InstallText(const Scope& scope, v8::Local<v8::Object> native, Bindings& bindings);
void InstallTimer(const Scope& scope, v8::Local<v8::Object> native, Bindings& bindings);

// All of the above in a new object.
v8::Local<v8::Object> MakeNative(const Scope& scope, Bindings& bindings);

}  // namespace v8py

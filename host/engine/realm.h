// One context with its modules and its event loop. What JavaScript finds in it is V8's own plus
// what boot scripts put there.
#pragma once

#include <v8-context.h>
#include <v8-function.h>
#include <v8-persistent-handle.h>

#include <functional>
#include <string_view>

#include "engine/event_loop.h"
#include "engine/isolate.h"
#include "engine/modules.h"
#include "engine/scope.h"

namespace v8py {

class Realm {
 public:
  explicit Realm(Isolate& isolate);
  ~Realm();
  Realm(const Realm&) = delete;

  Isolate& isolate() { return isolate_; }
  Modules& modules() { return modules_; }
  EventLoop& loop() { return loop_; }

  // Enters the realm for the time of the call.
  Status Enter(const std::function<Status(const Scope&)>& body);

  // Calls `source` as the body of a function with the parameters `native` and `globalThis`.
  // `name` is for stack traces. `source` must outlive the isolate.
  Result<v8::Local<v8::Value>> RunBootScript(const Scope& scope, std::string_view name,
                                             std::string_view source, v8::Local<v8::Object> native);
  // From now on eval(), new Function() and their like throw EvalError, and import() is refused.
  void Seal(const Scope& scope);

 private:
  Isolate& isolate_;
  Modules modules_;
  EventLoop loop_;
  v8::Global<v8::Context> context_;
};

}  // namespace v8py

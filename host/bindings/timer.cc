// The inside of setTimeout() and setInterval().
#include "bindings/bindings.h"
#include "engine/error.h"

namespace v8py {

namespace {

// setTimer(function, milliseconds, repeat) → id, a positive integer.
void SetTimer(const Arguments& arguments) {
  if (!arguments[0]->IsFunction() || !arguments[1]->IsNumber()) {
    return ThrowTypeError(arguments.GetIsolate(), "setTimer() takes a function and a delay");
  }
  Timers& timers = NativeData<Bindings>(arguments).realm.loop().timers();
  uint32_t id = timers.Set(arguments.GetIsolate(), arguments[0].As<v8::Function>(),
                           arguments[1].As<v8::Number>()->Value(), arguments[2]->IsTrue());
  arguments.GetReturnValue().Set(id);
}

// clearTimer(id) → undefined. An unknown id is ignored.
void ClearTimer(const Arguments& arguments) {
  if (!arguments[0]->IsUint32()) return;
  Timers& timers = NativeData<Bindings>(arguments).realm.loop().timers();
  timers.Clear(arguments[0].As<v8::Uint32>()->Value());
}

const Native kTimer[] = {
    {"clearTimer", ClearTimer},
    {"setTimer", SetTimer},
};

}  // namespace

void InstallTimer(const Scope& scope, v8::Local<v8::Object> native, Bindings& bindings) {
  InstallNatives(scope, native, kTimer, &bindings);
}

}  // namespace v8py

#include "bindings/bindings.h"

#include <v8-object.h>

namespace v8py {

v8::Local<v8::Object> MakeNative(const Scope& scope, Bindings& bindings) {
  v8::Local<v8::Object> native = v8::Object::New(scope.isolate());
  InstallCalls(scope, native, bindings);
  InstallClock(scope, native, bindings);
  InstallDescriptors(scope, native, bindings);
  InstallRandom(scope, native, bindings);
  InstallReport(scope, native, bindings);
  InstallStdio(scope, native, bindings);
  InstallText(scope, native, bindings);
  InstallTimer(scope, native, bindings);
  return native;
}

}  // namespace v8py

#include "engine/native.h"

#include <v8-external.h>
#include <v8-function.h>

#include "engine/convert.h"

namespace v8py {

void InstallNatives(const Scope& scope, v8::Local<v8::Object> object, std::span<const Native> table,
                    void* data) {
  v8::Local<v8::External> external = v8::External::New(scope.isolate(), data);
  for (const Native& native : table) {
    v8::Local<v8::Function> function;
    if (!v8::Function::New(scope.context(), native.function, external, 0,
                           v8::ConstructorBehavior::kThrow)
             .ToLocal(&function)) {
      return;
    }
    function->SetName(ToJs(scope.isolate(), native.name));
    SetProperty(scope, object, native.name, function);
  }
}

void* NativeDataPointer(const Arguments& arguments) {
  return arguments.Data().As<v8::External>()->Value();
}

}  // namespace v8py

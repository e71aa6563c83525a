// Native functions for JavaScript: plain V8 callbacks, gathered in tables. A file of bindings/ ends
// with its table; boot code gets them as one object through an argument, never as a global.
#pragma once

#include <v8-function-callback.h>
#include <v8-template.h>

#include <span>

#include "engine/scope.h"

namespace v8py {

using Arguments = v8::FunctionCallbackInfo<v8::Value>;

struct Native {
  const char* name;  // the same in C++ and JavaScript
  v8::FunctionCallback function;
};

// Adds the functions of `table` to `object`. Each finds `data` again by NativeData<T>(arguments).
// `data` must outlive the isolate's last run of JavaScript. The functions cannot be constructed.
void InstallNatives(const Scope& scope, v8::Local<v8::Object> object, std::span<const Native> table,
                    void* data);

void* NativeDataPointer(const Arguments& arguments);
template <typename T>
T& NativeData(const Arguments& arguments) {
  return *static_cast<T*>(NativeDataPointer(arguments));
}

}  // namespace v8py

// Bytes of JavaScript that stay where they are: embedded in the program or mapped from a file.
// Makes a V8 string over them without a copy when they are ASCII.
#pragma once

#include <v8-isolate.h>
#include <v8-local-handle.h>
#include <v8-primitive.h>

#include <string_view>

namespace v8py {

// `text` must outlive the isolate.
v8::Local<v8::String> SourceString(v8::Isolate* isolate, std::string_view text);

}  // namespace v8py

// How compiled WebAssembly enters an isolate: WebAssembly.compileStreaming() and
// instantiateStreaming() take the bytes of an ArrayBuffer or a view where a browser takes a
// Response. Streaming is V8's only door for code that was compiled before.
#pragma once

#include "engine/isolate.h"

namespace v8py {

void EnableWasmStreaming(Isolate& isolate);

}  // namespace v8py

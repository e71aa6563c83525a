#include "engine/wasm.h"

#include <v8-exception.h>
#include <v8-wasm.h>

#include "engine/convert.h"
#include "engine/native.h"

namespace v8py {

namespace {

void Stream(const Arguments& arguments) {
  v8::Isolate* isolate = arguments.GetIsolate();
  auto streaming = v8::WasmStreaming::Unpack(isolate, arguments.Data());
  std::optional<std::string_view> bytes = BytesOf(arguments[0]);
  if (!bytes) {
    streaming->Abort(v8::Exception::TypeError(
        ToJs(isolate, "WebAssembly streaming takes a Uint8Array in this sandbox")));
    return;
  }
  streaming->OnBytesReceived(reinterpret_cast<const uint8_t*>(bytes->data()), bytes->size());
  streaming->Finish();
}

}  // namespace

void EnableWasmStreaming(Isolate& isolate) { isolate.get()->SetWasmStreamingCallback(Stream); }

}  // namespace v8py

// The guest's standard streams.
#include "bindings/bindings.h"
#include "engine/convert.h"
#include "engine/error.h"

namespace v8py {

namespace {

// write(stream, view) → number of bytes, always all of them. stream: 1 or 2.
void Write(const Arguments& arguments) {
  auto bytes = BytesOf(arguments[1]);
  if (!arguments[0]->IsInt32() || !bytes) {
    return ThrowTypeError(arguments.GetIsolate(), "write() takes a stream and a typed array");
  }
  int stream = arguments[0].As<v8::Int32>()->Value() == 2 ? 2 : 1;
  NativeData<Bindings>(arguments).host->Write(stream, *bytes);
  arguments.GetReturnValue().Set(static_cast<double>(bytes->size()));
}

// read(view) → number of bytes; 0: end of input; -1: interrupted. Blocks.
void Read(const Arguments& arguments) {
  auto buffer = BufferOf(arguments[0]);
  if (!buffer) return ThrowTypeError(arguments.GetIsolate(), "read() takes a typed array");
  long got = NativeData<Bindings>(arguments).host->Read(buffer->data, buffer->size);
  arguments.GetReturnValue().Set(static_cast<double>(got));
}

const Native kStdio[] = {
    {"read", Read},
    {"write", Write},
};

}  // namespace

void InstallStdio(const Scope& scope, v8::Local<v8::Object> native, Bindings& bindings) {
  InstallNatives(scope, native, kStdio, &bindings);
}

}  // namespace v8py

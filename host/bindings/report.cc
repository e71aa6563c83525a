// How a run tells its end. No promise of the realm is between the runner and us: guest code may
// have replaced every one of their methods.
#include "bindings/report.h"

#include "bindings/bindings.h"
#include "engine/convert.h"
#include "engine/error.h"

namespace v8py {

namespace {

// finish(text) → undefined. text: the result, as JSON. Only the first call counts.
void Finish(const Arguments& arguments) {
  auto text = TextOf(arguments.GetIsolate(), arguments[0]);
  if (!text) return ThrowTypeError(arguments.GetIsolate(), "finish() takes a string");
  Report& report = NativeData<Bindings>(arguments).report;
  if (!report.ended()) report.finished = std::move(*text);
}

// crash(reason, detail) → undefined. Python can run no more. Only the first call counts.
void Crash(const Arguments& arguments) {
  auto reason = TextOf(arguments.GetIsolate(), arguments[0]);
  auto detail = TextOf(arguments.GetIsolate(), arguments[1]);
  if (!reason || !detail) {
    return ThrowTypeError(arguments.GetIsolate(), "crash() takes two strings");
  }
  Report& report = NativeData<Bindings>(arguments).report;
  if (!report.ended()) report.crashed = Report::Crash{std::move(*reason), std::move(*detail)};
}

// memoryRefused(bytes) → undefined. WebAssembly memory was to grow by so much and may not.
void MemoryRefused(const Arguments& arguments) {
  if (!arguments[0]->IsNumber()) {
    return ThrowTypeError(arguments.GetIsolate(), "memoryRefused() takes a number");
  }
  double bytes = arguments[0].As<v8::Number>()->Value();
  if (bytes > 0 && bytes < 1e15) {
    NativeData<Bindings>(arguments).report.refused_bytes = static_cast<uint64_t>(bytes);
  }
}

const Native kReport[] = {
    {"crash", Crash},
    {"finish", Finish},
    {"memoryRefused", MemoryRefused},
};

}  // namespace

void InstallReport(const Scope& scope, v8::Local<v8::Object> native, Bindings& bindings) {
  InstallNatives(scope, native, kReport, &bindings);
}

}  // namespace v8py

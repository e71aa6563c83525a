#include "engine/error.h"

#include <v8-message.h>

#include "engine/convert.h"

namespace v8py {

std::string Describe(const Scope& scope, v8::Local<v8::Value> value) {
  if (auto text = TextOf(scope.isolate(), value)) return *text;
  if (value->IsNativeError()) {
    // Message and stack of a native error are made by V8; an accessor that a guest put in their
    // place is not called by GetRealNamedProperty on data properties, and its failure is ours.
    v8::TryCatch ignored(scope.isolate());
    auto stack = TextOf(scope.isolate(), GetProperty(scope, value.As<v8::Object>(), "stack"));
    if (stack && !stack->empty()) return *stack;
  }
  v8::Local<v8::String> detail;
  v8::TryCatch ignored(scope.isolate());
  if (value->ToDetailString(scope.context()).ToLocal(&detail)) {
    return ToText(scope.isolate(), detail);
  }
  return "an exception that cannot be shown";
}

Status ToStatus(const Scope& scope, v8::Local<v8::Value> reason) {
  return InternalError(Describe(scope, reason));
}

Status ToStatus(const Scope& scope, const v8::TryCatch& caught) {
  if (caught.HasTerminated()) return {Code::kLimit, "execution was terminated"};
  if (caught.Exception().IsEmpty()) return InternalError("JavaScript failed without an exception");
  Status status = ToStatus(scope, caught.Exception());
  v8::Local<v8::Message> message = caught.Message();
  if (message.IsEmpty()) return status;
  auto resource = TextOf(scope.isolate(), message->GetScriptResourceName());
  int line = message->GetLineNumber(scope.context()).FromMaybe(0);
  if (!resource || resource->empty()) return status;
  return status.While(*resource + ":" + std::to_string(line));
}

void ThrowTypeError(v8::Isolate* isolate, std::string_view message) {
  isolate->ThrowException(v8::Exception::TypeError(ToJs(isolate, message)));
}

void ThrowError(v8::Isolate* isolate, std::string_view message) {
  isolate->ThrowException(v8::Exception::Error(ToJs(isolate, message)));
}

}  // namespace v8py

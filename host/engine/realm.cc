#include "engine/realm.h"

#include <v8-exception.h>
#include <v8-script.h>

#include "engine/convert.h"
#include "engine/error.h"
#include "engine/source.h"
#include "engine/wasm.h"

namespace v8py {

Realm::Realm(Isolate& isolate) : isolate_(isolate), modules_(isolate), loop_(isolate) {
  v8::Isolate::Scope isolate_scope(isolate_.get());
  v8::HandleScope handles(isolate_.get());
  // Before the context: it decides whether WebAssembly gets its streaming functions.
  EnableWasmStreaming(isolate_);
  v8::Local<v8::Context> context = v8::Context::New(isolate_.get());
  context->SetErrorMessageForCodeGenerationFromStrings(
      ToJs(isolate_.get(), "compiling code from a string is not allowed in this sandbox"));
  context_.Reset(isolate_.get(), context);
}

Realm::~Realm() {
  loop_.timers().ClearAll();
  context_.Reset();
}

Status Realm::Enter(const std::function<Status(const Scope&)>& body) {
  v8::Isolate::Scope isolate_scope(isolate_.get());
  v8::HandleScope handles(isolate_.get());
  Scope scope(isolate_.get(), context_.Get(isolate_.get()));
  return body(scope);
}

Result<v8::Local<v8::Value>> Realm::RunBootScript(const Scope& scope, std::string_view name,
                                                  std::string_view source,
                                                  v8::Local<v8::Object> native) {
  v8::Isolate* isolate = scope.isolate();
  v8::TryCatch caught(isolate);
  v8::ScriptOrigin origin(ToJs(isolate, name));
  v8::ScriptCompiler::Source code(SourceString(isolate, source), origin);
  v8::Local<v8::String> parameters[] = {ToJs(isolate, "native"), ToJs(isolate, "globalThis")};
  v8::Local<v8::Value> arguments[] = {native, scope.context()->Global()};
  v8::Local<v8::Function> function;
  v8::Local<v8::Value> value;
  if (!v8::ScriptCompiler::CompileFunction(scope.context(), &code, 2, parameters)
           .ToLocal(&function) ||
      !function->Call(scope.context(), v8::Undefined(isolate), 2, arguments).ToLocal(&value)) {
    return Fail(ToStatus(scope, caught).While(name));
  }
  return value;
}

void Realm::Seal(const Scope& scope) {
  scope.context()->AllowCodeGenerationFromStrings(false);
  modules_.Seal();
}

}  // namespace v8py

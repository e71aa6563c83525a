// Being inside an isolate and a context. A function that may run JavaScript takes a Scope first:
// its signature is the proof that somebody entered.
#pragma once

#include <v8-context.h>
#include <v8-isolate.h>
#include <v8-local-handle.h>

namespace v8py {

class Scope {
 public:
  Scope(v8::Isolate* isolate, v8::Local<v8::Context> context)
      : isolate_(isolate), context_(context), context_scope_(context) {}
  Scope(const Scope&) = delete;

  v8::Isolate* isolate() const { return isolate_; }
  v8::Local<v8::Context> context() const { return context_; }

 private:
  v8::Isolate* isolate_;
  v8::Local<v8::Context> context_;
  v8::Context::Scope context_scope_;
};

}  // namespace v8py

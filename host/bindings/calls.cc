// What the guest may ask of the world outside: it is the supervisor that decides and does it.
#include <v8-container.h>

#include "bindings/bindings.h"
#include "engine/convert.h"
#include "engine/error.h"

namespace v8py {

namespace {

struct Request {
  std::string name, json;
  std::string_view data;
};

// The arguments of both functions below: (name, json[, view]).
std::optional<Request> RequestOf(const Arguments& arguments) {
  v8::Isolate* isolate = arguments.GetIsolate();
  auto name = TextOf(isolate, arguments[0]);
  auto json = TextOf(isolate, arguments[1]);
  auto data = arguments[2]->IsUndefined() ? std::string_view() : BytesOf(arguments[2]);
  if (name && json && data) return Request{std::move(*name), std::move(*json), *data};
  ThrowTypeError(isolate, "a call is a name, JSON text and, perhaps, a typed array");
  return std::nullopt;
}

// call(name, json[, view]) → [error, text, json, bytes, descriptor…]; null: interrupted. Blocks.
// Descriptors are numbers for the functions of descriptors.cc.
void Call(const Arguments& arguments) {
  auto request = RequestOf(arguments);
  if (!request) return;
  Bindings& bindings = NativeData<Bindings>(arguments);
  auto reply = bindings.host->Call(request->name, request->json, request->data);
  if (!reply) return arguments.GetReturnValue().SetNull();
  arguments.GetReturnValue().Set(ToJs(arguments.GetIsolate(), bindings, *reply));
}

// post(name, json[, view]) → a number, with which the answer comes.
void Post(const Arguments& arguments) {
  auto request = RequestOf(arguments);
  if (!request) return;
  uint64_t id =
      NativeData<Bindings>(arguments).host->Post(request->name, request->json, request->data);
  arguments.GetReturnValue().Set(static_cast<double>(id));
}

const Native kCalls[] = {
    {"call", Call},
    {"post", Post},
};

}  // namespace

v8::Local<v8::Value> ToJs(v8::Isolate* isolate, Bindings& bindings, const Reply& reply) {
  std::vector<v8::Local<v8::Value>> parts = {ToJs(isolate, reply.error), ToJs(isolate, reply.text),
                                             ToJs(isolate, reply.json),
                                             ToUint8Array(isolate, reply.data)};
  for (int fd : reply.descriptors) {
    parts.push_back(v8::Integer::New(isolate, bindings.descriptors.Add(fd)));
  }
  return v8::Array::New(isolate, parts.data(), parts.size());
}

v8::Local<v8::Value> ToJs(v8::Isolate* isolate, Bindings& bindings, const std::vector<int>& fds) {
  std::vector<v8::Local<v8::Value>> numbers;
  numbers.reserve(fds.size());
  for (int fd : fds) numbers.push_back(v8::Integer::New(isolate, bindings.descriptors.Add(fd)));
  return v8::Array::New(isolate, numbers.data(), numbers.size());
}

void InstallCalls(const Scope& scope, v8::Local<v8::Object> native, Bindings& bindings) {
  InstallNatives(scope, native, kCalls, &bindings);
}

}  // namespace v8py

#include "engine/convert.h"

#include <v8-typed-array.h>

#include <cstring>

namespace v8py {

v8::Local<v8::String> ToJs(v8::Isolate* isolate, std::string_view text) {
  v8::Local<v8::String> string;
  if (text.size() > static_cast<size_t>(v8::String::kMaxLength) ||
      !v8::String::NewFromUtf8(isolate, text.data(), v8::NewStringType::kNormal,
                               static_cast<int>(text.size()))
           .ToLocal(&string)) {
    return v8::String::Empty(isolate);
  }
  return string;
}

std::string ToText(v8::Isolate* isolate, v8::Local<v8::String> text) {
  std::string utf8(text->Utf8LengthV2(isolate), '\0');
  text->WriteUtf8V2(isolate, utf8.data(), utf8.size(), v8::String::WriteFlags::kReplaceInvalidUtf8);
  return utf8;
}

std::optional<std::string> TextOf(v8::Isolate* isolate, v8::Local<v8::Value> value) {
  if (!value->IsString()) return std::nullopt;
  return ToText(isolate, value.As<v8::String>());
}

std::optional<Buffer> BufferOf(v8::Local<v8::Value> value) {
  if (!value->IsArrayBufferView()) return std::nullopt;
  auto view = value.As<v8::ArrayBufferView>();
  v8::Local<v8::ArrayBuffer> buffer = view->Buffer();
  if (buffer->WasDetached() || buffer->Data() == nullptr) return Buffer{};
  return Buffer{static_cast<char*>(buffer->Data()) + view->ByteOffset(), view->ByteLength()};
}

std::optional<std::string_view> BytesOf(v8::Local<v8::Value> value) {
  auto buffer = BufferOf(value);
  if (!buffer) return std::nullopt;
  return std::string_view(buffer->data, buffer->size);
}

v8::Local<v8::Value> ToUint8Array(v8::Isolate* isolate, std::string_view bytes) {
  v8::Local<v8::ArrayBuffer> buffer = v8::ArrayBuffer::New(isolate, bytes.size());
  if (!bytes.empty()) memcpy(buffer->Data(), bytes.data(), bytes.size());
  return v8::Uint8Array::New(buffer, 0, bytes.size());
}

v8::Local<v8::ArrayBuffer> Lent(v8::Isolate* isolate, std::string_view bytes) {
  return v8::ArrayBuffer::New(
      isolate, v8::ArrayBuffer::NewBackingStore(const_cast<char*>(bytes.data()), bytes.size(),
                                                v8::BackingStore::EmptyDeleter, nullptr));
}

v8::Local<v8::ArrayBuffer> Given(v8::Isolate* isolate, std::unique_ptr<char[]> bytes, size_t size) {
  auto free = [](void* data, size_t, void*) { delete[] static_cast<char*>(data); };
  return v8::ArrayBuffer::New(
      isolate, v8::ArrayBuffer::NewBackingStore(bytes.release(), size, free, nullptr));
}

void SetProperty(const Scope& scope, v8::Local<v8::Object> object, std::string_view name,
                 v8::Local<v8::Value> value) {
  // False only for an object that is frozen or a Proxy; this one is ours.
  object->CreateDataProperty(scope.context(), ToJs(scope.isolate(), name), value).Check();
}

v8::Local<v8::Value> GetProperty(const Scope& scope, v8::Local<v8::Object> object,
                                 std::string_view name) {
  v8::Local<v8::Value> value;
  if (!object->GetRealNamedProperty(scope.context(), ToJs(scope.isolate(), name)).ToLocal(&value)) {
    return v8::Undefined(scope.isolate());
  }
  return value;
}

}  // namespace v8py

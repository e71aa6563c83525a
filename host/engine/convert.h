// C++ values to JavaScript and back. Nothing here runs JavaScript: no toString(), no getter, no
// Proxy trap. A value of another type is not converted but refused.
#pragma once

#include <v8-array-buffer.h>
#include <v8-local-handle.h>
#include <v8-object.h>
#include <v8-primitive.h>
#include <v8-value.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/scope.h"

namespace v8py {

// Text that is not UTF-8 gets replacement characters. Longer than V8's longest string: empty.
v8::Local<v8::String> ToJs(v8::Isolate* isolate, std::string_view text);
// UTF-8; lone surrogates become replacement characters.
std::string ToText(v8::Isolate* isolate, v8::Local<v8::String> text);
// Nothing when the value is not a string.
std::optional<std::string> TextOf(v8::Isolate* isolate, v8::Local<v8::Value> value);
// The bytes of a typed array or DataView: valid until JavaScript runs again. Nothing when the value
// is something else; an empty view when its buffer is detached.
std::optional<std::string_view> BytesOf(v8::Local<v8::Value> value);
// The same, writable.
struct Buffer {
  char* data = nullptr;
  size_t size = 0;
};
std::optional<Buffer> BufferOf(v8::Local<v8::Value> value);
// A new Uint8Array with a copy of the bytes.
v8::Local<v8::Value> ToUint8Array(v8::Isolate* isolate, std::string_view bytes);
// An ArrayBuffer of bytes that are not copied: `Lent` ones outlive the isolate, `Given` ones are
// freed with the buffer.
v8::Local<v8::ArrayBuffer> Lent(v8::Isolate* isolate, std::string_view bytes);
v8::Local<v8::ArrayBuffer> Given(v8::Isolate* isolate, std::unique_ptr<char[]> bytes, size_t size);
// An own, enumerable property.
void SetProperty(const Scope& scope, v8::Local<v8::Object> object, std::string_view name,
                 v8::Local<v8::Value> value);
// A property of an object of ours; undefined when there is none.
v8::Local<v8::Value> GetProperty(const Scope& scope, v8::Local<v8::Object> object,
                                 std::string_view name);

}  // namespace v8py

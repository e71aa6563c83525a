// UTF-8, as fast as V8 has it: the inside of TextEncoder and TextDecoder.
#include "bindings/bindings.h"
#include "engine/convert.h"
#include "engine/error.h"

namespace v8py {

namespace {

// Whether `bytes` are well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
bool IsUtf8(std::string_view bytes) {
  auto* p = reinterpret_cast<const unsigned char*>(bytes.data());
  auto* end = p + bytes.size();
  while (p < end) {
    unsigned char lead = *p++;
    if (lead < 0x80) continue;
    int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    if (lead < 0xC2 || lead > 0xF4 || end - p < more) return false;
    unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (*p < low || *p > high) return false;
    for (int i = 1; i < more; ++i) {
      if ((p[i] & 0xC0) != 0x80) return false;
    }
    p += more;
  }
  return true;
}

// utf8Decode(view, fatal) → string. Malformed bytes become U+FFFD, or a TypeError if `fatal`.
void Utf8Decode(const Arguments& arguments) {
  v8::Isolate* isolate = arguments.GetIsolate();
  auto bytes = BytesOf(arguments[0]);
  if (!bytes) return ThrowTypeError(isolate, "utf8Decode() takes a typed array");
  if (arguments[1]->IsTrue() && !IsUtf8(*bytes)) {
    return ThrowTypeError(isolate, "The encoded data was not valid utf-8");
  }
  if (bytes->size() > static_cast<size_t>(v8::String::kMaxLength)) {
    isolate->ThrowException(v8::Exception::RangeError(ToJs(isolate, "the string is too long")));
    return;
  }
  arguments.GetReturnValue().Set(ToJs(isolate, *bytes));
}

// utf8Encode(string) → Uint8Array. Lone surrogates become U+FFFD.
void Utf8Encode(const Arguments& arguments) {
  v8::Isolate* isolate = arguments.GetIsolate();
  auto text = TextOf(isolate, arguments[0]);
  if (!text) return ThrowTypeError(isolate, "utf8Encode() takes a string");
  arguments.GetReturnValue().Set(ToUint8Array(isolate, *text));
}

const Native kText[] = {
    {"utf8Decode", Utf8Decode},
    {"utf8Encode", Utf8Encode},
};

}  // namespace

void InstallText(const Scope& scope, v8::Local<v8::Object> native, Bindings& bindings) {
  InstallNatives(scope, native, kText, &bindings);
}

}  // namespace v8py

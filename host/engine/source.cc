#include "engine/source.h"

#include <algorithm>

#include "engine/convert.h"

namespace v8py {

namespace {

class AsciiBytes : public v8::String::ExternalOneByteStringResource {
 public:
  explicit AsciiBytes(std::string_view text) : text_(text) {}
  const char* data() const override { return text_.data(); }
  size_t length() const override { return text_.size(); }

 private:
  std::string_view text_;
};

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Below this a copy is cheaper than V8's bookkeeping for an external string.
constexpr size_t kWorthSharing = 4096;

}  // namespace

v8::Local<v8::String> SourceString(v8::Isolate* isolate, std::string_view text) {
  if (text.size() < kWorthSharing || !IsAscii(text)) return ToJs(isolate, text);
  auto* resource = new AsciiBytes(text);  // V8 deletes it with the string
  v8::Local<v8::String> string;
  if (v8::String::NewExternalOneByte(isolate, resource).ToLocal(&string)) return string;
  delete resource;
  return ToJs(isolate, text);
}

}  // namespace v8py

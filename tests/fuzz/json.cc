// Text that may be JSON: what is taken for it, and what is done with its text as it stands.
#include "base/base64.h"
#include "fuzz/fuzz.h"

namespace v8py::fuzz {

namespace {

void CheckMembers(std::string_view text, const Json& value) {
  for (const auto& [name, member] : value.items()) {
    Result<Json> found = ParseJson(RawMember(text, name));
    Must(found && *found == member, "the text of a member is that of its value", name);
  }
  std::string_view missing = "no member has this name";
  if (!value.contains(missing)) Must(RawMember(text, missing).empty(), "no text is of no member");
}

}  // namespace

}  // namespace v8py::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace v8py;
  using namespace v8py::fuzz;
  std::string_view text = Text(data, size);
  Must(DecodeBase64(Base64(text)) == text, "base64 goes both ways");
  if (auto bytes = DecodeBase64(text)) {
    Must(DecodeBase64(Base64(*bytes)) == bytes, "what was base64 goes both ways");
  }
  MustBeLine(DumpJson(std::string(text)));
  Result<Json> value = ParseJson(text);
  // RawMember() and DepthOfJson() must stand anything.
  RawMember(text, "a");
  DepthOfJson(text);
  if (!value) return 0;
  if (value->is_object()) CheckMembers(text, *value);
  Json raw = {{"value", RawJson(text)}, {"list", {1, RawJson(text)}}};
  std::string line = DumpJson(raw);
  MustBeLine(line);
  Must(ParseJson(line) == Json{{"value", *value}, {"list", {1, *value}}},
       "raw JSON has the value of its text", line);
  return 0;
}

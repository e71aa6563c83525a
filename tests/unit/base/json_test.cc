#include "base/json.h"

#include <doctest/doctest.h>

namespace v8py {

TEST_CASE("text that is not UTF-8 can be dumped, with replacement characters") {
  CHECK(DumpJson(Json("a\xff")) == "\"a\xEF\xBF\xBD\"");
  CHECK(IsUtf8("caf\xC3\xA9"));
  CHECK(!IsUtf8("a\xff"));
}

TEST_CASE("CBOR goes both ways") {
  Json value = {{"a", {1, -2, 2.5, true, nullptr}}, {"b", Json::binary({0, 255})}};
  CHECK(DecodeCbor(EncodeCbor(value)).value() == value);
}

TEST_CASE("CBOR is refused when it is cut, has more than one value, or is none") {
  std::string bytes = EncodeCbor({{"key", "value"}, {"list", {1, 2, 3}}});
  for (size_t size = 0; size < bytes.size(); ++size) CHECK(!DecodeCbor(bytes.substr(0, size)));
  CHECK(!DecodeCbor(bytes + "\x01"));
  CHECK(!DecodeCbor("\xff"));
  CHECK(!DecodeCbor(std::string("\x9f\x01\xff", 3)));                          // indefinite length
  CHECK(!DecodeCbor(std::string("\x9b\x7f\xff\xff\xff\xff\xff\xff\xff", 9)));  // 2^63 elements
}

TEST_CASE("CBOR may be nested 64 deep, not 65, and a megabyte of brackets does no harm") {
  std::string open(64, '\x81');
  CHECK(DecodeCbor(open + '\x01'));
  CHECK(!DecodeCbor(open + '\x81' + '\x01'));
  CHECK(!DecodeCbor(std::string(1 << 20, '\x81')));
}

}  // namespace v8py

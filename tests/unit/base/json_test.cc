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

TEST_CASE("the text of a member is found as it was written") {
  std::string text =
      R"( {"a":1, "b" : {"a":[12345678901234567890123, {"b":2}]} ,"c":"}\"{,", "d":[]} )";
  CHECK(RawMember(text, "a") == "1");
  CHECK(RawMember(RawMember(text, "b"), "a") == R"([12345678901234567890123, {"b":2}])");
  CHECK(RawMember(text, "c") == R"("}\"{,")");
  CHECK(RawMember(text, "d") == "[]");
  CHECK(RawMember(text, "e") == "");
  CHECK(RawMember("{}", "e") == "");
  CHECK(RawMember(R"([{"a":1}])", "a") == "");
  CHECK(RawMember(R"("a")", "a") == "");
  CHECK(RawMember("", "a") == "");
  CHECK(RawMember(R"({"a":1,"a":2})", "a") == "2");
  CHECK(RawMember(R"({"a":1,"\u0061":2})", "a") == "2");
  CHECK(RawMember(R"({"\ud83d":1,"a\"":3})", "a\"") == "3");
}

TEST_CASE("escapes of half a character are replaced, and whole ones are not") {
  auto text = [](const std::string& json) { return ParseJson(json).value().get<std::string>(); };
  CHECK(text(R"("a\ud83d")") == "a\xef\xbf\xbd");
  CHECK(text(R"("\uDE00b")") ==
        "\xef\xbf\xbd"
        "b");
  CHECK(text(R"("\ud83d\ud83d\ude00")") == "\xef\xbf\xbd\xf0\x9f\x98\x80");
  CHECK(text(R"("\ude00\ud83d")") == "\xef\xbf\xbd\xef\xbf\xbd");
  CHECK(text(R"("\ud83d\\ude00")") == "\xef\xbf\xbd\\ude00");
  CHECK(text(R"("\\ud83d \ud83d\n")") == "\\ud83d \xef\xbf\xbd\n");
  for (const char* wrong : {R"("\ud83)", R"("\ud83")", R"("\ud83d)", R"("\u")", "\"\\", "\\u"}) {
    CHECK_MESSAGE(!ParseJson(wrong), wrong);
  }
}

TEST_CASE("JSON that is passed on as text keeps its digits, and is one line") {
  Json raw = RawJson("[\n 12345678901234567890123,\t{\"a b\": \"\\\" c\\\\\"} ]");
  CHECK(DumpJson(raw) == R"([12345678901234567890123,{"a b":"\" c\\"}])");
  CHECK(DumpJson({{"x", {1, raw, Json::array(), Json::object()}}, {"y", "{"}}) ==
        R"({"x":[1,[12345678901234567890123,{"a b":"\" c\\"}],[],{}],"y":"{"})");
  CHECK(DumpJson(RawJson(R"("\ud83d")")) == R"("\ufffd")");
  CHECK(DumpJson(Json(raw)) == DumpJson(raw));
}

TEST_CASE("what the library would pass over is no JSON") {
  using namespace std::string_literals;
  for (const std::string& wrong : {"[1]\0"s, "[1]\0\"\n{}\n\""s, "\0[1]"s, "\xef\xbb\xbf[1]"s}) {
    CHECK(!ParseJson(wrong));
  }
  CHECK(ParseJson("\"\xef\xbb\xbf\\u0000\""));
}

TEST_CASE("JSON may be nested 512 deep and no deeper, however long it is") {
  auto nested = [](size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK(DumpJson(ParseJson(nested(512)).value()) == nested(512));
  CHECK(!ParseJson(nested(513)));
  CHECK(!ParseJson(nested(1'000'000)));
}

}  // namespace v8py

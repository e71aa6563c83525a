#include "supervisor/image_label.h"

#include <doctest/doctest.h>

#include "base/json.h"

namespace v8py {

namespace {

ImageLabel Label() {
  ImageLabel label;
  label.build = "build";
  label.processor = "avx2";
  label.contents = {
      "numpy", {{"numpy", "2.4.3", "numpy.whl", "abc"}}, {"numpy", "json"}, "what was wanted"};
  label.created = "2026-01-01T00:00:00Z";
  label.size = 1 << 20;
  label.pages = "hash";
  label.files = {{"lib/x", "hash of x"}};
  return label;
}

}  // namespace

TEST_CASE("a label comes back as it was written") {
  auto label = DecodeLabel(EncodeLabel(Label()));
  REQUIRE(label);
  CHECK(label->build == "build");
  CHECK(label->processor == "avx2");
  CHECK(label->contents == Label().contents);
  CHECK(label->size == 1 << 20);
  CHECK(label->files == Label().files);
}

TEST_CASE("a label without one of its fields, or with another's type, is refused") {
  Json whole = ParseJson(EncodeLabel(Label())).value();
  for (const auto& item : whole.items()) {
    CAPTURE(item.key());
    Json part = whole;
    part.erase(item.key());
    CHECK(!DecodeLabel(DumpJson(part)));
    part[item.key()] = Json{{"a", 1}};
    CHECK(!DecodeLabel(DumpJson(part)));
  }
  whole["packages"] = {{"numpy", "2"}};
  CHECK(!DecodeLabel(DumpJson(whole)));
  whole["format"] = ImageLabel::kFormat + 1;
  CHECK(DecodeLabel(DumpJson(whole)).error().message() == "another version of v8py made it");
  CHECK(!DecodeLabel("{"));
}

}  // namespace v8py

#include "base/frame.h"

#include <doctest/doctest.h>

namespace v8py {

TEST_CASE("a frame that arrives a byte at a time is read whole") {
  FrameReader reader(100);
  std::string bytes = EncodeFrame("hello") + EncodeFrame("") + EncodeFrame("x");
  std::vector<std::string> payloads;
  for (char byte : bytes) {
    reader.Append({&byte, 1});
    for (;;) {
      auto payload = reader.Next();
      REQUIRE(payload);
      if (!*payload) break;
      payloads.push_back(**payload);
    }
  }
  CHECK(payloads == std::vector<std::string>{"hello", "", "x"});
}

TEST_CASE("a frame may be as long as allowed and not a byte longer") {
  for (size_t size : {9, 10}) {
    FrameReader reader(10);
    reader.Append(EncodeFrame(std::string(size, 'a')));
    CHECK(reader.Next().value().value().size() == size);
  }
  FrameReader reader(10);
  reader.Append(EncodeFrame(std::string(11, 'a')));
  CHECK(!reader.Next());
  reader.Append(EncodeFrame("good"));
  CHECK(!reader.Next());
}

TEST_CASE("a length is refused before its bytes arrive") {
  FrameReader reader(kMaxFrameFromWorker);
  reader.Append("\xff\xff\xff\xff");
  CHECK(!reader.Next());
}

TEST_CASE("many frames in a row are read in order") {
  FrameReader reader(1000);
  for (int i = 0; i < 1000; ++i)
    reader.Append(EncodeFrame(std::to_string(i) + std::string(900, '.')));
  for (int i = 0; i < 1000; ++i) CHECK(std::stoi(reader.Next().value().value()) == i);
  CHECK(!reader.Next().value());
}

}  // namespace v8py
